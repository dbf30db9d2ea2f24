"""The TypeScript package: types by openapi-typescript, a table of operations, and what tsc and esbuild make of it."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from backend.tasks import OPENAPI
from sdks import reading

HERE = Path(__file__).resolve().parent / "typescript"
GENERATED = HERE / "src" / "generated"
DIST = HERE / "dist"
INSTALLED = HERE / "node_modules" / ".made-from"

TABLE = """\
/** What the client has to know of each operation while it runs. Made by `python3 run.py sdk`. */
export interface Operation {{
  readonly method: string;
  readonly at: string;
  readonly path: readonly string[];
  readonly query: readonly string[];
  readonly keyed: boolean;
  readonly conditional: boolean;
  readonly file: boolean;
  readonly paged: boolean;
}}

export const OPERATIONS: Readonly<Record<string, Operation>> = {operations};
"""


def make() -> None:
    install()
    generate()
    build()


def generate() -> None:
    GENERATED.mkdir(exist_ok=True)
    types = ["openapi-typescript", str(OPENAPI), "--default-non-nullable=false", "--output", str(GENERATED / "api.ts")]
    tool(*types)
    (GENERATED / "operations.ts").write_text(TABLE.format(operations=json.dumps(table(), indent=2)), encoding="utf-8")


def build() -> None:
    """dist/: the modules with their types, and all of it in one file for web pages."""
    shutil.rmtree(DIST, ignore_errors=True)
    tool("tsc", "--project", str(HERE))
    bundle = ["--bundle", "--format=esm", "--target=es2022", "--platform=browser", "--log-level=warning"]
    tool("esbuild", str(DIST / "index.js"), *bundle, f"--outfile={DIST / 'onrecord.js'}")


def table() -> dict[str, Any]:
    described = reading.document()
    return {
        operation["operationId"]: row(method, path, operation, described)
        for method, path, operation in reading.operations(described)
        if reading.takes_json(operation)
    }


def row(method: str, path: str, operation: Any, described: Any) -> dict[str, Any]:
    parameters = [reading.resolved(described, given) for given in operation.get("parameters", [])]
    names = {place: [p["name"] for p in parameters if p["in"] == place] for place in ("path", "query", "header")}
    return {
        "method": method,
        "at": path,
        "path": names["path"],
        "query": names["query"],
        "keyed": "Idempotency-Key" in names["header"],
        "conditional": "If-Match" in names["header"],
        "file": reading.answers_with_a_file(operation),
        "paged": {"cursor", "page_size", "count"} <= set(names["query"]),
    }


def install() -> None:
    """What package-lock.json names, once."""
    made_from = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()
    if INSTALLED.exists() and INSTALLED.read_text() == made_from:
        return
    run("npm", "ci", "--ignore-scripts", "--no-fund", "--no-audit", "--loglevel=error")
    INSTALLED.write_text(made_from)


def tool(name: str, *arguments: str) -> None:
    run(str(HERE / "node_modules" / ".bin" / name), *arguments)


def run(*line: str) -> None:
    done = subprocess.run(line, cwd=HERE, env=os.environ | {"REDOCLY_TELEMETRY": "off"}, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{Path(line[0]).name} failed:\n{done.stdout}{done.stderr}")
