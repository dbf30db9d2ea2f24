"""W7: everything at once: by `documents/`, by `imports/` as one file of ndjson, and by `imports/` as brat."""

from __future__ import annotations

import http.client
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import orjson
import psutil

from accept.people import Cast, make_cast
from bench import corpus
from bench.carrying import ended, put_form, upload, worker
from bench.copying import COPY, FLOORS, RULES_OFF, Copies
from bench.gauges import cpu_of, tree
from bench.load import Ran
from bench.measure import Goal, Result, Side
from bench.run import Run
from bench.writing import bulk_documents, load_floors, spans
from projects.ids import uuid7

FILES = (20, 300, 300)  # articles of each file; the first warms up
BLOCK = 1 << 20


def everything(run: Run) -> Iterator[Result]:
    """W7, beside COPY of the rows that were written; brat beside the import of the same as ndjson."""
    yield from bulk_documents(run)
    goals = [Goal(COPY, 0.5), Goal(RULES_OFF, 0.25)]
    with Copies(run) as copies, worker(run) as process, tempfile.TemporaryDirectory() as folder:
        importing = Importing(run, copies, process, Path(folder) / "form")
        for number, articles in enumerate(FILES):
            importing.turn(number, list(corpus.documents(articles, f"file-{uuid7()}")))
    ndjson, brat = importing.ndjson, importing.brat
    yield Result("W7", "everything by imports/", "spans", ndjson, list(importing.floors.values()), goals)
    yield Result("W7", "the same as brat", "spans", brat, [ndjson], [Goal(ndjson.name, 0.4)])


@dataclass
class Importing:
    """Files that a worker imports, in turns with their floors."""

    run: Run
    copies: Copies
    worker: psutil.Process
    form: Path
    ndjson: Side = field(default_factory=lambda: Side("ndjson"))
    brat: Side = field(default_factory=lambda: Side("brat"))
    floors: dict[str, Side] = field(default_factory=lambda: {name: Side(name) for name in FLOORS})

    def turn(self, number: int, sent: list[corpus.Json]) -> None:
        lines = [orjson.dumps(document) + b"\n" for document in sent]
        mark = self.copies.mark()
        self.job(self.ndjson if number else Side(""), self.run.scene.cast, "ndjson", lines, spans(sent))
        floors = self.floors if number else {}
        load_floors(self.run, self.copies, self.copies.written_since(mark), floors, spans(sent))
        source, target = make_cast(f"source-{uuid7()}"), make_cast(f"target-{uuid7()}", "An article of its own.")
        self.job(Side(""), source, "ndjson", lines, spans(sent))
        self.job(self.brat if number else Side(""), target, "brat", self.exported(source), spans(sent))

    def job(self, side: Side, cast: Cast, name: str, file: Iterable[bytes], units: int) -> None:
        """Measured from the job's beginning to its end; its CPU is the worker's and the database's."""
        put_form(self.form, cast, name, file)
        cpu = self.cpu()
        job = ended(self.run, cast, upload(self.run, cast, self.form)["id"])
        side.cpu += self.cpu() - cpu
        begun, done = (datetime.fromisoformat(job[at]) for at in ("started_at", "ended_at"))
        seconds = (done - begun).total_seconds()
        whole = job["status"] == "succeeded" and not job["report"]["refused"]
        failed = [] if whole else [str(job)[:500]]
        side.add(Ran([seconds], seconds, sizes=self.form.stat().st_size, failed=failed))
        side.units += units

    def cpu(self) -> float:
        return self.run.gauges.cpu(web=False) + cpu_of(tree(self.worker.pid))

    def exported(self, cast: Cast) -> Iterator[bytes]:
        """The project as our own exporter writes it."""
        connection = http.client.HTTPConnection("127.0.0.1", self.run.server.port, timeout=3600)
        token = {"Authorization": f"Bearer {cast.tokens['manager']}"}
        connection.request("GET", f"/api/v1/projects/{cast.project.pk}/export/brat/", headers=token)
        answer = connection.getresponse()
        while block := answer.read(BLOCK):
            yield block
        connection.close()
