"""A real corpus through the bulk door: PolNeAR's development part, 84 news articles annotated in brat.

The corpus has no licence, so it is read from outside this repository: ONRECORD_CORPORA names the folder that holds
`polnear-dev`. What the server should say is read from the .ann files once more, here, without the reader's code.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.corpora.polnear import Corpus, Json, mention_kind, read_corpus

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
def corpus() -> Corpus:
    return read_corpus(FOLDER)


@cache
def oracle() -> dict[tuple[str, str], dict[str, Attribution]]:
    """(article, annotator) to event id to (content, cue, sources): each its pieces and brat's own copy of the words."""
    files = sorted((FOLDER / "attributions").glob("*.ann"))
    stems = [file.stem.rpartition("_") for file in files]
    return {(stem, name): attributions(file) for (stem, _, name), file in zip(stems, files, strict=True)}


def attributions(file: Path) -> dict[str, Attribution]:
    ann = file.read_bytes().decode("utf-8")
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


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("He", "pronominal"),
        ("Mr. Stenger", "named"),
        ("federal prosecutors", "nominal"),
        ("The president", "nominal"),
        ("the White House", "named"),
    ],
)
def test_mention_kind_is_a_rule_of_thumb(words: str, kind: str) -> None:
    assert mention_kind(words) == kind


MADE_UP = "Up, say\ntwo. Ann and Bo left.\n"
MADE_UP_ANN = """\
T1\tSource 13 16\tAnn
T2\tCue 4 7\tsay
T3\tContent 24 28;0 2\tleft Up
T4\tAttribution 4 7\tsay
E1\tAttribution:T4 Source:T1 Source2:T7 Cue:T2 Content:T3
T5\tSource 13 16\tAnn
T6\tContent 4 11\tsay two
T7\tSource 21 23\tBo
T8\tContent 0 2\tUp
E2\tAttribution:T4 Source:T5 Cue:T2 Content:T6 Content2:T8
E3\tAttribution-no-source:T4
T9\tDiscuss 0 2\tUp
"""


def test_reader_on_what_the_corpus_part_has_not(tmp_path: Path) -> None:
    """Two T ids on one span, two sources, two contents, a line break inside a span, pieces out of order."""
    text, ann = MADE_UP, MADE_UP_ANN
    for name, content in {
        "text/x.txt": text,
        "attributions/x_ab12.ann": ann,
        "metadata.tsv": "filename\tannotators\tpublisher\tpublication_date\tauthor\ttitle\nx\tab12\tp\tNone\tNA\t\n",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content.encode())
    read = read_corpus(tmp_path)
    (document,) = read.documents
    first, second = document["quotes"]
    assert document["article"]["title"] == "Up, say"
    assert not {"authors", "byline", "published_on"} & set(document["article"])
    assert [mention["external_id"] for mention in document["mentions"]] == ["T1", "T7"]
    assert [source["mention"] for source in first["sources"]] == ["#ab12_T1", "#ab12_T7"]
    assert [source["mention"] for source in second["sources"]] == ["#ab12_T1"]
    assert [piece["exact"] for piece in first["content"]["fragments"]] == ["left", "Up"]
    assert [piece["exact"] for piece in second["content"]["fragments"]] == ["say\ntwo", "Up"]
    assert first["cue"] == second["cue"] == {"start": 4, "end": 7, "exact": "say"}
    assert read.left_out == {"event without arguments": 1, "Discuss span": 1}


@needs_corpus
def test_reader_keeps_what_the_files_hold() -> None:
    documents = corpus().documents
    assert len(documents) == ARTICLES
    assert sum(len(document["sets"]) for document in documents) == len(oracle()) == SETS
    assert sum(len(document["quotes"]) for document in documents) == sum(map(len, oracle().values())) == QUOTES
    assert sum(len(document["mentions"]) for document in documents) == MENTIONS
    assert corpus().left_out == {"event without arguments": 1, "Discuss span": 49, "Discard span": 24}


# The bulk door


@needs_corpus
@pytest.mark.parametrize("send", [as_list, as_lines])
def test_corpus_through_the_bulk_door(manager: Any, send: Callable[[Any, str, list[Json]], Any]) -> None:
    created = manager.post("/api/v1/projects/", json={"slug": "polnear-dev", "name": "PolNeAR, development part"})
    assert created.status_code == 201, created.json()
    project = created.json()["id"]
    posted = send(manager, f"/api/v1/projects/{project}/documents/", corpus().documents)
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

    again = send(manager, f"/api/v1/projects/{project}/documents/?on_conflict=upsert", corpus().documents)
    assert again.status_code in (200, 201), again.json()
    assert lists_of(manager, project) == stored, "nothing is new, and no version has risen"


def check_texts(articles: list[Json]) -> None:
    sent = {document["article"]["external_id"]: document["article"] for document in corpus().documents}
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
