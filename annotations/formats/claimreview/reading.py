"""From reviews to documents of claims and reviews."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from math import isfinite
from typing import Any, Final

from annotations.formats.base import CLAIM_MAX, LABEL_MAX, NOTE_MAX, TITLE_MAX, Json, Options, Read, count, stable_id
from annotations.formats.claimreview.terms import plain_id, types_of
from annotations.formats.files import Files
from annotations.formats.objects import objects_in
from annotations.formats.report import Report, Where
from annotations.formats.shapes import is_url, listed, mapping, text
from annotations.formats.words import VERDICTS

ARRAYS: Final = frozenset({"@graph", "dataFeedElement", "itemListElement"})
TOGETHER: Final = 500
DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.A)
LANGUAGE: Final = re.compile(r"(?=.{2,35}$)[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", re.A)


def read(files: Files, report: Report, options: Options) -> Iterator[Read]:
    for file in files.values():
        reading = Reading(report, options)
        for found, where in objects_in(file, report, is_node, ARRAYS):
            for review in reviews_in(found, where, report):
                reading.take(review, where)
            if len(reading.reviews) >= TOGETHER:
                yield from reading.drain()
        yield from reading.drain()


def is_node(found: Json) -> bool:
    return bool(types_of(found)) or "item" in found


def reviews_in(found: Any, where: Where, report: Report, depth: int = 0) -> Iterator[Json]:
    """The reviews of a node: itself, or what an item of a feed or list, or a graph, holds."""
    if "ClaimReview" in types_of(found):
        yield found
        return
    inner = [item for name in ("item", "@graph", *ARRAYS) for item in listed(mapping(found).get(name))]
    if not inner or depth > 5:
        detail = "This is no ClaimReview, and holds none."
        report.refuse("not-one-of-these", detail, where, ", ".join(sorted(types_of(found))))
    for item in inner if depth <= 5 else ():
        yield from reviews_in(item, where, report, depth + 1)


class Reading:
    """Claims and reviews that wait until there are enough for a document."""

    def __init__(self, report: Report, options: Options) -> None:
        self.report = report
        told = mapping(options.mapping.get("verdicts"))
        self.verdicts = {str(word).lower(): verdict for word, verdict in told.items() if verdict in VERDICTS}
        self.claims: dict[str, Json] = {}
        self.reviews: dict[str, Json] = {}
        self.since: Where | None = None

    def drain(self) -> Iterator[Read]:
        if self.since is not None:
            document = {"claims": list(self.claims.values()), "claim_reviews": list(self.reviews.values())}
            count(self.report, document)
            yield Read(document, self.since)
        self.claims, self.reviews, self.since = {}, {}, None

    def take(self, found: Json, where: Where) -> None:
        claim, review = self.claim(found), self.review(found, where)
        values = {"claimReviewed": claim["text"], "reviewRating": review["rating_text"], "url": review["url"]}
        if missing := [name for name, value in values.items() if not value]:
            detail = f"A ClaimReview needs {', '.join(missing)}."
            self.report.refuse("key-missing", detail, where, claim["text"] or str(found.get("url"))[:200])
            return
        self.tell_lost(found, where)
        review["claim"] = claim["id"]
        review["id"] = plain_id(found) or stable_id(
            "review", f"{claim['id']}\0{review['url']}\0{review['rating_text']}"
        )
        if review["id"] in self.reviews:
            self.report.notice("review-repeated", "This review is there already.", where, review["url"])
        self.claims.setdefault(claim["id"], claim)
        self.reviews.setdefault(review["id"], review)
        self.since = self.since or where

    def claim(self, found: Json) -> Json:
        item = next(iter(listed(found.get("itemReviewed"))), None)
        words = text(found.get("claimReviewed"), CLAIM_MAX) or text(mapping(item).get("text"), CLAIM_MAX)
        claim: Json = {"text": words}
        told = found.get("inLanguage")
        language = text(
            mapping(told).get("alternateName") or mapping(told).get("name") if isinstance(told, dict) else told
        )
        if LANGUAGE.fullmatch(language):
            claim["language"] = language
        own = plain_id(item) if "Claim" in types_of(item) else None
        return {"id": own or stable_id("claim", f"{claim.get('language')}\0{words}"), **claim}

    def review(self, found: Json, where: Where) -> Json:
        author = next(iter(listed(found.get("author"))), None)
        rating = mapping(next(iter(listed(found.get("reviewRating"))), None))
        value = rating.get("ratingValue")
        word = next(filter(None, (text(rating.get(name), LABEL_MAX) for name in ("alternateName", "name"))), None)
        word = word or (str(value)[:LABEL_MAX] if isinstance(value, str | int | float) else "")
        review: Json = {
            "author_name": text(author if isinstance(author, str) else mapping(author).get("name"), LABEL_MAX),
            "url": url_of(found.get("url")) or url_of(found.get("mainEntityOfPage")),
            "title": text(found.get("name") or found.get("headline"), TITLE_MAX),
            "rating_text": word,
            "explanation": text(rating.get("ratingExplanation") or found.get("reviewBody"), NOTE_MAX),
        }
        parsed = {
            "author_url": (mapping(author).get("url"), url_of),
            "reviewed_on": (found.get("datePublished"), day_of),
            "rating_value": (None if value == word and number_of(value) is None else value, number_of),
            "rating_worst": (rating.get("worstRating"), number_of),
            "rating_best": (rating.get("bestRating"), number_of),
        }
        for name, (given, parse) in parsed.items():
            review[name] = parse(given)
            if given is not None and review[name] is None:
                self.report.notice("value-not-kept", f"This is no value of `{name}`.", where, str(given)[:200])
        told = found.get("verdict")
        verdict = told if isinstance(told, str) and told in VERDICTS else self.verdicts.get(word.lower())
        return review | ({"verdict": verdict} if verdict else {})

    def tell_lost(self, found: Json, where: Where) -> None:
        for item in map(mapping, listed(found.get("itemReviewed"))):
            for name, code in (("author", "claimant-not-kept"), ("appearance", "appearance-not-kept")):
                if item.get(name) or (name == "appearance" and item.get("firstAppearance")):
                    detail = "Of a claim without an occurrence in an article there is no place for it."
                    self.report.refuse(code, detail, where, str(item.get(name) or item.get("firstAppearance"))[:200])


def url_of(found: Any) -> str | None:
    told = found.get("@id") or found.get("url") if isinstance(found, dict) else found
    return told if isinstance(told, str) and is_url(told) else None


def day_of(found: Any) -> str | None:
    """The day of a date or a time."""
    told = DAY.match(found) if isinstance(found, str) else None
    try:
        return date.fromisoformat(told[0]).isoformat() if told else None
    except ValueError:
        return None


def number_of(found: Any) -> float | None:
    try:
        number = float(found) if isinstance(found, str | int | float) and not isinstance(found, bool) else None
    except (ValueError, OverflowError):
        return None
    return number if number is not None and isfinite(number) else None
