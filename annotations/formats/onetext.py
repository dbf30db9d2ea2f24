"""For tools that have one text for each article: the title in front of the body at need, what is on the head revision,
and names for files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from annotations.formats.base import LISTS, Json
from annotations.formats.report import Report, Where

SAFE: Final = re.compile(r"\w[\w.-]{0,119}", re.A)
FILES: Final = (".txt", ".ann", ".xmi", ".json")


def stem_of(article: Json, number: int) -> str:
    """The article's external_id, where it is a plain word; else its id, which no other file has."""
    external = article.get("external_id")
    if isinstance(external, str) and SAFE.fullmatch(external) and not external.lower().endswith(FILES):
        return external
    words = re.sub(r"[^a-z0-9]+", "-", article.get("title", "").lower())[:40].strip("-")
    return f"{words or 'article'}-{article.get('id') or number}"


def text_of(document: Json, spans: Mapping[str, Sequence[str]]) -> tuple[str, int]:
    """The one text, and where the body starts in it. The title goes before the body if one of these spans is on it, and
    else stays beside, so that a corpus from such a tool goes back with the offsets it came with."""
    title, body = document["article"].get("title") or "", document["article"]["body"]
    return (f"{title}\n{body}", len(title) + 1) if title and any(on_title(document, spans)) else (body, 0)


def on_title(document: Json, spans: Mapping[str, Sequence[str]]) -> Iterator[bool]:
    for name, fields in spans.items():
        for item in document.get(name) or ():
            yield from ((item.get(field) or {}).get("part") == "title" for field in fields)


def on_head(document: Json, stem: str, report: Report) -> Json:
    """The document on the text that is written: without the sets on earlier revisions and what is in them, which is
    reported."""
    article = document["article"]
    if len(article.get("revisions") or ()) > 1:
        report.refuse("revisions-not-kept", "Earlier revisions were left out.", Where(stem))
    head, sets = article.get("revision"), document.get("sets") or ()
    gone = dict.fromkeys(f["id"] for f in sets if head is not None and f.get("revision") not in (None, head))
    if not gone:
        return document
    for own in gone:
        number = sum(item.get("set") == own for name in LISTS for item in document.get(name) or ())
        detail = f"A set on an earlier revision was left out, with {number} objects in it: "
        report.refuse("revision-not-kept", f"{detail}this format has one text for each article.", Where(stem), own)
    held = {name: document[name] for name in LISTS if name in document}
    kept = {name: [item for item in items if item.get("set") not in gone] for name, items in held.items()}
    return document | kept | {"sets": [found for found in sets if found["id"] not in gone]}


def no_article(document: Json, report: Report) -> None:
    """Reports what belongs to no article, in a format that has nothing but articles. Identities go with these."""
    for name in LISTS:
        if (number := len(document.get(name) or ())) and name not in ("publishers", "speakers", "claims"):
            detail = f"{number} {name} that belong to no article were left out."
            report.refuse("no-article", detail, Where(name))


def in_set(document: Json, name: str, annotation_set: Json) -> list[Json]:
    own: Any = annotation_set.get("id")
    return [item for item in document.get(name) or () if item.get("set") == own]


def folder_of(annotation_set: Json, taken: Json) -> str:
    annotator = annotation_set.get("annotator") or {}
    words = "-".join(filter(None, (annotator.get("name"), annotator.get("version"), annotation_set.get("label"))))
    plain = re.sub(r"[^A-Za-z0-9]+", "-", words)[:60].strip("-") or annotation_set.get("kind") or "annotator"
    return next(name for n in range(1, len(taken) + 2) if (name := plain if n == 1 else f"{plain}-{n}") not in taken)
