"""What `run.py` does once it is in its environment: one function a command.

The first line of a command's docstring is its line in `run.py --help`. Standard library only, like `run.py` itself.
"""

import argparse
import difflib
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NoReturn

from backend import postgres, serving

CHECKOUT = postgres.CHECKOUT
LOCK = CHECKOUT / "requirements.lock"  # what serving needs
DEVELOPMENT_LOCK = CHECKOUT / "requirements-dev.lock"  # that, and what tests, checks and benchmarks need
OPENAPI = CHECKOUT / "backend" / "openapi.yaml"


def say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


def become(*line: str | Path) -> NoReturn:
    """Go on as another program, so that signals, the terminal and the exit code are its own."""
    words = [str(word) for word in line]
    if os.name == "nt":  # has no exec: it would give the terminal back at once
        sys.exit(subprocess.run(words).returncode)
    os.execv(words[0], words)


# serve


def serve(options: argparse.Namespace) -> int:
    """start the database and the web server, and print where to click (the default)"""
    for number in (signal.SIGINT, signal.SIGTERM):  # the first may be switched off, by a script's `&`
        signal.signal(number, signal.default_int_handler)
    say("Starting the database.")
    postgres.start_if_embedded()
    say("Bringing schema and demo up to date.")
    demo = prepare()
    server = subprocess.Popen(serving.web_server(options.host, options.port), cwd=CHECKOUT, process_group=0)
    workers = serving.Workers()
    try:
        if serving.answers(server, options.host, options.port):
            print(serving.banner(f"http://{serving.written_host(options.host)}:{options.port}", demo), flush=True)
        while server.poll() is None:
            workers.keep()
            time.sleep(0.5)
        return server.returncode
    except KeyboardInterrupt:
        server.terminate()
        server.wait()
        return 0
    finally:
        workers.end()


def prepare() -> dict[str, str]:
    """Migrate, load the seed once, and return the demo login, token and project; in production there are none."""
    line = [sys.executable, "manage.py", "prepare", "--json"]
    done = subprocess.run(line, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit("The database could not be brought up to date; the lines above say why.")
    demo: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return demo


# test and check


def test(options: argparse.Namespace) -> NoReturn:
    """run the tests, in parallel; takes the arguments of pytest"""
    use_test_cluster()
    os.chdir(CHECKOUT)
    become(sys.executable, "-m", "pytest", *parallel(options.arguments), *options.arguments)


def use_test_cluster() -> None:
    """Run on a cluster of its own, fast and careless: the developer's data is neither in the way nor at risk."""
    os.environ["ONRECORD_DATA"] = str(postgres.data_dir() / "test")
    os.environ["ONRECORD_TEST_CLUSTER"] = "1"
    postgres.start_if_embedded()


def parallel(arguments: list[str]) -> list[str]:
    """Ask for one worker a core, unless the caller chose otherwise or points at single tests."""
    chosen = any(word.startswith(("-n", "--numprocesses", "--pdb")) or word == "no:xdist" for word in arguments)
    single = any("::" in word or word.endswith(".py") for word in arguments)
    return [] if chosen or single else ["-n", "logical"]


def check(options: argparse.Namespace) -> int:
    """run every check but the tests: style, types, imports, migrations, the API description"""
    use_test_cluster()
    python = [sys.executable, "-m"]
    manage_py = [sys.executable, "manage.py"]
    checks = {
        "ruff check": [*python, "ruff", "check", "--output-format", "concise", "."],
        "ruff format": [*python, "ruff", "format", "--check", "."],
        "mypy": [*python, "mypy"],
        "import-linter": [str(Path(sys.executable).with_name("lint-imports"))],
        "manage.py check": [*manage_py, "check"],
        "production": [*manage_py, "check", "--deploy", "--fail-level", "WARNING"],
        "migrations": [*manage_py, "makemigrations", "--check", "--dry-run"],
        "openapi.yaml": [sys.executable, "run.py", "openapi", "--check"],
    }
    results = [passes(name, line, production() if name == "production" else {}) for name, line in checks.items()]
    return 0 if all(results) else 1


def production() -> dict[str, str]:
    """The least that a server which is no developer's has to be told."""
    return {
        "ONRECORD_ENV": "production",
        "ONRECORD_SECRET_KEY": secrets.token_urlsafe(50),
        "ONRECORD_TOKEN_PEPPER": secrets.token_urlsafe(50),
        "ONRECORD_ALLOWED_HOSTS": "onrecord.example",
    }


def passes(name: str, line: list[str], environment: dict[str, str]) -> bool:
    """Run one check and print its line, with what it said if it failed."""
    start = time.monotonic()
    done = subprocess.run(
        line,
        cwd=CHECKOUT,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    verdict = "FAILED" if done.returncode else "passed"
    print(f"{verdict}  {name:<16} {time.monotonic() - start:5.1f} s", flush=True)
    if done.returncode:
        print(done.stdout, flush=True)
    return not done.returncode


def accept(options: argparse.Namespace) -> NoReturn:
    """run the acceptance suite on a scratch installation; takes --quick, --only NAME …, --json FILE"""
    os.chdir(CHECKOUT)
    become(sys.executable, "-m", "accept", *options.arguments)


def bench(options: argparse.Namespace) -> NoReturn:
    """measure each workload beside its floor; takes --size N, --only W …, --keep DIR, --against REV, --plot FILE"""
    os.chdir(CHECKOUT)
    become(sys.executable, "-m", "bench", *options.arguments)


# The smaller commands


def openapi(options: argparse.Namespace) -> int:
    """write backend/openapi.yaml anew; with --check, only say whether it is up to date"""
    with tempfile.TemporaryDirectory() as place:
        draft = Path(place) / "openapi.yaml"
        line = [sys.executable, "manage.py", "spectacular", "--validate", "--fail-on-warn", "--file", str(draft)]
        if subprocess.run(line, cwd=CHECKOUT).returncode:
            return 1
        generated = draft.read_text()
    if "--check" not in options.arguments:
        OPENAPI.write_text(generated)
        return 0
    committed = OPENAPI.read_text() if OPENAPI.exists() else ""
    changes = difflib.unified_diff(
        committed.splitlines(), generated.splitlines(), "committed", "generated", lineterm=""
    )
    shown = list(changes)[:60]
    print("\n".join([*shown, "To write it anew: python3 run.py openapi"] if shown else []), end="")
    return 1 if shown else 0


def sdk(options: argparse.Namespace) -> NoReturn:
    """make the Python and the TypeScript SDK from backend/openapi.yaml; takes python or typescript, for one of them"""
    os.chdir(CHECKOUT)
    become(sys.executable, "-m", "sdks", *options.arguments)


def lock(options: argparse.Namespace) -> int:
    """pin the dependencies of pyproject.toml in the lock files; with --upgrade, at their newest"""
    uv = shutil.which("uv") or shutil.which("uv", path=CHECKOUT / ".venv" / "bin")
    if not uv:
        sys.exit("This needs uv. Try: .venv/bin/python -m pip install uv")
    line = [uv, "pip", "compile", "pyproject.toml", "--quiet", *options.arguments]
    line += ["--universal", "--python-version", "3.11", "--generate-hashes", "--only-binary", ":all:"]
    line += ["--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links"]
    serving = ["--output-file", LOCK.name]
    development = ["--extra", "test", "--constraint", LOCK.name, "--output-file", DEVELOPMENT_LOCK.name]
    failed = (subprocess.run([*line, *part], cwd=CHECKOUT).returncode for part in (serving, development))
    return next(filter(None, failed), 0)


def manage(options: argparse.Namespace) -> NoReturn:
    """run manage.py with the arguments that follow"""
    become(sys.executable, CHECKOUT / "manage.py", *options.arguments)


def db(options: argparse.Namespace) -> int:
    """the embedded database: status, start, stop, psql, backup FILE, restore FILE, dump [FILE], reset --yes"""
    if os.environ.get("DATABASE_URL"):
        sys.exit("DATABASE_URL is set: that server is yours, and run.py leaves it alone.")
    action, *arguments = options.arguments or ["status"]
    if action not in DATABASE_ACTIONS:
        sys.exit(f"run.py db knows: {', '.join(DATABASE_ACTIONS)}.")
    DATABASE_ACTIONS[action](postgres.data_dir(), arguments)
    return 0


def db_status(directory: Path, arguments: list[str]) -> None:
    state = "running" if postgres.running(directory) else "stopped"
    print(f"{state}: {postgres.Cluster.of(directory).files}")


def db_start(directory: Path, arguments: list[str]) -> None:
    postgres.start_if_embedded()
    db_status(directory, [])


def db_stop(directory: Path, arguments: list[str]) -> None:
    print("stopped" if postgres.stop(directory) else "was not running")


def db_psql(directory: Path, arguments: list[str]) -> None:
    postgres.start_if_embedded()
    become(*postgres.command(directory, "psql", *arguments))


def db_dump(directory: Path, arguments: list[str]) -> None:
    postgres.start_if_embedded()
    target = ["--file", arguments[0]] if arguments else []
    options = ["--no-owner", "--no-privileges", "--exclude-table-data=django_session"]  # a session opens the admin
    become(*postgres.command(directory, "pg_dump", *options, *target))


def db_backup(directory: Path, arguments: list[str]) -> None:
    become(sys.executable, CHECKOUT / "manage.py", "backup", *arguments)


def db_restore(directory: Path, arguments: list[str]) -> None:
    become(sys.executable, CHECKOUT / "manage.py", "restore", *arguments)


def db_reset(directory: Path, arguments: list[str]) -> None:
    if arguments != ["--yes"]:
        sys.exit(
            f"This deletes {postgres.Cluster.of(directory).files} for good. If that is meant: run.py db reset --yes"
        )
    postgres.reset(directory)


DATABASE_ACTIONS = {
    "status": db_status,
    "start": db_start,
    "stop": db_stop,
    "psql": db_psql,
    "backup": db_backup,
    "restore": db_restore,
    "dump": db_dump,
    "reset": db_reset,
}
