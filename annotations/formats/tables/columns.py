"""What each table holds: a column for each field of the API, ids as they are there, so that tables can be joined.

`str`, `int`, `float`, `bool` are what they say, `list` is a list of strings, `dict` is any JSON.
"""

from __future__ import annotations

from typing import Any, Final

Columns = dict[str, type]


def strings(names: str) -> Columns:
    return dict.fromkeys(names.split(), str)


# `article`, not in every record itself, is that of the document.
STAMPS: Final = strings("created_at updated_at created_by")
IN_SET: Final = {**strings("id article"), "revision": int, **strings("set")}
SAID: Final = {
    **strings("review_status"),
    "confidence": float,
    "tags": list,
    **strings("note external_id derived_from"),
}


def place(prefix: str = "") -> Columns:
    """A span: its part, its extent, its words (pieces joined by a space) and the number of its pieces."""
    names = {"part": str, "start": int, "end": int, "exact": str, "pieces": int}
    return {f"{prefix}{name}": kind for name, kind in names.items()}


TABLES: Final[dict[str, Columns]] = {
    "publishers": {**strings("id name domain country wikidata_qid"), **STAMPS},
    "articles": {
        **strings("id external_id title body url language publisher republisher byline"),
        "authors": list,
        **strings("dateline section credit_line published_on published_at published_precision licence"),
        **{"metadata": dict, "revision": int, "sha256": str},
        **STAMPS,
    },
    "revisions": {"article": str, "number": int, **strings("title body reason sha256")},
    "sets": {
        **strings("id article"),
        "revision": int,
        **strings("kind annotator_kind annotator_name annotator_version annotator_user label status"),
        "parents": list,
        **STAMPS,
    },
    "speakers": {
        **strings("id name kind"),
        "is_named": bool,
        "article": str,
        "aliases": list,
        **strings("wikidata_qid gender gender_source affiliation description merged_into"),
        **STAMPS,
    },
    "claims": {
        **strings("id text language"),
        **{"types": list, "check_worthiness": str, "check_score": float},
        **strings("resolved_time merged_into"),
        **STAMPS,
    },
    "mentions": {**IN_SET, **place(), **strings("kind speaker"), **SAID, **STAMPS},
    "quotes": {
        **IN_SET,
        **place(),
        **place("cue_"),
        **strings("cue_lemma type act"),
        "medium": list,
        **strings("factuality parent"),
        "depth": int,
        **strings("uttered_on venue"),
        **SAID,
        **STAMPS,
    },
    "sources": {
        **strings("quote article set"),
        "position": int,
        **strings("role mention speaker speaker_name mention_kind role_text affiliation"),
    },
    "claim_occurrences": {
        **IN_SET,
        **place(),
        **strings("claim quote stance"),
        **place("object_"),
        **place("time_"),
        **SAID,
        **STAMPS,
    },
    "claimants": {"occurrence": str, "position": int, "speaker": str, "is_author": bool},
    "pieces": {
        **strings("annotation kind span"),
        **{"position": int, "part": str, "start": int, "end": int, "exact": str},
    },
    "claim_relations": {**strings("id source target type"), "confidence": float, "note": str, **STAMPS},
    "evidence": {
        **strings("id claim stance article"),
        **{"revision": int, "set": str},
        **place(),
        **strings("quote occurrence url excerpt note"),
        **STAMPS,
    },
    "claim_reviews": {
        **strings("id claim author_name author_url url title reviewed_on rating_text"),
        **dict.fromkeys(("rating_value", "rating_worst", "rating_best"), float),
        **strings("explanation verdict"),
        **STAMPS,
    },
}
# What may stand in several documents, and is written once.
ONCE: Final = ("publishers", "speakers", "claims", "claim_relations", "claim_reviews", "evidence")

Row = dict[str, Any]
