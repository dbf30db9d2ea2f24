"""The quick road of one new quote: what `store_one` does for it, in one statement.

Who annotates sends quote after quote on the same text, into the same set. What the long road has found out about such a
spot is remembered, but never trusted: the statement asks for all of it again, and whether anything is in the quote's
way; then it writes the rows and their events, or nothing. Where it writes nothing, and wherever a quote is not plain
(it names mentions, or stands in another one, or something is wrong with it), the long road goes, which alone says what
is wrong. What the rows look like to a reader is said here once more, in Python; tests hold the two together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any
from uuid import UUID

import orjson
from django.conf import settings
from django.db import IntegrityError
from django.db.models import Q

from annotations.actions.rows import Anchoring, Pieces, Place, Texts, pieces_of, span_columns
from annotations.models import AnnotationSet, Mention, Quote, QuoteSource, Speaker
from annotations.spans import Span
from articles.models import Article, Revision
from backend.copying import blank, insert_into
from backend.statements import Param, Statement
from backend.transactions import HURRY, alone
from projects.actions.rows import COLUMNS, type_name
from projects.choices import EventAction
from projects.ids import uuid7
from projects.models import Event
from projects.remembering import Proof
from projects.roles import Caller

Row = dict[str, Any]
Identities = Mapping[UUID, tuple[str, str]]  # of speakers: at the end of their merges, and the name there
# What a quote says besides its spans and sources; each is a column of that name.
SAID = ("cue_lemma", "type", "act", "medium", "factuality", "uttered_on", "venue", "confidence", "tags", "note")
# What is compared with other rows of the set.
COMPARED = ("parent", "external_id")


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a caller has just annotated: an open set that they may write in, on the head of its article. `version` is
    the set's, which rises with whatever opens or closes it; `number` the revision's."""

    place: Place
    version: int
    number: int
    texts: Texts


# By who asks (what the database says of them, hashed), the article, and the set as it was named, or None.
SPOTS: dict[tuple[str, UUID, UUID | None], Spot] = {}
MOST, LONGEST = 500, 50_000  # spots, and code points of the text of one


def remember(
    proof: Proof | None, named: UUID | None, annotation_set: AnnotationSet, head: Revision, texts: Texts
) -> None:
    """The caller may write in this open set. Nothing is remembered of older revisions than the `head`."""
    row = annotation_set
    if proof is None or row.revision_id != head.pk or head.body_length > LONGEST:
        return
    if len(SPOTS) >= MOST:
        SPOTS.clear()
    place = Place(row.project_id, row.article_id, row.revision_id, row.pk)
    SPOTS[proof.state, row.article_id, named] = Spot(place, row.version, head.number, texts)


class Doubtful(Exception):
    """Not plain: the long road decides."""


@dataclass
class NewQuote:
    """A quote with its sources and the mentions that these name by their spans, as columns; and the spans."""

    row: Row
    content: Span
    cue: Span | None
    mentions: dict[Pieces, tuple[Row, Span]] = field(default_factory=dict)
    sources: list[tuple[Row, Row | None, Span | None]] = field(default_factory=list)  # with mention and its span


def create_quote(
    *, caller: Caller, data: Mapping[str, Any], utf16: bool, proof: Proof
) -> tuple[UUID, str, list[dict[str, str]]] | None:
    """Id, record and warnings of the quote; None where nothing was written, and the long road has to go."""
    spot = SPOTS.get((proof.state, data["article"], data.get("set")))
    if spot is None or any(data.get(name) is not None for name in COMPARED):
        return None
    anchoring = Anchoring(utf16=utf16)
    try:
        new = new_quote(spot, caller, data, anchoring)
        with alone():
            written = writing(caller.pattern).run(values(spot, caller, new, proof))
    except (Doubtful, IntegrityError):
        return None
    if not written:
        return None
    proof.proven = True
    ((moment, speakers),) = written
    identities = {UUID(pk): (canonical, name) for pk, canonical, name in orjson.loads(speakers or "[]")}
    shown = quote_record(spot, caller, new, moment, identities)
    return new.row["id"], orjson.dumps(shown).decode(), anchoring.warnings


# ---- rows ----


def new_quote(spot: Spot, caller: Caller, data: Mapping[str, Any], anchoring: Anchoring) -> NewQuote:
    """Error: Doubtful."""
    assert caller.user is not None
    stamps = {**spot.place.columns(), "created_by_id": caller.user.pk}
    content, cue = (span_of(anchoring, data.get(name), spot, f"/{name}") for name in ("content", "cue"))
    if content is None:
        raise Doubtful
    said = {name: data[name] for name in SAID if name in data}
    row = blank(Quote) | stamps | {"id": uuid7()} | said | span_columns(content) | span_columns(cue, "cue_")
    new = NewQuote(row, content, cue)
    for position, sent in enumerate(data.get("sources", ())):
        span = span_of(anchoring, sent.get("span"), spot, f"/sources/{position}/span")
        mention = None if span is None else add_mention(new, stamps, sent, span)
        add_source(new, position, sent, mention, span)
    return new


def span_of(anchoring: Anchoring, sent: Mapping[str, Any] | None, spot: Spot, pointer: str) -> Span | None:
    if sent is None:
        return None
    span = anchoring.span(sent, spot.texts, pointer)
    if span is None:
        raise Doubtful
    return span


def add_mention(new: NewQuote, stamps: Row, sent: Mapping[str, Any], span: Span) -> Row:
    """The mention that a source names by its span, with the source's speaker."""
    row = blank(Mention) | stamps | {"id": uuid7(), "speaker_id": sent.get("speaker")} | span_columns(span)
    kind, key = sent.get("mention_kind"), pieces_of(row)
    if kind == "implicit" or key in new.mentions:
        raise Doubtful
    row |= {"kind": kind} if kind else {}
    new.mentions[key] = row, span
    return row


def add_source(new: NewQuote, position: int, sent: Mapping[str, Any], mention: Row | None, span: Span | None) -> None:
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


def mention_state(spot: Spot, row: Row, span: Span) -> Row:
    own = {"span": span.to_json(), "kind": row["kind"], "speaker": row["speaker_id"]}
    return head(spot, row, row["created_by_id"]) | own | status(row)


def quote_state(spot: Spot, new: NewQuote, maker: Any, sources: list[Row]) -> Row:
    row = new.row
    own: Row = {"content": new.content.to_json(), "cue": new.cue and new.cue.to_json()}
    own |= {name: row[name] for name in ("cue_lemma", "type", "act", "medium", "factuality")}
    own |= {"parent": None, "sources": sources, "uttered_on": row["uttered_on"], "venue": row["venue"]}
    return head(spot, row, maker) | own | status(row)


def source_state(source: tuple[Row, Row | None, Span | None]) -> Row:
    row, mention, span = source
    return {
        "role": row["role"],
        "mention": row["mention_id"],
        "span": span and span.to_json(),
        "speaker": row["speaker_id"],
        "mention_kind": mention["kind"] if mention else "implicit",
        "role_text": row["role_text"],
        "affiliation": row["affiliation_id"],
        "inherited": row["inherited"],
    }


def quote_record(spot: Spot, caller: Caller, new: NewQuote, moment: str, known: Identities) -> Row:
    """The quote as its maker sees it; `moment` is when it was made."""
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
    return shown | {"created_at": moment, "updated_at": moment, "depth": 1, "attribution_chain": [chain]}


def events(spot: Spot, caller: Caller, new: NewQuote) -> list[Row]:
    assert caller.user is not None
    states: list[tuple[Any, Row]] = [(Mention, mention_state(spot, *found)) for found in new.mentions.values()]
    states.append((Quote, quote_state(spot, new, caller.user.pk, list(map(source_state, new.sources)))))
    place = spot.place
    shared = {"action": EventAction.CREATED, "version": 1, "project_id": place.project, "article": place.article}
    shared |= {"set": place.set, "actor_id": caller.user.pk, "comment": caller.comment, "reload": False}
    return [shared | {"type": type_name(model), "object_id": s["id"], "snapshot": s} for model, s in states]


# ---- the statement ----


def values(spot: Spot, caller: Caller, new: NewQuote, proof: Proof) -> dict[str, Any]:
    links = [row for row, _, _ in new.sources]
    named = {row[name] for row in links for name in ("speaker_id", "affiliation_id")} - {None}
    rows = {
        "mentions": [row for row, _ in new.mentions.values()],
        "quotes": [new.row],
        "sources": links,
        "events": events(spot, caller, new),
    }
    return {
        **caller.params,
        **{name: orjson.dumps(some).decode() for name, some in rows.items()},
        "patience": settings.WRITE_LOCK_TIMEOUT,
        "state": proof.state,
        "digest": proof.digest,
        "project": spot.place.project,
        "article": spot.place.article,
        "set": spot.place.set,
        "version": spot.version,
        "starts": [row["start"] for row in rows["mentions"]],
        "named": list(named),
        "count": len(named),
    }


@lru_cache(maxsize=100)
def writing(pattern: Any) -> Statement:
    at_home = Q(article=None) | Q(article=Param("article"))
    speakers = Speaker.objects.visible_to(pattern).filter(at_home, project=Param("project"), pk__one_of=Param("named"))
    parts = {"speakers": speakers.values_list("pk", "canonical_id", "canonical__name")}
    return Statement.joined(text(), {**parts, **{name: Param(name) for name in NAMES}})


MOMENT = "statement_timestamp()"  # the columns' default
NAMES = ("patience", "state", "digest", "set", "version", "starts", "count", "mentions", "quotes", "sources", "events")


@cache
def text() -> str:
    """A row with the moment of writing, as answers show it, and what is known of the speakers; none where nothing is
    written."""
    proof = Proof.sql.replace("%s", "{state}", 1).replace("%s", "{digest}", 1)
    inserts = {"mentions": Mention, "quotes": Quote, "sources": QuoteSource}
    return f"""
    WITH speakers (id, canonical, name) AS MATERIALIZED ({{speakers}}),
    spot AS MATERIALIZED (
        SELECT true AS free FROM ({HURRY.replace("%s", "{patience}")}) AS hurried (since), LATERAL (
            SELECT FROM {AnnotationSet._meta.db_table} s
            JOIN {Article._meta.db_table} a ON a.id = s.article_id AND a.head_id = s.revision_id
            WHERE hurried.since IS NOT NULL AND s.id = {{set}} AND s.version = {{version}} FOR SHARE OF s) AS own
        WHERE ({proof}) AND (SELECT count(*) FROM speakers) = {{count}} AND NOT EXISTS (
            SELECT FROM {Mention._meta.db_table} m WHERE m.set_id = {{set}} AND m.start = ANY ({{starts}}))),
    {", ".join(f"new_{name} AS ({insert_into(model, f'{{{name}}}', 'spot')})" for name, model in inserts.items())},
    new_events AS ({insert_events()})
    SELECT trim('"' FROM to_json({MOMENT})::text),
        (SELECT json_agg(json_build_array(id, canonical, name)) FROM speakers)::text FROM spot"""


def insert_events() -> str:
    """Their objects were made at the moment of writing."""
    times = f"jsonb_build_object('created_at', {MOMENT}, 'updated_at', {MOMENT})"
    picked = ", ".join(f'e."{name}"' for name in COLUMNS).replace('e."snapshot"', f"e.snapshot || {times}")
    table, names = Event._meta.db_table, ", ".join(f'"{name}"' for name in COLUMNS)
    rows = f"jsonb_populate_recordset(NULL::{table}, {{events}}::jsonb) AS e"
    return f"INSERT INTO {table} ({names}) SELECT {picked} FROM spot, {rows}"
