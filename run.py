#!/usr/bin/env python3
"""Everything one does with a checkout of onrecord. It needs Python, and makes the rest: environment and database.

python3 run.py          start it, and see where to click
python3 run.py test     run the tests
"""

import sys


def require_python(version: "tuple[int, ...]") -> None:
    """End with a word of help on a Python too old for the rest; written so that those back to 3.6 can read it."""
    if version < (3, 11):
        found = f"{version[0]}.{version[1]} ({sys.executable})"
        sys.exit(f"onrecord needs Python 3.11 or later, and this is {found}. Try: python3.11 run.py")


require_python(sys.version_info[:2])

import argparse
import hashlib
import importlib.util
import os
import platform
import shutil
import subprocess
from pathlib import Path

from backend import postgres, postgres_host, serving, tasks

HERE = Path(__file__).resolve().parent
VENV = HERE / ".venv"
VENV_PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / "made-from"  # what the environment was made from; where that has changed, it is made again


# The environment


def enter_environment(lock: Path) -> None:
    """Go on inside .venv, which is made first where it is missing or out of date."""
    if not holds(lock):
        with postgres_host.locked(HERE / ".venv.lock"):
            if not holds(lock):  # another start may have made it while we waited
                make_environment(lock)
    if not VENV.samefile(sys.prefix):
        tasks.become(VENV_PYTHON, __file__, *sys.argv[1:])


def holds(lock: Path) -> bool:
    """Whether the environment has what the lock names. What is there for development is enough to serve, too."""
    return read_stamp() in {fingerprint(lock), fingerprint(tasks.DEVELOPMENT_LOCK)}


def read_stamp() -> str:
    return STAMP.read_text() if STAMP.exists() and VENV_PYTHON.exists() else ""


def fingerprint(lock: Path) -> str:
    return f"{platform.python_version()} {hashlib.sha256(lock.read_bytes()).hexdigest()}"


def make_environment(lock: Path) -> None:
    """Install what the lock names, with uv where that works, else with pip. Start from nothing if Python is another."""
    tasks.say(f"Installing what {lock.name} names into .venv.")
    clear = [] if read_stamp().startswith(platform.python_version()) else ["--clear"]
    if not install_with_uv(lock, clear):
        install_with_pip(lock, clear)
    STAMP.write_text(fingerprint(lock))


def install_with_uv(lock: Path, clear: list[str]) -> bool:
    """Whether uv is here and did it. It can fail where pip does not, over an index or certificate it does not know."""
    uv = shutil.which("uv")
    if not uv:
        return False
    environment = os.environ | {"UV_PYTHON_DOWNLOADS": "never"}
    make = [uv, "venv", "--quiet", "--python", sys.executable, *clear, str(VENV)]
    fill = [uv, "pip", "sync", "--quiet", "--require-hashes", "--no-build", "--python", str(VENV_PYTHON)]
    for line in ([make] if clear else []) + [[*fill, str(lock)]]:
        if subprocess.run(line, env=environment, stderr=subprocess.DEVNULL).returncode:
            tasks.say("uv could not; trying pip.")
            return False
    return True


def install_with_pip(lock: Path, clear: list[str]) -> None:
    if importlib.util.find_spec("ensurepip") is None:
        package = f"python3.{sys.version_info.minor}-venv"
        sys.exit(f"This Python cannot make environments yet. On Debian and Ubuntu: sudo apt install {package}")
    make = [sys.executable, "-m", "venv", *clear, str(VENV)]
    fill = [str(VENV_PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    fill += ["--no-compile"]  # much of it is never imported
    for line in (make, [*fill, "--require-hashes", "--only-binary", ":all:", "--requirement", str(lock)]):
        if subprocess.run(line).returncode:
            sys.exit("The environment could not be made; the lines above say why.")


# The command line

COMMANDS = {
    command.__name__: command
    for command in (
        tasks.serve,
        tasks.test,
        tasks.check,
        tasks.accept,
        tasks.bench,
        tasks.openapi,
        tasks.sdk,
        tasks.lock,
        tasks.db,
        tasks.manage,
    )
}
SERVING = {"serve", "openapi", "db", "manage"}  # commands that need nothing of what developers need


def parse(arguments: list[str]) -> argparse.Namespace:
    described = "\n".join(f"  {name:<9} {command.__doc__}" for name, command in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog="run.py",
        description=(__doc__ or "").split("\n")[0],
        epilog=f"commands:\n{described}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    port = os.environ.get("ONRECORD_PORT", "8000")
    parser.add_argument("--host", default="127.0.0.1", help="where to listen (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, default=port, help="default: ONRECORD_PORT, else 8000")
    data = os.environ.get("ONRECORD_DATA")
    parser.add_argument("--data", default=data, metavar="DIR", help="local state (default: ONRECORD_DATA, else .data)")
    parser.add_argument("command", nargs="?", choices=COMMANDS, default="serve", metavar="command")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="what the command takes")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    options = parse(arguments)
    if options.data:
        os.environ["ONRECORD_DATA"] = str(Path(options.data).absolute())
    if options.command == "serve":
        serving.require_free_port(options.host, options.port)
    if options.command != "lock":  # the lock comes before the environment that is made from it
        enter_environment(tasks.LOCK if options.command in SERVING else tasks.DEVELOPMENT_LOCK)
    return COMMANDS[options.command](options)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except postgres.PostgresError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
