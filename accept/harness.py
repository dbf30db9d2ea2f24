"""What every gate stands on: a scratch PostgreSQL, servers that are processes, and people in the database.

The cluster has data checksums and durable settings and lies in a directory of its own. Each gate finds the database
`onrecord` as it was just after `migrate`: copied from a template, which takes a moment, where migrating takes many.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import psycopg

from accept.client import Client
from backend import postgres, serving, tasks

TEMPLATE = "onrecord_template"
THROTTLES = ("READ", "WRITE", "BULK", "ANONYMOUS")
COPY = f"""
DROP DATABASE IF EXISTS {postgres.DATABASE} WITH (FORCE);
CREATE DATABASE {postgres.DATABASE} OWNER {postgres.ROLE} TEMPLATE {TEMPLATE};
"""
MAKE_TEMPLATE = f"""
DROP DATABASE IF EXISTS {TEMPLATE} WITH (FORCE);
CREATE DATABASE {TEMPLATE} OWNER {postgres.ROLE} TEMPLATE {postgres.DATABASE};
"""


@dataclass
class Server:
    """A web server of ours, as `run.py` starts it, in a session of its own."""

    port: int
    log: Path
    application: str
    process: subprocess.Popen[bytes] = field(init=False)

    def start(self) -> None:
        line = [*serving.web_server("127.0.0.1", self.port)[:-1], self.application]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                line, cwd=tasks.CHECKOUT, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )
        if not serving.answers(self.process, "127.0.0.1", self.port):
            raise RuntimeError(f"the web server did not start:\n{self.log.read_text(errors='replace')[-3000:]}")

    def workers(self) -> list[psutil.Process]:
        """The processes that answer. Python's resource tracker is a child as well, and answers nobody."""
        children = psutil.Process(self.process.pid).children(recursive=True)
        return [child for child in children if "resource_tracker" not in " ".join(child.cmdline())]

    def kill(self) -> None:
        """kill -9 of everything: the server and its workers."""
        for process in [psutil.Process(self.process.pid), *self.workers()]:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        self.process.wait()

    def stop(self) -> None:
        group = self.process.pid
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal.SIGTERM)
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(group, signal.SIGKILL)
            self.process.wait()

    def client(self, token: str | None = None, **more: Any) -> Client:
        return Client(self.port, token, **more)


@dataclass
class Ground:
    """The scratch installation. `application` is what the servers serve; tests put a broken one there."""

    directory: Path
    application: str = "backend.wsgi:application"
    seed: int = 1

    @property
    def cluster(self) -> postgres.Cluster:
        return postgres.Cluster.of(self.directory)

    def fresh(self) -> None:
        """The database as it is after `migrate`, and nothing else in it."""
        from django.db import connection

        connection.close()
        self.cluster.psql(postgres.SUPERUSER, "postgres", COPY)

    @contextlib.contextmanager
    def serve(self, **environment: str) -> Iterator[Server]:
        server = Server(free_port(), self.directory / "web.log", self.application)
        with changed(environment):
            server.start()
            try:
                yield server
            finally:
                server.stop()

    def connect(self, **options: Any) -> psycopg.Connection[Any]:
        """A connection of our own, past Django."""
        where = postgres.connection(self.directory)
        return psycopg.connect(
            host=where["HOST"], port=where["PORT"], dbname=where["NAME"], user=where["USER"], autocommit=True, **options
        )

    def sql(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        with self.connect() as connection:
            cursor = connection.execute(statement, values or None)
            return cursor.fetchall() if cursor.description else []

    def manage(self, *words: str) -> str:
        """What a `manage.py` command printed."""
        line = [sys.executable, "manage.py", *words]
        done = subprocess.run(line, cwd=tasks.CHECKOUT, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"manage.py {' '.join(words)}: {done.stdout}{done.stderr}"[-3000:])
        return done.stdout


@contextlib.contextmanager
def ground(application: str, sabotage: str = "", keep: Path | None = None) -> Iterator[Ground]:
    """A scratch installation, gone afterwards. `keep`: one that stays, for a next run that finds it made.

    `sabotage` is SQL run in each gate's database before it begins: tests drop a trigger with it.
    """
    directory = keep or Path(tempfile.mkdtemp(prefix="onrecord-accept-"))
    prepare_environment(directory)
    try:
        made = (directory / "made").exists()
        cluster = postgres.ensure(directory)
        if not made:
            make_template(cluster)
            (directory / "made").touch()
        yield Sabotaged(directory, application, sabotage=sabotage) if sabotage else Ground(directory, application)
    finally:
        close_connections()
        if keep is None:
            postgres.reset(directory)
            shutil.rmtree(directory, ignore_errors=True)


@dataclass
class Sabotaged(Ground):
    sabotage: str = ""

    def fresh(self) -> None:
        super().fresh()
        self.cluster.psql(postgres.SUPERUSER, postgres.DATABASE, self.sabotage)


def prepare_environment(directory: Path) -> None:
    """This process and all that it starts use the scratch installation, with throttles off."""
    for name in [name for name in os.environ if name.startswith("ONRECORD_") or name == "DATABASE_URL"]:
        del os.environ[name]
    os.environ["ONRECORD_DATA"] = str(directory)
    os.environ["DJANGO_SETTINGS_MODULE"] = "backend.settings"
    os.environ |= {f"ONRECORD_THROTTLE_{name}": "" for name in THROTTLES}


def make_template(cluster: postgres.Cluster) -> None:
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", interactive=False, verbosity=0)
    close_connections()
    cluster.psql(postgres.SUPERUSER, "postgres", MAKE_TEMPLATE)


def close_connections() -> None:
    from django.db import connections

    connections.close_all()


@contextlib.contextmanager
def changed(environment: dict[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(environment)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(holds: Any, at_most: float) -> float:
    """Seconds until `holds()`; `at_most` where it never did."""
    start = time.monotonic()
    while time.monotonic() - start < at_most:
        if holds():
            break
        time.sleep(0.02)
    return time.monotonic() - start
