"""Limits: never more than allowed, whichever process counts; and what the refused are told."""

from __future__ import annotations

import itertools
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from rest_framework.settings import api_settings

from backend.limits import Limit
from projects import throttling
from projects.models import Spent
from tests.api import Api
from tests.builders import make_article, make_member, make_project, make_token, make_user
from tests.estate import API, refused

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    """A process that has just started."""
    monkeypatch.setattr(throttling, "LEASES", {})


@pytest.fixture
def limited(settings):
    """Sets limits of the API: `limited(read="3/min")`."""

    def limit(**texts: str) -> None:
        settings.THROTTLES = settings.THROTTLES | {kind: Limit.parse(text) for kind, text in texts.items()}

    return limit


def pass_time(seconds: int) -> None:
    """Everything was that long ago: in the table, and in this process."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE projects_spent SET since = since - make_interval(secs => %s)", [seconds])
    for lease in throttling.LEASES.values():
        lease.ends -= seconds


@pytest.mark.parametrize("uses", [1, 5, 19, 20, 60, 100, 1000])
def test_processes_together_give_out_the_limit_and_no_more(uses, monkeypatch):
    processes: list[dict[Any, Any]] = [{}, {}, {}]
    given: Counter[int] = Counter()
    for turn in itertools.islice(itertools.cycle([0, 1, 2, 0, 0]), uses * 3):
        monkeypatch.setattr(throttling, "LEASES", processes[turn])
        given[throttling.spend("x", Limit(uses, 60)) == 0] += 1
    assert given[True] == uses


def test_a_process_alone_cannot_have_what_another_holds(monkeypatch):
    """What is leased and not used is lost, and that is little."""
    assert throttling.spend("x", Limit(100, 60)) == 0
    monkeypatch.setattr(throttling, "LEASES", {})
    given = [throttling.spend("x", Limit(100, 60)) for _ in range(200)].count(0)
    assert given == 95


def test_a_window_ends_and_another_begins_with_the_next_use():
    limit = Limit(3, 60)
    assert [throttling.spend("x", limit) for _ in range(3)] == [0, 0, 0]
    assert throttling.spend("x", limit) in (59, 60)
    pass_time(40)
    assert throttling.spend("x", limit) in (19, 20)
    assert throttling.spend("y", limit) == 0
    pass_time(21)
    assert [throttling.spend("x", limit) for _ in range(3)] == [0, 0, 0]
    assert throttling.spend("x", limit) in (59, 60)


def test_most_uses_ask_nobody(django_assert_num_queries):
    with django_assert_num_queries(1):
        assert not any(throttling.spend("x", Limit(1000, 60)) for _ in range(50))
    with django_assert_num_queries(1):
        throttling.spend("x", Limit(1000, 60))
    assert throttling.spend("y", Limit(1, 60)) == 0
    assert throttling.spend("y", Limit(1, 60)) > 0
    with django_assert_num_queries(0):  # nor does who is refused
        assert throttling.spend("y", Limit(1, 60)) > 0


@pytest.mark.django_db(transaction=True)
def test_threads_of_two_processes_at_once(monkeypatch):
    first: dict[Any, Any] = {}
    second: dict[Any, Any] = {}

    def try_often(n: int) -> int:
        try:
            return [throttling.spend("x", Limit(60, 60)) for _ in range(25)].count(0)
        finally:
            connection.close()

    given = 0
    for process in (first, second, first, second):
        monkeypatch.setattr(throttling, "LEASES", process)
        with ThreadPoolExecutor(4) as pool:
            given += sum(pool.map(try_often, range(4)))
    assert given == 60


def test_nobody_can_be_read_from_the_counts():
    throttling.spend("anonymous 192.0.2.7", Limit(5, 60))
    row = Spent.objects.get()
    assert len(row.key) == 32
    assert b"192" not in bytes(row.key)
    pass_time(90_000)
    call_command("prune")
    assert not Spent.objects.exists()


@pytest.mark.parametrize("text", ["0/min", "5", "5/week", "x/min", "-1/s", "5/min "])
def test_what_is_no_limit_is_refused(text):
    with pytest.raises(ValueError, match="600/min"):
        Limit.parse(text)


def test_the_empty_text_is_no_limit():
    assert Limit.parse("") is None
    assert Limit.parse("600/min") == Limit(600, 60)


# ---- over HTTP ----


def test_who_calls_too_often_is_told_when_to_come_back(world, limited):
    limited(read="3/min")
    for _ in range(3):
        assert world.viewer.get(f"{API}/projects/").status_code == 200
    for _ in range(2):
        answer = world.viewer.get(f"{API}/projects/")
        refused(answer, 429, ("too-many-requests", ""))
        assert int(answer.headers["Retry-After"]) in (59, 60)
    # Limits are everybody's own, and each kind's.
    assert world.curator.get(f"{API}/projects/").status_code == 200
    assert world.viewer.post(f"{API}/projects/", {"slug": "mine", "name": "Mine"}).status_code == 201
    pass_time(61)
    assert world.viewer.get(f"{API}/projects/").status_code == 200


def test_writes_and_bulk_calls_are_counted_apart(world, limited):
    limited(write="1/min", bulk="2/min")
    article = make_article(world.project)
    speaker = {"project": str(world.project.pk), "name": "New", "is_named": True}
    api = world.manager

    def statuses(path: str, body: Any) -> list[int]:
        return [api.post(f"{API}/{path}", body).status_code for _ in range(3)]

    assert statuses("speakers/", speaker) == [201, 429, 429]
    assert statuses(f"articles/{article.pk}/annotations/", {}) == [200, 200, 429]
    assert statuses(f"projects/{world.project.pk}/documents/", []) == [429] * 3
    assert api.get(f"{API}/articles/{article.pk}/annotations/").status_code == 200


def test_a_second_token_is_no_second_limit(world, limited):
    limited(read="1/min")
    assert world.viewer.get(f"{API}/me/").status_code == 200
    assert Api(token=make_token(world.viewer.user)).get(f"{API}/me/").status_code == 429


def test_those_without_a_token_are_counted_by_address(limited, monkeypatch):
    limited(anonymous="1/min")
    http = Client()

    def status(address: str, **headers: str) -> int:
        return http.get(f"{API}/projects/", REMOTE_ADDR=address, headers=headers).status_code

    assert [status("192.0.2.1"), status("192.0.2.1"), status("192.0.2.2")] == [200, 429, 200]
    # What a caller says of itself is not believed,
    assert status("192.0.2.1", x_forwarded_for="192.0.2.9") == 429
    # but what so many proxies say is.
    monkeypatch.setattr(api_settings, "NUM_PROXIES", 1)
    assert status("192.0.2.1", x_forwarded_for="192.0.2.1, 192.0.2.9") == 200
    assert status("192.0.2.3", x_forwarded_for="192.0.2.8, 192.0.2.9") == 429


@pytest.mark.parametrize("bad", ["Bearer onr_nobodys", "Bearer else", "Basic YTpi"])
def test_tokens_that_do_not_hold_are_counted_by_address(bad, world, limited, monkeypatch):
    """In all processes together, as calls without one; who sends one that holds is not held up by them."""
    limited(anonymous="3/min")
    http = Client()

    def answer(token: str, address: str = "192.0.2.1") -> Any:
        return http.get(f"{API}/projects/", REMOTE_ADDR=address, headers={"authorization": token})

    for status in (401, 401, 401, 429):
        monkeypatch.setattr(throttling, "LEASES", {})  # each in another process
        assert answer(bad).status_code == status
    refused(answer(bad), 429, ("too-many-requests", ""))
    assert int(answer(bad).headers["Retry-After"]) in (59, 60)
    assert http.get(f"{API}/projects/", REMOTE_ADDR="192.0.2.1").status_code == 429
    assert answer(bad, "192.0.2.2").status_code == 401
    assert answer(f"Bearer {world.viewer.token}").status_code == 200


def test_reading_the_contract_is_not_limited(limited, django_assert_num_queries):
    limited(anonymous="1/min")
    with django_assert_num_queries(0):
        assert {Client().get(f"{API}/schema/").status_code for _ in range(3)} == {200}


def test_a_limit_costs_a_read_nothing_but_its_leases(limited, django_assert_max_num_queries):
    user, project = make_user("reader"), make_project("busy")
    make_member(project, user, "viewer")
    api = Api(user, make_token(user))
    api.get(f"{API}/me/")
    limited(read="6000/min")
    api.get(f"{API}/me/")
    with django_assert_max_num_queries(20):
        for _ in range(20):
            api.get(f"{API}/me/")
