"""The admin as a browser meets it: who gets in, and what they see of other projects."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from http.client import HTTPConnection
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore

from accept.harness import Server
from projects.admin.deeds import Deed
from projects.admin.pages import WorkAdmin
from tests.builders import make_member, make_user
from tests.estate import Estate, make_estate

APPS = ("projects", "articles", "annotations")


def session(user: Any) -> str:
    """The cookie of somebody who is signed in."""
    store = SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.save()
    return f"{settings.SESSION_COOKIE_NAME}={store.session_key}"


def fetch(server: Server, path: str, cookie: str = "") -> tuple[int, dict[str, str], bytes]:
    connection = HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request("GET", path, headers={"Cookie": cookie} if cookie else {})
    got = connection.getresponse()
    answer = got.status, {name.lower(): value for name, value in got.getheaders()}, got.read()
    connection.close()
    return answer


def lists() -> list[tuple[str, Any]]:
    """The list page of each model of ours, with the model."""
    ours = [model for name in APPS for model in apps.get_app_config(name).get_models()]
    return [(f"/admin/{m._meta.app_label}/{m._meta.model_name}/", m) for m in ours if admin.site.is_registered(m)]


PAGES = ("change/", "history/", "delete/", "edit/")
RESTORE = "history/1/restore/"


def pages(estate: Estate) -> list[str]:
    """The index, each list, the form for a new object, and the pages of each row of an estate that the admin has: what
    it is, its history, its form, its deletion and what else can be done with it."""
    found = ["/admin/"]
    for path, model in lists():
        rows = [row for row in estate.rows.values() if type(row) is model]
        own = (*PAGES, *([RESTORE] if works(model) else []), *(f"do/{deed.name}/" for deed in deeds(model)))
        found += [path, *([f"{path}add/"] if works(model) else [])]
        found += [f"{path}{row.pk}/{page}" for row in rows for page in own]
    return found


def works(model: Any) -> bool:
    """Whether the admin has forms for such objects that go through the API."""
    return admin.site.is_registered(model) and isinstance(admin.site.get_model_admin(model), WorkAdmin)


def deeds(model: Any) -> Sequence[Deed]:
    found: Sequence[Deed] = getattr(admin.site.get_model_admin(model), "deeds", ())
    return found


def cells(server: Server) -> tuple[int, list[str]]:
    """How many pages were asked for, and which of them answered somebody they should not."""
    staff, outsider, plain = (make_user(name) for name in ("staff", "staff-elsewhere", "no-staff"))
    for user in (staff, outsider):
        user.is_staff = True
        user.save()
    estate, elsewhere = make_estate("Adminword", staff), make_estate("Elsewhereword", outsider)
    make_member(estate.project, plain, "manager")
    cookies = {"nobody": "", "no staff": session(plain), "staff elsewhere": session(outsider), "staff": session(staff)}
    found = pages(estate)
    faults = [fault for path in found for fault in wrong(server, path, estate, cookies)]
    seen = fetch(server, "/admin/annotations/quote/", cookies["staff"])
    if seen[0] != 200 or str(estate.rows["quote"].pk).encode() not in seen[2]:
        faults.append("staff do not see their own project's quotes, so that the rest shows nothing")
    if elsewhere.word.encode() in seen[2]:
        faults.append("staff see the quotes of another project")
    return len(found) * len(cookies), faults


def wrong(server: Server, path: str, estate: Estate, cookies: dict[str, str]) -> Iterator[str]:
    for who in ("nobody", "no staff"):
        status, headers, _ = fetch(server, path, cookies[who])
        if (status, headers.get("location", "")[:13]) != (302, "/admin/login/"):
            yield f"{path}: {who} gets {status}, not the way to the login page"
    status, _, body = fetch(server, path, cookies["staff elsewhere"])
    if re.search(rf"{estate.word}\b".encode(), body):
        yield f"{path}: staff of another project read {estate.word} there"
    if any(str(pk).encode() in body for pk in estate.ids) and status == 200:
        yield f"{path}: staff of another project find an id there"
    if status >= 500:
        yield f"{path}: {status}"
