"""Reads of claims, their relations and reviews."""

from __future__ import annotations

from typing import Any, Self

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import Exists, F, OuterRef, Q, Value
from django.db.models.functions import MD5

from annotations.choices import SYMMETRIC
from backend.sql import beginning
from backend.statements import among
from projects.querysets import RecordQuerySet
from projects.roles import Caller


class ClaimQuerySet(RecordQuerySet):
    def fields(self, caller: Caller | None) -> dict[str, Any]:
        names = ("text", "language", "types", "check_worthiness", "check_score", "resolved_time")
        fields = self.stamps(caller) | {"project": "project_id"} | {name: name for name in names}
        return fields | {"merged_into": "merged_into_id"}

    def search(self, words: Any) -> Self:
        return self.saying(SearchQuery(words, config="simple", search_type="websearch"))

    def starting(self, words: str) -> Self:
        """Those not merged into another, by how words of the text begin."""
        return self.filter(merged_into__isnull=True).saying(beginning(words))

    def saying(self, found: SearchQuery) -> Self:
        return self.annotate(_text=SearchVector("text", config="simple")).filter(_text=found)

    def with_texts(self, texts: list[str]) -> Self:
        """Claims with one of these texts, by the hash that is indexed."""
        hashes = [MD5(Value(text)) for text in set(texts)]
        return self.annotate(_md5=MD5("text")).filter(_md5__in=hashes, text__in=list(set(texts)))


class ClaimRelationQuerySet(RecordQuerySet):
    def fields(self, caller: Caller | None) -> dict[str, Any]:
        end = "canonical_id" if caller else "id"
        ends: dict[str, Any] = {"source": F(f"source__{end}"), "target": F(f"target__{end}")}
        names = ("type", "confidence", "note")
        return self.stamps(caller) | {"project": "project_id"} | ends | {name: name for name in names}

    def between(self, claims: Any) -> Self:
        """Relations among these claims as answers show them. `claims`: ids, or an expression for them."""
        return self.filter(among("source__canonical", claims), among("target__canonical", claims)).after_merges()

    def after_merges(self) -> Self:
        """None that merging has bent onto itself, and one of those that it has made the same."""
        straight = self.exclude(source__canonical=F("target__canonical"))
        older = self.filter(
            Q(source__canonical=OuterRef("source__canonical"), target__canonical=OuterRef("target__canonical"))
            | Q(source__canonical=OuterRef("target__canonical"), target__canonical=OuterRef("source__canonical"))
            & Q(type__in=SYMMETRIC),
            type=OuterRef("type"),
            pk__lt=OuterRef("pk"),
        )
        return straight.exclude(Exists(older))

    def of_claim(self, claim: Any, end: str | None = None) -> Self:
        """Relations with the claim, or one merged with it, at an end: `source`, `target`, or either."""
        from annotations.models import Claim
        from annotations.querysets.spans import merged_with

        same = merged_with(Claim, claim)
        ends = {"source": Q(source__in=same), "target": Q(target__in=same)}
        return self.filter(ends[end] if end else ends["source"] | ends["target"])


REVIEW_FIELDS = (
    "author_name",
    "author_url",
    "url",
    "title",
    "reviewed_on",
    "rating_text",
    "rating_value",
    "rating_worst",
    "rating_best",
    "explanation",
    "verdict",
)


class ClaimReviewQuerySet(RecordQuerySet):
    def fields(self, caller: Caller | None) -> dict[str, Any]:
        claim = "claim__canonical_id" if caller else "claim_id"
        return self.stamps(caller) | {"project": "project_id", "claim": claim} | {name: name for name in REVIEW_FIELDS}

    def of_claim(self, claim: Any) -> Self:
        from annotations.models import Claim
        from annotations.querysets.spans import merged_with

        return self.filter(claim__in=merged_with(Claim, claim))
