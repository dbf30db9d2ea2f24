"""Wheel and tarball, each installed in an empty environment; there the example of its README runs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sdks.ground import Live, readme_example

UNREACHABLE = re.compile("No matching distribution|NewConnectionError|ENOTFOUND|ECONNREFUSED|EAI_AGAIN|ETIMEDOUT")


def run(*line: str | Path, cwd: Path, live: Live | None = None) -> str:
    """Without what this environment has; with the network, for package indexes."""
    left_out = {"PYTHONPATH", "VIRTUAL_ENV", "NODE_PATH"}
    environment = {name: value for name, value in os.environ.items() if name not in left_out}
    if live:
        environment |= {"ONRECORD_URL": live.url, "ONRECORD_TOKEN": live.token}
    done = subprocess.run(line, cwd=cwd, env=environment, capture_output=True, text=True, timeout=300)
    said = done.stdout + done.stderr
    if done.returncode and UNREACHABLE.search(said) and os.environ.get("CI") != "true":
        pytest.skip("no package index can be reached")
    assert done.returncode == 0, said
    return done.stdout


def test_the_wheel(python_sdk: Path, live: Live, tmp_path: Path) -> None:
    source = tmp_path / "source"
    shutil.copytree(python_sdk, source, ignore=shutil.ignore_patterns("build", "*.egg-info", "templates"))
    python = tmp_path / "empty" / "bin" / "python"
    run(sys.executable, "-m", "venv", tmp_path / "empty", cwd=tmp_path)
    pip = (python, "-m", "pip", "--quiet", "--disable-pip-version-check")
    run(*pip, "wheel", "--no-deps", "--wheel-dir", tmp_path, source, cwd=tmp_path)
    (wheel,) = tmp_path.glob("onrecord_client-*.whl")
    run(*pip, "install", wheel, cwd=tmp_path)
    said = run(python, "-c", readme_example(python_sdk, "python"), cwd=tmp_path, live=live)
    check(said)
    listed = run(python.with_name("onrecord"), "list", "projects", cwd=tmp_path, live=live)
    assert "demo  Demo" in listed


def test_the_tarball(typescript_sdk: Path, live: Live, tmp_path: Path) -> None:
    home = tmp_path / "empty"
    home.mkdir()
    (home / "package.json").write_text('{"type": "module"}')
    run("npm", "pack", "--ignore-scripts", "--silent", "--pack-destination", tmp_path, cwd=typescript_sdk)
    (tarball,) = tmp_path.glob("*.tgz")
    run("npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--silent", tarball, cwd=home)
    (home / "readme.js").write_text(readme_example(typescript_sdk, "typescript"))  # it happens to name no types
    check(run("node", "readme.js", cwd=home, live=live))


def check(said: str) -> None:
    lines = said.splitlines()
    assert len(lines) == 24
    assert all("→" in line for line in lines[:23])
    assert lines[23] == "/content/exact quote-not-found"
