"""Documents in groups that are worth a transaction: large enough to be stored set-wise, small enough that little is
done again where one fails."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, repeat
from typing import Any, Final

from django.conf import settings

from annotations.formats import Read, Refused
from annotations.formats.base import LISTS
from annotations.importing.pruning import Item

CHARACTERS: Final = 8 * 2**20  # of the articles' texts
# What part of a whole batch (a fourth, a half) the first ones are: nothing is stored while the first is made ready.
FIRST: Final = (4, 2)


@dataclass
class Batch:
    """Documents; `most`: so many objects are enough."""

    most: int = 0
    items: list[Item] = field(default_factory=list)
    objects: int = 0
    characters: int = 0

    def take(self, found: Read) -> None:
        self.items.append(Item.of(found))
        self.objects += 1 + sum(len(listed(found.document, name)) for name in LISTS)
        self.characters += characters(found.document.get("article"))

    @property
    def full(self) -> bool:
        return self.objects >= self.most or self.characters >= CHARACTERS


def characters(article: Any) -> int:
    """Of the texts, where there are any: what came in is looked at later."""
    texts = [article, *listed(article, "revisions")]
    bodies = [text.get("body") for text in texts if isinstance(text, dict)]
    return sum(len(body) for body in bodies if isinstance(body, str))


def listed(found: Any, name: str) -> list[Any]:
    held = found.get(name) if isinstance(found, dict) else None
    return held if isinstance(held, list) else []


def batches(documents: Iterator[Read]) -> Iterator[Batch]:
    """The documents in batches. Errors: Refused, once what could be read before it has been handed over."""
    sizes = chain((settings.IMPORT_BATCH // part for part in FIRST), repeat(settings.IMPORT_BATCH))
    batch, refused = Batch(next(sizes)), None
    while True:
        try:
            found = next(documents, None)
        except Refused as exc:
            found, refused = None, exc
        if found is None:
            break
        batch.take(found)
        if batch.full:
            yield batch
            batch = Batch(next(sizes))
    if batch.items:
        yield batch
    if refused:
        raise refused
