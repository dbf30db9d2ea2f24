"""Reads of speakers."""

from __future__ import annotations

from typing import Any, Self

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import Case, Exists, F, Func, IntegerField, OuterRef, Q, Subquery, When

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

        It is asked of each speaker of an article that is read, and some are quoted a hundred thousand times: so it is
        counted in an index alone, in the order of that index for whoever is merged with nobody. A quote is seen with
        its set.
        """
        from annotations.models import AnnotationSet, QuoteSource, Speaker

        sources = QuoteSource.objects.filter(role="source")
        # Few are merged into another: with the first condition, the index of these alone is looked at, whichever way.
        merged = Exists(Speaker.objects.filter(merged_into__isnull=False, merged_into=OuterRef("pk")))

        def counted(rows: Any) -> Any:
            alone, all_of_them = (
                rows.filter(speaker=OuterRef("pk")),
                rows.filter(speaker__canonical=OuterRef("canonical")),
            )
            several = When(merged | Q(merged_into__isnull=False), then=distinct_quotes(all_of_them))
            return Case(several, default=distinct_quotes(alone))

        if caller.everywhere:
            return counted(sources)
        seen = counted(sources.filter(set__in=AnnotationSet.objects.visible_to(caller).values("pk")))
        if not caller.curated:
            return seen
        return Case(When(among("project", caller.curated), then=counted(sources)), default=seen)

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


def distinct_quotes(sources: Any) -> Subquery:
    """How many quotes the sources belong to."""
    number = Func("quote", function="count", template="%(function)s(DISTINCT %(expressions)s)")
    return Subquery(sources.order_by().values_list(number), output_field=IntegerField())
