"""Annotations in the admin: one module a topic."""

from annotations.admin import articles, claims, mentions, quotes, sets, speakers

__all__ = ["articles", "claims", "mentions", "quotes", "sets", "speakers"]
