"""Raw bytes at the door: what is wrong is refused by name, with a problem, and never with a 500."""

from __future__ import annotations

import json
from typing import Any

import pytest

from projects.models import Event
from tests.bodies import create_bodies
from tests.builders import make_user
from tests.estate import ABSENT, API, codes, make_estate, refused, routes, send

pytestmark = pytest.mark.django_db


@pytest.fixture
def estate():
    return make_estate("Ourword", make_user("our-manager"))


@pytest.fixture
def us(estate, client):
    return client(estate.owner)


# ---- JSON that is not ----

DEEP = "[" * 100_000 + "]" * 100_000
MALFORMED: dict[str, tuple[str | bytes, str, str]] = {
    "nothing": ("", "required", "/name"),
    "white space": ("  ", "malformed-json", ""),
    "half": ('{"name": ', "malformed-json", ""),
    "two values": ('{"name": "A"} {}', "malformed-json", ""),
    "single quotes": ("{'name': 'A'}", "malformed-json", ""),
    "trailing comma": ('{"name": "A",}', "malformed-json", ""),
    "control character": ('{"name": "A\nB"}', "malformed-json", ""),
    "not UTF-8": (b'{"name": "\xff"}', "malformed-json", ""),
    "UTF-16": ('{"name": "A"}'.encode("utf-16"), "malformed-json", ""),
    "duplicate key": ('{"name": "A", "name": "B"}', "malformed-json", ""),
    "duplicate key, escaped": ('{"name": "A", "\\u006eame": "B"}', "malformed-json", ""),
    "duplicate key, deep": ('{"metadata": {"a": [{"x": 1, "x": 1}]}}', "malformed-json", ""),
    "NaN": ('{"metadata": {"a": NaN}}', "malformed-json", ""),
    "Infinity": ('{"metadata": {"a": Infinity}}', "malformed-json", ""),
    "minus Infinity": ('{"metadata": {"a": -Infinity}}', "malformed-json", ""),
    "float too large": ('{"metadata": {"a": 1e999}}', "malformed-json", "/metadata/a"),
    "integer too large": (f'{{"metadata": {{"a": 1{"0" * 400}}}}}', "malformed-json", "/metadata/a"),
    "integer beyond 64 bits": ('{"metadata": {"a": [18446744073709551616]}}', "malformed-json", "/metadata/a/0"),
    "integer of 5,000 digits": (f'{{"metadata": {{"a": {"1" * 5000}}}}}', "malformed-json", ""),
    "deep": (f'{{"metadata": {{"a": {DEEP}}}}}', "malformed-json", ""),
    "deeper than 64": (f'{{"metadata": {"[" * 70}{"]" * 70}}}', "malformed-json", "/metadata" + "/0" * 64),
    "NUL": ('{"name": "A\\u0000"}', "nul-character", "/name"),
    "NUL in a list": ('{"authors": ["A", "B\\u0000"]}', "nul-character", "/authors/1"),
    "NUL in metadata": ('{"metadata": {"a": {"b": "\\u0000"}}}', "nul-character", "/metadata/a/b"),
    "NUL in a key": ('{"metadata": {"a": {"b\\u0000": 1}}}', "nul-character", "/metadata/a"),
    "NUL in an unknown field": ('{"no\\u0000": 1}', "nul-character", ""),
    "high surrogate": ('{"name": "A\\ud83d"}', "lone-surrogate", "/name"),
    "low surrogate": ('{"name": "\\ude00A"}', "lone-surrogate", "/name"),
    "surrogates the wrong way round": ('{"name": "\\ude00\\ud83d"}', "lone-surrogate", "/name"),
    "surrogate in metadata": ('{"metadata": {"a~/": ["\\ud83d"]}}', "lone-surrogate", "/metadata/a~0~1/0"),
    "surrogate in a key": ('{"metadata": {"\\ud83d": 1}}', "lone-surrogate", "/metadata"),
    "a list": ("[]", "invalid", ""),
    "a string": ('"name"', "invalid", ""),
    "a number": ("7", "invalid", ""),
    "null": ("null", "null", ""),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_bodies(name, us, estate):
    body, code, pointer = MALFORMED[name]
    before = Event.objects.count()
    for path in ("publishers/", "speakers/", "claims/", "articles/"):
        if name != "nothing" or path in ("publishers/", "speakers/"):
            refused(send(us, path, body), 400, (code, pointer))
    if name != "nothing":
        refused(send(us, f"articles/{estate.id('article')}/", body, "patch", if_match="*"), 400, (code, pointer))
        refused(send(us, f"articles/{estate.id('article')}/annotations/", body), 400, (code, pointer))
        refused(send(us, f"quotes/{estate.id('quote')}/review/", body, if_match="*"), 400, (code, pointer))
    assert Event.objects.count() == before


def test_a_leading_bom_and_any_escape_are_json(us, estate):
    body = '\ufeff{"name": "\\ud83d\\ude00 \\u00e9", "project": ' + json.dumps(estate.id("project")) + "}"
    answer = send(us, "speakers/", body)
    assert (answer.status_code, answer.json()["name"]) == (201, "😀 é")


# ---- types: nothing is coerced ----

WRONG_TYPES = [
    ("speakers/", "name", [7, True, None, [], {}, ""]),
    ("speakers/", "is_named", ["true", 1, 0, "yes", None, []]),
    ("speakers/", "aliases", ["A", [7], [None], {"0": "A"}, [""], None]),
    ("speakers/", "kind", ["Person", "person ", 1, None, ["person"], {}]),
    (
        "speakers/",
        "project",
        [7, True, None, "7", "", [], {}, ABSENT.upper(), ABSENT.replace("-", ""), f"{{{ABSENT}}}"],
    ),
    ("speakers/", "wikidata_qid", ["q7", " Q7", "Q7\n", "Q0", "Q٧", 7, ""]),
    ("claims/", "check_score", ["0.5", True, -0.1, 1.1, 10**18, [], {}]),
    ("claims/", "types", ["causal", ["Causal"], ["causal", "causal"], [["causal"]], [{}], [None]]),
    ("claims/", "text", ["", 7, None, "x" * 5001]),
    (
        "claims/",
        "resolved_time",
        ["2009-4-5", "yesterday", 2009, "２００９", "0000", "2009-04-05T10", "2009-04-05T10:00+1:00"],
    ),
    ("claims/", "resolved_time", ["2009-13", "2009-00", "2009-04-32", "2009-04-31", "2009-02-29", "2009-04-05T25:00"]),
    (
        "articles/",
        "published_on",
        ["2009-13-01", "2009-02-30", "24.4.2009", 2009, "2009-04-24T00:00:00Z", True, "٢٠٠٩-٠٤-٢٤"],
    ),
    (
        "articles/",
        "published_at",
        ["2009-04-24T10:00:00", "2009-04-24", "2009-04-24T25:00:00Z", "0001-01-01T00:00:00+14:00", 1],
    ),
    ("articles/", "metadata", [[], "x", 7, None, True]),
    ("articles/", "url", ["example.com", "ftp://x.example/", "javascript:alert(1)", "https://", "http://a b", 7, ""]),
    ("articles/", "language", ["", "english!", "e", 7]),
    ("articles/", "authors", ["A", [["A"]], [7], ["x" * 501], ["A"] * 201]),
    ("articles/", "title", [7, None, [], "x" * 5001]),
    ("quotes/", "confidence", ["1", True, 2, -1, [], {}]),
    ("quotes/", "content", ["text", [], 7, None, True, [{"exact": "she"}]]),
    ("quotes/", "sources", ["x", {}, [7], [None], [[]], None]),
    ("quotes/", "medium", ["speech", ["speech", "speech"], ["Speech"], [1]]),
    ("quotes/", "parent", ["x", 7, "#key", {}]),
    ("quotes/", "set", [None, "", 7]),
    ("quotes/", "tags", [[""], "tag", [1]]),
    ("quotes/", "uttered_on", ["2009", "", 7]),
    ("claim-reviews/", "rating_value", ["5", True, [], {}]),
]
NAMES = {
    "speakers": "speaker",
    "claims": "claim",
    "articles": "article",
    "quotes": "quote",
    "claim-reviews": "claim-review",
}


@pytest.mark.parametrize(("path", "field", "values"), WRONG_TYPES, ids=lambda v: v if isinstance(v, str) else "")
def test_wrong_types_are_refused_where_they_stand(path, field, values, us, estate):
    good = create_bodies(estate)[NAMES[path[:-1]]]
    for value in values:
        answer = send(us, path, json.dumps(good | {field: value}))
        assert answer.status_code == 400, (value, answer.content)
        assert all(pointer == f"/{field}" or pointer.startswith(f"/{field}/") for _, pointer in codes(answer)), value


@pytest.mark.parametrize("value", [2**31, 10**18, 10**19])
def test_no_number_of_a_revision_is_beyond_what_is_described(value, us, estate):
    article = estate.id("article")
    revised = {"title": "T", "body": "B", "base_revision": value}
    assert send(us, f"articles/{article}/revisions/", json.dumps(revised)).status_code == 400
    sets = json.dumps({"article": article, "revision": value})
    assert send(us, "annotation-sets/", sets).status_code == 400
    answer = us.get(f"{API}/quotes/?article={article}&overlaps=0-9&revision={value}")
    assert [pointer for _, pointer in codes(answer)] == ["?revision"]


@pytest.mark.parametrize("key", ["start", "end"])
@pytest.mark.parametrize("value", ["7", 7.0, True, -1, 2**31, 10**30, [], {}])
def test_offsets_are_integers(key, value, us, estate):
    body = create_bodies(estate)["quote"]
    span = {"start": 0, "end": 3, "exact": "Our", key: value}
    answer = send(us, "quotes/", json.dumps(body | {"content": span}))
    status = 400
    assert answer.status_code == status, answer.content
    assert {pointer for _, pointer in codes(answer)} <= {f"/content/{key}"} or value == 10**30


def test_times_of_any_precision_that_the_calendar_has(us, estate):
    good = create_bodies(estate)["claim"]
    for value in (
        "2009",
        "0870",
        "2009-04",
        "2008-02-29",
        "2000-02-29T00:00",
        "2009-04-05T23:59",
        "2009-04-05T10:00:59Z",
        "2009-04-05T10:00-03:30",
    ):
        answer = send(us, "claims/", json.dumps(good | {"text": value, "resolved_time": value}))
        assert (answer.status_code, answer.json()["resolved_time"]) == (201, value)
    for value in ("2009-02-30", "1900-02-29", "2009-02-29T00:00", "2009-11-31"):
        answer = send(us, "claims/", json.dumps(good | {"resolved_time": value}))
        assert codes(answer) == [("pattern", "/resolved_time")], "the described pattern says it all"


def test_white_space_and_normal_forms_are_kept(us, estate):
    for text in (" A ", "\tA\n", "e\u0301", "\u200bA\u200f", "A\u00a0", "ﬁ"):
        answer = send(us, "speakers/", json.dumps({"project": estate.id("project"), "name": text}))
        assert answer.json()["name"] == text
        assert us.get(f"{API}/speakers/{answer.json()['id']}/").json()["name"] == text


# ---- fields ----

CREATES = [
    (route.name.removesuffix("-list"), route.path())
    for route in routes()
    if route.actions.get("post") == "create" and not route.variables and route.name != "import-list"  # a form
]
READ_ONLY = ("id", "version", "created_at", "updated_at", "created_by")


@pytest.mark.parametrize(("name", "path"), CREATES, ids=[name for name, _ in CREATES])
def test_unknown_and_read_only_fields(name, path, us, estate):
    more: dict[str, Any] = {"project": {"slug": "new", "name": "New"}, "token": {"name": "t", "scopes": ["read"]}}
    good = (create_bodies(estate) | more)[name]
    answer = us.post(path, good | {"nope": 1, "a/b~": 2} | dict.fromkeys(READ_ONLY, "x"))
    refused(answer, 400, ("unknown-field", "/nope"), ("unknown-field", "/a~1b~0"))
    refused(answer, 400, *(("read-only-field", f"/{field}") for field in READ_ONLY))
    assert us.post(path, good).status_code == 201 or name == "claim-relation"


@pytest.mark.parametrize(
    ("path", "body", "code", "pointer"),
    [
        ("annotation-sets/{annotation-set}/", {"status": "closed"}, "read-only-field", "/status"),
        ("annotation-sets/{annotation-set}/", {"article": ABSENT}, "read-only-field", "/article"),
        ("quotes/{quote}/", {"review_status": "approved"}, "read-only-field", "/review_status"),
        ("quotes/{quote}/", {"set": ABSENT}, "read-only-field", "/set"),
        ("quotes/{quote}/", {"depth": 1}, "read-only-field", "/depth"),
        ("quotes/{quote}/", {"key": "q1"}, "unknown-field", "/key"),
        ("quotes/{quote}/", {"content": {"exact": "she", "color": "red"}}, "unknown-field", "/content/color"),
        ("quotes/{quote}/", {"sources": [{"speaker": None, "rank": 1}]}, "unknown-field", "/sources/0/rank"),
        ("speakers/{speaker}/", {"merged_into": ABSENT}, "read-only-field", "/merged_into"),
        ("speakers/{speaker}/", {"quote_count": 7}, "read-only-field", "/quote_count"),
        ("articles/{article}/", {"project": ABSENT}, "read-only-field", "/project"),
        ("articles/{article}/", {"revision": 2}, "read-only-field", "/revision"),
        ("projects/{project}/", {"my_role": "manager"}, "read-only-field", "/my_role"),
        ("projects/{project}/members/{member}/", {"user": "x"}, "read-only-field", "/user"),
        ("claim-relations/{claim-relation}/", {"source": ABSENT}, "read-only-field", "/source"),
    ],
)
def test_what_a_patch_may_not_send(path, body, code, pointer, us, estate):
    where = path.format(**{name: estate.id(name) for name in estate.rows})
    refused(us.patch(f"{API}/{where}", body, if_match="*"), 400, (code, pointer))


@pytest.mark.parametrize("field", ["title", "body"])
def test_texts_are_immutable(field, us, estate):
    answer = us.patch(f"{API}/articles/{estate.id('article')}/", {field: "New"}, if_match="*")
    refused(answer, 422, ("text-is-immutable", f"/{field}"))
    assert "/revisions/" in answer.json()["detail"]


def test_all_errors_are_listed_at_once(us, estate):
    answer = us.post(f"{API}/quotes/", {"article": "x", "content": {"start": "1"}, "type": 7, "what": 1})
    expected = {
        ("invalid", "/article"),
        ("invalid", "/content/start"),
        ("invalid-choice", "/type"),
        ("unknown-field", "/what"),
    }
    assert (answer.status_code, set(codes(answer))) == (400, expected)
    assert answer.json()["code"] == "several-errors"


def test_what_is_far_too_much_is_told_in_short(us, estate):
    """A body may have millions of wrong things in it; to name them all would take a process's time and memory."""
    project = {"project": estate.id("project")}
    answer = us.post(f"{API}/speakers/", project | {"name": "New", "aliases": [1] * 5000})
    assert (answer.status_code, codes(answer)) == (400, [("max-length", "/aliases")])
    answer = us.post(f"{API}/speakers/", project | {"name": "New"} | {f"field {n}": 1 for n in range(5000)})
    assert (answer.status_code, len(codes(answer))) == (400, 100)


SAYS = {
    "type": "This must be one of `direct`, `indirect`, `mixed`, ",
    "tags": "Expected a list",
    "confidence": "This must be a number, without quotes.",
    "uttered_on": "This must be a day that the calendar has, like ",
    "content": "This must be a JSON object.",
    "depth": "This is set by the server",
}


@pytest.mark.parametrize("field", SAYS)
def test_a_refusal_says_what_would_be_taken_and_repeats_nothing(field, us, estate):
    answer = us.post(
        f"{API}/quotes/", {"article": estate.id("article"), "content": {"exact": "a"}, field: "x" * 50_000}
    )
    (error,) = answer.json()["errors"]
    assert error["pointer"] == f"/{field}"
    assert error["detail"].startswith(SAYS[field])
    assert len(answer.content) < 1000


def test_what_is_set_once_is_not_said_to_be_the_servers_alone(us, estate):
    answer = us.patch(f"{API}/quotes/{estate.id('quote')}/", {"article": ABSENT}, if_match="*")
    assert "set once, when the object was made" in answer.json()["detail"]
