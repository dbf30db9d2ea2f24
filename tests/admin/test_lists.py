"""What the lists count and are narrowed by, as whoever looks sees it."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from annotations.models import AnnotationSet, ClaimRelation, ClaimReview, Evidence
from articles.models import Article
from projects.admin import base
from projects.models import Membership, Project
from tests import builders
from tests.admin.curators import ADMIN, fields, send, staff, text
from tests.builders import World


def cells(page: Any, column: str) -> list[str]:
    """What a column says, row by row."""
    found = re.findall(rf'<t[dh] class="field-[^"]*\b{column}\b[^"]*">(.*?)</t[dh]>', text(page), re.S)
    return [re.sub(r"<[^>]+>", "", cell).strip() for cell in found]


def offered(page: Any, parameter: str) -> list[str]:
    """The values that a filter offers."""
    found = re.findall(rf'href="\?[^"]*\b{parameter}=([^"&]+)[^"]*"', text(page))
    return list(dict.fromkeys(found))


@pytest.fixture
def quoted(world: World) -> Any:
    """A speaker with two quotes in a closed set (one twice the source of it), and one, as her alias, in an open one."""
    article = builders.make_article(world.project, publisher=builders.make_publisher(world.project).pk)
    closed = builders.make_set(article, world.other_annotator.user, status="closed")
    opened = builders.make_set(article, world.annotator.user)
    speaker = builders.make_speaker(world.project, "Ada Stern")
    alias = builders.make_speaker(world.project, "A. Stern", merged_into=speaker)
    builders.make_quote(
        closed, "We keep our word", sources=[speaker, builders.make_mention(closed, "she", speaker=alias)]
    )
    builders.make_quote(closed, "taxes would fall next year", sources=[speaker])
    builders.make_quote(opened, "promised the same in 2019", sources=[alias])
    claim = builders.make_claim(world.project)
    builders.make_occurrence(closed, "taxes would fall", claim=claim)
    builders.make_occurrence(
        opened, "nobody", claim=builders.make_claim(world.project, "Taxes fall.", merged_into=claim)
    )
    return speaker


@pytest.mark.parametrize(("who", "seen"), [("viewer", 2), ("annotator", 3), ("curator", 3)])
def test_quotes_are_counted_as_the_api_counts_them(world: World, quoted: Any, who: str, seen: int) -> None:
    api = getattr(world, who)
    counts = cells(staff(api.user).get(f"{ADMIN}/speaker/"), "quotes")
    assert counts == [str(seen)] * 2, "the alias counts as whom it is merged into"
    assert api.get(f"/api/v1/speakers/{quoted.pk}/").json()["quote_count"] == seen
    assert cells(staff(api.user).get("/admin/articles/article/"), "quotes") == [str(seen)]
    assert cells(staff(api.user).get(f"{ADMIN}/claim/"), "occurrences") == [str(seen - 1)] * 2


def test_counts_lead_to_what_they_count(world: World, quoted: Any) -> None:
    http = staff(world.curator.user)
    for path, column in (
        (f"{ADMIN}/speaker/", "quotes"),
        (f"{ADMIN}/claim/", "occurrences"),
        (f"{ADMIN}/annotationset/", "quotes"),
        ("/admin/articles/article/", "sets"),
        ("/admin/articles/article/", "quotes"),
        ("/admin/articles/publisher/", "articles"),
    ):
        page = http.get(path)
        links = re.findall(rf'class="field-{column}"><a href="([^"]+)">(\d+)</a>', text(page))
        assert links, path
        for href, n in links:
            assert http.get(href).context["cl"].result_count == int(n), href


def test_counting_ends(world: World, quoted: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("annotations.admin.speakers.BOUND", 1)
    monkeypatch.setattr(base.bounded, "__defaults__", (1,))
    assert cells(staff(world.curator.user).get(f"{ADMIN}/speaker/"), "quotes") == ["1+", "1+"]


def test_blind_annotators_count_their_own(world: World, quoted: Any) -> None:
    Project.objects.filter(pk=world.project.pk).update(blind=True)
    assert cells(staff(world.annotator.user).get(f"{ADMIN}/speaker/"), "quotes") == ["1", "1"]


def test_a_page_of_counts_costs_one_statement(world: World, quoted: Any) -> None:
    http, spent = staff(world.curator.user), []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            http.get(f"{ADMIN}/speaker/")
        spent.append(len(queries))
        for n in range(20):
            builders.make_speaker(world.project, f"Speaker {n}")
    assert spent[0] == spent[1] <= 12


def test_articles_by_language(world: World) -> None:
    http = staff(world.curator.user)
    for n, language in enumerate(["en", "de", "en", None, "he", "pt-BR"]):
        builders.make_article(world.project, title=f"Title {n}", language=language)
    builders.make_article(builders.make_project("elsewhere"), language="fr")
    page = http.get("/admin/articles/article/")
    assert offered(page, "language") == ["de", "en", "he", "pt-BR"]
    assert cells(http.get("/admin/articles/article/?language=en"), "title") == ["Title 2", "Title 0"]
    assert cells(http.get("/admin/articles/article/?language=fr"), "title") == []


@pytest.fixture
def dated(world: World, quoted: Any) -> Any:
    """One of everything that hangs on a claim, each changed on days of its own."""
    claim, other = builders.make_claim(world.project, "One."), builders.make_claim(world.project, "Two.")
    builders.make_relation(claim, other)
    builders.make_review(claim, reviewed_on=date(2024, 5, 6))
    builders.make_review(claim, url="https://b.example/")
    builders.make_evidence(claim, url="https://c.example/")
    builders.make_evidence(claim, AnnotationSet.objects.filter(status="closed").get(), "We keep our word")
    for model in (AnnotationSet, ClaimRelation, ClaimReview, Evidence):
        rows = model._default_manager.order_by("pk")
        for year, row in zip((2021, 2023), rows, strict=False):
            model._default_manager.filter(pk=row.pk).update(updated_at=datetime(year, 3, 4, 12, tzinfo=UTC))
    return world


@pytest.mark.parametrize("name", ["annotationset", "evidence", "claimrelation", "claimreview"])
def test_drilled_down_by_day(dated: World, name: str) -> None:
    http = staff(dated.curator.user)
    page = http.get(f"{ADMIN}/{name}/")
    years = offered(page, "changed")
    assert years[0] == "2021"
    assert "2022" not in years, "nothing was changed in that year"
    assert offered(http.get(f"{ADMIN}/{name}/?changed=2021"), "changed")[-2:] == ["2021", "2021-03"]
    assert offered(http.get(f"{ADMIN}/{name}/?changed=2021-03"), "changed")[-1] == "2021-03-04"
    for value, found in (("2021", 1), ("2021-03", 1), ("2021-03-04", 1), ("2021-03-05", 0), ("2022", 0)):
        assert http.get(f"{ADMIN}/{name}/?changed={value}").context["cl"].result_count == found, value


@pytest.mark.parametrize("name", ["annotationset", "evidence", "claimrelation", "claimreview"])
def test_a_day_is_found_by_an_index(dated: World, name: str) -> None:
    """Where the table is too large to be read; these are small, so reading them is made dear."""
    with CaptureQueriesContext(connection) as queries:
        staff(dated.curator.user).get(f"{ADMIN}/{name}/?changed=2021-03")
    asked = [query["sql"] for query in queries if "2021-03-01" in query["sql"]]
    assert len(asked) >= 2
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        for sql in asked:
            cursor.execute("EXPLAIN " + sql.replace("%", "%%"), [])
            assert f"Seq Scan on annotations_{name}" not in str(cursor.fetchall()), sql


def test_reviews_by_the_day_of_review(dated: World) -> None:
    http = staff(dated.curator.user)
    assert offered(http.get(f"{ADMIN}/claimreview/?reviewed=2024-05"), "reviewed")[-1] == "2024-05-06"
    assert http.get(f"{ADMIN}/claimreview/?reviewed=2024-05-06").context["cl"].result_count == 1


def test_steps_that_are_too_many_to_look_at_are_all_offered(dated: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("projects.admin.lists.LOOKS", 1)
    assert "2022" in offered(staff(dated.curator.user).get(f"{ADMIN}/annotationset/"), "changed")


def test_a_filter_by_project_is_offered_where_there_are_two(world: World, quoted: Any) -> None:
    http = staff(world.curator.user)
    assert offered(http.get(f"{ADMIN}/speaker/"), "project") == []
    builders.make_member(builders.make_project("second"), world.curator.user, "viewer")
    assert len(offered(http.get(f"{ADMIN}/speaker/"), "project")) == 2


def test_whoever_is_staff_makes_a_project_and_manages_it(db: None) -> None:
    user = builders.make_user("newcomer")
    http: Client = staff(user)
    assert 'href="/admin/projects/project/add/"' in text(http.get("/admin/"))
    path = "/admin/projects/project/add/"
    answer = send(http, path, slug="nuclear-talks", name="Nuclear talks", visibility="private", blind="on")
    assert answer.status_code == 302, text(answer)
    project = Project.objects.get()
    assert (project.name, project.visibility, project.blind) == ("Nuclear talks", "private", True)
    assert Membership.objects.get().role == "manager"
    again = send(http, path, slug="nuclear-talks", name="Another")
    assert (again.status_code, "slug" in again.context["form"].errors) == (422, True), text(again)
    assert fields(again)["name"] == ["Another"]
    edit = f"/admin/projects/project/{project.pk}/edit/"
    assert send(http, edit, visibility="public", guideline="Whole sentences.").status_code == 302
    project.refresh_from_db()
    assert (project.visibility, project.guideline) == ("public", "Whole sentences.")
    assert Article.objects.count() == 0
