"""Documents as a GET shows them: the seed, and made-up ones with what breaks other systems."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from annotations.formats import FORMATS, Files, Options, Report
from annotations.formats.archives import Limits, is_zip, unzip
from annotations.formats.files import single
from annotations.spans import Span

Json = dict[str, Any]

SEED = Path(__file__).parents[2] / "seeds/data/voa-2009-04-24.json"

TITLE = "«Nie wieder», sagt 👩‍🚀 Ánna"
BODY = (
    "\N{WAVING WHITE FLAG}\ufe0f\u200d\N{RAINBOW} Anna said: “We 🚀 won’t go,\nwe stay — or so Bo 🇩🇪 told us”, "
    "and  left.\n\nقالت ليلى إن السلام ممكن.\nE\u0301lodie\u00a0agreed; Élodie\u0301 did not.\t(end) \u0083 \x1b ﻿.\n"
)


def id_of(number: int) -> str:
    return f"019a0000-0000-7000-8000-{number:012d}"


def span(*words: str, part: str = "body") -> Json:
    """The span of these words, one piece each, where they stand first."""
    text = TITLE if part == "title" else BODY
    pieces = tuple((text.index(word), text.index(word) + len(word)) for word in words)
    return Span(part, pieces, " ".join(words)).to_json()


def made_up() -> Json:
    """One article, two sets, spans beyond the BMP, in Arabic, with combining marks, over a line break, in pieces that
    touch and stand out of order, on the title; quotes in quotes, a shared mention, one without source or cue."""
    sets = [
        set_of(2, "individual", "human", "anna ä", "first pass"),
        set_of(3, "machine", "model", "finder", ""),
    ]
    common: Json = {"confidence": None, "tags": [], "note": "", "external_id": None, "derived_from": None}
    common |= {"review_status": "unreviewed"}
    speakers = [
        {"id": id_of(10), "name": "Anna 👩‍🚀", "kind": "person", "is_named": True, "aliases": ["A."]},
        {"id": id_of(11), "name": "two officials", "kind": "group", "is_named": False, "article": id_of(1)},
    ]

    def mention(number: int, of: int, words: Json, speaker: int | None, kind: str = "named") -> Json:
        who = speaker and id_of(speaker)
        return {"id": id_of(number), "set": id_of(of), "span": words, "kind": kind, "speaker": who, **common}

    def source(number: int | None, speaker: int | None, **more: Any) -> Json:
        base = {"role": "source", "mention": number and id_of(number), "speaker": speaker and id_of(speaker)}
        return {**base, "mention_kind": "named" if number else "implicit", "role_text": "", "affiliation": None, **more}

    def quote(number: int, of: int, content: Json, cue: Json | None, sources: list[Json], **more: Any) -> Json:
        base = {"id": id_of(number), "set": id_of(of), "content": content, "cue": cue, "cue_lemma": "", **common}
        base |= {"type": "unspecified", "act": "unspecified", "medium": [], "factuality": "factual", "parent": None}
        return {**base, "sources": sources, "uttered_on": None, "venue": "", **more}

    mentions = [
        mention(20, 2, span("Anna"), 10)
        | {"external_id": "T1", "note": "two\nlines\tand a tab", "tags": ["x y", "z=1"]},
        mention(21, 2, span("Bo 🇩🇪"), None),
        mention(22, 3, span("Anna"), 10),
        mention(23, 3, span("👩‍🚀 Ánna", part="title"), 10),
        mention(24, 2, span("قالت ليلى"), 11, "nominal"),
    ]
    quotes = [
        quote(
            30,
            2,
            span("“We 🚀 won’t go,\nwe stay", "told us”"),
            span("said"),
            [source(20, 10, role_text="astronaut"), source(21, None, role="addressee", mention_kind="named")],
            type="direct",
            act="statement",
            medium=["speech", "writing"],
            external_id="E7",
            review_status="approved",
            confidence=0.25,
        ),
        quote(31, 2, span("we stay"), span("told us", "so"), [source(21, None)], parent=id_of(30), tags=["nested"]),
        quote(
            32,
            2,
            span("السلام ممكن"),
            None,
            [source(24, 11, mention_kind="nominal"), source(None, 10, role="spokesperson")],
        ),
        quote(33, 3, span("\u00a0agreed", "E\u0301lodie"), None, [], derived_from=id_of(30), uttered_on="2026-01-02"),
        quote(34, 3, span("Nie wieder", part="title"), span("sagt", part="title"), [source(23, 10)]),
        quote(35, 3, span(" agreed".replace(" ", "\u00a0"), "Élodie\u0301", " 🚀"), None, [source(22, 10)]),
    ]
    claims = [
        {"id": id_of(40), "text": "They stay.", "language": "en"},
        {"id": id_of(41), "text": "Bleiben ☂", "language": "de"},
    ]
    occurrences = [
        {
            "id": id_of(50),
            "set": id_of(2),
            "span": span("we stay"),
            "claim": id_of(40),
            "quote": id_of(30),
            "stance": "reports",
        }
        | {
            "claimants": [{"speaker": id_of(10), "is_author": False}],
            "object_span": span("We"),
            "time_span": None,
            **common,
        }
    ]
    evidence = {
        "id": id_of(60),
        "claim": id_of(40),
        "stance": "supports",
        "set": id_of(2),
        "span": span("we stay"),
        "note": "n",
    }
    return {
        "article": {
            "id": id_of(1),
            "external_id": "made-up/1",
            "title": TITLE,
            "body": BODY,
            "revision": 1,
            "language": "en",
            "url": "https://example.org/a?b=ü",
            "publisher": id_of(70),
            "authors": ["Zoë 🖋"],
            "metadata": {"deep": [1, {"x": None}]},
        },
        "publishers": [{"id": id_of(70), "name": "Der Bote", "domain": "bote.example"}],
        "sets": sets,
        "speakers": speakers,
        "claims": claims,
        "mentions": mentions,
        "quotes": quotes,
        "claim_occurrences": occurrences,
        "claim_relations": [{"id": id_of(80), "source": id_of(40), "target": id_of(41), "type": "same_as"}],
        "evidence": [evidence],
        "claim_reviews": [
            {"id": id_of(90), "claim": id_of(40), "url": "https://check.example/1", "rating_text": "True"}
        ],
    }


def set_of(number: int, kind: str, annotator: str, name: str, label: str) -> Json:
    who = {"kind": annotator, "name": name, "version": "1.2" if annotator == "model" else "", "user": None}
    return {
        "id": id_of(number),
        "revision": 1,
        "kind": kind,
        "annotator": who,
        "label": label,
        "status": "closed",
        "parents": [],
    }


def bare() -> Json:
    """An article with nothing on it, and no external_id."""
    return {"article": {"id": id_of(101), "title": "", "body": "Nothing was said.", "revision": 1}, "sets": []}


def identities() -> Json:
    return {"speakers": [{"id": id_of(201), "name": "Cleo", "kind": "person", "is_named": True}]}


def seed() -> Json:
    """The seed as a GET shows it: references are ids."""
    document: Json = json.loads(SEED.read_text(encoding="utf-8"))
    found = with_ids(document)
    found["article"]["revision"] = 1
    return found


def items(document: Json) -> Iterable[Json]:
    for held in document.values():
        yield from [held] if isinstance(held, dict) else held


def documents() -> list[Json]:
    return [identities(), seed(), made_up(), bare(), {"claim_relations": []}]


def files_of(data: bytes, limits: Limits | None = None) -> Files:
    """Bytes as an import gets them."""
    stream = io.BytesIO(data)
    return unzip(stream, limits or Limits()) if is_zip(stream) else single("file", lambda: io.BytesIO(data))


def written(name: str, given: Iterable[Json], **options: Any) -> tuple[bytes, Report]:
    write, report = FORMATS[name].write, Report()
    assert write
    return b"".join(write({"project": "p"}, given, report, Options(**options))), report


def read_back(name: str, data: bytes | Files, **options: Any) -> tuple[list[Json], Report]:
    read, report = FORMATS[name].read, Report()
    assert read
    files = files_of(data, limits=FORMATS[name].limits) if isinstance(data, bytes) else data
    return [found.document for found in read(files, report, Options(**options))], report


# What a field has when nothing is said of it.
DEFAULTS = {
    "act": "unspecified",
    "factuality": "factual",
    "review_status": "unreviewed",
    "role": "source",
    "type": "unspecified",
    "part": "body",
}


def said(value: Any) -> Any:
    """A document as what it says: spans by their pieces, nothing that is empty or the default, no keys."""
    if isinstance(value, list):
        return [said(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "exact" in value or "fragments" in value:
        pieces = value.get("fragments") or [value]
        return value.get("part") or "body", [(piece["start"], piece["end"], piece["exact"]) for piece in pieces]
    plain = {name: said(item) for name, item in value.items() if name != "key"}
    return {n: item for n, item in plain.items() if item not in (None, "", [], {}) and DEFAULTS.get(n) != item}


def with_ids(document: Json) -> Json:
    """A document whose references are keys, as a GET would show it: each object with an id."""
    ids = {item["key"]: item.get("id") or f"id-{item['key']}" for item in items(document) if "key" in item}

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            own = {"id": ids[value["key"]]} if "key" in value else {}
            return own | {name: plain(item) for name, item in value.items() if name != "key"}
        if isinstance(value, list):
            return [plain(item) for item in value]
        known = isinstance(value, str) and value.startswith("#") and value[1:] in ids
        return ids[value[1:]] if known else value

    found: Json = plain(document)
    return found
