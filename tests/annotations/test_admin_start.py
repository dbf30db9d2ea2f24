"""The start page of the admin: what it counts is what its links list, for whoever looks, at a bounded cost."""

from __future__ import annotations

import re
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test import Client
from django.test.utils import CaptureQueriesContext

from annotations.admin import start
from tests import builders
from tests.annotations.test_admin_article import signed_in


def fetch(http: Client) -> str:
    answer = http.get("/admin/")
    assert answer.status_code == 200
    return str(answer.content.decode())


def numbers(html: str) -> dict[str, tuple[str, str]]:
    """The words of each number with the number and the address of its list."""
    found = re.findall(r'<li><a href="([^"]*)"><b>([^<]*)</b> ([^<]*)</a></li>', html)
    return {words: (shown, unescape(href)) for href, shown, words in found}


@pytest.fixture
def scene(world: Any) -> Any:
    """Seen by all: 2 quotes in a closed set; by their owner and curators: 1 in an open one."""
    article = builders.make_article(world.project)
    speaker, claim = builders.make_speaker(world.project), builders.make_claim(world.project)
    builders.make_speaker(world.project, "A. Stern", merged_into=speaker)
    closed = builders.make_set(article, world.other_annotator.user, status="submitted")
    opened = builders.make_set(article, world.annotator.user)
    builders.make_quote(closed, "We keep our word", sources=[builders.make_mention(closed, "she", speaker=speaker)])
    builders.make_quote(closed, "taxes would fall next year", review_status="approved")
    builders.make_mention(closed, "Ben Okafor")
    builders.make_quote(opened, "promised the same in 2019")
    builders.make_occurrence(closed, "taxes would fall", claim=claim)
    builders.make_occurrence(closed, "ready since May")
    return world


EXPECTED = {
    "articles": "1",
    "quotes": "2",
    "speakers": "1",
    "claims": "1",
    "quotes to review": "1",
    "mentions to review": "2",
    "occurrences to review": "2",
    "mentions without a speaker": "1",
    "occurrences without a claim": "1",
    "sets to close": "1",
}


@pytest.mark.parametrize(
    ("who", "more"),
    [
        ("viewer", {}),
        ("other_annotator", {}),
        ("annotator", {"quotes": "3", "quotes to review": "2"}),
        ("curator", {"quotes": "3", "quotes to review": "2"}),
    ],
)
def test_what_is_counted_is_what_the_links_list(scene: Any, who: str, more: dict[str, str]) -> None:
    builders.make_article(builders.make_project("elsewhere"))
    http = signed_in(getattr(scene, who).user)
    found = numbers(fetch(http))
    assert {words: shown for words, (shown, _) in found.items()} == EXPECTED | more
    for words, (shown, href) in found.items():
        answer = http.get(href)
        assert answer.status_code == 200, (words, href)
        assert answer.context["cl"].result_count == int(shown), (words, href)


def test_nobody_sees_another_project(scene: Any) -> None:
    html = fetch(signed_in(scene.stranger.user))
    assert "You are a member of no project yet" in html
    assert "World" not in html
    assert Client().get("/admin/").status_code == 302
    scene.stranger.user.is_staff = False
    scene.stranger.user.save(update_fields=["is_staff"])
    http = Client()
    http.force_login(scene.stranger.user)
    assert http.get("/admin/").status_code == 302


def test_a_superuser_sees_all_and_a_project_of_nothing(scene: Any) -> None:
    builders.make_project("empty")
    html = fetch(signed_in(builders.make_user("root", superuser=True)))
    assert re.findall(r'class="overview" aria-label="(\w+)"', html) == ["Empty", "World"]
    assert "Nothing waits for anybody." in html
    assert "Nothing yet that you may see." in html


def test_counting_ends_at_the_limit(scene: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start, "BOUND", 2)
    assert numbers(fetch(signed_in(scene.curator.user)))["quotes"][0] == "2+"


def test_a_bar_for_each_day(scene: Any) -> None:
    from annotations.models import Quote

    Quote.objects.filter(exact="We keep our word").update(updated_at=Now() - timedelta(days=2))
    Quote.objects.filter(exact__startswith="promised").update(updated_at=Now() - timedelta(days=100))
    days = re.findall(r"<title>(\d{4}-\d\d-\d\d): (\d+)</title>", fetch(signed_in(scene.curator.user)))
    assert len(days) == start.DAYS
    assert [int(n) for _, n in days][-3:] == [1, 0, 1]
    assert date.fromisoformat(days[-1][0]) - date.fromisoformat(days[0][0]) == timedelta(days=start.DAYS - 1)


@pytest.mark.parametrize(
    ("approved", "rejected", "unreviewed", "widths"),
    [(0, 0, 0, []), (1, 1, 2, ["60.0", "60.0", "120.0"]), (0, 0, 7, ["0.0", "0.0", "240.0"])],
)
def test_shares_of_the_bar(approved: int, rejected: int, unreviewed: int, widths: list[str]) -> None:
    counts = {"approved": approved, "rejected": rejected, "unreviewed": unreviewed}
    assert [part["width"] for part in start.review_bar(counts)] == widths


def test_the_queries_do_not_grow(scene: Any) -> None:
    http, counts = signed_in(scene.curator.user), []
    for n in range(4):
        project = builders.make_project(f"more-{n}")
        builders.make_member(project, scene.curator.user, "viewer")
        held = builders.make_set(builders.make_article(project), scene.curator.user)
        for _ in range(n + 1):
            builders.make_quote(held, "We keep our word", sources=[builders.make_speaker(project)])
        if n in (0, 3):
            with CaptureQueriesContext(connection) as queries:
                fetch(http)
            counts.append(len(queries))
    assert counts[0] == counts[1]
    assert counts[0] <= 12


SPANS = ("annotations_quote", "annotations_mention", "annotations_claimoccurrence")
BIG = (*SPANS, "articles_article", "articles_revision", "annotations_annotationset", "projects_event")


@pytest.mark.parametrize("who", ["root", "curator", "viewer"])
def test_no_big_table_is_read_through(scene: Any, who: str) -> None:
    """With sequential scans made dear, which is what they are at size, the plan has none: each count has an index."""
    user = builders.make_user("root", superuser=True) if who == "root" else getattr(scene, who).user
    http = signed_in(user)
    with CaptureQueriesContext(connection) as queries:
        fetch(http)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        looked: set[str] = set()
        for query in queries:
            if not query["sql"].startswith("SELECT"):
                continue
            cursor.execute("EXPLAIN " + query["sql"])
            plan = "\n".join(line for (line,) in cursor.fetchall())
            assert not [table for table in BIG if re.search(rf"Seq Scan on {table}\b", plan)], plan
            looked |= {table for table in BIG if table in plan}
    assert looked >= {*SPANS, "projects_event"}
