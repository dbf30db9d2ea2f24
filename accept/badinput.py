"""Bad input over a real socket: each case gets its exact status and code, none a 5xx, and the server goes on.

The cases of tests/test_bad_input.py are sent to the live server as they are; those below are about what a test client
never sends: broken framing, header lines, addresses. Some never reach the application: the web server refuses them.
"""

from __future__ import annotations

import contextlib
import json
import select
import socket
from collections.abc import Iterator
from http.client import HTTPException, HTTPResponse

from accept import badforms, badtables
from accept.badtables import JSON, Expected, message
from accept.client import Answer, Lost
from accept.harness import Ground, Server
from accept.report import Report
from tests.builders import make_token, make_user
from tests.estate import ABSENT, Estate, make_estate

PATIENCE = 3.0  # seconds
SIZES = {"full": {"cases": 120}, "quick": {"cases": 120}, "tiny": {"cases": 30}}


def run(ground: Ground, report: Report, cases: int) -> None:
    estate = make_estate("Ourword", make_user("our-manager"))
    token = make_token(estate.owner)
    with ground.serve() as server:
        sent = [(name, raw, expected) for name, raw, expected in all_cases(estate, token, server.port)]
        wrong, errors = [], 0
        for name, raw, (statuses, code) in sent:
            try:
                answer = exchange(server, raw)
            except Lost as lost:
                wrong += [f"{name}: {lost}"] if 0 not in statuses else []
                continue
            errors += answer.status >= 500
            if answer.status not in statuses or (code and code not in codes(answer)):
                wrong.append(f"{name}: {answer.status} {sorted(codes(answer))}, not {sorted(statuses)} {code}")
        alive = server.client(token).get("/me/").status
    report.at_least("cases", len(sent), cases)
    report.none("wrong", wrong)
    report.equal("5xx", errors)
    report.equal("afterwards", alive, 200)


def codes(answer: Answer) -> set[str]:
    """The code of a refusal and those of its faults; with the pointer of each, as `code at pointer`, too."""
    if not answer.code:
        return set()
    faults = [(fault["code"], fault["pointer"]) for fault in answer.json()["errors"]]
    return {answer.code, *(code for code, _ in faults), *(f"{code} at {pointer}" for code, pointer in faults)}


def exchange(server: Server, raw: bytes) -> Answer:
    """Send bytes as they are and read one answer; `Lost` where the connection ends without one.

    A server that waits for more is told after a while that there is none.
    """
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        with contextlib.suppress(OSError):  # it may have answered and closed before all was sent
            connection.sendall(raw)
        with contextlib.suppress(OSError):
            if not select.select([connection], [], [], PATIENCE)[0]:
                connection.shutdown(socket.SHUT_WR)
        response = HTTPResponse(connection)
        try:
            response.begin()
            return Answer(response.status, response.headers, response.read())  # type: ignore[arg-type]
        except (OSError, HTTPException) as error:
            raise Lost(f"no answer ({error!r})") from error


def all_cases(estate: Estate, token: str, port: int) -> Iterator[tuple[str, bytes, Expected]]:
    host, bearer = f"Host: 127.0.0.1:{port}", f"Authorization: Bearer {token}"
    yield from framing(host, bearer, json.dumps({"project": estate.id("project"), "name": "New"}).encode())
    yield cut_off(estate, host, bearer)
    yield from addresses(host, bearer)
    yield from badtables.cases(estate, host, bearer)
    yield from badforms.cases(estate, host, bearer)


def framing(host: str, bearer: str, body: bytes) -> Iterator[tuple[str, bytes, Expected]]:
    """How a body is framed. 0 stands for a connection that is closed without a word."""
    post, kind = "POST /api/v1/speakers/ HTTP/1.1", f"Content-Type: {JSON}"
    size = f"Content-Length: {len(body)}"
    chunk = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    server = ({400}, "")
    yield "control", message(post, host, bearer, kind, size, body=body), ({201}, "")
    lengths: list[tuple[str, list[str], bytes, Expected]] = [
        ("chunked", ["Transfer-Encoding: chunked"], chunk, ({411}, "length-required")),
        ("chunked and a length", ["Transfer-Encoding: chunked", size], chunk, ({400, 411}, "")),
        ("two lengths that differ", [size, "Content-Length: 3"], body, server),
        ("a length twice in one", [f"{size}, 3"], body, server),
        ("a negative length", ["Content-Length: -1"], body, server),
        ("a length with a plus", [f"Content-Length: +{len(body)}"], body, server),
        ("a length in hexadecimal", ["Content-Length: 0x10"], body, server),
        ("a length of words", ["Content-Length: many"], body, server),
        ("a length beyond 64 bits", ["Content-Length: 99999999999999999999999"], body, server),
        ("a length far too large", [f"Content-Length: {10**12}"], body, ({413, 400, 0}, "")),
        ("less than its length", [f"Content-Length: {len(body) + 50}"], body, ({400}, "incomplete-body")),
        ("gzip that is none", [size, "Content-Encoding: gzip"], body, ({415}, "unsupported-encoding")),
        ("an unknown transfer encoding", ["Transfer-Encoding: rot13"], body, ({400, 411, 501}, "")),
        ("chunked twice", ["Transfer-Encoding: chunked, chunked"], chunk, ({400, 411}, "")),
        ("chunks without sizes", ["Transfer-Encoding: chunked"], b"zz\r\n" + body, ({400, 411, 0}, "")),
    ]
    for name, headers, content, expected in lengths:
        yield name, message(post, host, bearer, kind, *headers, body=content), expected
    for name, key in {"an empty key": "", "a key of other bytes": "\xff\xe9", "a long key": "k" * 256}.items():
        yield name, message(post, host, bearer, kind, size, f"Idempotency-Key: {key}", body=body), ({400}, "invalid")
    yield "no length", message(post, host, bearer, kind), ({400, 411}, "")
    get = "GET /api/v1/me/ HTTP/1.1"
    lines: list[tuple[str, list[str], Expected]] = [
        ("a header of 100 kB", [host, bearer, "X-Long: " + "x" * 100_000], ({400, 431, 200}, "")),
        ("a header of 1 MB", [host, bearer, "X-Long: " + "x" * 1_000_000], ({400, 431, 0}, "")),
        ("a thousand headers", [host, bearer, *(f"X-{n}: 1" for n in range(1000))], ({400, 431}, "")),
        ("a header without a colon", [host, bearer, "nonsense"], server),
        ("a header with a space before the colon", [host, bearer, "X-A : 1"], server),
        ("a folded header", [host, bearer, "X-A: 1\r\n 2"], ({200, 400}, "")),
        ("a lone CR in a header", [host, bearer, "X-A: 1\r2"], server),
        ("NUL in a header", [host, bearer, "X-A: 1\x002"], server),
        ("no Host", [bearer], ({400}, "")),
        ("two Hosts", [host, "Host: evil.example", bearer], ({400, 200}, "")),
        ("another Host", ["Host: evil.example", bearer], ({400}, "bad-request")),
        ("two tokens", [host, bearer, "Authorization: Bearer onr_x"], ({200, 400, 401}, "")),
        ("a token of other bytes", [host, "Authorization: Bearer onr_\xff\xfe"], ({400, 401}, "")),
    ]
    for name, headers, expected in lines:
        yield name, message(get, *headers), expected


def cut_off(estate: Estate, host: str, bearer: str) -> tuple[str, bytes, Expected]:
    """NDJSON that ends after a whole line, before its length: the client was lost in the middle of a bulk."""
    line = b'{"article": {"title": "T", "body": "Half a bulk"}}\n'
    start = f"POST /api/v1/projects/{estate.id('project')}/documents/ HTTP/1.1"
    headers = (host, bearer, "Content-Type: application/x-ndjson", f"Content-Length: {2 * len(line)}")
    return "half a bulk", message(start, *headers, body=line), ({400}, "incomplete-body")


def addresses(host: str, bearer: str) -> Iterator[tuple[str, bytes, Expected]]:
    """Request lines. What is an address at all, and is none of ours, is a problem of 404."""
    ours: dict[str, Expected] = {
        "GET /api/v1/%zz/": ({400, 404}, ""),
        "GET /api/v1/quotes/%": ({400, 404}, ""),
        "GET /api/v1/%00/": ({404}, "not-found"),
        "GET /api/v1/%ff%fe/": ({404}, "not-found"),
        "GET /api/v1/quotes/?q=%ff": ({200, 400}, ""),
        "GET /api/v1/quotes/?q=%00": ({400}, "nul-character"),
        "GET /api/v1/quotes/?" + "a=1&" * 2000: ({400, 414, 431}, ""),
        "GET /api/v1/../../etc/passwd": ({400, 404}, ""),
        "GET //api/v1/me/": ({400, 404}, ""),
        "GET /api/v1/articles/" + "a" * 20_000 + "/": ({404, 400, 414, 431}, ""),
        f"GET /api/v1/quotes/{ABSENT.replace('1', '%D9%A1')}/": ({404}, "not-found"),
        "PUT /api/v1/me/": ({405}, "method-not-allowed"),
        "TRACE /api/v1/me/": ({405}, "method-not-allowed"),
        "BREW /api/v1/me/": ({405}, "method-not-allowed"),
        "CONNECT 127.0.0.1:22": ({400, 403, 404, 405}, ""),
    }
    for start, expected in ours.items():
        yield f"{start[:40]}", message(f"{start} HTTP/1.1", host, bearer), expected
    broken = {
        "no version": b"GET /api/v1/me/\r\n\r\n",
        "version 9": message("GET /api/v1/me/ HTTP/9.9", host),
        "no method": message(" /api/v1/me/ HTTP/1.1", host),
        "a space in the address": message("GET /api/v1/ me/ HTTP/1.1", host),
        "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64),
        "nothing but zeros": bytes(4096),
    }
    for name, raw in broken.items():
        yield name, raw, ({400, 404, 505, 0}, "")
