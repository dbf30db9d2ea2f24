"""W1, W2, W7: articles in bulk, one quote at a time, and everything at once."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

import orjson
import psycopg

from bench import corpus
from bench.copying import COPY, FLOORS, RULES_OFF, Copies, Tables
from bench.ground import FLOOR
from bench.load import Load, Ran
from bench.measure import Goal, Result, Side, count_statements, take_turns
from bench.run import Run
from projects.ids import uuid7

STEP = 9  # code points from one new quote's place to the next one's
BATCHES = {"W1": (1000, 500, 500, 500), "W7": (10, 100, 100, 100, 100)}  # documents of each call; the first warms up


# One quote


def create_quote(run: Run) -> Iterator[Result]:
    """W2: a quote with content, cue and one source with its speaker: three rows and their events."""
    ((speaker,),) = run.ground.sql("SELECT id FROM annotations_speaker WHERE name = 'Speaker Number 7' LIMIT 1")
    spots = [spot for own in run.scene.own for spot in spots_in(*own)]
    bare_table(run)
    for case, clients in enumerate((1, 8)):
        mine = spots[case::2]
        side, floor, row = Side("create"), Side("INSERT + commit"), Side("one row + commit")
        load = run.http([post(*spot, speaker) for spot in mine], clients, "annotator")
        load.again = False
        rows = rows_of(run, mine, speaker)
        sides = [
            (side, load),
            (floor, inserts(run, rows, clients)),
            (row, inserts(run, [r[1:2] for r in rows], clients)),
        ]
        sides[2][1].tasks = [
            [(s.replace("annotations_quote", "bare_quote"), p) for s, p in t] for t in sides[2][1].tasks
        ]
        take_turns(run.gauges, sides)
        count_statements(run.gauges, side, load)
        goals = [Goal("INSERT + commit", 0.25), Goal("one row + commit", 0.16)]
        goals += [Goal("p95_ms", 12, least=False)] if clients == 8 else []
        yield Result("W2", f"create a quote, {clients} clients", "quotes", side, [floor, row], goals)


Spot = tuple[UUID, UUID, UUID, str, int]


def spots_in(article: UUID, revision: UUID, own: UUID, body: str) -> list[Spot]:
    """Places for a source, a cue and a content, one after the other."""
    return [(article, revision, own, body, at) for at in range(0, len(body) - 80, STEP)]


def places(body: str, at: int) -> dict[str, dict[str, Any]]:
    ends = {"source": (at, at + 12), "cue": (at + 13, at + 17), "content": (at + 18, at + 75)}
    return {name: {"start": start, "end": end, "exact": body[start:end]} for name, (start, end) in ends.items()}


def post(article: UUID, revision: UUID, own: UUID, body: str, at: int, speaker: UUID) -> tuple[str, str, bytes]:
    found = places(body, at)
    sources = [{"span": found["source"], "speaker": str(speaker)}]
    sent = {"article": str(article), "content": found["content"], "cue": found["cue"], "sources": sources}
    return "POST", "/api/v1/quotes/", orjson.dumps(sent)


def bare_table(run: Run) -> None:
    with psycopg.connect(run.conninfo(FLOOR), autocommit=True) as connection:
        connection.execute(
            "DROP TABLE IF EXISTS bare_quote; CREATE TABLE bare_quote (LIKE annotations_quote INCLUDING DEFAULTS)"
        )


def inserts(run: Run, rows: Sequence[Any], clients: int) -> Load:
    load = run.sql([], clients, FLOOR)
    load.tasks, load.again = rows, False
    return load


def rows_of(run: Run, spots: Sequence[Spot], speaker: UUID) -> list[list[tuple[str, list[Any]]]]:
    """What the API writes for a quote, as INSERT statements."""
    from annotations.models import Mention, Quote, QuoteSource
    from projects.models import Event

    user = run.scene.cast.users["annotator"].pk
    ((snapshot,),) = run.ground.sql("SELECT snapshot FROM projects_event WHERE type = 'quote' ORDER BY id DESC LIMIT 1")
    found = []
    for article, revision, own, body, at in spots:
        place = {"project_id": run.scene.project, "article_id": article, "revision_id": revision, "set_id": own}
        spans = places(body, at)
        mention = Mention(**place, **spans["source"], part="body", speaker_id=speaker, created_by_id=user)
        cue = {f"cue_{name}": value for name, value in {**spans["cue"], "part": "body"}.items()}
        quote = Quote(**place, **spans["content"], **cue, part="body", created_by_id=user)
        source = QuoteSource(
            project_id=run.scene.project,
            set_id=own,
            quote_id=quote.pk,
            position=0,
            mention_id=mention.pk,
            speaker_id=speaker,
            inherited=True,
        )
        events = [
            Event(
                action="created",
                type=kind,
                object_id=row.pk,
                version=1,
                project_id=run.scene.project,
                article=article,
                set=own,
                actor_id=user,
                snapshot=snapshot,
            )
            for kind, row in (("mention", mention), ("quote", quote))
        ]
        found.append([insert(row) for row in (mention, quote, source, *events)])
    return found


def insert(row: Any) -> tuple[str, list[Any]]:
    values = {}
    for field in row._meta.concrete_fields:
        value = getattr(row, field.attname)
        if not hasattr(value, "resolve_expression") and not (field.primary_key and value is None):
            json = field.get_internal_type() == "JSONField"
            values[field.column] = orjson.dumps(value).decode() if json else value
    names = ", ".join(f'"{name}"' for name in values)
    marks = ", ".join(["%s"] * len(values))
    return f"INSERT INTO {row._meta.db_table} ({names}) VALUES ({marks})", list(values.values())


# Many documents


def bulk_articles(run: Run) -> Iterator[Result]:
    """W1: articles in bulk."""
    name = f"bulk-{uuid7()}"
    sent = [corpus.without_annotations(found) for found in corpus.documents(sum(BATCHES["W1"]), name)]
    goals = [Goal(COPY, 0.5)]
    yield from bulk(run, "W1", "articles by documents/", "articles", sent, len, goals)


def bulk_documents(run: Run) -> Iterator[Result]:
    """W7: articles with all their annotations, by the bulk door."""
    sent = list(corpus.documents(sum(BATCHES["W7"]), f"all-{uuid7()}"))
    goals = [Goal(COPY, 0.5), Goal(RULES_OFF, 0.25)]
    yield from bulk(run, "W7", "everything by documents/", "spans", sent, spans, goals)


def spans(documents: Sequence[corpus.Json]) -> int:
    return sum(map(corpus.spans_in, documents))


def bulk(
    run: Run, workload: str, title: str, unit: str, sent: list[Any], units: Any, goals: list[Goal]
) -> Iterator[Result]:
    """Batch by batch: through the door; then what it wrote, by COPY, into the copy of the database."""
    side, floors = Side("documents/"), {name: Side(name) for name in FLOORS}
    with Copies(run) as copies:
        for number, size in enumerate(BATCHES[workload]):
            batch, sent = sent[:size], sent[size:]
            mark = copies.mark()
            through_the_door(run, side if number else Side("warming up"), batch, units(batch))
            load_floors(run, copies, copies.written_since(mark), floors if number else {}, units(batch))
    yield Result(workload, title, unit, side, list(floors.values()), goals)


def load_floors(run: Run, copies: Copies, tables: Tables, floors: dict[str, Side], units: int) -> None:
    """The same rows by each kind of COPY; measured where there are sides for it."""
    for name in FLOORS:
        floor = floors.get(name, Side("warming up"))
        cpu = run.gauges.cpu(web=False)
        seconds = copies.load(tables, name)
        floor.cpu += run.gauges.cpu(web=False) - cpu
        floor.add(Ran([seconds], seconds))
        floor.units += units


def through_the_door(run: Run, side: Side, batch: list[Any], units: int) -> None:
    path = f"/api/v1/projects/{run.scene.project}/documents/"
    body = orjson.dumps(batch)
    run.gauges.forget_peak()
    cpu, start = run.gauges.cpu(web=True), time.perf_counter()
    answer = run.client.send("POST", path, body, {})
    seconds = time.perf_counter() - start
    failed = [] if answer.status == 200 else [f"{answer.status} {answer.body[:500]!r}"]
    side.cpu += run.gauges.cpu(web=True) - cpu
    side.add(Ran([seconds], seconds, sizes=len(body), failed=failed))
    side.units += units
    side.peak = max(side.peak or 0, run.gauges.peak())
