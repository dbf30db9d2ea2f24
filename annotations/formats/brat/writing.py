"""From documents to a zip that brat opens: a folder for each annotator, with a copy of the text beside each .ann."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

import orjson

from annotations.formats.archives import ZipStream
from annotations.formats.base import LISTS, Json, Options, count
from annotations.formats.beside import AFTER, BEFORE, COMPANIONS
from annotations.formats.brat.companion import APART, FORMAT
from annotations.formats.brat.config import ANNOTATION_CONF, VISUAL_CONF
from annotations.formats.brat.lines import AnnFile
from annotations.formats.onetext import folder_of, in_set, on_head, stem_of, text_of
from annotations.formats.report import Report, Where
from annotations.formats.shapes import sha256

TEXTS = ("body", "revisions")
SPANS = {"mentions": ("span",), "quotes": ("content", "cue")}


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
    document = on_head(document, stem, report)
    text, body_at = text_of(document, SPANS)
    sets: Json = {}
    for annotation_set in document.get("sets") or ():
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
