"""The quick road of one new quote: what `store_one` does for it, in one statement.

Who annotates sends quote after quote on the same text, into the same set. What the long road has found out about such a
spot is remembered, but never trusted: the statement asks for all of it again, and whether anything is in the quote's
way; then it writes the rows and their events, or nothing. Where it writes nothing, and wherever a quote is not plain
(it names mentions by their ids, or something is wrong with it), the long road goes, which alone says what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, lru_cache, partial
from typing import Any
from uuid import UUID

import orjson
from django.conf import settings
from django.db import IntegrityError, OperationalError
from django.db.models import Q

from annotations.actions.plain import NewQuote, events, new_quote, quote_record
from annotations.actions.rows import Anchoring
from annotations.actions.spots import Spot, spot_of
from annotations.choices import SetStatus
from annotations.models import AnnotationSet, Mention, Quote, QuoteSource, Speaker
from articles.models import Article
from backend.copying import insert_into
from backend.quick import Doubtful
from backend.statements import Param, Statement
from backend.transactions import HURRY, has_lost
from projects.actions.rows import COLUMNS
from projects.models import Event
from projects.permissions import require
from projects.remembering import Proof
from projects.roles import Caller, Role

Made = tuple[UUID, str, list[dict[str, str]]]  # id, record, warnings


def plain_quote(*, caller: Caller, data: Mapping[str, Any], utf16: bool, proof: Proof) -> Callable[[], Made] | None:
    """What stores the quote (`store`), where it is plain and its spot is known."""
    spot = spot_of(caller, data["article"], data.get("set"), proof)
    if spot is None:
        return None
    anchoring = Anchoring(utf16=utf16)
    try:
        new = new_quote(spot, caller, data, anchoring)
    except Doubtful:
        return None
    return partial(store, spot, caller, new, proof, anchoring.warnings)


def store(spot: Spot, caller: Caller, new: NewQuote, proof: Proof, warnings: list[dict[str, str]]) -> Made:
    """Error: Doubtful where nothing was written, and the long road has to go; a transaction around it is broken."""
    require(caller, spot.place.project, Role.ANNOTATOR)
    try:
        written = writing(caller.pattern, new.row["parent_id"] is not None).run(values(spot, caller, new, proof))
    except IntegrityError as exc:
        raise Doubtful from exc
    except OperationalError as exc:
        if has_lost(exc):
            raise Doubtful from exc
        raise
    if not written:
        raise Doubtful
    proof.proven = True
    ((moment, speakers, above),) = written
    identities = {UUID(pk): (canonical, name) for pk, canonical, name in orjson.loads(speakers or "[]")}
    shown = quote_record(spot, caller, new, moment, identities, orjson.loads(above or "[]"))
    return new.row["id"], orjson.dumps(shown).decode(), warnings


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
        "parent": new.row["parent_id"],
        "named": list(named),
        "count": len(named),
    }


@lru_cache(maxsize=100)
def writing(pattern: Any, nested: bool) -> Statement:
    at_home = Q(article=None) | Q(article=Param("article"))
    speakers = Speaker.objects.visible_to(pattern).filter(at_home, project=Param("project"), pk__one_of=Param("named"))
    parts = {"speakers": speakers.values_list("pk", "canonical_id", "canonical__name")}
    return Statement.joined(text(nested), {**parts, **{name: Param(name) for name in NAMES}})


MOMENT = "statement_timestamp()"  # the columns' default
NAMES = (
    *("patience", "state", "digest", "set", "version", "starts", "parent", "count"),
    *("mentions", "quotes", "sources", "events"),
)
# The attribution chain of the quote that it stands in, if that is in the same set.
ABOVE = (
    f"SELECT onrecord_quote_chain(q.id) FROM {Quote._meta.db_table} q WHERE q.id = {{parent}} AND q.set_id = {{set}}"
)


@cache
def text(nested: bool) -> str:
    """A row with the moment of writing, as answers show it, and what is known of the speakers and of the quote above;
    none where nothing is written."""
    above = ABOVE if nested else "SELECT NULL::json"
    proof = Proof.sql.replace("%s", "{state}", 1).replace("%s", "{digest}", 1)
    inserts = {"mentions": Mention, "quotes": Quote, "sources": QuoteSource}
    return f"""
    WITH speakers (id, canonical, name) AS MATERIALIZED ({{speakers}}),
    spot AS MATERIALIZED (
        SELECT above.chain FROM ({HURRY.replace("%s", "{patience}")}) AS hurried (since), LATERAL (
            SELECT FROM {AnnotationSet._meta.db_table} s
            JOIN {Article._meta.db_table} a ON a.id = s.article_id AND a.head_id = s.revision_id
            WHERE hurried.since IS NOT NULL AND s.id = {{set}} AND s.version = {{version}}
              AND s.status = '{SetStatus.OPEN}' FOR SHARE OF s) AS own,
            ({above}) AS above (chain)
        WHERE ({proof}) AND (SELECT count(*) FROM speakers) = {{count}} AND NOT EXISTS (
            SELECT FROM {Mention._meta.db_table} m WHERE m.set_id = {{set}} AND m.start = ANY ({{starts}}))),
    {", ".join(f"new_{name} AS ({insert_into(model, f'{{{name}}}', 'spot')})" for name, model in inserts.items())},
    new_events AS ({insert_events()})
    SELECT trim('"' FROM to_json({MOMENT})::text),
        (SELECT json_agg(json_build_array(id, canonical, name)) FROM speakers)::text, chain::text FROM spot"""


def insert_events() -> str:
    """Their objects were made at the moment of writing."""
    times = f"jsonb_build_object('created_at', {MOMENT}, 'updated_at', {MOMENT})"
    picked = ", ".join(f'e."{name}"' for name in COLUMNS).replace('e."snapshot"', f"e.snapshot || {times}")
    table, names = Event._meta.db_table, ", ".join(f'"{name}"' for name in COLUMNS)
    rows = f"jsonb_populate_recordset(NULL::{table}, {{events}}::jsonb) AS e"
    return f"INSERT INTO {table} ({names}) SELECT {picked} FROM spot, {rows}"
