"""The pages to read in Chromium: on a phone, in the dark, on paper, and under the mouse. None runs a script of ours."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.builders import make_user
from tests.conftest import NORDHAVEN

LAMP: Any = json.loads(NORDHAVEN.read_text(encoding="utf-8"))
ARTICLE = f"/admin/articles/article/{LAMP['article']['id']}/change/"
SETS = "&".join(f"set={held['id']}" for held in LAMP["sets"])


def row(model: str, name: str, key: str) -> str:
    (pk,) = (item["id"] for item in LAMP[name] if item["key"] == key)
    return f"/admin/annotations/{model}/{pk}/change/"


PAGES = [
    "/admin/",
    "/admin/annotations/quote/",
    ARTICLE,
    f"{ARTICLE}?{SETS}&view=beside",
    f"{ARTICLE}?{SETS}&layer=quotes&layer=mentions&layer=claims&layer=evidence",
    row("annotationset", "sets", "jonas"),
    row("quote", "quotes", "q_sea"),
    row("speaker", "speakers", "zoe"),
    row("claim", "claims", "years"),
]


@pytest.fixture
def open_tab(tabs: Any, seeded: Any) -> Any:
    def make(**options: Any) -> Any:
        tab = tabs(**options)
        tab.http.force_login(make_user(f"chief-{len(options)}", superuser=True))
        return tab

    return make


def test_nothing_sticks_out_on_a_phone(open_tab: Any) -> None:
    tab = open_tab(viewport={"width": 390, "height": 844}, color_scheme="dark")
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    for address in PAGES:
        assert tab.open(address).status == 200, address
        assert tab.page.evaluate(wide) <= 0, address
        assert tab.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(22, 21, 15)", address
    assert tab.log == []


def test_hovering_and_focus_tell_and_a_click_leads_on(open_tab: Any) -> None:
    tab = open_tab(java_script_enabled=False)
    tab.open(ARTICLE)
    link = tab.page.locator("a.stretch", has_text="We will not")
    assert link.get_attribute("data-note") == "Quote: Ine\u0301s Okonjo, direct, unreviewed"
    dark = tab.page.screenshot()
    link.hover()
    assert tab.page.screenshot() != dark, "nothing appears under the mouse"
    with tab.page.expect_navigation():
        link.click()
    (quote,) = (item for item in LAMP["quotes"] if item["key"] == "q_lamp")
    assert quote["id"] in tab.page.url
    assert tab.page.locator(".words").text_content().count("We will not") == 1


def test_the_words_on_the_page_are_those_of_the_text(open_tab: Any) -> None:
    tab = open_tab()
    tab.open(ARTICLE)
    assert tab.page.locator("[data-part=body]").text_content() == LAMP["article"]["body"]
    assert tab.page.locator("[data-part=title]").text_content() == LAMP["article"]["title"]


def test_paper_holds_the_text_and_no_tools(open_tab: Any) -> None:
    tab = open_tab()
    tab.open(ARTICLE)
    tab.page.emulate_media(media="print")
    shown = {name: tab.page.locator(name).first.is_visible() for name in (".words", "#header", ".choices", ".fields")}
    assert shown == {".words": True, "#header": False, ".choices": False, ".fields": False}
