"""Parts of tables, in memory until they go out; as CSV. As Parquet: `parquet.py`."""

from __future__ import annotations

import csv
import io
from typing import Any, Final, Protocol

import orjson

from annotations.formats.tables.columns import TABLES, Row

# A spreadsheet takes a cell that begins so for a formula. Source: OWASP, "CSV Injection".
FORMULA: Final = tuple("=+-@\t\r\n＝＋－＠")


class Part(Protocol):
    """`size`: about the bytes of memory it takes. `escaped`: how many cells are not as they were."""

    size: int
    escaped: int

    def add(self, row: Row) -> None: ...

    def data(self) -> bytes: ...


class CsvPart:
    """UTF-8 with a mark, without which spreadsheets take it for something else; lines end in CRLF."""

    def __init__(self, table: str) -> None:
        self.columns = TABLES[table]
        self.out = io.StringIO("\ufeff", newline="")
        self.out.seek(0, io.SEEK_END)
        self.writer = csv.writer(self.out)
        self.writer.writerow(self.columns)
        self.size = self.escaped = 0

    def add(self, row: Row) -> None:
        self.writer.writerow([self.cell(row.get(name), kind) for name, kind in self.columns.items()])
        self.size = self.out.tell() * 4

    def cell(self, value: Any, kind: type) -> Any:
        if value is None:
            return ""
        if kind in (list, dict):
            value = orjson.dumps(value).decode()
        elif kind is bool:
            value = "true" if value else "false"
        elif kind is str and str(value).startswith(FORMULA):
            self.escaped += 1
            return f"'{value}"
        return value

    def data(self) -> bytes:
        return self.out.getvalue().encode()
