"""The zip of tables, written as it goes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from annotations.formats.archives import ZipStream
from annotations.formats.base import Json, Options, count
from annotations.formats.identities import Seen
from annotations.formats.report import Report, Where
from annotations.formats.tables.card import card
from annotations.formats.tables.columns import ONCE, TABLES, Row
from annotations.formats.tables.parts import CsvPart, Part
from annotations.formats.tables.rows import rows_of

MEMORY: Final = 24 * 2**20  # of all parts together; the largest goes out when there is more


def write_csv(head: Json, documents: Iterable[Json], report: Report, options: Options) -> Iterator[bytes]:
    return Tables(CsvPart, "csv", report).write(head, documents)


def write_parquet(head: Json, documents: Iterable[Json], report: Report, options: Options) -> Iterator[bytes]:
    return Tables(parquet_part, "parquet", report).write(head, documents)


def parquet_part(table: str) -> Part:
    """pyarrow is loaded when the first row comes: the download has begun by then."""
    from annotations.formats.tables.parquet import ParquetPart

    return ParquetPart(table)


class Tables:
    """The zip on its way: of each table one part grows in memory at a time."""

    def __init__(self, part: Callable[[str], Part], extension: str, report: Report) -> None:
        self.part, self.extension, self.report = part, extension, report
        self.archive = ZipStream()
        self.parts: dict[str, Part] = {}
        self.numbers, self.escaped = Counter[str](), Counter[str]()

    def write(self, head: Json, documents: Iterable[Json]) -> Iterator[bytes]:
        yield from self.archive.add("README.md", card(head, self.extension).encode())
        seen = Seen()
        try:
            for document in documents:
                count(self.report, document)
                for table, row in rows_of(document):
                    if table not in ONCE or seen.first(table, str(row.get("id"))):
                        yield from self.add(table, row)
        finally:
            seen.close()
        for table in TABLES:
            if table in self.parts or not self.numbers[table]:
                yield from self.close(table)
        for table, number in self.escaped.items():
            detail = f"{number} cells that a spreadsheet would take for a formula have an apostrophe in front."
            self.report.notice("formula-escaped", detail, Where(f"{table}.{self.extension}"))
        yield from self.archive.end()

    def add(self, table: str, row: Row) -> Iterator[bytes]:
        if table not in self.parts:
            self.parts[table] = self.part(table)
        self.parts[table].add(row)
        if sum(part.size for part in self.parts.values()) > MEMORY:
            yield from self.close(max(self.parts, key=lambda name: self.parts[name].size))

    def close(self, table: str) -> Iterator[bytes]:
        """A part goes out; a table without rows has one too, with its columns."""
        part = self.parts.pop(table, None) or self.part(table)
        self.numbers[table] += 1
        number = "" if self.numbers[table] == 1 else f"-{self.numbers[table]}"
        yield from self.archive.add(f"{table}{number}.{self.extension}", part.data())
        if part.escaped:
            self.escaped[table] += part.escaped
