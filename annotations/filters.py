"""The query parameters of sets, span annotations and identities."""

from __future__ import annotations

from functools import cache, cached_property
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import Subquery

from annotations.choices import (
    CheckWorthiness,
    ClaimType,
    EvidenceStance,
    ImportStatus,
    MentionKind,
    OccurrenceStance,
    OnConflict,
    QuoteType,
    RelationType,
    ReviewStatus,
    SetKind,
    SetStatus,
    SourceRole,
    SpeakerKind,
    Verdict,
)
from annotations.models import AnnotationSet, Speaker
from annotations.querysets.spans import merged_with
from annotations.spans import AnchorText
from articles.filters import CreatedQuery, SearchQuery
from articles.models import Article, Revision
from backend.errors import invalid
from backend.fields import INT_MAX, Choice, Id, Pattern, Text
from backend.queries import Form, Query, QueryFlag, QueryInt, ordering
from backend.statements import Param, Statement
from projects.history import HistoryQuery

UNITS = ("code_point", "utf16")
RANGES = ("overlaps", "within")


def offset_unit() -> Choice:
    return Choice(
        UNITS,
        "OffsetUnit",
        default="code_point",
        help_text="What span offsets count, in the request and in its answer.",
    )


class RangeField(Pattern):
    """`start-end`: a half-open range of offsets."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(r"^[0-9]{1,9}-[0-9]{1,9}$", "112-150", **kwargs)

    def to_internal_value(self, data: Any) -> Any:
        start, end = map(int, super().to_internal_value(data).split("-"))
        if start >= end:
            raise invalid("range", "The end must be beyond the start.", f"?{self.field_name}")
        return start, end


class UnitQuery(Query):
    """Operations that carry spans."""

    offset_unit = offset_unit()


class SpanHistoryQuery(HistoryQuery):
    """The versions of an object with spans."""

    offset_unit = offset_unit()


class SetQuery(CreatedQuery):
    article = Id(required=False)
    annotator = Text(required=False, max_length=500, help_text="The annotator's name.")
    kind = Choice(SetKind, required=False)
    status = Choice(SetStatus, required=False)
    label = Text(required=False, max_length=500)
    ordering = ordering("id", "updated_at")
    lookups: ClassVar = CreatedQuery.lookups | {
        "article": "article",
        "kind": "kind",
        "status": "status",
        "label": "label",
    }

    def narrow(self, rows: Any, caller: Any) -> Any:
        rows = super().narrow(rows, caller)
        return rows.by_annotator(self.values["annotator"], caller) if "annotator" in self.values else rows


FEW = 1000  # sets of an annotator


@cache
def counted_sets() -> Statement:
    """How many sets the annotator has, counted to one more than FEW."""
    sets = AnnotationSet.objects.filter(annotator_name=Param("annotator")).values("pk")
    return Statement.joined("SELECT count(*) FROM ({sets}) AS found", {"sets": sets[: FEW + 1]})


class InSetQuery(CreatedQuery):
    """Lists of what lives in sets, on articles.

    How many sets an annotator has is looked up first: what is in a few is sorted, wherever it stands in the list; of
    many, a walk along the list soon has a page full.
    """

    even = frozenset({"project", "article", "set", "annotator"})
    article = Id(required=False)
    set = Id(required=False)
    annotator = Text(required=False, max_length=500, help_text="The name of the set's annotator.")
    part = Choice(["body", "title"], "TextPart", default="body", help_text="Of `overlaps` and `within`.")
    revision = QueryInt(
        required=False, min_value=1, max_value=INT_MAX, help_text="Of `overlaps` and `within`; the head, if left out."
    )
    overlaps = RangeField(
        required=False, help_text="`start-end`: any piece shares a character with it. Needs `article`."
    )
    within = RangeField(required=False, help_text="`start-end`: some piece lies inside it. Needs `article`.")
    offset_unit = offset_unit()
    ordering = ordering("id", "updated_at", "start")
    lookups: ClassVar = CreatedQuery.lookups | {"article": "article", "set": "set"}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "article" not in attrs:
            for name in ("overlaps", "within", "revision"):
                if name in attrs:
                    raise invalid("article-required", f"`{name}` needs `article`.", f"?{name}")
        return attrs

    def narrow(self, rows: Any, caller: Any) -> Any:
        rows = super().narrow(rows, caller)
        if "annotator" in self.values:
            rows = rows.by_annotator(self.values["annotator"], caller, few=self.few)
        if {"overlaps", "within", "revision"} & set(self.values):
            rows = self.on_text(rows, caller)
        return rows

    @cached_property
    def few(self) -> bool:
        """Whether the annotator has few sets."""
        if self.form_values is not None:
            return bool(self.form_values["few"])
        ((count,),) = counted_sets().run(self.values)
        return bool(count <= FEW)

    def form(self) -> Form:
        return (*super().form(), *([("few", self.few)] if "annotator" in self.values else ()))

    @classmethod
    def is_scattered(cls, form: Form) -> bool:
        return ("few", True) in form or super().is_scattered(form)

    def on_text(self, rows: Any, caller: Any) -> Any:
        """The rows on one revision, and of these those in the ranges."""
        rows = rows.filter(revision=Subquery(self.asked_revision(caller).values("pk")))
        part = self.values["part"]
        if "overlaps" in self.values:
            rows = rows.overlapping(part, *self.values["overlaps"])
        return rows.within(part, *self.values["within"]) if "within" in self.values else rows

    def asked_revision(self, caller: Any) -> Any:
        """The revision that is asked about, if the caller sees its article."""
        seen = Article.objects.visible_to(caller).filter(pk=self.values["article"])
        wanted = {"number": self.values["revision"]} if "revision" in self.values else {"pk__in": seen.values("head")}
        return Revision.objects.filter(article__in=seen.values("pk"), **wanted)

    @classmethod
    def param(cls, name: str) -> Any:
        return (Param(f"{name}_start"), Param(f"{name}_end")) if name in RANGES else super().param(name)

    def params(self, caller: Any) -> dict[str, Any]:
        """Ranges as their two ends, in code points."""
        found = super().params(caller)
        ranges = {name: found[name] for name in RANGES if name in found}
        if ranges and self.values["offset_unit"] == "utf16":
            revision = self.asked_revision(caller).first()
            text = getattr(revision, self.values["part"]) if revision else ""
            ranges = {name: in_code_points(text, *ends) for name, ends in ranges.items()}
        for name, (start, end) in ranges.items():
            found |= {f"{name}_start": start, f"{name}_end": end}
        return found


def in_code_points(text: str, start: int, end: int) -> tuple[int, int]:
    """A range of UTF-16 code units may begin or end anywhere: half of a pair counts as the whole of it."""
    index = AnchorText(text).index
    return code_point(index, start, -1), code_point(index, end, 1)


def code_point(index: Any, offset: int, step: int) -> int:
    try:
        return int(index.to_code_point(offset))
    except ValueError:
        return int(index.to_code_point(offset + step))


class SpanQuery(InSetQuery, SearchQuery):
    """Lists of span annotations."""

    scattered = frozenset({"q", "tag"})
    even = InSetQuery.even | scattered  # however common they are, what an index finds is sorted
    review_status = Choice(ReviewStatus, required=False)
    tag = Text(required=False, max_length=500, help_text="One of its tags, as a whole.")
    external_id = Text(required=False, max_length=500)
    lookups: ClassVar = InSetQuery.lookups | {"review_status": "review_status", "external_id": "external_id"}

    def narrow(self, rows: Any, caller: Any) -> Any:
        rows = super().narrow(rows, caller)
        return rows.tagged(self.values["tag"]) if "tag" in self.values else rows


@cache
def same_speakers() -> Statement:
    """The ids of the speaker and of all that are merged with it."""
    return Statement.of(merged_with(Speaker, Param("speaker")))


class SpokenQuery(SpanQuery):
    """Lists of what has to do with a speaker, and with all that are merged with it.

    Which these are is looked up first: of most there is one, whose rows an index then gives in their order; and of
    several the planner knows how common they are.
    """

    speaker = Id(required=False, help_text="Including those merged with it.")
    # Whether the rows of one speaker come out of an index in their order, so that one plan is good for all speakers.
    walked: ClassVar = False

    @classmethod
    def is_even(cls, form: Form) -> bool:
        if cls.walked and ("one_speaker", True) in form:
            form = tuple(item for item in form if item != ("speaker", None))
        return super().is_even(form)

    @cached_property
    def same(self) -> list[UUID]:
        asked = self.values["speaker"]
        return [pk for (pk,) in same_speakers().run({"speaker": asked})] or [asked]

    def form(self) -> Form:
        return (*super().form(), *([("one_speaker", len(self.same) == 1)] if "speaker" in self.values else ()))

    def params(self, caller: Any) -> dict[str, Any]:
        found = super().params(caller)
        if "speaker" in found:
            found["speaker"] = self.same[0] if len(self.same) == 1 else self.same
        return found

    def speakers(self) -> Any:
        """One speaker or several: their ids, or the Param that stands for them."""
        if isinstance(self.values["speaker"], Param):
            return Param("speaker", single=self.values["one_speaker"])
        return self.same


class MentionQuery(SpokenQuery):
    walked = True
    kind = Choice(MentionKind, required=False)
    lookups: ClassVar = SpanQuery.lookups | {"kind": "kind"}

    def narrow(self, rows: Any, caller: Any) -> Any:
        rows = super().narrow(rows, caller)
        return rows.of_speaker(self.speakers()) if "speaker" in self.values else rows


class QuoteQuery(SpokenQuery):
    walked = True
    speaker = Id(required=False, help_text="Whoever is quoted, including those merged with it; see `role`.")
    role = Choice(SourceRole, default=SourceRole.SOURCE, help_text="The role in which `speaker` is looked for.")
    type = Choice(QuoteType, required=False)
    parent = Id(required=False, help_text="Quotes that stand directly in this one.")
    mention = Id(required=False, help_text="Quotes that show this mention.")
    lookups: ClassVar = SpanQuery.lookups | {"type": "type", "parent": "parent"}

    def narrow(self, rows: Any, caller: Any) -> Any:
        rows = super().narrow(rows, caller)
        if "speaker" in self.values:
            rows = rows.of_speaker(self.speakers(), self.values["role"])
        return rows.showing(self.values["mention"]) if "mention" in self.values else rows


class OccurrenceQuery(SpokenQuery):
    claim = Id(required=False, help_text="Including those merged with it.")
    quote = Id(required=False)
    speaker = Id(required=False, help_text="A claimant, including those merged with it.")
    stance = Choice(OccurrenceStance, required=False)
    lookups: ClassVar = SpanQuery.lookups | {"quote": "quote", "stance": "stance"}

    def narrow(self, rows: Any, caller: Any) -> Any:
        rows = super().narrow(rows, caller)
        if "claim" in self.values:
            rows = rows.of_claim(self.values["claim"])
        return rows.of_speaker(self.speakers()) if "speaker" in self.values else rows


class EvidenceQuery(InSetQuery):
    claim = Id(required=False, help_text="Including those merged with it.")
    stance = Choice(EvidenceStance, required=False)
    quote = Id(required=False)
    occurrence = Id(required=False)
    ordering = ordering("id", "updated_at")
    lookups: ClassVar = InSetQuery.lookups | {"stance": "stance", "quote": "quote", "occurrence": "occurrence"}

    def narrow(self, rows: Any, caller: Any) -> Any:
        rows = super().narrow(rows, caller)
        return rows.of_claim(self.values["claim"]) if "claim" in self.values else rows


class SpeakerQuery(SearchQuery):
    article = Id(required=False, help_text="Unnamed speakers of this article.")
    kind = Choice(SpeakerKind, required=False)
    is_named = QueryFlag(required=False)
    name = Text(required=False, max_length=2000, help_text="The whole name.")
    alias = Text(required=False, max_length=500, help_text="One of the aliases, as a whole.")
    wikidata_qid = Text(required=False, max_length=20)
    merged = QueryFlag(required=False, help_text="false: only those that are not merged into another.")
    ordering = ordering("id", "updated_at", "name")
    lookups: ClassVar = SearchQuery.lookups | {
        "article": "article",
        "kind": "kind",
        "is_named": "is_named",
        "name": "name",
        "wikidata_qid": "wikidata_qid",
    }

    def narrow(self, rows: Any, caller: Any) -> Any:
        rows = super().narrow(rows, caller)
        if "alias" in self.values:
            rows = rows.filter(aliases__contains=[self.values["alias"]])
        return rows.filter(merged_into__isnull=not self.values["merged"]) if "merged" in self.values else rows


class ClaimQuery(SearchQuery):
    language = Text(required=False, max_length=35)
    type = Choice(ClaimType, required=False)
    check_worthiness = Choice(CheckWorthiness, required=False)
    merged = QueryFlag(required=False, help_text="false: only those that are not merged into another.")
    ordering = ordering("id", "updated_at")
    lookups: ClassVar = SearchQuery.lookups | {"language": "language", "check_worthiness": "check_worthiness"}

    def narrow(self, rows: Any, caller: Any) -> Any:
        rows = super().narrow(rows, caller)
        if "type" in self.values:
            rows = rows.filter(types__contains=[self.values["type"]])
        return rows.filter(merged_into__isnull=not self.values["merged"]) if "merged" in self.values else rows


class RelationQuery(CreatedQuery):
    claim = Id(required=False, help_text="At either end, including those merged with it.")
    source = Id(required=False, help_text="Including those merged with it.")
    target = Id(required=False, help_text="Including those merged with it.")
    type = Choice(RelationType, required=False)
    lookups: ClassVar = CreatedQuery.lookups | {"type": "type"}

    def narrow(self, rows: Any, caller: Any) -> Any:
        rows = super().narrow(rows, caller)
        for name, end in (("claim", None), ("source", "source"), ("target", "target")):
            rows = rows.of_claim(self.values[name], end) if name in self.values else rows
        return rows


class ReviewQuery(CreatedQuery):
    claim = Id(required=False, help_text="Including those merged with it.")
    verdict = Choice(Verdict, required=False)
    url = Text(required=False, max_length=2000)
    lookups: ClassVar = CreatedQuery.lookups | {"verdict": "verdict", "url": "url"}

    def narrow(self, rows: Any, caller: Any) -> Any:
        rows = super().narrow(rows, caller)
        return rows.of_claim(self.values["claim"]) if "claim" in self.values else rows


class CascadeQuery(Query):
    cascade = QueryFlag(default=False, help_text="Also deletes what the set holds: its owner and managers.")


class DocumentQuery(UnitQuery):
    set = Id(required=False, help_text="Only what is in this set, and what that refers to.")
    review_status = Choice(ReviewStatus, required=False, help_text="Also keeps the parents and cited objects of these.")
    revision = Choice(["head", "all"], default="head", help_text="`all`: with every revision and the sets on it.")


class DocumentWriteQuery(UnitQuery):
    mode = Choice(
        ["add", "upsert", "replace"], "WriteMode", default="add", help_text="See the operation's description."
    )
    set = Id(required=False, help_text="Which set to write into; the caller's own, if left out.")


class DocumentsQuery(UnitQuery):
    on_conflict = Choice(OnConflict, default="fail", help_text="For articles that are there.")


class ExportQuery(Query):
    set_kind = Choice(SetKind, required=False, help_text="Only sets of this kind.")
    annotator = Text(required=False, max_length=500, help_text="Only the sets of the annotator of this name.")
    review_status = Choice(ReviewStatus, required=False, help_text="Also keeps the parents and cited objects of these.")
    text = QueryFlag(default=True, help_text="`false`: stand-off, without the words of the articles.")


class ImportQuery(CreatedQuery):
    status = Choice(ImportStatus, required=False)
    lookups: ClassVar = CreatedQuery.lookups | {"status": "status"}
