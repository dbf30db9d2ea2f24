"""Loaded by schemathesis itself: keeps count of answers, and gives operations that spend an object a fresh one."""

from __future__ import annotations

import itertools
import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django
import schemathesis

django.setup()

from django.db import connection  # noqa: E402  models need the set-up above

from annotations.models import ClaimRelation, ClaimReview  # noqa: E402
from articles.models import Publisher  # noqa: E402
from projects.models import Membership, Project, User  # noqa: E402
from tests import builders as make  # noqa: E402

TALLY = Path(os.environ["ACCEPT_TALLY"])
NUMBERS = itertools.count()
LOCK = threading.Lock()
# What alters its object, or the text that other examples are about.
SPENT = ("submit/", "close/", "reopen/", "merge/", "review/", "revisions/")
# What the seed has none of.
UNSEEDED = ("claim-reviews", "tokens", "members")
SEED = "0120d56b-"  # how the seed's ids begin
IDS: dict[str, str] = {
    "project": "0120d56b-e800-7000-8000-000000000001",
    "article": "0120d56b-e800-75ca-9472-92785f2a9bf5",
    "publisher": "0120d56b-e801-798a-bd58-4e0d3cf73a9f",
    "claim": "0120d56b-e816-7d86-af26-a6f0f4b279d8",
    "source": "0120d56b-e816-7d86-af26-a6f0f4b279d8",
    "target": "0120d56b-e81d-75af-92d0-1162d7d31c7e",
    "speaker": "0120d56b-e804-7bc4-aaf9-0af980ac76d4",
}
WORDS = "not prepared to return to international talks"  # of the seed's text
LOOSE = {"set", "parent", "parents", "sources", "quote", "occurrence", "claimants", "affiliation", "mention"}
LOOSE |= {
    "is_named",
    "merged_into",
    "resolved_time",
    "metadata",
    "cue",
    "object_span",
    "time_span",
    "republisher",
    "external_id",
    "wikidata_qid",
}


@schemathesis.hook
def before_call(context: Any, case: Any, **kwargs: Any) -> None:
    """Valid cases meet something: most made-up bodies name what there is, and nothing of the seed is spent."""
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    case.body = whole(case.body)
    if case.method.upper() in ("POST", "PATCH") and isinstance(case.body, dict) and next(NUMBERS) % 8:
        case.body = grounded(case.body)
    path = case.operation.path
    variable = "id" if "{id}" in path else "article" if path.endswith(("/annotations/", "/revisions/")) else ""
    given = str((case.path_parameters or {}).get(variable, ""))
    spends = case.method.upper() == "DELETE" or (case.method.upper() == "POST" and path.endswith(SPENT))
    if variable and ((spends and given.startswith(SEED)) or resource(path) in UNSEEDED):
        made = fresh(path)
        if made is not None:
            case.path_parameters[variable] = str(made.pk)


def whole(value: Any) -> Any:
    """7.0 is an integer to JSON Schema, which has no word against it, and not to the contract: it becomes 7."""
    if isinstance(value, dict):
        return {name: whole(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [whole(inner) for inner in value]
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 2**53 else value


def grounded(body: dict[str, Any]) -> dict[str, Any]:
    """The same body about the seed: its project, article, claim; a text that stands there; no ties to what is not."""
    if any(str(value).startswith(SEED) for value in body.values()):
        return body  # an example
    kept = {name: value for name, value in body.items() if name not in LOOSE}
    kept |= {name: IDS[name] for name in kept if name in IDS}
    if "into" in kept:
        kept["into"] = IDS["target"]
    return kept | {name: {"exact": WORDS} for name in ("content", "span") if name in kept}


@schemathesis.hook
def after_call(context: Any, case: Any, response: Any) -> None:
    with LOCK, TALLY.open("a") as tally:
        tally.write(json.dumps([f"{case.method.upper()} {case.operation.path}", response.status_code]) + "\n")


def resource(path: str) -> str:
    steps = path.removeprefix("/api/v1/").strip("/").split("/")
    return steps[steps.index("{id}") - 1] if "{id}" in steps else steps[0]


def fresh(path: str) -> Any:
    """The object that a path's id stands for, in the demo project, and used by nothing."""
    maker = MAKERS.get(resource(path))
    try:
        made = maker(*place()) if maker else None
        if made is not None and path.endswith("/unmerge/"):
            type(made).objects.filter(pk=made.pk).update(merged_into=maker(*place()))  # type: ignore[misc]
        if made is not None and path.endswith("/reopen/"):
            type(made).objects.filter(pk=made.pk).update(status="submitted")
        return made
    finally:
        connection.close()  # schemathesis calls from threads of its own


def place() -> tuple[Any, Any, str]:
    """The demo project, its manager, and a word that nothing else has."""
    return Project.objects.get(slug="demo"), User.objects.get(username="the-manager"), f"fresh-{next(NUMBERS)}"


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
    "members": lambda project, user, word: Membership.objects.create(
        project=project, user=make.make_user(word), role="viewer"
    ),
    "publishers": lambda project, user, word: Publisher.objects.create(project=project, name=word),
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
    "speakers": lambda project, user, word: make.make_speaker(project, word),
    "claims": lambda project, user, word: make.make_claim(project, word),
    "claim-relations": lambda project, user, word: ClaimRelation.objects.create(
        project=project,
        source=make.make_claim(project, word),
        target=make.make_claim(project, f"{word} too"),
        type="supports",
    ),
    "claim-reviews": lambda project, user, word: ClaimReview.objects.create(
        project=project,
        claim=make.make_claim(project, word),
        url=f"https://{word}.example/",
        rating_text=word,
    ),
}
