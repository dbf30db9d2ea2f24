"""A quote as most are sent, as rows; and what these look like to a reader, and in events. Pure: asks no database.

The QuerySets declare what a record holds. Here it is said once more, of values that are about to be written; tests hold
the two together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from annotations.actions.rows import Anchoring, Pieces, pieces_of, span_columns
from annotations.actions.spots import Spot
from annotations.models import Mention, Quote, QuoteSource
from annotations.spans import Span
from backend.copying import blank
from backend.quick import Doubtful
from projects.actions.rows import type_name
from projects.choices import EventAction
from projects.ids import uuid7
from projects.roles import Caller

Row = dict[str, Any]
Identities = Mapping[UUID, tuple[str, str]]  # of speakers: at the end of their merges, and the name there
# What a quote says besides its spans and sources; each is a column of that name.
SAID = (
    *("cue_lemma", "type", "act", "medium", "factuality", "uttered_on", "venue"),
    *("confidence", "tags", "note", "external_id"),
)


@dataclass
class NewQuote:
    """A quote with its sources and the mentions that these name by their spans, as columns; and the span objects."""

    row: Row
    content: Row
    cue: Row | None
    mentions: dict[Pieces, tuple[Row, Row]] = field(default_factory=dict)
    sources: list[tuple[Row, Row | None, Row | None]] = field(default_factory=list)  # with mention and its span


# ---- rows ----


def new_quote(spot: Spot, caller: Caller, data: Mapping[str, Any], anchoring: Anchoring) -> NewQuote:
    """Error: Doubtful, where it is not plain."""
    assert caller.user is not None
    stamps = {**spot.place.columns(), "created_by_id": caller.user.pk}
    content, cue = (span_of(anchoring, data.get(name), spot, f"/{name}") for name in ("content", "cue"))
    if content is None:
        raise Doubtful
    said = {name: data[name] for name in SAID if name in data} | {"parent_id": data.get("parent")}
    row = blank(Quote) | stamps | {"id": uuid7()} | said | span_columns(content) | span_columns(cue, "cue_")
    new = NewQuote(row, content.to_json(), cue and cue.to_json())
    for position, sent in enumerate(data.get("sources", ())):
        span = span_of(anchoring, sent.get("span"), spot, f"/sources/{position}/span")
        mention, shown = (None, None) if span is None else add_mention(new, stamps, sent, span)
        add_source(new, position, sent, mention, shown)
    return new


def span_of(anchoring: Anchoring, sent: Mapping[str, Any] | None, spot: Spot, pointer: str) -> Span | None:
    if sent is None:
        return None
    span = anchoring.span(sent, spot.texts, pointer)
    if span is None:
        raise Doubtful
    return span


def add_mention(new: NewQuote, stamps: Row, sent: Mapping[str, Any], span: Span) -> tuple[Row, Row]:
    """The mention that a source names by its span, with the source's speaker; and its span object."""
    row = blank(Mention) | stamps | {"id": uuid7(), "speaker_id": sent.get("speaker")} | span_columns(span)
    kind, key = sent.get("mention_kind"), pieces_of(row)
    if kind == "implicit" or key in new.mentions:
        raise Doubtful
    row |= {"kind": kind} if kind else {}
    new.mentions[key] = row, span.to_json()
    return new.mentions[key]


def add_source(new: NewQuote, position: int, sent: Mapping[str, Any], mention: Row | None, span: Row | None) -> None:
    """A source that takes its mention's speaker; or one with a speaker whom the text does not name."""
    speaker = sent.get("speaker")
    unnamed = mention is None and (speaker is None or sent.get("mention_kind") not in (None, "implicit"))
    if unnamed or sent.get("mention") is not None:
        raise Doubtful
    columns = {name: new.row[name] for name in ("project_id", "set_id")}
    columns |= {"quote_id": new.row["id"], "position": position, "speaker_id": speaker}
    columns |= {"mention_id": mention and mention["id"], "inherited": mention is not None}
    columns |= {"affiliation_id": sent.get("affiliation")}
    columns |= {name: sent[name] for name in ("role", "role_text") if name in sent}
    new.sources.append((blank(QuoteSource) | columns, mention, span))


# ---- what readers see of them, and what events keep ----


def head(spot: Spot, row: Row, maker: Any) -> Row:
    place = spot.place
    stamps = {"id": row["id"], "version": 1, "created_at": None, "updated_at": None, "created_by": maker}
    return stamps | {"project": place.project, "article": place.article, "revision": spot.number, "set": place.set}


def status(row: Row) -> Row:
    names = ("review_status", "confidence", "tags", "note", "external_id")
    return {name: row[name] for name in names} | {"derived_from": None}


def mention_state(spot: Spot, row: Row, span: Row) -> Row:
    own = {"span": span, "kind": row["kind"], "speaker": row["speaker_id"]}
    return head(spot, row, row["created_by_id"]) | own | status(row)


def quote_state(spot: Spot, new: NewQuote, maker: Any, sources: list[Row]) -> Row:
    row = new.row
    own: Row = {"content": new.content, "cue": new.cue}
    own |= {name: row[name] for name in ("cue_lemma", "type", "act", "medium", "factuality")}
    own |= {"parent": row["parent_id"], "sources": sources, "uttered_on": row["uttered_on"], "venue": row["venue"]}
    return head(spot, row, maker) | own | status(row)


def source_state(source: tuple[Row, Row | None, Row | None]) -> Row:
    row, mention, span = source
    return {
        "role": row["role"],
        "mention": row["mention_id"],
        "span": span,
        "speaker": row["speaker_id"],
        "mention_kind": mention["kind"] if mention else "implicit",
        "role_text": row["role_text"],
        "affiliation": row["affiliation_id"],
        "inherited": row["inherited"],
    }


def quote_record(
    spot: Spot, caller: Caller, new: NewQuote, moment: str, known: Identities, above: list[list[str]]
) -> Row:
    """The quote as its maker sees it; `moment` is when it was made, `above` the attribution chain of its parent."""
    nobody = (None, None)
    sources = []
    for source in map(source_state, new.sources):
        del source["inherited"]
        speaker, name = known.get(source["speaker"], nobody)
        affiliation, _ = known.get(source["affiliation"], nobody)
        sources.append(source | {"speaker": speaker, "speaker_name": name, "affiliation": affiliation})
    chain = [source["speaker"] for source in sources if source["role"] == "source" and source["speaker"]]
    assert caller.user is not None
    shown = quote_state(spot, new, caller.user.username, sources)
    chains = [*above, chain]
    return shown | {"created_at": moment, "updated_at": moment, "depth": len(chains), "attribution_chain": chains}


def events(spot: Spot, caller: Caller, new: NewQuote) -> list[Row]:
    assert caller.user is not None
    states: list[tuple[Any, Row]] = [(Mention, mention_state(spot, *found)) for found in new.mentions.values()]
    states.append((Quote, quote_state(spot, new, caller.user.pk, list(map(source_state, new.sources)))))
    place = spot.place
    shared = {"action": EventAction.CREATED, "version": 1, "project_id": place.project, "article": place.article}
    shared |= {"set": place.set, "actor_id": caller.user.pk, "comment": caller.comment, "reload": False}
    return [shared | {"type": type_name(model), "object_id": s["id"], "snapshot": s} for model, s in states]
