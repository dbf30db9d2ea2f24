"""schemathesis reads backend/openapi.yaml and tries every operation: with its examples, and at the edges of each limit.

It finds what is described too loosely or too tightly, undeclared statuses, headers and media types, and server errors.
Bounded and seeded; `ONRECORD_SCHEMATHESIS=full` also tries the bulk doors with all their lists (five minutes more).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
import yaml
from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection, transaction
from schemathesis.config import SchemathesisConfig

from backend.tasks import OPENAPI
from tests.builders import make_member, make_token, make_user

FULL = os.environ.get("ONRECORD_SCHEMATHESIS") == "full"
BULK = ("/api/v1/articles/{article}/annotations/", "/api/v1/projects/{project}/documents/")
SAMPLE = {"publishers", "claims"}


def contract() -> dict[str, Any]:
    """The contract without what cannot be generated: cursors, which nobody can make up, and NDJSON. Files of JSON are
    described as bytes, for they are streamed; schemathesis would read them first."""
    described: dict[str, Any] = yaml.load(OPENAPI.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    for operation in (operation for path in described["paths"].values() for operation in path.values()):
        operation["parameters"] = [p for p in operation.get("parameters", []) if p.get("name") != "cursor"]
        operation.get("requestBody", {}).get("content", {}).pop("application/x-ndjson", None)
        for shape in operation["responses"].get("200", {}).get("content", {}).values():
            if shape["schema"].get("format") == "binary":
                del shape["schema"]
    # The seed's objects are there, and then a restoration needs it.
    described["components"]["parameters"]["RestoringIfMatch"]["required"] = True
    if not FULL:
        sample(described)
    return described


def sample(described: dict[str, Any]) -> None:
    """Some lists of the annotation document stand for all: their objects are those of the other operations."""
    for path in BULK:
        described["paths"][path]["post"]["requestBody"]["content"]["application/json"].pop("examples")
    document = described["components"]["schemas"]["AnnotationDocumentRequest"]
    document["properties"] = {n: shape for n, shape in document["properties"].items() if n in SAMPLE}


config = SchemathesisConfig.from_path(Path(__file__).with_name("schemathesis.toml"))
schema = schemathesis.openapi.from_dict(contract(), config=config)
schema.app = WSGIHandler()  # as `backend.wsgi`, which also sets the collector of its process


@pytest.fixture(scope="module")
def token(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """Of a manager of the demo project, which holds the seed article; gone when all operations have been tried."""
    from projects.models import Project

    for ends in (request_started, request_finished):  # as Django's own test client does it
        ends.disconnect(close_old_connections)
    with django_db_blocker.unblock(), transaction.atomic():
        with connection.cursor() as cursor:  # cases may be long in the making
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        call_command("seed")
        user = make_user("the-manager")
        make_member(Project.objects.get(slug="demo"), user, "manager")
        yield make_token(user)
        transaction.set_rollback(True)
    for ends in (request_started, request_finished):
        ends.connect(close_old_connections)


@pytest.mark.django_db
@schema.parametrize()
def test_the_server_keeps_the_contract(case: Any, token: str) -> None:
    if case.meta.generation.mode.is_positive and (case.headers or {}).get("If-Match") == "0":
        case.headers["If-Match"] = "*"  # made for a valid case of an optional header, without a look at its pattern
    case.call_and_validate(headers={"Authorization": f"Bearer {token}"})
