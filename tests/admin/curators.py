"""Somebody at the pages of the admin: what they see, and forms filled in and sent as a browser would."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

from django.test import Client

from projects.admin.pages import WorkAdmin
from projects.models import User

ADMIN = "/admin/annotations"


def work_pages(pages: Any, row: Any) -> list[str]:
    """The addresses at which something is done: for a new object, and with a known one."""
    if not isinstance(pages, WorkAdmin):
        return []
    found = [pages.address("add"), *(pages.address(name, row.pk) for name in ("edit", "delete"))]
    return found + [pages.address("do", row.pk, deed.name) for deed in pages.deeds]


def staff(user: User) -> Client:
    """The user's browser, signed in to the admin."""
    User.objects.filter(pk=user.pk).update(is_staff=True)
    http = Client()
    http.force_login(User.objects.get(pk=user.pk))
    return http


class Fields(HTMLParser):
    """The fields of the last form of a page, with what they would send untouched."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.values: dict[str, list[str]] = {}
        self.select: str | None = None
        self.area: str | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given: dict[str, Any] = dict(attrs)
        name = given.get("name")
        if tag == "form" and given.get("id") != "logout-form":
            self.values = {}
        elif tag == "input" and name and given.get("type") not in ("submit", "button"):
            if given.get("type") not in ("checkbox", "radio") or "checked" in given:
                ticked = "on" if given.get("type") == "checkbox" else ""
                self.values.setdefault(name, []).append(given.get("value", ticked) or "")
        elif tag == "textarea" and name:
            self.area = name
            self.values[name] = [""]
        elif tag == "select" and name:
            self.select = name
            self.values[name] = []
        elif tag == "option" and self.select and "selected" in given:
            self.values[self.select].append(given.get("value") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self.area:
            # A browser leaves out the line end right after the tag, and sends the others as CRLF.
            self.values[self.area] = [self.values[self.area][0].removeprefix("\n").replace("\n", "\r\n")]
            self.area = None
        if tag == "select":
            self.select = None

    def handle_data(self, data: str) -> None:
        if self.area:
            self.values[self.area][0] += data


def fields(response: Any) -> dict[str, Any]:
    """What the page's form would send as it is."""
    return dict(Fields(response.content.decode()).values)


def send(http: Client, path: str, button: str = "_save", **changed: Any) -> Any:
    """Opens the page, changes some fields of its form and presses a button."""
    page = http.get(path)
    assert page.status_code == 200, page.content[:2000]
    return post(http, path, page, button, **changed)


def post(http: Client, path: str, page: Any, button: str = "_save", **changed: Any) -> Any:
    return http.post(path, fields(page) | {name.replace("__", "-"): v for name, v in changed.items()} | {button: "1"})


def text(response: Any) -> str:
    return str(response.content.decode())
