"""W8: a file of many spans in by `imports/`, and all of it out again: the rate, and what worker and web server hold at
most. Run it with two numbers of --spans: the memory has to stay where it is."""

from __future__ import annotations

import contextlib
import http.client
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import orjson
import psutil

from accept.people import Cast, make_cast
from backend import tasks
from bench import corpus
from bench.exporting import download
from bench.gauges import cpu_of, forget_peak, peak_of, tree
from bench.load import Ran
from bench.measure import Goal, Result, Side
from bench.run import Run

WRITTEN: Final = 1_000  # documents that are made up; the others say the same under other names
BOUNDARY: Final = "onrecord-bench"
POLL: Final = 0.5  # seconds; each look costs the database a millisecond
MOST: Final = 300  # MiB, of the worker and of a web worker, whatever the size of the file


def carry(run: Run) -> Iterator[Result]:
    """W8: everything in as a job, and out as a file."""
    cast = make_cast("carried")
    with tempfile.TemporaryDirectory() as folder:
        form = Path(folder) / "form"
        spans = write_form(form, cast, run.spans)
        yield brought_in(run, cast, form, spans)
    yield taken_out(run, cast, spans)


def write_form(path: Path, cast: Cast, least: int) -> int:
    """A form with a file of at least so many spans; gives how many."""
    spans = 0

    def enough() -> Iterator[bytes]:
        nonlocal spans
        for line, held in lines():
            yield line
            spans += held
            if spans >= least:
                return

    put_form(path, cast, "ndjson", enough())
    return spans


def put_form(path: Path, cast: Cast, name: str, chunks: Iterable[bytes]) -> None:
    """A form that brings a file of the format into the cast's project."""
    with path.open("wb") as file:
        for field, value in {"project": str(cast.project.pk), "format": name}.items():
            head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{field}"'
            file.write(f"{head}\r\n\r\n{value}\r\n".encode())
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="x.{name}"'
        file.write(f"{head}\r\n\r\n".encode())
        file.writelines(chunks)
        file.write(f"\r\n--{BOUNDARY}--\r\n".encode())


def lines() -> Iterator[tuple[bytes, int]]:
    """Documents without end, each with the number of its spans."""
    made = []
    for number in range(WRITTEN):
        document = corpus.document(f"carried-{number:07}", corpus.size_of(number))
        made.append((orjson.dumps(document) + b"\n", corpus.spans_in(document)))
        yield made[-1]
    number = WRITTEN
    while True:
        line, spans = made[number % WRITTEN]
        yield line.replace(b"carried-%07d" % (number % WRITTEN), b"carried-%07d" % number), spans
        number += 1


def brought_in(run: Run, cast: Cast, form: Path, spans: int) -> Result:
    """From the first byte of the upload until the job has ended."""
    side = Side("imports/")
    run.gauges.forget_peak()
    with worker(run) as process:
        forget_peak([process])
        cpu, start = run.gauges.cpu(web=True), time.perf_counter()
        job = upload(run, cast, form)
        side.more["upload_s"] = round(time.perf_counter() - start, 1)
        job = ended(run, cast, job["id"])
        seconds = time.perf_counter() - start
        side.cpu = run.gauges.cpu(web=True) - cpu + cpu_of(tree(process.pid))
        side.peak = peak_of([process])
    side.more |= {"worker_mib": side.peak, "web_mib": run.gauges.peak()}
    whole = job["status"] == "succeeded" and not job["report"]["refused"]
    side.add(Ran([seconds], seconds, sizes=form.stat().st_size, failed=[] if whole else [str(job)[:500]]))
    side.units = spans
    goals = [Goal("worker_mib", MOST, least=False), Goal("web_mib", MOST, least=False)]
    return Result("W8", f"import of {spans:,} spans", "spans", side, goals=goals)


@contextlib.contextmanager
def worker(run: Run) -> Iterator[psutil.Process]:
    line = [sys.executable, "manage.py", "worker"]
    with (run.ground.directory / "worker.log").open("ab") as log:
        started = subprocess.Popen(line, cwd=tasks.CHECKOUT, stdout=log, stderr=subprocess.STDOUT)
    try:
        yield psutil.Process(started.pid)
    finally:
        started.terminate()
        started.wait(60)


def upload(run: Run, cast: Cast, form: Path) -> dict[str, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", run.server.port, timeout=3600)
    headers = {
        "Authorization": f"Bearer {cast.tokens['manager']}",
        "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
        "Content-Length": str(form.stat().st_size),
    }
    with form.open("rb") as body, contextlib.closing(connection):
        connection.request("POST", "/api/v1/imports/", body, headers)
        answer = connection.getresponse()
        told = answer.read()
    if answer.status != 202:
        raise RuntimeError(f"{answer.status} {told[:500]!r}")
    job: dict[str, Any] = json.loads(told)
    return job


def ended(run: Run, cast: Cast, pk: str) -> dict[str, Any]:
    client = run.server.client(cast.tokens["manager"], timeout=600)
    while True:
        job: dict[str, Any] = client.get(f"/imports/{pk}/").json()
        if job["status"] not in {"queued", "running"}:
            return job
        time.sleep(POLL)


def taken_out(run: Run, cast: Cast, spans: int) -> Result:
    side = Side("export")
    run.gauges.forget_peak()
    cpu = run.gauges.cpu(web=True)
    ran, first = download(run, cast.project.pk, cast.tokens["manager"])
    side.cpu = run.gauges.cpu(web=True) - cpu
    side.peak = run.gauges.peak()
    side.add(ran)
    side.units = spans
    side.more = {"web_mib": side.peak, "first_byte_ms": round(1000 * first, 1)}
    return Result("W8", f"export of {spans:,} spans", "spans", side, goals=[Goal("web_mib", MOST, least=False)])
