"""An annotator in the style of a language model: it knows only quoted strings, and the server finds where they are.

    python annotate.py ARTICLE

A model gives words, never reliable offsets. So nothing here counts characters: quote, cue and speaker are sent as they
were said, and the server finds them, or says that they are not in the text (then the model made them up), or that they
are there more than once, with the places; then the one that follows the last quote is taken.

`suggest` stands where you would ask a model. It finds “…” and "…" with a verb of speech and a name beside them.
"""

import re
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

from onrecord_client import Client, Invalid
from onrecord_client.models import (
    AnnotationSetRequest,
    AnnotatorRequest,
    Fault,
    Quote,
    QuoteRequest,
    SourceRequest,
    SpanRequest,
)


@dataclass
class Suggestion:
    """What a model says: strings."""

    quote: str
    cue: str
    speaker: str


WORD = r"[A-Z][\w'’-]*\w|[A-Z]\."
NAME = rf"(?:{WORD})(?: (?:{WORD}))*|[Hh]e|[Ss]he|[Tt]hey"
VERB = r"said|says|told|added|asked|argued|warned|wrote|insisted|claimed|promised"
QUOTED = r"[“\"](?P<quote>[^”\"]+)[”\"]"
AFTER = re.compile(rf"{QUOTED},? (?:(?P<speaker>{NAME}) (?P<cue>{VERB})|(?P<cue2>{VERB}) (?P<speaker2>{NAME}))")
BEFORE = re.compile(rf"(?P<speaker>{NAME}) (?P<cue>{VERB})[^.“\"]*?[,:]? {QUOTED}")


def suggest(text: str) -> Iterator[Suggestion]:
    for pattern in (AFTER, BEFORE):
        for match in pattern.finditer(text):
            found = match.groupdict()
            cue, speaker = found["cue"] or found["cue2"], found["speaker"] or found["speaker2"]
            yield Suggestion(found["quote"].rstrip(","), cue, speaker)


def annotate(client: Client, article: str, suggestions: Iterable[Suggestion]) -> Iterator[Quote | Suggestion]:
    """The quotes that were made; and, as they came, the suggestions whose words are not in the text."""
    by = AnnotatorRequest(kind="rule", name="example-annotator", version="1")
    request = AnnotationSetRequest(article=UUID(article), kind="machine", annotator=by)
    own = client.create_annotation_set(request)
    last = 0
    for suggestion in suggestions:
        made = place(client, own.id, article, suggestion, last)
        if made:
            last = made.content.end
        yield made or suggestion


def place(client: Client, own: UUID, article: str, said: Suggestion, after: int) -> Quote | None:
    spans = {"/content": said.quote, "/cue": said.cue, "/sources/0/span": said.speaker}
    found = {pointer: SpanRequest(exact=exact) for pointer, exact in spans.items()}
    for _ in range(len(spans)):  # each answer names every span that is not clear yet, so two tries are enough
        try:
            return client.create_quote(
                QuoteRequest(
                    article=UUID(article),
                    set_=own,
                    content=found["/content"],
                    cue=found["/cue"],
                    sources=[SourceRequest(span=found["/sources/0/span"])],
                )
            )
        except Invalid as refused:
            if not all(fault.code == "quote-ambiguous" for fault in refused.faults):
                return None
            for fault in refused.faults:
                pointer = fault.pointer.removesuffix("/exact")
                found[pointer] = chosen(fault, spans[pointer], after)
    return None


def chosen(fault: Fault, exact: str, after: int) -> SpanRequest:
    """Of several places the first that follows what was placed before; else the last."""
    candidates = fault.additional_properties["candidates"]
    here = next((place for place in candidates if place["start"] >= after), candidates[-1])
    return SpanRequest(start=here["start"], end=here["end"], exact=exact)


def main(article: str, model: Callable[[str], Iterable[Suggestion]] = suggest) -> None:
    with Client() as client:
        text = client.get_article(article).body
        for result in annotate(client, article, model(text)):
            if isinstance(result, Quote):
                who = result.sources[0].span
                print(f"{result.content.start:6}  {who.exact if who else '?'}: {result.content.exact}")
            else:
                print(f"     ?  not in the text: {result.quote}")


if __name__ == "__main__":
    main(sys.argv[1])
