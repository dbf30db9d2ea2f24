"""A real corpus through the bulk door: PolNeAR's development part, 84 news articles annotated in brat.

The corpus has no licence, so it is read from outside this repository: ONRECORD_CORPORA names the folder that holds
`polnear-dev`. What the server should say is read from the .ann files once more, here, without the reader's code.
"""

from __future__ import annotations

import io
import json
import os
import re
import zipfile
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from cassis import Cas, load_cas_from_xmi, load_typesystem

from annotations.formats import FORMATS, Report
from annotations.formats.base import stable_id
from annotations.formats.files import folder
from tests.builders import World
from tests.estate import API
from tests.formats.samples import items, read_back, said, with_ids, written
from tests.imports.jobs import imported

Json = dict[str, Any]

CORPORA = os.environ.get("ONRECORD_CORPORA", "")
FOLDER = Path(CORPORA) / "polnear-dev"

ARTICLES, SETS, PUBLISHERS, QUOTES, MENTIONS, SHARED = 84, 94, 7, 2319, 2062, 122

needs_corpus = pytest.mark.skipif(
    not (CORPORA and FOLDER.is_dir()), reason="ONRECORD_CORPORA names no folder with polnear-dev"
)

Place = tuple[tuple[tuple[int, int], ...], str]
Attribution = tuple[Place, Place, list[Place]]


# What the files say


@cache
def corpus() -> tuple[list[Json], Report]:
    return read_back("brat", folder(FOLDER))


@cache
def oracle() -> dict[tuple[str, str], dict[str, Attribution]]:
    """(article, annotator) to event id to (content, cue, sources): each its pieces and brat's own copy of the words."""
    files = sorted((FOLDER / "attributions").glob("*.ann"))
    stems = [file.stem.rpartition("_") for file in files]
    return {(stem, name): attributions(file.read_bytes()) for (stem, _, name), file in zip(stems, files, strict=True)}


def attributions(data: bytes) -> dict[str, Attribution]:
    ann = data.decode("utf-8")
    places: dict[str, Place] = {}
    for name, offsets, words in re.findall(r"^(T\d+)\t\S+ ([\d ;]+)\t(.*)$", ann, re.MULTILINE):
        places[name] = (tuple((int(a), int(b)) for a, b in re.findall(r"(\d+) (\d+)", offsets)), words)
    found = {}
    for event, arguments in re.findall(r"^(E\d+)\t\S+ (.*\S.*)$", ann, re.MULTILINE):
        content, cue, sources = (
            [places[name] for name in re.findall(rf"\b{role}\d*:(T\d+)", arguments)]
            for role in ("Content", "Cue", "Source")
        )
        found[event] = (joined(content), joined(cue), sources)
    return found


def joined(places: list[Place]) -> Place:
    """Two Content arguments are the pieces of one content."""
    return tuple(piece for pieces, _ in places for piece in pieces), " ".join(words for _, words in places)


# What the server says


def place(span: Json) -> Place:
    assert [span["start"], span["end"]] == [
        min(piece["start"] for piece in span["fragments"]),
        max(piece["end"] for piece in span["fragments"]),
    ]
    pieces = tuple((piece["start"], piece["end"]) for piece in span["fragments"])
    return pieces, span["exact"].replace("\n", " ")


def walk(client: Any, path: str) -> list[Json]:
    """Every page of a list."""
    rows: list[Json] = []
    following: str | None = path
    while following:
        page = client.get(following)
        assert page.status_code == 200, page.json()
        rows += page.json()["results"]
        parts = urlsplit(page.json()["next"] or "")
        following = f"{parts.path}?{parts.query}" if parts.query else None
    return rows


def lists_of(client: Any, project: str) -> dict[str, list[Json]]:
    names = ("articles", "publishers", "annotation-sets", "mentions", "quotes")
    return {name: walk(client, f"/api/v1/{name}/?project={project}&page_size=1000") for name in names}


def as_list(client: Any, path: str, documents: list[Json]) -> Any:
    return client.post(path, json=documents)


def as_lines(client: Any, path: str, documents: list[Json]) -> Any:
    lines = "".join(json.dumps(document, ensure_ascii=False) + "\n" for document in documents)
    return client.post(path, data=lines.encode("utf-8"), content_type="application/x-ndjson")


# The reader


@needs_corpus
def test_reader_keeps_what_the_files_hold() -> None:
    documents, report = corpus()
    assert len(documents) == ARTICLES
    assert sum(len(document["sets"]) for document in documents) == len(oracle()) == SETS
    assert sum(len(document["quotes"]) for document in documents) == sum(map(len, oracle().values())) == QUOTES
    assert sum(len(document["mentions"]) for document in documents) == MENTIONS
    assert report.codes["refused"] == {"event-empty": 1, "no-event": 49 + 24}
    markers = Counter(item["detail"].split()[1] for item in report.items if item["code"] == "no-event")
    assert markers == {"Discuss": 49, "Discard": 24}
    assert not report.codes["repaired"]


@needs_corpus
def test_writer_gives_the_same_documents_and_events() -> None:
    documents = [with_ids(document) for document in corpus()[0]]
    back, report = read_back("brat", written("brat", documents)[0])
    by_name = {document["article"]["external_id"]: document for document in back}
    assert [said(by_name[document["article"]["external_id"]]) for document in documents] == list(map(said, documents))
    assert not report.codes["refused"]
    with zipfile.ZipFile(io.BytesIO(written("brat", documents)[0])) as archive:
        events = {name: archive.read(name) for name in archive.namelist() if name.endswith(".ann")}
    found = {tuple(reversed(name[:-4].split("/"))): attributions(data) for name, data in events.items()}
    assert found == oracle()


@needs_corpus
@pytest.mark.parametrize("name", ["w3c", "xmi", "label-studio", "doccano"])
def test_a_way_through_other_formats_keeps_all(name: str) -> None:
    documents = [with_ids(document) for document in corpus()[0]]
    data, told = written(name, documents)
    back, report = read_back(name, data)
    by_name = {document["article"]["external_id"]: document for document in back}
    assert [said(by_name[document["article"]["external_id"]]) for document in documents] == list(map(said, documents))
    assert not told.items
    assert not report.items


@needs_corpus
def test_cassis_reads_every_attribution() -> None:
    """Contents, cues and sources as dkpro-cassis sees them are those of the .ann files."""
    documents = [with_ids(document) for document in corpus()[0]]
    with zipfile.ZipFile(io.BytesIO(written("xmi", documents)[0])) as archive:
        types = load_typesystem(io.BytesIO(archive.read("TypeSystem.xml")))
        quotes = 0
        for (stem, annotator), expected in oracle().items():
            cas = load_cas_from_xmi(io.BytesIO(archive.read(f"{annotator}/{stem}.xmi")), types)
            heads = [found for found in cas.select("onrecord.Quote") if "/" not in found.id]
            found = Counter(tuple(pieces_in(cas, head)) for head in heads)
            assert found == Counter(tuple(content[0]) for content, _, _ in expected.values())
            linked = Counter(link.role for head in heads for link in head.links.elements if link.role != "piece")
            assert linked["source"] == sum(len(sources) for _, _, sources in expected.values())
            quotes += len(heads)
    assert quotes == QUOTES


def pieces_in(cas: Cas, head: Any) -> list[tuple[int, int]]:
    """In code points: the texts of this corpus have no character beyond the BMP."""
    found = [(head.begin, head.end)]
    while following := [link.target for link in head.links.elements if link.role == "piece"] if head.links else []:
        head = following[0]
        found.append((head.begin, head.end))
    return found


# The bulk door


@needs_corpus
@pytest.mark.parametrize("send", [as_list, as_lines])
def test_corpus_through_the_bulk_door(manager: Any, send: Callable[[Any, str, list[Json]], Any]) -> None:
    created = manager.post("/api/v1/projects/", json={"slug": "polnear-dev", "name": "PolNeAR, development part"})
    assert created.status_code == 201, created.json()
    project = created.json()["id"]
    posted = send(manager, f"/api/v1/projects/{project}/documents/", corpus()[0])
    assert posted.status_code in (200, 201), posted.json()

    stored = lists_of(manager, project)
    assert {name: len(rows) for name, rows in stored.items()} == {
        "articles": ARTICLES,
        "publishers": PUBLISHERS,
        "annotation-sets": SETS,
        "mentions": MENTIONS,
        "quotes": QUOTES,
    }
    check_texts(stored["articles"])
    shared = sum(check_article(manager, article) for article in stored["articles"])
    assert shared == SHARED

    again = send(manager, f"/api/v1/projects/{project}/documents/?on_conflict=upsert", corpus()[0])
    assert again.status_code in (200, 201), again.json()
    assert lists_of(manager, project) == stored, "nothing is new, and no version has risen"


def check_texts(articles: list[Json]) -> None:
    sent = {document["article"]["external_id"]: document["article"] for document in corpus()[0]}
    for article in articles:
        text = sent.pop(article["external_id"])
        assert article["title"] == text["title"]
        assert article["body_length"] == article["body_length_utf16"] == len(text["body"])
    assert not sent


def check_article(client: Any, article: Json) -> int:
    """Compares every set of the article with its .ann file; gives the number of mentions that several quotes share."""
    response = client.get(f"/api/v1/articles/{article['id']}/annotations/")
    assert response.status_code == 200, response.json()
    document = response.json()
    assert document["article"]["body"] == (FOLDER / "text" / f"{article['external_id']}.txt").read_bytes().decode()

    names = {annotation_set["id"]: annotation_set["annotator"]["name"] for annotation_set in document["sets"]}
    assert {(article["external_id"], name) for name in names.values()} == {
        key for key in oracle() if key[0] == article["external_id"]
    }
    for annotation_set, name in names.items():
        expected = oracle()[article["external_id"], name]
        mentions = [mention for mention in document["mentions"] if mention["set"] == annotation_set]
        quotes = [quote for quote in document["quotes"] if quote["set"] == annotation_set]
        check_set(expected, mentions, quotes)
    uses = Counter(source["mention"] for quote in document["quotes"] for source in quote["sources"])
    return sum(count > 1 for count in uses.values())


def check_set(expected: dict[str, Attribution], mentions: list[Json], quotes: list[Json]) -> None:
    spans = {source for _, _, sources in expected.values() for source in sources}
    assert len(mentions) == len(spans)
    assert {place(mention["span"]) for mention in mentions} == spans

    places = {mention["id"]: place(mention["span"]) for mention in mentions}
    found = {}
    for quote in quotes:
        sources = [place(source["span"]) for source in quote["sources"]]
        assert sources == [places[source["mention"]] for source in quote["sources"]]
        assert {source["role"] for source in quote["sources"]} <= {"source"}
        found[quote["external_id"]] = (place(quote["content"]), place(quote["cue"]), sources)
    assert found == expected


# Imports


@needs_corpus
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["xmi", "label-studio", "doccano"])
def test_corpus_through_an_import(world: World, name: str) -> None:
    """The corpus as files of another tool, sent over HTTP, read by the worker, and exported again."""
    data, _ = written(name, [with_uuids(with_ids(document)) for document in corpus()[0]])
    job = imported(world.manager, world.project, data, format=name, name=f"corpus.{FORMATS[name].extension}")
    assert job["status"] == "succeeded", job
    assert (job["report"]["counts"]["quotes"], job["report"]["counts"]["mentions"]) == (QUOTES, MENTIONS)
    assert not job["report"]["refused"]
    assert not job["report"]["repaired"]
    export = world.manager.get(f"{API}/projects/{world.project.pk}/export/{name}/")
    back, report = read_back(name, b"".join(export.streaming_content))
    export.close()
    back = [document for document in back if "article" in document]
    assert len(back) == ARTICLES
    assert sum(len(document["quotes"]) for document in back) == QUOTES
    assert sum(len(document["sets"]) for document in back) == SETS
    assert not report.codes["refused"]


def with_uuids(document: Json) -> Json:
    """The document with ids as the API gives them: unlike those of `with_ids`, other ones in each document."""
    name = document["article"]["external_id"]
    ids = {item["id"]: stable_id(name, item["id"]) for item in items(document) if item.get("id")}

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {field: plain(item) for field, item in value.items()}
        if isinstance(value, list):
            return [plain(item) for item in value]
        return ids.get(value, value) if isinstance(value, str) else value

    found: Json = plain(document)
    return found
