"""What stands behind the question mark of an address of the admin, as nobody would write it: never a 500."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from projects.admin.pages import WorkAdmin
from tests.admin.curators import staff
from tests.builders import World, make_article

pytestmark = pytest.mark.django_db
SEARCHES = ["\\", "\\ '", ":* & | ! (", "a\0b", "x" * 5000]
OTHERS = ["p=99999999999999999999", "o=1.x", "changed=9999-12-31", "project=x", "_to_field=password"]
OTHERS += ["created_by__password__startswith=a"]
TYPED = [("mention", "speaker"), ("mention", "article"), ("mention", "set"), ("claimoccurrence", "claim")]


@pytest.fixture
def somebody(world: World) -> Client:
    world.manager.user.is_superuser = True
    world.manager.user.save()
    make_article(world.project)
    return staff(world.manager.user)


def listed() -> list[Any]:
    return [
        pages
        for pages in admin.site._registry.values()
        if pages.opts.app_label in ("projects", "articles", "annotations")
    ]


def offers(pages: Any) -> list[str]:
    """The parameters of the list's filters."""
    named = (getattr(offer, "parameter_name", offer) for offer in pages.list_filter)
    return [name for column in named for name in (column, f"{column}__exact")]


@pytest.mark.parametrize("pages", listed(), ids=lambda pages: pages.opts.model_name)
def test_lists(pages: Any, somebody: Client) -> None:
    list_of = reverse(f"admin:{pages.opts.app_label}_{pages.opts.model_name}_changelist")
    asked = [urlencode({"q": words}) for words in SEARCHES] + OTHERS
    asked += [f"{name}={value}" for name in offers(pages) for value in ("%00", "%5C")]
    told = {query: somebody.get(f"{list_of}?{query}").status_code for query in asked}
    assert {query: status for query, status in told.items() if status >= 500} == {}


@pytest.mark.parametrize(("model", "field"), TYPED)
def test_what_is_typed_to_find_an_object(model: str, field: str, somebody: Client) -> None:
    place = {"app_label": "annotations", "model_name": model, "field_name": field}
    for words in SEARCHES:
        answer = somebody.get(f"{reverse('admin:autocomplete')}?{urlencode(place | {'term': words})}")
        assert answer.status_code == (400 if "\0" in words else 200), words


@pytest.mark.parametrize("pages", [p for p in listed() if isinstance(p, WorkAdmin)], ids=str)
def test_what_a_new_object_is_said_to_be(pages: Any, somebody: Client) -> None:
    from backend.inside import shape_of

    for name in shape_of(pages.resource)().fields:
        assert somebody.get(f"{pages.address('add')}?{name}=x").status_code == 200, name
