"""backend/openapi.yaml before the eyes of a linter that knows OpenAPI 3.1, and of one that we break on purpose."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from backend.tasks import OPENAPI
from sdks import making, reading

RULES = Path(making.__file__).with_name("redocly.yaml")


@pytest.fixture
def lint(typescript_sdk: Path) -> Any:
    """What redocly says of a document; nothing, if all is well."""

    def run(document: Path) -> str:
        redocly = typescript_sdk / "node_modules" / ".bin" / "redocly"
        line = [str(redocly), "lint", "--config", str(RULES), "--format", "summary", str(document)]
        environment = os.environ | {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}
        done = subprocess.run(line, env=environment, capture_output=True, text=True)
        return done.stdout + done.stderr if done.returncode else ""

    return run


def test_it_is_clean(lint: Any) -> None:
    assert lint(OPENAPI) == ""


BREAKS: dict[str, Any] = {
    "operation-operationId": lambda operation: operation.pop("operationId"),
    "operation-summary": lambda operation: operation.pop("summary"),
    "operation-4xx-response": lambda o: o.update(responses={c: a for c, a in o["responses"].items() if c < "400"}),
    "struct": lambda operation: operation["parameters"][0]["schema"].update(nullable=True),
}


def test_what_is_wrong_is_seen(lint: Any, tmp_path: Path) -> None:
    """All at once: each start of the linter takes a second."""
    broken = reading.document()
    for (_, path, operation), broke in zip(withparameters(broken), BREAKS.values(), strict=False):
        assert path
        broke(operation)
    (tmp_path / "broken.yaml").write_text(yaml.dump(broken, Dumper=yaml.CSafeDumper))
    said = lint(tmp_path / "broken.yaml")
    assert [rule for rule in BREAKS if rule not in said] == []


def withparameters(document: Any) -> list[tuple[str, str, Any]]:
    found = reading.operations(document)
    return [one for one in found if "schema" in (one[2].get("parameters") or [{}])[0]]
