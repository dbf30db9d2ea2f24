"""The Content-Security-Policy as Chromium sees it: every page is whole under it, and says nothing on the console."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from django.contrib import admin
from django.test import Client
from django.urls import path, reverse
from playwright.sync_api import expect

from backend import urls
from backend.tasks import OPENAPI
from tests.admin.curators import work_pages
from tests.builders import make_user
from tests.estate import make_estate

UNSAFE = ("unsafe-inline", "unsafe-eval", "unsafe-hashes", "*", "http:", "https:")


@pytest.fixture
def chief(db: None) -> Any:
    """A superuser with one of everything to look at."""
    user = make_user("chief", superuser=True)
    make_estate("Ourword", user)
    return user


def admin_pages() -> list[str]:
    """The list of every model, and of one row its page, its history, and what is done with it."""
    found = ["/admin/", "/admin/password_change/"]
    for model, pages in admin.site._registry.items():
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        found.append(reverse(f"{name}_changelist"))
        if row := model._base_manager.first():
            found += [reverse(f"{name}_{page}", args=[row.pk]) for page in ("change", "history")]
            found += work_pages(pages, row)
    return found


def assert_guarded(headers: dict[str, str]) -> None:
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert not any(word in policy for word in UNSAFE), policy
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"


def test_pages_are_whole(tabs, chief):
    tab = tabs()
    for address in ("/", "/admin/login/"):
        answer = tab.open(address)
        assert_guarded(answer.headers)
    tab.http.force_login(chief)
    pages = admin_pages()
    assert len(pages) > 40
    for address in pages:
        answer = tab.open(address)
        assert answer.status == 200, address
        assert_guarded(answer.headers)
    assert tab.log == []


def test_swagger_is_whole(tabs):
    tab = tabs()
    assert_guarded(tab.open("/api/v1/docs/").headers)
    tab.page.wait_for_selector(".opblock-tag")
    tags, shown, found = tab.page.locator(".opblock-tag"), tab.page.locator(".opblock"), 0
    for tag in tags.all():  # one by one: of very many operations Swagger UI renders what is in sight
        tag.click()
        expect(shown).not_to_have_count(0)
        found += shown.count()
        tag.click()
        expect(shown).to_have_count(0)
    paths = yaml.load(OPENAPI.read_bytes(), Loader=yaml.CSafeLoader)["paths"]
    operations = sum(method in METHODS for operations in paths.values() for method in operations)
    assert found == operations
    tags.first.click()
    tab.page.click(".opblock-post .opblock-summary-control")
    tab.page.wait_for_selector(".opblock-post textarea")
    assert tab.log == []


METHODS = {"get", "post", "patch", "delete"}


def test_the_console_is_heard(tabs):
    """The control: an inline script is refused by the policy, and the refusal shows in the log."""
    tab = tabs()
    policy = tab.open("/").headers["content-security-policy"]
    tab.show("<script>1</script><p style='color:red'>", policy)
    assert len([line for line in tab.log if "Content Security Policy" in line]) == 2


def broken(request: Any) -> Any:
    raise RuntimeError("broken")


class Broken:
    urlpatterns = [*urls.urlpatterns, path("broken", broken), path("api/broken", broken)]


@pytest.mark.parametrize(
    ("address", "status"), [("/nowhere", 404), ("/broken", 500), ("/admin/nowhere/", 404), ("/bad-host", 400)]
)
def test_error_pages_are_guarded_and_whole(tabs, chief, settings, address, status):
    settings.ROOT_URLCONF = Broken
    if status == 400:
        settings.ALLOWED_HOSTS = ["elsewhere.example"]
    tab = tabs()
    tab.http.force_login(chief)
    answer = tab.open(address)
    assert answer.status == status
    assert_guarded(answer.headers)
    assert all("the server responded with a status of" in line for line in tab.log)
    assert status == 400 or tab.page.text_content("h1") == "onrecord"


def test_a_refused_form_is_guarded(db):
    answer = Client(enforce_csrf_checks=True).post("/admin/login/", {"username": "a", "password": "b"})
    assert answer.status_code == 403
    assert b"<style" not in answer.content
    assert_guarded({name.lower(): value for name, value in answer.headers.items()})


@pytest.mark.parametrize("address", ["/api/v1/projects/", "/api/v1/nowhere/", "/api/broken", "/healthz"])
def test_what_is_no_page_loads_nothing(db, settings, address):
    settings.ROOT_URLCONF = Broken
    answer = Client(raise_request_exception=False).get(address)
    policy = set(answer.headers["Content-Security-Policy"].split("; "))
    assert policy == {"default-src 'none'", "frame-ancestors 'none'"}
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
