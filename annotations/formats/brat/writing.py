"""From documents to a zip that brat opens: a folder for each annotator, with a copy of the text beside each .ann."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from annotations.formats.archives import ZipStream
from annotations.formats.base import LISTS, Json, Options, count
from annotations.formats.brat.companion import AFTER, APART, BEFORE, FORMAT, sha256
from annotations.formats.brat.config import ANNOTATION_CONF, VISUAL_CONF
from annotations.formats.brat.layout import COMPANIONS
from annotations.formats.brat.lines import AnnFile
from annotations.formats.report import Report, Where

SAFE = re.compile(r"\w[\w.-]{0,119}", re.A)
TEXTS = ("body", "revisions")


def write(head: Json, documents: Iterable[Json], report: Report, options: Options) -> Iterator[bytes]:
    archive, folder, beside = ZipStream(), BEFORE, Counter[str]()
    yield from archive.add("annotation.conf", ANNOTATION_CONF.encode())
    yield from archive.add("visual.conf", VISUAL_CONF.encode())
    for number, document in enumerate(documents, 1):
        count(report, document)
        beside.update({name: len(document.get(name) or ()) for name in APART})
        if "article" in document:
            folder = AFTER
            for name, data in article_files(document, number, report):
                yield from archive.add(name, data)
        elif any(document.get(name) for name in LISTS):
            yield from archive.add(f"{folder}{number:08}.json", orjson.dumps({"format": FORMAT, **document}))
    for name in APART:
        if beside[name]:
            detail = f"{beside[name]} {name}: brat has no place for them; they are in {COMPANIONS}/ beside its files."
            report.notice("beside", detail, Where(COMPANIONS))
    yield from archive.end()


def article_files(document: Json, number: int, report: Report) -> Iterator[tuple[str, bytes]]:
    article = document["article"]
    stem = stem_of(article, number)
    text, body_at = text_of(document)
    sets: Json = {}
    for annotation_set in of_head(document, stem, report):
        folder = folder_of(annotation_set, sets)
        ann = AnnFile(text, body_at, Where(f"{folder}/{stem}.ann"), report)
        ann.write(*(in_set(document, name, annotation_set) for name in ("mentions", "quotes")))
        sets[folder] = {"set": annotation_set, **ann.told}
        yield f"{folder}/{stem}.txt", text.encode()
        yield f"{folder}/{stem}.ann", "".join(f"{line}\n" for line in ann.lines).encode()
    if not sets:
        yield f"unannotated/{stem}.txt", text.encode()
        yield f"unannotated/{stem}.ann", b""
    companion = {"format": FORMAT, "sha256": sha256(text), "body_at": body_at, "sets": sets}
    companion["article"] = {name: value for name, value in article.items() if name not in TEXTS}
    yield f"{COMPANIONS}/{stem}.json", orjson.dumps({**companion, **{n: document[n] for n in APART if document.get(n)}})


def stem_of(article: Json, number: int) -> str:
    """The article's external_id, where it is a plain word; else its id, which no other file has."""
    external = article.get("external_id")
    if isinstance(external, str) and SAFE.fullmatch(external) and not external.lower().endswith((".txt", ".ann")):
        return external
    words = re.sub(r"[^a-z0-9]+", "-", article.get("title", "").lower())[:40].strip("-")
    return f"{words or 'article'}-{article.get('id') or number}"


def text_of(document: Json) -> tuple[str, int]:
    """The .txt, and where the body starts in it. brat has no title: it goes before the body if something is annotated
    on it, and else stays in the companion, so that a corpus from brat goes back with the offsets it came with."""
    title, body = document["article"].get("title") or "", document["article"]["body"]
    return (f"{title}\n{body}", len(title) + 1) if title and any(on_title(document)) else (body, 0)


def on_title(document: Json) -> Iterator[bool]:
    for name, fields in (("mentions", ["span"]), ("quotes", ["content", "cue"])):
        for item in document.get(name) or ():
            yield from ((item.get(field) or {}).get("part") == "title" for field in fields)


def of_head(document: Json, stem: str, report: Report) -> Iterator[Json]:
    """The sets on the text that is written; those on earlier revisions are reported."""
    head = document["article"].get("revision")
    for annotation_set in document.get("sets") or ():
        if head is None or annotation_set.get("revision") in (None, head):
            yield annotation_set
        else:
            detail = "A set on an earlier revision was left out: brat has one text for each file."
            report.refuse("revision-not-kept", detail, Where(stem), str(annotation_set.get("id")))
    if len(document["article"].get("revisions") or ()) > 1:
        report.refuse("revisions-not-kept", "Earlier revisions were left out.", Where(stem))


def in_set(document: Json, name: str, annotation_set: Json) -> list[Json]:
    own: Any = annotation_set.get("id")
    return [item for item in document.get(name) or () if item.get("set") == own]


def folder_of(annotation_set: Json, taken: Json) -> str:
    annotator = annotation_set.get("annotator") or {}
    words = "-".join(filter(None, (annotator.get("name"), annotator.get("version"), annotation_set.get("label"))))
    plain = re.sub(r"[^A-Za-z0-9]+", "-", words)[:60].strip("-") or annotation_set.get("kind") or "annotator"
    return next(name for n in range(1, len(taken) + 2) if (name := plain if n == 1 else f"{plain}-{n}") not in taken)
