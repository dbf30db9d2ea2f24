"""What a gate found: its figures, and a line for each that is not as it has to be."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


class Missing(Exception):
    """The server does not have what the gate is about. That is a failure, with a name of its own."""


@dataclass
class Report:
    figures: dict[str, Any] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def note(self, name: str, value: Any) -> None:
        """A figure that nothing depends on."""
        self.figures[name] = value

    def equal(self, name: str, value: Any, wanted: Any = 0) -> None:
        self._hold(name, value, value == wanted, f"not {wanted}")

    def at_least(self, name: str, value: float, least: float) -> None:
        self._hold(name, value, value >= least, f"fewer than {least}")

    def at_most(self, name: str, value: float, most: float) -> None:
        self._hold(name, value, value <= most, f"more than {most}")

    def none(self, name: str, wrong: list[str]) -> None:
        """What is listed should not be; the first few are told."""
        self.figures[name] = len(wrong)
        self.faults += [f"{name}: {one}" for one in wrong[:10]]
        if len(wrong) > 10:
            self.faults.append(f"{name}: and {len(wrong) - 10} more")

    def _hold(self, name: str, value: Any, holds: bool, otherwise: str) -> None:
        self.figures[name] = value
        if not holds:
            self.faults.append(f"{name}: {value}, {otherwise}")
