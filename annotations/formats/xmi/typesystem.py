"""Which features of a type system are slots: XMI writes references and numbers alike.

Specification: https://uima.apache.org/d/uimaj-current/references.html#ugr.ref.xml.component_descriptor.type_system.
"""

from __future__ import annotations

from typing import Final
from xml.parsers import expat

from annotations.formats.files import Files, InputFile
from annotations.formats.report import Report, Where
from annotations.formats.xmi.cas import FS_ARRAY, EntityRefused, parse, parser_of

NAME: Final = "typesystem.xml"
Slots = frozenset[tuple[str, str]]


def slots_in(files: Files, report: Report) -> Slots | None:
    """(type, feature) of all arrays of structures; None where no file says it."""
    found = [slots_of(file, report) for name, file in files.items() if name.lower().rpartition("/")[2] == NAME]
    known = [slots for slots in found if slots is not None]
    return frozenset().union(*known) if known else None


def slots_of(file: InputFile, report: Report) -> Slots | None:
    reading = _Reading()
    parser = parser_of()
    parser.StartElementHandler, parser.EndElementHandler = reading.start, reading.end
    parser.CharacterDataHandler = reading.characters
    try:
        parse(parser, file.read())
    except EntityRefused:
        detail = "The file has a document type, which may define entities."
        report.refuse("entity-refused", detail, Where(file.name))
        return None
    except expat.ExpatError as exc:
        report.refuse("malformed-xml", expat.ErrorString(exc.code), Where(file.name, exc.lineno))
        return None
    return frozenset(reading.slots)


class _Reading:
    def __init__(self) -> None:
        self.slots: set[tuple[str, str]] = set()
        self.path: list[str] = []
        self.text = self.type = self.feature = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.path.append(name.rpartition(" ")[2])
        self.text = ""

    def characters(self, data: str) -> None:
        self.text += data

    def end(self, name: str) -> None:
        path, text = self.path[-2:], self.text.strip()
        if path == ["typeDescription", "name"]:
            self.type = text
        elif path == ["featureDescription", "name"]:
            self.feature = text
        elif path == ["featureDescription", "rangeTypeName"] and text == FS_ARRAY:
            self.slots.add((self.type, self.feature))
        self.path.pop()
        self.text = ""
