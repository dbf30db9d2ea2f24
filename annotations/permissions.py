"""Who may write what here: a table of predicates over (caller, set) and (caller, project)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from annotations.choices import SetKind, SetStatus
from backend.errors import conflict, forbidden
from projects.permissions import require
from projects.roles import Caller, Role

# Making such an object in a project needs this role; reusing one needs none.
MAKERS = {
    "publishers": Role.CURATOR,
    "articles": Role.CURATOR,
    "speakers": Role.ANNOTATOR,
    "claims": Role.ANNOTATOR,
    "claim_relations": Role.ANNOTATOR,
    "evidence": Role.ANNOTATOR,
    "claim_reviews": Role.CURATOR,
}


def is_own(caller: Caller, annotation_set: Any) -> bool:
    """Whether the set is the caller's own pass; adjudicated sets are nobody's own."""
    own = caller.user is not None and annotation_set.annotator_user_id == caller.user.pk
    return own and annotation_set.kind != SetKind.ADJUDICATED


def require_set(caller: Caller, annotation_set: Any) -> None:
    """Annotators write their own sets, curators all. Raises 403."""
    role = Role.ANNOTATOR if is_own(caller, annotation_set) else Role.CURATOR
    if role == Role.CURATOR and caller.role_in(annotation_set.project_id) == Role.ANNOTATOR:
        raise forbidden("Annotators write in their own sets; this one is another's or an adjudicated one.")
    require(caller, annotation_set.project_id, role)


def require_open(annotation_set: Any) -> None:
    if annotation_set.status != SetStatus.OPEN:
        raise conflict(
            "set-not-open", f"The set is {annotation_set.status}; a curator may reopen it.", set=str(annotation_set.pk)
        )


def require_maker(caller: Caller, project: UUID, kind: str) -> None:
    require(caller, project, MAKERS[kind])


def refuse_own_work(caller: Caller, row: Any, annotation_set: Any) -> None:
    """Nobody reviews what they made, or what is in their set."""
    user = caller.user.pk if caller.user else None
    if user in {row.created_by_id, annotation_set.annotator_user_id}:
        raise forbidden("Nobody reviews their own work.", "own-work")
