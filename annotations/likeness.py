"""Which names may be the same speaker's. Pure: compares what it is given."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from difflib import SequenceMatcher
from typing import Final

ALIKE: Final = 0.75  # from here on two names are taken to be spellings of one


def plain(name: str) -> str:
    """The name without case, accents and punctuation: "Sergueï  LAVROV" and "serguei lavrov" are one."""
    letters = unicodedata.normalize("NFKD", name.casefold())
    return " ".join(words(letter for letter in letters if not unicodedata.combining(letter)))


def words(letters: Iterable[str]) -> list[str]:
    return re.findall(r"\w+", "".join(letters))


def likeness(one: str, other: str) -> float:
    """From 0 to 1. Names of which one holds all words of the other ("Lavrov", "Sergei Lavrov") are alike."""
    first, second = plain(one), plain(other)
    if not first or not second:
        return 0.0
    if first == second:
        return 1.0
    if set(first.split()) <= set(second.split()) or set(second.split()) <= set(first.split()):
        return 0.9
    return SequenceMatcher(None, first, second).ratio()


def beginnings(names: Iterable[str], letters: int = 4) -> list[str]:
    """How the words of these names begin: what a search for names spelt alike looks for."""
    found = {word[:letters] for name in names for word in words(name.casefold()) if len(word) > 2}
    return sorted(found)
