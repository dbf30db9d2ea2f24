"""Script in every text and on every page, in Chromium: nothing runs, with the policy or without it."""

from __future__ import annotations

import os
import shutil
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import connection, models

from accept import admin
from accept.harness import Ground, Server
from accept.report import Missing, Report
from tests.builders import make_article, make_mention, make_quote, make_set, make_user
from tests.estate import Estate, make_estate

PAYLOADS = (
    "<script>window.__x=1</script>",
    '"><script>window.__x=1</script>',
    "'><img src=x onerror=window.__x=1>",
    "<svg onload=window.__x=1>",
    "</script><script>window.__x=1</script>",
    "</title><script>window.__x=1</script>",
    "</textarea><script>window.__x=1</script>",
    "</style></option></select><script>window.__x=1</script>",
    "--><script>window.__x=1</script>",
    '" autofocus onfocus="window.__x=1',
    "<details open ontoggle=window.__x=1>",
    '<iframe srcdoc="<script>parent.__x=1</script>"></iframe>',
)
EVIL = "".join(PAYLOADS)  # the first that finds itself in the right place runs
FIXED = {"slug", "password"}
SIZES = {"full": {"least": 40}, "quick": {"least": 40}, "tiny": {"least": 1, "most": 8}}


SENT = ("/edit/", "/add/")  # pages whose form is sent as well
FILL = """evil => document.querySelectorAll("form").forEach(form => {
    form.noValidate = true
    form.querySelectorAll("input[type=text], textarea").forEach(text => { text.value = text.value || evil })
})"""


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
        for layer, bypass in (("CSP off", True), ("CSP on", False)):
            ran, broken, forms = browse(chromium, server, pages, cookie, bypass)
            report.note(f"forms sent, {layer}", forms)
            report.none(f"executions, {layer}", ran)
            report.none(f"pages not shown, {layer}", broken)
    report.note("payloads", len(PAYLOADS))
    report.at_least("text fields filled", columns, 40)
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
    return sum(write(row, column) for row in estate.rows.values() for column in row._meta.concrete_fields)


def write(row: Any, column: Any) -> bool:
    value = evil(column)
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


def evil(column: Any) -> Any:
    if column.choices or column.primary_key:
        return None
    match column:
        case models.CharField() | models.TextField():
            return EVIL[: column.max_length] if column.max_length else EVIL
        case ArrayField() if isinstance(column.base_field, models.TextField):
            return [EVIL]
        case models.JSONField():
            return {EVIL: [EVIL]}
    return None


def shows(server: Server, path: str, cookie: str) -> bool:
    """Whether a page holds a payload at all, as text."""
    return b"window.__x" in admin.fetch(server, path, cookie)[2]


def browse(
    chromium: str, server: Server, pages: list[str], cookie: str, bypass: bool
) -> tuple[list[str], list[str], int]:
    """The pages on which a payload ran, those that were not shown, and how many forms were sent: without the policy."""
    from playwright.sync_api import Dialog, sync_playwright

    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright's loop runs in this thread
    ran, broken, forms = [], [], 0
    name, _, value = cookie.partition("=")
    address = f"http://127.0.0.1:{server.port}"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        context = browser.new_context(bypass_csp=bypass)
        context.add_cookies([{"name": name, "value": value, "url": address}])
        page = context.new_page()

        def heard(dialog: Dialog) -> None:
            ran.append(f"{page.url}: {dialog.message}")
            dialog.dismiss()

        page.on("dialog", heard)
        for path in pages:
            answer = page.goto(address + path, wait_until="load")
            if answer is None or answer.status != 200:
                broken += [] if allowed(path, answer) else [f"{path}: {answer.status if answer else 'nothing'}"]
            if page.evaluate("window.__x === 1"):
                ran.append(path)
            if bypass and path.endswith(SENT):
                forms += sent(page)
                ran += [f"{path}, sent"] if page.evaluate("window.__x === 1") else []
        browser.close()
    return ran, broken, forms


def sent(page: Any) -> bool:
    """Send the form of a page to be looked at, each empty text filled with script. What comes back shows what was sent:
    with its faults, or as it would be. Gives whether the page has a form."""
    look = page.locator("[name=_preview]")
    shown: bool = look.count() > 0
    if shown:
        page.evaluate(FILL, EVIL)
        with page.expect_navigation(wait_until="load"):
            look.first.click()
    return shown


def allowed(path: str, answer: Any) -> bool:
    """Deletion is no page of a read-only admin."""
    return path.endswith("/delete/") and answer is not None and answer.status == 403
