"""A gate that cannot fail shows nothing: each is run, in a small size, on a product that is broken where it looks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from accept import GATES
from backend import postgres, postgres_host
from backend.tasks import CHECKOUT

# gate: what is broken (a mutant of ours, or SQL), and what the gate has to say of it
CASES = [
    ("editors", "careless", "200:"),
    ("keys", "keyless", ""),
    ("matrix", "open_doors", "wrong cells:"),
    ("matrix", "haunted", "wrong cells: GET /api/v1/quotes/{id}/history/ (deleted)"),
    ("blind", "unblind", "answers that differ:"),
    ("tokens", "remembers", "revoked in every worker"),
    ("badinput", "takes_any_body", "wrong: chunked"),
    ("feed", "skips_rows", "rows not met exactly once:"),
    ("feed", "by_event_id", "missed:"),
    ("feed", "unheld", "refused:"),
    ("starve", "patient", "slowest GET s:"),
    ("starve", "clings", "connections at work after they hung up:"),
    ("kill", "forgetful", "lost:"),
    ("stateful", "one_unit", "disagreements:"),
    ("xss", "unescaped", "executions, CSP off:"),
    ("soak", "leaks", "growth of the last half %:"),
    ("fuzz", "breaks", "5xx:"),
]
# Names that nobody may change: then nobody is forgotten.
KEEPS_NAMES = """
CREATE FUNCTION keep_old() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END';
CREATE TRIGGER keep_old BEFORE UPDATE ON projects_user FOR EACH ROW EXECUTE FUNCTION keep_old();
"""

pytestmark = pytest.mark.skipif(
    os.environ.get("ONRECORD_SKIP_ACCEPT") == "1", reason="ONRECORD_SKIP_ACCEPT is set: CONTRIBUTING.md"
)


@pytest.fixture(scope="session")
def installation(tmp_path_factory):
    """A scratch installation that all these tests share; each gate begins with a fresh database in it."""
    try:
        postgres_host.programs()
    except postgres.PostgresError as error:
        pytest.skip(str(error))
    directory = Path("/tmp") / f"onrecord-gates-{os.getpid()}"
    yield directory
    postgres.reset(directory)
    subprocess.run(["rm", "-rf", str(directory)], check=True)


def attempt(directory, gate, *options):
    told = directory.with_suffix(".json")
    line = [sys.executable, "-m", "accept", "--size", "tiny", "--only", gate, "--keep", str(directory)]
    words = [*line, "--json", str(told), *options]
    done = subprocess.Popen(words, cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        printed, _ = done.communicate(timeout=300)
    finally:
        done.terminate()  # a killed one would leave its servers behind
        done.wait()
    assert told.exists(), printed
    (result,) = json.loads(told.read_text())["gates"]
    told.unlink()
    return done.returncode, result


@pytest.mark.parametrize(("gate", "mutant", "fault"), CASES)
def test_a_gate_fails_on_what_it_guards(gate, mutant, fault, installation):
    code, result = attempt(installation, gate, "--application", f"tests.accept.mutants:broken_{mutant}")
    assert code == 1, result
    if result["verdict"] == "MISSING" and len(result["faults"]) == 1:
        pytest.skip(f"what the gate is about is missing: {result['faults']}")
    assert result["verdict"] in ("FAILED", "MISSING"), result
    assert any(one.startswith(fault) for one in result["faults"]), result


def test_the_backup_gate_fails_where_a_name_stays(installation):
    code, result = attempt(installation, "backup", "--sabotage", KEEPS_NAMES)
    if result["verdict"] == "MISSING":
        pytest.skip(f"what the gate is about is missing: {result['faults']}")
    assert code == 1
    assert any("erase" in one or "found in the dump after" in one for one in result["faults"]), result


def test_a_gate_passes_on_what_is_whole(installation):
    """The control: else all of the above would fail for a reason of their own."""
    code, result = attempt(installation, "editors")
    assert (code, result["verdict"], result["faults"]) == (0, "passed", [])


def test_every_gate_is_tried():
    assert set(GATES) == {"backup", *(gate for gate, *_ in CASES)}
