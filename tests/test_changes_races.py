"""The change feed under fire: many writers, late commits, readers who put in order at the same time."""

from __future__ import annotations

import threading
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from random import Random
from time import monotonic, sleep
from typing import Any

import pytest
from django.db import connection, transaction

from projects.actions import feed
from projects.actions.rows import created
from projects.models import Event
from tests.api import Api
from tests.builders import (
    make_article,
    make_claim,
    make_member,
    make_project,
    make_quote,
    make_set,
    make_token,
    make_user,
)
from tests.estate import API
from tests.test_changes import Reader

pytestmark = pytest.mark.django_db(transaction=True)
WRITERS, SECONDS, LEAST = 6, 2.0, 5


@pytest.fixture
def project():
    return make_project("busy")


@pytest.fixture
def api(project):
    user = make_user("manager")
    make_member(project, user, "manager")
    return Api(user, make_token(user))


def closing(work: Any) -> Any:
    """The work of a thread, which has a connection of its own."""

    def run(*args: Any) -> Any:
        try:
            return work(*args)
        finally:
            connection.close()

    return run


def somebody_waits() -> None:
    """Until another connection waits for a lock."""
    until = monotonic() + 5
    with connection.cursor() as cursor:
        while True:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
            )
            if cursor.fetchone()[0]:
                return
            assert monotonic() < until, "nobody had to wait"
            sleep(0.02)


def test_nothing_is_missed_and_versions_ascend(project, api):
    article = make_article(project)
    held = make_set(article, api.user)
    shared = [f"claims/{make_claim(project, f'Claim {n}.').pk}/" for n in range(3)]
    shared += [f"quotes/{make_quote(held, word).pk}/" for word in ("denies it", "taxes", "budget")]
    until, done = monotonic() + SECONDS, threading.Event()

    def write(number: int) -> int:
        own, chance, written = Api(api.user, api.token), Random(number), 0
        while monotonic() < until or written < LEAST:
            path = chance.choice(shared)
            field = "note" if path.startswith("quotes") else "text"
            if chance.random() < 0.2:
                notes = [f"{number} {written} {n}" for n in range(5)]
                quotes = [{"content": {"exact": "denies it"}, "note": note} for note in notes]
                answer = own.post(f"{API}/articles/{article.pk}/annotations/", {"quotes": quotes})
            else:
                answer = own.patch(f"{API}/{path}", {field: f"{number} {written}"}, if_match="*")
            assert answer.status_code in (200, 503), answer.content
            written += answer.status_code == 200
        return written

    def follow() -> list[dict[str, Any]]:
        follower = Reader(Api(api.user, api.token), project, "&page_size=50")
        found = follower.read()
        while not done.is_set():
            found += follower.read()
        return found + follower.read()

    with ThreadPoolExecutor(WRITERS + 1) as pool:
        following = pool.submit(closing(follow))
        writing = [pool.submit(closing(write), number) for number in range(WRITERS)]
        for future in writing:
            future.result()
        done.set()
        found = following.result()
    told = [(change["id"], change["version"]) for change in found]
    stored = Event.objects.filter(project=project).values_list("object_id", "version")
    assert sorted(told) == sorted((str(pk), version) for pk, version in stored)
    assert [change["seq"] for change in found] == sorted({change["seq"] for change in found})
    by_object = defaultdict(list)
    for pk, version in told:
        by_object[pk].append(version)
    assert all(versions == sorted(set(versions)) for versions in by_object.values())
    assert Event.objects.filter(project=project, seq__isnull=True).count() == 0


def add_claim(project: Any, text: str) -> Any:
    claim = make_claim(project, text)
    created(type(claim), [claim.pk], None)
    return claim


def test_a_late_commit_comes_late_and_comes(project, api):
    """Its event has a smaller id than those that were read before it."""
    written, go = threading.Event(), threading.Event()

    @closing
    def slow() -> str:
        with transaction.atomic():
            pk = str(add_claim(project, "Slow.").pk)
            written.set()
            assert go.wait(5)
        return pk

    follower = Reader(api, project)
    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(slow)
        assert written.wait(5)
        quick = str(add_claim(project, "Quick.").pk)
        assert [change["id"] for change in follower.read()] == [quick]
        assert follower.read() == []
        go.set()
        late.result()
        assert [change["id"] for change in follower.read()] == [late.result()]
        assert [change["id"] for change in Reader(api, project).read()] == [quick, late.result()]
    ids = list(Event.objects.filter(type="claim").order_by("seq").values_list("pk", flat=True))
    assert ids == sorted(ids, reverse=True), "else nothing was late"


def test_who_writes_and_reads_sees_it_though_another_is_at_work(project, api):
    """The second reader waits for the first one's numbers, and numbers what came meanwhile."""
    add_claim(project, "First.")
    numbered, go = threading.Event(), threading.Event()

    @closing
    def first() -> None:
        with transaction.atomic():
            feed.sequence(project.pk)
            numbered.set()
            assert go.wait(5)

    @closing
    def second() -> list[dict[str, Any]]:
        add_claim(project, "Second.")
        return Reader(Api(api.user, api.token), project).read()

    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(first)
        assert numbered.wait(5)
        other = pool.submit(second)
        somebody_waits()
        go.set()
        one.result()
        assert [change["object"]["text"] for change in other.result()] == ["First.", "Second."]


def test_two_readers_number_everything_once(project, monkeypatch):
    monkeypatch.setattr(feed, "BATCH", 7)
    for n in range(60):
        add_claim(project, f"Claim {n}.")
    start = threading.Barrier(4)

    @closing
    def number() -> None:
        start.wait()
        while feed.sequence(project.pk):
            pass

    with ThreadPoolExecutor(4) as pool:
        for future in [pool.submit(number) for _ in range(4)]:
            future.result()
    seqs: list[Any] = list(Event.objects.filter(project=project).order_by("pk").values_list("seq", flat=True))
    assert seqs == list(range(seqs[0], seqs[0] + 60))


def test_a_reader_that_fails_leaves_nothing_half_numbered(project, api):
    add_claim(project, "First.")
    with transaction.atomic():
        feed.sequence(project.pk)
        transaction.set_rollback(True)
    assert Event.objects.filter(seq__isnull=False).count() == 0
    assert len(Reader(api, project).read()) == 1


def test_a_tombstone_is_the_last_version_whoever_writes_meanwhile(project, api):
    """Memberships go with their project, and another manager is just changing one of them."""
    member = make_member(project, make_user("member"), "viewer")
    path = f"{API}/projects/{project.pk}/members/{member.pk}/"
    other = make_token(api.user)  # noting the use of one token locks it
    changed, go = threading.Event(), threading.Event()

    @closing
    def change() -> int:
        with transaction.atomic():
            status: int = Api(api.user, api.token).patch(path, {"role": "annotator"}, if_match="*").status_code
            changed.set()
            assert go.wait(5)
        return status

    @closing
    def delete() -> int:
        status: int = Api(api.user, other).delete(f"{API}/projects/{project.pk}/", if_match="*").status_code
        return status

    with ThreadPoolExecutor(2) as pool:
        changing = pool.submit(change)
        assert changed.wait(5)
        deleting = pool.submit(delete)
        somebody_waits()
        go.set()
        assert (changing.result(), deleting.result()) == (200, 204)
    events = Event.objects.filter(object_id=member.pk).order_by("pk").values_list("version", "action")
    assert list(events) == [(2, "updated"), (3, "deleted")]
