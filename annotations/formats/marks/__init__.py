"""What Label Studio, doccano and INCEpTION have in common: labelled stretches of one text, and links between them.

    Content ──source, spokesperson, addressee──> Source        a quote, and the mentions that it is attributed to
            ──cue──> Cue
            ──parent──> Content                                the quote that this one is part of
            ──piece──> Content ──piece──> …                    a span in several pieces, in the annotator's order
    Claim   ──quote──> Content,  ──object──> Object,  ──time──> Time

A stretch is a `Mark`, what joins two is a `Link`, and what one annotator made of one text is a `Layer`. `scheme.py`
says what a foreign label means, `reading.py` makes a document of layers, `writing.py` layers of a document. What such
tools have no place for goes beside, as a companion (`companion.py`), and what was changed in the tool wins over it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from annotations.formats.base import Json
from annotations.formats.report import Where


class Mark(NamedTuple):
    """`key` is how links and the companion name it; offsets are the file's; `words` what the file says it covers, if it
    does; `fields` what it says of the annotation, in our words."""

    key: str
    label: str
    start: int
    end: int
    words: str | None
    where: Where
    fields: Json


class Link(NamedTuple):
    """From one mark to another, each by its key."""

    source: str
    target: str
    label: str
    where: Where


@dataclass
class Layer:
    """`set` is the annotation set as this file tells of it; `name` is that of its companion."""

    set: Json
    name: str = ""
    marks: list[Mark] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
