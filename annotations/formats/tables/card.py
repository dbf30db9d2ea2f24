"""The dataset card: what is in the zip, for people, and for those who load it by name."""

from __future__ import annotations

from annotations.formats.base import Json
from annotations.formats.tables.columns import TABLES


def card(head: Json, extension: str) -> str:
    configs = "".join(
        f'- config_name: {table}\n  data_files: "{table}*.{extension}"\n' + ("  default: true\n" * (table == "quotes"))
        for table in TABLES
    )
    tables = "".join(f"| `{table}` | {', '.join(columns)} |\n" for table, columns in TABLES.items())
    name = " ".join(str(head.get("project") or "").split())
    return f"""---
configs:
{configs}---

# {name or "Annotations"}

Tables that join by their ids: a quote has its `sources`, these a `mention` and a `speaker`; a claim occurrence has a
`claim` and a `quote`. `start` and `end` are code points in the `part` (title or body) of the article, 0-based,
half-open; `exact` is the text there. Spans in several pieces have them in `pieces`. What several annotators have marked
is there once in the set of each (`sets`). Of merged speakers and claims the rows are there still, and no link leads to
them. A large table comes in parts: `quotes.{extension}`, `quotes-2.{extension}` …

| table | columns |
|---|---|
{tables}"""
