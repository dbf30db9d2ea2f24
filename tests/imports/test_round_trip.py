"""Out, into an empty project, out again: the same, but for what an import makes anew."""

from __future__ import annotations

import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Count

from annotations.models import AnnotationSet, ImportJob, Quote, QuoteSource
from articles.models import Article
from projects.models import Event, Project
from tests import builders
from tests.builders import World
from tests.corpora.test_polnear import ARTICLES, FOLDER, MENTIONS, QUOTES, SETS, SHARED, needs_corpus
from tests.estate import API
from tests.imports.jobs import document, imported, ndjson, quote

pytestmark = pytest.mark.django_db(transaction=True)
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
ANEW = {"version", "created_at", "updated_at", "created_by", "user", "exported_at", "sha256"}


def exported(api: Any, project: Any, format: str = "ndjson", query: str = "") -> bytes:
    answer = api.get(f"{API}/projects/{project.pk}/export/{format}/{query}")
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)


def comparable(data: bytes) -> list[Any]:
    """The lines without what an import makes anew; each id is its number in the order of the file."""
    numbers: dict[str, str] = {}

    def number(found: re.Match[str]) -> str:
        return numbers.setdefault(found[0], f"#{len(numbers)}")

    def kept(value: Any) -> Any:
        if isinstance(value, dict):
            texts = "body" in value  # a text's hash stays, the last line's does not
            return {n: kept(v) for n, v in value.items() if n not in ANEW or (n == "sha256" and texts)}
        if isinstance(value, list):
            return [kept(item) for item in value]
        return ID.sub(number, value) if isinstance(value, str) else value

    return [kept(json.loads(line)) for line in data.splitlines()][1:]


def empty_project(api: Any) -> Any:
    project = builders.make_project(f"empty-{Project.objects.count()}")
    builders.make_member(project, api.user, "manager")
    return project


def there_and_back(api: Any, project: Any) -> dict[str, Any]:
    first, target = exported(api, project), empty_project(api)
    job = imported(api, target, first)
    assert (job["status"], job["report"]["refused"]) == ("succeeded", {}), job["report"]["items"][:3]
    assert comparable(exported(api, target)) == comparable(first)
    return job


def test_the_seed(seeded: Any, manager: Any, seed_quotes: int) -> None:
    project = Project.objects.get(slug="demo")
    assert there_and_back(manager, project)["report"]["counts"]["quotes"] == seed_quotes


def full(world: World) -> Any:
    """One of everything that is hard: several sets and revisions, nesting, pieces, shared mentions, merges, reviews."""
    project, user = world.project, world.annotator.user
    post = builders.make_publisher(project, "The Post", domain="post.example")
    article = builders.make_article(project, publisher=post.pk, external_id="a-1", metadata={"n": 1})
    own = builders.make_set(article, user, status="submitted", label="first")
    other = builders.make_set(article, world.other_annotator.user)
    gold = builders.make_set(article, world.curator.user, kind="adjudicated", status="closed")
    stern = builders.make_speaker(project, "Ada Stern", wikidata_qid="Q7")
    again = builders.make_speaker(project, "A. Stern", merged_into=stern)
    party = builders.make_speaker(project, "The Party", kind="organisation")
    type(stern).objects.filter(pk=again.pk).update(affiliation=party)  # which comes later in the file
    official = builders.make_speaker(project, "an official", article=article)
    claim, denied = (
        builders.make_claim(project, "Taxes will fall in 2026.", language="en"),
        builders.make_claim(project, "No. 😀"),
    )
    for held in (own, other, gold):
        she = builders.make_mention(held, "she", kind="pronominal", speaker=stern, tags=["x"], review_status="approved")
        outer = builders.make_quote(
            held, ["promised the same", "nobody believes her"], cue="told reporters", sources=[she]
        )
        inner = builders.make_quote(held, "promised the same", parent=outer, sources=[she, official], type="direct")
        builders.add_source(inner, builders.make_mention(held, "Ben Okafor"), role="addressee")
        said = builders.make_occurrence(held, "taxes would fall", claim=claim, quote=inner, claimants=[stern, None])
        builders.make_evidence(claim, held, "the budget had been ready", quote=inner)
        builders.make_evidence(denied, held, occurrence=said, stance="refutes")
    copied = Quote.objects.filter(set=gold.pk, parent=None)
    copied.update(derived_from=Quote.objects.get(set=own.pk, parent=None), confidence=0.5, note="Both agree.")
    text = {"title": "Corrected", "body": "Ada Stern 😀 said so.", "base_revision": 1, "reason": "Wrong."}
    assert world.curator.post(f"{API}/articles/{article.pk}/revisions/", text).status_code == 201
    article.refresh_from_db()
    builders.make_quote(builders.make_set(article, user), "said so")
    builders.make_relation(claim, denied, "contradicts")
    builders.make_review(claim, "https://check.example/1", verdict="refuted")
    builders.make_evidence(denied, url="https://page.example/", excerpt="So it says.")
    builders.make_article(project, "Bare.", "Nothing on it")
    return project


def test_everything_that_is_hard(world: World, settings: Any) -> None:
    project = full(world)
    for settings.IMPORT_BATCH in (1, 5_000):
        job = there_and_back(world.manager, project)
        assert job["report"]["noticed"] == {}


def test_stand_off_annotations_find_their_texts_again(world: World) -> None:
    """Given away without words, and joined by whoever has the articles."""
    project, target = full(world), empty_project(world.manager)
    whole, bare = exported(world.manager, project), exported(world.manager, project, query="?text=false")
    texts = [json.loads(line) for line in whole.splitlines()]
    articles = [{"article": line["article"]} for line in texts if line["record"] == "document"]
    publishers = [line for line in texts if line["record"] == "publisher"]
    assert imported(world.manager, target, ndjson(*publishers, *articles))["report"]["refused"] == {}
    job = imported(world.manager, target, bare, on_conflict="upsert")
    assert job["report"]["refused"] == {}, job["report"]["items"]
    names = ("mentions", "quotes", "claim_occurrences", "evidence")

    def spans(data: bytes) -> list[Any]:
        lines = [json.loads(line) for line in data.splitlines()]
        held = [row for line in lines for name in names for row in line.get(name, []) if isinstance(row, dict)]
        return [row.get("span") or row.get("content") for row in held]

    assert spans(exported(world.manager, target)) == spans(whole)
    alone = imported(world.manager, empty_project(world.manager), bare)
    assert set(alone["report"]["refused"]) >= {"text-unknown"}


def zipped(folder: Path) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, file.relative_to(folder).as_posix())
    return held.getvalue()


@needs_corpus
def test_polnear_by_brat_and_back(world: World) -> None:
    """The counts are those of another reader of the .ann files (tests/corpora)."""
    data = zipped(FOLDER)
    job = imported(world.manager, world.project, data, "brat", "polnear.zip")
    assert job["status"] == "succeeded"
    counts = job["report"]["counts"]
    assert (counts["articles"], counts["sets"]) == (ARTICLES, SETS)
    assert (counts["quotes"], counts["mentions"]) == (QUOTES, MENTIONS)
    assert (Article.objects.count(), AnnotationSet.objects.count(), Quote.objects.count()) == (ARTICLES, SETS, QUOTES)
    assert job["report"]["refused"] == {"event-empty": 1, "no-event": 73}
    shared = QuoteSource.objects.values("mention").annotate(n=Count("quote", distinct=True)).filter(n__gt=1)
    assert shared.count() == SHARED
    events = Event.objects.count()
    again = imported(world.manager, world.project, data, "brat", "polnear.zip", on_conflict="upsert")
    assert {name for name, n in again["report"]["stored"].items() if n} == {"reused"}
    assert Event.objects.count() == events
    there_and_back(world.manager, world.project)
    back = imported(world.manager, empty_project(world.manager), exported(world.manager, world.project, "brat"), "brat")
    assert back["report"]["stored"]["created"] >= QUOTES + MENTIONS
    assert Quote.objects.filter(project=Project.objects.order_by("-pk")[0].pk).count() == QUOTES


def test_the_command_line_does_the_same(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project = full(world)
    file, target = tmp_path / "all.ndjson", empty_project(world.manager)
    call_command("export_annotations", "--project", project.slug, "--output", str(file))
    assert comparable(file.read_bytes()) == comparable(exported(world.manager, project))
    line = ["import_annotations", "--project", target.slug, "--user", "manager"]
    call_command(*line, str(file))
    assert comparable(exported(world.manager, target)) == comparable(file.read_bytes())
    assert "created" in capsys.readouterr().out
    bad = tmp_path / "bad.ndjson"
    bad.write_bytes(ndjson(document(1, quote("nowhere"))))
    call_command(*line, str(bad))
    assert "refused  bad.ndjson:1  quote-not-found: quotes/0: content/exact:" in capsys.readouterr().err
    with pytest.raises(CommandError, match="no such user"):
        call_command(*line[:-1], "nobody", str(bad))
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "x.txt").write_text("Ada Stern said that taxes would fall.")
    (tmp_path / "folder" / "x.ann").write_text(
        "T1\tSource 0 9\tAda Stern\nT2\tCue 10 14\tsaid\nT3\tContent 20 36\ttaxes would fall\n"
        "T4\tAttribution 10 14\tsaid\nE1\tAttribution:T4 Source:T1 Cue:T2 Content:T3\n"
    )
    call_command(*line, "--format", "brat", "--dry-run", str(tmp_path / "folder"))
    assert "articles" in capsys.readouterr().out


def test_an_interrupted_command_goes_on_where_it_was(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.IMPORT_BATCH = 1
    file = tmp_path / "x.ndjson"
    file.write_bytes(ndjson(*(document(n, quote()) for n in range(5))))
    line = ["import_annotations", "--project", world.project.slug, "--user", "manager", str(file)]

    def interrupted(*args: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as context:
        context.setattr("tqdm.tqdm.update", interrupted)
        with pytest.raises(CommandError, match="repeat the command with --resume") as told:
            call_command(*line)
    assert 1 <= Quote.objects.count() < 5  # with the batch that was on its way
    call_command(*line, "--resume", str(told.value).split()[-1])
    assert Quote.objects.count() == 5
    (job,) = ImportJob.objects.all()
    assert (job.status, job.report["stored"]["created"]) == ("succeeded", 10)
    with pytest.raises(CommandError, match="no such import"):
        call_command(*line, "--resume", str(world.project.pk))
    with pytest.raises(CommandError, match="invalid UUID"):
        call_command(*line, "--resume", "x")
