"""For tools that have one text for each article: the title in front of the body at need, the sets of the head revision,
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


def of_head(document: Json, stem: str, report: Report) -> Iterator[Json]:
    """The sets on the text that is written; those on earlier revisions are reported."""
    head = document["article"].get("revision")
    for annotation_set in document.get("sets") or ():
        if head is None or annotation_set.get("revision") in (None, head):
            yield annotation_set
        else:
            detail = "A set on an earlier revision was left out: this format has one text for each article."
            report.refuse("revision-not-kept", detail, Where(stem), str(annotation_set.get("id")))
    if len(document["article"].get("revisions") or ()) > 1:
        report.refuse("revisions-not-kept", "Earlier revisions were left out.", Where(stem))


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
