"""Who sees and may do what in the admin: what the API grants them, in each project."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib import admin

from annotations.models import Mention, Quote, Speaker
from projects.admin.pages import WorkAdmin
from tests.admin.curators import ADMIN, post, send, staff, text, work_pages
from tests.builders import (
    World,
    make_article,
    make_member,
    make_project,
    make_quote,
    make_set,
    make_speaker,
    make_user,
)
from tests.estate import ABSENT, Estate, make_estate

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="\w+"')


@pytest.fixture
def estate(db: None) -> Estate:
    return make_estate("Hiddenword", make_user("owner"))


def own_pages(estate: Estate) -> list[tuple[Any, str]]:
    """Each address at which a row of the estate is seen or changed, with the row."""
    found = []
    for model, pages in admin.site._registry.items():
        for row in estate.rows.values():
            if type(row) is model and isinstance(pages, WorkAdmin):
                others = [address for address in work_pages(pages, row) if str(row.pk) in address]
                seen = [pages.address(name, row.pk) for name in ("change", "history")]
                restore = pages.address("restore", row.pk, 1)
                found += [(row, address) for address in (*seen, *others, restore)]
    assert len(found) > 60
    return found


def bare(response: Any, pk: Any) -> tuple[int, str, str]:
    body = TOKEN.sub("", response.content.decode()).replace(str(pk), "an-id")
    return response.status_code, response.headers.get("Location", ""), body


def test_staff_of_no_project_see_nothing(estate: Estate) -> None:
    http = staff(make_user("stranger"))
    for model in admin.site._registry:
        answer = http.get(f"/admin/{model._meta.app_label}/{model._meta.model_name}/")
        assert answer.status_code == 403 or "Hiddenword" not in text(answer)


def test_the_invisible_answers_as_the_absent_does(estate: Estate) -> None:
    """To whoever looks and to whoever writes; and nothing is changed by it."""
    elsewhere = make_user("elsewhere")
    make_estate("Otherword", elsewhere)
    http = staff(elsewhere)
    for row, address in own_pages(estate):
        absent = address.replace(str(row.pk), ABSENT)
        for send_ in (http.get, lambda path: http.post(path, {"version": "1"})):
            assert bare(send_(address), row.pk) == bare(send_(absent), ABSENT), address
    assert {type(row).objects.get(pk=row.pk).version for row in estate.rows.values() if hasattr(row, "version")} == {1}


def test_a_superuser_sees_all(estate: Estate) -> None:
    http = staff(make_user("chief", superuser=True))
    for _, address in own_pages(estate):
        assert http.get(address).status_code == 200, address
    assert "Hiddenword" in text(http.get("/admin/annotations/speaker/"))


def test_a_viewer_looks_and_does_not_touch(world: World) -> None:
    held = make_set(make_article(world.project), world.annotator.user, status="closed")
    quote, http = make_quote(held, "We keep our word"), staff(world.viewer.user)
    assert "We keep our word" in text(http.get(f"{ADMIN}/quote/"))
    assert http.get(f"{ADMIN}/quote/add/").status_code == 403
    assert "/edit/" not in text(http.get(f"{ADMIN}/quote/{quote.pk}/change/"))
    page = http.get(f"{ADMIN}/quote/{quote.pk}/edit/")
    assert "This needs the role" in text(page)
    assert 'name="_save"' not in text(page)
    refused = post(http, f"{ADMIN}/quote/{quote.pk}/edit/", page, venue="Rome")
    assert refused.status_code == 403
    for deed in ("review", "delete"):
        path = f"{ADMIN}/quote/{quote.pk}/" + ("delete/" if deed == "delete" else f"do/{deed}/")
        assert send(http, path, "_confirm", decision="approved").status_code == 403
    quote.refresh_from_db()
    assert (quote.version, quote.review_status) == (1, "unreviewed")


def test_an_annotator_works_in_their_own_sets(world: World) -> None:
    article = make_article(world.project)
    own = make_quote(make_set(article, world.annotator.user), "We keep our word")
    other = make_quote(make_set(article, world.other_annotator.user, status="submitted"), "We keep our word")
    http = staff(world.annotator.user)
    assert send(http, f"{ADMIN}/quote/{own.pk}/edit/", venue="Rome").status_code == 302
    page = http.get(f"{ADMIN}/quote/{other.pk}/edit/")
    assert "Annotators write in their own sets" in text(page)
    assert post(http, f"{ADMIN}/quote/{other.pk}/edit/", page, venue="Rome").status_code == 403
    answer = send(http, f"{ADMIN}/quote/{own.pk}/do/review/", "_confirm", decision="approved")
    assert (answer.status_code, "This needs the role curator" in text(answer)) == (403, True)


def test_blind_projects_are_blind_here(world: World) -> None:
    project = make_project("blind", blind=True)
    for api in (world.annotator, world.other_annotator):
        make_member(project, api.user, "annotator")
    article = make_article(project)
    make_set(article, world.annotator.user)
    hidden = make_quote(make_set(article, world.other_annotator.user, status="submitted"), "We keep our word")
    make_mention_of(hidden)
    http = staff(world.annotator.user)
    for path in ("quote/", "mention/", f"quote/?article={article.pk}", f"quote/?set={hidden.set_id}", "quote/?q=word"):
        page = text(http.get(f"{ADMIN}/{path}"))
        assert "We keep our word" not in page
        assert "2026-" not in page, "the drill-down tells when others worked"
    assert str(hidden.set_id) not in text(http.get(f"{ADMIN}/annotationset/"))
    assert http.get(f"{ADMIN}/quote/{hidden.pk}/edit/").status_code == 404
    offered = text(http.get(f"{ADMIN}/quote/add/?article={article.pk}"))
    assert str(hidden.set_id) not in offered
    assert str(hidden.pk) not in offered


def make_mention_of(quote: Any) -> None:
    from tests.builders import make_mention

    make_mention(quote.set, "Ben Okafor")
    assert Mention.objects.exists()


def test_typing_finds_what_one_sees(world: World, estate: Estate) -> None:
    seen = make_speaker(world.project, "Hilda Stern")
    merged = make_speaker(world.project, "Hildegard Stern", merged_into=seen)
    http, asked = staff(world.annotator.user), {"app_label": "annotations", "model_name": "mention"}
    found = [
        http.get("/admin/autocomplete/", {**asked, "field_name": "speaker", "term": term}).json()["results"]
        for term in ("Hil", "hild ster", "Hiddenword", "' | !", "")
    ]
    assert [[one["text"] for one in results] for results in found[:3]] == [["Hilda Stern"], ["Hilda Stern"], []]
    assert str(merged.pk) not in str(found[:2])
    assert Speaker.objects.filter(name="Hiddenword Stern").exists()


def test_lists_take_no_filters_but_their_own(world: World) -> None:
    http = staff(world.curator.user)
    for query in ("exact__regex=a", "created_by__password__startswith=a", "set__annotator_user__email__contains=a"):
        assert http.get(f"{ADMIN}/quote/?{query}").status_code == 400
    for query in (
        "speaker=x",
        f"speaker={ABSENT}",
        "changed=x",
        "changed=2026-13",
        "changed=9999",
        "changed=2026-02-30",
    ):
        answer = http.get(f"{ADMIN}/quote/?{query}")
        assert (answer.status_code, "0 quotes" in text(answer)) == (200, True), query
    assert Quote.objects.count() == 0


def test_managers_change_their_projects_settings(world: World) -> None:
    path = f"/admin/projects/project/{world.project.pk}/edit/"
    assert send(staff(world.manager.user), path, description="Ours.", blind="on").status_code == 302
    world.project.refresh_from_db()
    assert (world.project.description, world.project.blind, world.project.version) == ("Ours.", True, 2)
    curator = staff(world.curator.user)
    assert "/edit/" not in text(curator.get(path.replace("edit", "change")))
    assert send(curator, path, description="Mine.").status_code == 403
    assert curator.get("/admin/projects/project/?q=worl").status_code == 200
