"""Reads of span annotations: what a quote, a mention, a claim occurrence and a piece of evidence look like."""

from __future__ import annotations

from typing import Any, Self
from uuid import UUID

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import BooleanField, Case, Exists, F, Func, IntegerField, JSONField, OuterRef, Q, Value, When
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact

from annotations.querysets.sets import InSetQuerySet
from backend.sql import JSON, JSONList
from backend.statements import among
from projects.roles import Caller


def span(prefix: str = "") -> Func:
    """The complete span object of five columns, built by the database; null where there is no span."""
    columns = (f"{prefix}{column}" for column in ("part", "start", "end", "exact", "pieces"))
    return Func(*columns, function="onrecord_span", output_field=JSONField())


def canonical(column: str, caller: Caller | None) -> str:
    """A reference to a speaker or claim as answers show it: at the end of its merges. Events keep what is stored."""
    return f"{column}__canonical_id" if caller else f"{column}_id"


def same_speaker(speaker: Any) -> Q:
    """The rows of a speaker and of all merged with it; or of those that are given, as a list or a Param."""
    from annotations.models import Speaker

    return Q(speaker__in=merged_with(Speaker, speaker)) if isinstance(speaker, UUID) else among("speaker", speaker)


def merged_with(model: Any, identity: Any) -> Any:
    """The ids of everything that is, or was merged into, the same identity."""
    end = model.objects.filter(pk=identity).values("canonical")
    return model.objects.filter(canonical__in=end).values("id")


class SpanQuerySet(InSetQuerySet):
    """What all span annotations share."""

    def head(self, caller: Caller | None) -> dict[str, Any]:
        place = {"project": "project_id", "article": "article_id", "revision": "revision__number", "set": "set_id"}
        return self.stamps(caller) | place

    def status(self) -> dict[str, Any]:
        names = ("review_status", "confidence", "tags", "note", "external_id")
        return {name: name for name in names} | {"derived_from": "derived_from_id"}

    def search(self, words: Any) -> Self:
        """Rows whose text holds all the words (web search syntax)."""
        found = SearchQuery(words, config="simple", search_type="websearch")
        return self.annotate(_text=SearchVector("exact", config="simple")).filter(_text=found)

    def tagged(self, tag: Any) -> Self:
        """Rows with the tag. Where few rows have any, the index of those that have tells which, in it alone."""
        return self.filter(tags__cardinality__gt=0, tags__contains=[tag])

    def overlapping(self, part: str, start: int, end: int) -> Self:
        """Any piece of the span shares a character with [start, end)."""
        return self.in_part(part, start, end).filter(pieces_match("overlaps", start, end))

    def within(self, part: str, start: int, end: int) -> Self:
        """Some piece of the span lies inside [start, end)."""
        return self.in_part(part, start, end).filter(pieces_match("within", start, end))

    def in_part(self, part: str, start: int, end: int) -> Self:
        return self.filter(part=part, start__lt=end, end__gt=start)


def pieces_match(how: str, start: int, end: int) -> Q:
    whole = Q(pieces__isnull=True)
    if how == "within":
        whole &= Q(start__gte=start, end__lte=end)
    function = f"onrecord_pieces_{how}"
    some = Func(F("pieces"), start, end, function=function, output_field=BooleanField())
    return whole | Q(pieces__isnull=False) & Q(Exact(some, Value(True)))


class MentionQuerySet(SpanQuerySet):
    def fields(self, caller: Caller | None) -> dict[str, Any]:
        own = {"span": span(), "kind": "kind", "speaker": canonical("speaker", caller)}
        return self.head(caller) | own | self.status()

    def of_speaker(self, speaker: Any) -> Self:
        return self.filter(same_speaker(speaker))


class QuoteQuerySet(SpanQuerySet):
    def fields(self, caller: Caller | None) -> dict[str, Any]:
        own: dict[str, Any] = {"content": span(), "cue": span("cue_")}
        own |= {name: name for name in ("cue_lemma", "type", "act", "medium", "factuality")}
        own |= {"parent": "parent_id", "sources": self.sources(caller), "uttered_on": "uttered_on", "venue": "venue"}
        return self.head(caller) | own | self.status() | (self.nesting() if caller else {})

    @staticmethod
    def sources(caller: Caller | None) -> JSONList:
        from annotations.models import QuoteSource

        fields: dict[str, Any] = {
            "role": "role",
            "mention": "mention_id",
            "span": span("mention__"),
            "speaker": canonical("speaker", caller),
            "speaker_name": "speaker__canonical__name",
            "mention_kind": Coalesce("mention__kind", Value("implicit")),
            "role_text": "role_text",
            "affiliation": canonical("affiliation", caller),
        }
        if caller is None:
            fields["inherited"] = "inherited"
            del fields["speaker_name"]
        return JSONList(QuoteSource.objects.filter(quote=OuterRef("pk")).order_by("position"), JSON(fields))

    @staticmethod
    def nesting() -> dict[str, Any]:
        """Depth and the speakers of each level from the outermost quote inwards; only nested quotes pay for a walk."""
        from annotations.models import QuoteSource

        own = QuoteSource.objects.filter(quote=OuterRef("pk"), role="source", speaker__isnull=False)
        speakers = JSONList(own.order_by("position"), "speaker__canonical")
        alone = Func(speakers, function="json_build_array", output_field=JSONField())
        chain = Func("id", function="onrecord_quote_chain", output_field=JSONField())
        length = Func(chain, function="json_array_length", output_field=IntegerField())
        return {
            "depth": Case(When(parent__isnull=True, then=Value(1)), default=length),
            "attribution_chain": Case(When(parent__isnull=True, then=alone), default=chain),
        }

    def of_speaker(self, speaker: Any, role: str = "source") -> Self:
        """Quotes in which the speaker, or one merged with it, has the role.

        Their ids come distinct and in their order, out of one index: a page of them is where a walk along it ends.
        PostgreSQL takes a plain EXISTS for a reason to sort all quotes of the speaker, or to look at all quotes.
        """
        from annotations.models import QuoteSource

        sources = QuoteSource.objects.filter(same_speaker(speaker), role=role)
        return self.filter(pk__in=sources.order_by("quote_id").distinct("quote_id").values("quote_id"))

    def showing(self, mention: UUID) -> Self:
        from annotations.models import QuoteSource

        return self.filter(Exists(QuoteSource.objects.filter(quote=OuterRef("pk"), mention=mention)))


class OccurrenceQuerySet(SpanQuerySet):
    def fields(self, caller: Caller | None) -> dict[str, Any]:
        from annotations.models import Claimant

        claimant = JSON({"speaker": canonical("speaker", caller), "is_author": "is_author"})
        claimants = Claimant.objects.filter(occurrence=OuterRef("pk")).order_by("position")
        own: dict[str, Any] = {
            "span": span(),
            "claim": canonical("claim", caller),
            "quote": "quote_id",
            "stance": "stance",
        }
        own |= {"claimants": JSONList(claimants, claimant)}
        own |= {"object_span": span("object_"), "time_span": span("time_")}
        return self.head(caller) | own | self.status()

    def of_claim(self, claim: UUID) -> Self:
        from annotations.models import Claim

        return self.filter(claim__in=merged_with(Claim, claim))

    def of_speaker(self, speaker: Any) -> Self:
        from annotations.models import Claimant

        return self.filter(Exists(Claimant.objects.filter(same_speaker(speaker), occurrence=OuterRef("pk"))))


class EvidenceQuerySet(SpanQuerySet):
    """Evidence is seen with its set; without one, by whoever sees the project's claims."""

    def visible_to(self, caller: Caller) -> Self:
        if caller.everywhere:
            return self
        shared = self.among(caller) | self.public() if caller.public_too else self.among(caller)
        return self.filter(Q(set__isnull=True) & shared | Q(set__isnull=False) & self.seen(caller))

    def fields(self, caller: Caller | None) -> dict[str, Any]:
        own: dict[str, Any] = {"claim": canonical("claim", caller), "stance": "stance", "span": span()}
        own |= {"quote": "quote_id", "occurrence": "occurrence_id", "url": "url", "excerpt": "excerpt", "note": "note"}
        return self.head(caller) | own

    def of_claim(self, claim: UUID) -> Self:
        from annotations.models import Claim

        return self.filter(claim__in=merged_with(Claim, claim))
