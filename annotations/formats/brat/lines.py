"""The .ann lines of one set, in the form that brat reads and writes itself.

brat refuses words with a line break and pieces that touch against the order of the text, so such spans take another
form here, and the companion keeps their own.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final

from annotations.formats.base import Json
from annotations.formats.brat.events import EVENT_ATTRIBUTES, FLAGS, ROLES
from annotations.formats.brat.standoff import Pieces
from annotations.formats.report import Report, Where

LABELS: Final = {role: label for label, role in ROLES.items()}


@dataclass
class AnnFile:
    """One set on its way to a file: `text` is the .txt's, `body_at` where the body starts in it."""

    text: str
    body_at: int
    where: Where
    report: Report
    lines: list[str] = field(default_factory=list)
    told: dict[str, Json] = field(default_factory=lambda: {"spans": {}, "mentions": {}, "quotes": {}})
    names: dict[str, str] = field(default_factory=dict)

    def write(self, mentions: list[Json], quotes: list[Json]) -> None:
        self.spans, self.events = Names("T", mentions), Names("E", quotes)
        self.numbers = {kind: count(1) for kind in "A#"}
        for mention in mentions:
            self.mention(mention)
        for quote in quotes:
            self.names[quote.get("id", "")] = self.events.of(quote)
        for quote in quotes:
            self.quote(quote)

    def mention(self, mention: Json) -> None:
        name = self.spans.of(mention)
        if not self.span("Source", mention["span"], name):
            self.refuse(mention["span"])
            return
        self.names[mention.get("id", "")] = name
        self.attribute("Kind", name, mention.get("kind") or "named")
        left = {"key", "set", "span", "kind"} | self.note(mention, name)
        self.told["mentions"][name] = {k: v for k, v in mention.items() if k not in left}

    def quote(self, quote: Json) -> None:
        content, cue = quote["content"], quote.get("cue")
        written = [self.brat_pieces(span) for span in (content, cue) if span]
        if not all(written):
            self.refuse(content)
            return
        name = self.events.of(quote)
        arguments = self.arguments(quote)
        self.lines.append(f"{name}\tAttribution:{self.trigger(cue or content)} {' '.join(arguments)}")
        for label, (field_name, _, default) in EVENT_ATTRIBUTES.items():
            if (value := quote.get(field_name) or default) != default:
                self.attribute(label, name, value)
        for label, medium in FLAGS.items():
            if medium in (quote.get("medium") or ()):
                self.attribute(label, name)
        left = {"key", "set", "content", "cue", "parent", "medium", *(n for n, _, _ in EVENT_ATTRIBUTES.values())}
        left |= self.note(quote, name)
        self.told["quotes"][name] = {k: v for k, v in quote.items() if k not in left}

    def arguments(self, quote: Json) -> list[str]:
        """`Source:T1 Source2:T7 …`: brat numbers a role from its second argument on."""
        found: list[tuple[str, str]] = []
        for source in quote.get("sources") or ():
            if name := self.names.get(source.get("mention") or "-"):
                found.append((LABELS[source.get("role") or "source"], name))
        if quote.get("cue"):
            found.append(("Cue", self.new_span("Cue", quote["cue"])))
        found.append(("Content", self.new_span("Content", quote["content"])))
        if parent := self.names.get(quote.get("parent") or "-"):
            found.append(("Parent", parent))
        seen: Counter[str] = Counter()
        numbered = []
        for role, name in dict.fromkeys(found):
            seen[role] += 1
            numbered.append(f"{role}{seen[role] if seen[role] > 1 else ''}:{name}")
        return numbered

    def trigger(self, span: Json) -> str:
        """An event stands on a span of its own type, which repeats the cue, as in PolNeAR; or the content."""
        return self.new_span("Attribution", span)

    def new_span(self, label: str, span: Json) -> str:
        name = self.spans.new()
        self.span(label, span, name)
        return name

    def span(self, label: str, span: Json, name: str) -> bool:
        own, written = self.pieces(span), self.brat_pieces(span)
        if not written:
            return False
        offsets = ";".join(f"{start} {end}" for start, end in written)
        words = " ".join(self.text[start:end] for start, end in written)
        self.lines.append(f"{name}\t{label} {offsets}\t{words}")
        if own != written and label != "Attribution":
            self.told["spans"][name] = {"written": written, "span": span}
        return True

    def pieces(self, span: Json) -> Pieces:
        at = 0 if span.get("part") == "title" else self.body_at
        return tuple((piece["start"] + at, piece["end"] + at) for piece in span.get("fragments") or [span])

    def brat_pieces(self, span: Json) -> Pieces:
        found = []
        for start, end in self.pieces(span):
            found += [
                (start + part.start(), start + part.end()) for part in re.finditer("[^\n]+", self.text[start:end])
            ]
        return tuple(sorted(found) if touches(found) else found)

    def attribute(self, label: str, name: str, value: str = "") -> None:
        self.lines.append(f"A{next(self.numbers['A'])}\t{label} {name} {value}".rstrip())

    def note(self, item: Json, name: str) -> set[str]:
        """Writes the note if one line can hold it; then it need not be kept elsewhere."""
        note = item.get("note")
        if not note or "\n" in note or note != note.strip():
            return set()
        self.lines.append(f"#{next(self.numbers['#'])}\tAnnotatorNotes {name}\t{note}")
        return {"note"}

    def refuse(self, span: Json) -> None:
        detail = "A span that holds nothing but line breaks cannot be written."
        self.report.refuse("no-brat-span", detail, self.where, str(span.get("exact")))


class Names:
    """T or E ids: an annotation's own if its external_id is one, else the next free."""

    def __init__(self, letter: str, items: list[Json]) -> None:
        self.letter, self.numbers = letter, count(1)
        self.own: dict[int, str] = {}
        self.taken: set[str] = set()
        for item in items:
            external = item.get("external_id")
            if (
                isinstance(external, str)
                and re.fullmatch(f"{letter}[1-9][0-9]{{0,8}}", external)
                and external not in self.taken
            ):
                self.own[id(item)] = external
                self.taken.add(external)

    def of(self, item: Any) -> str:
        if id(item) not in self.own:
            self.own[id(item)] = self.new()
        return self.own[id(item)]

    def new(self) -> str:
        while (name := f"{self.letter}{next(self.numbers)}") in self.taken:
            pass
        return name


def touches(pieces: list[tuple[int, int]]) -> bool:
    """brat's own test for pieces that overlap, which also refuses touching ones that stand the wrong way round."""
    return any(
        end >= start_before and start < end_before
        for at, (start, end) in enumerate(pieces)
        for start_before, end_before in pieces[:at]
    )
