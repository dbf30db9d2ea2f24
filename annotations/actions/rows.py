"""From what was sent to the columns of a row: spans, links, defaults. Nothing here writes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from annotations.anchoring import resolve
from annotations.models import (
    AnnotationSet,
    Claim,
    ClaimOccurrence,
    ClaimRelation,
    ClaimReview,
    Evidence,
    Mention,
    Quote,
    Speaker,
)
from annotations.nearby import moved, told
from annotations.spans import AnchorText, Span, SpanRefused
from articles.models import Article, Publisher, Revision
from backend.errors import Fault

MODELS: dict[str, Any] = {
    "publishers": Publisher,
    "articles": Article,
    "sets": AnnotationSet,
    "speakers": Speaker,
    "claims": Claim,
    "mentions": Mention,
    "quotes": Quote,
    "claim_occurrences": ClaimOccurrence,
    "claim_relations": ClaimRelation,
    "evidence": Evidence,
    "claim_reviews": ClaimReview,
}
SPAN_COLUMNS = ("part", "start", "end", "exact", "pieces")
COLUMNS_OF = {prefix: [prefix + name for name in SPAN_COLUMNS] for prefix in ("", "cue_", "object_", "time_")}
# Fields that are ids of other rows, and their columns.
COLUMN = {
    name: f"{name}_id"
    for name in (
        *("affiliation", "article", "claim", "derived_from", "merged_into", "occurrence", "parent"),
        *("publisher", "quote", "republisher", "set", "source", "speaker", "target"),
    )
}

Pieces = tuple[str, int, int, tuple[int, ...] | None]


@dataclass(frozen=True)
class Place:
    """Where span annotations are written: a set, and the text it is on."""

    project: UUID
    article: UUID
    revision: UUID
    set: UUID

    def columns(self) -> dict[str, UUID]:
        return {
            "project_id": self.project,
            "article_id": self.article,
            "revision_id": self.revision,
            "set_id": self.set,
        }


@dataclass
class Texts:
    """The two parts of a revision, ready for spans to be found in them."""

    title: AnchorText
    body: AnchorText

    @classmethod
    def of(cls, revision: Revision) -> Texts:
        return cls(AnchorText(revision.title), AnchorText(revision.body))

    def parts(self) -> dict[str, AnchorText]:
        return {"title": self.title, "body": self.body}


class Anchoring:
    """Resolves the spans of one call, gathering faults and warnings with their pointers. `repair`: a span whose offsets
    are off is moved to its words, where they stand near by, with the warning `moved`."""

    def __init__(self, *, utf16: bool = False, repair: bool = False) -> None:
        self.utf16, self.repair = utf16, repair
        self.faults: list[Fault] = []
        self.warnings: list[dict[str, str]] = []

    def span(self, sent: Mapping[str, Any], texts: Texts, pointer: str) -> Span | None:
        """The span, or None where it was refused (then `faults` says why)."""
        try:
            found, warnings = resolve(sent, texts.parts(), utf16=self.utf16)
        except SpanRefused as refused:
            near = moved(sent, texts.parts()) if self.repair else None
            if near is None:
                self.faults.append(Fault(refused.code, refused.detail, pointer + refused.pointer, refused.extra))
            else:
                self.warnings.append({"code": "moved", "detail": told(sent, near), "pointer": pointer})
            return near
        self.warnings += [{"code": w.code, "detail": w.detail, "pointer": pointer + w.pointer} for w in warnings]
        return found


def span_columns(span: Span | None, prefix: str = "") -> dict[str, Any]:
    values = (span.part, span.start, span.end, span.exact, span.flat) if span else (None,) * 5
    return dict(zip(COLUMNS_OF[prefix], values, strict=True))


def pieces_of(columns: Mapping[str, Any]) -> Pieces:
    """What makes a mention the same within its set."""
    pieces = columns["pieces"]
    return columns["part"], columns["start"], columns["end"], tuple(pieces) if pieces else None


NOT_COLUMNS = {"content", "cue", "span", "object_span", "time_span", "sources", "claimants", "set", "parents"}


def plain_columns(data: Mapping[str, Any], final: Callable[[Any], Any] = lambda value: value) -> dict[str, Any]:
    """What was sent, less spans and lists of links, under the names of the columns."""
    return {
        COLUMN.get(name, name): final(value) if name in COLUMN else value
        for name, value in data.items()
        if name not in NOT_COLUMNS
    }


def differs(row: Any, columns: Mapping[str, Any]) -> bool:
    return any(getattr(row, name) != value for name, value in columns.items())
