"""Words of schema.org, and ours."""

from __future__ import annotations

from typing import Any, Final

from annotations.formats.shapes import mapping

SCHEMA: Final = "https://schema.org"
URN: Final = "urn:uuid:"
CONTEXT: Final[list[Any]] = [SCHEMA, {"onr": "urn:onrecord:terms:", "verdict": "onr:verdict"}]
# What a ClaimReview must have to be one.
REQUIRED: Final = ("claimReviewed", "reviewRating", "url")
PEOPLE: Final = {"person": "Person"}  # any other kind of speaker is an Organization to schema.org


def types_of(found: Any) -> set[str]:
    """The types of a node, without the vocabulary's address."""
    told = mapping(found).get("@type")
    names = told if isinstance(told, list) else [told]
    return {name.rpartition("/")[2].removeprefix("schema:") for name in names if isinstance(name, str)}


def plain_id(found: Any) -> str | None:
    """The id in one of our IRIs."""
    told = mapping(found).get("@id")
    return told.removeprefix(URN) if isinstance(told, str) and told.startswith(URN) else None
