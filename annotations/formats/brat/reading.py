"""From brat's files to documents: one article each, a set for each of its .ann files."""

from __future__ import annotations

from collections.abc import Iterator

from annotations.formats.base import LABEL_MAX, Json, Options, Read
from annotations.formats.beside import with_beside
from annotations.formats.brat.article import article_of
from annotations.formats.brat.companion import FORMAT, Companion, SetCompanion, companion_of
from annotations.formats.brat.events import AnnReading
from annotations.formats.brat.layout import Item, facts_of, folder_of, items
from annotations.formats.brat.spans import place_all
from annotations.formats.brat.standoff import Standoff, parse
from annotations.formats.files import Files
from annotations.formats.report import Report, Where
from annotations.formats.spots import Finder
from annotations.formats.texts import FileText, decode
from annotations.spans import AnchorText


def read(files: Files, report: Report, options: Options) -> Iterator[Read]:
    return with_beside(articles(files, report, options), files, FORMAT, report)


def articles(files: Files, report: Report, options: Options) -> Iterator[tuple[Json, Where]]:
    facts = facts_of(files, report)
    for item in items(files, report):
        document = read_item(item, facts.get(item.name, {}), report, options)
        if document is not None:
            yield document, Where(item.text.name)


def read_item(item: Item, row: dict[str, str], report: Report, options: Options) -> Json | None:
    where = Where(item.text.name)
    text = FileText(decode(item.text.read(), where, report))
    stored = text.taken(where, report)
    if stored is None:
        return None
    companion = companion_of(item.companion, stored, report)
    document, publishers = start(item, stored, row, companion)
    document |= {name: list(held) for name, held in companion.lists.items() if held}
    if publishers:
        document["publishers"] = publishers
    anchor = AnchorText(stored)
    for number, (annotator, ann) in enumerate(item.anns.items()):
        told = companion.sets.get(annotator) or companion.sets.get(last_folder(ann.name)) or SetCompanion()
        standoff = parse(decode(ann.read(), Where(ann.name), report), ann.name, report)
        if companion.article is not None and told.set is None and standoff == Standoff():
            continue  # the empty file that let brat show an article without annotations
        annotation_set = told.set or set_of(number, annotator)
        finder = Finder({"body": anchor}, report, options.repair)
        placed = place_all(standoff, text, ann.name, finder)
        own = f"#{annotation_set['key']}" if "key" in annotation_set else annotation_set.get("id")
        reading = AnnReading(standoff, placed, f"{number}", own, ann.name, finder, companion.body_at, told, options)
        document["sets"].append(annotation_set)
        document["mentions"] += reading.mentions()
        document["quotes"] += reading.quotes()
        reading.tell_rest()
    return document


def start(item: Item, stored: str, row: dict[str, str], companion: Companion) -> tuple[Json, list[Json]]:
    """The document with its article, and the article's publisher where a table names one."""
    if companion.article is not None:
        publishers: list[Json] = []
        article = {**companion.article, "body": stored[companion.body_at :]}
    else:
        article, publishers = article_of(item.name, stored, row)
    return {"article": article, "sets": [], "mentions": [], "quotes": []}, publishers


def last_folder(name: str) -> str:
    return folder_of(name).rpartition("/")[2]


def set_of(number: int, annotator: str) -> Json:
    kind = "human" if annotator else "import"
    who = {"kind": kind, "name": (annotator or "brat")[-LABEL_MAX:], "version": "", "user": None}
    return {"key": f"set{number}", "kind": "imported", "annotator": who, "label": ""}
