"""Browsers elsewhere: those on the allow-list may call the API, with a token and never with cookies."""

from __future__ import annotations

import pytest

from tests.builders import make_user
from tests.estate import ABSENT, API

pytestmark = pytest.mark.django_db
FRIEND, STRANGER = "https://reader.example", "https://evil.example"
EXPOSED = {"ETag", "Location", "Retry-After", "Idempotent-Replayed", "X-Request-Id"}  # the contract's
EXPOSED |= {"WWW-Authenticate", "Link", "Content-Disposition"}  # what is asked for, and what a file is and is called


@pytest.fixture(autouse=True)
def allow(settings):
    settings.CORS_ALLOWED_ORIGINS = [FRIEND]


@pytest.fixture
def us(client):
    return client(make_user("reader"))


def names(header: str) -> set[str]:
    return {name.strip() for name in header.split(",")}


@pytest.mark.parametrize("path", ["projects/", f"quotes/{ABSENT}/", "nowhere/", "projects/?nope=1"])
def test_a_friend_reads_answers_and_refusals(us, path):
    answer = us.get(f"{API}/{path}", origin=FRIEND)
    assert answer.headers["Access-Control-Allow-Origin"] == FRIEND
    assert names(answer.headers["Access-Control-Expose-Headers"]) == EXPOSED
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert "origin" in answer.headers["Vary"].lower()


@pytest.mark.parametrize(
    "origin", [STRANGER, "null", f"{FRIEND}.evil.example", "http://reader.example", f"{FRIEND}:8443"]
)
def test_others_do_not(us, origin):
    for answer in (us.get(f"{API}/projects/", origin=origin), ask(us, origin)):
        assert not [name for name in answer.headers if name.startswith("Access-Control")]


def ask(
    us, origin=FRIEND, path="projects/", method="PATCH", headers="authorization,content-type,if-match,idempotency-key"
):
    """A preflight: browsers send it without the token."""
    sent = {"origin": origin, "access-control-request-method": method, "access-control-request-headers": headers}
    return us.http.options(f"{API}/{path}", headers=sent)


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE"])
def test_a_friend_may_send_all_the_headers_of_the_contract(us, method):
    answer = ask(us, method=method)
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == FRIEND
    assert method in names(answer.headers["Access-Control-Allow-Methods"])
    allowed = names(answer.headers["Access-Control-Allow-Headers"])
    assert {"authorization", "content-type", "if-match", "idempotency-key", "x-request-id"} == allowed
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert int(answer.headers["Access-Control-Max-Age"]) > 0


@pytest.mark.parametrize("path", ["/", "/admin/login/", "/healthz"])
def test_pages_are_nobody_elses(us, path):
    assert "Access-Control-Allow-Origin" not in us.http.get(path, headers={"origin": FRIEND}).headers
