"""Where callers annotate: an article, and their own set on it; remembered, for the quick road of the next quote."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.conf import settings

from annotations.actions.rows import Place, Texts
from annotations.actions.sets import SET, own_annotator, own_kind
from annotations.choices import SetStatus
from annotations.models import AnnotationSet
from articles.models import Article, Revision
from backend.errors import Problem
from backend.rows import columns_of
from backend.statements import Param, Statement
from backend.transactions import HURRY
from projects.references import no_such_object
from projects.remembering import Proof
from projects.roles import Caller, Role


def article_and_own_set(
    caller: Caller, pk: UUID, proof: Proof | None = None, *, held: bool = True
) -> tuple[Article, AnnotationSet | None]:
    """The article, and the caller's own set on its head, if it is there, locked as by `share` (`held`); waiting for no
    lock for long (`hurry`). In one statement. Error: 422 `no-such-object`."""
    values = {"pk": pk, **own_annotator(caller), "kind": own_kind(caller), **caller.params}
    values["patience"] = settings.WRITE_LOCK_TIMEOUT
    found = with_own_set(caller.pattern, held).run(values, proof=proof)
    article, rest = article_from(found)
    return article, AnnotationSet.from_db("default", SET, rest) if rest[0] else None


def article_of(caller: Caller, pk: UUID) -> Article:
    """The article, if the caller sees it, with its project and head. Error: 422 `no-such-object`."""
    return article_from(seen_articles(caller.pattern).run({"pk": pk, **caller.params}))[0]


def article_from(found: Sequence[tuple[Any, ...]]) -> tuple[Article, tuple[Any, ...]]:
    """The article that a row begins with, and what else is in it."""
    if not found:
        raise Problem(422, no_such_object("/article"))
    (row,), head = found, columns_of(Revision)
    article: Article = Article.from_db("default", ARTICLE, row[: len(ARTICLE)])
    article.head = Revision.from_db("default", head, row[len(ARTICLE) : len(ARTICLE) + len(head)])
    return article, row[len(ARTICLE) + len(head) :]


ARTICLE = ("id", "project_id", "head_id")
OWN_SET = f"""
    SELECT article.*, own.*
    FROM ({HURRY.replace("%s", "{patience}")}) AS hurried (since), ({{article}}) AS article LEFT JOIN LATERAL (
        SELECT {", ".join(SET)} FROM {AnnotationSet._meta.db_table}
        WHERE hurried.since IS NOT NULL AND revision_id = article.head_id
          AND annotator_user_id = {{annotator_user_id}} AND annotator_kind = {{annotator_kind}}
          AND annotator_name = {{annotator_name}} AND annotator_version = {{annotator_version}}
          AND kind = {{kind}} AND label = '' FOR SHARE) AS own ON true
"""


@lru_cache(maxsize=100)
def seen_articles(caller: Any) -> Statement:
    return Statement.of(article_rows(caller))


@lru_cache(maxsize=100)
def with_own_set(caller: Any, held: bool) -> Statement:
    names = ("patience", "kind", "annotator_user_id", "annotator_kind", "annotator_name", "annotator_version")
    text = OWN_SET if held else OWN_SET.replace(" FOR SHARE", "")
    return Statement.joined(text, {"article": article_rows(caller), **{name: Param(name) for name in names}})


def article_rows(caller: Any) -> Any:
    heads = (f"head__{column}" for column in columns_of(Revision))
    return Article.objects.visible_to(caller).filter(pk=Param("pk")).values_list(*ARTICLE, *heads)


# ---- what is remembered ----


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a caller has just annotated: an open set that they may write in, on the head of its article. `version` is
    the set's, which rises with whatever opens or closes it; `number` the revision's."""

    place: Place
    version: int
    number: int
    texts: Texts


# By who asks (what the database says of them, hashed), the article, and the set as it was named, or None.
SPOTS: dict[tuple[str, UUID, UUID | None], Spot] = {}
MOST, LONGEST = 500, 20_000  # spots, and code points of the text of one


def remember(
    proof: Proof | None, named: UUID | None, annotation_set: AnnotationSet, head: Revision, texts: Texts
) -> None:
    """The caller may write in this open set. Nothing is remembered of older revisions than the `head`."""
    row = annotation_set
    if proof is None or row.revision_id != head.pk or head.body_length > LONGEST:
        return
    if len(SPOTS) >= MOST:
        SPOTS.clear()
    place = Place(row.project_id, row.article_id, row.revision_id, row.pk)
    SPOTS[proof.state, row.article_id, named] = Spot(place, row.version, head.number, texts)


def spot_of(caller: Caller, article: UUID, named: UUID | None, proof: Proof) -> Spot | None:
    """What is remembered; or, where no set is named, what is found of the caller's own."""
    key = (proof.state, article, named)
    if key not in SPOTS and named is None:
        try:
            found, own = article_and_own_set(caller, article, proof, held=False)
        except Problem:
            return None
        if own is not None and own.status == SetStatus.OPEN and caller.may(found.project_id, Role.ANNOTATOR):
            remember(proof, None, own, found.head, Texts.of(found.head))
    return SPOTS.get(key)
