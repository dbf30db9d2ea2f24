"""The query parameters of sets, and of what is behind the spans: speakers, claims, relations, reviews."""

from __future__ import annotations

from typing import Any, ClassVar

from annotations.choices import CheckWorthiness, ClaimType, RelationType, SetKind, SetStatus, SpeakerKind, Verdict
from articles.filters import CreatedQuery, SearchQuery
from backend.fields import Choice, Id, Text
from backend.queries import Query, QueryFlag, ordering


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


class CascadeQuery(Query):
    cascade = QueryFlag(default=False, help_text="Also deletes what the set holds: its owner and managers.")


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
