"""Secrets are shown once and kept nowhere: a stolen dump, a look into the admin and the documentation open nothing."""

from __future__ import annotations

import re

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client

from backend import postgres
from backend.tasks import OPENAPI
from projects.models import ApiToken, User
from tests.builders import make_user
from tests.estate import API

pytestmark = pytest.mark.django_db
PASSWORD = "a password nobody has"


@pytest.fixture
def secret(client) -> str:
    """Of a token that was made and used."""
    us = client(make_user("maker", superuser=True))
    made = us.post(f"{API}/tokens/", {"name": "t", "scopes": ["read"]})
    (us.token,) = re.findall(r"onr_[\w-]{30,}", made.content.decode())
    assert us.get(f"{API}/me/").status_code == 200
    return str(us.token)


def rows_with(word: str) -> list[str]:
    """The tables that hold the word."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE strpos(row_to_json(t)::text, %s) > 0', [word])
            if cursor.fetchone()[0]:
                found.append(table)
    return found


def test_the_database_holds_no_secret(secret):
    User.objects.create_user("someone", password=PASSWORD)
    assert len(apps.get_models()) > 15
    assert rows_with(secret) == []
    assert rows_with(secret[10:]) == []
    assert rows_with(PASSWORD) == []
    assert rows_with("someone") == ["projects_user"]  # the control: what is there is found


def test_nothing_that_is_shown_holds_a_secret(secret, client):
    token = ApiToken.objects.get(hint=secret[:8], last_used_at__isnull=False)
    browser = Client()
    browser.force_login(token.user)
    shown = [
        browser.get(f"/admin/projects/apitoken/{token.pk}/change/").content.decode(),
        browser.get("/admin/projects/apitoken/").content.decode(),
        client(token.user).get(f"{API}/tokens/").content.decode(),
        repr(token) + str(token),
    ]
    digest = bytes(token.digest).hex()
    assert token.hint in shown[0]
    assert not [page for page in shown if secret in page or secret[10:] in page or digest in page]


def test_the_documentation_holds_no_secret():
    places = [OPENAPI, *(postgres.CHECKOUT / "docs").rglob("*.md"), *postgres.CHECKOUT.glob("*.md")]
    assert not [place for place in places if re.search(r"onr_[\w-]{30,}", place.read_text(encoding="utf-8"))]
