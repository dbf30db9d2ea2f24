"""Production: what it does not start without, and what it then holds to."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from typing import Any

import pytest
from django.core.management import call_command

from backend import postgres, serving, tasks
from projects.models import Project, User

SETTINGS = """
import json
from backend import settings
names = "SECURE_SSL_REDIRECT SECURE_HSTS_SECONDS SESSION_COOKIE_SECURE CSRF_COOKIE_SECURE DEBUG SECURE_PROXY_SSL_HEADER"
print(json.dumps({name: getattr(settings, name) for name in names.split()}))
"""
ANSWERS = """
import django
django.setup()
from django.test import Client
for path in ("/", "/api/v1/schema/", "/healthz"):
    for secure in (False, True):
        answer = Client(headers={"host": "onrecord.example"}).get(path, secure=secure)
        print(path, secure, answer.status_code, answer.headers.get("Strict-Transport-Security", "-"))
proxied = Client(headers={"host": "onrecord.example", "x-forwarded-proto": "https"}).get("/")
print("proxied", proxied.status_code)
"""


def run(script: str, **environment: str) -> Any:
    """The script in a process whose environment is production's, with changes: "" takes a variable away."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("ONRECORD_") or "DATA" in name}
    ours |= tasks.production() | {"DJANGO_SETTINGS_MODULE": "backend.settings"} | environment
    return subprocess.run(
        [sys.executable, "-c", script],
        cwd=postgres.CHECKOUT,
        env={name: value for name, value in ours.items() if value},
        capture_output=True,
        text=True,
    )


def test_production_is_safe():
    done = run(SETTINGS)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "SECURE_SSL_REDIRECT": True,
        "SECURE_HSTS_SECONDS": 31_536_000,
        "SESSION_COOKIE_SECURE": True,
        "CSRF_COOKIE_SECURE": True,
        "DEBUG": False,
        "SECURE_PROXY_SSL_HEADER": None,
    }


SAME = secrets.token_urlsafe(50)


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({"ONRECORD_SECRET_KEY": ""}, "ONRECORD_SECRET_KEY has to be random"),
        ({"ONRECORD_SECRET_KEY": "short"}, "ONRECORD_SECRET_KEY has to be random"),
        ({"ONRECORD_SECRET_KEY": "a" * 60}, "ONRECORD_SECRET_KEY has to be random"),
        ({"ONRECORD_TOKEN_PEPPER": ""}, "ONRECORD_TOKEN_PEPPER has to be random"),
        ({"ONRECORD_SECRET_KEY": SAME, "ONRECORD_TOKEN_PEPPER": SAME}, "have to differ"),
        ({"ONRECORD_ALLOWED_HOSTS": ""}, "ONRECORD_ALLOWED_HOSTS has to name"),
        ({"ONRECORD_ALLOWED_HOSTS": "a.example,*"}, "ONRECORD_ALLOWED_HOSTS has to name"),
        ({"ONRECORD_DEBUG": "true"}, "ONRECORD_DEBUG"),
        ({"ONRECORD_ENV": "prodution"}, "ONRECORD_ENV is one of"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_production_does_not_start_without(environment, named):
    done = run(SETTINGS, **environment)
    assert done.returncode == 1
    assert "ImproperlyConfigured" in done.stderr
    assert named in done.stderr
    assert SAME not in done.stderr


def test_production_speaks_https_only():
    done = run(ANSWERS)
    assert done.returncode == 0, done.stderr
    *lines, proxied = [line.split(" ", 3) for line in done.stdout.splitlines()]
    told = {(path, secure): rest for path, secure, *rest in lines}
    strict = "max-age=31536000; includeSubDomains"
    for path, status in (("/", "200"), ("/api/v1/schema/", "200")):
        assert told[path, "False"] == ["301", "-"]
        assert told[path, "True"] == [status, strict]
    assert told["/healthz", "False"][0] == "200"
    assert proxied == ["proxied", "301"], "a header that nobody vouches for is believed"
    assert "proxied 200" in run(ANSWERS, ONRECORD_HTTPS_HEADER="X-Forwarded-Proto").stdout


def test_djangos_own_audit_is_clean():
    line = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    # What browser tests set for themselves is nothing that a server has.
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_ALLOW_ASYNC_UNSAFE"}
    done = subprocess.run(
        line, cwd=postgres.CHECKOUT, env=environment | tasks.production(), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.django_db
def test_production_has_no_demo_and_nobody_who_can_log_in(settings, capsys):
    settings.PRODUCTION = True
    call_command("prepare", "--json")
    assert json.loads(capsys.readouterr().out) == {}
    assert not User.objects.exists()
    assert not Project.objects.exists()
    shown = serving.banner("http://127.0.0.1:8000", {})
    assert "password" not in shown
    assert "createsuperuser" in shown
    assert "create_token" in shown
