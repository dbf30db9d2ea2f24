"""Which files are of one document, and whose each of them is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from typing import Final, NamedTuple

from annotations.formats.archives import unpack
from annotations.formats.beside import COMPANIONS
from annotations.formats.files import Files, InputFile, Refused
from annotations.formats.report import Report, Where

EXPORTED: Final = ("annotation", "curation")  # folders of a project that INCEpTION exported
PROJECT: Final = "exportedproject"
INITIAL, CURATOR = "INITIAL_CAS", "CURATION_USER"  # its names for what nobody, and for what a curator made


class Pass(NamedTuple):
    """One annotator's file on a document; `annotator` is "" where nothing names one."""

    annotator: str
    file: InputFile


def passes(files: Files) -> dict[str, list[Pass]]:
    """By document, sorted; what nobody has annotated only where there is nothing else."""
    found: dict[str, list[Pass]] = defaultdict(list)
    exported = any(name.startswith(PROJECT) for name in files)
    for name, file in files.items():
        *folders, last = name.split("/")
        stem, _, extension = last.rpartition(".")
        if extension.lower() not in ("xmi", "json", "zip") or not stem or COMPANIONS in folders:
            continue
        if len(folders) > 1 and folders[-2] in EXPORTED:
            found[folders[-1]].append(Pass(stem, file))
        elif not exported and extension.lower() != "zip":  # of a project, all other files are its sources and settings
            found[stem].append(Pass(folders[-1] if folders else "", file))
    return {name: without_initial(found[name]) for name in sorted(found)}


def without_initial(found: list[Pass]) -> list[Pass]:
    named = [one for one in found if one.annotator != INITIAL]
    return named or [Pass("", found[0].file)]


def opened(found: list[Pass], report: Report) -> Iterator[tuple[Pass, Files]]:
    """Each pass with the CAS itself as its file, and what is packed with it: INCEpTION packs an XMI with its types."""
    for one in found:
        if not one.file.name.lower().endswith(".zip"):
            yield one, {}
            continue
        try:
            held = (one.file.unpack or partial(unpack, one.file))()
        except Refused as exc:
            report.refuse(exc.code, exc.detail, Where(one.file.name))
            continue
        cas = next((file for name, file in held.items() if name.lower().endswith((".xmi", ".json"))), None)
        if cas is None:
            report.refuse("no-text", "There is no XMI or JSON file in it.", Where(one.file.name))
        else:
            yield one._replace(file=cas), held
