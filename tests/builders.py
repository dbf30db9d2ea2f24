"""Rows to test with, written straight into the tables; `exact` is found in the text, so no test counts characters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction

from projects.roles import SCOPES, Caller

if TYPE_CHECKING:
    from tests.api import Api

__all__ = ["SCOPES", "World"]

TITLE = "Minister Answers His Critics"
BODY = (
    "Prime Minister Ada Stern said on Monday that taxes would fall next year. “We keep our word,” she said.\n"
    "The opposition denies it. Its leader, Ben Okafor, told reporters that Stern “promised the same in 2019” "
    "and that nobody believes her any more.\n"
    "An official who asked not to be named said the budget had been ready since May.\n"
)
Exact = str | Sequence[str]


@dataclass
class World:
    """What the fixture `world` gives: a project, and an API client for each way to stand to it."""

    project: Any
    viewer: Api
    annotator: Api
    other_annotator: Api
    curator: Api
    manager: Api
    stranger: Api
    anonymous: Api


def everything() -> Caller:
    """A caller who may do everything and is nobody."""
    return Caller(scopes=frozenset(SCOPES), everywhere=True)


# Projects


def make_user(username: str, service: bool = False, superuser: bool = False) -> Any:
    from projects.models import User

    user = User(username=username, is_service=service, is_superuser=superuser, is_staff=superuser)
    user.set_unusable_password()
    user.save(force_insert=True)
    return user


def make_token(user: Any, scopes: Iterable[str] = SCOPES, **kw: Any) -> str:
    """The secret of a new token."""
    from projects.actions.tokens import create_token

    return create_token(user=user, name="test", scopes=list(scopes), **kw)[1]


def make_project(slug: str, visibility: str = "private", **kw: Any) -> Any:
    from projects.models import Project

    return Project.objects.create(slug=slug, visibility=visibility, **{"name": slug.title(), **kw})


def make_member(project: Any, user: Any, role: str) -> Any:
    from projects.models import Membership

    return Membership.objects.create(project=project, user=user, role=role)


# Articles


def make_publisher(project: Any, name: str = "The Post", **kw: Any) -> Any:
    from articles.models import Publisher

    return created(Publisher(project=project, name=name, **kw))


def make_article(project: Any, body: str = BODY, title: str = TITLE, **facts: Any) -> Any:
    from articles.actions import create_article

    with transaction.atomic():
        return create_article(caller=everything(), project=project.pk, data={"title": title, "body": body, **facts})


# Identities


def make_speaker(project: Any, name: str = "Ada Stern", *, article: Any = None, **kw: Any) -> Any:
    """Unnamed exactly where an article is given."""
    from annotations.models import Speaker

    return created(Speaker(project=project, **{"name": name, "article": article, "is_named": article is None, **kw}))


def make_claim(project: Any, text: str = "Taxes will fall in 2026.", **kw: Any) -> Any:
    from annotations.models import Claim

    return created(Claim(project=project, text=text, **kw))


def make_relation(source: Any, target: Any, type: str = "supports", **kw: Any) -> Any:
    from annotations.models import ClaimRelation

    return created(ClaimRelation(project=source.project, source=source, target=target, type=type, **kw))


def make_review(claim: Any, url: str = "https://a.example/", rating_text: str = "True", **kw: Any) -> Any:
    from annotations.models import ClaimReview

    return created(ClaimReview(project=claim.project, claim=claim, url=url, rating_text=rating_text, **kw))


def created(row: Any) -> Any:
    """The row, once it is in its table, with what triggers have filled in."""
    row.save(force_insert=True)
    row.refresh_from_db()
    return row


# Sets and what is in them


def make_set(article: Any, user: Any, kind: str = "individual", status: str = "open", label: str = "") -> Any:
    from annotations.models import AnnotationSet

    return AnnotationSet.objects.create(
        project_id=article.project_id,
        article=article,
        revision_id=article.head_id,
        kind=kind,
        annotator_kind="model" if user.is_service else "human",
        annotator_name=user.username,
        annotator_user=user,
        label=label,
        status=status,
        created_by=user,
    )


def span(set: Any, exact: Exact | None, prefix: str = "", part: str = "body", nth: int = 0) -> dict[str, Any]:
    """The columns of a span that reads `exact`: its nth place in the text. A list is one piece each, in their order."""
    if exact is None:
        return {}
    text = getattr(set.revision, part)
    pieces, at = [], 0
    for words in [exact] if isinstance(exact, str) else exact:
        for _ in range(nth + 1):
            start = text.index(words, at)
            at = start + 1
        pieces.append((start, start + len(words)))
        at = start + len(words)
    several = len(pieces) > 1
    return {
        f"{prefix}part": part,
        f"{prefix}start": pieces[0][0],
        f"{prefix}end": pieces[-1][1],
        f"{prefix}exact": " ".join(text[start:end] for start, end in pieces),
        f"{prefix}pieces": [offset for piece in pieces for offset in piece] if several else None,
    }


def place(set: Any) -> dict[str, Any]:
    """The columns by which a row lies in a set."""
    return {
        "set_id": set.pk,
        "revision_id": set.revision_id,
        "article_id": set.article_id,
        "project_id": set.project_id,
        "created_by_id": set.annotator_user_id,
    }


def make_mention(set: Any, exact: Exact, *, part: str = "body", nth: int = 0, **kw: Any) -> Any:
    from annotations.models import Mention

    return created(Mention(**{**place(set), **span(set, exact, part=part, nth=nth), **kw}))


def make_quote(
    set: Any,
    exact: Exact,
    *,
    cue: Exact | None = None,
    sources: Iterable[Any] = (),
    part: str = "body",
    nth: int = 0,
    **kw: Any,
) -> Any:
    """`sources`: mentions (their speaker goes with them) and speakers (implicit sources)."""
    from annotations.models import Quote

    spans = span(set, exact, part=part, nth=nth) | span(set, cue, "cue_", part)
    quote = created(Quote(**{**place(set), **spans, **kw}))
    for source in sources:
        add_source(quote, source)
    return quote


def add_source(quote: Any, source: Any = None, **kw: Any) -> Any:
    """Another source of a quote: a mention or a speaker, or the columns as given."""
    from annotations.models import Mention, QuoteSource

    columns: dict[str, Any] = {"project_id": quote.project_id, "set_id": quote.set_id, "quote": quote}
    columns["position"] = quote.sources.count()
    if isinstance(source, Mention):
        columns |= {"mention": source, "speaker_id": source.speaker_id, "inherited": True}
    elif source is not None:
        columns |= {"speaker": source}
    return created(QuoteSource(**{**columns, **kw}))


def make_occurrence(
    set: Any,
    exact: Exact,
    *,
    object: Exact | None = None,
    time: Exact | None = None,
    claimants: Iterable[Any] = (),
    part: str = "body",
    nth: int = 0,
    **kw: Any,
) -> Any:
    """`claimants`: speakers; None is the author."""
    from annotations.models import Claimant, ClaimOccurrence

    spans = span(set, exact, part=part, nth=nth) | span(set, object, "object_", part) | span(set, time, "time_", part)
    occurrence = created(ClaimOccurrence(**{**place(set), **spans, **kw}))
    for position, speaker in enumerate(claimants):
        Claimant.objects.create(
            project_id=set.project_id,
            occurrence=occurrence,
            position=position,
            speaker=speaker,
            is_author=speaker is None,
        )
    return occurrence


def make_evidence(claim: Any, set: Any = None, exact: Exact | None = None, **kw: Any) -> Any:
    """On a span of a set's text, or on what `kw` says: an `occurrence`, or a `url`."""
    from annotations.models import Evidence

    where = place(set) if set else {"project_id": claim.project_id}
    return created(Evidence(**{**where, "claim": claim, "stance": "supports", **span(set, exact), **kw}))
