"""What the pages of quotes, speakers, claims and sets show: to whom, where it stands, and at what cost."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotations.admin.pages import claim as claim_page
from annotations.admin.pages import speaker as speaker_page
from tests import builders
from tests.annotations.test_admin_article import Page, signed_in


def read(http: Any, model: str, row: Any, query: str = "") -> str:
    """The words and marks of a row's page above its fields."""
    answer = http.get(reverse(f"admin:annotations_{model}_change", args=[row.pk]) + query)
    assert answer.status_code == 200
    html: str = answer.content.decode()
    return html[html.index('<div id="content"') : html.index('class="fields"')]


@pytest.fixture
def scene(world: Any) -> Any:
    world.article = builders.make_article(world.project)
    world.open = builders.make_set(world.article, world.annotator.user)
    world.closed = builders.make_set(world.article, world.other_annotator.user, status="closed")
    world.stern = builders.make_speaker(world.project, aliases=["Stern"], wikidata_qid="Q7")
    return world


# Quotes


def test_a_quote_in_its_passage_with_its_chain(scene: Any) -> None:
    okafor = builders.make_mention(
        scene.closed, "Ben Okafor", speaker=builders.make_speaker(scene.project, "Ben Okafor")
    )
    stern = builders.make_mention(scene.closed, "Stern", nth=1, speaker=scene.stern)
    outer = builders.make_quote(
        scene.closed, "that Stern “promised the same in 2019”", cue="told reporters", sources=[okafor], type="mixed"
    )
    inner = builders.make_quote(scene.closed, "the same in 2019", cue="promised", sources=[stern], parent=outer)
    other = builders.make_quote(scene.closed, "We keep our word")
    html = read(signed_in(scene.viewer.user), "quote", inner)
    page = Page(html)
    ((part, text),) = page.texts
    body = scene.article.head.body
    assert part == "body"
    assert text == body.split("\n")[1]
    assert page.covered(str(inner.pk))[0] == ("body", inner.cue_start, inner.cue_end)
    assert page.covered(str(outer.pk))
    assert not page.covered(str(other.pk))
    assert all(one["text"] == body[int(one["data-start"]) : int(one["data-end"])] for one in page.stretches)
    chain = html[html.index('class="chain"') :]
    assert chain.index("Ben Okafor") < chain.index("Ada Stern")
    nested = read(signed_in(scene.curator.user), "quote", outer)
    assert "Nested in it" in nested
    assert str(inner.pk) in nested


# Speakers


def test_quotes_of_a_speaker_as_the_user_sees_them(scene: Any) -> None:
    twin = builders.make_speaker(scene.project, "A. Stern", merged_into=scene.stern)
    secret = builders.make_quote(scene.open, "We keep our word", sources=[scene.stern])
    shared = builders.make_quote(scene.closed, "taxes would fall next year", sources=[twin])
    for who, seen in {"viewer": {shared}, "annotator": {secret, shared}, "curator": {secret, shared}}.items():
        html = read(signed_in(getattr(scene, who).user), "speaker", scene.stern)
        assert {quote for quote in (secret, shared) if str(quote.pk) in html} == seen
        assert "https://www.wikidata.org/wiki/Q7" in html
        assert "A. Stern" in html
    assert "Merged into" in read(signed_in(scene.viewer.user), "speaker", twin)


def test_quotes_of_a_speaker_by_pages(scene: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speaker_page, "PAGE", 2)
    quotes = [builders.make_quote(scene.closed, "We keep our word", sources=[scene.stern]) for _ in range(5)]
    http, query, seen = signed_in(scene.curator.user), "", []
    for _ in range(3):
        html = read(http, "speaker", scene.stern, query)
        seen.append([quote for quote in quotes if str(quote.pk) + "/change" in html])
        older = re.search(r"\?before=[0-9a-f-]+", html)
        query = older[0] if older else ""
    assert seen == [quotes[3:], quotes[1:3], quotes[:1]]
    assert query == ""
    assert read(http, "speaker", scene.stern, "?before=nonsense")


def test_who_may_be_the_same(scene: Any) -> None:
    named: dict[str, tuple[str, dict[str, Any]]] = {
        "Ada Stern": ("the same name", {"kind": "organisation"}),
        "The Prime Minister": ("both are called Stern", {"aliases": ["Stern"]}),
        "Ada Sterne": ("a similar name", {}),
        "A. Zworykin": ("a similar alias, Sternn", {"aliases": ["Sternn"]}),
    }
    for name, (_, more) in named.items():
        builders.make_speaker(scene.project, name, **more)
    builders.make_speaker(scene.project, "Ada Merged", aliases=["Stern"], merged_into=scene.stern)
    builders.make_speaker(scene.project, "Ben Okafor")
    builders.make_speaker(builders.make_project("elsewhere"), "Ada Stern")
    builders.make_speaker(scene.project, "Ada Stern", article=scene.article)
    html = read(signed_in(scene.curator.user), "speaker", scene.stern)
    likely = html[html.index("Perhaps the same") : html.index("Merged with it")]
    found = dict(re.findall(r"<b[^>]*>([^<]*)</b></a> <small>.*?</small><br><small>([^<]*)</small>", likely))
    # A similar alias is found where the names begin alike, which A. Zworykin's does not.
    assert found == {name: reason for name, (reason, _) in named.items() if name != "A. Zworykin"}


# Claims


def test_a_claim_in_its_sentences(scene: Any) -> None:
    claim = builders.make_claim(scene.project)
    seen = builders.make_occurrence(scene.closed, "taxes would fall", claim=claim, claimants=[scene.stern, None])
    hidden = builders.make_occurrence(scene.open, "promised the same", claim=claim)
    titled = builders.make_occurrence(scene.closed, "Critics", part="title", claim=claim)
    html = read(signed_in(scene.viewer.user), "claim", claim)
    assert str(hidden.pk) not in html
    assert f'said on Monday that <a href="{address(seen)}"><mark>taxes would fall</mark></a> next year.' in html
    assert f'Minister Answers His <a href="{address(titled)}"><mark>Critics</mark></a></p>' in html
    assert "held by Ada Stern, the author" in html


def test_who_denies_a_claim_does_not_hold_it(scene: Any) -> None:
    claim = builders.make_claim(scene.project)
    made = {"claim": claim, "claimants": [scene.stern], "stance": "denies"}
    denied = builders.make_occurrence(scene.closed, "taxes would fall", **made)
    http = signed_in(scene.viewer.user)
    assert "denied by Ada Stern" in read(http, "claim", claim)
    page = read(http, "claimoccurrence", denied)
    assert "Denied by" in page
    assert "Held by" not in page


def address(occurrence: Any) -> str:
    return reverse("admin:annotations_claimoccurrence_change", args=[occurrence.pk])


def test_long_lines_are_cut(db: None) -> None:
    chief = builders.make_user("chief", superuser=True)
    held = builders.make_set(
        builders.make_article(builders.make_project("p"), body="😀" * 5000 + "here" + "y" * 5000), chief
    )
    row = builders.make_occurrence(held, "here", claim=builders.make_claim(held.project))
    (found,) = claim_page.in_text(type(row).objects.filter(pk=row.pk))
    words = claim_page.sentence(found)
    assert words == {"before": "…" + "😀" * 160, "pieces": [("", "here")], "after": "y" * 160 + "…"}


def test_of_an_occurrence_in_pieces_the_pieces_are_shown(scene: Any) -> None:
    """In the order of the text; what is left out between them is an ellipsis, and where they touch there is none."""
    claim = builders.make_claim(scene.project)
    row = builders.make_occurrence(scene.closed, ["taxes", "next year"], claim=claim)
    builders.make_evidence(claim, scene.closed, ["taxes", "fall"])
    html = read(signed_in(scene.viewer.user), "claim", claim)
    assert f'that <a href="{address(row)}"><mark>taxes</mark> … <mark>next year</mark></a>.' in html
    assert "taxes … fall</q>" in html
    turned = type(row)(start=3, end=13, pieces=[6, 9, 3, 6, 10, 13], exact="def abc ghi")
    assert claim_page.pieces_of(turned) == [("", "abc"), ("", "def"), (" … ", "ghi")]


def test_mentions_occurrences_and_evidence_in_their_passages(scene: Any) -> None:
    claim = builders.make_claim(scene.project)
    mention = builders.make_mention(scene.closed, "Ben Okafor", speaker=scene.stern, note="a note", tags=["a tag"])
    occurrence = builders.make_occurrence(
        scene.closed, ["taxes", "next year"], claim=claim, claimants=[scene.stern, None]
    )
    resting = builders.make_evidence(claim, scene.closed, occurrence=occurrence)
    web = builders.make_evidence(claim, url="https://a.example/", excerpt="As the paper had it.")
    http = signed_in(scene.viewer.user)
    for model, row, told in (
        ("mention", mention, ["<mark>Ben Okafor</mark>", ">Ada Stern</a>", "a note", "a tag", "unreviewed"]),
        (
            "claimoccurrence",
            occurrence,
            ["<mark>taxes</mark> would fall <mark>next year</mark>", "Ada Stern, the author"],
        ),
        ("evidence", resting, ["<mark>taxes</mark> would fall", address(occurrence), claim.text]),
        ("evidence", web, ["As the paper had it.", 'href="https://a.example/" rel="noreferrer"']),
    ):
        html = read(http, model, row)
        assert [words for words in told if words not in html] == [], model
        assert "<h1>View" not in html
    hidden = builders.make_mention(scene.open, "she")
    assert http.get(f"/admin/annotations/mention/{hidden.pk}/change/").status_code == 302


def test_relations_evidence_and_reviews(scene: Any) -> None:
    claim, other = (
        builders.make_claim(scene.project),
        builders.make_claim(scene.project, "Taxes <b>will</b> rise in 2026."),
    )
    builders.make_relation(other, claim, "refutes")
    builders.make_relation(claim, builders.make_claim(scene.project, "The state will have less."), "entails")
    builders.make_relation(claim, builders.make_claim(scene.project, "Taxes fall."), "same_as")
    builders.make_evidence(claim, scene.closed, "the budget had been ready")
    builders.make_evidence(claim, url="javascript:alert(1)", excerpt="An excerpt")
    builders.make_review(
        claim, "https://facts.example/1", rating_text="Half true", rating_value=3, rating_best=5, title="On it"
    )
    builders.make_review(claim, "javascript:alert(2)", title="Bad")
    html = read(signed_in(scene.viewer.user), "claim", claim)
    svg = html[html.index("<svg") : html.index("</svg>")]
    assert "style" not in svg
    assert "&lt;b&gt;will&lt;/b&gt;" in svg
    assert svg.index("refuted by") < svg.index("entails") < svg.index("same as")
    assert svg.count('class="arrow"') == 2  # the symmetric one has none
    assert all(words in html for words in ("the budget had been ready", "An excerpt", "Half true", "3 of 5"))
    assert 'href="https://facts.example/1"' in html
    assert 'href="javascript' not in html


# Sets


def test_a_set_over_its_own_revision(scene: Any) -> None:
    from articles.actions import revise_article
    from articles.models import Article

    quote = builders.make_quote(scene.closed, "We keep our word")
    elsewhere = builders.make_quote(scene.open, "taxes would fall next year")
    old = scene.article.head.body
    revise_article(caller=None, article=Article.objects.get(pk=scene.article.pk), title="New", body="New.", base=1)
    page = Page(read(signed_in(scene.curator.user), "annotationset", scene.closed))
    assert page.texts[1] == ("body", old)
    assert page.covered(str(quote.pk)) == [("body", quote.start, quote.end)]
    assert not page.covered(str(elsewhere.pk))


# Costs


def test_the_queries_do_not_grow(scene: Any) -> None:
    claim = builders.make_claim(scene.project)
    http, costs = signed_in(scene.curator.user), []
    for n in range(8):
        speaker = builders.make_speaker(scene.project, f"Ada Stern {n}")
        quote = builders.make_quote(scene.closed, "We keep our word", cue="said", nth=0, sources=[scene.stern, speaker])
        builders.make_occurrence(scene.closed, "taxes would fall", claim=claim, claimants=[speaker])
        builders.make_evidence(claim, scene.closed, "the budget")
        builders.make_relation(claim, builders.make_claim(scene.project, f"Claim {n}."), "supports")
        builders.make_review(claim, f"https://x.example/{n}")
        if n in (0, 7):
            cost = []
            for model, row in {"speaker": scene.stern, "claim": claim, "quote": quote}.items():
                with CaptureQueriesContext(connection) as queries:
                    read(http, model, row)
                cost.append(len(queries))
            costs.append(cost)
    assert costs[0] == costs[1]
    assert max(costs[0]) <= 26
