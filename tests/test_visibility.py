"""What readers see: public projects without names, blind projects without others' work."""

from __future__ import annotations

from typing import Any

import pytest

from projects.models import Project
from tests import builders
from tests.estate import API, codes, listed

pytestmark = pytest.mark.django_db
SPANS = ("quotes", "mentions", "claim-occurrences", "evidence")


def fill(held: Any, speaker: Any, claim: Any) -> dict[str, str]:
    """One of everything that lives in a set."""
    quote = builders.make_quote(held, "We keep our word", tags=[held.annotator_name])
    mention = builders.make_mention(held, "Ada Stern", speaker=speaker)
    builders.add_source(quote, mention)
    occurrence = builders.make_occurrence(held, "taxes would fall next year", claim=claim, claimants=[speaker])
    evidence = builders.make_evidence(claim, held, "said on Monday")
    return {name: str(row.pk) for name, row in zip(SPANS, (quote, mention, occurrence, evidence), strict=True)}


def shown(api: Any, article: Any, annotation_set: Any, ids: dict[str, str]) -> set[bool]:
    """By every road: is the set, or anything in it, to be seen? One answer, if all roads agree."""
    inside = f"{API}/articles/{article.pk}/annotations/"
    found = {api.get(f"{API}/annotation-sets/{annotation_set.pk}/").status_code == 200}
    found.add(str(annotation_set.pk) in listed(api.get(f"{API}/annotation-sets/?page_size=1000")))
    found.add(str(annotation_set.pk) in listed(api.get(f"{API}/annotation-sets/?project={article.project_id}")))
    for name, pk in ids.items():
        found.add(api.get(f"{API}/{name}/{pk}/").status_code == 200)
        for query in ("", f"?project={article.project_id}", f"?article={article.pk}", f"?set={annotation_set.pk}"):
            found.add(pk in listed(api.get(f"{API}/{name}/{query}")))
    for query in ("", "?revision=all", f"?set={annotation_set.pk}", "?review_status=unreviewed", "?offset_unit=utf16"):
        text = api.get(inside + query).content.decode()
        found.add(str(annotation_set.pk) in text)
        found |= {pk in text for pk in ids.values()}
    return found


# ---- public projects ----


@pytest.fixture
def public(world):
    Project.objects.update(visibility="public")
    return builders.make_article(world.project, created_by=None)


@pytest.mark.parametrize("reader", ["anonymous", "stranger"])
def test_outsiders_read_finished_adjudicated_sets_only(reader, world, public):
    api, speaker, claim = (
        getattr(world, reader),
        builders.make_speaker(world.project),
        builders.make_claim(world.project),
    )
    for kind in ("individual", "machine", "imported", "adjudicated"):
        for status in ("open", "submitted", "closed"):
            held = builders.make_set(public, world.curator.user, kind=kind, status=status, label=f"{kind} {status}")
            expected = kind == "adjudicated" and status != "open"
            assert shown(api, public, held, fill(held, speaker, claim)) == {expected}, (kind, status)
    assert api.get(f"{API}/speakers/{speaker.pk}/").json()["quote_count"] == 2
    assert world.manager.get(f"{API}/speakers/{speaker.pk}/").json()["quote_count"] == 12


@pytest.mark.parametrize("reader", ["anonymous", "stranger"])
def test_outsiders_read_no_human_name(reader, world, public):
    api = getattr(world, reader)
    speaker = builders.make_speaker(world.project, created_by=world.curator.user)
    claim = builders.make_claim(world.project, created_by=world.curator.user)
    held = builders.make_set(public, world.curator.user, kind="adjudicated", status="closed")
    robot = builders.make_user("robot-7", service=True)
    machine = builders.make_set(public, robot, kind="adjudicated", status="closed")
    ids = fill(held, speaker, claim)
    paths = [f"{name}/{pk}/" for name, pk in ids.items()] + [f"{name}/" for name in SPANS]
    paths += [
        "projects/",
        "articles/",
        f"articles/{public.pk}/",
        f"articles/{public.pk}/annotations/",
        "annotation-sets/",
    ]
    paths += [
        f"articles/{public.pk}/revisions/",
        f"speakers/{speaker.pk}/",
        f"claims/{claim.pk}/",
        "claims/",
        "speakers/",
    ]
    for path in paths:
        body = (
            api.get(f"{API}/{path}").content.replace(b'"tags" : ["curator"]', b"").replace(b'"tags":["curator"]', b"")
        )
        assert b'"curator"' not in body, path
    shown_set = api.get(f"{API}/annotation-sets/{held.pk}/").json()
    assert (shown_set["created_by"], shown_set["annotator"]["name"], shown_set["annotator"]["user"]) == (
        None,
        None,
        None,
    )
    assert api.get(f"{API}/annotation-sets/{machine.pk}/").json()["annotator"]["name"] == "robot-7"
    assert world.viewer.get(f"{API}/annotation-sets/{held.pk}/").json()["annotator"]["name"] == "curator"
    for name in ("quotes", "annotation-sets"):
        assert listed(api.get(f"{API}/{name}/?annotator=curator")) == [], "the filter tells no name either"
        assert len(listed(world.viewer.get(f"{API}/{name}/?annotator=curator"))) == 1


def test_a_project_that_turns_private_is_gone_for_outsiders(world, public):
    assert world.stranger.get(f"{API}/articles/{public.pk}/").status_code == 200
    Project.objects.update(visibility="private")
    assert world.stranger.get(f"{API}/articles/{public.pk}/").status_code == 404
    assert world.anonymous.get(f"{API}/articles/{public.pk}/").status_code == 401
    assert listed(world.anonymous.get(f"{API}/articles/")) == []


# ---- blind projects ----


@pytest.fixture
def blind(world):
    Project.objects.update(blind=True)
    return builders.make_article(world.project)


@pytest.mark.parametrize("theirs", ["open", "submitted", "closed"])
@pytest.mark.parametrize("own", [None, "open", "submitted", "closed"])
def test_an_annotator_is_blind_until_their_own_set_is_closed(own, theirs, world, blind):
    speaker, claim = builders.make_speaker(world.project), builders.make_claim(world.project)
    held = builders.make_set(blind, world.other_annotator.user, status=theirs)
    ids = fill(held, speaker, claim)
    if own:
        builders.make_set(blind, world.annotator.user, status=own)
    expected = own == "closed" and theirs != "open"
    assert shown(world.annotator, blind, held, ids) == {expected}
    assert world.annotator.get(f"{API}/speakers/{speaker.pk}/").json()["quote_count"] == int(expected)
    counted = world.annotator.get(f"{API}/quotes/?count=true&article={blind.pk}").json()["count"]
    assert counted == int(expected)
    assert shown(world.curator, blind, held, ids) == {True}
    assert shown(world.viewer, blind, held, ids) == {theirs != "open"}


def test_ones_own_closed_set_opens_its_own_article_only(world, blind):
    elsewhere = builders.make_article(world.project, title="Another")
    builders.make_set(elsewhere, world.annotator.user, status="closed")
    held = builders.make_set(blind, world.other_annotator.user, status="closed")
    assert shown(world.annotator, blind, held, {}) == {False}


def test_no_narrow_token_lifts_blindness(world, client, blind):
    """An annotator's read-only token sees as a viewer does, but stays blind."""
    held = builders.make_set(blind, world.other_annotator.user, status="closed")
    ids = fill(held, builders.make_speaker(world.project), builders.make_claim(world.project))
    for scopes in (["read"], ["read", "annotate"]):
        assert shown(client(world.annotator.user, scopes=scopes), blind, held, ids) == {False}


def test_being_public_does_not_lift_blindness(world, blind):
    Project.objects.update(visibility="public")
    held = builders.make_set(blind, world.curator.user, kind="adjudicated", status="closed")
    ids = fill(held, builders.make_speaker(world.project), builders.make_claim(world.project))
    assert shown(world.annotator, blind, held, ids) == {False}
    assert shown(world.stranger, blind, held, ids) == {True}


def test_refusals_tell_a_blind_annotator_nothing(world, blind):
    """What is in use by others' work is not to be found out by trying to delete it."""
    speaker, claim = builders.make_speaker(world.project), builders.make_claim(world.project)
    idle = builders.make_speaker(world.project, "Idle")
    fill(builders.make_set(blind, world.other_annotator.user, status="closed"), speaker, claim)
    paths = [f"speakers/{speaker.pk}/", f"speakers/{idle.pk}/", f"claims/{claim.pk}/"]
    answers = [world.annotator.delete(f"{API}/{path}", if_match="*") for path in paths]
    assert {answer.status_code for answer in answers} == {403}
    assert len({answer.content for answer in answers}) == 1
    in_use = world.curator.delete(f"{API}/speakers/{speaker.pk}/", if_match="*")
    assert (in_use.status_code, codes(in_use)) == (409, [("in-use", "")])


def test_nor_does_binding_a_speaker_to_an_article(world, blind):
    """It is refused where others have the speaker elsewhere: so annotators are not to try."""
    speaker, idle = builders.make_speaker(world.project), builders.make_speaker(world.project, "Idle")
    fill(builders.make_set(blind, world.other_annotator.user), speaker, builders.make_claim(world.project))
    bound = {"is_named": False, "article": str(builders.make_article(world.project).pk)}
    answers = [world.annotator.patch(f"{API}/speakers/{s.pk}/", bound, if_match="*") for s in (speaker, idle)]
    assert {answer.status_code for answer in answers} == {403}
    assert len({answer.content for answer in answers}) == 1
    elsewhere = world.curator.patch(f"{API}/speakers/{speaker.pk}/", bound, if_match="*")
    assert (elsewhere.status_code, codes(elsewhere)) == (422, [("speaker-not-local", "/article")])
    made = {"project": str(world.project.pk), "name": "a neighbour", **bound}
    assert world.annotator.post(f"{API}/speakers/", made).status_code == 201


def test_counts_of_uses_are_those_that_the_caller_sees(world):
    article = builders.make_article(world.project)
    speaker = builders.make_speaker(world.project)
    builders.make_mention(builders.make_set(article, world.other_annotator.user), "Ada Stern", speaker=speaker)
    for name, expected in (("annotator", {}), ("curator", {"mentions": 1})):
        refused = getattr(world, name).delete(f"{API}/speakers/{speaker.pk}/", if_match="*")
        assert (refused.status_code, codes(refused)) == (409, [("in-use", "")])
        assert refused.json()["errors"][0]["counts"] == expected
