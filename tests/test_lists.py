"""Lists: keyset pages in both directions, in every ordering of every list, while rows come and go."""

from __future__ import annotations

from itertools import chain
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from annotations.models import ImportJob, Quote
from articles.models import Publisher
from backend import statements
from projects.models import ApiToken
from tests import builders
from tests.api import Api
from tests.estate import API, Route, codes, listed, routes

pytestmark = pytest.mark.django_db
LISTS = [route for route in routes() if route.actions.get("get") == "list"]
ROWS = 7
# Names in an order that is neither that of their making nor without equals.
WORDS = ["delta", "alpha", "echo", "alpha", "Bravo", "écho", "charlie"]
BODY = "alpha bravo charlie delta echo foxtrot golf hotel"


class Shelf:
    """Seven rows of every kind, in one project, made one after the other."""

    def __init__(self, user: Any) -> None:
        self.user = user
        self.project = builders.make_project("shelf")
        builders.make_member(self.project, user, "manager")
        for n in range(ROWS - 1):
            builders.make_member(
                builders.make_project(f"more-{WORDS[n].lower().replace('é', 'e')}-{n}"), user, "viewer"
            )
            builders.make_member(self.project, builders.make_user(f"member {n}"), "viewer")
            ApiToken.objects.create(user=user, name=f"t{n}", digest=bytes([n]), hint="x", scopes=["read"])
        dates = [f"20{20 + n % 3}-01-0{n + 1}" for n in range(ROWS)]
        self.articles = [
            builders.make_article(self.project, BODY, f"No. {n}", published_on=dates[n]) for n in range(ROWS)
        ]
        self.article = self.articles[0]
        claims = [builders.make_claim(self.project, f"Claim {n}.") for n in range(ROWS)]
        self.set = builders.make_set(self.article, user)
        for n, word in enumerate(WORDS):
            builders.make_publisher(self.project, word)
            builders.make_speaker(self.project, word)
            if n:
                builders.make_set(self.article, user, label=word + str(n))
            exact = BODY.split()[(n * 3) % 8]
            builders.make_mention(self.set, exact)
            builders.make_quote(self.set, exact if n % 2 else "alpha")
            builders.make_occurrence(self.set, exact)
            builders.make_evidence(claims[n], url="https://a.example/")
            builders.make_review(claims[n], rating_text=word)
            builders.make_relation(claims[n], claims[n - 1], "entails")
            ImportJob.objects.create(project=self.project, created_by=user, file=word, format="ndjson", total=1)

    def revise(self, api: Any) -> None:
        for n in range(1, ROWS):
            text = {"title": "T", "body": f"B{n}", "base_revision": n}
            assert api.post(f"{API}/articles/{self.article.pk}/revisions/", text).status_code == 201

    def path(self, route: Route) -> str:
        return route.path(project=self.project.pk, article=self.article.pk)


@pytest.fixture
def shelf():
    return Shelf(builders.make_user("the-user"))


@pytest.fixture
def us(shelf, client):
    return client(shelf.user)


def walk(api: Api, url: str, way: str = "next") -> list[list[str]]:
    """The pages from here on, as lists of ids."""
    pages: list[list[str]] = []
    while url:
        answer = api.get(url)
        pages.append(listed(answer))
        url = answer.json()[way]
        assert len(pages) < 100
    return pages


def last_url(api: Api, url: str) -> str:
    while following := api.get(url).json()["next"]:
        url = following
    return url


@pytest.mark.parametrize("route", LISTS, ids=lambda route: route.name)
def test_every_ordering_walks_forwards_and_backwards(route, shelf, us):
    if route.name == "revision-list":
        shelf.revise(us)
    path = shelf.path(route)
    for name in route.view.list_query().fields["ordering"].choices:
        everything = us.get(f"{path}?ordering={name}").json()["results"]
        ids = [row["id"] for row in everything]
        assert len(ids) == len(set(ids)) >= ROWS, name
        for size in (1, 3, ROWS - 1):
            url = f"{path}?ordering={name}&page_size={size}"
            forwards = walk(us, url)
            assert list(chain(*forwards)) == ids
            assert {len(page) for page in forwards[:-1]} <= {size}
            backwards = walk(us, last_url(us, url), "previous")
            assert list(chain(*reversed(backwards))) == ids, (name, size)
        assert us.get(f"{path}?ordering={name}").json()["previous"] is None
        column = name.removeprefix("-")
        values = [position(row, column) for row in everything]
        if column != "name":  # the database's collation
            assert values == sorted(values, reverse=name.startswith("-")), name
        other = name[1:] if name.startswith("-") else f"-{name}"
        assert [row["id"] for row in us.get(f"{path}?ordering={other}").json()["results"]] == ids[::-1]


@pytest.fixture
def cramped(monkeypatch):
    """There is room for one record on a page, whatever its length."""
    monkeypatch.setattr(statements, "ROOM", 1)
    statements.kept_text.cache_clear()
    yield
    statements.kept_text.cache_clear()


@pytest.mark.usefixtures("cramped")
@pytest.mark.parametrize("route", LISTS, ids=lambda route: route.name)
def test_where_there_is_no_room_for_a_whole_page_it_ends_earlier(route, shelf, us, monkeypatch):
    """In both directions, and nothing is missed."""
    if route.name == "revision-list":
        shelf.revise(us)
    path = shelf.path(route)
    forwards = walk(us, f"{path}?page_size=3")
    assert {len(page) for page in forwards} == {1}
    assert len(forwards) >= ROWS
    assert list(reversed(walk(us, last_url(us, path), "previous"))) == forwards
    monkeypatch.undo()
    statements.kept_text.cache_clear()
    assert listed(us.get(path)) == list(chain(*forwards))


@pytest.mark.usefixtures("cramped")
def test_so_does_an_answer_of_the_change_feed(shelf, us):
    for name in WORDS:
        assert us.post(f"{API}/publishers/", {"project": str(shelf.project.pk), "name": name}).status_code == 201
    url = f"{API}/changes/?project={shelf.project.pk}&type=publisher"
    told, answer = [], us.get(url).json()
    while answer["results"]:
        assert len(answer["results"]) == 1
        told += [change["object"]["name"] for change in answer["results"]]
        answer = us.get(f"{url}&cursor={answer['next']}").json()
    assert told == WORDS


def position(row: dict[str, Any], column: str) -> Any:
    span = row.get("span") or row.get("content")
    return (span["start"] if column == "start" and span else row[column]), row["id"]


@pytest.mark.parametrize("route", LISTS, ids=lambda route: route.name)
def test_counts_and_sizes(route, shelf, us):
    path = shelf.path(route)
    everything = us.get(f"{path}?count=true").json()
    assert everything["count"] == len(everything["results"])
    assert us.get(f"{path}?count=true&page_size=1").json()["count"] == everything["count"]
    assert "count" not in us.get(path).json()
    assert us.get(f"{path}?page_size=1000").json()["results"] == everything["results"]


def test_a_page_holds_100_rows_unless_asked(shelf, us):
    Publisher.objects.bulk_create(Publisher(project=shelf.project, name=f"P{n}") for n in range(120))
    assert [len(page) for page in walk(us, f"{API}/publishers/")] == [100, 27]


@pytest.mark.parametrize(("size", "pages"), [(50, [50, 50, 30]), (100, [100, 30]), (120, [120, 10]), (1000, [130])])
def test_searches_find_whole_pages_of_any_size(size, pages, shelf, us):
    for n in range(130):
        builders.make_speaker(shelf.project, f"Reporter {n}")
    found = walk(us, f"{API}/speakers/?q=reporter&page_size={size}")
    assert [len(page) for page in found] == pages
    ids = list(chain(*found))
    assert ids == sorted(set(ids))


@pytest.mark.parametrize("ordering", ["id", "-id", "start", "-updated_at"])
def test_a_quote_of_several_sources_is_listed_once(ordering, shelf, us):
    one, other = builders.make_speaker(shelf.project, "One"), builders.make_speaker(shelf.project, "Other")
    quotes = list(Quote.objects.filter(set=shelf.set))
    for quote in quotes:
        for speaker in (one, one, other):
            builders.add_source(quote, speaker)
    assert us.post(f"{API}/speakers/{other.pk}/merge/", {"into": str(one.pk)}, if_match="*").status_code == 200
    everything = listed(us.get(f"{API}/quotes/?ordering={ordering}"))
    for speaker in (one, other):
        found = walk(us, f"{API}/quotes/?speaker={speaker.pk}&ordering={ordering}&page_size=3")
        assert list(chain(*found)) == everything
    assert us.get(f"{API}/speakers/{one.pk}/").json()["quote_count"] == len(quotes)


@pytest.mark.parametrize("ordering", ["name", "-name", "updated_at", "-id"])
def test_rows_that_come_and_go_do_not_move_the_others(ordering, shelf, us):
    """Whatever is there from the first page to the last is seen exactly once."""
    url: str | None = f"{API}/publishers/?page_size=2&ordering={ordering}"
    present = listed(us.get(f"{API}/publishers/"))
    doomed = present.pop(4)
    seen: list[str] = []
    step = 0
    while url:
        answer = us.get(url)
        seen += listed(answer)
        for name in ("aaa", "alpha", "zzz"):
            builders.make_publisher(shelf.project, f"{name}{step}" if step % 2 else name)
        if step == 0:
            Publisher.objects.filter(pk=doomed).delete()
        # The row that the cursor points at may go as well.
        if step == 1:
            Publisher.objects.filter(pk=seen[-1]).delete()
        step += 1
        url = answer.json()["next"] if step < 60 else None
    assert len(seen) == len(set(seen))
    assert set(present) <= set(seen)


def cursor_of(answer: Any) -> str:
    return parse_qs(urlsplit(answer.json()["next"]).query)["cursor"][0]


def test_a_cursor_is_good_for_its_list_only(shelf, us, client):
    here = f"{API}/publishers/?project={shelf.project.pk}&page_size=2"
    cursor = cursor_of(us.get(here))
    assert us.get(f"{here}&cursor={cursor}").status_code == 200
    assert us.get(f"{here.replace('page_size=2', 'page_size=3')}&count=true&cursor={cursor}").status_code == 200
    elsewhere = [
        f"{API}/publishers/?page_size=2",
        f"{here}&ordering=name",
        f"{here}&ordering=-id",
        f"{here}&name=alpha",
        f"{here}&created_after=2009-01-01T00:00:00Z",
        here.replace("publishers", "speakers"),
        f"{API}/projects/{shelf.project.pk}/members/?page_size=2",
    ]
    for path in elsewhere:
        assert codes(us.get(f"{path}&cursor={cursor}")) == [("bad-cursor", "?cursor")], path
    for forged in (cursor[:-1], cursor + "A", cursor.swapcase(), f"W10:{cursor.split(':', 1)[1]}"):
        assert codes(us.get(f"{here}&cursor={forged}")) == [("bad-cursor", "?cursor")]


def test_a_cursor_opens_nothing(shelf, us, client):
    """It holds a place, no right: another caller sees what they may see from there on."""
    url = us.get(f"{API}/publishers/?page_size=2").json()["next"]
    assert listed(client(builders.make_user("stranger")).get(url)) == []
    assert listed(client().get(url)) == []


def test_links_keep_the_query(shelf, us):
    page = us.get(f"{API}/articles/?include=body&page_size=2&q=alpha%20-nothing&count=true").json()
    second = us.get(page["next"]).json()
    assert page["count"] == second["count"] == ROWS
    assert all(row["body"] == BODY for row in second["results"])
    assert us.get(second["previous"]).json()["results"] == page["results"]


def test_no_article_without_a_date_in_an_order_by_date(shelf, us):
    undated = str(builders.make_article(shelf.project).pk)
    assert undated in listed(us.get(f"{API}/articles/"))
    assert undated not in listed(us.get(f"{API}/articles/?ordering=published_on"))
    assert us.get(f"{API}/articles/?ordering=-published_on&count=true").json()["count"] == ROWS
