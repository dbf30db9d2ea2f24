"""Secrets are nowhere but with their owners, and a token that no longer holds is refused at once, by every worker."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.conf import settings
from django.utils import timezone

from accept import admin
from accept.client import Client
from accept.harness import Ground, Server, wait_for
from accept.people import Cast, make_cast
from accept.report import Report
from backend import postgres
from tests.builders import make_project, make_token, make_user

CLIENTS, SOON = 12, 1.0  # connections over the workers; seconds
SIZES: dict[str, dict[str, Any]] = {
    "full": {"rounds": 5},
    "quick": {"rounds": 2},
    "tiny": {"rounds": 1},
}


def run(ground: Ground, report: Report, rounds: int) -> None:
    cast = make_cast()
    boss = make_user("boss", superuser=True)
    boss.set_password(PASSWORD)
    boss.save()
    (ground.directory / "web.log").unlink(missing_ok=True)
    with ground.serve(ONRECORD_LOG_LEVEL="INFO") as server:
        secrets = list(issued(cast, server))
        report.none("not refused", list(refusals(cast, server)))
        seconds = [revoked(cast, server, how) for _ in range(rounds) for how in REVOCATIONS]
        report.at_most("revoked in every worker after s", round(max(seconds), 2), SOON)
        cookie = admin.session(boss)
        shown = {path: admin.fetch(server, path, cookie)[2] for path in admin_pages()}
        shown |= {path: server.client().get(path).body for path in ("/schema.json", "/schema/", "/docs/")}
        shown |= {path: cast.client(server, "manager").get(path).body for path in ("/tokens/", "/me/")}
    shown["web.log"] = (ground.directory / "web.log").read_bytes()
    shown["dump"] = dump(ground)
    report.note("secrets", len(secrets))
    report.note("places", len(shown))
    report.none(
        "secrets found", [f"{name} in {place}" for place, text in shown.items() for name in found(secrets, text)]
    )
    report.at_least("dump kB", len(shown["dump"]) // 1000, 20)


PASSWORD = "an unusual password of the boss"


def issued(cast: Cast, server: Server) -> Iterator[tuple[str, str]]:
    """(name, secret) of tokens made each way, each used once; and of the keys and passwords of the house."""
    for name in ("viewer", "annotator", "curator", "manager", "stranger"):
        yield f"token of {name}", cast.tokens[name]
        cast.client(server, name).get("/me/")
    client = cast.client(server, "manager")
    made = client.post("/tokens/", {"name": "Made", "scopes": ["read"]}).json()
    secret = max((value for value in made.values() if str(value).startswith("onr_")), key=len)  # not its hint
    yield "token made over the API", secret
    server.client(secret).get("/quotes/?nothing=1")
    server.client(f"{secret}x").get("/quotes/")  # what is refused may be a slip of the pen, and a secret all the same
    yield "a wrong token", f"{secret}x"
    yield "secret key", settings.SECRET_KEY
    yield "pepper", settings.TOKEN_PEPPER
    yield "password", PASSWORD


def found(secrets: list[tuple[str, str]], text: bytes) -> list[str]:
    return [name for name, secret in secrets if secret.encode() in text]


def dump(ground: Ground) -> bytes:
    line = postgres.command(ground.directory, "pg_dump", "--no-owner")
    return subprocess.run(line, capture_output=True, check=True).stdout


def admin_pages() -> list[str]:
    """Lists, and the page of each token and account."""
    rows = [*apps.get_model("projects.ApiToken").objects.all(), *apps.get_model("projects.User").objects.all()]
    kinds = [(f"/admin/projects/{row._meta.model_name}/{row.pk}", ("change", "history")) for row in rows]
    return [path for path, _ in admin.lists()] + [f"{path}/{page}/" for path, pages in kinds for page in pages]


# What no longer holds, or never did


def refusals(cast: Cast, server: Server) -> Iterator[str]:
    """What is wrong with the answers to tokens that are expired, too weak, or for elsewhere."""
    manager, own, other = cast.users["manager"], cast.project.pk, make_project("elsewhere", visibility="public").pk
    article, quote = f"/articles/{cast.article.pk}/", {"content": {"exact": "We keep our word"}}
    body = quote | {"article": str(cast.article.pk)}
    expiring = server.client(make_token(manager, expires_at=timezone.now() + timedelta(seconds=2)))
    reader = server.client(make_token(manager, ["read"]))
    writer = server.client(make_token(manager, ["annotate"]))
    limited = server.client(make_token(manager, projects=[own]))
    tried = [
        ("a token before it expires", expiring.get(article), 200),
        ("the scope read reads", reader.get(article), 200),
        ("the scope read writes", reader.post("/quotes/", body), 403),
        ("the scope annotate reads", writer.get(article), 403),
        ("a token for one project, there", limited.get(f"/projects/{own}/"), 200),
        ("a token for one project, elsewhere", limited.get(f"/projects/{other}/"), 404),
        ("no token at all", server.client().get(article), 401),
        ("an unknown token", server.client("onr_" + "x" * 43).get(article), 401),
    ]
    time.sleep(2.1)
    tried.append(("an expired token", expiring.get(article), 401))
    yield from (f"{what}: {answer.status}, not {status}" for what, answer, status in tried if answer.status != status)


def revoked(cast: Cast, server: Server, how: Any) -> float:
    """Seconds from a revocation to the last answer that it did not reach, over connections to every worker."""
    name = f"leaver{len(cast.users)}"
    cast.join(name, "annotator")
    clients = [cast.client(server, name) for _ in range(CLIENTS)]
    path = f"/articles/{cast.article.pk}/"
    assert {client.get(path).status for client in clients} == {200}
    require_every_worker(server, clients)
    how(cast, server, name)
    return wait_for(lambda: all(client.get(path).status in (401, 404) for client in clients), 8)


def require_every_worker(server: Server, clients: list[Client]) -> None:
    """Every worker holds one of the connections, so that what one of them remembers would show."""
    mine = {client.connection.sock.getsockname() for client in clients if client.connection and client.connection.sock}
    for worker in server.workers():
        held = {tuple(one.raddr) for one in worker.net_connections(kind="tcp4") if one.raddr}
        assert held & mine, f"worker {worker.pid} holds none of the connections"


def by_owner(cast: Cast, server: Server, name: str) -> None:
    client = cast.client(server, name)
    for token in client.get("/tokens/").json()["results"]:
        assert client.delete(f"/tokens/{token['id']}/", if_match="*").status == 204


def by_manager(cast: Cast, server: Server, name: str) -> None:
    """The membership ends."""
    manager, members = cast.client(server, "manager"), f"/projects/{cast.project.pk}/members/"
    (row,) = [one["id"] for one in manager.pages(members) if one["user"] == name]
    assert manager.delete(f"{members}{row}/", if_match="*").status == 204


def by_deactivation(cast: Cast, server: Server, name: str) -> None:
    type(cast.users[name]).objects.filter(pk=cast.users[name].pk).update(is_active=False)


REVOCATIONS = (by_owner, by_manager, by_deactivation)
