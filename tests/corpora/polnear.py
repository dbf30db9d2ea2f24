"""PolNeAR's brat files as annotation documents: a small reader, for tests only.

One article becomes one document with one set for each of its .ann files. Kept are Source, Cue and Content spans and
the Attribution events over them; the event's trigger repeats the cue. Counted and left out: events without arguments,
and the marker spans Discuss and Discard. The text is kept whole, headline included, so that brat's offsets hold.
"""

from __future__ import annotations

import csv
import hashlib
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Json = dict[str, Any]
Pieces = tuple[tuple[int, int], ...]

MISSING = {"", "None", "NA"}
ROLES = ("Source", "Cue", "Content")
ARTICLES = {"a", "an", "the"}
PRONOUNS = {
    *("i", "me", "my", "mine", "we", "us", "our", "ours", "you", "your", "yours", "he", "him", "his", "she", "her"),
    *("hers", "it", "its", "they", "them", "their", "theirs", "who", "whom", "whose", "which", "that", "this", "these"),
    *("those", "one", "everyone", "everybody", "someone", "somebody", "anyone", "anybody", "nobody"),
}


@dataclass
class Corpus:
    documents: list[Json] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)


@dataclass
class Standoff:
    """One .ann file: spans by T id as (label, pieces), arguments by E id as (role, T id), in file order."""

    spans: dict[str, tuple[str, Pieces]] = field(default_factory=dict)
    events: dict[str, list[tuple[str, str]]] = field(default_factory=dict)


def read_corpus(folder: Path) -> Corpus:
    corpus = Corpus()
    with (folder / "metadata.tsv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
            corpus.documents.append(read_document(folder, row, corpus.left_out))
    return corpus


def read_document(folder: Path, row: dict[str, str], left_out: Counter[str]) -> Json:
    stem = row["filename"]
    text = read_text(folder / "text" / f"{stem}.txt")
    publisher = {"key": "publisher", "id": publisher_id(row["publisher"]), "name": row["publisher"]}
    document: Json = {
        "article": article(row, text),
        "publishers": [publisher],
        "sets": [],
        "mentions": [],
        "quotes": [],
    }
    for name in row["annotators"].split("|"):
        standoff = parse(read_text(folder / "attributions" / f"{stem}_{name}.ann"))
        left_out.update(markers(standoff))
        annotator = {"kind": "human", "name": name, "version": "", "user": None}
        document["sets"].append({"key": name, "kind": "imported", "annotator": annotator, "label": ""})
        mention_of = first_of_span(standoff)
        document["mentions"] += mentions(standoff, text, name, mention_of)
        document["quotes"] += quotes(standoff, text, name, mention_of)
    return document


def read_text(path: Path) -> str:
    """The characters as they are: no newline translation, which would move offsets."""
    return path.read_bytes().decode("utf-8")


def publisher_id(name: str) -> str:
    """An id makes one publisher of what many documents of one call name: keys are local to a document."""
    raw = bytearray(hashlib.sha256(name.encode()).digest()[:16])
    raw[6] = 0x70 | raw[6] & 0x0F
    raw[8] = 0x80 | raw[8] & 0x3F
    return str(uuid.UUID(bytes=bytes(raw)))


def article(row: dict[str, str], text: str) -> Json:
    given = {name: value for name, value in row.items() if value not in MISSING}
    fields: Json = {
        "external_id": row["filename"],
        "title": given.get("title") or text.partition("\n")[0],
        "body": text,
        "language": "en",
        "publisher": "#publisher",
        "metadata": {name: given[name] for name in ("compartment", "level", "wire") if name in given},
    }
    if "author" in given:
        fields |= {"byline": given["author"], "authors": [given["author"]]}
    if "publication_date" in given:
        fields |= {"published_on": given["publication_date"], "published_precision": "day"}
    return fields


def parse(ann: str) -> Standoff:
    """Lines end at LF alone: str.splitlines would also cut at characters that occur inside spans."""
    standoff = Standoff()
    for line in filter(None, ann.split("\n")):
        name, told, *_ = line.split("\t")
        head, _, rest = told.partition(" ")
        if name.startswith("T"):
            standoff.spans[name] = (head, pieces_of(rest))
        elif name.startswith("E"):
            roles = (argument.split(":") for argument in rest.split())
            # brat numbers the second argument of a role: Content, Content2.
            standoff.events[name] = [(role.rstrip("0123456789"), span) for role, span in roles]
    return standoff


def pieces_of(offsets: str) -> Pieces:
    """`209 236;91 186`: the pieces in the annotator's order."""
    pairs = (piece.split(" ") for piece in offsets.split(";"))
    return tuple((int(start), int(end)) for start, end in pairs)


def markers(standoff: Standoff) -> Iterator[str]:
    yield from ("event without arguments" for arguments in standoff.events.values() if not arguments)
    kept = {*ROLES, "Attribution", "Attribution-no-source"}
    yield from (f"{label} span" for label, _ in standoff.spans.values() if label not in kept)


def first_of_span(standoff: Standoff) -> dict[str, str]:
    """Each Source's T id to the first one with the same pieces: a set has one mention for them."""
    first: dict[Pieces, str] = {}
    sources = {name: pieces for name, (label, pieces) in standoff.spans.items() if label == "Source"}
    return {name: first.setdefault(pieces, name) for name, pieces in sources.items()}


def span(text: str, pieces: Pieces) -> Json:
    """The words are the text's at the offsets; brat's own copy has a space where a span holds a line break."""
    fragments = [{"start": start, "end": end, "exact": text[start:end]} for start, end in pieces]
    return fragments[0] if len(fragments) == 1 else {"fragments": fragments}


def mentions(standoff: Standoff, text: str, name: str, mention_of: dict[str, str]) -> Iterator[Json]:
    for source in dict.fromkeys(mention_of.values()):
        _, pieces = standoff.spans[source]
        words = " ".join(text[start:end] for start, end in pieces)
        yield {
            "key": f"{name}_{source}",
            "set": f"#{name}",
            "external_id": source,
            "span": span(text, pieces),
            "kind": mention_kind(words),
        }


def mention_kind(words: str) -> str:
    """brat has none, so a rule of thumb: a lone pronoun; else named if a word other than an article has a capital."""
    tokens = words.split()
    if len(tokens) == 1 and tokens[0].lower() in PRONOUNS:
        return "pronominal"
    capital = any(token[:1].isupper() and token.lower() not in ARTICLES for token in tokens)
    return "named" if capital else "nominal"


def quotes(standoff: Standoff, text: str, name: str, mention_of: dict[str, str]) -> Iterator[Json]:
    for event, arguments in standoff.events.items():
        if not arguments:
            continue
        told = {role: [span for given, span in arguments if given == role] for role in ROLES}
        cue, content = (sum((standoff.spans[one][1] for one in told[role]), ()) for role in ("Cue", "Content"))
        yield {
            "set": f"#{name}",
            "external_id": event,
            "type": "unspecified",
            "content": span(text, content),
            "cue": span(text, cue) if cue else None,
            "sources": [{"role": "source", "mention": f"#{name}_{mention_of[one]}"} for one in told["Source"]],
        }
