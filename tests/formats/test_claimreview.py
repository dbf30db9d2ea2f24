"""ClaimReview: ours has the keys that schema.org and its readers ask for, and comes back."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from annotations.formats import FORMATS, Options, Report
from annotations.formats.claimreview.terms import REQUIRED
from tests.formats.fuzz import fuzz
from tests.formats.samples import id_of, made_up, read_back, seed, written

CASES = Path(__file__).parent / "cases/claimreview"
REVIEW = {
    "url": "https://check.example/1",
    "author_name": "Check",
    "author_url": "https://check.example/",
    "title": "Is it?",
    "reviewed_on": "2026-02-03",
    "rating_text": "False",
    "rating_value": 1.0,
    "rating_worst": 1.0,
    "rating_best": 5.0,
    "explanation": "No.",
    "verdict": "refuted",
}


def reviewed(number: int = 500, **changed: Any) -> dict[str, Any]:
    return {"claim_reviews": [{"id": id_of(number), "claim": id_of(40), **REVIEW, **changed}]}


def feed(*given: Any) -> list[Any]:
    found = json.loads(written("claimreview", given)[0])
    assert found["@type"] == "DataFeed"
    assert found["@context"][0] == "https://schema.org"
    return [element["item"] for element in found["dataFeedElement"]]


def test_claims_and_reviews_come_back():
    document = made_up()
    del document["claim_reviews"]
    apart = {"claims": document.pop("claims")}
    data, _ = written("claimreview", [apart, document, reviewed(), reviewed(501, url="https://check.example/2")])
    (back,), report = read_back("claimreview", data)
    assert back["claims"] == [{"id": id_of(40), "text": "They stay.", "language": "en"}]
    assert [review["id"] for review in back["claim_reviews"]] == [id_of(500), id_of(501)]
    for review in back["claim_reviews"]:
        assert {name: review[name] for name in REVIEW if name != "url"} == {n: REVIEW[n] for n in REVIEW if n != "url"}
        assert review["claim"] == id_of(40)
    assert report.codes["refused"] == {"claimant-not-kept": 2, "appearance-not-kept": 2}


def test_what_is_no_review_is_told():
    _, report = written("claimreview", [made_up(), reviewed()])
    told = {item["file"]: item["detail"].split()[0] for item in report.items if item["code"] == "not-a-review"}
    assert told == {"sets": "2", "mentions": "5", "quotes": "6", "claim_relations": "1", "evidence": "1"}


def test_required_keys_claimants_and_appearances():
    first, *_ = feed(seed(), made_up(), reviewed())
    assert all(first[name] for name in REQUIRED)
    assert first["reviewRating"]["@type"] == "Rating"
    (item,) = [found for found in feed(made_up(), reviewed()) if found["@id"].endswith("500")]
    claim = item["itemReviewed"]
    assert (claim["@type"], claim["author"]) == ("Claim", [{"@type": "Person", "name": "Anna 👩‍🚀"}])
    assert claim["firstAppearance"]["url"] == made_up()["article"]["url"]
    assert item["author"] == {"@type": "Organization", "name": "Check", "url": "https://check.example/"}


def test_who_denies_a_claim_is_not_its_author():
    document = made_up()
    document["claim_occurrences"] = [{**one, "stance": "denies"} for one in document["claim_occurrences"]]
    (item,) = [found for found in feed(document, reviewed()) if found["@id"].endswith("500")]
    assert "author" not in item["itemReviewed"]
    assert item["itemReviewed"]["firstAppearance"]["url"] == document["article"]["url"]


def test_the_first_appearance_is_the_earliest_of_however_many():
    """Articles come in the order of making, which says nothing of when they were published."""
    claims = {"claims": [{"id": id_of(40), "text": "They stay."}]}
    days = [f"2026-03-{day:02}" for day in range(30, 0, -1)]
    articles = [
        {
            "article": {"url": f"https://news.example/{day}", "title": day, "published_on": day},
            "claim_occurrences": [{"id": id_of(600 + n), "claim": id_of(40), "stance": "affirms"}],
        }
        for n, day in enumerate(days)
    ]
    (item,) = feed(claims, *articles, reviewed())
    assert item["itemReviewed"]["firstAppearance"]["url"] == "https://news.example/2026-03-01"
    assert item["itemReviewed"]["datePublished"] == "2026-03-01"
    assert len(item["itemReviewed"]["appearance"]) == 19


def test_a_review_whose_claim_is_not_there_is_written_and_told():
    data, report = written("claimreview", [reviewed()])
    assert len(json.loads(data)["dataFeedElement"]) == 1
    assert list(report.codes["noticed"]) == ["claim-missing"]


def test_without_reviews_it_is_an_empty_feed():
    assert feed(seed()) == []


@pytest.mark.parametrize("missing", REQUIRED)
def test_what_lacks_a_required_key_is_refused(missing: str):
    (item,) = feed({"claims": made_up()["claims"]}, reviewed())
    del item[missing]
    item["itemReviewed"].pop("text")
    back, report = read_back("claimreview", json.dumps(item).encode())
    assert back == []
    assert [(found["code"], missing in found["detail"]) for found in report.items] == [("key-missing", True)]


def test_memory_does_not_grow_with_the_number_of_reviews():
    write, read = FORMATS["claimreview"].write, FORMATS["claimreview"].read
    assert write
    assert read

    def peak(number: int) -> int:
        given = (
            reviewed(n, explanation="x" * 2_000, url=f"https://check.example/{n}") for n in range(1_000, 1_000 + number)
        )
        tracemalloc.start()
        for _ in write({}, given, Report(), Options()):
            pass
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    assert peak(3_000) < peak(300) + 1_500_000


def test_fuzz():
    seeds = [(CASES / "feed/data.json").read_bytes(), (CASES / "page/graph.json").read_bytes()]
    fuzz("claimreview", [*seeds, written("claimreview", [made_up()])[0]])
