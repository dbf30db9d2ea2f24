"""The admin's login: so many tries for a name and from an address, and nobody learns which names there are."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.hashers import MD5PasswordHasher
from django.test import Client

from projects.models import User
from tests.builders import make_user

pytestmark = pytest.mark.django_db
RIGHT, WRONG = "right battery staple", "wrong battery staple"
ADDRESSES = iter(range(1, 250))


@pytest.fixture
def address() -> str:
    """One that no other test calls from: what is used up stays so for a minute."""
    return f"192.0.2.{next(ADDRESSES)}"


def make_staff(name: str, **facts: Any) -> Any:
    return User.objects.create_user(name, password=RIGHT, is_staff=True, **facts)


def log_in(name: str, password: str, address: str) -> Any:
    return Client().post("/admin/login/", {"username": name, "password": password}, REMOTE_ADDR=address)


def refused(answer: Any) -> int:
    """The seconds to wait of a 429."""
    assert answer.status_code == 429
    assert "sessionid" not in answer.cookies
    assert answer.headers["Content-Security-Policy"]
    return int(answer.headers["Retry-After"])


def test_the_right_password_lets_in(address):
    make_staff("login-a")
    answer = log_in("login-a", RIGHT, address)
    assert answer.status_code == 302
    cookie = answer.cookies["sessionid"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Strict")
    assert settings.SESSION_COOKIE_AGE <= 12 * 3600


@pytest.mark.parametrize("known", [True, False])
def test_five_tries_a_minute_for_a_name(known, address):
    name = f"login-b-{known}"
    if known:
        make_staff(name)
    for n in range(5):
        assert log_in(name, WRONG, f"{address}{n}").status_code == 200
    # Also with the right password, in other letters, and from elsewhere.
    for spelling in (name, name.upper(), f" {name} ", name.replace("login", "ｌｏｇｉｎ")):
        assert 1 <= refused(log_in(spelling, RIGHT, f"{address}9")) <= 60
    assert log_in(f"{name}-other", WRONG, f"{address}9").status_code == 200


def test_twenty_tries_a_minute_from_an_address(address):
    make_staff("login-c")
    for n in range(20):
        assert log_in(f"login-c-{address}-{n}", WRONG, address).status_code == 200
    assert 1 <= refused(log_in("login-c", RIGHT, address)) <= 60
    # And who has no more tries uses up nobody else's.
    for _ in range(5):
        refused(log_in("login-c", WRONG, address))
    assert log_in("login-c", RIGHT, f"{address}1").status_code == 302


def test_looking_at_the_form_costs_nothing(address):
    for _ in range(25):
        assert Client().get("/admin/login/", REMOTE_ADDR=address).status_code == 200


def test_every_wrong_try_takes_and_tells_the_same(address, monkeypatch):
    make_staff("login-known")
    make_staff("login-asleep", is_active=False)
    User.objects.create_user("login-nostaff", password=RIGHT)
    make_user("login-nopass", superuser=True)
    hashed = []
    encode = MD5PasswordHasher.encode

    def counted(self: Any, *password: Any) -> str:
        hashed.append(password)
        return encode(self, *password)

    monkeypatch.setattr(MD5PasswordHasher, "encode", counted)
    told = set()
    tries = [("login-known", WRONG), ("login-asleep", RIGHT), ("login-nostaff", RIGHT), ("login-nopass", RIGHT)]
    for name, password in [*tries, ("login-nobody", RIGHT)]:
        hashed.clear()
        answer = log_in(name, password, address)
        assert answer.status_code == 200
        assert len(hashed) == 1, name
        page = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.content.decode())
        told.add(page.replace(name, "NAME"))
    assert len(told) == 1


@pytest.mark.parametrize("name", ["", "\0", "a" * 10_000, "\ud800", "é"])
def test_names_that_are_none(name, address):
    body = b"password=x&username=" + name.encode("utf-8", "surrogatepass")
    kind = "application/x-www-form-urlencoded"
    assert Client().post("/admin/login/", body, content_type=kind, REMOTE_ADDR=address).status_code == 200


def test_next_leads_nowhere_else(address):
    make_staff("login-d")
    for place in ("https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"):
        answer = Client().post(
            f"/admin/login/?next={place}",
            {"username": "login-d", "password": RIGHT, "next": place},
            REMOTE_ADDR=address,
        )
        assert answer.headers["Location"] in ("/admin/", "/accounts/profile/")
