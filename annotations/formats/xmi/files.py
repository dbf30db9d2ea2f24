"""Which files are of one document, and whose each of them is."""

from __future__ import annotations

from collections import defaultdict
from typing import Final, NamedTuple

from annotations.formats.beside import COMPANIONS
from annotations.formats.files import Files, InputFile

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
        if extension.lower() not in ("xmi", "json") or not stem or COMPANIONS in folders:
            continue
        if len(folders) > 1 and folders[-2] in EXPORTED:
            found[folders[-1]].append(Pass(stem, file))
        elif not exported:  # of a project, all other files are its sources and settings
            found[stem].append(Pass(folders[-1] if folders else "", file))
    return {name: without_initial(found[name]) for name in sorted(found)}


def without_initial(found: list[Pass]) -> list[Pass]:
    named = [one for one in found if one.annotator != INITIAL]
    return named or [Pass("", found[0].file)]
