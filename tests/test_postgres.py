"""The embedded launcher, against real servers of its own; nothing here touches Django's database."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from backend import postgres, postgres_host

CHECKOUT = Path(__file__).resolve().parent.parent
START_AND_TELL_WHEN = """
import sys, pathlib
from backend import postgres
cluster = postgres.ensure(pathlib.Path(sys.argv[1]), durable=False)
print(cluster.psql("onrecord", "onrecord", "SELECT pg_postmaster_start_time()"))
"""
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become another user")


@pytest.fixture
def place():
    """A directory of our own that any user can walk into, on a path of moderate length."""
    with tempfile.TemporaryDirectory(prefix="onrecord-test-", dir="/tmp") as name:
        Path(name).chmod(0o711)
        yield Path(name)


@pytest.fixture
def directory(place):
    """A data directory. Its server, if the test started one, is gone afterwards."""
    yield place / "data"
    postgres.reset(place / "data")


def start(directory):
    return postgres.ensure(directory, durable=False)


def query(directory, statements):
    return postgres.Cluster.of(directory).psql("onrecord", "onrecord", statements).strip()


def kill_server(directory, *, and_its_processes):
    """Kill the server as the kernel does when memory is short: no goodbye, no clean-up."""
    postmaster = postgres.Cluster.of(directory).postmaster()
    assert postmaster
    pids = [postmaster]
    if and_its_processes:
        pids += [int(pid) for pid in query(directory, "SELECT pid FROM pg_stat_activity").split()]
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_connection_starts_and_makes_nothing(directory):
    assert postgres.connection(directory)["NAME"] == "onrecord"
    assert not directory.exists()
    assert not postgres.running(directory)


def test_server_is_what_the_application_expects(directory):
    postgres.ensure(directory)
    names = ["data_checksums", "fsync", "listen_addresses", "max_connections", "server_encoding", "TimeZone"]
    assert [query(directory, f"SHOW {name}") for name in names] == ["on", "on", "", "100", "UTF8", "UTC"]
    assert query(directory, "SELECT rolsuper, rolcreatedb FROM pg_roles WHERE rolname = current_user") == "f|t"
    assert query(directory, "SELECT lower('ÄÖÜ')") == "äöü"


def test_only_the_owner_reaches_the_socket(directory):
    assert mode(start(directory).socket) == 0o700


def test_starts_at_once_give_one_server(directory):
    line = [sys.executable, "-c", START_AND_TELL_WHEN, str(directory)]
    starts = [subprocess.Popen(line, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    told = {start.communicate(timeout=60)[0] for start in starts}
    assert [start.returncode for start in starts] == [0, 0, 0, 0]
    assert len(told) == 1


def test_stop_keeps_data(directory):
    start(directory)
    query(directory, "CREATE TABLE kept AS SELECT 1")
    assert postgres.stop(directory)
    assert not postgres.running(directory)
    assert not postgres.stop(directory)
    start(directory)
    assert query(directory, "SELECT count(*) FROM kept") == "1"


def test_killed_server_starts_again_with_its_rows(directory):
    postgres.ensure(directory)
    query(directory, "CREATE TABLE kept AS SELECT generate_series(1, 1000)")
    kill_server(directory, and_its_processes=True)
    postgres.ensure(directory)
    assert query(directory, "SELECT count(*) FROM kept") == "1000"


def test_start_waits_for_a_busy_process_of_the_killed_server(directory):
    """Two servers on the same files would destroy them."""
    postgres.ensure(directory)
    query(directory, "CREATE TABLE kept AS SELECT 1")
    line = postgres.command(directory, "psql", "-c", "SELECT count(*) FROM generate_series(1, 20000000)")
    with subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as busy:
        active = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'SELECT count%'"
        while query(directory, active) != "2":  # itself, and the other
            pass
        kill_server(directory, and_its_processes=False)
        postgres.ensure(directory)
        busy.wait(timeout=1)
    assert query(directory, "SELECT count(*) FROM kept") == "1"


@pytest.mark.parametrize("whose", ["ours", "a zombie's", "nobody's"])
def test_stale_pid_file(directory, whose):
    files = start(directory).files
    content = (files / "postmaster.pid").read_text().split("\n", 1)[1]
    postgres.stop(directory)
    with subprocess.Popen(["true"]) as zombie:
        os.waitid(os.P_PID, zombie.pid, os.WEXITED | os.WNOWAIT)
        pid = {"ours": os.getpid(), "a zombie's": zombie.pid, "nobody's": 2**22 - 1}[whose]
        (files / "postmaster.pid").write_text(f"{pid}\n{content}")
        assert not postgres.running(directory)
        start(directory)
        assert postgres.running(directory)


def test_lost_socket_leads_to_a_new_start(directory):
    cluster = start(directory)
    for file in cluster.socket.glob(".s.PGSQL.*"):
        file.unlink()
    assert not cluster.settle(patience=0)
    start(directory)
    assert query(directory, "SELECT 1") == "1"


@pytest.mark.parametrize("name", ["a-long-way-down-" * 8, "quoted 'and', more", "Überraschung"])
def test_socket_moves_where_its_path_would_not_do(place, name):
    directory = place / name / "data"
    cluster = start(directory)
    try:
        assert cluster.socket.parent == Path("/tmp")
        assert mode(cluster.socket) == 0o700
        assert query(directory, "SELECT 1") == "1"
    finally:
        postgres.reset(directory)
    assert not cluster.socket.exists()


def test_refuses_data_of_another_version(directory):
    (directory / "pg9").mkdir(parents=True)
    with pytest.raises(postgres.PostgresError, match="pg9"):
        start(directory)


def test_secret_is_made_once_and_private(directory):
    with ThreadPoolExecutor(16) as pool:
        found = set(pool.map(lambda _: postgres.secret(directory, "key"), range(64)))
    assert len(found) == 1
    assert len(found.pop()) == 50
    assert mode(directory / "key") == 0o600
    assert [path.name for path in directory.iterdir()] == ["key"]


@as_root
def test_root_under_a_private_directory(place, monkeypatch):
    """Checkout and data below a directory that only root may enter: everything moves, and no permission changes."""
    system, private = place / "system", place / "private"
    private.mkdir(mode=0o700)
    site = postgres_host.programs().parent.parent.parent
    for tree in (postgres_host.programs().parent, *site.glob(f"{postgres_host.WHEEL}.libs")):
        shutil.copytree(tree, private / tree.relative_to(site))
    programs = private / postgres_host.programs().relative_to(site)
    monkeypatch.setattr(postgres_host, "programs", lambda: programs)
    monkeypatch.setattr(postgres_host, "SYSTEM_DIRECTORIES", (system,))
    before = {path: mode(path) for path in (*private.parents, private, *private.rglob("*"))}

    directory = private / "data"
    cluster = start(directory)
    try:
        assert cluster.files.is_relative_to(system)
        assert query(directory, "SELECT 1") == "1"
        assert {path: mode(path) for path in before} == before
        private.chmod(0o711)
        assert postgres.Cluster.of(directory) == cluster, "what exists is found again, whatever changes"
    finally:
        postgres.reset(directory)


@as_root
def test_refuses_a_directory_of_somebody_else(directory):
    directory.mkdir()
    os.chown(directory, 65534, 65534)
    with pytest.raises(postgres.PostgresError, match="belongs to user 65534"):
        start(directory)
