"""The admin's forms: filled in as a browser would, and taken or refused as the API does."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from annotations.models import Quote, Speaker
from projects.models import Event
from tests.admin.curators import ADMIN, fields, post, send, staff, text
from tests.builders import (
    World,
    make_article,
    make_claim,
    make_mention,
    make_quote,
    make_relation,
    make_set,
    make_speaker,
)


@pytest.fixture
def curator(world: World) -> Client:
    return staff(world.curator.user)


@pytest.fixture
def ground(world: World) -> Any:
    """An article with the annotator's open set, a speaker, a mention and a quote in it."""
    article = make_article(world.project)
    held = make_set(article, world.annotator.user)
    speaker = make_speaker(world.project)
    mention = make_mention(held, "Prime Minister Ada Stern", speaker=speaker)
    return make_quote(held, "taxes would fall next year", cue="said", sources=[mention])


def edit(row: Any) -> str:
    return f"{ADMIN}/{row._meta.model_name}/{row.pk}/edit/"


def test_untouched_forms_change_nothing(curator: Client, ground: Any) -> None:
    """A form sent back as it was shown sends no field at all, so nothing is lost on the way through HTML."""
    for row in (ground, ground.sources.get().mention, ground.sources.get().mention.speaker, ground.set):
        before = type(row).objects.values().get(pk=row.pk)
        answer = send(curator, edit(row))
        assert answer.status_code == 302, text(answer)
        assert type(row).objects.values().get(pk=row.pk) == before


def test_a_quote_is_changed_with_its_event(world: World, curator: Client, ground: Any) -> None:
    answer = send(curator, edit(ground), type="indirect", note="two\r\nlines", tags="a\r\nb")
    assert answer.status_code == 302, text(answer)
    ground.refresh_from_db()
    assert (ground.type, ground.note, ground.tags, ground.version) == ("indirect", "two\nlines", ["a", "b"], 2)
    event = Event.objects.get(object_id=ground.pk)
    assert (event.action, event.actor_id, event.snapshot["type"]) == ("updated", world.curator.user.pk, "indirect")


def test_a_span_is_entered_by_its_words(curator: Client, ground: Any) -> None:
    answer = send(curator, edit(ground), content__fragments__0__exact="taxes would fall")
    assert answer.status_code == 302, text(answer)
    ground.refresh_from_db()
    assert (ground.exact, ground.pieces) == ("taxes would fall", None)


def test_a_span_is_entered_by_offsets(curator: Client, ground: Any) -> None:
    start = ground.revision.body.index("on Monday")
    changed = {"content__fragments__0__start": start, "content__fragments__0__end": start + 9}
    assert send(curator, edit(ground), **changed).status_code == 302
    ground.refresh_from_db()
    assert (ground.exact, ground.start) == ("on Monday", start)


def test_a_span_is_entered_in_pieces(curator: Client, ground: Any) -> None:
    changed = {"content__fragments__0__exact": "taxes would fall", "content__fragments__1__exact": "We keep our word"}
    assert send(curator, edit(ground), **changed).status_code == 302
    ground.refresh_from_db()
    assert ground.exact == "taxes would fall We keep our word"
    assert len(ground.pieces) == 4


def test_a_refusal_stands_at_its_field(world: World, curator: Client, ground: Any) -> None:
    """In the words of the API, at the piece it is about; and nothing is saved."""
    for exact, code in (("Stern", "quote-ambiguous"), ("nowhere", "quote-not-found")):
        answer = send(curator, edit(ground), content__fragments__0__exact=exact, venue="Rome")
        path = f"/api/v1/quotes/{ground.pk}/"
        said = world.curator.patch(path, {"content": {"exact": exact}}, if_match="*").json()
        assert (answer.status_code, said["code"]) == (422, code)
        piece = answer.context["form"].parts["content"].parts["fragments"].forms[0]
        assert piece.errors["exact"][0] == said["detail"]
        assert piece.errors["exact"].as_data()[0].code == code
        assert fields(answer)["venue"] == ["Rome"]
    ground.refresh_from_db()
    assert (ground.version, ground.venue) == (1, "")


def test_what_is_against_the_schema_is_refused_there_too(curator: Client, ground: Any) -> None:
    answer = send(curator, edit(ground), confidence="abc", uttered_on="2026-02-31", tags="x" * 501)
    assert answer.status_code == 400
    assert set(answer.context["form"].errors) == {"confidence", "uttered_on", "tags"}


def test_a_preview_saves_nothing(curator: Client, ground: Any) -> None:
    events = Event.objects.count()
    changed = {"content__fragments__0__exact": "taxes would fall", "content__fragments__1__exact": "We keep our word"}
    answer = send(curator, edit(ground), "_preview", **changed)
    assert answer.status_code == 200
    assert "<mark>taxes would fall</mark> next year. “<mark>We keep our word</mark>" in text(answer)
    ground.refresh_from_db()
    assert (ground.version, Event.objects.count()) == (1, events)
    # What was entered is in the form still, and can be saved from there.
    assert post(curator, edit(ground), answer).status_code == 302
    ground.refresh_from_db()
    assert ground.version == 2


def test_a_preview_makes_room_for_more_pieces(curator: Client, ground: Any) -> None:
    words = ["taxes would fall", "on Monday", "We keep our word"]
    changed = {f"content__fragments__{n}__exact": exact for n, exact in enumerate(words)}
    answer = send(curator, edit(ground), "_preview", **changed)
    assert fields(answer)["content-fragments-4-exact"] == [""]
    more = {"content__fragments__3__exact": "nobody believes her any more"}
    assert post(curator, edit(ground), answer, **more).status_code == 302
    ground.refresh_from_db()
    assert len(ground.pieces) == 8


def test_a_stale_form_shows_both_and_loses_nothing(world: World, curator: Client, ground: Any) -> None:
    page = curator.get(edit(ground))
    world.annotator.patch(f"/api/v1/quotes/{ground.pk}/", {"venue": "Oslo", "note": "theirs"}, if_match="*")
    answer = post(curator, edit(ground), page, venue="Rome", type="mixed")
    assert answer.status_code == 412
    lines = {line["name"]: line for line in answer.context["stale"]}
    assert (lines["venue"]["was"], lines["venue"]["now"], lines["venue"]["yours"]) == ("—", "Oslo", "Rome")
    assert (lines["type"]["now"], lines["type"]["yours"]) == ("unspecified", "mixed")
    assert lines["note"]["now"] == "theirs"
    assert "annotator saved this" in text(answer)
    ground.refresh_from_db()
    assert (ground.venue, ground.version) == ("Oslo", 2)
    assert fields(answer)["venue"] == ["Rome"]
    assert post(curator, edit(ground), answer).status_code == 302
    ground.refresh_from_db()
    assert (ground.venue, ground.type, ground.version) == ("Rome", "mixed", 3)


def test_a_stale_form_shows_spans_and_sources_too(world: World, curator: Client, ground: Any) -> None:
    path, words = f"/api/v1/quotes/{ground.pk}/", "content-fragments-0-exact"
    world.annotator.patch(path, {"note": "so that there is a version on record"}, if_match="*")
    page = curator.get(edit(ground))
    world.annotator.patch(path, {"content": {"exact": "taxes would fall"}, "sources": []}, if_match="*")
    answer = post(curator, edit(ground), page, **{words: "fall next year"})
    lines = {line["name"]: line for line in answer.context["stale"]}
    assert set(lines) == {"content", "sources"}
    assert lines["content"]["was"] == f"taxes would fall next year ({ground.start}–{ground.end})"
    assert lines["content"]["now"] == f"taxes would fall ({ground.start}–{ground.end - 10})"
    assert lines["content"]["yours"].startswith("fall next year")
    assert "Prime Minister Ada Stern" in lines["sources"]["was"]
    assert lines["sources"]["now"] == "—"
    assert not answer.context["form"].non_field_errors(), "the table says it, in better words"
    # The offsets in the form are those of the words that it was opened with: they say nothing of the new ones.
    assert post(curator, edit(ground), answer).status_code == 302
    ground.refresh_from_db()
    assert (ground.exact, ground.sources.count()) == ("fall next year", 1)


def test_a_span_that_was_not_touched_is_saved_all_the_same(world: World, curator: Client, ground: Any) -> None:
    """Its words stand in the text more than once, and the offsets still say where."""
    start = ground.revision.body.rindex("Stern")
    assert ground.revision.body.count("Stern") > 1
    there = {"exact": "Stern", "start": start, "end": start + 5}
    path = f"/api/v1/quotes/{ground.pk}/"
    assert world.annotator.patch(path, {"content": there}, if_match="*").status_code == 200
    page = curator.get(edit(ground))
    world.annotator.patch(path, {"content": {"exact": "taxes would fall"}}, if_match="*")
    answer = post(curator, edit(ground), page, note="mine")
    assert answer.status_code == 412
    assert post(curator, edit(ground), answer).status_code == 302
    ground.refresh_from_db()
    assert (ground.exact, ground.start, ground.note) == ("Stern", start, "mine")


def test_a_source_is_changed_added_and_removed(world: World, curator: Client, ground: Any) -> None:
    other = make_speaker(world.project, "Ben Okafor")
    assert send(curator, edit(ground), sources__0__speaker=str(other.pk)).status_code == 302
    source = ground.sources.get()
    assert (source.speaker_id, source.inherited, source.mention.exact) == (other.pk, False, "Prime Minister Ada Stern")
    changed = {"sources__1__role": "addressee", "sources__1__span__fragments__0__exact": "Ben Okafor"}
    answer = send(curator, edit(ground), **changed)
    assert answer.status_code == 302, text(answer)
    assert [(s.role, s.mention.exact) for s in ground.sources.order_by("position")] == [
        ("source", "Prime Minister Ada Stern"),
        ("addressee", "Ben Okafor"),
    ]
    assert send(curator, edit(ground), sources__0__gone="on").status_code == 302
    assert ground.sources.get().mention.exact == "Ben Okafor"


def test_quotes_are_added_from_where_one_reads(world: World, curator: Client, ground: Any) -> None:
    """The link leads to a form that knows the article, the set and its mentions; only those who may write see it."""

    def adder(http: Client, page: str) -> list[str]:
        found = re.findall(r'<a href="([^"]*)">Add a quote</a>', text(http.get(page)))
        return [link.replace("&amp;", "&") for link in found]

    article = f"/admin/articles/article/{ground.article_id}/change/"
    held = f"{ADMIN}/annotationset/{ground.set_id}/change/"
    (link,) = adder(curator, held)
    answer = send(curator, link, content__fragments__0__exact="promised the same in 2019")
    assert answer.status_code == 302, text(answer)
    assert Quote.objects.get(exact="promised the same in 2019").set_id == ground.set_id
    assert "Prime Minister Ada Stern (" in text(curator.get(link))
    (link,) = adder(curator, article)
    assert fields(curator.get(link))["article"] == [str(ground.article_id)]
    assert adder(staff(world.viewer.user), article) == []
    type(ground.set).objects.filter(pk=ground.set_id).update(status="closed")
    assert adder(curator, held) == []


def test_a_quote_is_made_in_the_curators_own_set(world: World, curator: Client, ground: Any) -> None:
    path = f"{ADMIN}/quote/add/?article={ground.article_id}"
    changed = {
        "content__fragments__0__exact": "promised the same in 2019",
        "cue__fragments__0__exact": "told",
        "sources__0__span__fragments__0__exact": "Ben Okafor",
        "sources__0__mention_kind": "named",
    }
    answer = send(curator, path, **changed)
    assert answer.status_code == 302, text(answer)
    quote = Quote.objects.get(exact="promised the same in 2019")
    assert (quote.set.annotator_user_id, quote.cue_exact) == (world.curator.user.pk, "told")
    assert quote.sources.get().mention.exact == "Ben Okafor"


def test_the_first_of_a_list_is_not_called_another_one(curator: Client, ground: Any) -> None:
    page = text(curator.get(f"{ADMIN}/quote/add/?article={ground.article_id}"))
    assert [page.count(f"<summary>{one}</summary>") for one in ("Source 1", "Another source")] == [1, 1]
    assert "<summary>Piece 1</summary>" in page


def test_a_relation_is_called_by_its_claims(world: World, curator: Client) -> None:
    ends = make_claim(world.project, "The bridge is safe."), make_claim(world.project, "The bridge will fall.")
    relation = make_relation(*ends, "contradicts")
    shown = text(curator.get(f"{ADMIN}/claimrelation/{relation.pk}/change/"))
    assert "“The bridge is safe.” contradicts “The bridge will fall.”" in shown


def test_a_speaker_is_made(world: World, curator: Client) -> None:
    path, project = f"{ADMIN}/speaker/add/", str(world.project.pk)
    answer = send(curator, path, project=project, name="Ada", is_named="on", aliases="A\r\nB")
    assert answer.status_code == 302, text(answer)
    assert Speaker.objects.get(name="Ada").aliases == ["A", "B"]
    answer = send(curator, path, project=project, name="", is_named="on", wikidata_qid="7")
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"name", "wikidata_qid"}


def test_what_has_to_be_there_stands_first_and_is_marked(curator: Client) -> None:
    html = curator.get("/admin/articles/article/add/").content.decode()
    names = re.findall(r'<(?:input|textarea|select)[^>]* name="(?!csrf)(\w+)"', html.split('id="article_form"')[1])
    assert names[:4] == ["project", "title", "body", "capture"]
    assert re.findall(r'needed"><label for="id_(\w+)"', html) == ["project", "title", "body"]
    assert "`" not in html
    only = re.search(r'<select name="project"[^>]*>\s*<option value="([^"]*)">World</option>\s*</select>', html)
    assert only, "there is one project to choose"


def test_a_set_is_closed_and_reopened(curator: Client, ground: Any) -> None:
    page = f"{ADMIN}/annotationset/{ground.set_id}"
    assert "/do/close/" in text(curator.get(f"{page}/change/"))
    assert send(curator, f"{page}/do/close/", "_confirm").status_code == 302
    answer = curator.get(edit(ground))
    assert "The set is closed; a curator may reopen it." in text(answer)
    assert 'name="_save"' not in text(answer)
    assert post(curator, edit(ground), answer, venue="Rome").status_code == 409
    assert send(curator, f"{page}/do/reopen/", "_confirm").status_code == 302
    assert send(curator, edit(ground), venue="Rome").status_code == 302


def test_merged_and_unmerged(world: World, curator: Client) -> None:
    one, other = make_speaker(world.project), make_speaker(world.project, "Stern")
    page = f"{ADMIN}/speaker/{one.pk}"
    assert send(curator, f"{page}/do/merge/", "_confirm", into=str(other.pk)).status_code == 302
    one.refresh_from_db()
    assert one.merged_into_id == other.pk
    assert send(curator, f"{page}/do/unmerge/", "_confirm").status_code == 302
    one.refresh_from_db()
    assert one.merged_into_id is None
    answer = send(curator, f"{page}/do/merge/", "_confirm", into=str(one.pk))
    assert answer.context["form"].errors["into"] == ["Nothing merges into itself."]


def test_reviewed_deleted_and_restored(world: World, curator: Client, ground: Any) -> None:
    page = f"{ADMIN}/quote/{ground.pk}"
    answer = send(curator, f"{page}/do/review/", "_confirm", decision="approved", comment="good")
    assert answer.status_code == 302, text(answer)
    assert "good" in text(curator.get(f"{page}/history/"))
    shown = text(curator.get(f"{page}/history/2/restore/"))
    assert "taxes would fall next year (" in shown
    assert "span: Prime Minister Ada Stern (" in shown
    assert send(curator, f"{page}/delete/", "_confirm").status_code == 302
    assert not Quote.objects.filter(pk=ground.pk).exists()
    restored = send(curator, f"{page}/history/2/restore/", "_confirm")
    assert restored.status_code == 302, text(restored)
    assert Quote.objects.get(pk=ground.pk).review_status == "approved"
    mention = ground.sources.get().mention
    refused = send(curator, f"{ADMIN}/mention/{mention.pk}/delete/", "_confirm")
    assert (refused.status_code, "It is in use by 1 quotes" in text(refused)) == (409, True)


def test_an_article_gets_a_new_text_and_no_other(world: World, curator: Client, ground: Any) -> None:
    page = f"/admin/articles/article/{ground.article_id}"
    assert not {"title", "body", "capture", "project"} & fields(curator.get(f"{page}/edit/")).keys()
    assert send(curator, f"{page}/edit/", byline="By Us", metadata='{"a": [1]}').status_code == 302
    opened = curator.get(f"{page}/do/revise/")
    answer = post(curator, f"{page}/do/revise/", opened, body="Another text.", reason="typo")
    assert answer.status_code == 302, text(answer)
    ground.article.refresh_from_db()
    assert (ground.article.head.body, ground.article.metadata) == ("Another text.", {"a": [1]})
    late = post(curator, f"{page}/do/revise/", opened, body="A third text.")
    assert (late.status_code, "The head is revision 2, not 1." in text(late)) == (409, True)
