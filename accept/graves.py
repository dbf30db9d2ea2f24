"""Objects that are gone: their history is the curators', and to all others they have never been."""

from __future__ import annotations

from typing import Any

from accept.client import Client
from tests.estate import Estate

GONE = " (deleted)"  # marks the rows of `matrix.csv` that are about them
Described = dict[str, tuple[str, str, dict[str, Any]]]


def with_graves(described: Described) -> Described:
    """The operations, and those that a deleted object still has once more."""
    return described | {f"{name}{GONE}": found for name, found in described.items() if "/history/" in name}


def home(path: str) -> str:
    """The list in which the object of a history stands."""
    return path.partition("{id}")[0]


def bury(client: Client, path: str, body: Any) -> str:
    """Make an object in the list and delete it again; gives its id."""
    made = client.post(path, body)
    assert made.status == 201, (path, made.body)
    row = str(made.json()["id"])
    gone = client.delete(f"{path}{row}/", if_match="*")
    assert gone.status == 204, (path, gone.body)
    return row


class Graves:
    """A grave for each list of an estate, dug when it is asked for."""

    def __init__(self) -> None:
        self.dug: dict[tuple[str, str], str] = {}

    def id(self, client: Client, estate: Estate, path: str, body: Any) -> str:
        key = estate.word, path
        if key not in self.dug:
            self.dug[key] = bury(client, path, body)
        return self.dug[key]
