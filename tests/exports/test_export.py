"""GET projects/{id}/export/{format}/: everything the caller sees, at once, from one moment."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest

from annotations.exporting.parts import Part
from annotations.formats.ndjson import LISTS
from annotations.views.exports import CUT_OFF, WRITTEN
from tests.builders import World, make_article, make_quote, make_set
from tests.databases import wait_for
from tests.estate import API, codes
from tests.shelf import Shelf

pytestmark = pytest.mark.django_db(transaction=True)


def lines_of(answer: Any) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.content
    body = b"".join(answer.streaming_content)
    *held, last = body.splitlines(keepends=True)
    end = json.loads(last)
    assert end["record"] == "end"
    assert end["sha256"] == hashlib.sha256(b"".join(held)).hexdigest()
    return [*map(json.loads, held), end]


def of(lines: list[dict[str, Any]], record: str) -> list[dict[str, Any]]:
    return [line for line in lines if line["record"] == record]


def path(project: Any, format: str = "ndjson", query: str = "") -> str:
    return f"{API}/projects/{project.pk}/export/{format}/{query}"


def test_a_document_is_what_the_article_shows(seeded: Any, manager: Any) -> None:
    from projects.models import Project

    project = Project.objects.get(slug="demo")
    answer = manager.get(path(project))
    assert answer.headers["Content-Type"] == "application/x-ndjson"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="demo.ndjson"'
    lines = lines_of(answer)
    quotes = 0
    for document in of(lines, "document"):
        shown = manager.get(f"{API}/articles/{document['article']['id']}/annotations/").json()
        for name in ("sets", "mentions", "quotes", "claim_occurrences", "evidence"):
            assert document.get(name, []) == shown[name], name
        assert document["article"] == shown["article"]
        speakers = of(lines, "speaker") + [{"record": "speaker", **row} for row in document.get("speakers", [])]
        assert {row["id"] for row in shown["speakers"]} <= {row["id"] for row in speakers}
        quotes += len(shown["quotes"])
    assert lines[-1]["counts"]["quotes"] == quotes > 23
    order = [line["record"] for line in lines]
    assert order == sorted(order, key=ORDER.index)


ORDER = ["header", "publisher", "speaker", "claim", "document", "claim_relation", "evidence", "claim_review", "end"]


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


def ids_of(lines: list[dict[str, Any]]) -> set[str]:
    """The ids of all objects in the file."""
    found = set()
    for line in lines:
        lists = [[line], *(line.get(name, []) for name in LISTS)]
        found |= {row["id"] for rows in lists for row in rows if "id" in row}
        found |= {line["article"]["id"]} if "article" in line and isinstance(line["article"], dict) else set()
    return found


def test_everything_of_the_project_and_nothing_of_another(shelf: Shelf, client: Any) -> None:
    lines = lines_of(client(shelf.user).get(path(shelf.project.world)))
    left_out = {"project", "import"}
    for kind, rows in shelf.rows.items():
        for name, row in rows.items():
            if kind not in left_out:
                assert (str(row.pk) in ids_of(lines)) == (name != "foreign"), (kind, name)
    assert {line["id"] for line in of(lines, "evidence")} == {str(shelf.evidence.page.pk)}


SELECTED = [
    ("?set_kind=machine", {"robot's"}),
    ("?annotator=annotator", {"annotator's", "closed"}),
    ("?annotator=nobody", set()),
    ("?set_kind=adjudicated&annotator=annotator", set()),
]


@pytest.mark.parametrize(("query", "expected"), SELECTED)
def test_selectors_choose_sets_and_their_articles(query: str, expected: set[str], shelf: Shelf, client: Any) -> None:
    lines = lines_of(client(shelf.user).get(path(shelf.project.world, query=query)))
    sets = {row["id"] for line in of(lines, "document") for row in line.get("sets", [])}
    assert sets == {str(shelf.rows["annotation-set"][name].pk) for name in expected}
    assert all(line.get("sets") for line in of(lines, "document"))


def test_a_review_status_keeps_what_its_objects_rest_on(shelf: Shelf, client: Any) -> None:
    lines = lines_of(client(shelf.user).get(path(shelf.project.world, query="?review_status=rejected")))
    quotes = {row["id"] for line in of(lines, "document") for row in line.get("quotes", [])}
    assert quotes == {str(shelf.quote.inner.pk), str(shelf.quote.word.pk)}


def test_others_see_what_is_theirs_to_see(world: World) -> None:
    article = make_article(world.project)
    own, other = make_set(article, world.annotator.user), make_set(article, world.other_annotator.user)
    mine, theirs = make_quote(own, "We keep our word"), make_quote(other, "nobody believes her")
    held = ids_of(lines_of(world.annotator.get(path(world.project))))
    assert str(mine.pk) in held
    assert not {str(theirs.pk), str(other.pk)} & held
    assert {str(mine.pk), str(theirs.pk)} <= ids_of(lines_of(world.curator.get(path(world.project))))
    type(world.project).objects.filter(pk=world.project.pk).update(visibility="public")
    public = ids_of(lines_of(world.anonymous.get(path(world.project))))
    assert str(article.pk) in public
    assert not {str(mine.pk), str(own.pk)} & public


def test_a_blind_annotator_exports_nothing_of_others_before_their_own_is_closed(world: World) -> None:
    type(world.project).objects.filter(pk=world.project.pk).update(blind=True)
    article = make_article(world.project)
    own = make_set(article, world.annotator.user)
    other = make_set(article, world.other_annotator.user, status="submitted")
    theirs = make_quote(other, "nobody believes her")
    assert str(theirs.pk) not in ids_of(lines_of(world.annotator.get(path(world.project))))
    type(own).objects.filter(pk=own.pk).update(status="closed")
    assert str(theirs.pk) in ids_of(lines_of(world.annotator.get(path(world.project))))


def test_earlier_revisions_come_along(world: World) -> None:
    article = make_article(world.project)
    make_quote(make_set(article, world.annotator.user), "We keep our word")
    text = {"title": "Corrected", "body": "All of it is new.", "base_revision": 1, "reason": "Wrong."}
    assert world.curator.post(f"{API}/articles/{article.pk}/revisions/", text).status_code == 201
    (document,) = of(lines_of(world.manager.get(path(world.project))), "document")
    shown = world.manager.get(f"{API}/articles/{article.pk}/annotations/?revision=all").json()
    assert document["article"] == shown["article"]
    assert document["quotes"] == shown["quotes"]
    assert [row["number"] for row in document["article"]["revisions"]] == [1, 2]


def test_without_the_words(world: World) -> None:
    article = make_article(world.project)
    make_quote(make_set(article, world.annotator.user), "We keep our word", cue="she said")
    lines = lines_of(world.manager.get(path(world.project, query="?text=false")))
    (document,) = of(lines, "document")
    assert "We keep our word" not in json.dumps(lines)
    assert document["article"]["sha256"]
    assert document["quotes"][0]["content"]["fragments"][0].keys() == {"start", "end"}
    refused = world.manager.get(path(world.project, "brat", "?text=false"))
    assert (refused.status_code, codes(refused)) == (422, [("text-needed", "?text")])


def test_a_zip_is_written_as_it_goes(world: World) -> None:
    article = make_article(world.project)
    make_quote(make_set(article, world.annotator.user), "We keep our word", cue="she said")
    answer = world.manager.get(path(world.project, "brat"))
    assert answer.headers["Content-Type"] == "application/zip"
    archive = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))
    assert archive.testzip() is None
    assert any("Content" in archive.read(name).decode() for name in archive.namelist() if name.endswith(".ann"))


@pytest.mark.parametrize("format", WRITTEN)
def test_nothing_to_export_is_a_file_all_the_same(format: str, world: World) -> None:
    answer = world.viewer.get(path(world.project, format))
    assert answer.status_code == 200
    list(answer.streaming_content)


def test_an_unknown_format_is_absent(world: World) -> None:
    assert world.manager.get(path(world.project, "docx")).status_code == 404
    assert world.manager.get(path(world.project, "docx", "report/")).status_code == 404


def report(api: Any, answer: Any) -> dict[str, Any]:
    """What the file's own header points to."""
    address, relation, _ = answer.headers["Link"].split("; ")
    assert relation == 'rel="describedby"'
    answer.close()
    told: dict[str, Any] = api.get(address.strip("<>").removeprefix("http://testserver")).json()
    return told


def test_what_a_format_leaves_out_is_told(world: World) -> None:
    article = make_article(world.project)
    make_quote(make_set(article, world.annotator.user), "We keep our word")
    revised = {"title": "Corrected", "body": "All of it is new.", "base_revision": 1, "reason": "Wrong."}
    assert world.curator.post(f"{API}/articles/{article.pk}/revisions/", revised).status_code == 201
    told = report(world.manager, world.manager.get(path(world.project, "brat")))
    assert told["refused"] == {"revision-not-kept": 1, "revisions-not-kept": 1}
    assert {item["code"] for item in told["items"]} == set(told["refused"])
    assert (told["counts"]["articles"], told["counts"]["quotes"]) == (1, 1)


@pytest.mark.parametrize("format", WRITTEN)
def test_a_report_counts_what_the_file_holds(format: str, world: World) -> None:
    for kind, person in (("individual", world.annotator), ("adjudicated", world.curator)):
        article = make_article(world.project, f"{kind}: We keep our word.", kind)
        make_quote(make_set(article, person.user, kind=kind), "We keep our word")
    told = report(world.manager, world.manager.get(path(world.project, format, "?set_kind=individual")))
    assert set(told["refused"]) == ({"not-a-review"} if format == "claimreview" else set())
    assert (told["counts"]["articles"], told["counts"]["quotes"]) == (1, 1)


def test_what_an_ndjson_report_counts_is_what_its_last_line_counts(shelf: Shelf, client: Any) -> None:
    answer = client(shelf.user).get(path(shelf.project.world))
    counts = lines_of(answer)[-1]["counts"]
    told = report(client(shelf.user), answer)
    assert {name: n for name, n in told["counts"].items() if name != "documents"} == counts
    assert not told["refused"]


def test_all_of_it_is_one_moment(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is written while the file is on its way is not in it, and its writer does not wait."""
    monkeypatch.setattr("annotations.exporting.parts.GROUP", 1)
    monkeypatch.setattr("annotations.exporting.streams.BLOCK", 1)
    articles = [make_article(world.project, f"Text {n}.", f"Title {n}") for n in range(30)]
    answer = world.manager.get(path(world.project))
    stream = iter(answer.streaming_content)
    begun = [next(stream), next(stream)]
    late = make_article(world.project, "Too late.", "Late")
    last = articles[-1]
    changed = world.curator.patch(f"{API}/articles/{last.pk}/", {"byline": "New"}, if_match="*")
    assert changed.status_code == 200
    lines = [json.loads(line) for line in b"".join([*begun, *stream]).splitlines()]
    assert len(of(lines, "document")) == 30
    assert str(late.pk) not in ids_of(lines)
    assert of(lines, "document")[-1]["article"]["byline"] == ""


def test_a_failure_on_the_way_leaves_no_end(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("annotations.exporting.streams.BLOCK", 1)
    make_article(world.project)

    def broken(*args: Any, **kwargs: Any) -> Iterator[Any]:
        yield Part()
        raise RuntimeError("the disk is gone")

    monkeypatch.setattr("annotations.exporting.parts.documents", broken)
    received: list[bytes] = []
    with pytest.raises(RuntimeError, match="the disk is gone"):
        received.extend(world.manager.get(path(world.project)).streaming_content)
    *lines, last = received
    assert lines
    assert all(json.loads(line)["record"] != "end" for line in lines)
    assert last == CUT_OFF


def test_some_threads_are_left_for_answers(world: World) -> None:
    from annotations.views.exports import SLOTS

    make_article(world.project)
    running = [world.manager.get(path(world.project)) for _ in range(2)]
    refused = world.manager.get(path(world.project))
    assert (refused.status_code, codes(refused)[0][0]) == (503, "busy")
    assert refused.headers["Retry-After"] == "5"
    for answer in running:
        answer.close()
    assert lines_of(world.manager.get(path(world.project)))
    assert SLOTS._value == 2


def test_what_nobody_reads_to_the_end_leaves_no_connection(world: World) -> None:
    from django.db import connection

    def others() -> int:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            return int(cursor.fetchone()[0])

    before = others()
    answer = world.manager.get(path(world.project))
    assert others() == before + 1
    answer.close()
    wait_for(lambda: others() == before)  # a connection that is closed is counted until its process has ended
