"""W6: a project as one file."""

from __future__ import annotations

import http.client
import time
from collections.abc import Iterator
from uuid import UUID

import psycopg

from bench import answers
from bench.load import Ran
from bench.measure import Goal, Result, Side
from bench.run import Run

BLOCK = 1 << 18
LONG = 300_000  # annotations; beyond, one turn is enough
SPANS = """
SELECT (SELECT count(*) + count(cue_start) FROM annotations_quote WHERE project_id = %(p)s)
     + (SELECT count(*) FROM annotations_mention WHERE project_id = %(p)s)
     + (SELECT count(*) FROM annotations_claimoccurrence WHERE project_id = %(p)s)
"""


def export(run: Run) -> Iterator[Result]:
    """W6: everything as ndjson."""
    ((spans,),) = run.ground.sql(SPANS.replace("%(p)s", f"'{run.scene.project}'"))
    side, floor = Side("export"), Side("JSON by PostgreSQL")
    firsts = [first_byte(run) for _ in range(3)]
    for _ in range(1 if run.scene.size > LONG else 3):
        run.gauges.forget_peak()
        cpu = run.gauges.cpu(web=True)
        ran, first = download(run, run.scene.project, run.scene.cast.tokens["manager"])
        side.cpu += run.gauges.cpu(web=True) - cpu
        firsts.append(first)
        side.peak = max(side.peak or 0, run.gauges.peak())
        cpu = run.gauges.cpu(web=False)
        fetched = fetch(run)
        floor.cpu += run.gauges.cpu(web=False) - cpu + fetched.cpu
        for one, found in ((side, ran), (floor, fetched)):
            one.add(found)
            one.units += spans
    side.more["first_byte_ms"] = round(1000 * min(firsts), 1)
    goals = [Goal("JSON by PostgreSQL", 0.4), Goal("first_byte_ms", 100, least=False)]
    yield Result("W6", "export of everything", "spans", side, [floor], goals)


def first_byte(run: Run) -> float:
    """The seconds to it, of an export that is not read on."""
    start = time.perf_counter()
    connection, _ = asked(run, run.scene.project, run.scene.cast.tokens["manager"])
    seconds = time.perf_counter() - start
    connection.close()
    return seconds


def asked(run: Run, project: UUID, token: str) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
    """An export of which one byte has come and been read."""
    connection = http.client.HTTPConnection("127.0.0.1", run.server.port, timeout=3600)
    path = f"/api/v1/projects/{project}/export/ndjson/"
    connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
    answer = connection.getresponse()
    answer.read(1)
    return connection, answer


def download(run: Run, project: UUID, token: str) -> tuple[Ran, float]:
    """The whole file, and the seconds to its first byte."""
    start, size, last = time.perf_counter(), 1, b""
    connection, answer = asked(run, project, token)
    first = time.perf_counter() - start
    while block := answer.read(BLOCK):
        size, last = size + len(block), (last + block)[-400:]
    connection.close()
    whole = answer.status == 200 and b'"end"' in last.splitlines()[-1]
    seconds = time.perf_counter() - start
    return Ran([seconds], seconds, sizes=size, failed=[] if whole else [f"{answer.status} {last!r}"]), first


def fetch(run: Run) -> Ran:
    """The same documents off a server-side cursor."""
    start, cpu, size = time.perf_counter(), time.process_time(), 0
    statement = f"SELECT j::text FROM ({answers.EXPORT}) AS _ (j)"
    with psycopg.connect(run.conninfo()) as connection, connection.cursor("export") as cursor:
        cursor.itersize = 100
        for (document,) in cursor.execute(statement, [run.scene.project]):
            size += len(document)
    seconds = time.perf_counter() - start
    return Ran([seconds], seconds, time.process_time() - cpu, size)
