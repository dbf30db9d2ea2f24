"""The log: a line for each request, by which it can be found again, and in which no secret ever stands."""

from __future__ import annotations

import io
import json
import logging
import secrets
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import path

from backend import urls
from backend.logs import JSONFormatter, WithRequestId
from projects.models import User
from tests.builders import make_user
from tests.estate import API, make_estate

pytestmark = pytest.mark.django_db
DECLARED: dict[str, Any] = settings.LOGGING


@pytest.fixture
def form() -> str:
    return "json"


both_forms = pytest.mark.parametrize("form", ["json", "text"])


@pytest.fixture
def log(form):
    """What is logged from INFO on, in JSON or as text."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    text = logging.Formatter(DECLARED["formatters"]["text"]["format"])
    handler.setFormatter(JSONFormatter() if form == "json" else text)
    handler.addFilter(WithRequestId())
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)


def lines(log: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def broken(request: Any) -> Any:
    raise RuntimeError("broken by the test")


class Broken:
    urlpatterns = [*urls.urlpatterns, path("api/broken", broken)]


def test_a_line_for_each_request(log, client):
    user = make_user("logged-name")
    answer = client(user).get(f"{API}/me/?secret=hunter2", x_request_id="find-me")
    assert answer.status_code == 400
    (line,) = lines(log)
    assert line.pop("ms") >= 0
    assert line.pop("at").endswith("+00:00")
    assert line == {
        "level": "INFO",
        "logger": "onrecord.access",
        "request_id": "find-me",
        "method": "GET",
        "path": "/api/v1/me/",
        "status": 400,
        "user": str(user.pk),
    }


def test_who_is_signed_in_to_the_admin_is_named_by_id(log):
    user = make_user("logged-name", superuser=True)
    browser = Client()
    browser.force_login(user)
    browser.get("/admin/")
    browser.get("/healthz")
    assert [line["user"] for line in lines(log)] == [str(user.pk), None]


def test_an_error_of_ours_is_found_by_its_request(log, settings):
    settings.ROOT_URLCONF = Broken
    answer = Client(raise_request_exception=False).get("/api/broken", headers={"x-request-id": "abc-7"})
    assert (answer.status_code, answer.headers["X-Request-Id"]) == (500, "abc-7")
    assert log.getvalue().count("abc-7") == 2
    assert "RuntimeError: broken by the test" in log.getvalue()
    error, access = lines(log)
    assert (error["level"], error["request_id"], access["status"]) == ("ERROR", "abc-7", 500)
    assert "RuntimeError" in error["exception"]


@both_forms
@pytest.mark.parametrize("address", ["/a%0Ab", "/a%0D%0A2026 CRITICAL forged", "/%E2%80%A8x", "/%00%1b[31m", "/%ff"])
def test_no_address_forges_a_line(log, address):
    Client().get(address, headers={"x-request-id": "one\ntwo"})
    text = log.getvalue()
    assert len(text.splitlines()) == 1
    assert text.isascii()
    assert "\x1b" not in text


@both_forms
def test_no_secret_is_ever_logged(log, client, settings):
    settings.ROOT_URLCONF = Broken
    estate = make_estate("Ourword", make_user("logged-name", superuser=True))
    us, password = client(estate.owner), secrets.token_urlsafe(12)
    User.objects.create_user("logged-staff", password=password, is_staff=True)
    made = us.post(f"{API}/tokens/", {"name": "t", "scopes": ["read"]}).json()
    secret = next(
        value for value in made.values() if isinstance(value, str) and value.startswith("onr_") and len(value) > 20
    )
    us.get(f"{API}/articles/?q={secret}")
    us.get(f"{API}/quotes/?nope={secret}")
    us.post(f"{API}/speakers/", data=f'{{"name": "{secret}", ', content_type="application/json")
    us.get(f"{API}/me/", x_request_id=f"{secret} x")
    browser = Client(raise_request_exception=False)
    for name in ("logged-staff", "logged-nobody"):
        browser.post("/admin/login/", {"username": name, "password": password}, REMOTE_ADDR="198.51.100.7")
    browser.get(f"/api/broken?token={secret}", headers={"authorization": f"Bearer {us.token}"})
    browser.get(f"/?token={secret}", headers={"host": "evil.example"})
    text = log.getvalue()
    assert text.count("/admin/login/") == 2
    assert "RuntimeError" in text
    session = browser.cookies["sessionid"].value
    hidden = [secret, us.token, password, session, browser.cookies["csrftoken"].value, settings.SECRET_KEY]
    hidden += [settings.TOKEN_PEPPER, "logged-name", "logged-staff", "logged-nobody", "?"]
    assert [word for word in hidden if word in text] == []


def test_nothing_is_logged_of_requests_unless_asked_for(caplog):
    assert DECLARED["root"]["level"] == "WARNING"
    with caplog.at_level(logging.WARNING):
        Client().get("/healthz")
    assert caplog.records == []
