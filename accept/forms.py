"""The admin's forms, posted: members are changed by managers, tokens by their owners, all else by who has a role."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode

from django.conf import settings

from accept.admin import deeds, lists, session, works
from accept.harness import Server
from projects.models import ApiToken, Membership
from projects.roles import Role
from tests.builders import make_member, make_user
from tests.estate import Estate, make_estate

MEMBERS, TOKENS = "/admin/projects/membership/", "/admin/projects/apitoken/"
SECRET = "a" * 32  # what a browser sends twice: as cookie, and in the form
LOGIN, INDEX, REFUSED, SHOWN, TAKEN = "login", "index", "403", "200", "taken"

# Whether one is let in, and what answers the forms: members added, changed, removed; a token made.
# `index`: back there, as for a row that is not there. `200`: the form again, with what is wrong; or a secret, once.
CALLERS = {
    "nobody": (LOGIN, LOGIN, LOGIN, LOGIN),
    "manager, no staff": (LOGIN, LOGIN, LOGIN, LOGIN),
    "staff of no project": (REFUSED, INDEX, INDEX, SHOWN),
    "staff, viewer": (REFUSED, REFUSED, REFUSED, SHOWN),
    "staff, annotator": (REFUSED, REFUSED, REFUSED, SHOWN),
    "staff, curator": (REFUSED, REFUSED, REFUSED, SHOWN),
    "staff, manager elsewhere": (SHOWN, INDEX, INDEX, SHOWN),
    "staff, manager": (TAKEN, TAKEN, TAKEN, SHOWN),
}
MAY = "staff, manager"
POWERLESS = ("nobody", "manager, no staff", "staff of no project", "staff, viewer", "staff, manager elsewhere")
WORKERS = ("staff, annotator", "staff, curator")  # they may do some of it, where they say which version they knew
AWAY = {LOGIN, INDEX, REFUSED, "404", "400", "409", "422", "428"}  # the last four: the API's, of what says too little


@dataclass
class Browser:
    server: Server
    cookie: str

    def post(self, path: str, safe: bool = True, **fields: Any) -> str:
        """How a form was answered. Not `safe`: from a page that is not ours, without what only ours know."""
        connection = HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        held = [self.cookie, f"{settings.CSRF_COOKIE_NAME}={SECRET}"] if safe else [self.cookie]
        sent = fields | ({"csrfmiddlewaretoken": SECRET} if safe else {})
        kind = "application/x-www-form-urlencoded"
        connection.request("POST", path, urlencode(sent, True), {"Cookie": "; ".join(held), "Content-Type": kind})
        got = connection.getresponse()
        place = got.getheader("Location") or ""
        got.read()
        connection.close()
        ways = {"/admin/": INDEX, f"/admin/login/?next={path}": LOGIN}
        return ways.get(place, TAKEN) if got.status == 302 else str(got.status)


def cells(server: Server) -> tuple[int, list[str]]:
    """How many forms were posted, and which were answered wrong or had an effect they should not have."""
    estate = make_estate("Formword", make_user("form-owner"))
    browsers = {name: Browser(server, cookie_of(name, estate)) for name in CALLERS}
    found = [*members(browsers, estate), *tokens(browsers), *others(browsers, estate)]
    return len(found), [fault for fault in found if fault]


def cookie_of(name: str, estate: Estate) -> str:
    """The cookie of a new user with the role that their name tells."""
    if name == "nobody":
        return ""
    user = make_user(name.replace(", ", "-").replace(" ", "-"))
    user.is_staff = name.startswith("staff")
    user.save()
    role = next((role for role in ("viewer", "annotator", "curator", "manager") if role in name), None)
    if role:
        place = make_estate("Farword", user).project if "elsewhere" in name else estate.project
        Membership.objects.filter(project=place, user=user).exists() or make_member(place, user, role)
    return session(user)


def members(browsers: dict[str, Browser], estate: Estate) -> Iterator[str]:
    """Adding, changing and removing a member: whether it was done, and how it was answered."""
    place: dict[str, Any] = {"project": estate.id("project"), "username": "newcomer-of-forms", "role": "viewer"}
    newcomer = make_user("newcomer-of-forms")
    held = Membership.objects.filter(project=estate.project, user=newcomer)
    for name, browser in browsers.items():
        add, change, delete, _ = CALLERS[name]
        held.delete()
        yield said(f"{name} adds", browser.post(f"{MEMBERS}add/", **place), add, held.exists(), name == MAY)
        held.delete()
        row = make_member(estate.project, newcomer, "viewer").pk
        answer = browser.post(f"{MEMBERS}{row}/change/", role="curator")
        yield said(f"{name} changes", answer, change, held.get().role == "curator", name == MAY)
        answer = browser.post(f"{MEMBERS}{row}/delete/", post="yes", safe=False)
        yield said(f"{name} removes from elsewhere", answer, answer, not held.exists(), False)
        answer = browser.post(f"{MEMBERS}{row}/delete/", post="yes")
        yield said(f"{name} removes", answer, delete, not held.exists(), name == MAY)


def tokens(browsers: dict[str, Browser]) -> Iterator[str]:
    """Everybody of the staff makes and revokes their own, and nobody another's."""
    owner = make_user("owner-of-tokens")
    for name, browser in browsers.items():
        expected = CALLERS[name][3]
        label = f"made by {name}"
        answer = browser.post(f"{TOKENS}add/", name=label, scopes=["read"])
        made = ApiToken.objects.filter(name=label)
        yield said(f"{name} makes a token", answer, expected, made.exists(), expected == SHOWN)
        theirs = ApiToken.objects.create(user=owner, created_by=owner, name="t", digest=name.encode(), scopes=["read"])
        away = INDEX if expected == SHOWN else LOGIN
        answer = browser.post(f"{TOKENS}{theirs.pk}/delete/", post="yes")
        theirs.refresh_from_db()
        yield said(f"{name} revokes another's token", answer, away, theirs.revoked_at is not None, False)
        for token in made:
            answer = browser.post(f"{TOKENS}{token.pk}/delete/", post="yes")
            token.refresh_from_db()
            yield said(f"{name} revokes their own token", answer, INDEX, token.revoked_at is not None, True)


def others(browsers: dict[str, Browser], estate: Estate) -> Iterator[str]:
    """What the admin only shows, nobody changes by posting to it. What it works on, those do not who have no role or
    only look; and the form of those who may, that does not say which version it knew, changes nothing."""
    for path, model in lists():
        if path in (MEMBERS, TOKENS):
            continue
        rows = [row for row in estate.rows.values() if type(row) is model]
        for name in (*POWERLESS, *WORKERS, MAY) if works(model) else (MAY,):
            count = model._default_manager.count()
            answer = browsers[name].post(f"{path}add/", project=estate.id("project"))
            yield refused(f"{name} posts to {path}add/", answer, model._default_manager.count() != count)
            for row in rows:
                yield from posted(name, browsers[name], path, row)


def posted(name: str, browser: Browser, path: str, row: Any) -> Iterator[str]:
    own = ["edit"] if works(type(row)) else []
    curators = [f"do/{deed.name}" for deed in deeds(type(row)) if deed.role > Role.ANNOTATOR]
    for page in ("change", "delete", *own, *(f"do/{deed.name}" for deed in deeds(type(row)))):
        never = name in POWERLESS or (name == "staff, annotator" and page in curators)
        known = {"version": row.version} if never else {}
        answer = browser.post(f"{path}{row.pk}/{page}/", post="yes", name="x", title="x", **known)
        kept = type(row)._default_manager.filter(pk=row.pk, version=row.version).exists()
        yield refused(f"{name} posts to {path}{row.pk}/{page}/", answer, not kept)


def refused(what: str, answer: str, done: bool) -> str:
    return said(what, answer, answer if answer in AWAY else "a refusal", done, False)


def said(what: str, answer: str, wanted: str, done: bool, may: bool) -> str:
    """The fault of one form, or nothing."""
    if done != may:
        return f"{what}: {'it was done' if done else 'nothing happened'}, {answer}"
    return "" if answer == wanted else f"{what}: {answer}, not {wanted}"
