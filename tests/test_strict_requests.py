"""Addresses, methods and query parameters that the API does not offer: problems all, Django's own pages too."""

from __future__ import annotations

import json
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from backend.errors import Problem
from backend.parsing import NDJSONParser, StrictJSONParser
from tests.builders import make_user
from tests.estate import ABSENT, API, codes, make_estate, refused, routes, send

pytestmark = pytest.mark.django_db
ROUTES = routes()
LISTS = [route for route in ROUTES if route.actions.get("get") == "list"]
METHODS = ("get", "post", "put", "patch", "delete")


@pytest.fixture
def estate():
    return make_estate("Ourword", make_user("our-manager"))


@pytest.fixture
def us(estate, client):
    return client(estate.owner)


def path_of(route: Any, estate: Any) -> str:
    name = max((name for name in estate.rows if route.name.startswith(name)), key=len, default="article")
    return route.path(pk=estate.id(name), project=estate.id("project"), article=estate.id("article"), number=1)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_methods_that_are_not_offered(route, us, estate):
    for method in METHODS:
        if method not in route.actions:
            answer = us.request(method, path_of(route, estate), {} if method in ("post", "put", "patch") else None)
            assert answer.status_code == 405, (method, answer.content)
            assert codes(answer) == [("method-not-allowed", "")]
            allowed = {one.strip().lower() for one in answer.headers["Allow"].split(",")}
            assert allowed - {"head", "options"} == set(route.actions)
    assert "put" not in route.actions


@pytest.mark.parametrize("route", [r for r in ROUTES if "get" in r.actions], ids=lambda route: route.name)
def test_head_and_options(route, us, estate):
    path = path_of(route, estate)
    got, head = us.get(path), us.request("head", path)
    assert got.getvalue(), "a download holds its place until it is read"
    assert (head.status_code, head.getvalue()) == (got.status_code, b"")
    assert head.headers.get("ETag") == got.headers.get("ETag")
    assert us.request("options", path).status_code in (200, 204)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "nowhere/",
        "quotes/7/",
        "quotes/x/",
        f"quotes/{ABSENT.upper()}/",
        f"quotes/{ABSENT}x/",
        f"quotes/{ABSENT}/nowhere/",
        "quotes/٠١٩٠d1f0-0000-7000-8000-00000000abcd/",
        f"articles/{ABSENT}/revisions/٣/",
        f"articles/{ABSENT}/revisions/0/",
        f"articles/{ABSENT}/revisions/-1/",
        f"articles/{ABSENT}/revisions/99999999999999999999/",
        "quotes/%00/",
        "quotes/%ff%fe/",
        "quotes/..%2f..%2fetc/",
        "quotes//",
        "%E2%80%AE/",
    ],
)
def test_addresses_that_lead_nowhere(path, us, client):
    answer = us.get(f"{API}/{path}")
    assert (answer.status_code, codes(answer)) == (404, [("not-found", "")]), answer.content
    assert answer.content == us.get(f"{API}/quotes/{ABSENT}/").content
    anonymous = client().get(f"{API}/{path}")
    assert (anonymous.status_code, codes(anonymous)) == (401, [("not-authenticated", "")])
    for method in ("post", "patch", "delete", "put"):
        assert us.request(method, f"{API}/{path}", {} if method != "delete" else None, if_match="*").status_code == 404


def test_a_wrong_number_of_a_revision_is_404(us, estate):
    for number in ("٣", "0", "2", "1.0", "01", "999999999"):
        answer = us.get(f"{API}/articles/{estate.id('article')}/revisions/{number}/")
        assert (answer.status_code, codes(answer)) == (404, [("not-found", "")])


# ---- query parameters ----


def get_routes() -> list[Any]:
    return [route for route in ROUTES if "get" in route.actions]


@pytest.mark.parametrize("route", get_routes(), ids=lambda route: route.name)
def test_unknown_and_repeated_parameters(route, us, estate):
    path = path_of(route, estate)
    for name in ("nope", "format", "password", "created_by", "project__slug", "Page_Size", "a[]"):
        answer = us.get(f"{path}?{name}=1")
        assert (answer.status_code, codes(answer)) == (400, [("unknown-parameter", f"?{name}")]), answer.content
    if route.actions["get"] == "list":
        answer = us.get(f"{path}?page_size=1&page_size=2")
        assert (answer.status_code, codes(answer)) == (400, [("repeated-parameter", "?page_size")])


@pytest.mark.parametrize("route", [r for r in ROUTES if set(r.actions) - {"get"}], ids=lambda route: route.name)
def test_unknown_parameters_of_writes(route, us, estate):
    for method in set(route.actions) - {"get"}:
        answer = us.request(
            method, f"{path_of(route, estate)}?nope=1", {} if method != "delete" else None, if_match="*"
        )
        assert ("unknown-parameter", "?nope") in codes(answer), (method, answer.content)
        assert answer.status_code == 400


WRONG = {
    "page_size": ["0", "1001", "-1", "x", "1.5", "٣", "", "1e2", "%00", "99999999999999999999", " 1"],
    "count": ["1", "True", "yes", ""],
    "ordering": ["nope", "--id", "id,name", "", "created_by", "%00"],
    "cursor": ["abc", "", "%00", "a:b:c", "eyJ:1:2", "%ff", "x" * 3000, "WzFd:1abc:sig"],
    "project": ["x", "7", "", ABSENT.upper(), "%00"],
    "created_after": ["yesterday", "2009-04-24", "2009-04-24T10:00:00", "%00", ""],
    "q": ["%00", "a%00b", "", "x" * 501],
    "tag": ["%00"],
    "annotator": ["%00"],
    "slug": ["%00"],
    "name": ["a%00"],
    "overlaps": ["x", "-1-2"],
    "offset_unit": ["utf8", "", "%00"],
}


@pytest.mark.parametrize("route", LISTS, ids=lambda route: route.name)
def test_wrong_values_of_parameters(route, us, estate):
    fields = route.view.list_query().fields
    for name in set(WRONG) & set(fields):
        for value in WRONG[name]:
            answer = us.get(f"{path_of(route, estate)}?{name}={value}")
            assert answer.status_code == 400, (name, value, answer.content)
            assert [pointer for _, pointer in codes(answer)] == [f"?{name}"]
            if "%00" in value and name not in ("project", "ordering", "page_size", "offset_unit", "created_after"):
                assert codes(answer)[0][0] == "nul-character"
            if name == "cursor" and value and "%00" not in value and len(value) < 2000:
                assert codes(answer)[0][0] == "bad-cursor"


def test_search_words_are_words_and_never_syntax_errors(us):
    for words in (
        "%27",
        "%22",
        "%22a",
        "-",
        "or",
        "a or",
        "%5C",
        "a%26b|!(",
        ":*",
        "%F0%9F%98%80",
        "%25",
        "%ff",
        "a<->b",
    ):
        for name in ("articles", "quotes", "mentions", "claim-occurrences", "speakers", "claims"):
            assert us.get(f"{API}/{name}/?q={words}").status_code == 200


def test_too_many_parameters_are_400(us):
    query = "&".join(f"a{n}=1" for n in range(1100))
    assert us.get(f"{API}/quotes/?{query}").status_code == 400


# ---- media types, sizes, encodings ----


@pytest.mark.parametrize(
    ("content_type", "headers", "status", "code"),
    [
        ("text/plain", {}, 415, "unsupported-media-type"),
        ("application/xml", {}, 415, "unsupported-media-type"),
        ("application/x-www-form-urlencoded", {}, 415, "unsupported-media-type"),
        ("multipart/form-data; boundary=x", {}, 415, "unsupported-media-type"),
        ("application/x-ndjson", {}, 415, "unsupported-media-type"),
        ("nonsense", {}, 415, "unsupported-media-type"),
        ("application/json; charset=utf-16", {}, 415, "unsupported-charset"),
        ("application/json; charset=latin-1", {}, 415, "unsupported-charset"),
        ('application/json; charset="UTF-8"', {}, 201, ""),
        ("application/json; charset=utf8", {}, 201, ""),
        ("application/json", {"content_encoding": "gzip"}, 415, "unsupported-encoding"),
        ("application/json", {"content_encoding": "br"}, 415, "unsupported-encoding"),
        ("application/json", {"content_encoding": "identity"}, 201, ""),
    ],
)
def test_media_types(content_type, headers, status, code, us, estate):
    body = json.dumps({"project": estate.id("project"), "name": "New"})
    answer = send(us, "speakers/", body, content_type=content_type, **headers)
    assert answer.status_code == status, answer.content
    assert not code or codes(answer) == [(code, "")]


def test_a_body_over_the_limit_is_413(us, estate, monkeypatch):
    monkeypatch.setattr(settings, "DATA_UPLOAD_MAX_MEMORY_SIZE", 1000)
    for path in (
        "speakers/",
        f"articles/{estate.id('article')}/annotations/",
        f"projects/{estate.id('project')}/documents/",
    ):
        refused(send(us, path, b'{"name": "' + b"x" * 1000 + b'"}'), 413, ("body-too-large", ""))
    assert send(us, "speakers/", json.dumps({"project": estate.id("project"), "name": "x"})).status_code == 201


def test_a_text_over_the_limit_is_400(us, estate):
    body = {"project": estate.id("project"), "title": "T", "body": "x" * 5_000_001}
    refused(us.post(f"{API}/articles/", body), 400, ("max-length", "/body"))


def test_many_kinds_of_nonsense_in_headers(us):
    for headers in (
        {"accept": "text/html"},
        {"accept": "application/xml;q=0.9, nonsense"},
        {"accept": ""},
        {"accept_language": "xx"},
        {"x_request_id": "a b\tc"},
    ):
        answer = us.get(f"{API}/projects/", **headers)
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
    assert us.get(f"{API}/projects/", host="evil.example").status_code == 400
    refused(us.get(f"{API}/projects/", host="evil.example"), 400, ("bad-request", ""))
    assert us.get(f"{API}/projects/", x_request_id="abc-1").headers["X-Request-Id"] == "abc-1"


def test_the_api_takes_no_cookies(estate):
    browser = Client()
    browser.force_login(estate.owner)
    assert browser.get(f"{API}/articles/{estate.id('article')}/").status_code == 401


@pytest.mark.parametrize("kind", [StrictJSONParser, NDJSONParser])
def test_a_body_that_was_cut_off_is_refused(kind):
    """As a client leaves it that is lost while sending; the lines that came would be half a bulk."""
    request = SimpleNamespace(META={"CONTENT_LENGTH": "20"})
    with pytest.raises(Problem) as refusal:
        kind().parse(BytesIO(b'{"a": 1}\n'), kind.media_type, {"request": request})
    assert (refusal.value.status, refusal.value.faults[0].code) == (400, "incomplete-body")
