"""CSV and Parquet: the tables join, keep every value, load where they are to be loaded, and never fill the memory."""

from __future__ import annotations

import csv
import io
import json
import re
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest
import yaml

from annotations.formats import FORMATS, Options, Report
from annotations.formats.tables import writing
from annotations.formats.tables.columns import TABLES
from annotations.kinds import SPANS
from tests.formats.samples import documents, identities, made_up, seed, written
from tests.formats.test_memory import many

BOTH = ("csv", "parquet")
FORMATS_MD = Path(__file__).parents[2] / "docs/formats.md"


def archive(name: str, *given: Any) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(written(name, given)[0]))


def csv_rows(*given: Any) -> dict[str, list[dict[str, str]]]:
    with archive("csv", *given) as held:
        return {
            table: list(csv.DictReader(io.StringIO(held.read(f"{table}.csv").decode("utf-8-sig"), newline="")))
            for table in TABLES
        }


def parquet_rows(*given: Any) -> dict[str, list[dict[str, Any]]]:
    with archive("parquet", *given) as held:
        return {table: pq.read_table(io.BytesIO(held.read(f"{table}.parquet"))).to_pylist() for table in TABLES}


def test_parquet_keeps_every_value():
    document = made_up()
    rows = parquet_rows(document)
    for kind, table in TABLES.items():
        for item in [document["article"]] if kind == "articles" else document.get(kind, ()):
            row = next(found for found in rows[kind] if found["id"] == item["id"])
            for name, type_ in table.items():
                if name in item:
                    expected = item[name]
                    assert (json.loads(row[name]) if type_ is dict else row[name]) == expected, (kind, name)
    for kind, fields in SPANS.items():
        for item in document[kind]:
            row = next(found for found in rows[kind] if found["id"] == item["id"])
            assert row["article"] == document["article"]["id"]
            for field, prefix in fields.items():
                span = item.get(field) or {}
                assert [row[f"{prefix}{n}"] for n in ("part", "start", "end", "exact")] == [
                    span.get(n) for n in ("part", "start", "end", "exact")
                ]


def test_pieces_and_sources_join_with_their_quotes():
    document = made_up()
    rows = parquet_rows(document)
    for quote in document["quotes"]:
        sources = [row for row in rows["sources"] if row["quote"] == quote["id"]]
        assert [(r["position"], r["role"], r["mention"], r["speaker"]) for r in sources] == [
            (at, source["role"], source["mention"], source["speaker"]) for at, source in enumerate(quote["sources"], 1)
        ]
        pieces = [r for r in rows["pieces"] if (r["annotation"], r["span"]) == (quote["id"], "content")]
        fragments = quote["content"]["fragments"]
        assert [(r["start"], r["end"], r["exact"]) for r in pieces] == (
            [(f["start"], f["end"], f["exact"]) for f in fragments] if len(fragments) > 1 else []
        )
    claimants = document["claim_occurrences"][0]["claimants"]
    assert [(row["speaker"], row["is_author"]) for row in rows["claimants"]] == [
        (claimant["speaker"], claimant["is_author"]) for claimant in claimants
    ]


def test_both_hold_the_same():
    given = documents()
    as_csv, as_parquet = csv_rows(*given), parquet_rows(*given)
    for table, columns in TABLES.items():
        assert len(as_csv[table]) == len(as_parquet[table])
        for left, right in zip(as_csv[table], as_parquet[table], strict=True):
            assert left == {name: as_cell(right[name], kind) for name, kind in columns.items()}


def as_cell(value: Any, kind: type) -> str:
    if value is None:
        return ""
    if kind is list:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return str(value).lower() if kind is bool else str(value)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝"])
def test_no_cell_is_a_formula(start: str):
    document = made_up()
    document["quotes"][0]["note"] = f'{start}HYPERLINK("http://x")'
    data, report = written("csv", [document])
    (row,) = [row for row in csv_rows(document)["quotes"] if row["id"] == document["quotes"][0]["id"]]
    assert row["note"] == f'\'{start}HYPERLINK("http://x")'
    assert [(item["code"], item["file"]) for item in report.items] == [("formula-escaped", "quotes.csv")]
    text = zipfile.ZipFile(io.BytesIO(data)).read("quotes.csv").decode("utf-8-sig")
    for cells in csv.reader(io.StringIO(text, newline="")):
        assert not any(re.match(r"[=+\-@\t\r]", cell) and not re.fullmatch(r"-?[\d.]+", cell) for cell in cells)


def test_every_table_is_there_and_has_a_config_of_its_own():
    for name in BOTH:
        with archive(name, identities()) as held:
            assert set(held.namelist()) == {"README.md", *(f"{table}.{name}" for table in TABLES)}
            configs = yaml.safe_load(held.read("README.md").decode().split("---")[1])["configs"]
            for config in configs:
                pattern = re.compile(config["data_files"].replace(".", r"\.").replace("*", ".*"))
                matched = [n for n in held.namelist() if pattern.fullmatch(n)]
                assert matched == [f"{config['config_name']}.{name}"]


def test_the_same_object_is_written_once():
    assert len(parquet_rows(identities(), identities())["speakers"]) == 1


@pytest.mark.parametrize("name", BOTH)
def test_pandas_loads_them(tmp_path: Path, name: str):
    archive(name, seed(), made_up()).extractall(tmp_path)
    read = {"csv": pd.read_csv, "parquet": pd.read_parquet}[name]
    tables = {table: read(tmp_path / f"{table}.{name}") for table in TABLES}
    quotes = tables["quotes"].merge(tables["articles"], left_on="article", right_on="id", suffixes=("", "_article"))
    assert len(quotes) == len(tables["quotes"]) > 20
    for row in quotes.itertuples():
        if row.pieces == 1 and row.part == "body" and not row.exact.startswith("'"):
            assert row.body[row.start : row.end] == row.exact
    named = tables["sources"].merge(tables["speakers"], left_on="speaker", right_on="id")
    assert "Sergei Lavrov" in set(named["name"])


def test_whom_a_newsroom_quotes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The lines that docs/formats.md shows, as they stand there, against a count by hand."""
    docs = FORMATS_MD.read_text(encoding="utf-8")
    (shown,) = re.findall(r"```python\n(articles, speakers, sources.*?)```", docs, re.DOTALL)
    archive("parquet", seed()).extractall(tmp_path)
    monkeypatch.chdir(tmp_path)
    known = {"pandas": pd}
    exec(shown, known)
    gender = {speaker["id"]: speaker.get("gender") or "not known" for speaker in seed()["speakers"]}
    expected: dict[str, set[str]] = {}
    for quote in seed()["quotes"]:
        for source in quote.get("sources", ()):
            if source["role"] == "source":
                expected.setdefault(gender.get(source["speaker"], "not known"), set()).add(quote["id"])
    (counts,) = known["counts"].to_dict("index").values()
    assert counts == {name: len(quotes) for name, quotes in expected.items()}
    assert counts["male"] == 7


@pytest.mark.parametrize("name", BOTH)
def test_large_tables_go_out_in_parts(name: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(writing, "MEMORY", 40_000)
    write = FORMATS[name].write
    assert write
    data = b"".join(write({}, many(40), Report(), Options()))
    with zipfile.ZipFile(io.BytesIO(data)) as held:
        parts = [found for found in held.namelist() if re.match(r"articles(-\d+)?\.", found)]
        assert len(parts) > 2
        reader = {"csv": pd.read_csv, "parquet": pd.read_parquet}[name]
        ids = [id for part in parts for id in reader(io.BytesIO(held.read(part)))["id"]]
    assert ids == [document["article"]["id"] for document in many(40)]


@pytest.mark.parametrize("name", BOTH)
def test_memory_does_not_grow_with_the_number_of_documents(name: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(writing, "MEMORY", 400_000)
    write = FORMATS[name].write
    assert write
    peaks = []
    for number in (30, 30, 300):  # the first one loads what is loaded once
        tracemalloc.start()
        for _ in write({}, many(number), Report(), Options()):
            pass
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[2] < peaks[1] + 1_000_000
