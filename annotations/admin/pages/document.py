"""An article's annotation document, as the API gives it, made ready to be looked at: spans, words and links."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson
from django.urls import reverse

from annotations.highlighting import Mark, between, lanes, segments
from annotations.querysets.documents import article_document
from projects.roles import Caller

LAYERS = {"quotes": ("content", "cue"), "mentions": ("mention",), "claims": ("claim",), "evidence": ("evidence",)}
LANES = 16  # the style sheet draws so many; what lies deeper shares the last one, and the legend says so
SETS = 6  # as many colours as it has for sets laid over each other


@dataclass(frozen=True, slots=True)
class Shown:
    """A span in the text: whose it is, its mark, what hovering over it tells, and the page a click leads to."""

    pk: str
    mark: Mark
    kind: str
    part: str
    set: str
    note: str
    href: str


@dataclass
class Reading:
    """The document's lists, with what is looked up in them."""

    lists: dict[str, list[dict[str, Any]]]
    by_id: dict[str, dict[str, Any]] = field(init=False)
    pages: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.by_id = {item["id"]: item for items in self.lists.values() for item in items}
        models = {"content": "quote", "cue": "quote", "mention": "mention"}
        models |= {"claim": "claimoccurrence", "evidence": "evidence", "speaker": "speaker", "set": "annotationset"}
        nobody = UUID(int=0)
        self.pages = {
            kind: reverse(f"admin:annotations_{model}_change", args=[nobody]) for kind, model in models.items()
        }
        self.nobody = str(nobody)

    @property
    def article(self) -> dict[str, Any]:
        return self.lists["article"][0]

    def href(self, kind: str, pk: str) -> str:
        return self.pages[kind].replace(self.nobody, pk)

    def named(self, pk: str | None, column: str = "name") -> str | None:
        """The name of a speaker, the text of a claim."""
        return self.by_id[pk][column] if pk in self.by_id else None

    def shown(self) -> Iterator[Shown]:
        """All spans of all layers."""
        for quote in self.lists["quotes"]:
            told = self.of_quote(quote)
            yield self.span(quote, quote["content"], "content", f"Quote: {told}")
            if quote["cue"]:
                lemma = f" ({quote['cue_lemma']})" if quote["cue_lemma"] else ""
                yield self.span(quote, quote["cue"], "cue", f"Cue{lemma}: {told}")
        for mention in self.lists["mentions"]:
            who = self.named(mention["speaker"]) or "no speaker yet"
            note = f"Mention: {who}, {mention['kind']}, {status(mention)}"
            yield self.span(mention, mention["span"], "mention", note)
        for occurrence in self.lists["claim_occurrences"]:
            claim = self.named(occurrence["claim"], "text") or "not linked to a claim yet"
            note = f"Claim: {claim} ({occurrence['stance']}, {status(occurrence)})"
            yield self.span(occurrence, occurrence["span"], "claim", note)
        for item in self.lists["evidence"]:
            if item["span"]:
                note = f"Evidence: {item['stance']} the claim: {self.named(item['claim'], 'text')}"
                yield self.span(item, item["span"], "evidence", note)

    def of_quote(self, quote: dict[str, Any]) -> str:
        """Who is quoted, and what kind of quote it is, in one line."""
        return f"{speakers_of(quote) or 'nobody named'}, {words(quote['type'])}, {status(quote)}"

    def span(self, item: dict[str, Any], span: dict[str, Any], kind: str, note: str) -> Shown:
        pieces = tuple((piece["start"], piece["end"]) for piece in span["fragments"])
        href = self.href(kind, item["id"])
        return Shown(item["id"], Mark((kind, item["id"]), pieces), kind, span["part"], item["set"], note, href)


def read(article: Any, caller: Caller, *, set: UUID | None = None, every_revision: bool = False) -> Reading:
    """What the caller may see of an article. The number of queries does not depend on how much that is."""
    document = article_document(article.pk, caller, annotation_set=set, every_revision=every_revision)
    return Reading(orjson.loads(orjson.dumps(document.lists)))


def words(value: str) -> str:
    return value.replace("_", " ")


def status(item: dict[str, Any]) -> str:
    return str(item["review_status"])


def speakers_of(quote: dict[str, Any]) -> str:
    """Those quoted and who else has a part in it: "Sergei Lavrov; reporters (addressee)"."""
    found = []
    for source in quote["sources"]:
        name = source["speaker_name"] or (source["span"] or {}).get("exact") or "somebody"
        found.append(name if source["role"] == "source" else f"{name} ({source['role']})")
    return "; ".join(dict.fromkeys(found))


@dataclass(frozen=True, slots=True)
class Stretch:
    """A segment as the template shows it, all in strings: `css` styles the outermost mark on it, `inner` the others.
    `depth`: the lanes that it needs."""

    text: str
    start: str = ""
    end: str = ""
    css: str = ""
    inner: Sequence[str] = ()
    href: str = ""
    note: str = ""
    ids: str = ""
    depth: int = 0


def stretches(
    text: str, shown: Iterable[Shown], sets: list[str] | None = None, window: tuple[int, int] | None = None
) -> list[Stretch]:
    """The text in stretches, or of it what lies in the window. A click on one leads to the shortest span there.
    `sets`: those that differ in colour."""
    by_key = {one.mark.key: one for one in shown}
    marks = [one.mark for one in by_key.values()]
    lane = lanes(marks)
    css = {key: f"in-{one.kind} lane{min(lane[key], LANES - 1)}{colour(one.set, sets)}" for key, one in by_key.items()}
    found = []
    for segment in between(segments(text, marks), *(window or (0, len(text)))):
        if not segment.keys:
            found.append(Stretch(segment.text))
            continue
        covering = [by_key[key] for key in segment.keys]
        note = "\n".join(one.note for one in reversed(covering))
        ids = " ".join(dict.fromkeys(one.pk for one in covering))
        outermost, *inner = (css[key] for key in segment.keys)
        start, end, href = str(segment.start), str(segment.end), covering[-1].href
        depth = 1 + max(lane[key] for key in segment.keys)
        found.append(Stretch(segment.text, start, end, outermost, inner, href, note, ids, depth))
    return found


def colour(set: str, sets: list[str] | None) -> str:
    return f" set{sets.index(set) % SETS}" if sets else ""
