"""How far the annotators of a project agree on who said what.

    python agreement.py PROJECT [--open] [ANNOTATOR ...]

Every two sets on the same revision of an article are compared, quote by quote. A quote that is missing in a set is a
disagreement only if the set is finished: so open ones are left out and counted, unless `--open` says that they are
finished all the same (imported sets, say). Sets of machines, and adjudicated ones, are compared only by name.

- `exact`: F1 of quotes whose contents are the same characters. Whichever of the two is called right, F1 is the same.
- `overlap`: F1 of quotes whose contents share a character, each matched once, the longest overlaps first.
- `kappa`: Cohen's, on the type of the quotes matched so. `sources`: the share of these that have the same sources, by
  speaker, or by the words where there is no speaker yet.
- `alpha`: Krippendorff's, nominal, over all annotators, per token (a word or a punctuation mark): source, cue, content
  or none of them in a quote that is in no other quote; one number cannot see nesting. The narrower mark wins.

A coefficient that is undefined, since there is nothing to compare or nobody ever chose another label, is `-`.
PROJECT is an id. Needs pandas.
"""

import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from uuid import UUID

import pandas as pd
from onrecord_client import Client
from onrecord_client.models import AnnotationSet, Quote, Span

Chars = frozenset[tuple[str, int]]  # the characters of a span: part of the text and position
TOKEN = re.compile(r"\w+|[^\w\s]")


def chars(*spans: Span | None) -> Chars:
    pieces = [(span.part, piece) for span in spans if span for piece in span.fragments]
    return frozenset((part, n) for part, piece in pieces for n in range(piece.start, piece.end))


@dataclass(eq=False)
class Marked:
    """A quote as it is compared."""

    content: Chars
    cue: Chars = frozenset()
    source: Chars = frozenset()
    type: str = "unspecified"
    sources: frozenset[str] = frozenset()
    outermost: bool = True

    @classmethod
    def of(cls, quote: Quote) -> "Marked":
        said_by = [source for source in quote.sources if source.role == "source"]
        mentions = chars(*(source.span for source in said_by))
        names = frozenset(str(source.speaker or (source.span and source.span.exact)) for source in said_by)
        return cls(chars(quote.content), chars(quote.cue), mentions, quote.type_, names, quote.parent is None)


@dataclass
class Text:
    """One revision of an article, and what each annotator marked in it."""

    title: str
    body: str
    by: dict[str, list[Marked]] = field(default_factory=dict)


def matched(ours: Sequence[Marked], theirs: Sequence[Marked]) -> list[tuple[Marked, Marked]]:
    """Pairs of quotes that overlap, each quote in one at most."""
    pairs = [(len(a.content & b.content), n, m) for n, a in enumerate(ours) for m, b in enumerate(theirs)]
    found, left, right = [], set(range(len(ours))), set(range(len(theirs)))
    for _, n, m in sorted((pair for pair in pairs if pair[0]), key=lambda pair: (-pair[0], pair[1:])):
        if n in left and m in right:
            left.remove(n)
            right.remove(m)
            found.append((ours[n], theirs[m]))
    return found


def f1(both: int, ours: int, theirs: int) -> float | None:
    return 2 * both / (ours + theirs) if ours + theirs else None


def kappa(pairs: Sequence[tuple[str, str]]) -> float | None:
    """Cohen (1960): agreement beyond what the two annotators' own shares of labels make likely."""
    ours, theirs = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    chance = sum(ours[label] * theirs[label] for label in ours)  # times the square of the number of pairs
    if chance == len(pairs) ** 2:
        return None
    observed, expected = sum(a == b for a, b in pairs) / len(pairs), chance / len(pairs) ** 2
    return (observed - expected) / (1 - expected)


def alpha(units: Iterable[Sequence[str]]) -> float | None:
    """Krippendorff (2011), nominal: one minus the disagreement within units over that among all their labels."""
    totals, within = Counter[str](), 0.0
    for labels in units:
        if len(labels) > 1:
            counts = Counter(labels)
            totals += counts
            within += (len(labels) ** 2 - sum(n * n for n in counts.values())) / (len(labels) - 1)
    everything = totals.total()
    among = everything**2 - sum(n * n for n in totals.values())
    return 1 - (everything - 1) * within / among if among else None


def labels(text: Text) -> Iterator[list[str]]:
    """Of each token its label by each annotator."""
    marks: list[dict[tuple[str, int], str]] = []
    for quotes in text.by.values():
        mark: dict[tuple[str, int], str] = {}
        marks.append(mark)
        for kind in ("content", "cue", "source"):  # the later one wins
            for quote in quotes:
                if quote.outermost:
                    mark |= dict.fromkeys(getattr(quote, kind), kind)
    for part in ("title", "body"):
        for token in TOKEN.finditer(getattr(text, part)):
            yield [mark.get((part, token.start()), "none") for mark in marks]


def compared(texts: Iterable[Text]) -> Iterator[dict[str, str | int]]:
    """A row for every two annotators."""
    together: dict[tuple[str, str], list[Text]] = defaultdict(list)
    for text in texts:
        for pair in combinations(sorted(text.by), 2):
            together[pair].append(text)
    for (one, other), shared in sorted(together.items()):
        sides = [(text.by[one], text.by[other]) for text in shared]
        pairs = [pair for side in sides for pair in matched(*side)]
        same = [Counter(a.content for a in ours) & Counter(b.content for b in theirs) for ours, theirs in sides]
        counts = sum(len(ours) for ours, _ in sides), sum(len(theirs) for _, theirs in sides)
        agreed = sum(a.sources == b.sources for a, b in pairs)
        yield {
            "annotators": f"{one}, {other}",
            "articles": len(shared),
            "quotes": "{}, {}".format(*counts),
            "exact": shown(f1(sum(found.total() for found in same), *counts)),
            "overlap": shown(f1(len(pairs), *counts)),
            "matched": len(pairs),
            "kappa": shown(kappa([(a.type, b.type) for a, b in pairs])),
            "sources": shown(agreed / len(pairs) if pairs else None),
        }


def shown(number: float | None) -> str:
    return "-" if number is None else f"{number:.3f}"


def name_of(held: AnnotationSet) -> str:
    """What tells it from the other sets on its revision."""
    kind = "" if held.kind == "individual" else f"({held.kind})"
    return " ".join(word for word in (held.annotator.name, held.annotator.version, held.label, kind) if word)


def load(client: Client, project: str, chosen: Sequence[AnnotationSet]) -> list[Text]:
    """The texts that several of the sets are on."""
    on: dict[tuple[str, int], list[AnnotationSet]] = defaultdict(list)
    for held in chosen:
        on[str(held.article), held.revision].append(held)
    texts: list[Text] = []
    places: dict[UUID, list[Marked]] = {}  # where the quotes of each set go
    for (article, number), several in on.items():
        if len(several) > 1:
            revision = client.get_article_revision(article, number)
            texts.append(Text(revision.title, revision.body, {name_of(held): [] for held in several}))
            places |= {held.id: texts[-1].by[name_of(held)] for held in several}
    for quote in client.list_quotes(project=project, page_size=1000) if places else ():
        if quote.set_ in places:
            places[quote.set_].append(Marked.of(quote))
    return texts


def main(project: str, *wanted: str) -> None:
    names = [name for name in wanted if name != "--open"]
    with Client() as client:
        sets = list(client.list_annotation_sets(project=project, page_size=1000))
        sets = [s for s in sets if (s.annotator.name in names if names else s.kind in ("individual", "imported"))]
        finished = [s for s in sets if s.status != "open" or "--open" in wanted]
        texts = load(client, project, finished)
    print(f"{len(finished)} finished sets; {len(sets) - len(finished)} open ones left out.")
    if rows := list(compared(texts)):
        print(pd.DataFrame(rows).to_string(index=False))
    tokens = [unit for text in texts for unit in labels(text)]
    print(f"alpha {shown(alpha(tokens))}, over {len(tokens)} tokens of {len(texts)} texts with several sets.")


if __name__ == "__main__":
    main(*sys.argv[1:])
