"""The quote page: the quote in its passage, who is quoted by whom, and what is nested in it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from annotations.admin.pages.article import in_order, quote_line, set_name, text_of
from annotations.admin.pages.document import Reading, Shown, read, stretches, words
from annotations.highlighting import passage
from annotations.models import Quote
from projects.admin import caller_of


def quote_panel(request: HttpRequest, row: Quote) -> dict[str, Any]:
    """All of one set's document: the queries are as few as those of the article page."""
    reading = read(row.article, caller_of(request), set=row.set_id)
    quote = reading.by_id[str(row.pk)]
    outer, nested = ancestors(reading, quote), descendants(reading, quote)
    return {
        "template": "annotations/admin/quote.html",
        "lang": reading.article["language"] or "",
        "passage": in_passage(reading, quote, [*outer, *nested]),
        "chain": [level(reading, one) for one in (*outer, quote)],
        "nested": [quote_line(reading, one) for one in in_order(nested)],
        "sources": [source_line(reading, source) for source in quote["sources"]],
        "facts": facts(quote),
        "tags": quote["tags"],
        "note": quote["note"],
        "quote": quote,
        "article": reading.article["title"],
        "article_href": reverse("admin:articles_article_change", args=[row.article_id]),
        "set": set_name(reading.lists["sets"][0]),
        "set_href": reading.href("set", quote["set"]),
    }


def ancestors(reading: Reading, quote: dict[str, Any]) -> list[dict[str, Any]]:
    """The quotes it is nested in, the outermost first."""
    found: list[dict[str, Any]] = []
    while quote["parent"]:
        quote = reading.by_id[quote["parent"]]
        found.insert(0, quote)
    return found


def descendants(reading: Reading, quote: dict[str, Any]) -> list[dict[str, Any]]:
    """The quotes nested in it, at any depth."""
    inside = {quote["id"]}
    for one in sorted(reading.lists["quotes"], key=lambda one: int(one["depth"])):
        if one["parent"] in inside:
            inside.add(one["id"])
    return [one for one in reading.lists["quotes"] if one["id"] in inside and one is not quote]


def in_passage(reading: Reading, quote: dict[str, Any], family: list[dict[str, Any]]) -> list[Any]:
    """The paragraphs that the quote lies in, with its spans and those of its family."""
    own, ids = quote["id"], {one["id"] for one in (quote, *family)}
    mentions = {source["mention"] for one in (quote, *family) for source in one["sources"]}
    part = quote["content"]["part"]
    shown = [one for one in reading.shown() if one.part == part and one.pk in ids | mentions]
    needed = {own} | {source["mention"] for source in quote["sources"]}
    pieces = [piece for one in shown for piece in one.mark.pieces if one.pk in needed]
    text = text_of(reading, str(quote["revision"]))[part]
    return stretches(text, [targeted(one, own) for one in shown], window=passage(text, pieces))


def targeted(shown: Shown, pk: str) -> Shown:
    """The quote's own content, made to stand out."""
    own = shown.pk == pk and shown.kind == "content"
    return replace(shown, kind="content target") if own else shown


def level(reading: Reading, quote: dict[str, Any]) -> dict[str, Any]:
    return quote_line(reading, quote) | {"sources": [source_line(reading, source) for source in quote["sources"]]}


def source_line(reading: Reading, source: dict[str, Any]) -> dict[str, Any]:
    speaker, mention = source["speaker"], source["mention"]
    return {
        "name": source["speaker_name"],
        "href": reading.href("speaker", speaker) if speaker else None,
        "role": source["role"],
        "role_text": source["role_text"],
        "kind": source["mention_kind"],
        "exact": (source["span"] or {}).get("exact", ""),
        "mention_href": reading.href("mention", mention) if mention else None,
        "affiliation": reading.named(source["affiliation"]),
    }


def facts(quote: dict[str, Any]) -> list[tuple[str, str]]:
    """What was annotated of the quote: only what was."""
    content = quote["content"]
    pieces = ", ".join(f"{piece['start']}–{piece['end']}" for piece in content["fragments"])
    cue = quote["cue"] and f"{quote['cue']['exact']}{f' ({lemma})' if (lemma := quote['cue_lemma']) else ''}"
    confidence = quote["confidence"]
    found = [
        ("Cue", cue),
        ("Type", words(quote["type"])),
        ("Act", words(quote["act"])),
        ("Medium", ", ".join(quote["medium"])),
        ("Factuality", words(quote["factuality"])),
        ("Uttered on", quote["uttered_on"]),
        ("Venue", quote["venue"]),
        ("Confidence", None if confidence is None else f"{confidence:.2f}"),
        ("Position", f"{content['part']}, {pieces}"),
        ("Revision", str(quote["revision"])),
        ("External id", quote["external_id"]),
    ]
    return [(name, value) for name, value in found if value]
