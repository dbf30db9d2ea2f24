"""The second seed, read back over HTTP, against what was written down by hand: who says what, where, in which set."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from articles.models import Article
from seeds import loading
from tests.annotations.test_admin_article import Page, fetch, signed_in
from tests.conftest import NORDHAVEN, SEED
from tests.seeds.test_gold import LISTS, seed_id

Json = dict[str, Any]
DISCONTINUOUS = ["“We will not,”", "“sell the lamp that brought our grandparents home.”"]

# set, speaker, type, the pieces of the content in their order, tags
EXPECTED = [
    ("Mira", "Ine\u0301s Okonjo", "direct", DISCONTINUOUS, ["discontinuous"]),
    ("Mira", "Zoe\u0308 Brandt", "direct", ["„Das Licht gehört allen, nicht nur der Stadt.“"], ["de"]),
    ("Mira", "Dov Harel", "direct", ["“המגדלור נשאר, והים זוכר.”"], ["he"]),
    ("Jonas", "Ine\u0301s Okonjo", "direct", ["We will not"], []),
    ("Jonas", "Ine\u0301s Okonjo", "direct", ["sell the lamp that brought our grandparents home."], []),
    ("Jonas", "Zoe\u0308 Brandt", "direct", ["Das Licht gehört allen, nicht nur der Stadt."], ["de"]),
    ("Jonas", "Zoe\u0308 Brandt", "mixed", ["that the repair would cost “no more than 80,000 crowns 💶”"], []),
    ("Jonas", "Priya Raman", "indirect", ["that the port authority had said in May that the tower was safe"], []),
    ("seed", "Ine\u0301s Okonjo", "direct", DISCONTINUOUS, ["discontinuous"]),
    ("seed", "Zoe\u0308 Brandt", "direct", ["„Das Licht gehört allen, nicht nur der Stadt.“"], ["de"]),
    ("seed", "Zoe\u0308 Brandt", "mixed", ["that the repair would cost “no more than 80,000 crowns 💶”"], []),
    ("seed", "Dov Harel", "direct", ["“המגדלור נשאר, והים זוכר.”"], ["he"]),
    ("seed", "Priya Raman", "indirect", ["that the port authority had said in May that the tower was safe"], []),
    ("seed", "Port Authority of Nordhaven", "indirect", ["that the tower was safe"], []),
    ("seed", "Priya Raman", "mixed", ["Her own report “cost nobody a night’s sleep”"], []),
    ("seed", "An opponent of the vote", "mixed", ["the vote “a very expensive candle”"], []),
    ("seed", "Nordhaven", "free_indirect", ["It would not, not before spring"], []),
    ("seed", "Bay Courier", "indirect", ["that the lamp had been dark for three years"], []),
    ("seed", "Lighthouse log of Nordhaven", "reported", ["one dark winter"], []),
]


@pytest.fixture
def article(seeded: Any) -> str:
    return str(json.loads(NORDHAVEN.read_text(encoding="utf-8"))["article"]["id"])


@pytest.fixture
def document(article: str, manager: Any) -> Json:
    answer = manager.get(f"/api/v1/articles/{article}/annotations/")
    assert answer.status_code == 200
    found: Json = answer.json()
    return found


def test_ids_are_made_as_documented() -> None:
    seed = json.loads(NORDHAVEN.read_text(encoding="utf-8"))
    objects = [("article", seed["article"])] + [(kind, item) for name, kind in LISTS.items() for item in seed[name]]
    made = [seed_id(position, kind, item["key"], (2026, 3, 14)) for position, (kind, item) in enumerate(objects)]
    assert [item["id"] for _, item in objects] == made


def test_quotes(document: Json) -> None:
    sets = {held["id"]: held["annotator"]["name"] for held in document["sets"]}
    found = [
        (
            sets[quote["set"]],
            quote["sources"][0]["speaker_name"],
            quote["type"],
            [piece["exact"] for piece in quote["content"]["fragments"]],
            quote["tags"],
        )
        for quote in document["quotes"]
    ]
    assert found == EXPECTED


def test_every_span_reads_as_the_text_does(document: Json) -> None:
    spans = list(spans_in(document))
    assert len(spans) > 60
    for span in spans:
        for piece in span["fragments"]:
            assert document["article"][span["part"]][piece["start"] : piece["end"]] == piece["exact"]


def spans_in(value: Any) -> Any:
    if isinstance(value, dict):
        if "fragments" in value:
            yield value
        else:
            yield from spans_in(list(value.values()))
    elif isinstance(value, list):
        for item in value:
            yield from spans_in(item)


def test_what_the_first_seed_lacks(document: Json) -> None:
    body = document["article"]["body"]
    assert document["article"]["body_length"] == len(body) < document["article"]["body_length_utf16"]
    assert (
        hashlib.sha256(body.encode()).hexdigest() == "4985bf0d10e9e183d52ffea984608633ffb56426393e8a8028d8c7e62348eeb2"
    )
    assert all(letter in body for letter in ("e\u0301", "e\u0308", "\u200d", "💶", "ה"))
    kinds = [(held["kind"], held["status"], len(held["parents"])) for held in document["sets"]]
    assert kinds == [("individual", "closed", 0), ("individual", "closed", 0), ("adjudicated", "closed", 2)]
    quotes = {quote["id"]: quote for quote in document["quotes"]}
    copied = [quote for quote in document["quotes"] if quote["derived_from"]]
    assert {quotes[quote["derived_from"]]["set"] for quote in copied} == {held["id"] for held in document["sets"][:2]}
    (nested,) = [quote for quote in document["quotes"] if quote["depth"] == 2]
    names = {speaker["id"]: speaker["name"] for speaker in document["speakers"]}
    chain = [[names[who] for who in level] for level in nested["attribution_chain"]]
    assert [level[0] for level in chain] == ["Priya Raman", "Port Authority of Nordhaven"]


def test_claims_and_what_is_held_of_them(document: Json) -> None:
    texts = {claim["id"]: claim["text"] for claim in document["claims"]}
    years = "The lamp of the lighthouse of Nordhaven was dark for three years."
    stances = {o["stance"] for o in document["claim_occurrences"] if texts[o["claim"]] == years}
    assert stances == {"reports", "denies"}
    reviews = [(texts[r["claim"]], r["verdict"], r["rating_text"]) for r in document["claim_reviews"]]
    cost = "Repairing the lighthouse of Nordhaven costs at most 80,000 crowns."
    assert reviews == [
        (years, "refuted", "False"),
        (cost, "mostly_supported", "Mostly true 👍"),
        (cost, "not_enough_evidence", "Unbelegt"),
    ]
    assert sorted(relation["type"] for relation in document["claim_relations"]) == [
        "contradicts",
        "refutes",
        "supports",
    ]
    assert {item["stance"] for item in document["evidence"]} == {"refutes", "supports"}  # the third is on no article


def test_the_public_sees_the_adjudicated_set_and_no_names(article: str, document: Json) -> None:
    seen = Client().get(f"/api/v1/articles/{article}/annotations/").json()
    assert [held["kind"] for held in seen["sets"]] == ["adjudicated"]
    assert seen["sets"][0]["parents"] == []
    assert len(seen["quotes"]) == sum(name == "seed" for name, *_ in EXPECTED)


def test_the_article_page_shows_it(article: str, document: Json, manager: Any) -> None:
    sets = "&".join(f"set={held['id']}" for held in document["sets"])
    page = Page(fetch(signed_in(manager.user), article, f"{sets}&layer=quotes"))
    assert page.texts == [("title", document["article"]["title"]), ("body", document["article"]["body"])]
    for quote in document["quotes"]:
        shown = page.covered(quote["id"])
        for piece in quote["content"]["fragments"]:
            assert any(s <= piece["start"] and piece["end"] <= e for _, s, e in shown)


def test_it_is_added_where_the_first_is_there_already(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a project that was seeded before there was a second."""
    monkeypatch.setattr(loading, "DATA", Only(SEED))
    assert article_count() == 1
    monkeypatch.undo()
    assert article_count() == 2
    assert article_count() == 2


class Only:
    """A folder with one file in it."""

    def __init__(self, path: Any) -> None:
        self.path = path

    def glob(self, pattern: str) -> list[Any]:
        return [self.path]


def article_count() -> int:
    call_command("seed")
    return int(Article.objects.count())
