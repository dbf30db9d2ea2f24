"""Parts of tables as Parquet, by row groups. A module of its own: pyarrow takes time and memory to load, which only
those pay who export so."""

from __future__ import annotations

import io
from typing import Any, Final

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from annotations.formats.tables.columns import TABLES, Row

GROUP_ROWS: Final = 10_000
GROUP_BYTES: Final = 4 * 2**20
ARROW: Final = {
    str: pa.string(),
    int: pa.int64(),
    float: pa.float64(),
    bool: pa.bool_(),
    list: pa.list_(pa.string()),
    dict: pa.string(),
}


class ParquetPart:
    """A part of a table. `size`: about how many bytes of memory it takes."""

    def __init__(self, table: str) -> None:
        self.columns = TABLES[table]
        fields = [pa.field(name, ARROW[kind]) for name, kind in self.columns.items()]
        self.schema = pa.schema(fields, {"offsets": "code points, 0-based, half-open"})
        self.sink = io.BytesIO()
        self.writer = pq.ParquetWriter(self.sink, self.schema, compression="zstd")
        self.rows: list[Row] = []
        self.waiting = self.size = self.escaped = 0

    def add(self, row: Row) -> None:
        self.rows.append({name: self.cell(row.get(name), kind) for name, kind in self.columns.items()})
        self.waiting += sum(len(value) for value in self.rows[-1].values() if isinstance(value, str)) * 2 + 1_000
        if len(self.rows) == GROUP_ROWS or self.waiting > GROUP_BYTES:
            self.group()
        self.size = self.waiting + self.sink.tell()

    def cell(self, value: Any, kind: type) -> Any:
        if kind is dict and value is not None:
            return orjson.dumps(value).decode()
        return value

    def group(self) -> None:
        self.writer.write_table(pa.Table.from_pylist(self.rows, self.schema))
        self.rows, self.waiting = [], 0

    def data(self) -> bytes:
        if self.rows:
            self.group()
        self.writer.close()
        return self.sink.getvalue()
