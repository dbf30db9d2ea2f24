"""Accounts from the command line: programs that annotate, people who are forgotten; and secrets, which nobody tells."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib.admin import site
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.test import Client

from annotations.models import AnnotationSet, Mention, Quote
from backend.tasks import OPENAPI
from projects import backup
from projects.models import ApiToken, Event, Membership, Project, User
from tests.api import Api
from tests.builders import World, make_article, make_member, make_project, make_token, make_user

NAME, MAIL = "ada.lovelace", "ada@analytical.example"


def command(*words: str) -> str:
    out = io.StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


# Service accounts


def test_a_program_annotates_in_its_project_and_no_other(world: World) -> None:
    elsewhere = make_project("elsewhere", visibility="public")
    secret = command("create_service_account", "gpt-quotes", "--project", "world").strip()
    api = Api(None, secret)
    me = api.get("/api/v1/me/").json()
    assert (me["username"], me["is_service"], me["scopes"]) == ("gpt-quotes", True, ["annotate", "read"])
    assert me["projects"] == [{"project": str(world.project.pk), "role": "annotator"}]
    article = make_article(world.project)
    made = api.post("/api/v1/quotes/", {"article": str(article.pk), "content": {"exact": "We keep our word"}})
    assert made.status_code == 201
    made_set = api.get(f"/api/v1/annotation-sets/{made.json()['set']}/").json()
    assert (made_set["kind"], made_set["annotator"]["kind"]) == ("machine", "model")
    review = {"decision": "approved"}
    path = f"/api/v1/quotes/{made.json()['id']}/review/"
    assert api.post(path, review, if_match="*").status_code == 403
    assert api.get(f"/api/v1/projects/{elsewhere.pk}/").status_code == 404
    assert ApiToken.objects.get(user__username="gpt-quotes").last_used_at


def test_a_curating_program_does_not_review_its_own(world: World) -> None:
    secret = command("create_service_account", "judge", "--project", "world", "--role", "curator").strip()
    api = Api(None, secret)
    made = api.post(
        "/api/v1/quotes/", {"article": str(make_article(world.project).pk), "content": {"exact": "We keep our word"}}
    ).json()
    answer = api.post(f"/api/v1/quotes/{made['id']}/review/", {"decision": "approved"}, if_match="*")
    assert (answer.status_code, answer.json()["code"]) == (403, "own-work")


def test_making_a_program_leaves_an_event(world: World) -> None:
    command("create_service_account", "gpt-quotes", "--project", "world")
    member = Membership.objects.get(user__username="gpt-quotes")
    assert Event.objects.get(object_id=member.pk).type == "membership"


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        (["curator", "--project", "world"], "a user of this name already"),
        (["gpt", "--project", "nowhere"], "no project 'nowhere'"),
        (["gpt", "--project", "world", "--role", "manager"], "invalid choice: 'manager'"),
    ],
)
def test_what_is_no_program(world: World, words: list[str], refusal: str) -> None:
    before = User.objects.count()
    with pytest.raises(CommandError, match=refusal):
        command("create_service_account", *words)
    assert User.objects.count() == before


# Erasure


@pytest.fixture
def ada(world: World, client: Callable[..., Api]) -> User:
    """Somebody who has left traces everywhere."""
    user = make_user(NAME)
    User.objects.filter(pk=user.pk).update(first_name="Ada", last_name="Lovelace-King", email=MAIL, is_staff=True)
    user.refresh_from_db()
    user.set_password("difference engine")
    user.save()
    http = Client()
    assert http.login(username=NAME, password="difference engine")
    assert world.manager.post(f"/api/v1/projects/{world.project.pk}/members/", {"user": NAME, "role": "annotator"})
    api = client(user)
    article = {"article": str(make_article(world.project).pk)}
    quote = {**article, "content": {"exact": "We keep our word"}, "sources": [{"span": {"exact": "Ada Stern"}}]}
    assert api.post("/api/v1/quotes/", quote, idempotency_key="one").status_code == 201
    LogEntry.objects.create(user=user, object_repr="anything", action_flag=2)
    LogEntry.objects.create(
        user=world.manager.user,
        object_repr=f"{NAME} as annotator in World",
        action_flag=2,
        content_type=ContentType.objects.get_for_model(Membership),
    )
    return user


def everything_made() -> dict[str, list[Any]]:
    return {
        model.__name__: sorted(model.objects.values_list("pk", flat=True)) for model in (AnnotationSet, Quote, Mention)
    }


def test_erased_and_still_there(ada: User, world: World) -> None:
    before, tokens = everything_made(), ApiToken.objects.exclude(user=ada).count()
    told = command("erase_user", NAME, "--yes")
    assert everything_made() == before
    user = User.objects.get(pk=ada.pk)
    assert user.username.startswith("erased-")
    assert (user.first_name, user.last_name, user.email, user.last_login) == ("", "", "", None)
    assert (user.is_active, user.is_staff, user.is_superuser, user.has_usable_password()) == (False,) * 4
    assert AnnotationSet.objects.get(annotator_user=ada).annotator_name == user.username
    assert not Membership.objects.filter(user=ada).exists()
    assert Event.objects.filter(type="membership", action="deleted").count() == 1
    assert not LogEntry.objects.exists()
    assert not Session.objects.exists()
    assert ApiToken.objects.count() == tokens
    assert "1 memberships, 1 tokens, 1 sessions, 2 admin log entries, 1 kept answers, 1 annotation sets" in told
    assert "still stands" not in told
    quote = world.manager.get(f"/api/v1/quotes/{Quote.objects.get().pk}/").json()
    assert quote["created_by"] == user.username


def test_where_the_name_still_stands_is_told(ada: User) -> None:
    Quote.objects.update(note=f"as {MAIL} wrote")
    assert "still stands in 1 rows of annotations_quote" in command("erase_user", NAME, "--yes")


def test_two_sets_under_two_names_stay_two(ada: User) -> None:
    held = AnnotationSet.objects.get()
    values = {"annotator_name": "ada before", "annotator_user": ada, "annotator_kind": held.annotator_kind}
    place = {"project": held.project, "article": held.article, "revision": held.revision}
    AnnotationSet.objects.create(**values, **place, kind=held.kind, label=held.label)
    command("erase_user", NAME, "--yes")
    names = set(AnnotationSet.objects.values_list("annotator_name", flat=True))
    pseudonym = User.objects.get(pk=ada.pk).username
    assert names == {pseudonym, f"{pseudonym}-2"}


def test_the_last_manager_is_not_erased(ada: User) -> None:
    make_member(make_project("hers"), ada, "manager")
    with pytest.raises(CommandError, match=r"keeps at least one manager.*Nothing was changed"):
        command("erase_user", NAME, "--yes")
    assert User.objects.get(pk=ada.pk).email == MAIL
    assert ApiToken.objects.filter(user=ada).exists()
    make_member(Project.objects.get(slug="hers"), make_user("heir"), "manager")
    command("erase_user", NAME, "--yes")


def test_asks_first(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("builtins.input", lambda question: "y")
    with pytest.raises(CommandError, match="Nothing was changed"):
        command("erase_user", NAME)
    assert User.objects.filter(username=NAME).exists()
    monkeypatch.setattr("builtins.input", lambda question: NAME)
    command("erase_user", NAME)
    assert not User.objects.filter(username=NAME).exists()
    with pytest.raises(CommandError, match="no user 'nobody'"):
        command("erase_user", "nobody", "--yes")


def test_no_event_names_anybody(ada: User) -> None:
    """Erasure leaves events alone, so nothing in them may be personal: they hold ids."""
    told = [str(event) for event in Event.objects.values()]
    assert told
    assert not [event for event in told if NAME in event or MAIL in event]


@pytest.mark.django_db(transaction=True)
def test_a_dump_does_not_know_them(ada: User, tmp_path: Path) -> None:
    plain = tmp_path / "dump.sql"
    backup.run(backup.fitting(), "pg_dump", f"--file={plain}")
    personal = [NAME, MAIL, "Lovelace"]
    assert all(text in plain.read_text() for text in personal)
    command("erase_user", NAME, "--yes")
    backup.run(backup.fitting(), "pg_dump", f"--file={plain}")
    assert not [text for text in personal if text in plain.read_text()]


# Secrets


def test_secrets_are_in_no_log_and_no_page(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    secret = command("create_service_account", "gpt-quotes", "--project", "world").strip()
    api = Api(None, secret)
    assert api.get("/api/v1/me/").status_code == 200
    assert api.get("/api/v1/quotes/?page=1").status_code == 400
    ApiToken.objects.filter(user__username="gpt-quotes").update(scopes=["read"])
    article = {"article": str(make_article(world.project).pk), "content": {"exact": "We keep our word"}}
    assert api.post("/api/v1/quotes/", article).status_code == 403
    chief = make_user("chief", superuser=True)
    made = Api(chief, make_token(chief)).post("/api/v1/tokens/", {"name": "mine", "scopes": ["read"]}).json()
    shown = [caplog.text, *pages_of(chief)]
    assert "mine" in "".join(shown)
    for known in (secret, made["token"], world.manager.token):
        assert known is not None
        # Its first characters tell tokens apart; the other forty are what opens the door.
        assert not [text for text in shown if known[8:] in text]


def pages_of(user: User) -> list[str]:
    """Every list and every object of the admin, as HTML, and what a token's own list says."""
    http = Client()
    http.force_login(user)
    tokens = [f"/admin/projects/apitoken/{token.pk}/change/" for token in ApiToken.objects.filter(user=user)]
    lists = [f"/admin/{m._meta.app_label}/{m._meta.model_name}/" for m in apps.get_models() if m in site._registry]
    pages = [http.get(path) for path in (*lists, *tokens)]
    assert {page.status_code for page in pages} == {200}
    return [page.content.decode() for page in pages]


def test_the_contract_holds_no_secret() -> None:
    assert re.findall(r"onr_[\w-]{20,}", OPENAPI.read_text(encoding="utf-8")) == []


def test_secrets_are_not_shown_by_mistake(world: World) -> None:
    secret = make_token(world.viewer.user)
    token = ApiToken.objects.latest("created_at")
    assert secret[8:] not in f"{token} {token!r} {vars(token)}"
