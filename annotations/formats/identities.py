"""Publishers, speakers and claims come before the articles that refer to them. Formats in which each article stands for
itself keep them here, on disk, and give each article those it needs.

A temporary database that SQLite itself removes: memory is bounded by its cache, whatever the number of identities.
Source: https://www.sqlite.org/inmemorydb.html#temp_db.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from typing import Final

import orjson

from annotations.formats.base import Json
from annotations.formats.references import references

KINDS: Final = ("publishers", "speakers", "claims")


class Identities:
    """Identities on disk, by kind and id. To be closed."""

    def __init__(self) -> None:
        # A stream may be taken up by one thread and sent by another.
        self.store = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self.store.execute(
            "CREATE TABLE identity (kind TEXT, id TEXT, told BLOB, PRIMARY KEY (kind, id)) WITHOUT ROWID"
        )

    def keep(self, document: Json) -> None:
        rows = [(kind, item["id"], orjson.dumps(item)) for kind in KINDS for item in document.get(kind) or ()]
        self.store.executemany("INSERT OR REPLACE INTO identity VALUES (?, ?, ?)", rows)

    def get(self, kind: str, id: str) -> Json | None:
        found = self.store.execute("SELECT told FROM identity WHERE kind = ? AND id = ?", (kind, id)).fetchone()
        return orjson.loads(found[0]) if found else None

    def with_its_own(self, document: Json) -> Json:
        """The document with all the identities that it refers to, and those that these refer to."""
        document = dict(document)
        asked: set[tuple[str, str]] = set()
        while missing := references(document) - asked:
            asked |= missing
            for kind, id in sorted(missing):
                if kind in KINDS and (found := self.get(kind, id)):
                    document[kind] = [*(document.get(kind) or ()), found]
        return document

    def close(self) -> None:
        self.store.close()


def with_identities(documents: Iterable[Json]) -> Iterator[Json]:
    """Each document that has an article, with its identities; the others as they are."""
    identities = Identities()
    try:
        for document in documents:
            if "article" not in document:
                identities.keep(document)
            yield identities.with_its_own(document) if "article" in document else document
    finally:
        identities.close()


class Seen:
    """Which ids have been met, kept on disk likewise."""

    def __init__(self) -> None:
        self.store = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self.store.execute("CREATE TABLE seen (kind TEXT, id TEXT, PRIMARY KEY (kind, id)) WITHOUT ROWID")

    def first(self, kind: str, id: str) -> bool:
        """Whether it is met now for the first time."""
        return self.store.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", (kind, id)).rowcount == 1

    def close(self) -> None:
        self.store.close()
