"""The query parameters of span annotations, and of evidence: of what lives in sets, on articles."""

from __future__ import annotations

from functools import cache, cached_property
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import Subquery

from annotations.choices import EvidenceStance, MentionKind, OccurrenceStance, QuoteType, ReviewStatus, SourceRole
from annotations.filters.offsets import RangeField, in_code_points, offset_unit
from annotations.models import AnnotationSet, Speaker
from annotations.querysets.spans import merged_with
from articles.filters import CreatedQuery, SearchQuery
from articles.models import Article, Revision
from backend.errors import invalid
from backend.fields import INT_MAX, Choice, Id, Text
from backend.queries import Form, QueryInt, ordering
from backend.statements import Param, Statement

RANGES = ("overlaps", "within")
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
    part = Choice(
        ["body", "title"], "TextPart", required=False, help_text="Of `overlaps` and `within`; `body`, if left out."
    )
    revision = QueryInt(
        required=False,
        min_value=1,
        max_value=INT_MAX,
        help_text="Only what is on it; `overlaps` and `within` are about the head, if it is left out. Needs `article`.",
    )
    overlaps = RangeField(
        required=False, help_text="`start-end`: any piece shares a character with it. Needs `article`."
    )
    within = RangeField(required=False, help_text="`start-end`: some piece lies inside it. Needs `article`.")
    offset_unit = offset_unit()
    ordering = ordering("id", "updated_at", "start")
    lookups: ClassVar = CreatedQuery.lookups | {"article": "article", "set": "set"}
    # What says nothing without another parameter is refused without it, not passed over.
    needs: ClassVar[dict[str, tuple[str, ...]]] = {
        "overlaps": ("article",),
        "within": ("article",),
        "revision": ("article",),
        "part": RANGES,
    }

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        for name, others in self.needs.items():
            if name in attrs and not attrs.keys() & set(others):
                wanted = " or ".join(f"`{other}`" for other in others)
                raise invalid(f"{others[0]}-required", f"`{name}` needs {wanted}.", f"?{name}")
        return attrs

    @property
    def part_asked(self) -> str:
        return str(self.values.get("part", "body"))

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
        rows = rows.filter(revision=Subquery(self.asked_revision(caller).values("pk")[:1]))  # newer Djangos insist
        part = self.part_asked
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
            text = getattr(revision, self.part_asked) if revision else ""
            ranges = {name: in_code_points(text, *ends) for name, ends in ranges.items()}
        for name, (start, end) in ranges.items():
            found |= {f"{name}_start": start, f"{name}_end": end}
        return found


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
    role = Choice(
        SourceRole, required=False, help_text="The role in which `speaker` is looked for; `source`, if left out."
    )
    type = Choice(QuoteType, required=False)
    parent = Id(required=False, help_text="Quotes that stand directly in this one.")
    mention = Id(required=False, help_text="Quotes that show this mention.")
    lookups: ClassVar = SpanQuery.lookups | {"type": "type", "parent": "parent"}
    needs: ClassVar = SpanQuery.needs | {"role": ("speaker",)}

    def narrow(self, rows: Any, caller: Any) -> Any:
        rows = super().narrow(rows, caller)
        if "speaker" in self.values:
            rows = rows.of_speaker(self.speakers(), self.values.get("role", SourceRole.SOURCE))
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
