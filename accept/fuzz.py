"""schemathesis tries every operation, in all its phases: it finds nothing, and reaches every operation.

Its settings are those of the tests, but that all phases run, over HTTP, in several processes of the server, and that
a warning about reach is a failure. What an operation would spend (a deletion, a merge) is made fresh by `hooks.py`.
In the stateful phase an operation that is about an object follows the one that makes it (`links.py`), in chains that
chance chooses; before it, each such link is walked once (`walk.py`).
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

from accept import contract, links, walk
from accept.harness import Ground, Server
from accept.report import Report
from backend.tasks import CHECKOUT
from tests.builders import make_member, make_token, make_user

SETTINGS = CHECKOUT / "tests" / "schemathesis.toml"
CAPTURE = "/api/v1/articles/{id}/capture/"
FORM = "/api/v1/imports/"
BULK = ("/api/v1/articles/{article}/annotations/", "/api/v1/projects/{project}/documents/")
SAMPLE = {"publishers", "claims"}  # lists of a document that stand for all
PHASES = "examples,coverage,fuzzing,stateful"
SIZES: dict[str, dict[str, Any]] = {  # chains of the stateful phase, of STEPS requests each
    "full": {"examples": 10, "phases": PHASES, "chains": 60, "only": ""},
    "quick": {"examples": 6, "phases": "examples,fuzzing", "chains": 1, "only": ""},
    "tiny": {"examples": 3, "phases": "examples,fuzzing", "chains": 1, "only": "/publishers/"},
}
STEPS = 30
PATIENCE = 900  # seconds


def run(ground: Ground, report: Report, examples: int, phases: str, chains: int, only: str) -> None:
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
        if "stateful" in phases:
            walked, faults = walk.walk(server, described)
            report.equal("links", walked, links.declare(described))
            report.none("links that led to no 2xx", faults)
        (place / "openapi.json").write_text(json.dumps(described))
        (place / "schemathesis.toml").write_text(settings(examples, chains))
        line = command(place, server, make_token(user), ground.seed, phases, only)
        environment = {**os.environ, "SCHEMATHESIS_HOOKS": "accept.hooks", "ACCEPT_TALLY": str(place / "tally.jsonl")}
        environment["PYTHONPATH"] = str(CHECKOUT)
        done = subprocess.run(
            line, cwd=place, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
    judge(report, described, place, done, only)


def generated(described: dict[str, Any]) -> dict[str, Any]:
    """The document without what cannot be generated: cursors, which nobody can make up, and NDJSON. Files of JSON are
    described as bytes, for they are streamed; schemathesis would read them first."""
    for _, _, operation in contract.operations(described):
        operation["parameters"] = [p for p in operation.get("parameters", []) if p.get("name") != "cursor"]
        operation.get("requestBody", {}).get("content", {}).pop("application/x-ndjson", None)
        for shape in operation["responses"].get("200", {}).get("content", {}).values():
            if shape["schema"].get("format") == "binary":
                del shape["schema"]
    document = described["components"]["schemas"]["AnnotationDocumentRequest"]
    document["properties"] = {name: shape for name, shape in document["properties"].items() if name in SAMPLE}
    for path in BULK:
        described["paths"][path]["post"]["requestBody"]["content"]["application/json"].pop("examples", None)
    return described


def settings(examples: int, chains: int) -> str:
    """What the tests have said of statuses, with all phases on and reach demanded.

    Its own look for what is deleted and still there knows of no history, and of nothing that comes back: ours does
    (`is_gone` in `hooks.py`). An article has a capture where one was sent. In a form all is text, so that what breaks
    its description may be right by the time it is sent: `tests/imports` hold what forms are refused.
    """
    checks = tomllib.loads(SETTINGS.read_text())["checks"]
    lines = [f"{name}.{key} = {json.dumps(value)}" for name, rule in checks.items() for key, value in rule.items()]
    words = ["[warnings]", "fail-on = true", "[checks]", *lines, "use_after_free.enabled = false"]
    words += ["[generation]", "allow-x00 = false", f"max-examples = {examples}"]
    words += ["[phases.stateful]", f"max-steps = {STEPS}", "inference.algorithms = []"]
    words += [f"generation.max-examples = {chains}"]
    words += ["[[operations]]", f'include-path = "{CAPTURE}"', "checks.ensure_resource_availability.enabled = false"]
    words += ["[[operations]]", f'include-path = "{FORM}"', "checks.negative_data_rejection.enabled = false"]
    return "\n".join([*words, ""])


def command(place: Path, server: Server, token: str, seed: int, phases: str, only: str) -> list[str]:
    program = str(Path(sys.executable).with_name("schemathesis"))
    words = ["--config-file", str(place / "schemathesis.toml"), "run", str(place / "openapi.json")]
    words += ["--url", f"http://127.0.0.1:{server.port}", "--phases", phases, "--mode", "all"]
    words += ["--seed", str(seed), "--workers", "1", "--request-timeout", "20"]
    words += ["--suppress-health-check", "all", "--generation-database", "none", "--no-color", "--continue-on-failure"]
    words += ["--header", f"Authorization: Bearer {token}", "--report-json-path", str(place / "report.json")]
    return [program, *words, *(["--include-path-regex", only] if only else [])]


def judge(
    report: Report, described: dict[str, Any], place: Path, done: subprocess.CompletedProcess[str], only: str
) -> None:
    tally = [json.loads(line) for line in (place / "tally.jsonl").read_text().splitlines()]
    wanted = {f"{m.upper()} {path}" for m, path, _ in contract.operations(described) if only in path}
    hit = {one["operation"] for one in tally if 200 <= one["status"] < 300}
    report.note("cases", len(tally))
    report.equal("operations", len(wanted & {one["operation"] for one in tally}), len(wanted))
    report.none("without a 2xx", sorted(wanted - hit))
    report.equal("5xx", sum(one["status"] >= 500 for one in tally))
    report.none("gone and still there", [str(one) for one in tally if one["ghost"]])
    (place / "stdout.txt").write_text(done.stdout)
    findings, _, _ = done.stdout.partition("=== SUMMARY ===")
    report.none("findings", [] if done.returncode == 0 else [findings[-6000:] + done.stderr[-1000:]])
