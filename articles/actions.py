"""Writes of articles: add, alter their facts, revise their text, withdraw."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from articles.models import Article, Capture, Publisher, Revision
from articles.text import digest, normalise, utf16_length
from backend.errors import Fault, conflict
from projects.actions.rows import (
    InUse,
    Stamps,
    changed,
    create_row,
    created,
    delete_together,
    delete_unused,
    in_use,
    insert_rows,
    new_stamps,
    update_row,
)
from projects.ids import uuid7
from projects.models import Event
from projects.references import demand, missing, refuse
from projects.roles import Caller

TEXT_FIELDS = ("title", "body")
LINKS = ("publisher", "republisher")


def columns(data: Mapping[str, Any]) -> dict[str, Any]:
    """An article's facts as columns: links become ids."""
    return {f"{name}_id" if name in LINKS else name: value for name, value in data.items()}


def text_faults(texts: Mapping[str, Any]) -> list[Fault]:
    """What of a sent title and body cannot be stored as it came (docs/decisions/0011). The database holds it too."""
    detail = "It begins with two byte order marks: one is stripped, the other would be at the next ingest. Remove them."
    twice = [name for name in TEXT_FIELDS if (texts.get(name) or "").startswith("\ufeff\ufeff")]
    return [Fault("text-not-normalised", detail, f"/{name}") for name in twice]


@dataclass
class NewArticle:
    """An article to be written: its row, its revisions in their order, its capture."""

    article: Article
    revisions: list[Revision]
    capture: Capture | None


def new_revision(
    *, article: UUID, project: UUID, number: int, title: str, body: str, reason: str = "", back: Stamps | None = None
) -> Revision:
    """A revision as it will be stored: normalised, measured and hashed."""
    title, body = normalise(title), normalise(body)
    return Revision(
        **back or new_stamps(),
        project_id=project,
        article_id=article,
        number=number,
        title=title,
        body=body,
        reason=reason,
        title_length=len(title),
        body_length=len(body),
        body_length_utf16=utf16_length(body),
        sha256=digest(title, body),
    )


def new_article(*, project: UUID, data: Mapping[str, Any], back: Stamps | None = None) -> NewArticle:
    """`data`: the article's facts with `title` and `body`, or with `revisions` (each with title, body, reason)."""
    facts = {n: v for n, v in data.items() if n not in {*TEXT_FIELDS, "capture", "revisions", "project"}}
    back = back or new_stamps()
    pk: UUID = back["id"]
    texts: Sequence[Mapping[str, Any]] = data.get("revisions") or [{name: data[name] for name in TEXT_FIELDS}]
    revisions = [
        new_revision(
            article=pk,
            project=project,
            number=n,
            title=t["title"],
            body=t["body"],
            reason=t.get("reason") or "",
            back=t.get("back"),
        )
        for n, t in enumerate(texts, 1)
    ]
    article = Article(**back, project_id=project, head_id=revisions[-1].pk, **columns(facts))
    capture = None
    if data.get("capture") is not None:
        text = data["capture"]
        sha256 = hashlib.sha256(text.encode()).hexdigest()
        capture = Capture(article_id=pk, project_id=project, text=text, sha256=sha256)
    return NewArticle(article, revisions, capture)


def add_articles(new: Sequence[NewArticle], caller: Caller | None) -> None:
    """Writes any number of articles: one statement a table, and their events."""
    insert_rows([n.article for n in new], caller)
    revisions = [revision for n in new for revision in n.revisions]
    insert_rows(revisions, caller)
    Capture.objects.bulk_create([n.capture for n in new if n.capture])
    created(Article, [n.article.pk for n in new], caller)
    created(Revision, [revision.pk for revision in revisions], caller)


def create_article(*, caller: Caller, project: UUID, data: Mapping[str, Any], back: Stamps | None = None) -> Article:
    publishers = {f"/{name}": pk for name in LINKS if (pk := data.get(name)) is not None}
    refuse([*text_faults(data), *missing(Publisher.objects.filter(project=project), publishers)])
    new = new_article(project=project, data=data, back=back)
    add_articles([new], caller)
    return new.article


def update_article(*, caller: Caller, article: Article, data: Mapping[str, Any]) -> None:
    demand(Publisher.objects.filter(project=article.project_id), {f"/{n}": data.get(n) for n in LINKS})
    update_row(article, columns(data), caller)


def revise_article(
    *, caller: Caller | None, article: Article, title: str, body: str, base: int, reason: str = ""
) -> Revision:
    """Adds a revision and makes it the head; the article's row must be locked. Annotations stay where they were made.

    Error: 409 `revision-conflict` where `base` is not the head.
    """
    refuse(text_faults({"title": title, "body": body}))
    head = Revision.objects.only("number").get(pk=article.head_id)
    if head.number != base:
        raise conflict(
            "revision-conflict",
            f"The head is revision {head.number}, not {base}. Read it, and correct that text.",
            "/base_revision",
            head=head.number,
        )
    pk, project = article.pk, article.project_id
    revision = new_revision(article=pk, project=project, number=head.number + 1, title=title, body=body, reason=reason)
    create_row(revision, caller)
    Article.objects.filter(pk=pk).update(head=revision.pk)
    changed(Article, [pk], caller)
    return revision


def delete_article(*, caller: Caller, article: Article) -> None:
    """Withdraws an article that nothing uses, with its revisions and its capture. Error: 409 `in-use`."""
    try:
        # The article's head and its revisions refer to each other; that key waits for the commit.
        rows = [Revision.objects.filter(article=article.pk), Article.objects.filter(pk=article.pk)]
        delete_together(rows, caller)
    except InUse:
        raise in_use(article, caller) from None


def lost_texts(article: UUID) -> list[dict[str, Any]]:
    """The revisions of a deleted article, from their tombstones, in the shape in which `new_article` takes them."""
    graves = Event.objects.filter(type="revision", article=article, action="deleted").order_by("id")
    texts = {event.snapshot["number"]: event.snapshot for event in graves}
    return [
        {name: text[name] for name in ("title", "body", "reason")}
        | {"back": {"id": uuid7(), "created_at": text["created_at"], "created_by_id": text["created_by"]}}
        for _, text in sorted(texts.items())
    ]


def lost_capture(article: UUID) -> str | None:
    graves = Event.objects.filter(type="article", object_id=article, action="deleted").order_by("-id")
    capture: str | None = graves.values_list("snapshot__capture", flat=True).first()
    return capture


def create_publisher(
    *, caller: Caller, project: UUID, data: Mapping[str, Any], back: Stamps | None = None
) -> Publisher:
    row = Publisher(**back or new_stamps(), project_id=project, **data)
    return create_row(row, caller)  # type: ignore[no-any-return]


def update_publisher(*, caller: Caller, publisher: Publisher, data: Mapping[str, Any]) -> None:
    update_row(publisher, data, caller)


def delete_publisher(*, caller: Caller, publisher: Publisher) -> None:
    delete_unused(publisher, caller)
