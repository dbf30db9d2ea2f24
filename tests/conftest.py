"""The tests' own database cluster, and the fixtures that everything shares."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from backend import postgres, serving, tasks
from tests.api import Api
from tests.builders import SCOPES, World, make_member, make_project, make_token, make_user
from tests.databases import flush_patiently, may_truncate

NORDHAVEN = postgres.CHECKOUT / "seeds" / "data" / "nordhaven-lamp.json"
SEED = postgres.CHECKOUT / "seeds" / "data" / "voa-2009-04-24.json"


def pytest_configure(config: pytest.Config) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.THROTTLES = dict.fromkeys(settings.THROTTLES)
    settings.WRITE_LOCK_TIMEOUT = "2s"  # where everything else runs on the same two cores
    # A database of its own for every run, so that two runs at once do not meet.
    run = os.environ.setdefault("PYTEST_RUN", str(os.getpid()))
    settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = f"test_onrecord_{run}"
    settings.WHITENOISE_AUTOREFRESH = True  # else each new client's middleware lists all static files first
    if os.environ.get("DATABASE_URL") or hasattr(config, "workerinput"):
        return
    if os.environ.get("ONRECORD_TEST_CLUSTER") == "1":  # `run.py test` has chosen the cluster
        postgres.start_if_embedded()
    else:  # pytest was started bare: settings were read before us and name the developer's cluster
        tasks.use_test_cluster()
        settings.DATABASES["default"].update(postgres.connection(postgres.data_dir()))


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """The run's database; tests that commit empty its tables behind them, which triggers would refuse."""
    with django_db_blocker.unblock():
        may_truncate(True)
    flush_patiently()


@pytest.fixture
def client(db: None) -> Callable[..., Api]:
    """Makes API clients: `client(user)`, `client(user, scopes=["read"])`; `client()` is nobody's."""

    def make(user: Any = None, scopes: Any = SCOPES, **token: Any) -> Api:
        return Api(user, make_token(user, scopes, **token) if user else None)

    return make


@pytest.fixture
def world(client: Callable[..., Api]) -> World:
    """A private project with a member of each role, a stranger to it, and nobody at all."""
    project = make_project("world")
    roles = {"viewer": "viewer", "annotator": "annotator", "other_annotator": "annotator"}
    roles |= {"curator": "curator", "manager": "manager"}
    members = {}
    for name, role in roles.items():
        user = make_user(name)
        make_member(project, user, role)
        members[name] = client(user)
    return World(project=project, stranger=client(make_user("stranger")), anonymous=client(), **members)


@pytest.fixture
def seeded(db: None) -> dict[str, Any]:
    """The demo project with the seed articles in it; gives the document that the first was loaded from."""
    call_command("seed")
    document: dict[str, Any] = json.loads(SEED.read_text(encoding="utf-8"))
    return document


@pytest.fixture
def seed_quotes() -> int:
    """How many quotes all seed articles have together."""
    return sum(len(json.loads(path.read_text(encoding="utf-8"))["quotes"]) for path in (SEED, NORDHAVEN))


@pytest.fixture
def manager(client: Callable[..., Api], request: pytest.FixtureRequest) -> Api:
    """Somebody who may make projects, and is manager of the demo project where the test has one."""
    user = make_user("the-manager")
    if "seeded" in request.fixturenames:
        from projects.models import Project

        request.getfixturevalue("seeded")
        make_member(Project.objects.get(slug="demo"), user, "manager")
    return client(user)


@pytest.fixture
def durable(db: None, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The tests' own server is fast and careless; for once that is all that is asked of it."""
    from backend import views

    with connection.cursor() as cursor:
        cursor.execute("SELECT name, setting FROM pg_settings WHERE name = ANY (%s)", [list(views.DURABLE)])
        found = {name: (setting,) for name, setting in cursor.fetchall()}
    assert found.keys() == views.DURABLE.keys()
    monkeypatch.setattr(views, "DURABLE", found)
    return found


@pytest.fixture(scope="module")
def port(django_db_setup: None, django_db_blocker: Any) -> Iterator[int]:
    """Of a server whose database is this test run's."""
    base = connection.settings_dict
    host, name, role = base["HOST"], base["NAME"], base["USER"]
    password = f":{quote(base['PASSWORD'], safe='')}" if base["PASSWORD"] else ""
    address = f"postgres://{role}{password}@{quote(host, safe='')}:{base['PORT'] or 5432}/{name}"
    with socket.create_server(("127.0.0.1", 0)) as free:
        number = free.getsockname()[1]
    # What it counted would stay in the database.
    environment = {"DATABASE_URL": address, "ONRECORD_THROTTLE_ANONYMOUS": ""}
    line = serving.web_server("127.0.0.1", number)
    server = subprocess.Popen(line, cwd=postgres.CHECKOUT, env=os.environ | environment)
    try:
        assert serving.answers(server, "127.0.0.1", number)
        yield number
        assert server.poll() is None, "the server has died of it"
    finally:
        server.terminate()
        server.wait(timeout=30)
