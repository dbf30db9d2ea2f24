"""From documents to one DataFeed. Reviews are written last, when all that is said of their claims is known; until then
they and it are kept on disk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from annotations.formats.base import Json, Options, count
from annotations.formats.claimreview.terms import CONTEXT, PEOPLE, URN
from annotations.formats.identities import Identities
from annotations.formats.report import Report, Where

APPEARANCES = 20  # of a claim, at the most
LEFT_OUT = ("sets", "mentions", "quotes", "claim_relations", "evidence")


def write(head: Json, documents: Iterable[Json], report: Report, options: Options) -> Iterator[bytes]:
    opening = {"@context": CONTEXT, "@type": "DataFeed", "name": str(head.get("project", ""))}
    yield orjson.dumps(opening)[:-1] + b',"dataFeedElement":['
    kept = Kept()
    try:
        for document in documents:
            count(report, document)
            kept.keep(document)
        tell_rest(report)
        for number, review in enumerate(kept.reviews()):
            found = claim_review(review, kept, report)
            yield (b",\n" if number else b"\n") + orjson.dumps({"@type": "DataFeedItem", "item": found})
    finally:
        kept.close()
    yield b"\n]}\n"


def tell_rest(report: Report) -> None:
    for name in LEFT_OUT:
        if number := report.counts[name]:
            detail = f"{number} {name} were left out: the feed has reviews, and their claims, alone."
            report.refuse("not-a-review", detail, Where(name))


class Kept(Identities):
    """Reviews in their order, and where each claim occurs."""

    def __init__(self) -> None:
        super().__init__()
        self.store.execute("CREATE TABLE review (id TEXT PRIMARY KEY, told BLOB)")
        self.store.execute("CREATE TABLE occurrence (claim TEXT, day TEXT, told BLOB)")
        self.store.execute("CREATE INDEX by_claim ON occurrence (claim, day)")

    def keep(self, document: Json) -> None:
        super().keep(document)
        reviews = [(item["id"], orjson.dumps(item)) for item in document.get("claim_reviews") or ()]
        self.store.executemany("INSERT OR IGNORE INTO review VALUES (?, ?)", reviews)
        article = document.get("article") or {}
        facts = {name: article.get(name) for name in ("url", "title", "published_on", "language")}
        occurrences = [
            (item["claim"], facts["published_on"] or "9999", orjson.dumps({"authors": authors_in(item), **facts}))
            for item in document.get("claim_occurrences") or ()
            if item.get("claim")
        ]
        self.store.executemany("INSERT INTO occurrence VALUES (?, ?, ?)", occurrences)

    def reviews(self) -> Iterator[Json]:
        for (told,) in self.store.execute("SELECT told FROM review ORDER BY rowid"):
            yield orjson.loads(told)

    def occurrences(self, claim: str) -> list[Json]:
        """The earliest ones of a claim."""
        asked = "SELECT told FROM occurrence WHERE claim = ? ORDER BY day, rowid LIMIT ?"
        return [orjson.loads(told) for (told,) in self.store.execute(asked, (claim, APPEARANCES))]


def authors_in(occurrence: Json) -> list[str]:
    """The speakers who made the claim there: who denies it did not."""
    if occurrence.get("stance") == "denies":
        return []
    return [claimant["speaker"] for claimant in occurrence.get("claimants") or () if claimant.get("speaker")]


def claim_review(review: Json, kept: Kept, report: Report) -> Json:
    claim = kept.get("claims", str(review["claim"])) or {}
    if not claim:
        report.notice("claim-missing", "The review's claim is not part of the export.", Where(str(review.get("id"))))
    found = {
        "@type": "ClaimReview",
        "@id": f"{URN}{review['id']}",
        "url": review["url"],
        "name": review.get("title"),
        "claimReviewed": claim.get("text"),
        "inLanguage": claim.get("language"),
        "datePublished": review.get("reviewed_on"),
        "author": publisher_of(review),
        "reviewRating": rating_of(review),
        "itemReviewed": claim_of(review["claim"], claim, kept),
        "verdict": review.get("verdict"),
    }
    return without_nothing(found)


def publisher_of(review: Json) -> Json | None:
    found = without_nothing({"name": review.get("author_name"), "url": review.get("author_url")})
    return {"@type": "Organization", **found} if found else None


def rating_of(review: Json) -> Json:
    found = {
        "@type": "Rating",
        "alternateName": review["rating_text"],
        "ratingValue": review.get("rating_value"),
        "worstRating": review.get("rating_worst"),
        "bestRating": review.get("rating_best"),
        "ratingExplanation": review.get("explanation"),
    }
    return without_nothing(found)


def claim_of(id: Any, claim: Json, kept: Kept) -> Json:
    occurrences = kept.occurrences(str(id))
    speakers = dict.fromkeys(speaker for told in occurrences for speaker in told["authors"])
    known = [speaker for key in speakers if (speaker := kept.get("speakers", key))]
    works = list({told["url"]: work_of(told) for told in occurrences if told["url"]}.values())
    days = [told["published_on"] for told in occurrences if told["published_on"]]
    found = {
        "@type": "Claim",
        "@id": f"{URN}{id}",
        "text": claim.get("text"),
        "author": [author_of(speaker) for speaker in known],
        "datePublished": min(days, default=None),
        "firstAppearance": works[0] if works else None,
        "appearance": works[1:],
    }
    return without_nothing(found)


def author_of(speaker: Json) -> Json:
    kind = PEOPLE.get(speaker.get("kind", ""), "Organization")
    qid = speaker.get("wikidata_qid")
    same = f"https://www.wikidata.org/entity/{qid}" if qid else None
    return without_nothing({"@type": kind, "name": speaker.get("name"), "sameAs": same})


def work_of(told: Json) -> Json:
    facts = {"headline": told["title"], "datePublished": told["published_on"], "inLanguage": told["language"]}
    return without_nothing({"@type": "NewsArticle", "url": told["url"], **facts})


def without_nothing(found: Json) -> Json:
    return {name: value for name, value in found.items() if value not in (None, "", [])}
