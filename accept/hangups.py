"""Forty clients that begin an export, take a little of it, and hang up: two seconds later nothing is left of them."""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import time

from accept.client import API
from accept.harness import Ground, Server
from accept.people import Cast
from accept.report import Report

CLIENTS = 40
DOCUMENTS = 160  # together more than what lies in buffers between two ends of a connection
AT_WORK = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND backend_type = 'client backend' AND state <> 'idle'
      AND pid <> pg_backend_pid()
"""
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close at once, without a word


def hang_ups(ground: Ground, server: Server, cast: Cast, report: Report) -> None:
    manager, path = cast.client(server, "manager", timeout=120), f"/projects/{cast.project.pk}/export/ndjson/"
    for first in range(0, DOCUMENTS, 40):
        texts = [{"article": {"title": f"No. {first + n}", "body": f"{n} words. " * 5_000}} for n in range(40)]
        assert manager.post(f"/projects/{cast.project.pk}/documents/", texts).status == 200
    readers = [begun(server, cast.tokens["manager"], path) for _ in range(CLIENTS)]
    time.sleep(1)
    report.at_least("exports under way", at_work(ground), 1)
    for reader in readers:
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        reader.close()
    time.sleep(2)
    report.equal("connections at work after they hung up", at_work(ground), 0)
    start = time.monotonic()
    assert manager.get(f"/articles/{cast.article.pk}/").status == 200
    report.at_most("next GET s", round(time.monotonic() - start, 2), 0.5)
    whole = manager.get(path)
    report.equal("next export", whole.status, 200)
    report.equal("its last line", json.loads(whole.body.splitlines()[-1]).get("record"), "end")


def begun(server: Server, token: str, path: str) -> socket.socket:
    """A connection on which an export, or its refusal, has begun to come."""
    reader = socket.socket()
    reader.settimeout(10)
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)  # or all of it would be on its way at once
    reader.connect(("127.0.0.1", server.port))
    lines = [f"GET {API}{path} HTTP/1.1", f"Host: 127.0.0.1:{server.port}", f"Authorization: Bearer {token}", "", ""]
    reader.sendall("\r\n".join(lines).encode())
    with contextlib.suppress(TimeoutError):
        reader.recv(1000)
    return reader


def at_work(ground: Ground) -> int:
    ((count,),) = ground.sql(AT_WORK)
    return int(count)
