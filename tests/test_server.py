"""The web server as `run.py` starts it, spoken to in raw bytes: what no client library would send."""

from __future__ import annotations

import re
import socket
import time
from contextlib import suppress

import pytest

pytestmark = pytest.mark.django_db  # so that there is a database


class Wire:
    """One connection."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        self.received = b""

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *error: object) -> None:
        self.socket.close()

    def send(self, text: str) -> None:
        with suppress(OSError):  # refused before it was all said: the answer is there
            self.socket.sendall(text.encode("latin-1"))

    def status(self) -> int:
        """Of the next answer, which is read to its end; 0 where the server hangs up."""
        try:
            while b"\r\n\r\n" not in self.received:
                self.more()
            head, _, self.received = self.received.partition(b"\r\n\r\n")
            length = int((re.search(rb"(?i)content-length: (\d+)", head) or [0, 0])[1])
            while len(self.received) < length:
                self.more()
        except ConnectionError:
            return 0
        self.body, self.received = self.received[:length], self.received[length:]
        return int(head.split()[1])

    def more(self) -> None:
        found = self.socket.recv(65536)
        if not found:
            raise ConnectionResetError
        self.received += found


def message(first: str, *headers: str, body: str = "") -> str:
    return "\r\n".join([first, "Host: 127.0.0.1", *headers, "", body])


def post(body: str, *headers: str) -> str:
    return message("POST /api/v1/speakers/ HTTP/1.1", "Content-Type: application/json", *headers, body=body)


def get(path: str = "/healthz", *headers: str) -> str:
    return message(f"GET {path} HTTP/1.1", *headers)


REQUESTS = {
    "as it should be": (get(), {200}),
    "a header of 20 kB": (get("/healthz", "X-Long: " + "x" * 20_000), {200}),
    "a header of 1 MB": (get("/healthz", "X-Long: " + "x" * 1_000_000), {0, 431}),
    "200 headers": (get("/healthz", *(f"X-{n}: x" for n in range(200))), {431}),
    "a token of 20 kB": (get("/api/v1/me/", "Authorization: Bearer onr_" + "x" * 20_000), {401}),
    "an address of 60 kB": (get("/api/v1/" + "x" * 60_000), {401}),
    "an address of 1 MB": (get("/" + "x" * 1_000_000), {0, 414, 431}),
    "a query of 60 kB": (get("/api/v1/projects/?q=" + "x" * 60_000), {400, 401}),
    "chunks": (post("2\r\n{}\r\n0\r\n\r\n", "Transfer-Encoding: chunked"), {411}),
    "chunks that are none": (post("zz\r\n{}\r\n0\r\n\r\n", "Transfer-Encoding: chunked"), {411}),
    "chunks and a length": (post("0\r\n\r\n", "Transfer-Encoding: chunked", "Content-Length: 5"), {411}),
    "two lengths": (post("{}", "Content-Length: 2", "Content-Length: 3"), {400}),
    "a length below nothing": (post("{}", "Content-Length: -2"), {400}),
    "a length with a plus": (post("{}", "Content-Length: +2"), {400}),
    "a length of 5,000 digits": (post("{}", "Content-Length: " + "9" * 5000), {400}),
    "a length of 1 GB": (post("{}", "Content-Length: 1000000000"), {413}),
    "no host": ("GET /api/v1/me/ HTTP/1.1\r\n\r\n", {400}),
    "two hosts": (get("/api/v1/me/", "Host: evil.example"), {400}),
    "HTTP/1.0": ("GET /healthz HTTP/1.0\r\n\r\n", {200, 400}),
    "HTTP/9": (message("GET /healthz HTTP/9.9"), {0, 400, 505}),
    "no HTTP": ("nonsense\r\n\r\n", {0, 400}),
    "a header without a name": (get("/healthz", ": x"), {400}),
    "a header with a space": (get("/healthz", "X Y: x"), {400}),
    "NUL in a header": (get("/healthz", "X-Y: a\0b"), {400}),
    "a folded header": (get("/healthz", "X-Y: a", " b"), {400}),
    "NUL in an address": (get("/api/v1/\0/"), {0, 400}),
    "%00 in an address": (get("/api/v1/%00/"), {401}),
    "%ff in an address": (get("/api/v1/%ff/"), {401}),
    "bytes in an address": (get("/api/v1/\xff\xfe/"), {400, 401}),
    "an absolute address": (get("http://evil.example/api/v1/me/"), {400, 401}),
    "a star": (get("*"), {400, 404}),
    "CONNECT": (message("CONNECT evil.example:80 HTTP/1.1"), {403}),
    "TRACE": (message("TRACE /api/v1/me/ HTTP/1.1"), {401}),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_no_request_is_our_fault(name, port):
    text, expected = REQUESTS[name]
    with Wire(port) as wire:
        wire.send(text)
        assert wire.status() in expected
    with Wire(port) as wire:
        wire.send(get())
        assert wire.status() == 200


def test_a_connection_goes_on_after_refusals(port):
    with Wire(port) as wire:
        for text, status in ((get("/api/v1/me/"), 401), (post("{}", "Content-Length: 2"), 401), (get("/nowhere"), 404)):
            wire.send(text)
            assert wire.status() == status
        wire.send(get() * 3)
        assert [wire.status() for _ in range(3)] == [200] * 3


def test_more_than_the_length_is_another_request(port):
    with Wire(port) as wire:
        wire.send(post("{}rubbish\r\n\r\n", "Content-Length: 2"))
        assert wire.status() == 401
        assert wire.status() in {0, 400}


def test_who_promises_more_and_leaves_harms_nobody(port):
    for _ in range(20):
        with Wire(port) as wire:
            wire.send(post('{"name', "Content-Length: 1000"))
    begun = time.monotonic()
    with Wire(port) as wire:
        wire.send(get())
        assert wire.status() == 200
    assert time.monotonic() - begun < 5
