"""A CAS as a text and feature structures, from XMI or CAS JSON: only what may be an annotation or a link is kept.

XMI is flat: an element for each feature structure, its type as namespace and name, its features as attributes (several
references as numbers with spaces), arrays of strings as elements inside. Entities are refused before they are defined.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from xml.parsers import expat

from annotations.formats.elements import elements
from annotations.formats.files import InputFile
from annotations.formats.report import Report, Where
from annotations.formats.shapes import mapping

XMI: Final = "http://www.omg.org/XMI"
SOFA, FS_ARRAY = "uima.cas.Sofa", "uima.cas.FSArray"
STRUCTURES_MAX: Final = 200_000
# What no annotator of quotes made: segmentation, syntax, metadata.
PASSED: Final = re.compile(
    r"(uima\.tcas\.DocumentAnnotation|uima\.cas\.(NULL|View)|de\.tudarmstadt\.ukp\.(clarin|inception)\.|"
    r"de\.tudarmstadt\.ukp\.dkpro\.core\.api\.(segmentation|lexmorph|syntax|metadata|transform|anomaly|structure)\.).*"
)
NUMBERS: Final = re.compile(r"\d+( \d+)*", re.A)


@dataclass
class Structure:
    """A feature structure; references are ids as strings."""

    id: str
    type: str
    where: Where
    features: dict[str, Any] = field(default_factory=dict)
    referring: frozenset[str] = frozenset()  # the features that are references, where the file tells

    @property
    def short(self) -> str:
        return self.type.rpartition(".")[2]

    def text(self, name: str) -> str:
        found = self.features.get(name)
        return found if isinstance(found, str) else ""

    def number(self, name: str) -> int | None:
        found = self.features.get(name)
        if isinstance(found, str) and found.isascii() and found.isdigit() and len(found) < 10:
            return int(found)
        return found if isinstance(found, int) and not isinstance(found, bool) and found >= 0 else None

    def references(self, name: str) -> list[str]:
        found = self.features.get(name)
        if isinstance(found, list):
            return [str(item) for item in found if isinstance(item, str | int)]
        return found.split(" ") if isinstance(found, str) and NUMBERS.fullmatch(found) else []


@dataclass
class Cas:
    """`text`: of the first view. None: there is none, which has been reported."""

    text: str | None = None
    structures: dict[str, Structure] = field(default_factory=dict)


class TooMany(Exception):
    """The file has more than STRUCTURES_MAX annotations."""


class EntityRefused(Exception):
    """The XML has a document type, in which entities may be defined."""


def load(file: InputFile, report: Report) -> Cas:
    """The CAS in a file, XMI or JSON; an empty one where it cannot be read, which is reported."""
    reader = Structures(file, report)
    try:
        (reader.xmi if file.name.lower().endswith(".xmi") else reader.json)()
    except EntityRefused:
        report.refuse("entity-refused", "The file has a document type, which may define entities.", Where(file.name))
    except TooMany:
        detail = f"The file has more than {STRUCTURES_MAX:,} annotations."
        report.refuse("too-many-annotations", detail, Where(file.name))
    except expat.ExpatError as exc:
        report.refuse("malformed-xml", expat.ErrorString(exc.code), Where(file.name, exc.lineno))
    else:
        return reader.cas()
    return Cas()


class Structures:
    """The feature structures of one file, as they come."""

    def __init__(self, file: InputFile, report: Report) -> None:
        self.file, self.report = file, report
        self.found: dict[str, Structure] = {}
        self.sofas: list[Structure] = []

    def take(self, structure: Structure) -> None:
        if structure.type == SOFA:
            self.sofas.append(structure)
        elif len(self.found) == STRUCTURES_MAX:
            raise TooMany
        else:
            self.found[structure.id] = structure

    def cas(self) -> Cas:
        sofa = next((one for one in self.sofas if isinstance(one.features.get("sofaString"), str)), None)
        if sofa is None:
            self.report.refuse("no-text", "The file has no view with a text.", Where(self.file.name))
            return Cas()
        beside = [one for one in self.found.values() if one.features.get("sofa", sofa.id) != sofa.id]
        for one in beside:
            self.report.refuse("other-view", "The annotation is on another view than the first.", one.where, one.type)
            del self.found[one.id]
        return Cas(sofa.features["sofaString"], self.found)

    # XMI.

    def xmi(self) -> None:
        parser = parser_of()
        opened: list[Any] = []  # the root, a structure or None for one that is passed over, a feature

        def start(name: str, attributes: dict[str, str]) -> None:
            where = Where(self.file.name, parser.CurrentLineNumber)
            if not opened:
                opened.append(name)
            elif len(opened) == 1:
                opened.append(structure_of(name, attributes, where))
            elif len(opened) == 2 and opened[1] is not None:
                opened.append(opened[1].features.setdefault(name, []))
                if isinstance(opened[2], list):
                    opened[2].append("")
            else:
                opened.append(None)

        def characters(data: str) -> None:
            if len(opened) == 3 and isinstance(opened[2], list):
                opened[2][-1] += data

        def end(name: str) -> None:
            closed = opened.pop()
            if len(opened) == 1 and closed is not None:
                self.take(closed)

        parser.StartElementHandler, parser.EndElementHandler = start, end
        parser.CharacterDataHandler = characters
        parse(parser, self.file.read())

    # CAS JSON.

    def json(self) -> None:
        for found, where in elements(self.file, frozenset({"%FEATURE_STRUCTURES"}), self.report):
            told = mapping(found)
            kind, id = told.get("%TYPE"), told.get("%ID")
            if not isinstance(kind, str) or not isinstance(id, int):
                self.report.refuse("not-one-of-these", "This is no feature structure.", where, str(found)[:200])
            elif not PASSED.fullmatch(kind):
                self.take(from_json(str(id), kind, where, told))
        self.put_arrays()

    def put_arrays(self) -> None:
        """Arrays are structures of their own: their elements go where they are referred to."""
        arrays = {id: one.features["%ELEMENTS"] for id, one in self.found.items() if "%ELEMENTS" in one.features}
        for one in self.found.values():
            for name, value in one.features.items():
                if name in one.referring and value in arrays:
                    one.features[name] = arrays[value]
        for id in arrays:
            del self.found[id]


def parse(parser: expat.XMLParserType, data: bytes) -> None:
    """Errors: ExpatError, also for an encoding that is none, or none of single bytes or Unicode."""
    try:
        parser.Parse(data, True)
    except (LookupError, ValueError) as exc:
        error = expat.ExpatError()
        error.code, error.lineno = expat.errors.codes[expat.errors.XML_ERROR_UNKNOWN_ENCODING], 1
        raise error from exc


def parser_of() -> expat.XMLParserType:
    """A parser that names elements and attributes by namespace and name, and refuses document types."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = refuse_entities
    return parser


def refuse_entities(*args: Any) -> None:
    raise EntityRefused


def structure_of(name: str, attributes: dict[str, str], where: Where) -> Structure | None:
    """None for types that are passed over."""
    space, _, local = name.rpartition(" ")
    package = space.removeprefix("http:///").removesuffix(".ecore").replace("/", ".")
    kind = f"{package}.{local}" if package not in ("", "uima.noNamespace") else local
    id = attributes.get(f"{XMI} id")
    if id is None or PASSED.fullmatch(kind):
        return None
    return Structure(id, kind, where, {n: v for n, v in attributes.items() if " " not in n})


def from_json(id: str, kind: str, where: Where, told: Mapping[str, Any]) -> Structure:
    """References have a name with @ in front."""
    references = {name[1:]: str(value) for name, value in told.items() if name.startswith("@")}
    plain = {name: value for name, value in told.items() if not name.startswith("@")}
    return Structure(id, kind, where, plain | references, frozenset(references))
