"""Tables for spreadsheets, pandas, polars and datasets: a zip with a table for each kind of object. Written only.

Specifications: https://www.rfc-editor.org/rfc/rfc4180 (CSV), https://parquet.apache.org/docs/file-format/, the dataset
card of https://huggingface.co/docs/hub/datasets-manual-configuration in `README.md`. `columns.py` says what each table
holds; offsets are code points. Nothing of a document is lost but captures; what is a list or an object in a column is
JSON in CSV, lists of strings are lists in Parquet.

A zip has one entry after another, and the tables grow together. So each grows in memory up to a limit that they share,
and then goes out as a part: `quotes.csv`, `quotes-2.csv`, and so on. A small export has one part a table; each part
has the header, or the schema, and can be read alone or with `quotes*.csv`.
"""

from annotations.formats.tables.writing import write_csv, write_parquet

__all__ = ["write_csv", "write_parquet"]
