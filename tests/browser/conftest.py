"""Pages in a real Chromium, whose network is Django's test client: pages are asked for in the test's transaction."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextvars import copy_context
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connections
from django.test import Client
from django.utils.html import escape

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
HERE = "http://localhost"


@pytest.fixture(scope="package")
def chromium() -> Iterator[Any]:
    if not CHROMIUM:
        if os.environ.get("CI") == "true":
            pytest.fail("There is no Chromium here, and in continuous integration there has to be one.")
        pytest.skip("there is no Chromium here: apt install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # Playwright's loop runs in this thread, and Django would take our ORM calls for calls from a coroutine.
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()
        connections.close_all()  # those of this loop, which nobody else will find
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


class Tab:
    """A page of the browser. `http`: who it is to Django (`http.force_login(user)`); `log`: what the console said."""

    def __init__(self, page: Any, *, bare: bool = False) -> None:
        """`bare`: without styles and images, which take most of the time."""
        self.left_out = ("stylesheet", "image", "font") if bare else ()
        self.page, self.http = page, Client(raise_request_exception=False)
        # Playwright answers in a context of its own, where Django would open another connection.
        self.context = copy_context()
        self.log: list[str] = []
        self.dialogs: list[str] = []
        page.route("**/*", self.answer)
        page.on("console", self.hear)
        page.on("pageerror", lambda error: self.log.append(f"error: {error}"))
        page.on("dialog", self.dismiss)

    def open(self, path: str) -> Any:
        """The answer, once everything of the page is there."""
        return self.page.goto(HERE + path, wait_until="load")

    def show(self, html: str, policy: str) -> None:
        """A page of the test's own, under a Content-Security-Policy."""

        def answer(route: Any) -> None:
            route.fulfill(body=html, content_type="text/html", headers={"Content-Security-Policy": policy})

        self.page.unroute("**/shown")
        self.page.route("**/shown", answer)
        self.open("/shown")

    def answer(self, route: Any) -> None:
        request, address = route.request, urlsplit(route.request.url)
        if f"{address.scheme}://{address.netloc}" != HERE:
            self.log.append(f"error: asked {request.url}")
            return route.abort()
        if request.resource_type in self.left_out:
            return route.abort()
        if address.path.startswith("/static/"):
            return route.fulfill(**static(address.path))
        path = address.path + (f"?{address.query}" if address.query else "")
        headers = {name: value for name, value in request.all_headers().items() if name not in LEFT_OUT}
        kind = headers.pop("content-type", "application/octet-stream")
        body = request.post_data_buffer or b""
        headers["host"] = address.netloc
        given = self.context.run(self.http.generic, request.method, path, body, kind, headers=headers)
        if given.status_code in (301, 302) and request.is_navigation_request():
            # Where Chromium is sent on, Playwright does not ask us: it has to go by itself.
            return route.fulfill(content_type="text/html", body=REFRESH.format(escape(given.headers["Location"])))
        return route.fulfill(**told(given))

    def hear(self, message: Any) -> None:
        if message.type not in ("verbose", "debug"):  # advice on forms
            self.log.append(f"{message.type}: {message.text}")

    def dismiss(self, dialog: Any) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()


REFRESH = '<!doctype html><link rel="icon" href="data:,"><meta http-equiv="refresh" content="0;url={}">'


def told(answer: Any) -> dict[str, Any]:
    return {"status": answer.status_code, "headers": dict(answer.headers), "body": answer.getvalue()}


@cache
def static(path: str) -> dict[str, Any]:
    """Every page asks for the same few."""
    return told(Client().get(path))


LEFT_OUT = {"cookie", "content-length", "host", "accept-encoding"}  # cookies are the test client's


@pytest.fixture
def tabs(chromium: Any, db: None) -> Iterator[Callable[..., Tab]]:
    """Makes tabs: `tabs()`; `tabs(bypass_csp=True)` where what is shown has to be harmless by itself."""
    contexts = []

    def make(*, bare: bool = False, **options: Any) -> Tab:
        contexts.append(chromium.new_context(**options))
        return Tab(contexts[-1].new_page(), bare=bare)

    yield make
    for context in contexts:
        context.close()
