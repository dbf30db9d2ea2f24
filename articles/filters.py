"""The query parameters of articles, revisions and publishers."""

from __future__ import annotations

from typing import Any, ClassVar

from backend.fields import Choice, Date, DateTime, Id, Text
from backend.queries import ListQuery, ordering


class CreatedQuery(ListQuery):
    """Lists that can be cut by the time of making."""

    even = frozenset({"project"})
    project = Id(required=False)
    created_after = DateTime(required=False, help_text="Made here later than this moment.")
    created_before = DateTime(required=False, help_text="Made here earlier than this moment.")
    lookups: ClassVar = {
        "project": "project",
        "created_after": "created_at__gt",
        "created_before": "created_at__lt",
    }


class SearchQuery(CreatedQuery):
    """Lists that can be searched."""

    scattered = frozenset({"q"})
    even = CreatedQuery.even | {"q"}  # however common the words are, what an index finds is sorted
    q = Text(required=False, max_length=500, allow_blank=False, help_text="Full text, in web search syntax.")

    def narrow(self, rows: Any, caller: Any) -> Any:
        rows = super().narrow(rows, caller)
        return rows.search(self.values["q"]) if "q" in self.values else rows


class PublisherQuery(CreatedQuery):
    domain = Text(required=False, max_length=500)
    name = Text(required=False, max_length=500, help_text="The whole name.")
    ordering = ordering("id", "updated_at", "name")
    lookups: ClassVar = CreatedQuery.lookups | {"domain": "domain", "name": "name"}


class ArticleQuery(SearchQuery):
    publisher = Id(required=False)
    language = Text(required=False, max_length=35, help_text="As it was sent: `en` does not find `en-GB`.")
    external_id = Text(required=False, max_length=500)
    published_after = Date(required=False, help_text="Later than this day.")
    published_before = Date(required=False, help_text="Earlier than this day.")
    include = Choice(["body"], required=False, help_text="`body` brings the bodies, which lists leave out.")
    ordering = ordering("id", "updated_at", "published_on")
    lookups: ClassVar = SearchQuery.lookups | {
        "publisher": "publisher",
        "language": "language",
        "external_id": "external_id",
        "published_after": "published_on__gt",
        "published_before": "published_on__lt",
    }

    def narrow(self, rows: Any, caller: Any) -> Any:
        rows = super().narrow(rows, caller)
        by_date = self.values["ordering"].removeprefix("-") == "published_on"
        # An article without a date has no place in an order by date.
        return rows.filter(published_on__isnull=False) if by_date else rows
