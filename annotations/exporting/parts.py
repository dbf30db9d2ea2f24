"""What an export holds, part by part, in the order of the file: records as PostgreSQL built them, not parsed.

Constant memory: things of the project come in pages, articles in groups whose size follows how much they hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from annotations import models
from annotations.exporting.snapshot import Snapshot
from annotations.models import AnnotationSet, Claim, ClaimRelation, ClaimReview, Evidence, Speaker
from annotations.querysets.documents import in_sets, kept_ids
from articles.models import Article, Publisher, Revision
from projects.roles import Caller

PAGE: Final = 2_000
GROUP: Final = 500  # articles, at most
ENOUGH: Final = 4 * 2**20  # characters of JSON that a group is to come to
IN_SETS: Final = in_sets(models)


@dataclass(frozen=True)
class Selection:
    """Which sets an export holds; with any of these, only articles that have such a set."""

    set_kind: str | None = None
    annotator: str | None = None
    review_status: str | None = None

    def sets(self, caller: Caller) -> Any:
        rows = AnnotationSet.objects.visible_to(caller)
        if self.set_kind:
            rows = rows.filter(kind=self.set_kind)
        return rows.by_annotator(self.annotator, caller) if self.annotator is not None else rows


EVERYTHING: Final = Selection()


@dataclass
class Part:
    """One article's document, or (without an article) up to PAGE things of one kind. `lists` hold each record as JSON
    text."""

    lists: dict[str, list[str]] = field(default_factory=dict)
    article: str | None = None

    @property
    def size(self) -> int:
        return len(self.article or "") + sum(len(record) for records in self.lists.values() for record in records)


def parts(moment: Snapshot, caller: Caller, project: UUID, selection: Selection) -> Iterator[Part]:
    """All that the caller sees of the project."""
    caller = caller.within(project)
    named = Speaker.objects.visible_to(caller).filter(project=project, article=None)
    claims = Claim.objects.visible_to(caller).filter(project=project)
    yield from single(moment, "publishers", Publisher.objects.visible_to(caller).filter(project=project), caller)
    yield from single(moment, "speakers", named, caller, counted=False)
    yield from single(moment, "claims", claims, caller)
    yield from documents(moment, caller, project, selection)
    relations = ClaimRelation.objects.visible_to(caller).filter(project=project).after_merges()
    yield from single(moment, "claim_relations", relations, caller)
    pages = Evidence.objects.visible_to(caller).filter(project=project, set=None)
    yield from single(moment, "evidence", pages, caller)
    reviews = ClaimReview.objects.visible_to(caller).filter(project=project)
    yield from single(moment, "claim_reviews", reviews, caller)


def single(moment: Snapshot, name: str, rows: Any, caller: Caller, **shown: bool) -> Iterator[Part]:
    rows = rows.order_by("pk").records(caller, **shown)
    page = rows
    while found := moment.rows(page.values_list("pk", "record")[:PAGE]):
        yield Part({name: [record for _, record in found]})
        page = rows.filter(pk__gt=found[-1][0])


def documents(moment: Snapshot, caller: Caller, project: UUID, selection: Selection) -> Iterator[Part]:
    articles = Article.objects.visible_to(caller).filter(project=project)
    if selection != EVERYTHING:
        articles = articles.filter(pk__in=selection.sets(caller).filter(project=project).values("article"))
    group = 20
    rest = articles.order_by("pk")
    while ids := [pk for (pk,) in moment.rows(rest.values_list("pk")[:group])]:
        found = Group(moment, caller, ids).documents(selection)
        size = sum(part.size for part in found)
        yield from found
        group = max(1, min(GROUP, 2 * group, group * ENOUGH // max(1, size)))
        rest = articles.order_by("pk").filter(pk__gt=ids[-1])


class Group:
    """Some articles with everything on them: a statement a kind."""

    def __init__(self, moment: Snapshot, caller: Caller, ids: list[UUID]) -> None:
        self.moment, self.caller, self.ids = moment, caller, ids
        self.parts = {pk: Part() for pk in ids}

    def documents(self, selection: Selection) -> list[Part]:
        for pk, _, record in self.records(Article.objects.filter(pk__in=self.ids), "pk", body=True):
            self.parts[pk].article = record
        self.add_revisions()
        sets = self.take("sets", selection.sets(self.caller).filter(article__in=self.ids))
        self.take("speakers", Speaker.objects.filter(article__in=self.ids), counted=False)
        kept = kept_ids(sets, selection.review_status, self.moment.fetch)
        for name, model in IN_SETS.items():
            self.take(name, model._default_manager.filter(kept[name]))
        return list(self.parts.values())

    def take(self, name: str, rows: Any, **shown: bool) -> list[UUID]:
        """Adds the rows' records to their articles, in the order of making; gives their ids."""
        found = self.records(rows, "article_id", **shown)
        for article, _, record in found:
            self.parts[article].lists.setdefault(name, []).append(record)
        return [pk for _, pk, _ in found]

    def records(self, rows: Any, article: str, **shown: bool) -> list[tuple[UUID, UUID, str]]:
        return self.moment.rows(rows.order_by("pk").records(self.caller, **shown).values_list(article, "pk", "record"))

    def add_revisions(self) -> None:
        """All texts of articles that have more to tell than their head does."""
        several = Revision.objects.filter(article__in=self.ids).exclude(number=1, reason="").values("article")
        for article, records in grouped(self.records(Revision.objects.filter(article__in=several), "article_id")):
            part = self.parts[article]
            part.article = f'{(part.article or "").rstrip()[:-1]}, "revisions": [{",".join(records)}]}}'


def grouped(found: Iterable[tuple[UUID, UUID, str]]) -> Iterable[tuple[UUID, list[str]]]:
    """The records of each article, in their order."""
    by_article: dict[UUID, list[str]] = {}
    for article, _, record in found:
        by_article.setdefault(article, []).append(record)
    return by_article.items()
