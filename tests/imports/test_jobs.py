"""A job that is killed, cancelled, or taken twice: every item once, in whole batches."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote as quoted

import pytest
from django.conf import settings
from django.db import connection

from annotations.importing import running
from annotations.importing.queue import rescue_imports, upload_of
from annotations.importing.running import run_import
from annotations.models import ImportedObject, ImportJob, Quote, Speaker, Upload
from articles.models import Article
from backend.postgres import CHECKOUT
from tests.builders import World
from tests.databases import wait_for
from tests.estate import API, codes
from tests.imports.jobs import document, done, imported, ndjson, quote, send, work

pytestmark = pytest.mark.django_db(transaction=True)
BATCH, MANY = 20, 1_200  # objects; documents of two


@contextmanager
def another_process() -> Iterator[subprocess.Popen[bytes]]:
    """A worker as `run.py` starts it, on the tests' database."""
    place = connection.settings_dict
    url = f"postgres://{place['USER']}@{quoted(place['HOST'], safe='')}:{place['PORT']}/{place['NAME']}"
    environment = os.environ | {"DATABASE_URL": url, "ONRECORD_IMPORT_BATCH": str(BATCH)}
    with subprocess.Popen([sys.executable, "manage.py", "worker"], cwd=CHECKOUT, env=environment) as worker:
        try:
            yield worker
        finally:
            worker.kill()


def many(world: World) -> str:
    """A job of MANY documents, some of them wrong, that refer to what the first line brings."""
    speaker = "00000000-0000-7000-8000-000000000001"
    lines: list[Any] = [{"record": "speaker", "id": speaker, "name": "Ada Stern"}]
    for n in range(MANY):
        wrong = [quote("nowhere")] if n % 300 == 50 else []
        lines.append({"record": "document", **document(n, quote(sources=[{"speaker": speaker}]), *wrong)})
    pk: str = send(world.manager, world.project, ndjson(*lines)).json()["id"]
    return pk


def position(pk: str) -> int:
    return int(ImportJob.objects.values_list("position", flat=True).get(pk=pk))


def all_of_it_once(job: dict[str, Any]) -> None:
    assert job["status"] == "succeeded"
    assert job["report"]["counts"] == {"documents": MANY + 1, "articles": MANY, "quotes": MANY + 4, "speakers": 1}
    assert job["report"]["refused"] == {"quote-not-found": 4}
    assert [item["line"] for item in job["report"]["items"]] == [52, 352, 652, 952]
    assert job["report"]["stored"]["created"] == 1 + 2 * MANY
    titles = list(Article.objects.order_by("pk").values_list("head__title", flat=True))
    assert titles == [f"Title {n}" for n in range(MANY)]
    assert Quote.objects.count() == MANY
    assert Speaker.objects.count() == 1
    assert not Upload.objects.exists()
    assert not ImportedObject.objects.exists()


def test_a_job_that_was_killed_goes_on_where_it_was(world: World) -> None:
    pk = many(world)
    for more in (1, 60, 200):
        with another_process() as worker:
            wait_for(lambda: position(pk) > more)  # noqa: B023
            worker.send_signal(signal.SIGKILL)
            worker.wait()
    assert ImportJob.objects.get(pk=pk).status == "running"
    assert 200 < position(pk) < MANY
    wait_for(lambda: free(pk))
    work()
    all_of_it_once(done(world.manager, pk))


def free(pk: str) -> bool:
    """Whether the server has noticed that the session of the killed worker is gone."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted")
        return bool(cursor.fetchone()[0] == 0)


def test_a_worker_that_is_told_to_end_stops_behind_a_batch(world: World) -> None:
    pk = many(world)
    with another_process() as worker:
        wait_for(lambda: position(pk) > 1)
        worker.terminate()
        assert worker.wait(timeout=30) == 0
    assert ImportJob.objects.get(pk=pk).status == "running"
    assert Article.objects.count() == position(pk) - 1 < MANY
    work()
    all_of_it_once(done(world.manager, pk))


def test_a_cancelled_job_leaves_whole_batches(world: World) -> None:
    pk = many(world)
    with another_process() as worker:
        wait_for(lambda: position(pk) > 1)
        answer = world.manager.post(f"{API}/imports/{pk}/cancel/", {}, if_match="*")
        assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
        wait_for(lambda: free(pk))
        worker.kill()
    assert Article.objects.count() == position(pk) - 1 < MANY
    assert Quote.objects.count() == Article.objects.count()
    assert not Upload.objects.exists()
    assert not ImportedObject.objects.exists()
    again = world.manager.post(f"{API}/imports/{pk}/cancel/", {}, if_match="*")
    assert (again.status_code, codes(again)) == (409, [("import-ended", "")])
    work()
    assert done(world.manager, pk)["status"] == "cancelled"


def test_a_job_that_waits_is_cancelled_before_it_begins(world: World) -> None:
    job = send(world.manager, world.project, ndjson(document(1)))
    tag = job.headers["ETag"]
    stale = world.manager.post(f"{API}/imports/{job.json()['id']}/cancel/", {}, if_match='"x"')
    assert (stale.status_code, codes(stale)) == (412, [("stale-version", "")])
    answer = world.manager.post(f"{API}/imports/{job.json()['id']}/cancel/", {}, if_match=tag)
    assert answer.status_code == 200
    work()
    assert not Article.objects.exists()


def test_a_job_that_two_take_is_stored_once(world: World, settings: Any) -> None:
    """The second one believes that it has the job, and is behind: its batch is not stored."""
    settings.IMPORT_BATCH = BATCH
    pk = many(world)
    slow = ImportJob.objects.get(pk=pk)
    run_import(slow.pk, upload_of)
    articles = Article.objects.count()
    ImportJob.objects.filter(pk=pk).update(status="running")

    from annotations.importing.batches import Batch
    from annotations.importing.running import Interrupted, Run, patiently

    run = Run(slow, lambda: False, lambda done: None)
    with pytest.raises(Interrupted):
        patiently(lambda: run.commit(run.after(run.standing(), Batch())))
    assert Article.objects.count() == articles == MANY


def test_a_job_that_kills_every_run_is_given_up(world: World) -> None:
    pk = send(world.manager, world.project, ndjson(document(1))).json()["id"]
    ImportJob.objects.filter(pk=pk).update(attempts=10, status="running")
    rescue_imports()
    work()
    job = done(world.manager, pk)
    assert (job["status"], job["report"]["refused"]) == ("failed", {"gave-up": 1})
    assert not Upload.objects.exists()


def test_a_job_that_somebody_runs_is_not_taken_from_them(world: World) -> None:
    pk = send(world.manager, world.project, ndjson(document(1))).json()["id"]
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [f"import {pk}"])
        work()
        assert done(world.manager, pk)["status"] == "queued"
    finally:
        other.close()


# ---- others at work meanwhile ----

STERN, PARTY = "00000000-0000-7000-8000-000000000001", "00000000-0000-7000-8000-000000000002"


@pytest.mark.parametrize("gone", [STERN, PARTY])
def test_what_somebody_deletes_before_its_references_are_set_breaks_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch, gone: str
) -> None:
    """The affiliation stands further on in the file, and is set last."""

    def set_some(run: Any) -> bool:
        Speaker.objects.filter(pk__in=ImportedObject.objects.filter(sent=gone).values("object")).delete()
        return setting(run)

    setting = running.Run.set_some
    monkeypatch.setattr(running.Run, "set_some", set_some)
    stern = {"record": "speaker", "id": STERN, "name": "Ada Stern", "affiliation": PARTY}
    party = {"record": "speaker", "id": PARTY, "name": "The Party", "kind": "organisation"}
    monkeypatch.setattr(settings, "IMPORT_BATCH", 1)
    job = imported(world.manager, world.project, ndjson(stern, document(0, quote()), party))
    assert (job["status"], job["report"]["refused"]) == ("succeeded", {})
    assert job["report"]["noticed"] == ({} if gone == STERN else {"no-such-object": 1})
    assert Speaker.objects.count() == 1
