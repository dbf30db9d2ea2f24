"""What comes in raw and wrong, one row each: the status, the code and where it points. Never a 500, always a problem.

Bodies that are no JSON, wrong types, and addresses that lead nowhere: test_strict_writes and test_strict_requests.
"""

from __future__ import annotations

import json
from collections.abc import Sized
from typing import Any

import pytest
from django.test import Client

from tests.api import check
from tests.builders import make_token, make_user
from tests.estate import ABSENT, API, WHOLE, codes, make_estate

pytestmark = pytest.mark.django_db
JSON, NDJSON = "application/json", "application/x-ndjson"
SPEAKER = {"project": "{project}", "name": "New"}
QUOTE = {"article": "{article}", "set": "{annotation-set}", "content": {"exact": WHOLE}}


def speaker(**fields: Any) -> str:
    return json.dumps(SPEAKER | fields)


def quote(**content: Any) -> str:
    return json.dumps(QUOTE | {"content": content})


def fragments(*pieces: tuple[int, int, str]) -> str:
    return quote(fragments=[{"start": start, "end": end, "exact": exact} for start, end, exact in pieces])


DOCUMENT = json.dumps({"article": {"title": "T", "body": "B"}})

# name: (method, path, body, status, code, pointer), and a media type where it is not JSON. {names} become ids.
BODIES: dict[str, tuple[Any, ...]] = {
    # more than one JSON value, or none
    "rubbish after JSON": ("POST", "speakers/", speaker() + "x", 400, "malformed-json", ""),
    "NUL after JSON": ("POST", "speakers/", speaker() + "\0", 400, "malformed-json", ""),
    "two documents": ("POST", "speakers/", speaker() + speaker(), 400, "malformed-json", ""),
    "JSON lines": ("POST", "speakers/", f"{speaker()}\n{speaker()}", 400, "malformed-json", ""),
    "a comma before JSON": ("POST", "speakers/", "," + speaker(), 400, "malformed-json", ""),
    "a comment": ("POST", "speakers/", "/* x */" + speaker(), 400, "malformed-json", ""),
    "two BOMs": ("POST", "speakers/", "\ufeff\ufeff" + speaker(), 400, "malformed-json", ""),
    "only a BOM": ("POST", "speakers/", "\ufeff", 400, "malformed-json", ""),
    "a form": ("POST", "speakers/", "name=New", 400, "malformed-json", ""),
    "XML": ("POST", "speakers/", "<speaker/>", 400, "malformed-json", ""),
    "a prototype": ("POST", "speakers/", speaker(__proto__={"is_named": False}), 400, "unknown-field", "/__proto__"),
    "a bare word": ("POST", "speakers/", "nonsense", 400, "malformed-json", ""),
    "True of Python": ("POST", "speakers/", speaker().replace('"New"', "True"), 400, "malformed-json", ""),
    "hexadecimal": ("POST", "claims/", '{"check_score": 0x1}', 400, "malformed-json", ""),
    "octal": ("POST", "claims/", '{"check_score": 01}', 400, "malformed-json", ""),
    "a plus": ("POST", "claims/", '{"check_score": +1}', 400, "malformed-json", ""),
    "a bare point": ("POST", "claims/", '{"check_score": .5}', 400, "malformed-json", ""),
    "Arabic digits": ("POST", "claims/", '{"check_score": ٠}', 400, "malformed-json", ""),
    "minus zero point": ("POST", "claims/", '{"check_score": -0.}', 400, "malformed-json", ""),
    "an escape that is none": ("POST", "speakers/", '{"name": "\\x41"}', 400, "malformed-json", ""),
    "half an escape": ("POST", "speakers/", '{"name": "\\u00"}', 400, "malformed-json", ""),
    "a tab in a string": ("POST", "speakers/", '{"name": "a\tb"}', 400, "malformed-json", ""),
    "overlong UTF-8": ("POST", "speakers/", b'{"name": "\xc0\xaf"}', 400, "malformed-json", ""),
    "a surrogate in UTF-8": ("POST", "speakers/", b'{"name": "\xed\xa0\x80"}', 400, "malformed-json", ""),
    "beyond Unicode": ("POST", "speakers/", b'{"name": "\xf4\x90\x80\x80"}', 400, "malformed-json", ""),
    "half a character": ("POST", "speakers/", b'{"name": "\xe2\x82"}', 400, "malformed-json", ""),
    "latin-1": ("POST", "speakers/", '{"name": "é"}'.encode("latin-1"), 400, "malformed-json", ""),
    "UTF-32": ("POST", "speakers/", speaker().encode("utf-32"), 400, "malformed-json", ""),
    "deep objects": ("POST", "speakers/", '{"a":' * 100_000 + "1" + "}" * 100_000, 400, "malformed-json", ""),
    "deep and open": ("POST", "speakers/", "[" * 100_000, 400, "malformed-json", ""),
    "deep in a document": ("POST", "articles/{article}/annotations/", "[" * 100_000, 400, "malformed-json", ""),
    "deep in a line": ("POST", "projects/{project}/documents/", '{"a":' * 100_000, 400, "malformed-json", "/0", NDJSON),
    "metadata without end": (
        *("POST", "articles/", json.dumps({"metadata": {"a": ["x"] * 25_001}}), 400, "max-length", "/metadata"),
    ),
    # long, and wrong at its end only: to find that out must not take time by the square of the length
    "a long address": ("POST", "articles/", json.dumps({"url": f"http://{'a' * 200_000} "}), 400, "url", "/url"),
    # NUL and lone surrogates, wherever there is a text
    "NUL in an alias": ("POST", "speakers/", speaker(aliases=["a\0"]), 400, "nul-character", "/aliases/0"),
    "NUL in a span": ("POST", "quotes/", quote(exact="a\0"), 400, "nul-character", "/content/exact"),
    "NUL in an id": ("POST", "speakers/", '{"project": "\\u0000"}', 400, "nul-character", "/project"),
    "NUL in a choice": ("POST", "speakers/", '{"kind": "person\\u0000"}', 400, "nul-character", "/kind"),
    "NUL in a body": ("POST", "articles/", '{"body": "a\\u0000b"}', 400, "nul-character", "/body"),
    "NUL in a slug": ("POST", "projects/", '{"slug": "a\\u0000", "name": "A"}', 400, "nul-character", "/slug"),
    "NUL in a token's name": ("POST", "tokens/", '{"name": "\\u0000"}', 400, "nul-character", "/name"),
    "NUL in a member": ("POST", "projects/{project}/members/", '{"user": "\\u0000"}', 400, "nul-character", "/user"),
    "NUL in a document": (
        *("POST", "articles/{article}/annotations/", '{"claims": [{"text": "\\u0000"}]}'),
        *(400, "nul-character", "/claims/0/text"),
    ),
    "NUL in a line": (
        *("POST", "projects/{project}/documents/", DOCUMENT + '\n{"article": {"body": "\\u0000"}}'),
        *(400, "nul-character", "/1/article/body", NDJSON),
    ),
    "surrogate in a span": ("POST", "quotes/", quote(exact="\ud800"), 400, "lone-surrogate", "/content/exact"),
    "surrogate in a tag": ("POST", "quotes/", '{"tags": ["a", "\\udfff"]}', 400, "lone-surrogate", "/tags/1"),
    "surrogate in a comment": (
        *("POST", "quotes/{quote}/review/", '{"decision": "approved", "comment": "\\ud800"}'),
        *(400, "lone-surrogate", "/comment"),
    ),
    "surrogate in a guideline": (
        *("PATCH", "projects/{project}/", '{"guideline": "\\ud800"}', 400, "lone-surrogate", "/guideline"),
    ),
    "surrogate in metadata's key": (
        *("PATCH", "articles/{article}/", '{"metadata": {"a": {"\\ud800": 1}}}', 400, "lone-surrogate", "/metadata/a"),
    ),
    "surrogate in a text": (
        *("POST", "articles/{article}/revisions/", '{"body": "\\ud800"}', 400, "lone-surrogate", "/body"),
    ),
    "surrogate in a document": (
        *("POST", "articles/{article}/annotations/", '{"speakers": [{"name": "\\ud800"}]}'),
        *(400, "lone-surrogate", "/speakers/0/name"),
    ),
    # numbers
    "7.0 for 7": ("POST", "articles/{article}/revisions/", '{"base_revision": 1.0}', 400, "invalid", "/base_revision"),
    '"7" for 7': ("POST", "articles/{article}/revisions/", '{"base_revision": "1"}', 400, "invalid", "/base_revision"),
    "true for 1": (
        "POST",
        "articles/{article}/revisions/",
        '{"base_revision": true}',
        400,
        "invalid",
        "/base_revision",
    ),
    "1e0 for 1": ("POST", "articles/{article}/revisions/", '{"base_revision": 1e0}', 400, "invalid", "/base_revision"),
    "0 for a number": (
        "POST",
        "articles/{article}/revisions/",
        '{"base_revision": 0}',
        400,
        "min-value",
        "/base_revision",
    ),
    "a huge number": (
        *("POST", "articles/{article}/revisions/", f'{{"base_revision": {2**63}, "title": "T", "body": "B"}}'),
        *(400, "max-value", "/base_revision"),
    ),
    "1e308 for a score": ("POST", "claims/", '{"check_score": 1e308}', 400, "max-value", "/check_score"),
    "-1e-320 for a score": ("POST", "claims/", '{"check_score": -1e-320}', 400, "min-value", "/check_score"),
    "1e999 for a score": ("POST", "claims/", '{"check_score": 1e999}', 400, "malformed-json", "/check_score"),
    "NaN for a score": ("POST", "claims/", '{"check_score": NaN}', 400, "malformed-json", ""),
    "-Infinity for a score": ("POST", "claims/", '{"check_score": -Infinity}', 400, "malformed-json", ""),
    # values
    "white space round an id": ("POST", "speakers/", '{"project": " {project}"}', 400, "invalid", "/project"),
    "an id in upper case": ("POST", "speakers/", f'{{"project": "{ABSENT.upper()}"}}', 400, "invalid", "/project"),
    "an id with urn:uuid:": ("POST", "speakers/", f'{{"project": "urn:uuid:{ABSENT}"}}', 400, "invalid", "/project"),
    "an id in Arabic digits": (
        *("POST", "speakers/", f'{{"project": "{ABSENT.replace("0", "٠")}"}}', 400, "invalid", "/project"),
    ),
    "a project that is not there": (
        *("POST", "speakers/", f'{{"project": "{ABSENT}", "name": "A"}}', 422, "no-such-object", "/project"),
    ),
    "a member nobody knows": (
        *(
            "POST",
            "projects/{project}/members/",
            '{"user": "nobody", "role": "viewer"}',
            422,
            "no-such-object",
            "/user",
        ),
    ),
    "a role nobody knows": (
        *(
            "POST",
            "projects/{project}/members/",
            '{"user": "nobody", "role": "Manager"}',
            400,
            "invalid-choice",
            "/role",
        ),
    ),
    "a decision nobody knows": (
        *("POST", "quotes/{quote}/review/", '{"decision": "maybe"}', 400, "invalid-choice", "/decision"),
    ),
    "no decision": ("POST", "quotes/{quote}/review/", "{}", 400, "required", "/decision"),
    "merged into itself": ("POST", "speakers/{speaker}/merge/", '{"into": "{speaker}"}', 422, "merge-cycle", "/into"),
    "merged into nothing": (
        *("POST", "speakers/{speaker}/merge/", f'{{"into": "{ABSENT}"}}', 422, "no-such-object", "/into"),
    ),
    "merged into null": ("POST", "speakers/{speaker}/merge/", '{"into": null}', 400, "null", "/into"),
    "a scope nobody knows": (
        *("POST", "tokens/", '{"name": "t", "scopes": ["root"]}', 400, "invalid-choice", "/scopes/0"),
    ),
    "no scopes": ("POST", "tokens/", '{"name": "t", "scopes": []}', 400, "min-length", "/scopes"),
    "an end of a token without offset": (
        *("POST", "tokens/", '{"name": "t", "scopes": ["read"], "expires_at": "2030-01-01T00:00:00"}'),
        *(400, "invalid", "/expires_at"),
    ),
    "javascript for an address": (*("POST", "claim-reviews/", '{"url": "javascript:alert(1)"}', 400, "url", "/url"),),
    "a line in an address": ("POST", "claim-reviews/", '{"url": "https://a.example/\\nb"}', 400, "url", "/url"),
    "a right in a patch": (
        "PATCH",
        "projects/{project}/",
        '{"my_role": "manager"}',
        400,
        "read-only-field",
        "/my_role",
    ),
    "a maker in a patch": ("PATCH", "quotes/{quote}/", '{"created_by": "x"}', 400, "read-only-field", "/created_by"),
    "a column in a patch": ("PATCH", "quotes/{quote}/", '{"project_id": "x"}', 400, "unknown-field", "/project_id"),
    "a look-up in a patch": ("PATCH", "quotes/{quote}/", '{"set__status": "x"}', 400, "unknown-field", "/set__status"),
    "a list as a patch": ("PATCH", "quotes/{quote}/", "[]", 400, "invalid", ""),
    "null as a patch": ("PATCH", "quotes/{quote}/", "null", 400, "null", ""),
    "a string as a document": ("POST", "articles/{article}/annotations/", '"x"', 400, "invalid", ""),
    "a list as a document": ("POST", "articles/{article}/annotations/", "[{}]", 400, "invalid", ""),
    "an object for a list of documents": ("POST", "projects/{project}/documents/", "{}", 400, "not-a-list", ""),
    "too many documents": ("POST", "projects/{project}/documents/", json.dumps([{}] * 1001), 400, "max-length", ""),
    "null for a document": ("POST", "projects/{project}/documents/", "[null]", 400, "null", "/0"),
    "a key that leads nowhere": (
        *("POST", "articles/{article}/annotations/", '{"quotes": [{"content": {"exact": "x"}, "parent": "#x"}]}'),
        *(422, "no-such-object", "/quotes/0/parent"),
    ),
    # spans
    "an empty span": ("POST", "quotes/", quote(start=3, end=3, exact=""), 422, "span-empty", "/content/exact"),
    "a reversed span": ("POST", "quotes/", quote(start=5, end=3, exact="x"), 422, "span-empty", "/content/end"),
    "a negative start": ("POST", "quotes/", quote(start=-1, end=3, exact="x"), 400, "min-value", "/content/start"),
    "a span past the end": (
        *("POST", "quotes/", quote(start=0, end=99999, exact="x"), 422, "span-out-of-range", "/content/end"),
    ),
    "a span with another text": (
        *("POST", "quotes/", quote(start=0, end=3, exact="xyz"), 422, "exact-mismatch", "/content/exact"),
    ),
    "a span without its text": ("POST", "quotes/", quote(start=0, end=3), 422, "exact-required", "/content/exact"),
    "half a span": ("POST", "quotes/", quote(start=0, exact="x"), 422, "start-and-end-required", "/content/end"),
    "nothing of a span": ("POST", "quotes/", quote(), 422, "span-empty", "/content"),
    "no pieces": ("POST", "quotes/", quote(fragments=[]), 422, "span-empty", "/content/fragments"),
    "pieces that overlap": (
        "POST",
        "quotes/",
        fragments((0, 3, "Our"), (2, 7, "rword")),
        422,
        "fragments-overlap",
        "/content/fragments/1",
    ),
    "a piece twice": (
        "POST",
        "quotes/",
        fragments((0, 3, "Our"), (0, 3, "Our")),
        422,
        "fragments-overlap",
        "/content/fragments/1",
    ),
    "an empty piece": ("POST", "quotes/", fragments((0, 0, "")), 422, "span-empty", "/content/fragments/0/exact"),
    "a text nobody wrote": ("POST", "quotes/", quote(exact="nobody wrote"), 422, "quote-not-found", "/content/exact"),
    "an empty text": ("POST", "quotes/", quote(exact=""), 422, "span-empty", "/content/exact"),
    "a text that stands twice": ("POST", "quotes/", quote(exact="Ourword"), 422, "quote-ambiguous", "/content/exact"),
    "a part nobody has": ("POST", "quotes/", quote(exact="x", part="footer"), 400, "invalid-choice", "/content/part"),
}


@pytest.fixture
def estate():
    return make_estate("Ourword", make_user("our-manager"))


@pytest.fixture
def ask(estate):
    """Sends bytes as they are, as a manager of the estate."""
    http, secret = Client(raise_request_exception=False), make_token(estate.owner)

    def send(method: str, path: str, body: bytes | str = b"", kind: str = JSON, **headers: str) -> Any:
        for name in estate.rows:
            path = path.replace(f"{{{name}}}", estate.id(name))
            body = body.replace(f"{{{name}}}", estate.id(name)) if isinstance(body, str) else body
        raw = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
        named = {"authorization": f"Bearer {secret}", **{key.replace("_", "-"): text for key, text in headers.items()}}
        address = path if path.startswith("/") else f"{API}/{path}"
        answer = http.generic(method, address, raw, kind, headers=named)
        check(method.lower(), answer)
        return answer

    return send


def told(answer: Any) -> tuple[Any, ...]:
    """Status, code and pointer of the first fault."""
    return (answer.status_code, *codes(answer)[0])


@pytest.mark.parametrize("name", BODIES)
def test_bodies(name, ask):
    method, path, body, *expected = BODIES[name]
    kind = expected.pop() if len(expected) > 3 else JSON
    answer = ask(method, path, body, kind, if_match="*")
    assert answer.status_code == expected[0], answer.content
    assert (expected[1], expected[2]) in codes(answer), answer.content


PARAMETERS = {
    "a look-up": ("quotes/?set__status=open", "unknown-parameter", "?set__status"),
    "a password": (
        "articles/?created_by__password__startswith=a",
        "unknown-parameter",
        "?created_by__password__startswith",
    ),
    "a connector": ("quotes/?_connector=OR", "unknown-parameter", "?_connector"),
    "a negation": ("quotes/?_negated=1", "unknown-parameter", "?_negated"),
    "a column": ("quotes/?project_id=1", "unknown-parameter", "?project_id"),
    "a parameter with white space": ("quotes/?project%20=1", "unknown-parameter", "?project "),
    "a parameter with NUL": ("quotes/?project%00=1", "unknown-parameter", "?project\0"),
    "a parameter without a name": ("quotes/?=1", "unknown-parameter", "?"),
    "a parameter that is no text": ("quotes/?%ff=1", "unknown-parameter", "?\ufffd"),
    "one of PHP": ("quotes/?tag[]=1", "unknown-parameter", "?tag[]"),
    "a filter twice": ("quotes/?tag=a&tag=a", "repeated-parameter", "?tag"),
    "a filter twice, once empty": ("quotes/?tag=a&tag=", "repeated-parameter", "?tag"),
    "a page of none": ("quotes/?page_size=0", "min-value", "?page_size"),
    "a page of all": ("quotes/?page_size=1001", "max-value", "?page_size"),
    "a page of less": ("quotes/?page_size=-1", "min-value", "?page_size"),
    "a huge page": (f"quotes/?page_size={10**30}", "invalid", "?page_size"),
    "a page in Arabic digits": ("quotes/?page_size=%D9%A3", "invalid", "?page_size"),
    "a page with a space": ("quotes/?page_size=+7", "invalid", "?page_size"),
    "a page with a plus": ("quotes/?page_size=%2B7", "invalid", "?page_size"),
    "half a page": ("quotes/?page_size=7.5", "invalid", "?page_size"),
    "an exponent": ("quotes/?page_size=1e2", "invalid", "?page_size"),
    "an underscore in a number": ("quotes/?page_size=1_0", "invalid", "?page_size"),
    "NULL": ("quotes/?page_size=null", "invalid", "?page_size"),
    "NUL in a number": ("quotes/?page_size=7%00", "nul-character", "?page_size"),
    "a made-up cursor": ("quotes/?cursor=abc", "bad-cursor", "?cursor"),
    "a cursor of Django REST framework": ("quotes/?cursor=cD1hYmM%3D", "bad-cursor", "?cursor"),
    "a cursor signed with nothing": ("quotes/?cursor=WyJhIiwwLFtdXQ:1abc:", "bad-cursor", "?cursor"),
    "a cursor in bytes": ("quotes/?cursor=%ff%fe", "bad-cursor", "?cursor"),
    "a cursor of brackets": (f"quotes/?cursor={'[' * 1000}", "bad-cursor", "?cursor"),
    "an empty cursor": ("quotes/?cursor=", "bad-cursor", "?cursor"),
    "NUL in a cursor": ("quotes/?cursor=%00", "nul-character", "?cursor"),
    "an order of two": ("articles/?ordering=id,created_at", "invalid-choice", "?ordering"),
    "an order by a password": ("articles/?ordering=created_by__password", "invalid-choice", "?ordering"),
    "an order by chance": ("articles/?ordering=?", "invalid-choice", "?ordering"),
    "a short id": ("quotes/?project=7", "invalid", "?project"),
    "an id in braces": (f"quotes/?project={{{ABSENT}}}", "invalid", "?project"),
    "an id without hyphens": (f"quotes/?project={ABSENT.replace('-', '')}", "invalid", "?project"),
    "an id in upper case": (f"quotes/?project={ABSENT.upper()}", "invalid", "?project"),
    "an id with a space": (f"quotes/?project=%20{ABSENT}", "invalid", "?project"),
    "a time without offset": ("quotes/?created_after=2009-04-24T10:00:00", "invalid", "?created_after"),
    "a time of Arabic digits": ("quotes/?created_after=%D9%A2009-04-24T10:00:00Z", "invalid", "?created_after"),
    "a day that is none": ("articles/?published_after=2009-02-30", "invalid", "?published_after"),
    "a place with a minus": ("quotes/?article={article}&overlaps=-5-3", "pattern", "?overlaps"),
    "another unit": ("quotes/?offset_unit=bytes", "invalid-choice", "?offset_unit"),
    "a flag that is none": ("quotes/?count=1", "invalid", "?count"),
    "a regular expression": ("speakers/?name__regex=(a%2B)%2B$", "unknown-parameter", "?name__regex"),
}


@pytest.mark.parametrize("name", PARAMETERS)
def test_parameters(name, ask):
    path, code, pointer = PARAMETERS[name]
    assert told(ask("GET", path)) == (400, code, pointer)


def test_places_that_are_none(ask):
    assert told(ask("GET", "quotes/?overlaps=3-5")) == (422, "article-required", "?overlaps")
    assert told(ask("GET", "quotes/?article={article}&overlaps=5-3")) == (422, "range", "?overlaps")


TAG = f'"{ABSENT}.1"'
HEADERS = {
    "no If-Match": ({}, 428, "if-match-required"),
    "an empty If-Match": ({"if_match": ""}, 428, "if-match-required"),
    "If-Match of spaces": ({"if_match": "  "}, 428, "if-match-required"),
    "If-Match without quotes": ({"if_match": "1"}, 400, "malformed-if-match"),
    "If-Match with one quote": ({"if_match": '"1'}, 400, "malformed-if-match"),
    "If-Match with rubbish": ({"if_match": f"{TAG} x"}, 400, "malformed-if-match"),
    "If-Match with a star in a list": ({"if_match": f"*, {TAG}"}, 400, "malformed-if-match"),
    "If-Match with a control character": ({"if_match": '"a\x01b"'}, 400, "malformed-if-match"),
    "If-Match in another alphabet": ({"if_match": '"\xe9"'}, 400, "malformed-if-match"),
    "If-Match without an end": ({"if_match": '"' * 7999}, 400, "malformed-if-match"),
    "If-Match of much white space": ({"if_match": '"a"' + " " * 50_000 + "x"}, 400, "malformed-if-match"),
    "a weak If-Match": ({"if_match": "W/{tag}"}, 412, "stale-version"),
    "If-Match of another": ({"if_match": TAG}, 412, "stale-version"),
    "If-Match of nothing": ({"if_match": '""'}, 412, "stale-version"),
    "five hundred tags": ({"if_match": ", ".join([TAG] * 500)}, 412, "stale-version"),
    "gzip": ({"content_encoding": "gzip"}, 415, "unsupported-encoding"),
    "deflate": ({"content_encoding": "deflate"}, 415, "unsupported-encoding"),
    "gzip twice": ({"content_encoding": "gzip, gzip"}, 415, "unsupported-encoding"),
    "an encoding nobody knows": ({"content_encoding": "\x01"}, 415, "unsupported-encoding"),
    "another host": ({"host": "evil.example"}, 400, "bad-request"),
    "a host that is none": ({"host": "a b"}, 400, "bad-request"),
    "a host with a path": ({"host": "localhost/x"}, 400, "bad-request"),
    "a host with a name": ({"host": "user@localhost"}, 400, "bad-request"),
    "a token in Basic": ({"authorization": "Basic YTpi"}, 401, "malformed-token"),
    "no token": ({"authorization": "Bearer"}, 401, "malformed-token"),
    "an empty header of it": ({"authorization": ""}, 401, "malformed-token"),
    "a token nobody has": ({"authorization": "Bearer onr_" + "x" * 43}, 401, "invalid-token"),
    "a token with NUL": ({"authorization": "Bearer onr_\0"}, 401, "invalid-token"),
    "a token in another alphabet": ({"authorization": "Bearer onr_\xe9"}, 401, "malformed-token"),
    "a long token": ({"authorization": "Bearer onr_" + "x" * 7000}, 401, "invalid-token"),
    "two tokens": ({"authorization": "Bearer onr_a, Bearer onr_b"}, 401, "invalid-token"),
}


@pytest.mark.parametrize("name", HEADERS)
def test_headers(name, ask, estate):
    headers, status, code = HEADERS[name]
    tag = ask("GET", "speakers/{speaker}/").headers["ETag"]
    sent = {key: text.replace("{tag}", tag) for key, text in headers.items()}
    kept = {} if "if_match" in sent or status == 428 else {"if_match": "*"}
    answer = ask("PATCH", "speakers/{speaker}/", '{"description": "x"}', **kept, **sent)
    assert told(answer) == (status, code, ""), answer.content


def test_control_characters_in_headers_come_back_nowhere(ask):
    for value in ("a\tb", "\x7f", "a;b", "é", "x" * 101, ""):
        answer = ask("GET", "me/", x_request_id=value, accept=value, accept_language=value)
        assert answer.status_code == 200
        assert answer.headers["X-Request-Id"].isalnum()


KINDS = {
    "text": ("text/plain", "unsupported-media-type"),
    "JSON of others": ("application/vnd.api+json", "unsupported-media-type"),
    "JSON with a star": ("application/*", "unsupported-media-type"),
    "anything": ("*/*", "unsupported-media-type"),
    "none": ("", "unsupported-media-type"),
    "two": ("application/json, text/plain", "unsupported-media-type"),
    "a form with files": ("multipart/form-data; boundary=x", "unsupported-media-type"),
    "a form without boundary": ("multipart/form-data", "unsupported-media-type"),
    "NUL": ("application/json\0", "unsupported-media-type"),
    "UTF-16": ("application/json; charset=utf-16", "unsupported-charset"),
    "UTF-16, quoted": ('application/json; charset="utf-16"', "unsupported-charset"),
    "latin-1": ("application/json; charset=iso-8859-1", "unsupported-charset"),
    "UTF-7": ("application/json; charset=utf-7", "unsupported-charset"),
    "a charset nobody knows": ("application/json; charset=\xe9", "unsupported-charset"),
    "a charset without a name": ("application/json; charset=", "unsupported-charset"),
    "rot13": ("application/json; CHARSET=rot13", "unsupported-charset"),
}


@pytest.mark.parametrize("name", KINDS)
def test_media_types(name, ask):
    kind, code = KINDS[name]
    assert told(ask("POST", "speakers/", speaker(), kind)) == (415, code, "")


ADDRESSES = {
    "an id in braces": f"quotes/%7B{ABSENT}%7D/",
    "an id without hyphens": f"quotes/{ABSENT.replace('-', '')}/",
    "a short id": f"quotes/{ABSENT[:-1]}/",
    "an id in wide digits": f"quotes/{ABSENT.replace('0', '%EF%BC%90')}/",
    "an id and a line": f"quotes/{ABSENT}%0A/",
    "NUL after an id": f"quotes/{ABSENT}%00/",
    "a byte that is no text": f"quotes/{ABSENT}%ff/",
    "two slashes": f"quotes//{ABSENT}/",
    "a way up": f"quotes/../quotes/{ABSENT}/",
    "an extension": f"quotes/{ABSENT}.json/",
    "a semicolon": f"quotes/{ABSENT};v=1/",
    "a letter of another alphabet": "qu%D0%BEtes/",
    "upper case": "Quotes/",
    "a revision with a sign": f"articles/{ABSENT}/revisions/+1/",
}


@pytest.mark.parametrize("name", ADDRESSES)
def test_addresses(name, ask):
    for method in ("GET", "PATCH", "POST", "DELETE"):
        assert told(ask(method, ADDRESSES[name], "{}", if_match="*")) == (404, "not-found", "")


@pytest.mark.parametrize("method", ["PUT", "TRACE", "CONNECT", "PROPFIND", "QUERY", "\xe9", "__init__", "dispatch"])
def test_methods(method, ask):
    for path in ("quotes/", "quotes/{quote}/", "me/", "schema/"):
        answer = ask(method, path, "{}")
        assert told(answer) == (405, "method-not-allowed", ""), path
        assert "GET" in answer.headers["Allow"]


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
def test_a_missing_slash_is_told_to_writers(method, ask):
    answer = ask(method, "quotes/{quote}", "{}", if_match="*")
    assert told(answer) == (404, "not-found", "")
    assert "slash" in answer.json()["detail"]


@pytest.mark.parametrize("accept", ["", "text/html", "application/json;q=0", "*/*;q=x", ";;;", "a" * 7000, "text/\xe9"])
def test_absurd_accept_headers_get_json(accept, ask):
    assert ask("GET", "me/", accept=accept).headers["Content-Type"] == "application/json"
    assert told(ask("GET", "quotes/x/", accept=accept)) == (404, "not-found", "")


LENGTHS = {"too long": (str(10**9), 413, "body-too-large"), "no number": ("x", 400, "bad-request")}
LENGTHS |= {"less than none": ("-1", 400, "bad-request"), "Arabic digits": ("٣", 400, "bad-request")}
LENGTHS |= {"a huge one": ("9" * 5000, 413, "body-too-large")}


@pytest.mark.parametrize("name", LENGTHS)
def test_lengths(name, estate):
    length, status, code = LENGTHS[name]
    answer = Client().generic("POST", f"{API}/speakers/", b"{}", JSON, CONTENT_LENGTH=length)
    assert told(answer) == (status, code, "")


def test_a_body_in_chunks_is_asked_for_its_length(estate):
    answer = Client().generic("POST", f"{API}/speakers/", b"", JSON, headers={"transfer-encoding": "chunked"})
    assert told(answer) == (411, "length-required", "")


def test_an_offset_inside_a_surrogate_pair(ask, estate):
    article = ask("POST", "articles/", '{"project": "{project}", "title": "T", "body": "a😀b"}').json()["id"]
    span = {"start": 0, "end": 2, "exact": "a"}
    body = json.dumps({"article": article, "content": span})
    assert told(ask("POST", "quotes/?offset_unit=utf16", body)) == (422, "splits-surrogate-pair", "/content/end")


def test_the_table_is_long_enough():
    tables: list[Sized] = [BODIES, PARAMETERS, HEADERS, KINDS, ADDRESSES, LENGTHS]
    assert sum(len(table) for table in tables) >= 200
