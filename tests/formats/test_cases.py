"""Files as other tools write them, and what must come of them: one folder a case.

`cases/<format>/<case>/` holds the files, `options.json` where there are options, and `expected.json`: the documents and
the items of the report. After a change that is meant, ONRECORD_REWRITE_CASES=1 writes what comes now; read the diff.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from annotations.formats import FORMATS
from annotations.formats.files import folder
from tests.formats.samples import read_back

CASES = Path(__file__).parent / "cases"
OURS = ("expected.json", "options.json")


@pytest.mark.parametrize("case", sorted(CASES.glob("*/*")), ids=lambda case: f"{case.parent.name}-{case.name}")
def test_case(case: Path) -> None:
    options = case / "options.json"
    given = json.loads(options.read_text(encoding="utf-8")) if options.exists() else {}
    files = {name: file for name, file in folder(case).items() if name not in OURS}
    documents, report = read_back(case.parent.name, files, **given)
    found = {"documents": documents, "report": report.items}
    if os.environ.get("ONRECORD_REWRITE_CASES"):
        (case / "expected.json").write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    assert found == json.loads((case / "expected.json").read_text(encoding="utf-8"))


def test_every_format_that_reads_has_cases() -> None:
    assert {path.name for path in CASES.iterdir()} == {name for name, found in FORMATS.items() if found.read}
