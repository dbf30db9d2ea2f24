"""Annotation sets: made, submitted, closed, reopened, emptied, deleted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from annotations.choices import AnnotatorKind, SetKind, SetStatus
from annotations.models import AnnotationSet, ClaimOccurrence, Evidence, Mention, Quote, SetParent, Speaker
from annotations.permissions import is_own, require_open, require_set
from articles import actions as article_actions
from articles.models import Article, Revision
from backend.errors import conflict, forbidden, invalid
from backend.rows import columns_of, fetch
from backend.statements import Statement
from projects.actions.rows import (
    InUse,
    Stamps,
    changed,
    created,
    delete_rows,
    delete_unused,
    in_use,
    insert_rows,
    new_stamps,
    update_row,
)
from projects.ids import uuid7
from projects.models import User
from projects.permissions import require
from projects.references import demand
from projects.roles import Caller, Role

# What a set holds, in an order in which it can go: nothing later refers to anything earlier.
HELD = (Evidence, ClaimOccurrence, Quote, Mention)


def own_annotator(caller: Caller) -> dict[str, Any]:
    """The columns that say: the caller annotated this."""
    user = caller.user
    assert user is not None
    kind = AnnotatorKind.MODEL if user.is_service else AnnotatorKind.HUMAN
    return {
        "annotator_kind": kind,
        "annotator_name": user.username,
        "annotator_version": "",
        "annotator_user_id": user.pk,
    }


def own_kind(caller: Caller) -> SetKind:
    assert caller.user is not None
    return SetKind.MACHINE if caller.user.is_service else SetKind.INDIVIDUAL


def annotator_columns(caller: Caller, sent: Mapping[str, Any] | None, members: Mapping[str, UUID]) -> dict[str, Any]:
    """Who annotated, as columns. A `user` who is no member becomes null, and the name stays."""
    if sent is None:
        return own_annotator(caller)
    user = members.get(sent.get("user") or "")
    name = sent.get("name") or sent.get("user") or (caller.user.username if caller.user else "")
    return {
        "annotator_kind": sent.get("kind", AnnotatorKind.HUMAN),
        "annotator_name": name,
        "annotator_version": sent.get("version", ""),
        "annotator_user_id": user,
    }


def annotator_of(stored: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of an annotator as events keep it: a user by id, whose name is their present one."""
    name = User.objects.filter(pk=stored["user"]).values_list("username", flat=True).first()
    return {
        "annotator_kind": stored["kind"],
        "annotator_name": name or stored["name"],
        "annotator_version": stored["version"],
        "annotator_user_id": stored["user"],
    }


def members_named(project: UUID, names: Iterable[str]) -> dict[str, UUID]:
    names = set(filter(None, names))
    if not names:
        return {}
    found = User.objects.filter(username__in=names, memberships__project=project).values_list("username", "pk")
    return dict(found)


def identity(row: AnnotationSet) -> tuple[Any, ...]:
    """What makes two sets the same one: revision, annotator, kind, label."""
    annotator = (row.annotator_user_id, row.annotator_name, str(row.annotator_kind), row.annotator_version)
    return (row.revision_id, *annotator, str(row.kind), row.label)


def create_set(
    *, caller: Caller, article: Article, data: Mapping[str, Any], back: Stamps | None = None
) -> AnnotationSet:
    """Annotators open their own; curators may name another annotator, and make imported and adjudicated sets."""
    revision = revision_of(article, data.get("revision"))
    annotator = data.get("annotator")
    members = members_named(article.project_id, [annotator.get("user") or ""] if annotator else [])
    if annotator and annotator.get("user") and annotator["user"] not in members:
        raise invalid("no-such-object", "The project has no member of this name.", "/annotator/user")
    columns = annotator_columns(caller, annotator, members)
    row = AnnotationSet(
        project_id=article.project_id,
        article_id=article.pk,
        revision_id=revision,
        kind=data.get("kind", own_kind(caller)),
        label=data.get("label", ""),
        **columns | dict(back or new_stamps()),
    )
    require_set(caller, row)
    own = own_annotator(caller) | {"annotator_version": columns["annotator_version"]}
    if row.kind != own_kind(caller) or columns != own:
        require(caller, article.project_id, Role.CURATOR)
    parents = data.get("parents", [])
    visible = AnnotationSet.objects.visible_to(caller).filter(article=article.pk)
    demand(visible, {f"/parents/{n}": pk for n, pk in enumerate(parents)})
    add_sets([row], {row.pk: parents}, caller)
    return row


def revision_of(article: Article, number: int | None) -> UUID:
    """The id of an article's revision; without a number, of its head. Error: 422 `no-such-object`."""
    if number is None:
        head: UUID = article.head_id
        return head
    found: UUID | None = Revision.objects.filter(article=article.pk, number=number).values_list("pk", flat=True).first()
    if found is None:
        raise invalid("no-such-object", f"The article has no revision {number}.", "/revision")
    return found


def add_sets(rows: Sequence[AnnotationSet], parents: Mapping[UUID, Sequence[UUID]], caller: Caller | None) -> None:
    """Writes new sets, their parents and their events."""
    insert_rows(rows, caller)
    SetParent.objects.bulk_create(
        SetParent(set_id=row.pk, article_id=row.article_id, parent_id=parent, position=position)
        for row in rows
        for position, parent in enumerate(dict.fromkeys(parents.get(row.pk, ())))
    )
    created(AnnotationSet, [row.pk for row in rows], caller)


def own_columns(caller: Caller, article: Article) -> dict[str, Any]:
    """What makes a set the one that the caller's annotations go to by default."""
    return own_annotator(caller) | {"revision_id": article.head_id, "kind": own_kind(caller), "label": ""}


def own_set(caller: Caller, article: Article) -> AnnotationSet:
    """The caller's own set with the empty label on the head revision, made if missing."""
    columns = own_columns(caller, article)
    for found in fetch(AnnotationSet, **columns):
        return found  # type: ignore[no-any-return]
    row = AnnotationSet(id=uuid7(), project_id=article.project_id, article_id=article.pk, **columns)
    require_set(caller, row)
    row.created_by_id = caller.user.pk if caller.user else None
    # Two first writes at once: one makes it, the other finds it.
    AnnotationSet.objects.bulk_create([row], ignore_conflicts=True)
    there: AnnotationSet = AnnotationSet.objects.get(**columns)
    if there.pk == row.pk:
        created(AnnotationSet, [row.pk], caller)
    return there


def share(ids: Iterable[UUID]) -> list[AnnotationSet]:
    """Sets locked so that none is submitted, closed or emptied while somebody writes into it. One statement. Error:
    DoesNotExist, where one is gone."""
    ids = list(set(ids))
    rows = [AnnotationSet.from_db("default", SET, row) for row in SHARED.run({"ids": ids})] if ids else []
    if len(rows) < len(ids):
        raise AnnotationSet.DoesNotExist
    return rows


SET = columns_of(AnnotationSet)
SHARED = Statement(
    f"SELECT {', '.join(SET)} FROM {AnnotationSet._meta.db_table} WHERE id = ANY (%s) ORDER BY id FOR SHARE",
    ("ids",),
    kept=True,
)


def lock(pk: UUID) -> AnnotationSet:
    """A set locked against all writers: to end it, to empty it, to move a quote in it. Error: DoesNotExist."""
    row: AnnotationSet = AnnotationSet.objects.select_for_update(of=("self",)).get(pk=pk)
    return row


def change_status(*, caller: Caller, annotation_set: AnnotationSet, to: SetStatus) -> None:
    """submit (owner, from open), close (curators), reopen (curators). Error: 409 `set-not-open` (submit),
    `status-unchanged` (close, reopen)."""
    if to == SetStatus.SUBMITTED:
        if caller.user is None or annotation_set.annotator_user_id != caller.user.pk:
            raise forbidden("Only the set's owner submits it; curators close it.")
        require_set(caller, annotation_set)
        if annotation_set.status != SetStatus.OPEN:
            raise conflict("set-not-open", f"The set is {annotation_set.status} already.")
    else:
        require(caller, annotation_set.project_id, Role.CURATOR)
        if annotation_set.status == to:
            raise conflict("status-unchanged", f"The set is {to} already.")
    update_row(annotation_set, {"status": to}, caller)


def update_set(*, caller: Caller, annotation_set: AnnotationSet, data: Mapping[str, Any]) -> None:
    """What annotators have handed in, they no longer change. Error: 409 `set-not-open`."""
    if not caller.may(annotation_set.project_id, Role.CURATOR):
        require_open(annotation_set)
    update_row(annotation_set, data, caller)


def delete_set(*, caller: Caller, annotation_set: AnnotationSet, cascade: bool) -> None:
    """Deletes an empty set; with `cascade` also what it holds. Managers also one that is not open. Error: 409 `in-use`
    with counts, `set-not-open`."""
    if cascade and not is_own(caller, annotation_set):
        require(caller, annotation_set.project_id, Role.MANAGER)
    if not caller.may(annotation_set.project_id, Role.MANAGER):
        require_open(annotation_set)
    lock(annotation_set.pk)
    if cascade:
        empty_sets([annotation_set.pk], caller)
    children = list(SetParent.objects.filter(parent=annotation_set.pk).values_list("set_id", flat=True))
    delete_unused(annotation_set, caller)
    # Sets made from this one outlive it, and show one parent less.
    changed(AnnotationSet, children, caller)


def empty_sets(ids: Iterable[UUID], caller: Caller | None) -> int:
    """Deletes all that the (locked) sets hold. Error: `InUse`."""
    ids = list(ids)
    return sum(delete_annotations(model._default_manager.filter(set__in=ids), caller) for model in HELD)


def delete_annotations(doomed: QuerySet[Any], caller: Caller | None) -> int:
    """Deletes rows of one kind. Their copies outlive them, and forget them as a change of their own. Error: `InUse`."""
    if hasattr(doomed.model, "copies"):
        rows, origins = doomed.model._default_manager, doomed.values("pk")
        copies = list(rows.filter(derived_from__in=origins).exclude(pk__in=origins).values_list("pk", flat=True))
        rows.filter(pk__in=copies).update(derived_from=None)
        changed(doomed.model, copies, caller)
    return delete_rows(doomed, caller)


def lock_all(article: Article) -> list[UUID]:
    """The article's sets, locked against all writers."""
    sets = AnnotationSet.objects.select_for_update(of=("self",)).filter(article=article.pk).order_by("pk")
    return [row.pk for row in sets]


def delete_article(*, caller: Caller, article: Article) -> None:
    """Withdraws an article without annotations, its empty sets and its own, unnamed speakers. Error: 409 `in-use`."""
    try:
        delete_rows(AnnotationSet.objects.filter(article=article.pk), caller)
        delete_rows(Speaker.objects.filter(article=article.pk), caller)
    except InUse:
        raise in_use(article, caller) from None
    article_actions.delete_article(caller=caller, article=article)
