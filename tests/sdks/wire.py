"""A wire that fails: between a client and the server, it loses answers, or says for the server that it is busy."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from annotations.views.exports import CUT_OFF


class Wire(ThreadingHTTPServer):
    """`faults`: what befalls the next requests, one after the other; reads are spared unless told otherwise.

    `seen`: method, path and Idempotency-Key of every request.
    """

    daemon_threads = True

    def __init__(self, upstream: str, faults: list[str], writes_only: bool) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.upstream = urlsplit(upstream).netloc
        self.faults, self.writes_only = faults, writes_only
        self.seen: list[tuple[str, str, str | None]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def writes(self) -> list[tuple[str, str, str | None]]:
        return [one for one in self.seen if one[0] != "GET"]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing: clients hang up, that is what this is about."""


class Handler(BaseHTTPRequestHandler):
    server: Wire
    protocol_version = "HTTP/1.1"

    def relay(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.seen.append((self.command, self.path, self.headers.get("Idempotency-Key")))
        spared = self.server.writes_only and self.command == "GET"
        fault = self.server.faults.pop(0) if self.server.faults and not spared else ""
        if fault == "busy":
            self.tell(503, {"Retry-After": "1", "Content-Type": "application/problem+json"}, b"{}")
            return
        status, headers, answer = self.ask(body)
        if fault == "lose the answer":
            self.close_connection = True
            self.connection.close()
        elif fault in ("lose the last line", "not finish"):
            end = CUT_OFF if fault == "not finish" else b""
            self.tell(status, headers, b"".join(answer.splitlines(keepends=True)[:-1]) + end)
        elif fault == "change a letter":
            self.tell(status, headers, answer.replace(b"Nobody", b"Somebody"))
        elif fault == "cut the answer":
            self.tell(status, headers, answer, cut=len(answer) // 2)
        else:
            self.tell(status, headers, answer)

    def ask(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        upstream = http.client.HTTPConnection(self.server.upstream, timeout=60)
        upstream.request(self.command, self.path, body or None, dict(self.headers.items()))
        answer = upstream.getresponse()
        content = answer.read()
        upstream.close()
        left_out = {"transfer-encoding", "connection", "content-length"}
        return answer.status, {n: v for n, v in answer.getheaders() if n.lower() not in left_out}, content

    def tell(self, status: int, headers: dict[str, str], body: bytes, cut: int | None = None) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:cut])
        if cut is not None:
            self.close_connection = True

    do_GET = do_POST = do_PATCH = do_DELETE = relay

    def log_message(self, format: str, *arguments: Any) -> None:
        """Nothing."""


@contextmanager
def failing(upstream: str, *faults: str, writes_only: bool = True) -> Iterator[Wire]:
    wire = Wire(upstream, list(faults), writes_only)
    thread = threading.Thread(target=wire.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield wire
    finally:
        wire.shutdown()
        wire.server_close()
        thread.join()
