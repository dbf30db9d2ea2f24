"""The load: a process of its own with plain sockets, or with psycopg for the floors. `run` starts several and waits.

Standard library and psycopg only, so that it starts at once and costs little of the machine that it shares.
"""

from __future__ import annotations

import pickle
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

Ask = Callable[[Any], int]
SHARE = 0.25  # of the tasks that are left
PROCESSES = 2  # at most, for the clients of a load


@dataclass
class Load:
    """What the clients do until the time is up or the tasks are done: `http` tasks are (method, path, body); those of
    `sql` are lists of (statement, parameters), sent together and committed as one transaction."""

    kind: str
    tasks: Sequence[Any]
    clients: int = 1
    seconds: float = 1.0
    again: bool = True  # from the start, once all tasks are done
    port: int = 0
    token: str = ""
    database: str = ""

    def turn(self, seconds: float = 0) -> Load:
        """One turn of it. Tasks that can be done only once are taken off: a turn gets a share of them."""
        tasks = self.tasks
        if not self.again:
            share = max(1, int(SHARE * len(tasks)))
            tasks, self.tasks = tasks[:share], tasks[share:]
        return replace(self, tasks=tasks, seconds=seconds or self.seconds)


@dataclass
class Ran:
    latencies: list[float] = field(default_factory=list)  # seconds
    seconds: float = 0.0
    cpu: float = 0.0  # of the clients
    sizes: int = 0  # bytes of all answers
    failed: list[str] = field(default_factory=list)

    def add(self, other: Ran) -> None:
        self.latencies += other.latencies
        self.seconds = max(self.seconds, other.seconds)
        self.cpu += other.cpu
        self.sizes += other.sizes
        self.failed += other.failed


def run(load: Load) -> Ran:
    """The load, spread over as many processes as are worth it."""
    processes = min(PROCESSES, load.clients)
    parts = [(load, number, processes) for number in range(processes)]
    running = [subprocess.Popen([sys.executable, "-m", "bench.load"], stdin=-1, stdout=-1) for _ in parts]
    for process, part in zip(running, parts, strict=True):
        assert process.stdin
        process.stdin.write(pickle.dumps(part))
        process.stdin.close()
    ran = Ran()
    for process in running:
        assert process.stdout
        ran.add(pickle.loads(process.stdout.read()))
        if process.wait():
            raise RuntimeError("a client of the load broke")
    return ran


# In the processes


def main() -> None:
    load, number, processes = pickle.load(sys.stdin.buffer)
    ran = Ran()
    share = [n for n in range(load.clients) if n % processes == number]
    asks = [(Http(load) if load.kind == "http" else Sql(load)) for _ in share]
    start, cpu = time.perf_counter(), time.process_time()
    threads = [
        threading.Thread(target=work, args=(ask, load, client, ran)) for ask, client in zip(asks, share, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ran.seconds, ran.cpu = time.perf_counter() - start, time.process_time() - cpu
    sys.stdout.buffer.write(pickle.dumps(ran))


def work(ask: Any, load: Load, client: int, ran: Ran) -> None:
    """One client: every so-manieth task, one after the other."""
    own = load.tasks[client :: load.clients]
    deadline = time.perf_counter() + load.seconds
    done = 0
    while own and (load.again or done < len(own)):
        task = own[done % len(own)]
        start = time.perf_counter()
        try:
            ran.sizes += ask(task)
        except Exception as error:  # told at the end; a load with failures is no measurement
            ran.failed.append(repr(error)[:500])
            return
        end = time.perf_counter()
        ran.latencies.append(end - start)
        done += 1
        if end > deadline:
            return


class Http:
    """One kept connection."""

    def __init__(self, load: Load) -> None:
        self.head = f"Host: 127.0.0.1:{load.port}\r\nAuthorization: Bearer {load.token}\r\n"
        self.socket = socket.create_connection(("127.0.0.1", load.port), 120)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __call__(self, task: tuple[str, str, bytes | None]) -> int:
        method, path, body = task
        head = f"{method} {path} HTTP/1.1\r\n{self.head}"
        if body is not None:
            head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        self.socket.sendall(f"{head}\r\n".encode() + (body or b""))
        status, got = self.answer()
        if not 200 <= status < 300:
            raise RuntimeError(f"{status} {got[:300]!r}")
        return len(got)

    def answer(self) -> tuple[int, bytes]:
        data = self.socket.recv(65536)
        while (end := data.find(b"\r\n\r\n")) < 0:
            data += self.more()
        lines = data[:end].decode("latin-1").lower().split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines[1:])
        length = end + 4 + int(headers["content-length"])
        parts, size = [data], len(data)
        while size < length:
            parts.append(self.more())
            size += len(parts[-1])
        return int(lines[0].split()[1]), b"".join(parts)[end + 4 :]

    def more(self) -> bytes:
        data = self.socket.recv(262144)
        if not data:
            raise RuntimeError("the server closed the connection")
        return data


class Sql:
    """One connection, set as those of the application are; statements are prepared, and those of a task go in one round
    trip."""

    def __init__(self, load: Load) -> None:
        import psycopg

        options = "-c plan_cache_mode=force_generic_plan -c jit=off"
        self.connection = psycopg.connect(load.database, autocommit=True, prepare_threshold=0, options=options)

    def __call__(self, task: Sequence[tuple[str, Any]]) -> int:
        if len(task) == 1:
            return self.one(*task[0])
        with self.connection.pipeline(), self.connection.transaction():
            for statement, parameters in task:
                self.connection.execute(statement, parameters)
        return 0

    def one(self, statement: str, parameters: Any) -> int:
        cursor = self.connection.execute(statement, parameters)
        return sum(len(str(row[0])) for row in cursor.fetchall()) if cursor.description else 0


if __name__ == "__main__":
    from bench import load as this  # by its name, which is what pickles ask for

    this.main()
