"""POST imports/: a file becomes a job, the worker stores it, the report tells what was wrong."""

from __future__ import annotations

import io
import json
import zipfile
from errno import ENOSPC
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.db import OperationalError

from annotations.actions import imports as actions
from annotations.importing.memory import Memory
from annotations.models import (
    AnnotationSet,
    ImportedObject,
    ImportJob,
    Quote,
    QuoteSource,
    Speaker,
    Upload,
    UploadChunk,
)
from articles.models import Article, Publisher
from projects.models import Membership
from tests.builders import World, make_speaker
from tests.estate import API, codes
from tests.formats.inception import exported
from tests.imports.jobs import document, done, imported, ndjson, quote, refused, send, work

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_file_goes_in(world: World) -> None:
    answer = send(world.manager, world.project, ndjson(*(document(n, quote()) for n in range(5))))
    assert answer.status_code == 202, answer.content
    job = answer.json()
    assert answer.headers["Location"].endswith(f"/imports/{job['id']}/")
    assert (job["status"], job["done"], job["file"], job["created_by"]) == ("queued", 0, "x.ndjson", "manager")
    work()
    job = done(world.manager, job["id"])
    assert job["status"] == "succeeded", job
    assert job["done"] == job["total"] > 0
    assert job["rate"] > 0
    assert job["report"]["counts"] == {"documents": 5, "articles": 5, "quotes": 5}
    assert job["report"]["stored"]["created"] == 10
    assert Quote.objects.filter(project=world.project.pk).count() == 5
    assert not Upload.objects.exists()
    assert not UploadChunk.objects.exists()
    assert not ImportedObject.objects.exists()


@pytest.mark.parametrize(
    "article",
    [
        {"body": 7},
        {"body": True},
        {"body": ["x"]},
        {"revisions": 7},
        {"revisions": {"1": "x"}},
        {"revisions": [7]},
        "x",
        7,
    ],
)
def test_a_text_that_is_none_ends_nothing_but_itself(world: World, article: Any) -> None:
    wrong = {"article": {"title": "T", "body": "x", **article} if isinstance(article, dict) else article}
    job = imported(world.manager, world.project, ndjson(wrong, document(1, quote())))
    assert (job["status"], Quote.objects.count()) == ("succeeded", 1)
    assert {line for _, line in refused(job)} == {1}


def test_a_report_tells_of_what_no_text_here_may_hold(world: World) -> None:
    """The database refuses U+0000 in a report as well, and the job never ended."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as files:
        files.writestr("a.txt", "abc")
        files.writestr("a.ann", "T1\tContent 0 1\t\0\n")
    job = imported(world.manager, world.project, archive.getvalue(), "brat", "a.zip")
    assert job["status"] == "succeeded"
    assert "\N{REPLACEMENT CHARACTER}" in "".join(item["detail"] + item["text"] for item in job["report"]["items"])


@pytest.mark.parametrize("encoding", ["utf-7", "none-such"])
def test_an_encoding_that_is_not_read_is_said(world: World, encoding: str) -> None:
    data = f'<?xml version="1.0" encoding="{encoding}"?><x/>'.encode()
    job = imported(world.manager, world.project, data, "xmi", "a.xmi")
    assert (job["status"], refused(job)) == ("succeeded", [("malformed-xml", 1)])


def kept_half(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, error: Exception) -> None:
    """The first part of a file is kept, and then there is no more room."""
    keep, calls = getattr(owner, name), []

    def kept(*args: Any) -> Any:
        calls.append(args)
        if len(calls) > 1:
            raise error
        return keep(*args)

    monkeypatch.setattr(owner, name, kept)


@pytest.mark.parametrize("where", ["server", "database"])
def test_where_there_is_no_room_for_a_file_nothing_of_it_stays(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: Any, where: str
) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    full: list[tuple[Any, str, Exception]] = [
        (TemporaryFileUploadHandler, "receive_data_chunk", OSError(ENOSPC, "full")),
        (actions, "keep_chunks", OperationalError("full")),
    ]
    kept_half(monkeypatch, *full[where == "database"])
    answer = send(world.manager, world.project, b"x" * (10 * 2**20))
    assert (answer.status_code, codes(answer)) == (503, [("unavailable", "")])
    assert "Retry-After" in answer.headers
    assert list(tmp_path.iterdir()) == []
    assert not Upload.objects.exists()


@pytest.mark.parametrize("key", [{}, {"idempotency_key": "one"}])
def test_no_file_is_kept_for_whom_there_is_no_import(
    world: World, monkeypatch: pytest.MonkeyPatch, key: dict[str, str]
) -> None:
    monkeypatch.delattr(actions, "take_in")
    for api, status in ((world.curator, 403), (world.stranger, 422)):
        assert send(api, world.project, b"x", **key).status_code == status


@pytest.mark.parametrize("size", [2**20 - 1, 2**20, 2**20 + 1, 3 * 2**19, 3 * 2**20])
def test_a_file_of_any_size_goes_in(world: World, size: int) -> None:
    """It is kept in chunks of 1 MiB; below 2.5 MB Django holds it in memory, beyond in a file."""
    line = ndjson(document(1, quote(), body="taxes would fall " + "x" * (size - 200)))
    job = imported(world.manager, world.project, line)
    assert job["status"] == "succeeded", job
    assert job["report"]["stored"]["created"] == 2


def test_what_is_nested_too_deep_is_refused_and_the_rest_goes_in(world: World) -> None:
    deep: Any = 1
    for _ in range(300):
        deep = {"a": deep}
    bad = document(2, quote())
    bad["article"]["metadata"] = deep
    worse = document(3, quote(), quote(tags=[deep]))
    job = imported(world.manager, world.project, ndjson(document(1, quote()), bad, worse))
    assert (job["status"], refused(job)) == ("succeeded", [("malformed-json", 2), ("malformed-json", 3)]), job
    assert job["report"]["stored"]["created"] == 4


def test_one_bad_item_among_many_is_named_and_the_rest_goes_in(world: World) -> None:
    """Among 10,000 quotes: one whose words are nowhere, its child and what cites it; a wrong word; a line no JSON."""
    words = ["Ada", "Stern", "Ada Stern", "said", "that", "taxes", "would", "fall", "taxes would", "would fall"]
    bad = document(
        7,
        quote("words that nobody said", key="q"),
        quote("that taxes would fall", parent="#q"),
        quote(),
        quote("would fall", type="loud"),
        claim_occurrences=[{"span": {"exact": "fall"}, "quote": "#q"}, {"span": {"exact": "fall"}}],
    )
    lines = [document(n, *map(quote, words)) for n in range(1000)]
    lines[7] = bad
    data = ndjson(*lines[:500]) + b"{not json\n" + ndjson(*lines[500:])
    job = imported(world.manager, world.project, data)
    assert job["status"] == "succeeded"
    assert refused(job) == [
        ("malformed-json", 501),
        ("invalid-choice", 8),
        ("quote-not-found", 8),
        ("depends-on-refused", 8),
        ("depends-on-refused", 8),
    ]
    assert job["report"]["refused"] == {
        "malformed-json": 1,
        "invalid-choice": 1,
        "quote-not-found": 1,
        "depends-on-refused": 2,
    }
    told = job["report"]["items"][1]
    assert told["file"] == "x.ndjson"
    assert told["detail"].startswith("quotes/3: type: ")
    assert '"loud"' in told["text"]
    assert Article.objects.filter(project=world.project.pk).count() == 1000
    assert Quote.objects.filter(project=world.project.pk).count() == 999 * len(words) + 1


def test_single_lines_are_named_by_their_own(world: World) -> None:
    speakers = [{"record": "speaker", "name": f"Speaker {n}"} for n in range(20)]
    speakers[13]["kind"] = "ghost"
    job = imported(world.manager, world.project, ndjson(*speakers))
    assert refused(job) == [("invalid-choice", 14)]
    assert Speaker.objects.filter(project=world.project.pk).count() == 19


def test_an_article_that_is_there_is_refused_alone(world: World) -> None:
    first = imported(world.manager, world.project, ndjson(document(1, quote())))
    again = imported(world.manager, world.project, ndjson(document(1, quote()), document(2, quote())))
    assert (first["status"], again["status"]) == ("succeeded", "succeeded")
    assert refused(again) == [("already-exists", 1)]
    assert Quote.objects.count() == 2


@pytest.mark.parametrize(("on_conflict", "quotes"), [("skip", 1), ("upsert", 2), ("replace", 1)])
def test_what_becomes_of_known_articles(on_conflict: str, quotes: int, world: World) -> None:
    imported(world.manager, world.project, ndjson(document(1, quote(), sets=[{"label": "one"}])))
    more = document(1, quote("Ada Stern said"), sets=[{"label": "one"}])
    job = imported(world.manager, world.project, ndjson(more), on_conflict=on_conflict)
    assert refused(job) == []
    assert AnnotationSet.objects.count() == 1
    assert Quote.objects.count() == quotes
    assert job["report"]["stored"]["skipped"] == (on_conflict == "skip")


def test_a_known_article_gets_the_text_of_the_file_where_that_is_asked_for(world: World) -> None:
    imported(world.manager, world.project, ndjson(document(1, quote())))
    corrected = document(1, quote(), body="Corrected: taxes would fall.")
    job = imported(world.manager, world.project, ndjson(corrected), on_conflict="new_revision")
    assert refused(job) == []
    assert Article.objects.count() == 1
    assert sorted(Quote.objects.values_list("revision__number", "start")) == [(1, 28), (2, 11)]


def test_the_same_file_again_changes_nothing(world: World) -> None:
    claims = [{"record": "claim", "text": "Taxes fall."}, {"record": "claim", "text": "Taxes fall."}]
    data = ndjson(*claims, *(document(n, quote(), sets=[{"label": "x"}]) for n in range(3)))
    imported(world.manager, world.project, data)
    before = Quote.objects.count(), Article.objects.count(), AnnotationSet.objects.count()
    job = imported(world.manager, world.project, data, on_conflict="upsert")
    assert {name for name, n in job["report"]["stored"].items() if n} == {"reused"}
    assert (Quote.objects.count(), Article.objects.count(), AnnotationSet.objects.count()) == before


def test_a_file_is_one_scope_over_its_batches(world: World, settings: Any) -> None:
    """Ids that earlier lines brought, things that look alike and stay two, and references to what is yet to come."""
    settings.IMPORT_BATCH = 1
    ids = [f"00000000-0000-7000-8000-00000000000{n}" for n in range(6)]
    lines = [
        {"record": "speaker", "id": ids[0], "name": "Ada Stern", "affiliation": ids[2]},
        {"record": "speaker", "id": ids[1], "name": "Ada Stern", "merged_into": ids[0]},
        {"record": "document", **document(1, quote(sources=[{"speaker": ids[0]}]))},
        {"record": "speaker", "id": ids[2], "name": "The Party", "kind": "organisation"},
        {"record": "document", **document(2, quote(sources=[{"speaker": ids[1]}]))},
    ]
    job = imported(world.manager, world.project, ndjson(*lines))
    assert refused(job) == []
    first, second, party = Speaker.objects.order_by("pk")
    assert (first.name, second.name) == ("Ada Stern", "Ada Stern")
    assert first.affiliation_id == party.pk
    assert second.merged_into_id == first.pk
    shown = [quote["sources"][0]["speaker"] for quote in world.manager.get(f"{API}/quotes/").json()["results"]]
    assert shown == [str(first.pk)] * 2  # at the end of the merge


@pytest.mark.parametrize("dry_run", ["true", "false"])
@pytest.mark.parametrize("size", [1, 5000])
def test_an_id_that_comes_again_is_the_same_thing(size: int, dry_run: str, world: World, settings: Any) -> None:
    """As in one call of `documents/`: however the file falls into batches, and however often a document says it."""
    settings.IMPORT_BATCH = size
    stern = {"id": "00000000-0000-7000-8000-000000000001", "name": "Ada Stern"}
    post = {"id": "00000000-0000-7000-8000-000000000002", "name": "The Post"}
    lines = [
        document(n, quote(sources=[{"speaker": stern["id"]}]), speakers=[stern], publishers=[post]) for n in range(3)
    ]
    for line in lines:
        line["article"]["publisher"] = post["id"]
    job = imported(world.manager, world.project, ndjson(*lines), dry_run=dry_run)
    assert refused(job) == []
    assert job["report"]["stored"]["created"] == 3 + 3 + 2  # articles with their sets implied, quotes, two identities
    if dry_run == "false":
        assert (Speaker.objects.count(), Publisher.objects.count()) == (1, 1)
        (speaker,) = Speaker.objects.all()
        assert set(QuoteSource.objects.values_list("speaker", flat=True)) == {speaker.pk}


@pytest.mark.parametrize("size", [1, 5000])
def test_a_dry_run_says_what_would_be_and_stores_nothing(
    size: int, world: World, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.IMPORT_BATCH = size
    monkeypatch.setattr("annotations.formats.ndjson.TOGETHER", size)
    ids = [f"00000000-0000-7000-8000-00000000000{n}" for n in range(3)]
    lines = [
        {"record": "speaker", "id": ids[0], "name": "Ada Stern", "affiliation": ids[1]},
        {"record": "speaker", "id": ids[1], "name": "The Party", "merged_into": ids[2]},
        {"record": "speaker", "id": ids[2], "name": "Party"},
        {"record": "document", **document(1, quote(sources=[{"speaker": ids[0]}]), quote("nowhere"))},
        {"record": "document", **document(2, quote(sources=[{"speaker": ids[1]}]))},
    ]
    job = imported(world.manager, world.project, ndjson(*lines), dry_run="true")
    assert (job["status"], job["dry_run"]) == ("succeeded", True)
    assert refused(job) == [("quote-not-found", 4)]
    assert job["report"]["stored"]["created"] == 3 + 2 + 2
    assert not Article.objects.exists()
    assert not Speaker.objects.exists()


def test_what_a_file_has_brought_under_a_name_is_not_looked_at_again(
    world: World, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each document has a speaker of its own of one name: what the last one costs must not grow with their number."""
    settings.IMPORT_BATCH = 1
    make_speaker(world.project, "Ada Stern")
    asked, brought = [], Memory.brought

    def noted(self: Memory, kind: str, ids: Any) -> Any:
        asked.append(len(ids))
        return brought(self, kind, ids)

    monkeypatch.setattr(Memory, "brought", noted)
    each: dict[str, Any] = {
        "publishers": [{"name": "Post"}],
        "speakers": [{"name": "Ada Stern"}],
        "claims": [{"text": "Taxes fall."}],
    }
    job = imported(world.manager, world.project, ndjson(*(document(n, **each) for n in range(8))))
    assert (job["report"]["stored"]["created"], job["report"]["stored"]["reused"]) == (8 * 4 - 1, 1)
    assert max(asked) == 1


def test_offsets_that_are_off_are_repaired_where_that_is_asked_for(world: World) -> None:
    """As a tool that counts UTF-16 would write them: one even lies beyond the text."""
    taxes, fall = {"start": 15, "end": 20, "exact": "taxes"}, {"start": 27, "end": 31, "exact": "fall"}
    quotes = [{"content": taxes}, {"content": taxes | {"exact": "fires"}}, {"content": {"fragments": [fall, taxes]}}]
    file = ndjson({"article": {"title": "Tax", "body": "🏛 She said 🗣 taxes would fall"}, "quotes": quotes})
    report = imported(world.manager, world.project, file)["report"]
    assert (report["refused"], report["repaired"]) == ({"exact-mismatch": 2, "span-out-of-range": 1}, {})
    report = imported(world.manager, world.project, file, on_conflict="upsert", repair="true")["report"]
    assert (report["refused"], report["repaired"]) == ({"exact-mismatch": 1}, {"moved": 2})
    details = [item["detail"] for item in report["items"] if item["code"] == "moved"]
    assert details[1] == "quotes/2: content: It said 27-31, 15-20, and is at 25-29, 13-18."
    shown = world.manager.get(f"{API}/quotes/?project={world.project.pk}").json()["results"]
    assert [quote["content"]["start"] for quote in shown] == [13, 13]


def test_a_mapping_arrives(world: World) -> None:
    answer = send(world.manager, world.project, b"{}", repair="true", mapping='{"labels": {"A": "B"}}')
    job = answer.json()
    assert (job["repair"], job["mapping"]) == (True, {"labels": {"A": "B"}})


REFUSED: list[tuple[dict[str, Any], int, tuple[str, str]]] = [
    ({"format": "docx"}, 400, ("invalid-choice", "/format")),
    ({"on_conflict": "maybe"}, 400, ("invalid-choice", "/on_conflict")),
    ({"dry_run": "yes"}, 400, ("invalid", "/dry_run")),
    ({"mapping": "[1]"}, 400, ("invalid", "/mapping")),
    ({"mapping": "{"}, 400, ("malformed-json", "/mapping")),
    ({"mapping": '{"a": "' + "x" * 100_000 + '"}'}, 400, ("max-length", "/mapping")),
    ({"colour": "red"}, 400, ("unknown-field", "/colour")),
    ({"status": "succeeded"}, 400, ("unknown-field", "/status")),
    ({"project": "0190d1f0-0000-7000-8000-000000000000"}, 422, ("no-such-object", "/project")),
    ({"file": "no file"}, 400, ("invalid", "/file")),
    ({"format": ["ndjson", "brat"]}, 400, ("repeated-field", "/format")),
    ({"format": "nd\0json"}, 400, ("nul-character", "/format")),
]


@pytest.mark.parametrize(("form", "status", "fault"), REFUSED)
def test_a_form_that_is_wrong_is_told_where(
    form: dict[str, Any], status: int, fault: tuple[str, str], world: World
) -> None:
    place = SimpleNamespace(pk=form.pop("project", world.project.pk))
    answer = send(world.manager, place, b"{}\n", **form)
    assert (answer.status_code, codes(answer)) == (status, [fault])
    assert not ImportJob.objects.exists()
    assert not Upload.objects.exists()


def test_an_empty_file_and_a_missing_one_are_refused(world: World) -> None:
    assert codes(send(world.manager, world.project, b"")) == [("empty", "/file")]
    answer = world.manager.post(f"{API}/imports/", data={"project": str(world.project.pk), "format": "ndjson"})
    assert codes(answer) == [("required", "/file")]
    answer = world.manager.post(f"{API}/imports/", {"project": str(world.project.pk)})
    assert answer.status_code == 415


def test_a_form_that_was_cut_off_is_refused(world: World) -> None:
    body = b'--b\r\nContent-Disposition: form-data; name="format"\r\n\r\nndjson\r\n--b'
    told: dict[str, Any] = {"CONTENT_LENGTH": str(len(body) + 100), "wsgi.input": io.BytesIO(body)}
    answer = world.manager.http.post(
        f"{API}/imports/",
        data=body,
        content_type="multipart/form-data; boundary=b",
        headers={"authorization": f"Bearer {world.manager.token}"},
        **told,
    )
    assert (answer.status_code, codes(answer)[0][0]) == (400, "incomplete-body")


def test_too_large_a_file_is_refused_before_it_is_read(world: World, settings: Any) -> None:
    settings.UPLOAD_MAX = 1000
    answer = send(world.manager, world.project, b"x" * 2000)
    assert (answer.status_code, codes(answer)) == (413, [("body-too-large", "")])
    settings.UPLOAD_MAX, settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10_000, 1000
    assert send(world.manager, world.project, b"x" * 2000).status_code == 202


def test_a_key_makes_one_job_of_two_calls(world: World) -> None:
    answers = [send(world.manager, world.project, b"{}\n", idempotency_key="k") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].json() == answers[1].json()
    assert ImportJob.objects.count() == Upload.objects.count() == 1
    other = send(world.manager, world.project, b"{ }\n", idempotency_key="k")
    assert codes(other) == [("key-reused", "")]
    assert Upload.objects.count() == 1


def test_a_job_is_for_managers_and_its_maker(world: World) -> None:
    job = send(world.manager, world.project, b"{}\n").json()["id"]
    for api, status in ((world.manager, 200), (world.curator, 404), (world.stranger, 404), (world.anonymous, 401)):
        assert api.get(f"{API}/imports/{job}/").status_code == status
        assert api.post(f"{API}/imports/{job}/cancel/", {}, if_match="*").status_code in {status, 404, 401} - {
            200 if api is not world.manager else 0
        }
    assert send(world.curator, world.project, b"{}\n").status_code == 403
    assert [row["id"] for row in world.curator.get(f"{API}/imports/").json()["results"]] == []


def test_whoever_lost_the_role_imports_no_more(world: World) -> None:
    job = send(world.manager, world.project, ndjson(document(1))).json()["id"]
    Membership.objects.filter(user=world.manager.user).update(role="curator")
    work()
    job = done(world.manager, job)
    assert (job["status"], refused(job)) == ("failed", [("forbidden", None)])
    assert not Article.objects.exists()


def test_an_archive_with_something_bad_in_it_is_refused_whole(world: World) -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("../x.ann", "")
    job = imported(world.manager, world.project, held.getvalue(), "brat", "x.zip")
    assert (job["status"], refused(job)) == ("failed", [("archive-refused", None)])


def test_a_project_of_inception_is_read_as_it_is(world: World) -> None:
    mapping = json.dumps({"labels": {"Quotation": "quote"}, "users": {"anna": "annotator"}})
    job = imported(world.manager, world.project, exported(), "xmi", "project.zip", mapping=mapping)
    assert (job["status"], job["report"]["counts"]["quotes"]) == ("succeeded", 3)
    sets = AnnotationSet.objects.values_list("annotator_name", "annotator_user__username", "label")
    assert set(sets) == {("annotator", "annotator", ""), ("CURATION_USER", None, "curation")}
