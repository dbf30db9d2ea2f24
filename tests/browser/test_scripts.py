"""Script in every text that somebody can write, shown on every page: none runs, with the policy or without it."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

import pytest
from django.contrib import admin
from django.db import DatabaseError, transaction
from django.urls import reverse

from backend import postgres
from projects.actions.rows import changed
from projects.admin.pages import WorkAdmin
from tests import builders
from tests.admin.curators import work_pages
from tests.builders import make_article as make_article_row
from tests.payloads import EVIL, PAYLOADS, evil_for

# Texts that have a form, or repeat a text, and so cannot hold any script; the rest of all texts is filled with it.
KEPT_OUT = {
    *("project.slug", "publisher.wikidata_qid", "speaker.wikidata_qid", "apitoken.scopes", "claim.types"),
    *("quote.medium", "quote.part", "quote.cue_part", "mention.part", "evidence.part", "evidence.url"),
    *("claimoccurrence.part", "claimoccurrence.object_part", "claimoccurrence.time_part"),
}


def fill(row: Any) -> set[str]:
    """Writes script into every text of the row; gives the names of those where the database refuses it."""
    refused = set()
    for column in row._meta.concrete_fields:
        value = evil_for(column)
        if value is not None:
            try:
                with transaction.atomic():
                    type(row)._base_manager.filter(pk=row.pk).update(**{column.name: value})
            except DatabaseError:
                refused.add(f"{row._meta.model_name}.{column.name}")
    return refused


@pytest.fixture
def chief(db: None) -> Any:
    """A superuser, and one row of everything, full of script."""
    from django.contrib.auth.models import Group

    from annotations.models import ClaimRelation, ClaimReview
    from articles.models import Publisher
    from projects.models import ApiToken

    user = builders.make_user("chief", superuser=True)
    project = builders.make_project("evil", name=EVIL)
    publisher = Publisher.objects.create(project=project, name=EVIL)
    article = make_article_row(project, title=EVIL, body=EVIL, publisher=publisher.pk, capture=EVIL)
    speaker, claim, other = (
        builders.make_speaker(project, EVIL),
        builders.make_claim(project, EVIL),
        builders.make_claim(project, "Other."),
    )
    place = builders.make_set(article, user)
    mention = builders.make_mention(place, EVIL, speaker=speaker)
    quote = builders.make_quote(place, EVIL, cue=EVIL, sources=[mention])
    rows = [
        *[project, publisher, article, speaker, claim, place, mention, quote, quote.sources.get(), user],
        builders.make_occurrence(place, EVIL, claim=claim, quote=quote, claimants=[speaker], object=EVIL, time=EVIL),
        builders.make_evidence(claim, place, EVIL),
        ClaimRelation.objects.create(project=project, source=claim, target=other, type="supports"),
        ClaimReview.objects.create(project=project, claim=claim, url="https://x.example/", rating_text=EVIL),
        builders.make_member(project, user, "manager"),
        ApiToken.objects.create(user=user, created_by=user, name=EVIL, digest=b"x", hint="onr_x", scopes=["read"]),
        Group.objects.create(name=EVIL[:150]),
    ]
    refused = set().union(*(fill(row) for row in rows))
    assert refused == KEPT_OUT
    for row in rows:
        if isinstance(admin.site._registry.get(type(row)), WorkAdmin):  # history and activity tell of all that
            changed(type(row), [row.pk], None, EVIL)
    user.refresh_from_db()
    return user


def pages() -> list[str]:
    found = [
        "/admin/annotations/claim/?q=" + quote(EVIL),
        "/",
        "/admin/",
        "/admin/password_change/",
        "/api/v1/docs/",
        "/admin/nowhere/<script>window.__x=1</script>",
    ]
    for model, pages in admin.site._registry.items():
        row: Any = model._base_manager.first()
        assert row, f"{model.__name__}: this test has to make one"
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        found.append(reverse(f"{name}_changelist"))
        found += [reverse(f"{name}_{page}", args=[row.pk]) for page in ("change", "history")]
        found += work_pages(pages, row)
        if isinstance(pages, WorkAdmin):
            found.append(reverse(f"{name}_restore", args=[row.pk, row.version]))
    return found


@pytest.mark.parametrize("bypass_csp", [True, False], ids=["escaping alone", "with the policy"])
def test_no_script_runs(tabs, chief, bypass_csp):
    tab = tabs(bypass_csp=bypass_csp, bare=True)
    tab.http.force_login(chief)
    seen = 0
    for address in pages():
        tab.open(address)
        assert tab.page.evaluate("window.__x") is None, address
        links = "links => links.filter(link => link.protocol === 'javascript:').length"
        assert tab.page.eval_on_selector_all("a", links) == 0, address
        seen += "<script>window.__x" in (tab.page.text_content("body") or "")
    assert seen > 30, "the pages do not show what they were filled with"
    assert not tab.dialogs
    assert not [line for line in tab.log if "Content Security Policy" in line]


FILL = "(fields, evil) => { fields.forEach(field => { field.value = evil; }); return fields.length; }"


def test_no_script_runs_from_what_is_entered(tabs, chief):
    """Refused, previewed or saved: what stands in every text field of every form comes back as text."""
    tab = tabs(bypass_csp=True, bare=True)
    tab.http.force_login(chief)
    forms = 0
    for model, pages in admin.site._registry.items():
        for address in work_pages(pages, model._base_manager.first()) if isinstance(pages, WorkAdmin) else ():
            for button in ("_preview", "_save", "_confirm") if "delete" not in address else ():
                tab.open(address)
                if not tab.page.query_selector(f".submit-row input[name={button}]"):
                    continue
                forms += tab.page.eval_on_selector_all(".work textarea, .work input[type=text]", FILL, EVIL)
                with tab.page.expect_navigation():
                    tab.page.click(f".submit-row input[name={button}]")
                tab.page.wait_for_selector("#container")
                assert tab.page.evaluate("window.__x") is None, (address, button)
    assert forms > 200, "the forms were not filled"


CHOOSE = """(fields, evil) => fields.forEach(field => {
    if (field.tagName === "SELECT") field.add(new Option(evil, evil, true, true));
    else if (field.type === "text") field.value = evil;
})"""


def test_no_script_runs_in_changes_of_many(tabs, chief):
    """Every change that a list offers, of all its rows: what would change, what stands against it, what was done."""
    tab, done = tabs(bypass_csp=True, bare=True), 0
    tab.http.force_login(chief)
    for model, pages in admin.site._registry.items():
        for action in pages.actions or () if isinstance(pages, WorkAdmin) else ():
            tab.open(reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"))
            for box in tab.page.locator("input.action-select").all():
                box.check()
            tab.page.select_option("select[name=action]", action.__name__)
            for button in ("#changelist-form .actions button", "[name=_again]", "[name=_confirm]"):
                if not tab.page.locator(button).count():
                    continue
                tab.page.eval_on_selector_all(".work .form-row input, .work .form-row select", CHOOSE, EVIL)
                with tab.page.expect_navigation():
                    tab.page.locator(button).first.click()
                tab.page.wait_for_selector("#container")
                assert tab.page.evaluate("window.__x") is None, (model, action.__name__, button)
                done += 1
    assert done > 30, "the changes were not sent"


def test_no_script_runs_on_the_login_page(tabs, db):
    tab = tabs(bypass_csp=True)
    tab.open(f"/admin/login/?next={EVIL}")
    tab.page.fill("#id_username", EVIL[:150])
    tab.page.fill("#id_password", "x")
    with tab.page.expect_navigation():
        tab.page.press("#id_password", "Enter")
    assert tab.page.text_content(".errornote")
    assert tab.page.evaluate("window.__x") is None


def test_where_nothing_is_escaped_the_policy_alone_stops_it(tabs):
    """And the control: without escaping and without policy it runs, and this test sees it."""
    for bypass_csp in (True, False):
        tab = tabs(bypass_csp=bypass_csp)
        policy = tab.open("/").headers["content-security-policy"]
        for payload in PAYLOADS[:9] + PAYLOADS[11:13]:
            tab.show(payload, policy)
            tab.page.wait_for_timeout(50)
            assert tab.page.evaluate("window.__x") == (1 if bypass_csp else None), payload


UNESCAPED = re.compile(r"mark_safe|SafeString|SafeText|\|\s*safe(seq)?\b|autoescape\s+off|__html__|render_to_string")


def test_nothing_in_the_house_goes_round_the_escaping():
    rooms = ("backend", "projects", "articles", "annotations", "seeds")
    files = [
        path for room in rooms for kind in ("py", "html") for path in (postgres.CHECKOUT / room).rglob(f"*.{kind}")
    ]
    assert len(files) > 50
    assert [str(path) for path in files if UNESCAPED.search(path.read_text(encoding="utf-8"))] == []
    assert all(UNESCAPED.search(text) for text in ("{{ a|safe }}", "{{ a | safe }}", "{% autoescape off %}"))
