"""Script in every text and on every page, in Chromium: nothing runs, with the policy or without it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from typing import Any

from django.contrib.admin import site
from django.db import connection

from accept import admin
from accept.harness import Ground, Server
from accept.report import Missing, Report
from projects.actions.rows import changed
from tests.builders import make_article, make_mention, make_quote, make_set, make_user
from tests.estate import Estate, make_estate
from tests.payloads import EVIL, PAYLOADS, evil_for

FIXED = {"slug", "password"}
SIZES = {"full": {"least": 40}, "quick": {"least": 40}, "tiny": {"least": 1, "most": 8}}


# Whatever a form sends, chosen and hidden values included, but for what says which rows are meant and who asks.
FILL = """evil => document.querySelectorAll(".work form").forEach(form => {
    form.noValidate = true
    for (const field of form.elements) {
        if (!field.name || ["submit", "checkbox", "radio"].includes(field.type)) continue
        if (/^(csrfmiddlewaretoken|action|_selected_action|.*-count|version-.*)$/.test(field.name)) continue
        if (field.tagName === "SELECT") field.add(new Option(evil, evil, true, true))
        else field.value = field.type === "textarea" || field.type === "text" ? field.value || evil : evil
    }
})"""
BUTTONS = (
    "_preview",
    "_again",
    "_confirm",
)  # a preview of forms; of many rows first what would change, then the change


def run(ground: Ground, report: Report, least: int, most: int = 10_000) -> None:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not chromium:
        raise Missing("There is no Chromium here: apt install chromium")
    chief = make_user("chief", superuser=True)
    estate = make_estate("Evilword", chief)
    columns = fill(estate)
    with ground.serve() as server:
        pages = [*PUBLIC, *(admin.pages(estate) if most > 100 else ADMIN)][:most]
        cookie = admin.session(chief)
        carriers = sum(shows(server, path, cookie) for path in pages)
        bulks = 0
        for layer, bypass in (("CSP off", True), ("CSP on", False)):
            with Look(chromium, server, cookie, bypass) as look:
                look.at(pages)
                if bypass:
                    bulks = look.bulk(admin.lists() if most > 100 else [])
                    look.at([path for path in pages if path.endswith("/history/") or path in dict(admin.lists())])
            report.note(f"forms sent, {layer}", look.forms)
            report.none(f"executions, {layer}", look.ran)
            report.none(f"pages not shown, {layer}", look.broken)
    report.note("payloads", len(PAYLOADS))
    report.at_least("text fields filled", columns, 40)
    report.at_least("changes of many sent", bulks, 15 if most > 100 else 0)
    report.at_least("pages", len(pages), least)
    report.at_least("pages that carry a payload", carriers, least // 2)


PUBLIC = ("/", "/api/v1/docs/", "/admin/login/?next=/admin/%22%3E%3Cscript%3Ewindow.__x=1%3C/script%3E")
ADMIN = ("/admin/annotations/quote/", "/admin/annotations/speaker/", "/admin/projects/project/")


def fill(estate: Estate) -> int:
    """Script into every text of the estate that the database takes it in; gives how many columns.

    A text of an article is not altered once it is there: one more article is made of script, with its annotations.
    """
    article = make_article(estate.project, body=f"{EVIL} said {EVIL}", title=EVIL, byline=EVIL, capture=EVIL)
    held = make_set(article, estate.owner, label=EVIL)
    make_mention(held, "said", note=EVIL)
    make_quote(held, EVIL, cue="said", note=EVIL, tags=[EVIL])
    columns = sum(write(row, column) for row in estate.rows.values() for column in row._meta.concrete_fields)
    for row in estate.rows.values():
        if admin.works(type(row)):  # its history and the latest activity tell of all that
            changed(type(row), [row.pk], None, EVIL)
    return columns


def write(row: Any, column: Any) -> bool:
    value = evil_for(column)
    if value is None or column.name in FIXED:
        return False
    with connection.cursor() as cursor:
        try:
            table, name = row._meta.db_table, column.column
            given = column.get_db_prep_save(value, connection)
            cursor.execute(f'UPDATE "{table}" SET "{name}" = %s WHERE id = %s', [given, row.pk])
        except Exception:  # the database knows better what may stand there: a form, or the words of a text
            return False
    return True


def shows(server: Server, path: str, cookie: str) -> bool:
    """Whether a page holds a payload at all, as text."""
    return b"window.__x" in admin.fetch(server, path, cookie)[2]


class Look:
    """Somebody's browser, and what was seen in it: `ran`: where a payload ran; `broken`: what was not shown; `forms`:
    how many were sent, which is done without the policy."""

    def __init__(self, chromium: str, server: Server, cookie: str, bypass: bool) -> None:
        self.chromium, self.server, self.cookie, self.bypass = chromium, server, cookie, bypass
        self.address = f"http://127.0.0.1:{server.port}"
        self.ran: list[str] = []
        self.broken: list[str] = []
        self.forms = 0

    def __enter__(self) -> Look:
        from playwright.sync_api import sync_playwright

        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright's loop runs in this thread
        name, _, value = self.cookie.partition("=")
        self.playwright = sync_playwright().start()
        self.browser = self.playwright.chromium.launch(executable_path=self.chromium, args=["--no-sandbox"])
        context = self.browser.new_context(bypass_csp=self.bypass)
        context.add_cookies([{"name": name, "value": value, "url": self.address}])
        self.page = context.new_page()
        self.page.on("dialog", self.heard)
        return self

    def __exit__(self, *_: object) -> None:
        self.browser.close()
        self.playwright.stop()

    def heard(self, dialog: Any) -> None:
        self.ran.append(f"{self.page.url}: {dialog.message}")
        dialog.dismiss()

    def at(self, pages: Iterable[str]) -> None:
        for path in pages:
            answer = self.page.goto(self.address + path, wait_until="load")
            if answer is None or answer.status != 200:
                self.broken += [] if allowed(path, answer) else [f"{path}: {answer.status if answer else 'nothing'}"]
            self.check(path)
            if self.bypass:
                self.send(path)

    def check(self, what: str) -> None:
        if self.page.evaluate("window.__x === 1"):
            self.ran.append(what)

    def send(self, what: str) -> None:
        """Sends the form of the page with script in whatever is empty or chosen. What comes back shows what was sent:
        with its faults, or as it would be."""
        for button in BUTTONS:
            found = self.page.locator(f".work [name={button}]")
            if not found.count():
                continue
            self.page.evaluate(FILL, EVIL)
            with self.page.expect_navigation(wait_until="load") as answer:
                found.first.click()
            self.forms += 1
            self.check(f"{what}, {button}")
            if answer.value.status >= 500:
                self.broken.append(f"{what}, {button}: {answer.value.status}")

    def bulk(self, lists: Iterable[tuple[str, Any]]) -> int:
        """Every change of many rows that a list offers, of all its rows. Gives how many there are."""
        done = 0
        for path, model in lists:
            actions: Any = site.get_model_admin(model).actions or ()
            for name in [action.__name__ for action in actions]:
                self.page.goto(self.address + path, wait_until="load")
                for box in self.page.locator("input.action-select").all():
                    box.check()
                self.page.select_option("select[name=action]", name)
                with self.page.expect_navigation(wait_until="load"):
                    self.page.locator("#changelist-form .actions button").click()
                self.check(f"{path}, {name}")
                self.send(f"{path}, {name}")
                done += 1
        return done


def allowed(path: str, answer: Any) -> bool:
    """Deletion is no page of a read-only admin."""
    return path.endswith("/delete/") and answer is not None and answer.status == 403
