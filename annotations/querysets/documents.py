"""Reading an annotation document: all that the caller may see about one article, in a constant number of statements."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson
from django.db.models import Q

from projects.roles import Caller


@dataclass
class ArticleDocument:
    """The document's lists of records (JSON as the database built it), and its ETag."""

    lists: dict[str, list[orjson.Fragment]] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)

    def take(self, name: str, rows: Any, caller: Caller, **shown: bool) -> list[UUID]:
        """Adds the rows' records under a name, in the order of making; gives their ids. One statement."""
        found = list(rows.order_by("pk").records(caller, **shown).values_list("pk", rows.version(), "record"))
        self.lists[name] = [orjson.Fragment(record) for _, _, record in found]
        self.tags += [f"{pk}.{version}" for pk, version, _ in found]
        return [pk for pk, _, _ in found]

    @property
    def etag(self) -> str:
        """A hash over the ids and versions of what the document holds."""
        return f'"{hashlib.sha256(",".join(self.tags).encode()).hexdigest()[:40]}"'


def article_document(
    article: Any,
    caller: Caller,
    *,
    annotation_set: UUID | None = None,
    review_status: str | None = None,
    every_revision: bool = False,
) -> ArticleDocument:
    """`article`: a row the caller sees. A filter keeps the parents and cited objects of what it keeps."""
    from annotations import models as m
    from articles.models import Article, Publisher, Revision

    document = ArticleDocument()
    project = article.project_id
    document.take("article", Article.objects.filter(pk=article.pk), caller, body=True)
    outlets = [pk for pk in (article.publisher_id, article.republisher_id) if pk]
    document.take("publishers", Publisher.objects.filter(pk__in=outlets), caller)
    sets = m.AnnotationSet.objects.visible_to(caller.within(project)).filter(article=article.pk)
    # A set that is asked for by its id is shown whatever revision it is on; and what is shown comes with its text.
    if annotation_set:
        sets = sets.filter(pk=annotation_set)
        every_revision = every_revision or sets.exclude(revision=article.head_id).exists()
    elif not every_revision:
        sets = sets.filter(revision=article.head_id)
    if every_revision:
        document.take("revisions", Revision.objects.filter(article=article.pk), caller)
    shown_sets = document.take("sets", sets, caller)

    kept = kept_ids(shown_sets, review_status)
    mentions = document.take("mentions", m.Mention.objects.filter(kept["mentions"]), caller)
    quotes = document.take("quotes", m.Quote.objects.filter(kept["quotes"]), caller)
    occurrences = document.take(
        "claim_occurrences", m.ClaimOccurrence.objects.filter(kept["claim_occurrences"]), caller
    )
    evidence = document.take("evidence", m.Evidence.objects.filter(kept["evidence"]), caller)

    claims = claims_of(occurrences, evidence)
    document.take("claims", m.Claim.objects.filter(pk__in=claims), caller)
    document.take("claim_relations", m.ClaimRelation.objects.filter(project=project).between(claims), caller)
    document.take("claim_reviews", m.ClaimReview.objects.filter(claim__canonical__in=claims, project=project), caller)
    document.take("speakers", m.Speaker.objects.filter(pk__in=speakers_of(mentions, quotes, occurrences)), caller)
    return document


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
    kinds = ("mentions", "quotes", "claim_occurrences", "evidence")
    everything = Q(set__in=list(sets))
    if review_status is None:
        return dict.fromkeys(kinds, everything)
    found = dict(fetch(KEPT, {"sets": list(sets), "status": review_status}))
    return {kind: Q(pk__in=found.get(kind) or []) for kind in kinds}


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


def claims_of(occurrences: list[UUID], evidence: list[UUID]) -> list[UUID]:
    """The claims, at the end of their merges, that occurrences and evidence are about."""
    from annotations.models import Claim, ClaimOccurrence, Evidence

    used = Q(pk__in=ClaimOccurrence.objects.filter(pk__in=occurrences).values("claim"))
    used |= Q(pk__in=Evidence.objects.filter(pk__in=evidence).values("claim"))
    return list(Claim.objects.filter(used).values_list("canonical", flat=True).distinct())


SPEAKERS = """
    WITH RECURSIVE used (id) AS (
        SELECT s.canonical_id FROM annotations_speaker s WHERE s.id IN (
            SELECT speaker_id FROM annotations_mention WHERE id = ANY (%(mentions)s)
            UNION SELECT speaker_id FROM annotations_quotesource WHERE quote_id = ANY (%(quotes)s)
            UNION SELECT affiliation_id FROM annotations_quotesource WHERE quote_id = ANY (%(quotes)s)
            UNION SELECT speaker_id FROM annotations_claimant WHERE occurrence_id = ANY (%(occurrences)s))
        UNION
        SELECT a.canonical_id FROM used JOIN annotations_speaker s ON s.id = used.id
        JOIN annotations_speaker a ON a.id = s.affiliation_id
    )
    SELECT id FROM used
"""


def speakers_of(mentions: list[UUID], quotes: list[UUID], occurrences: list[UUID]) -> list[UUID]:
    """The speakers, at the end of their merges, that these refer to, and whom they are affiliated with."""
    found = fetched(SPEAKERS, {"mentions": mentions, "quotes": quotes, "occurrences": occurrences})
    return [pk for (pk,) in found]
