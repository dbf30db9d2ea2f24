"""What a reader or writer has to say: how much there was, and every item that was refused, repaired or only noticed.

Its memory is bounded: of each outcome the first KEPT items are told in full, the others are counted by code.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple

Outcome = Literal["refused", "repaired", "noticed"]
OUTCOMES: Final[tuple[Outcome, ...]] = ("refused", "repaired", "noticed")
KEPT: Final = 1_000
TEXT_SHOWN: Final = 200


class Where(NamedTuple):
    """A place in what is read: a file's name as the archive has it, and a line counted from 1."""

    file: str
    line: int | None = None


def storable(text: str) -> str:
    """A text as PostgreSQL keeps it: without U+0000 and halves of surrogate pairs, which the file may well have."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode(errors="replace").decode()


@dataclass
class Report:
    """`refused`: it is not in. `repaired`: it is in, but not as it was written. `noticed`: worth knowing, nothing is
    lost that has a place here.

    `counts` are of what was read or written: documents, quotes and so on. A reader that is run again over the same
    files with the same options says the same.
    """

    kept: int = KEPT
    counts: Counter[str] = field(default_factory=Counter)
    codes: dict[Outcome, Counter[str]] = field(default_factory=lambda: {name: Counter() for name in OUTCOMES})
    items: list[dict[str, Any]] = field(default_factory=list)

    def refuse(self, code: str, detail: str, where: Where, text: str = "") -> None:
        self.add("refused", code, detail, where, text)

    def repair(self, code: str, detail: str, where: Where, text: str = "") -> None:
        self.add("repaired", code, detail, where, text)

    def notice(self, code: str, detail: str, where: Where, text: str = "") -> None:
        self.add("noticed", code, detail, where, text)

    def add(self, outcome: Outcome, code: str, detail: str, where: Where, text: str) -> None:
        if self.codes[outcome].total() < self.kept:
            shown = {"detail": detail[: 2 * TEXT_SHOWN], "text": text[:TEXT_SHOWN], "file": where.file[:TEXT_SHOWN]}
            item = {name: storable(value) for name, value in shown.items()}
            self.items.append({"outcome": outcome, "code": code, **item, "line": where.line})
        self.codes[outcome][code] += 1

    def copy(self) -> Report:
        """Another report that says the same so far."""
        codes = {outcome: Counter(found) for outcome, found in self.codes.items()}
        return Report(self.kept, Counter(self.counts), codes, list(self.items))

    def followed(self, later: Report) -> Report:
        """Another report that says what this one does, and then what the later one does."""
        found = self.copy()
        found.counts.update(later.counts)
        told = Counter(item["outcome"] for item in found.items)
        for item in later.items:
            told[item["outcome"]] += 1
            found.items += [item] if told[item["outcome"]] <= found.kept else []
        for outcome in OUTCOMES:
            found.codes[outcome].update(later.codes[outcome])
        return found

    @classmethod
    def of(cls, told: dict[str, Any]) -> Report:
        """The report that said this."""
        codes = {outcome: Counter(told[outcome]) for outcome in OUTCOMES}
        return cls(KEPT, Counter(told["counts"]), codes, list(told["items"]))

    def to_json(self) -> dict[str, Any]:
        told = Counter(item["outcome"] for item in self.items)
        return {
            "counts": dict(self.counts),
            **{outcome: dict(self.codes[outcome]) for outcome in OUTCOMES},
            "items": self.items,
            # Items beyond the first `kept` of an outcome are in the counts above only.
            "items_left_out": {name: self.codes[name].total() - told[name] for name in OUTCOMES},
        }
