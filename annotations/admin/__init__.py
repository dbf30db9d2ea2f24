"""Annotations in the admin: one module a topic."""

from annotations.admin import claims, mentions, quotes, sets, speakers

__all__ = ["claims", "mentions", "quotes", "sets", "speakers"]
