"""Documents without the words of their article, and with them again: stand-off annotations that may be given away where
the text may not.

Without words a document has offsets, and the hash of each text (`sha256` of the article and of its revisions, as the
API computes it) in place of title, body and every `exact`. What annotators wrote themselves (claims, notes, names,
lemmas) stays. Whoever has the text joins it again: the hash says which one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from annotations.formats.base import Json
from annotations.kinds import SPANS
from articles.text import digest

WORDS: Final = ("title", "body", "capture")


class TextUnknown(Exception):
    """A document's text is not there, or is another one than it was made on."""


def without_words(document: Json) -> Json:
    """The document as `?text=false` gives it."""
    found = on_every_span(document, lambda span, item: offsets(span))
    if "article" in found:
        article = found["article"] = hashed(found["article"])
        if "revisions" in article:
            article["revisions"] = [hashed(revision) for revision in article["revisions"]]
    return found


def with_words(document: Json, texts: Mapping[str, tuple[str, str]]) -> Json:
    """The document with its words again; `texts` are (title, body) by hash. Raises TextUnknown."""
    article = document.get("article")
    if article is None or "body" in article:
        return document
    found = {**document, "article": joined(article, texts)}
    if "revisions" in article:
        found["article"]["revisions"] = [joined(revision, texts) for revision in article["revisions"]]
    by_number = {text.get("number"): text for text in [*found["article"].get("revisions", ()), found["article"]]}
    revisions = {held.get("id"): held.get("revision") for held in document.get("sets", ())}

    def restore(span: Json, item: Json) -> Json:
        text = by_number.get(revisions.get(item.get("set")), found["article"])
        return worded(span, text[span.get("part") or "body"])

    return on_every_span(found, restore)


def on_every_span(document: Json, change: Callable[[Json, Json], Json]) -> Json:
    found = dict(document)
    for kind, names in SPANS.items():
        if kind in found:
            found[kind] = [
                item | {name: change(item[name], item) for name in names if item.get(name)} for item in found[kind]
            ]
    if "quotes" in found:  # a source shows its mention's span, which the mention has
        found["quotes"] = [
            quote | {"sources": [bare(s) for s in quote.get("sources", ())]} for quote in found["quotes"]
        ]
    return found


def bare(source: Json) -> Json:
    return {name: value for name, value in source.items() if name != "span"} if source.get("mention") else source


def hashed(text: Json) -> Json:
    known = text.get("sha256") or digest(text["title"], text["body"])
    return {name: value for name, value in text.items() if name not in WORDS} | {"sha256": known}


def joined(text: Json, texts: Mapping[str, tuple[str, str]]) -> Json:
    title, body = texts.get(text.get("sha256", ""), ("", ""))
    if digest(title, body) != text.get("sha256"):
        raise TextUnknown(text.get("sha256"))
    return text | {"title": title, "body": body}


def offsets(span: Json) -> Json:
    pieces = [{"start": piece["start"], "end": piece["end"]} for piece in span.get("fragments") or [span]]
    return {"part": span.get("part") or "body", "fragments": pieces}


def worded(span: Json, text: str) -> Json:
    pieces = [piece | {"exact": text[piece["start"] : piece["end"]]} for piece in span["fragments"]]
    return {**span, "fragments": pieces}
