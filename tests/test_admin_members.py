"""Members and tokens in the admin: by the rights, and in the words, of the API."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from projects.models import ApiToken, Event, Membership, User
from tests.api import Api
from tests.builders import World, make_member, make_project, make_user

MEMBERS, TOKENS = "/admin/projects/membership/", "/admin/projects/apitoken/"


def staff(user: User) -> Client:
    """The user's browser, signed in to the admin."""
    User.objects.filter(pk=user.pk).update(is_staff=True)
    http = Client()
    http.force_login(User.objects.get(pk=user.pk))
    return http


def at(member: Any, action: str = "change") -> str:
    return f"{MEMBERS}{member.pk}/{action}/"


def member_of(world: World, api: Api) -> Membership:
    found: Membership = Membership.objects.get(project=world.project, user=api.user)
    return found


def messages(response: Any) -> list[str]:
    return [str(message) for message in response.context["messages"]]


@pytest.fixture
def manager(world: World) -> Client:
    return staff(world.manager.user)


def test_a_manager_adds_changes_and_removes(world: World, manager: Client) -> None:
    new = {"project": str(world.project.pk), "username": "stranger", "role": "viewer"}
    manager.post(f"{MEMBERS}add/", new)
    member = member_of(world, world.stranger)
    assert member.role == "viewer"
    manager.post(at(member), {"role": "annotator"})
    member.refresh_from_db()
    assert (member.role, member.version) == ("annotator", 2)
    manager.post(at(member, "delete"), {"post": "yes"})
    assert not Membership.objects.filter(pk=member.pk).exists()
    told = Event.objects.filter(object_id=member.pk).order_by("version").values_list("action", "version", "actor")
    by = world.manager.user.pk
    assert list(told) == [("created", 1, by), ("updated", 2, by), ("deleted", 3, by)]


@pytest.mark.parametrize(
    ("username", "words"),
    [("viewer", "This user is a member already."), ("nobody", "There is no active user of this name.")],
)
def test_adding_is_refused_in_the_words_of_the_api(world: World, manager: Client, username: str, words: str) -> None:
    before = Membership.objects.count()
    path = f"/api/v1/projects/{world.project.pk}/members/"
    assert world.manager.post(path, {"user": username, "role": "viewer"}).json()["detail"] == words
    new = {"project": str(world.project.pk), "username": username, "role": "viewer"}
    assert messages(manager.post(f"{MEMBERS}add/", new, follow=True)) == [words]
    assert Membership.objects.count() == before


def test_changing_is_refused_in_the_words_of_the_api(world: World, manager: Client) -> None:
    own = member_of(world, world.manager)
    assert messages(manager.post(at(own), {"role": "viewer"}, follow=True)) == [
        "Nobody changes their own role; another manager does."
    ]
    assert messages(manager.post(at(own, "delete"), {"post": "yes"}, follow=True)) == [
        "A project keeps at least one manager."
    ]
    own.refresh_from_db()
    assert own.role == "manager"


def test_who_is_no_manager_looks_and_does_not_touch(world: World) -> None:
    http, member = staff(world.curator.user), member_of(world, world.viewer)
    assert http.get(MEMBERS).status_code == http.get(at(member)).status_code == 200
    assert http.get(f"{MEMBERS}add/").status_code == 403
    assert http.post(at(member), {"role": "manager"}).status_code == 403
    assert http.post(at(member, "delete"), {"post": "yes"}).status_code == 403
    member.refresh_from_db()
    assert member.role == "viewer"


def test_a_manager_elsewhere_is_nobody_here(world: World) -> None:
    make_member(make_project("elsewhere"), world.stranger.user, "manager")
    http, member = staff(world.stranger.user), member_of(world, world.viewer)
    assert "elsewhere" in http.get(f"{MEMBERS}add/").content.decode().lower()
    new = {"project": str(world.project.pk), "username": "stranger", "role": "manager"}
    refused = http.post(f"{MEMBERS}add/", new)
    assert "not one of the available choices" in refused.content.decode()
    assert http.post(at(member), {"role": "manager"}).status_code == 302
    assert http.post(at(member, "delete"), {"post": "yes"}).status_code == 302
    assert not Membership.objects.filter(project=world.project, user=world.stranger.user).exists()
    member.refresh_from_db()
    assert member.role == "viewer"


def test_a_superuser_may_everywhere(world: World) -> None:
    http, member = staff(make_user("chief", superuser=True)), member_of(world, world.viewer)
    http.post(at(member), {"role": "curator"})
    member.refresh_from_db()
    assert member.role == "curator"


def test_a_token_is_shown_once_and_revoked(world: World, manager: Client) -> None:
    made = manager.post(f"{TOKENS}add/", {"name": "laptop", "scopes": ["read"]})
    (secret,) = re.findall(r"<pre>(onr_.*)</pre>", made.content.decode())
    assert "no-store" in made["Cache-Control"]
    api = Api(None, secret)
    assert api.get("/api/v1/me/").json()["scopes"] == ["read"]
    token = ApiToken.objects.get(name="laptop")
    shown = manager.get(TOKENS).content + manager.get(f"{TOKENS}{token.pk}/change/").content
    assert b"laptop" in shown
    assert secret[8:].encode() not in shown
    manager.post(f"{TOKENS}{token.pk}/delete/", {"post": "yes"})
    token.refresh_from_db()
    assert token.revoked_at
    assert api.get("/api/v1/me/").status_code == 401


def test_nobody_touches_anothers_token(world: World, manager: Client) -> None:
    token = ApiToken.objects.filter(user=world.viewer.user).first()
    assert token
    for http in (manager, staff(make_user("chief", superuser=True))):
        http.post(f"{TOKENS}{token.pk}/delete/", {"post": "yes"})
    token.refresh_from_db()
    assert token.revoked_at is None


def test_accounts_offer_what_counts_here_and_nothing_else(world: World) -> None:
    """Django's groups and permissions would promise rights that only roles give."""
    http = staff(make_user("chief", superuser=True))
    page = http.get(f"/admin/projects/user/{world.annotator.user.pk}/change/")
    assert page.status_code == 200
    assert {"is_staff", "is_service"} <= page.context["adminform"].form.fields.keys()
    assert not {"groups", "user_permissions"} & page.context["adminform"].form.fields.keys()
    assert http.get("/admin/auth/group/").status_code == 404
    assert http.get("/admin/projects/user/?is_staff__exact=1").status_code == 200
