"""What every workload is given: the scene, the server, and loads made from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from accept.client import Client
from accept.harness import Ground, Server
from backend import postgres
from bench.gauges import Gauges
from bench.load import Load
from bench.scene import Scene


@dataclass
class Run:
    ground: Ground
    server: Server
    scene: Scene
    gauges: Gauges
    seconds: float = 1.0  # of one turn
    spans: int = 100_000  # of what is brought in and out

    @property
    def client(self) -> Client:
        """The manager's, who sees everything."""
        return self.server.client(self.scene.cast.tokens["manager"], timeout=600)

    def get(self, paths: Sequence[str], clients: int = 1, who: str = "manager", seconds: float = 0) -> Load:
        tasks = [("GET", path, None) for path in paths] * clients
        return self.http(tasks, clients, who, seconds)

    def http(self, tasks: Sequence[Any], clients: int = 1, who: str = "manager", seconds: float = 0) -> Load:
        token = self.scene.cast.tokens[who]
        return Load("http", tasks, clients, seconds or self.seconds, port=self.server.port, token=token)

    def sql(self, tasks: Sequence[Any], clients: int = 1, database: str = postgres.DATABASE) -> Load:
        """Statements past HTTP: in the same database, or in a copy of it."""
        tasks = [[task] for task in tasks] * clients
        return Load("sql", tasks, clients, self.seconds, database=self.conninfo(database))

    def conninfo(self, database: str = postgres.DATABASE, user: str = postgres.ROLE) -> str:
        where = postgres.connection(self.ground.directory)
        return f"host={where['HOST']} port={where['PORT']} dbname={database} user={user}"
