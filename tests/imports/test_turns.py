"""What a batch knows of the one before it, which is stored while it is made ready."""

from __future__ import annotations

from threading import Event, Thread
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from annotations.formats import Report, Where
from annotations.importing import running, storing
from annotations.importing.turns import NOTHING, Abandoned, Bringing, Turn
from annotations.models import ImportJob, Quote, Speaker
from articles.models import Article
from backend import transactions
from tests.builders import World
from tests.imports.jobs import document, done, imported, ndjson, quote, refused, send, work

BROUGHT = Bringing({("speakers", UUID(int=1)): UUID(int=2)}, frozenset({UUID(int=2)}))


def pair() -> tuple[Turn, Turn]:
    first = Turn(Turn.after(Report()))
    return first, Turn(first)


def test_what_is_stored_is_looked_for_in_the_database() -> None:
    first, second = pair()
    assert first.look() is NOTHING
    first.tell(BROUGHT)
    first.end(Report())
    assert second.look() is NOTHING
    assert second.wait() is first.report


def test_what_is_about_to_be_stored_is_told() -> None:
    first, second = pair()
    first.tell(BROUGHT)
    assert second.look() is BROUGHT
    first.end(Report())
    assert second.wait() is first.report


@pytest.mark.parametrize("again", [Turn.begin, lambda turn: turn.tell(Bringing())])
def test_what_was_told_by_a_try_that_failed_does_not_hold(again: Any) -> None:
    first, second = pair()
    first.tell(BROUGHT)
    second.look()
    again(first)
    first.end(Report())
    with pytest.raises(transactions.Lost):
        second.wait()
    assert second.look() is NOTHING
    assert second.wait() is first.report


def test_a_batch_that_is_tried_again_is_waited_for() -> None:
    first, second = pair()
    first.tell(BROUGHT)
    first.begin()
    seen: list[Bringing] = []
    looking = Thread(target=lambda: seen.append(second.look()))
    looking.start()
    assert not seen
    first.end(Report())
    looking.join(5)
    assert seen == [NOTHING]


def test_nothing_is_stored_behind_a_batch_that_was_not() -> None:
    first, second = pair()
    first.end(None)
    with pytest.raises(Abandoned):
        second.wait()


def test_reports_follow_each_other() -> None:
    first, second = Report(kept=2), Report(kept=2)
    for report, lines in ((first, (1,)), (second, (2, 3))):
        report.counts["created"] += 1
        for line in lines:
            report.refuse("odd", "It is odd.", Where("x", line))
    told = first.followed(second)
    assert (told.counts["created"], told.codes["refused"]["odd"]) == (2, 3)
    assert [item["line"] for item in told.items] == [1, 2]
    assert told.to_json()["items_left_out"]["refused"] == 1
    assert first.counts["created"] == 1


# ---- over HTTP, a batch a line ----


@pytest.fixture
def single(settings: Any) -> None:
    settings.IMPORT_BATCH = 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("single")
def test_two_of_a_name_stay_two_where_one_is_known_already(world: World) -> None:
    """The second batch looks for its speaker before the first has said, in the database, that it took the known one."""
    known = imported(world.manager, world.project, ndjson({"record": "speaker", "name": "Ada Stern"}))
    assert known["report"]["stored"]["created"] == 1
    lines = [
        document(n, quote(sources=[{"speaker": "#ada"}]), speakers=[{"key": "ada", "name": "Ada Stern"}])
        for n in range(4)
    ]
    job = imported(world.manager, world.project, ndjson(*lines))
    assert refused(job) == []
    assert Speaker.objects.count() == 4


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("single")
def test_a_batch_is_made_ready_while_the_one_before_is_stored(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first batch is held where it would commit, until the second has found out all that it needs."""
    ready, moved = Event(), running.Run.move

    def move(run: Any, report: Any, step: Any = None, **columns: Any) -> None:
        assert step is None or step.position or ready.wait(20), "the second batch waits for the first"
        moved(run, report, step, **columns)

    def settled(memory: Any, call: Any) -> None:
        if memory.turn.before.before is not None:
            ready.set()
        before_writing(memory, call)

    before_writing = storing.Memory.before_writing
    monkeypatch.setattr(running.Run, "move", move)
    monkeypatch.setattr(storing.Memory, "before_writing", settled)
    job = imported(world.manager, world.project, ndjson(*(document(n, quote()) for n in range(3))))
    assert (job["status"], job["report"]["stored"]["created"]) == ("succeeded", 6)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("single")
def test_a_batch_that_is_ready_may_wait_as_long_as_one_is_stored(
    world: World, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.IMPORT_STATEMENT_TIMEOUT = "7min"
    before_writing, found = storing.Memory.before_writing, []

    def looked(memory: Any, call: Any) -> None:
        with connection.cursor() as cursor:
            for name in ("statement_timeout", "idle_in_transaction_session_timeout"):
                cursor.execute(f"SHOW {name}")
                found.append(cursor.fetchone()[0])
        before_writing(memory, call)

    monkeypatch.setattr(storing.Memory, "before_writing", looked)
    job = imported(world.manager, world.project, ndjson(document(0, quote()), document(1, quote())))
    assert job["status"] == "succeeded"
    assert found == ["7min"] * 4


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("single")
def test_a_batch_that_breaks_takes_the_next_one_with_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was stored before it stays, and nothing behind it is."""
    moved = running.Run.move

    def move(run: Any, report: Any, step: Any = None, **columns: Any) -> None:
        if step is not None and step.position == 2:
            raise ValueError("broken")
        moved(run, report, step, **columns)

    monkeypatch.setattr(running.Run, "move", move)
    pk = send(world.manager, world.project, ndjson(*(document(n, quote()) for n in range(6)))).json()["id"]
    work()
    job = done(world.manager, pk)
    assert (job["status"], job["report"]["refused"]) == ("failed", {"internal-error": 1})
    assert Article.objects.count() == Quote.objects.count() == ImportJob.objects.get(pk=pk).position == 2
