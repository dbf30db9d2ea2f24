"""How much of something in how long a time. Pure, so that settings can be read with it."""

from __future__ import annotations

import re
from dataclasses import dataclass

SECONDS = {"s": 1, "min": 60, "h": 3600, "day": 86400}
FORM = re.compile(r"([1-9][0-9]{0,8})/(s|min|h|day)")


@dataclass(frozen=True)
class Limit:
    """So many uses in so many seconds."""

    uses: int
    seconds: int

    @classmethod
    def parse(cls, text: str) -> Limit | None:
        """`600/min`, `5/s`, `1000/day`; None for the empty text, which sets no limit."""
        if not text:
            return None
        found = FORM.fullmatch(text)
        if not found:
            raise ValueError(f"{text!r} is no limit: write one like 600/min (s, min, h, day), or nothing for none.")
        return cls(int(found[1]), SECONDS[found[2]])
