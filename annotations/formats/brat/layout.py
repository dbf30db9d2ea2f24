"""Which files belong together: a text, its .ann files with their annotators, and our own companion.

A text's .ann file has its name and lies beside it, or in another folder (the annotator's), or adds an annotator to the
name as PolNeAR does (`x_ab12.ann`). Annotators who have a folder each with a copy of the text annotate one article.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from annotations.formats.beside import COMPANIONS
from annotations.formats.files import Files, InputFile
from annotations.formats.report import Report, Where
from annotations.formats.texts import decode


@dataclass
class Item:
    """One article's files; `anns` by annotator, "" where nothing names one."""

    name: str
    text: InputFile
    anns: dict[str, InputFile] = field(default_factory=dict)
    companion: InputFile | None = None


def stem_of(name: str) -> str:
    return name.rpartition("/")[2].rpartition(".")[0]


def folder_of(name: str) -> str:
    return name.rpartition("/")[0]


def items(files: Files, report: Report) -> Iterator[Item]:
    texts: dict[str, list[str]] = defaultdict(list)
    for name in files:
        if name.lower().endswith(".txt") and stem_of(name):
            texts[stem_of(name)].append(name)
    anns = paired(files, texts, report)
    companions = {stem_of(name): file for name, file in files.items() if folder_of(name) == COMPANIONS}
    for stem in sorted(texts):
        groups = same_text(files, texts[stem])
        for group in groups:
            name = stem if len(groups) == 1 else group[0].rpartition(".")[0]
            found = [(text, ann, annotator) for text in group for ann, annotator in anns.get(text, ())]
            yield Item(name, files[group[0]], by_annotator(files, found, len(group) > 1), companions.get(stem))


def paired(files: Files, texts: dict[str, list[str]], report: Report) -> dict[str, list[tuple[str, str]]]:
    """For each text its (.ann file, annotator)."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for ann in sorted(name for name in files if name.lower().endswith(".ann")):
        text, annotator = text_of(ann, texts)
        if text is None:
            report.refuse("text-missing", "There is no one .txt file that this belongs to.", Where(ann))
        else:
            found[text].append((ann, annotator))
    return found


def text_of(ann: str, texts: dict[str, list[str]]) -> tuple[str | None, str]:
    stem, suffix = stem_of(ann), ""
    if stem not in texts:
        stem, _, suffix = stem.rpartition("_")
    among = texts.get(stem, [])
    beside = [text for text in among if folder_of(text) == folder_of(ann)]
    chosen = beside or among
    if len(chosen) != 1:
        return None, ""
    return chosen[0], suffix or ("" if beside else folder_of(ann).rpartition("/")[2])


def same_text(files: Files, names: list[str]) -> list[list[str]]:
    """Files of one name, grouped by what they hold."""
    if len(names) == 1:
        return [names]
    groups: dict[bytes, list[str]] = defaultdict(list)
    for name in sorted(names):
        groups[hashlib.sha256(files[name].read()).digest()].append(name)
    return list(groups.values())


def by_annotator(files: Files, found: list[tuple[str, str, str]], copies: bool) -> dict[str, InputFile]:
    """The .ann files by annotator; where copies of the text lie in several folders, these are the annotators'."""
    named = [
        (annotator or (folder_of(text).rpartition("/")[2] if copies else ""), ann) for text, ann, annotator in found
    ]
    often = Counter(annotator for annotator, _ in named)
    return {annotator if often[annotator] == 1 else ann.rpartition(".")[0]: files[ann] for annotator, ann in named}


def facts_of(files: Files, report: Report) -> dict[str, dict[str, str]]:
    """What PolNeAR's metadata.tsv says of each text, by the text's name."""
    for name, file in files.items():
        if name.rpartition("/")[2] == "metadata.tsv":
            # Not str.splitlines: titles may hold other characters that it takes for the end of a line.
            lines = io.StringIO(decode(file.read(), Where(name), report).removeprefix("\ufeff"), newline=None)
            csv.field_size_limit(2**24)
            rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE, restval="")
            return {
                row.get("filename") or "": {k: v for k, v in row.items() if k and isinstance(v, str)} for row in rows
            }
    return {}
