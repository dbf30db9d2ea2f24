"""Reads of articles. See projects.querysets for what `visible_to` and `records` promise."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self
from uuid import UUID

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db import connection
from django.db.models import F, OuterRef, Subquery, Value
from django.db.models.functions import Left

from backend.sql import beginning
from projects.querysets import RecordQuerySet
from projects.roles import Caller

# The columns of an article that a client writes; the order is the order of the answer.
ARTICLE_FIELDS = (
    "external_id",
    "url",
    "language",
    "publisher",
    "republisher",
    "byline",
    "authors",
    "dateline",
    "section",
    "credit_line",
    "published_on",
    "published_at",
    "published_precision",
    "licence",
    "metadata",
)
REFERENCES = {"publisher", "republisher"}


class PublisherQuerySet(RecordQuerySet):
    def fields(self, caller: Caller | None) -> dict[str, Any]:
        names = ("name", "domain", "country", "wikidata_qid")
        return self.stamps(caller) | {"project": "project_id"} | {name: name for name in names}


# From each language to the next one, a step along the index for each: DISTINCT would read every article.
LANGUAGES = """
    WITH RECURSIVE found (project, language) AS (
        SELECT p.id, (SELECT min(a.language) FROM articles_article a WHERE a.project_id = p.id)
        FROM unnest(%s::uuid[]) AS p (id)
        UNION ALL
        SELECT f.project, (SELECT min(a.language) FROM articles_article a
                           WHERE a.project_id = f.project AND a.language > f.language)
        FROM found f WHERE f.language IS NOT NULL)
    SELECT DISTINCT language FROM found WHERE language IS NOT NULL ORDER BY language
"""


class ArticleQuerySet(RecordQuerySet):
    @staticmethod
    def languages(projects: Iterable[UUID]) -> list[str]:
        """The languages of the projects' articles. One statement, and a look into an index for each of them."""
        with connection.cursor() as cursor:
            cursor.execute(LANGUAGES, [list(projects)])
            return [language for (language,) in cursor.fetchall()]

    def references(self) -> dict[str, Any]:
        return super().references() | {"article": F("id")}

    def fields(self, caller: Caller | None, *, body: bool = False) -> dict[str, Any]:
        head = {"body": "head__body"} if body else {}
        return (
            self.stamps(caller)
            | {"project": "project_id", "title": "head__title"}
            | head
            | {name: f"{name}_id" if name in REFERENCES else name for name in ARTICLE_FIELDS}
            | {
                "revision": "head__number",
                "body_length": "head__body_length",
                "body_length_utf16": "head__body_length_utf16",
                "sha256": "head__sha256",
            }
        )

    def remains(self) -> dict[str, Any]:
        """The capture goes with its article."""
        from articles.models import Capture

        captures = Capture.objects.filter(pk=OuterRef("pk"))
        return self.fields(None) | {"capture": Subquery(captures.values("text"))}

    def search(self, words: Any) -> Self:
        """Articles whose head holds all the words (web search syntax) in its title or first 200,000 characters."""
        return self.saying(SearchQuery(words, config="simple", search_type="websearch"))

    def starting(self, words: str) -> Self:
        """As search, by how the words begin."""
        return self.saying(beginning(words))

    def saying(self, found: SearchQuery) -> Self:
        text = SearchVector(Left("head__title", 1000), Left("head__body", 200_000), config="simple")
        # That the head is the article's own leads from what the search finds to its articles, by their key.
        return self.annotate(_text=text).filter(_text=found, pk=F("head__article"))


class RevisionQuerySet(RecordQuerySet):
    def remains(self) -> dict[str, Any]:
        """Nothing else keeps the text of a revision that goes."""
        return self.fields(None) | {"body": "body"}

    def version(self) -> Any:
        return Value(1)

    def references(self) -> dict[str, Any]:
        return super().references() | {"article": F("article_id")}

    def fields(self, caller: Caller | None, *, body: bool = True) -> dict[str, Any]:
        named = self.name_of("created_by", caller) if caller else "created_by_id"
        stamps = {"id": "id", "version": Value(1), "created_at": "created_at", "updated_at": "created_at"}
        stamps |= {"created_by": named}
        text = {"title": "title"} | ({"body": "body"} if caller and body else {})
        lengths = ("title_length", "body_length", "body_length_utf16", "sha256")
        names = {"project": "project_id", "article": "article_id", "number": "number"}
        return stamps | names | text | {"reason": "reason"} | {name: name for name in lengths}


class CaptureQuerySet(RecordQuerySet):
    def fields(self, caller: Caller | None) -> dict[str, Any]:
        return {"article": "article_id", "text": "text", "sha256": "sha256", "created_at": "created_at"}
