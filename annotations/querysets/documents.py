"""Reading an annotation document: all that the caller may see about one article, in one statement."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson
from django.db.models import BooleanField, Q
from django.db.models.expressions import RawSQL

from annotations.kinds import SPANS
from backend.statements import Param, Statement
from projects.roles import Caller


@dataclass(frozen=True)
class ArticleDocument:
    """The document's lists, each as JSON that the database built; and the ids and versions of what they hold.

    Without the article there is no document: the caller does not see it.
    """

    texts: Mapping[str, str]
    tags: str

    @classmethod
    def of(cls, rows: Iterable[tuple[str, str | None, str | None]]) -> ArticleDocument:
        found = [row for row in rows if row[1] is not None or row[0] not in ("article", "revisions")]
        texts = {name: f"[{records or ''}]" for name, records, _ in found}
        return cls(texts, ",".join(tags for _, _, tags in found if tags))

    @property
    def lists(self) -> dict[str, orjson.Fragment]:
        return {name: orjson.Fragment(text) for name, text in self.texts.items()}

    @property
    def etag(self) -> str:
        """A hash over the ids and versions of what the document holds."""
        return f'"{hashlib.sha256(self.tags.encode()).hexdigest()[:40]}"'


def article_document(
    article: UUID,
    caller: Caller,
    *,
    annotation_set: UUID | None = None,
    review_status: str | None = None,
    every_revision: bool = False,
    proof: Any = None,
) -> ArticleDocument:
    """What the caller sees of an article. A filter keeps the parents and cited objects of what it keeps."""
    values = {"article": article, "set": annotation_set, "status": review_status, **caller.params}
    shape = (annotation_set is not None, review_status is not None, every_revision)
    return ArticleDocument.of(document_statement(caller.pattern, *shape).run(values, proof=proof))


@lru_cache(maxsize=500)
def document_statement(caller: Any, one_set: bool, by_status: bool, every_revision: bool) -> Statement:
    """A row for each list of the document: its name, its records in the order of making, their ids and versions."""
    from annotations import models as m
    from articles.models import Article, Publisher, Revision

    article = Article.objects.visible_to(caller).filter(pk=Param("article"))
    sets = sets_shown(caller, one_set, every_revision)
    elsewhere = "EXISTS (SELECT FROM shown, article WHERE shown.revision_id <> article.head_id)"
    # What is shown comes with its text.
    asked = RawSQL("true" if every_revision else elsewhere if one_set else "false", [], BooleanField())
    revisions = Revision.objects.filter(asked, article__one_of=picked("id", "article"))
    claims, project = picked("id", "claims"), picked("project_id", "article")
    lists = {
        "article": article.records(caller, body=True),
        "publishers": Publisher.objects.filter(pk__one_of=picked("id", "outlets")).records(caller),
        "revisions": revisions.records(caller),
        "sets": sets.records(caller),
        **{name: model.objects.filter(pk__one_of=kept(name)).records(caller) for name, model in in_sets(m).items()},
        "claims": m.Claim.objects.filter(pk__one_of=claims).records(caller),
        "claim_relations": m.ClaimRelation.objects.filter(project__one_of=project).between(claims).records(caller),
        "claim_reviews": m.ClaimReview.objects.filter(claim__canonical__one_of=claims, project__one_of=project).records(
            caller
        ),
        "speakers": m.Speaker.objects.filter(pk__one_of=picked("id", "used")).records(caller),
    }
    columns = article.values_list("id", "project_id", "head_id", "publisher_id", "republisher_id")
    named = {"article": columns, "shown": sets.values_list("id", "revision_id")}
    kept_sql = (KEPT if by_status else HELD).replace("%(sets)s", "ARRAY(SELECT id FROM shown)")
    return Statement.joined(
        f"""
        WITH RECURSIVE article AS MATERIALIZED ({{article}}), shown AS MATERIALIZED ({{shown}}),
        kept (kind, ids) AS MATERIALIZED ({kept_sql.replace("%(status)s", "{status}")}),
        {NEIGHBOURS}
        {" UNION ALL ".join(LIST.format(name=name, rows=f"{{list_{name}}}") for name in lists)}
        """,
        {"status": Param("status")}
        | named
        | {f"list_{name}": rows.values_list("pk", rows.version(), "record") for name, rows in lists.items()},
    )


def sets_shown(caller: Any, one_set: bool, every_revision: bool) -> Any:
    """The article's sets: one by its id, whatever revision it is on, or those on the head, or all."""
    from annotations.models import AnnotationSet

    sets = AnnotationSet.objects.visible_to(caller).filter(article__one_of=picked("id", "article"))
    if one_set:
        return sets.filter(pk=Param("set"))
    return sets if every_revision else sets.filter(revision__one_of=picked("head_id", "article"))


def in_sets(models: Any) -> dict[str, Any]:
    """The models of what lives in sets, by kind."""
    return dict(zip(SPANS, (models.Mention, models.Quote, models.ClaimOccurrence, models.Evidence), strict=True))


def picked(column: str, table: str) -> RawSQL:
    """The values of a column of a named part of the statement, as one array: found once, then rows by their index."""
    return RawSQL(f"ARRAY(SELECT {column} FROM {table})", [])


def kept(kind: str) -> RawSQL:
    return RawSQL(f"(SELECT ids FROM kept WHERE kind = '{kind}')::uuid[]", [])


LIST = """
    SELECT '{name}', string_agg(found.record, ',' ORDER BY found.id),
           string_agg(found.id || '.' || found.version, ',' ORDER BY found.id)
    FROM ({rows}) AS found (id, version, record)
"""
# All of the sets. (KEPT: those of a status, and what these rest on.)
HELD = """
    SELECT 'evidence', array_agg(id) FROM annotations_evidence WHERE set_id = ANY (%(sets)s)
    UNION ALL SELECT 'claim_occurrences', array_agg(id) FROM annotations_claimoccurrence WHERE set_id = ANY (%(sets)s)
    UNION ALL SELECT 'quotes', array_agg(id) FROM annotations_quote WHERE set_id = ANY (%(sets)s)
    UNION ALL SELECT 'mentions', array_agg(id) FROM annotations_mention WHERE set_id = ANY (%(sets)s)
"""
# What is referred to, at the end of its merges: the article's outlets; the claims of occurrences and evidence; the
# speakers of all, and whom these are affiliated with.
NEIGHBOURS = """
    outlets (id) AS (SELECT unnest(ARRAY[publisher_id, republisher_id]) FROM article),
    claims (id) AS MATERIALIZED (
        SELECT DISTINCT c.canonical_id FROM annotations_claim c WHERE c.id IN (
            SELECT claim_id FROM annotations_claimoccurrence
            WHERE id = ANY ((SELECT ids FROM kept WHERE kind = 'claim_occurrences')::uuid[])
            UNION SELECT claim_id FROM annotations_evidence
            WHERE id = ANY ((SELECT ids FROM kept WHERE kind = 'evidence')::uuid[]))),
    used (id) AS (
        SELECT s.canonical_id FROM annotations_speaker s WHERE s.id IN (
            SELECT speaker_id FROM annotations_mention
            WHERE id = ANY ((SELECT ids FROM kept WHERE kind = 'mentions')::uuid[])
            UNION SELECT unnest(ARRAY[speaker_id, affiliation_id]) FROM annotations_quotesource
            WHERE quote_id = ANY ((SELECT ids FROM kept WHERE kind = 'quotes')::uuid[])
            UNION SELECT speaker_id FROM annotations_claimant
            WHERE occurrence_id = ANY ((SELECT ids FROM kept WHERE kind = 'claim_occurrences')::uuid[]))
        UNION
        SELECT a.canonical_id FROM used JOIN annotations_speaker s ON s.id = used.id
        JOIN annotations_speaker a ON a.id = s.affiliation_id)
"""


def fetched(sql: str, params: Mapping[str, Any]) -> list[Any]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        found: list[Any] = cursor.fetchall()
        return found


def kept_ids(
    sets: Iterable[UUID], review_status: str | None, fetch: Callable[[str, Mapping[str, Any]], list[Any]] = fetched
) -> dict[str, Q]:
    """Which rows of each kind stay: all of the sets, or those of a status and what these rest on. `fetch`: who asks the
    database."""
    everything = Q(set__in=list(sets))
    if review_status is None:
        return dict.fromkeys(SPANS, everything)
    found = dict(fetch(KEPT, {"sets": list(sets), "status": review_status}))
    return {kind: Q(pk__in=found.get(kind) or []) for kind in SPANS}


KEPT = """
    WITH RECURSIVE evidence AS (
        SELECT e.id, e.quote_id, e.occurrence_id FROM annotations_evidence e
        LEFT JOIN annotations_quote q ON q.id = e.quote_id
        LEFT JOIN annotations_claimoccurrence o ON o.id = e.occurrence_id
        WHERE e.set_id = ANY (%(sets)s) AND coalesce(q.review_status, o.review_status, %(status)s) = %(status)s
    ), occurrence AS (
        SELECT o.id, o.quote_id FROM annotations_claimoccurrence o
        WHERE o.set_id = ANY (%(sets)s)
          AND (o.review_status = %(status)s OR o.id IN (SELECT occurrence_id FROM evidence))
    ), quote (id, parent_id) AS (
        SELECT q.id, q.parent_id FROM annotations_quote q
        WHERE q.set_id = ANY (%(sets)s)
          AND (q.review_status = %(status)s
               OR q.id IN (SELECT quote_id FROM evidence UNION SELECT quote_id FROM occurrence))
        UNION
        SELECT q.id, q.parent_id FROM quote JOIN annotations_quote q ON q.id = quote.parent_id
    )
    SELECT 'evidence', array_agg(id) FROM evidence
    UNION ALL SELECT 'claim_occurrences', array_agg(id) FROM occurrence
    UNION ALL SELECT 'quotes', array_agg(id) FROM quote
    UNION ALL SELECT 'mentions', array_agg(m.id) FROM annotations_mention m
              WHERE m.set_id = ANY (%(sets)s)
                AND (m.review_status = %(status)s OR m.id IN (
                     SELECT s.mention_id FROM annotations_quotesource s JOIN quote ON quote.id = s.quote_id))
"""
