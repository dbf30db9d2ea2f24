"""Reads of speakers."""

from __future__ import annotations

from typing import Any, Self

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import Case, Count, F, IntegerField, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce

from backend.sql import beginning
from backend.statements import among
from projects.querysets import RecordQuerySet
from projects.roles import Caller


class SpeakerQuerySet(RecordQuerySet):
    def fields(self, caller: Caller | None, *, counted: bool = True) -> dict[str, Any]:
        affiliation = "affiliation__canonical_id" if caller else "affiliation_id"
        names = ("name", "kind", "is_named")
        more = ("aliases", "wikidata_qid", "gender", "gender_source")
        fields: dict[str, Any] = self.stamps(caller) | {"project": "project_id"}
        fields |= {name: name for name in names} | {"article": "article_id"} | {name: name for name in more}
        fields |= {"affiliation": affiliation, "description": "description", "merged_into": "merged_into_id"}
        return fields | {"quote_count": self.quote_count(caller)} if caller and counted else fields

    @staticmethod
    def quote_count(caller: Caller) -> Any:
        """In how many quotes that the caller sees the speaker (with all merged into it) is the source.

        Where the caller sees all quotes these are counted in an index alone: it is done for each speaker of an article
        that is read, and some are quoted a hundred thousand times.
        """
        from annotations.models import Quote, QuoteSource

        sources = QuoteSource.objects.filter(speaker__canonical=OuterRef("canonical"), role="source")

        def count(rows: Any) -> Any:
            counted = rows.order_by().values("speaker__canonical").annotate(n=Count("quote", distinct=True)).values("n")
            return Coalesce(Subquery(counted, output_field=IntegerField()), Value(0))

        if caller.everywhere:
            return count(sources)
        seen = count(sources.filter(quote__in=Quote.objects.visible_to(caller).values("pk")))
        if not caller.curated:
            return seen
        return Case(When(among("project", caller.curated), then=count(sources)), default=seen)

    def references(self) -> dict[str, Any]:
        return super().references() | {"article": F("article_id")}

    def search(self, words: Any) -> Self:
        """By words of the name, or by an alias as a whole."""
        return self.called(SearchQuery(words, config="simple", search_type="websearch"), words)

    def starting(self, words: str) -> Self:
        """Who is not merged into another, by how the words of the name begin, or by an alias as a whole."""
        return self.filter(merged_into__isnull=True).called(beginning(words), words)

    def called(self, found: SearchQuery, words: Any) -> Self:
        named = self.annotate(_name=SearchVector("name", config="simple"))
        return named.filter(Q(_name=found) | Q(aliases__contains=[words]))
