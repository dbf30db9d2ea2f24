"""Many rows changed at once: the page says what would change, and then all of them change or none."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from annotations.models import Quote, Speaker
from projects.models import Event
from tests.admin.curators import ADMIN, post, staff, text
from tests.builders import World, make_article, make_claim, make_mention, make_quote, make_set, make_speaker

QUOTES, SPEAKERS = f"{ADMIN}/quote/", f"{ADMIN}/speaker/"


@pytest.fixture
def curator(world: World) -> Client:
    return staff(world.curator.user)


@pytest.fixture
def quotes(world: World) -> list[Any]:
    held = make_set(make_article(world.project), world.annotator.user)
    mention = make_mention(held, "Prime Minister Ada Stern")
    words = ["taxes would fall next year", "We keep our word", "nobody believes her any more"]
    return [make_quote(held, exact, sources=[mention] if n == 0 else []) for n, exact in enumerate(words)]


def chosen(action: str, rows: Any) -> dict[str, Any]:
    return {"action": action, "_selected_action": [str(row.pk) for row in rows]}


def test_approved_with_a_confirmation(world: World, curator: Client, quotes: list[Any]) -> None:
    page = curator.post(QUOTES, chosen("approve", quotes))
    assert page.status_code == 200
    assert "Approve: 3 of 3 quotes would change." in text(page)
    assert set(Quote.objects.values_list("review_status", flat=True)) == {"unreviewed"}
    done = post(curator, QUOTES, page, "_confirm", comment="all fine")
    assert done.status_code == 302, text(done)
    assert set(Quote.objects.values_list("review_status", flat=True)) == {"approved"}
    assert "3 quotes approved." in text(curator.get(QUOTES))
    events = Event.objects.filter(type="quote", action="updated")
    assert [(e.comment, e.actor_id) for e in events] == [("all fine", world.curator.user.pk)] * 3
    again = post(curator, QUOTES, curator.post(QUOTES, chosen("approve", quotes)), "_confirm")
    assert "0 of 3 quotes would change" in text(curator.post(QUOTES, chosen("approve", quotes)))
    assert (again.status_code, events.count()) == (302, 3)


def test_all_or_nothing(world: World, curator: Client, quotes: list[Any]) -> None:
    """One of three is the curator's own work: none is approved, and it says which one is in the way."""
    own = make_quote(make_set(quotes[0].article, world.curator.user), "We keep our word")
    page = curator.post(QUOTES, chosen("approve", [*quotes, own]))
    refused = post(curator, QUOTES, page, "_confirm")
    assert refused.status_code == 409
    assert "Nothing has changed: 1 of 4 quotes cannot be changed so." in text(refused)
    assert "Nobody reviews their own work." in text(refused)
    assert set(Quote.objects.values_list("review_status", "version")) == {("unreviewed", 1)}


def test_what_changed_after_the_page_was_shown_is_not_overwritten(
    world: World, curator: Client, quotes: list[Any]
) -> None:
    page = curator.post(QUOTES, chosen("reject", quotes))
    world.annotator.patch(f"/api/v1/quotes/{quotes[1].pk}/", {"venue": "Oslo"}, if_match="*")
    refused = post(curator, QUOTES, page, "_confirm")
    assert (refused.status_code, "It has changed since you read it" in text(refused)) == (409, True)
    assert set(Quote.objects.values_list("review_status", flat=True)) == {"unreviewed"}


def test_tagged(curator: Client, quotes: list[Any]) -> None:
    Quote.objects.filter(pk=quotes[0].pk).update(tags=["tax"])
    page = curator.post(QUOTES, chosen("tag", quotes))
    assert "Say how, and see what would change." in text(page)
    shown = post(curator, QUOTES, page, "_again", tag="tax")
    assert "Tag: 2 of 3 quotes would change." in text(shown)
    assert post(curator, QUOTES, shown, "_confirm").status_code == 302
    assert "2 quotes tagged. 1 left as before." in text(curator.get(QUOTES))
    assert list(Quote.objects.values_list("tags", flat=True)) == [["tax"]] * 3


def test_a_speaker_is_assigned(world: World, curator: Client, quotes: list[Any]) -> None:
    speaker = make_speaker(world.project, "Ben Okafor")
    page = curator.post(QUOTES, chosen("assign_speaker", quotes))
    shown = post(curator, QUOTES, page, "_again", speaker=str(speaker.pk))
    assert "no source" in text(shown)
    assert post(curator, QUOTES, shown, "_confirm").status_code == 302
    assert {quote.sources.get().speaker_id for quote in quotes} == {speaker.pk}
    assert quotes[0].sources.get().mention.exact == "Prime Minister Ada Stern"


def test_speakers_and_claims_are_merged_and_unmerged(world: World, curator: Client) -> None:
    for model, make in ((Speaker, make_speaker), (None, make_claim)):
        rows = [make(world.project, name) for name in ("One", "Two", "Three")]
        path = SPEAKERS if model else f"{ADMIN}/claim/"
        page = curator.post(path, chosen("merge", rows))
        shown = post(curator, path, page, "_again", into=str(rows[0].pk))
        assert "2 of 3" in text(shown)
        assert post(curator, path, shown, "_confirm").status_code == 302
        manager = type(rows[0]).objects
        assert set(manager.filter(merged_into=rows[0]).values_list("pk", flat=True)) == {rows[1].pk, rows[2].pk}
        page = curator.post(path, chosen("unmerge", rows[1:]))
        assert post(curator, path, page, "_confirm").status_code == 302
        assert not manager.filter(merged_into__isnull=False).exists()


def test_a_circle_of_merges_is_refused(world: World, curator: Client) -> None:
    one, two = make_speaker(world.project, "One"), make_speaker(world.project, "Two")
    Speaker.objects.filter(pk=one.pk).update(merged_into=two)
    page = curator.post(SPEAKERS, chosen("merge", [two]))
    refused = post(curator, SPEAKERS, page, "_confirm", other=str(one.pk))
    assert refused.status_code == 409
    two.refresh_from_db()
    assert two.merged_into_id is None


def test_who_may_not_is_refused_in_the_words_of_the_api(world: World, quotes: list[Any]) -> None:
    annotator = staff(world.annotator.user)
    page = annotator.post(QUOTES, chosen("approve", quotes))
    refused = post(annotator, QUOTES, page, "_confirm")
    assert "This needs the role curator in the project." in text(refused)
    assert set(Quote.objects.values_list("review_status", flat=True)) == {"unreviewed"}
