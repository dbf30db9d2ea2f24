"""A generated corpus with the shape of PolNeAR (Newell et al., LREC 2018), as annotation documents. Pure.

Per article: a median of 18 quotes and a mean of 24, at most 214; a text of some 190 characters a quote; 93 % of quotes
with a source, of which 6 % share another's mention; 15 % of contents in two pieces; 3 % of quotes nested. Emoji stand
in two articles of a hundred. The same seed gives the same corpus.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cache
from itertools import accumulate
from typing import Any

Json = dict[str, Any]
LARGEST, MEDIAN = 214, 18  # quotes; the first article of a corpus has as many as the first, the second as the other
SPREAD = 0.753  # of the logarithm: mean 23.9 at a median of 18
RARE = "zirconium"  # in the contents of 0.5 % of quotes
RARE_IN_TEXTS = "palladium"  # in 0.5 % of articles
RARE_IN_NAMES = "30"  # in 0.4 % of mentions, which name Speaker Number 30
TYPES = {"indirect": 73, "direct": 15, "mixed": 12}
STATUSES = {"unreviewed": 90, "approved": 8, "rejected": 2}
ANNOTATORS = tuple(f"annotator {name}" for name in ("A", "B", "C", "D", "E"))
CUES = ("said", "told reporters", "claimed", "added", "believes", "denied", "wrote", "announced")
SPEAKERS = 400  # named ones, known all over the corpus


@cache
def words() -> tuple[list[str], list[float]]:
    """A vocabulary, and how often each of it is used: after Zipf."""
    chance = random.Random("words")
    syllables = [first + second for first in "bdfgklmnprstv" for second in ("a", "e", "i", "o", "u", "an", "er", "os")]
    found = list(dict.fromkeys("".join(chance.choices(syllables, k=chance.choice((1, 2, 2, 3)))) for _ in range(5000)))
    return found, list(accumulate(1 / (rank + 3) for rank in range(len(found))))


def documents(count: int, seed: str = "corpus") -> Iterator[Json]:
    for number in range(count):
        yield document(f"{seed}-{number}", size_of(number), RARE_IN_TEXTS if number % 200 == 7 else "")


def size_of(number: int) -> int | None:
    """How many quotes an article has, where that is no matter of chance."""
    return {0: LARGEST, 1: MEDIAN}.get(number)


def document(name: str, quotes: int | None = None, word: str = "") -> Json:
    """One article with its annotations. `word`: one that stands in its text besides."""
    return _Writing(name, quotes).document(word)


def named_id(kind: int, number: int) -> str:
    """What all documents call the same thing, as those of an export do: in one call it is one object."""
    return f"00000000-0000-7000-8000-{kind:04x}{number:08x}"


def without_annotations(sent: Json) -> Json:
    return {"article": {name: value for name, value in sent["article"].items() if name != "publisher"}}


def spans_in(sent: Json) -> int:
    """How many spans a document holds: contents, cues, mentions, occurrences."""
    contents = sum(1 + ("cue" in quote) for quote in sent.get("quotes", ()))
    return contents + len(sent.get("mentions", ())) + len(sent.get("claim_occurrences", ()))


def annotations_in(sent: Json) -> int:
    return sum(len(sent.get(kind, ())) for kind in ("quotes", "mentions", "claim_occurrences"))


class _Writing:
    """One article while it is written: its text so far, and where things stand in it."""

    def __init__(self, name: str, quotes: int | None) -> None:
        self.name, self.chance = name, random.Random(name)
        drawn = round(self.chance.lognormvariate(2.89, SPREAD))
        self.count = min(LARGEST - 1, drawn) if quotes is None else quotes
        self.text: list[str] = []
        self.length = 0
        self.emoji = self.chance.random() < 0.02
        self.speakers: dict[str, Json] = {}
        self.mentions: list[Json] = []
        self.quotes: list[Json] = []
        self.occurrences: list[Json] = []

    def document(self, word: str) -> Json:
        self.put(f"{word} " if word else "")
        self.filler(12)
        for _ in range(self.count):
            self.quote()
            self.filler(9)
        found: Json = {"article": self.article(), "publishers": [self.publisher()], "sets": [self.set()]}
        found |= {"speakers": list(self.speakers.values()), "mentions": self.mentions, "quotes": self.quotes}
        return found | {"claim_occurrences": self.occurrences}

    def article(self) -> Json:
        return {
            "key": "article",
            "external_id": self.name,
            "title": self.some(8).capitalize(),
            "body": "".join(self.text),
            "language": self.chance.choice(("en", "en", "en", "de")),
            "publisher": "#publisher",
            "byline": self.some(2).title(),
            "published_on": f"20{self.chance.randint(10, 25)}-{self.chance.randint(1, 12):02}-01",
            "url": f"https://news.example/{self.name}",
        }

    def publisher(self) -> Json:
        number = self.chance.randrange(7)
        return {
            "key": "publisher",
            "id": named_id(2, number),
            "name": f"Paper {number}",
            "domain": f"paper{number}.example",
        }

    def set(self) -> Json:
        annotator = {"kind": "human", "name": self.chance.choice(ANNOTATORS)}
        return {"key": "set", "kind": "imported", "annotator": annotator, "label": "corpus"}

    # ---- text ----

    def some(self, count: int) -> str:
        found, weights = words()
        return " ".join(self.chance.choices(found, cum_weights=weights, k=count))

    def put(self, text: str) -> Json:
        """Writes the text, and gives its place."""
        start, self.length = self.length, self.length + len(text)
        self.text.append(text)
        return {"start": start, "end": self.length, "exact": text}

    def filler(self, most: int) -> None:
        for _ in range(self.chance.randint(0, 3)):
            self.put(self.some(self.chance.randint(3, most)).capitalize() + (" 🗞️. " if self.emoji else ". "))

    # ---- annotations ----

    def quote(self) -> None:
        length = max(3, round(self.chance.gauss(16, 8)))
        text = self.some(length) + (f" {RARE}" if self.chance.random() < 0.005 else "")
        split = self.chance.random() < 0.15 and length > 6
        at = text.index(" ", len(text) // 2) if split and " " in text[len(text) // 2 :] else len(text)
        pieces = [self.put(text[:at])] if at < len(text) else []
        self.put(", " if pieces else "")
        sources = [self.source()] if self.chance.random() < 0.93 else []
        self.put(" ")
        cue = self.put(self.chance.choice(CUES)) if self.chance.random() < 0.99 else None
        self.put(" ")
        pieces.append(self.put(text[at:].strip() if at < len(text) else text))
        self.put(". ")
        self.add_quote({"fragments": pieces} if len(pieces) > 1 else pieces[0], cue, sources)

    def add_quote(self, content: Json, cue: Json | None, sources: list[Json]) -> None:
        number = len(self.quotes)
        quote: Json = {"key": f"q{number}", "content": content, "sources": sources, "type": self.drawn(TYPES)}
        quote["review_status"] = self.drawn(STATUSES)
        if cue:
            quote |= {"cue": cue, "cue_lemma": cue["exact"]}
        if number and self.chance.random() < 0.03:
            quote["parent"] = f"#q{self.chance.randrange(number)}" if number < 8 else "#q0"
        if self.chance.random() < 0.01:
            quote["tags"] = ["check"]
        self.quotes.append(quote)
        if self.chance.random() < 0.08 and "fragments" not in content:
            self.occurrences.append({"span": content, "quote": f"#q{number}", "stance": "reports"})

    def source(self) -> Json:
        if self.mentions and self.chance.random() < 0.06:
            self.put("it")
            return {"mention": self.chance.choice(self.mentions)["key"].join(("#", ""))}
        speaker = self.speaker()
        key = f"m{len(self.mentions)}"
        name = speaker["name"]
        kind = "named" if speaker["is_named"] else "nominal"
        mention = {"key": key, "span": self.put(name), "kind": kind, "speaker": f"#{speaker['key']}"}
        self.mentions.append(mention)
        return {"mention": f"#{key}"}

    def speaker(self) -> Json:
        """A person known all over the corpus (the first one in 5 % of cases), or one of this article's."""
        if self.chance.random() < 0.2:
            name = f"an official {len(self.speakers)}"
            made: Json = {"key": f"s{len(self.speakers)}", "name": name, "is_named": False}
        else:
            number = int(SPEAKERS * self.chance.random() ** 2)
            made = {"key": f"p{number}", "name": f"Speaker Number {number}", "is_named": True}
            made["id"] = named_id(1, number)
        return self.speakers.setdefault(made["key"], made)

    def drawn(self, weights: dict[str, int]) -> str:
        return self.chance.choices(list(weights), weights=list(weights.values()))[0]
