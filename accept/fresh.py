"""An object for each case that would spend one: in the demo project, used by nothing, with its history."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable
from typing import Any

from django.db import connection, transaction

from annotations.models import ImportJob
from articles.actions import delete_article
from articles.models import Article
from projects.actions.rows import created, delete_rows
from projects.models import ApiToken, Project, User
from seeds.loading import DEMO
from tests import builders as make

NUMBERS = itertools.count()


def resource(path: str) -> str:
    steps = path.removeprefix("/api/v1/").strip("/").split("/")
    return steps[steps.index("{id}") - 1] if "{id}" in steps else steps[0]


def fresh(path: str) -> Any:
    """The object that a path's id stands for, in the state in which the path's operation is for it."""
    try:
        with transaction.atomic():
            return in_state(path, made(resource(path)))
    finally:
        connection.close()  # schemathesis calls from threads of its own


def made(name: str) -> Any:
    row = MAKERS[name](*place())
    if not isinstance(row, Article | ApiToken | ImportJob):  # the first has a history already, the others have none
        created(type(row), [row.pk], make.everything())
    return row


def in_state(path: str, row: Any) -> Any:
    rows = type(row).objects.filter(pk=row.pk)
    if path.endswith("/unmerge/"):
        rows.update(merged_into=made(resource(path)))
    elif path.endswith("/reopen/"):
        rows.update(status="submitted")
    elif path.endswith("/restore/") and next(NUMBERS) % 2:
        delete(row)
    return row


def delete(row: Any) -> None:
    """Of a project that is gone nobody is a manager, who might bring it back."""
    if isinstance(row, Article):
        delete_article(caller=make.everything(), article=row)
    elif not isinstance(row, Project):
        delete_rows(type(row).objects.filter(pk=row.pk), make.everything())


def place() -> tuple[Any, Any, str]:
    """The demo project, its manager, and a word that nothing else has."""
    return Project.objects.get(pk=DEMO), manager(), f"fresh-{next(NUMBERS)}"


def manager() -> Any:
    return User.objects.get(username="the-manager")


def newcomer() -> str:
    """The name of a user who is no member of anything."""
    try:
        return str(make.make_user(f"fresh-{next(NUMBERS)}").username)
    finally:
        connection.close()


@functools.cache
def own() -> set[str]:
    """What the manager who sends all cases cannot do without: the token and the membership."""
    try:
        token = manager().tokens.order_by("created_at", "id").first()
        return {str(token.pk), str(manager().memberships.get(project=DEMO).pk)}
    finally:
        connection.close()


def in_set(project: Any, user: Any, word: str) -> Any:
    return make.make_set(make.make_article(project, title=word), user, label=word)


def others_set(project: Any, user: Any, word: str) -> Any:
    """Of somebody else, so that the manager may review what is in it."""
    annotator = make.make_user(word)
    make.make_member(project, annotator, "annotator")
    return in_set(project, annotator, word)


def made_project(project: Any, user: Any, word: str) -> Any:
    own = make.make_project(word)
    make.make_member(own, user, "manager")
    return own


def made_token(project: Any, user: Any, word: str) -> Any:
    make.make_token(user)
    return user.tokens.order_by("-created_at", "-id").first()


MAKERS: dict[str, Callable[[Any, Any, str], Any]] = {
    "projects": made_project,
    "tokens": made_token,
    "members": lambda project, user, word: make.make_member(project, make.make_user(word), "viewer"),
    "publishers": lambda project, user, word: make.make_publisher(project, word),
    "articles": lambda project, user, word: make.make_article(project, title=word),
    "annotation-sets": in_set,
    "quotes": lambda project, user, word: make.make_quote(others_set(project, user, word), "We keep our word"),
    "mentions": lambda project, user, word: make.make_mention(others_set(project, user, word), "We keep our word"),
    "claim-occurrences": lambda project, user, word: make.make_occurrence(
        others_set(project, user, word), "We keep our word"
    ),
    "evidence": lambda project, user, word: make.make_evidence(
        make.make_claim(project, word), url=f"https://{word}.example/"
    ),
    "imports": lambda project, user, word: ImportJob.objects.create(
        project=project, created_by=user, format="ndjson", file=word, total=1
    ),
    "speakers": lambda project, user, word: make.make_speaker(project, word),
    "claims": lambda project, user, word: make.make_claim(project, word),
    "claim-relations": lambda project, user, word: make.make_relation(
        make.make_claim(project, word), make.make_claim(project, f"{word} too")
    ),
    "claim-reviews": lambda project, user, word: make.make_review(
        make.make_claim(project, word), f"https://{word}.example/"
    ),
}
