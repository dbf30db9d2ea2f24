"""schemathesis tries every operation, in all its phases: it finds nothing, and reaches every operation.

Its settings are those of the tests, but that all phases run, over HTTP, in several processes of the server, and that
a warning about reach is a failure. What an operation would spend (a deletion, a merge) is made fresh by `hooks.py`.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

from accept import contract
from accept.harness import Ground, Server
from accept.report import Report
from backend.tasks import CHECKOUT
from tests.builders import make_member, make_token, make_user

SETTINGS = CHECKOUT / "tests" / "schemathesis.toml"
BULK = ("/api/v1/articles/{article}/annotations/", "/api/v1/projects/{project}/documents/")
SAMPLE = {"publishers", "claims"}  # lists of a document that stand for all
PHASES = "examples,coverage,fuzzing,stateful"
SIZES = {
    "full": {"examples": 10, "phases": PHASES, "only": ""},
    "quick": {"examples": 6, "phases": "examples,fuzzing", "only": ""},
    "tiny": {"examples": 3, "phases": "examples,fuzzing", "only": "/publishers/"},
}
PATIENCE = 900  # seconds


def run(ground: Ground, report: Report, examples: int, phases: str, only: str) -> None:
    from seeds.loading import load_seeds

    project = load_seeds()
    user = make_user("the-manager")
    make_member(project, user, "manager")
    make_user("ada")  # of the examples
    place = ground.directory / "fuzz"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    with ground.serve() as server:
        described = generated(contract.described(server))
        (place / "openapi.json").write_text(json.dumps(described))
        (place / "schemathesis.toml").write_text(settings())
        line = command(place, server, make_token(user), ground.seed, examples, phases, only)
        environment = {**os.environ, "SCHEMATHESIS_HOOKS": "accept.hooks", "ACCEPT_TALLY": str(place / "tally.jsonl")}
        environment["PYTHONPATH"] = str(CHECKOUT)
        done = subprocess.run(
            line, cwd=place, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
    judge(report, described, place, done, only)


def generated(described: dict[str, Any]) -> dict[str, Any]:
    """The document without what cannot be generated: cursors, which nobody can make up, and NDJSON."""
    for _, _, operation in contract.operations(described):
        operation["parameters"] = [p for p in operation.get("parameters", []) if p.get("name") != "cursor"]
        operation.get("requestBody", {}).get("content", {}).pop("application/x-ndjson", None)
    document = described["components"]["schemas"]["AnnotationDocumentRequest"]
    document["properties"] = {name: shape for name, shape in document["properties"].items() if name in SAMPLE}
    for path in BULK:
        described["paths"][path]["post"]["requestBody"]["content"]["application/json"].pop("examples", None)
    return described


def settings() -> str:
    """What the tests have said of statuses, with all phases on and reach demanded."""
    checks = tomllib.loads(SETTINGS.read_text())["checks"]
    lines = [f"{name}.{key} = {json.dumps(value)}" for name, rule in checks.items() for key, value in rule.items()]
    return "\n".join(["[warnings]", "fail-on = true", "[checks]", *lines, "[generation]", "allow-x00 = false", ""])


def command(place: Path, server: Server, token: str, seed: int, examples: int, phases: str, only: str) -> list[str]:
    program = str(Path(sys.executable).with_name("schemathesis"))
    words = ["--config-file", str(place / "schemathesis.toml"), "run", str(place / "openapi.json")]
    words += ["--url", f"http://127.0.0.1:{server.port}", "--phases", phases, "--checks", "all", "--mode", "all"]
    words += ["--max-examples", str(examples), "--seed", str(seed), "--workers", "1", "--request-timeout", "20"]
    words += ["--suppress-health-check", "all", "--generation-database", "none", "--no-color", "--continue-on-failure"]
    words += ["--header", f"Authorization: Bearer {token}", "--report-json-path", str(place / "report.json")]
    return [program, *words, *(["--include-path-regex", only] if only else [])]


def judge(
    report: Report, described: dict[str, Any], place: Path, done: subprocess.CompletedProcess[str], only: str
) -> None:
    tally = [json.loads(line) for line in (place / "tally.jsonl").read_text().splitlines()]
    wanted = {f"{m.upper()} {path}" for m, path, _ in contract.operations(described) if only in path}
    hit = {operation for operation, status in tally if 200 <= status < 300}
    report.note("cases", len(tally))
    report.equal("operations", len(wanted & {operation for operation, _ in tally}), len(wanted))
    report.none("without a 2xx", sorted(wanted - hit))
    report.equal("5xx", sum(status >= 500 for _, status in tally))
    (place / "stdout.txt").write_text(done.stdout)
    findings, _, _ = done.stdout.partition("=== SUMMARY ===")
    report.none("findings", [] if done.returncode == 0 else [findings[-6000:] + done.stderr[-1000:]])
