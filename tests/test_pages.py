"""The start page, the browser of the API, its description, and the health checks."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import yaml
from django.contrib.staticfiles import finders
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from backend import views
from backend.tasks import OPENAPI
from tests.api import Api

ADDRESSES = re.compile(r'(?:href|src)="([^"]*)"')


@pytest.fixture
def http() -> Client:
    return Client()


@pytest.mark.parametrize("page", ["/", "/api/v1/docs/"])
def test_a_page_asks_nobody_else_and_runs_no_inline_script(http: Client, page: str) -> None:
    response = http.get(page)
    html, policy = response.content.decode(), response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert not re.search(r"https?:|\*", policy)
    assert not re.search(r"<script(?! src=)|\son\w+=|javascript:", html)
    found = ADDRESSES.findall(html)
    assert found
    assert all(address.startswith(("/", "data:")) and not address.startswith("//") for address in found)
    assert all(finders.find(address[8:]) for address in found if address.startswith("/static/"))


@pytest.mark.parametrize("path", ["/", "/healthz", "/api/v1/schema/?format=json"])
def test_the_policy_is_enforced_and_not_said_twice(http: Client, path: str) -> None:
    answer = http.get(path)
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert "Content-Security-Policy-Report-Only" not in answer


def test_links_of_the_start_page_lead_somewhere(http: Client, seeded: Any, durable: Any) -> None:
    for address in ADDRESSES.findall(http.get("/").content.decode()):
        if address.startswith("/"):
            answer = http.get(address, follow=True)
            assert answer.status_code == 200, address
            assert answer.getvalue()


def test_the_start_page_shows_a_request_that_works(http: Client, seeded: Any, manager: Api) -> None:
    (body,) = re.findall(r"-d '(.*?)'", http.get("/").content.decode())
    assert manager.post("/api/v1/quotes/", json.loads(body)).status_code == 201


def test_the_docs_script_asks_nobody_else() -> None:
    path = finders.find("onrecord/docs.js")
    assert path
    with open(path, encoding="utf-8") as file:
        script = file.read()
    assert "validatorUrl: null" in script
    assert "://" not in script


def test_the_description_is_served_as_yaml_and_json(http: Client) -> None:
    contract = yaml.safe_load(OPENAPI.read_text(encoding="utf-8"))
    plain = http.get("/api/v1/schema/")
    assert (plain["Content-Type"], plain.content) == ("application/yaml", OPENAPI.read_bytes())
    assert "Accept" in plain["Vary"]
    as_json = [
        http.get("/api/v1/schema.json"),
        http.get("/api/v1/schema/?format=json"),
        http.get("/api/v1/schema/", headers={"accept": "application/json"}),
    ]
    for response in as_json:
        assert response["Content-Type"] == "application/json"
        assert response.json() == contract


@pytest.mark.parametrize("query", ["format=xml", "lang=de", "format=json&format=yaml", "format="])
def test_the_description_takes_no_other_parameter(http: Client, query: str) -> None:
    response = http.get(f"/api/v1/schema/?{query}")
    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"


def test_alive_and_ready(http: Client, durable: Any) -> None:
    assert http.get("/healthz").json() == {"status": "alive"}
    assert http.get("/readyz").json() == {"status": "ready"}
    assert http.post("/readyz").status_code == 405


@pytest.mark.parametrize("name", ["fsync", "full_page_writes", "synchronous_commit"])
def test_not_ready_where_confirmed_writes_may_be_lost(http: Client, durable: Any, name: str) -> None:
    (is_now,) = durable[name]
    durable[name] = ("something else",)
    response = http.get("/readyz")
    assert response.status_code == 503
    assert response.json()["reason"] == f"The database may lose confirmed writes: {name} is {is_now}."


def test_the_least_that_is_asked_of_a_server() -> None:
    assert all("off" not in good for good in views.DURABLE.values())


def test_not_ready_without_a_migration(http: Client, durable: Any) -> None:
    recorder = MigrationRecorder(connection)
    last = max(name for app, name in recorder.applied_migrations() if app == "annotations")
    recorder.record_unapplied("annotations", last)
    response = http.get("/readyz")
    assert response.status_code == 503
    assert "Missing: 1" in response.json()["reason"]


def test_not_ready_without_the_database_but_alive(http: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise OperationalError("the server is gone")

    monkeypatch.setattr(connection, "ensure_connection", refuse)
    monkeypatch.setattr(connection, "cursor", refuse)
    assert http.get("/readyz").status_code == 503
    assert http.get("/healthz").status_code == 200
    assert http.get("/").status_code == 200
