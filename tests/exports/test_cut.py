"""A download that the server cannot finish, from a web server that was really started: it must not look whole."""

from __future__ import annotations

import http.client
import io
import json
import random
import string
import zipfile
from contextlib import closing
from typing import Any

import pytest
from django.db import connection

from annotations.formats import FORMATS
from annotations.views.exports import CUT_OFF
from tests.builders import World, make_article, make_quote, make_set
from tests.estate import API

pytestmark = pytest.mark.django_db(transaction=True)
ARTICLES, LETTERS = 30, 400_000  # more than sockets and servers hold back for a reader who takes nothing


@pytest.fixture
def large(world: World) -> World:
    """A project whose text cannot be packed to much less."""
    chance = random.Random(1)
    for n in range(ARTICLES):
        words = "".join(chance.choices(string.ascii_letters + string.digits, k=LETTERS))
        article = make_article(world.project, f"{n}: We keep our word, she said.\n{words}", f"Title {n}")
        make_quote(make_set(article, world.annotator.user), "We keep our word", cue="she said")
    return world


def end_the_session_that_reads() -> None:
    """As an administrator or a restart of the database would."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND state LIKE 'idle in transaction%'"
        )
        assert cursor.fetchall() == [(True,)]


def download(port: int, world: World, format: str, *, cut: bool) -> bytes:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as link:
        headers = {"Authorization": f"Bearer {world.manager.token}"}
        link.request("GET", f"{API}/projects/{world.project.pk}/export/{format}/", headers=headers)
        answer = link.getresponse()
        assert answer.status == 200
        start = answer.read(1000)
        if cut:
            end_the_session_that_reads()
        return start + answer.read()


def whole(format: str, data: bytes) -> bool:
    """Whether somebody who has the file alone finds nothing missing."""
    match FORMATS[format].extension:
        case "zip":
            return zipfile.is_zipfile(io.BytesIO(data))
        case "ndjson":
            return parsed(data.splitlines()[-1]) is not None and parsed(data.splitlines()[-1])["record"] == "end"
        case "jsonl":
            return all(parsed(line) is not None for line in data.splitlines())
        case _:
            return parsed(data) is not None


def parsed(data: bytes) -> Any:
    try:
        return json.loads(data)
    except ValueError:
        return None


def test_a_download_that_is_cut_does_not_look_whole(port: int, large: World) -> None:
    for format in ("ndjson", "brat", "label-studio", "doccano"):
        data = download(port, large, format, cut=True)
        assert data.endswith(CUT_OFF), format
        assert not whole(format, data), format
        assert whole(format, download(port, large, format, cut=False)), format
