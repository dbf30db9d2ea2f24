"""`run.py`: what it understands, and what it says when something is in its way."""

import ast
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.request
from itertools import takewhile
from pathlib import Path

import pytest

import run
from backend import postgres, serving, tasks


def test_too_old_python_is_told_so():
    with pytest.raises(SystemExit, match=r"needs Python 3\.11 or later, and this is 3\.10"):
        run.require_python((3, 10))
    run.require_python((3, 11))


def test_old_pythons_can_read_as_far_as_the_check():
    ast.parse((run.HERE / "run.py").read_text(), feature_version=(3, 6))


def test_help_names_every_command():
    done = subprocess.run(
        [sys.executable, "run.py", "--help"], cwd=run.HERE, capture_output=True, text=True, check=True
    )
    assert re.findall(r"^  (\w+) +[a-z]", done.stdout.split("commands:")[1], re.M) == list(run.COMMANDS)


def test_taken_port_is_told_before_anything_else(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        line = [sys.executable, "run.py", "--port", str(port), "--data", str(tmp_path / "data")]
        done = subprocess.run(line, cwd=run.HERE, capture_output=True, text=True, timeout=30)
    assert done.returncode == 1
    assert f"Cannot listen on 127.0.0.1:{port}" in done.stderr
    assert f"--port {port + 1}" in done.stderr
    assert not (tmp_path / "data").exists()


def test_missing_venv_package_is_named(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(SystemExit, match=rf"apt install python3\.{sys.version_info.minor}-venv"):
        run.install_with_pip(tasks.LOCK, [])


def test_arguments_after_the_command_are_its_own():
    options = run.parse(["--port", "9000", "test", "-k", "spans", "--port"])
    assert (options.port, options.command, options.arguments) == (9000, "test", ["-k", "spans", "--port"])
    assert run.parse([]).command == "serve"


@pytest.mark.parametrize(
    ("arguments", "added"),
    [
        ([], ["-n", "logical"]),
        (["-k", "spans"], ["-n", "logical"]),
        (["tests/annotations"], ["-n", "logical"]),
        (["-n0"], []),
        (["-n", "4"], []),
        (["-p", "no:xdist"], []),
        (["--pdb"], []),
        (["tests/test_run.py"], []),
        (["tests/test_run.py::test_help"], []),
    ],
)
def test_tests_run_in_parallel_unless_told_otherwise(arguments, added):
    assert tasks.parallel(arguments) == added


def test_banner_shows_no_database_password(monkeypatch):
    monkeypatch.setitem(os.environ, "DATABASE_URL", "postgres://me:hunter2@db.example/news")
    assert serving.database_in_words() == "news on db.example, from DATABASE_URL"


def pins(lock):
    """What a lock file names, a requirement with its hashes each."""
    return re.split(r"\n(?=\S)", lock.read_text().rstrip())


@pytest.mark.parametrize("lock", [tasks.LOCK, tasks.DEVELOPMENT_LOCK], ids=lambda lock: lock.name)
def test_locks_pin_everything_and_name_no_address(lock):
    assert len(pins(lock)) > 40
    assert all("==" in requirement and "--hash=sha256:" in requirement for requirement in pins(lock))
    assert "://" not in lock.read_text()


def test_what_developers_have_is_enough_to_serve(monkeypatch):
    assert set(pins(tasks.LOCK)) < set(pins(tasks.DEVELOPMENT_LOCK))
    for made_from, serves, develops in ((tasks.LOCK, True, False), (tasks.DEVELOPMENT_LOCK, True, True)):
        monkeypatch.setattr("run.read_stamp", lambda lock=made_from: run.fingerprint(lock))
        assert (run.holds(tasks.LOCK), run.holds(tasks.DEVELOPMENT_LOCK)) == (serves, develops)


def test_serve_from_nothing_to_the_end():
    """The first command of the README: a database where none was, a banner that tells the truth, and a clean end."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="onrecord-test-", dir="/tmp") as name:
        place = Path(name)
        place.chmod(0o711)
        line = [sys.executable, "run.py", "--port", str(port), "--data", name]
        left_out = {"DATABASE_URL", "ONRECORD_TEST_CLUSTER"}  # a server as a user has it, safe against a power cut
        environment = {name: value for name, value in os.environ.items() if name not in left_out}
        with subprocess.Popen(line, cwd=run.HERE, env=environment, stdout=subprocess.PIPE, text=True) as server:
            try:
                shown = "".join(takewhile(lambda line: "Ctrl-C" not in line, server.stdout or ()))
                token, address = re.findall(r"curl -H 'Authorization: (.*)' '(.*)'", shown)[0]
                request = urllib.request.Request(address, headers={"Authorization": token})
                with urllib.request.urlopen(request, timeout=30) as answer:
                    assert b'"results"' in answer.read()
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=30) as answer:
                    assert answer.read() == b'{"status": "ready"}'
                server.send_signal(signal.SIGTERM)
                assert server.wait(timeout=30) == 0
                assert postgres.running(place), "the database outlives the web server"
            finally:
                server.kill()
                postgres.reset(place)
