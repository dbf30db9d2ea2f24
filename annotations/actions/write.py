"""The bottom of a bulk call: who may make what is left, and the statements that make it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from uuid import UUID

from django.db import IntegrityError

from annotations.actions.call import Call
from annotations.actions.nodes import Node, final
from annotations.actions.places import IN_SET
from annotations.actions.rows import MODELS, plain_columns
from annotations.actions.sets import add_sets
from annotations.actions.settle import Settling
from annotations.models import Claimant, Mention, Quote, QuoteSource
from annotations.permissions import MAKERS, require_maker, require_open, require_set
from articles.actions import add_articles
from backend.copying import copy_together, unsaved
from backend.errors import constraint_of
from backend.transactions import Lost
from projects.actions.rows import changed, count_on, created, created_together, insert_rows, made_by, update_columns

LINKS: dict[str, tuple[Any, str]] = {"quotes": (QuoteSource, "quote"), "claim_occurrences": (Claimant, "occurrence")}
AT_LAST = ("claim_relations", "evidence", "claim_reviews")


def check_rights(call: Call) -> None:
    """Only making and altering need the right to; what is reused needs none. 403, or 409 `set-not-open`."""
    for kind in MAKERS:
        if any(node.new and call.places.get(node) is None for node in call.scope.each(kind)):
            require_maker(call.caller, call.project, kind)
    touched = {call.places[n].set for n in (*call.scope.each(*IN_SET), *call.implied) if writes(n) and n in call.places}
    touched |= {node.id for node in call.each_new("sets")}
    check_sets(call, touched)


def check_sets(call: Call, ids: Iterable[UUID]) -> None:
    """Whether the caller may write into the sets, and whether they are open."""
    for pk in sorted(ids):
        require_set(call.caller, call.sets[pk])
        if not call.sets[pk]._state.adding:
            require_open(call.sets[pk])


def writes(node: Node) -> bool:
    return node.outcome != "reused"


def write(call: Call, settling: Settling) -> None:
    """One statement a table and one for its events, in the order in which rows refer to each other."""
    if call.keep_ids:
        count_on(list(new_rows(call)), call.caller)
    add_identities(call, "publishers")
    # Documents may share an article.
    add_articles(list({t.article: t.new for t in call.targets.values() if t.new}.values()), call.caller)
    add_sets(
        [node.row for node in call.each_new("sets")],
        {node.id: [p for p in map(final, node.data.get("parents", [])) if p] for node in call.each_new("sets")},
        call.caller,
    )
    add_identities(call, "speakers")
    add_identities(call, "claims")
    add_annotations(call, settling)
    for kind in AT_LAST:
        add_rows(call, kind)


def new_rows(call: Call) -> Iterator[Any]:
    """All that may come with an id of its own: the call's objects, articles with their revisions."""
    for target in call.targets.values():
        if target.new:
            yield from (target.new.article, *target.new.revisions)
    for node in call.scope.each(*(kind for kind in MODELS if kind != "articles")):
        if node.new:
            yield new_row(call, node)


def new_row(call: Call, node: Node) -> Any:
    if node.row is None:
        columns = plain_columns(node.data, final)
        columns.pop("merged_into_id", None)
        node.row = unsaved(MODELS[node.kind], {"id": node.id, **columns, "project_id": call.project})
    return node.row


def add_identities(call: Call, kind: str) -> None:
    """Speakers and claims are merged once all of them are there; publishers never are."""
    nodes = call.each_new(kind)
    for node in nodes:
        row = new_row(call, node)
        if hasattr(row, "canonical_id"):
            row.canonical_id = row.pk
    insert_rows([node.row for node in nodes], call.caller)
    for node in nodes:
        if node.data.get("merged_into") is not None:
            MODELS[kind].objects.filter(pk=node.id).update(merged_into=final(node.data["merged_into"]))
    created(MODELS[kind], [node.id for node in nodes], call.caller)


def add_annotations(call: Call, settling: Settling) -> None:
    """Mentions (also those that sources named by their spans), quotes with their sources, occurrences with their
    claimants; altered ones get the links that were sent anew. Error: `Lost`, where somebody has just made a mention."""
    alter(call, "mentions")
    links: dict[str, Mapping[Node, list[Any]]] = {"quotes": settling.sources, "claim_occurrences": settling.claimants}
    for kind in LINKS:
        unlink(kind, links[kind])
    new = {kind: [node.row for node in call.each_new(kind)] for kind in ("mentions", *LINKS)}
    implied = [node.row for node in call.implied if node.new]
    new["mentions"] += implied
    rows = [made_by(call.caller, rows) for rows in new.values()]
    rows += [[link for one in found.values() for link in one] for found in links.values()]
    try:
        copy_together(rows)
    except IntegrityError as exc:
        if implied and constraint_of(exc) == "mention_pieces_unique":
            raise Lost from exc
        raise
    altered = {kind: alter(call, kind) for kind in LINKS}
    created_together([(MODELS[kind], [row.pk for row in found]) for kind, found in new.items()], call.caller)
    for kind, found in altered.items():
        changed(MODELS[kind], [row.pk for row in found], call.caller)


def unlink(kind: str, links: Mapping[Node, list[Any]]) -> None:
    """Takes the links off what gets others."""
    relinked = [node.id for node in links if node.outcome == "updated"]
    model, owner = LINKS[kind]
    if relinked:
        model._default_manager.filter(**{f"{owner}__in": relinked}).delete()


def alter(call: Call, kind: str) -> list[Any]:
    """Writes the columns of known rows that an upsert has altered."""
    nodes = call.changed.get(kind, [])
    rows, names = [node.row for node in nodes], {name for node in nodes for name in node.altered}
    if names:
        update_columns(rows, names)
    if rows and kind == "mentions":
        changed(Mention, [row.pk for row in rows], call.caller)
        shown_again(rows, call)
    return rows


def shown_again(mentions: Iterable[Any], call: Call) -> None:
    """A mention's change raises the version of the quotes that show it."""
    own = {node.row.pk for node in call.changed.get("quotes", [])}
    showing = QuoteSource.objects.filter(mention__in=[row.pk for row in mentions]).exclude(quote__in=own)
    changed(Quote, set(showing.values_list("quote_id", flat=True)), call.caller)


def add_rows(call: Call, kind: str) -> None:
    rows = [new_row(call, node) for node in call.each_new(kind)]
    insert_rows(rows, call.caller)
    altered = alter(call, kind)
    created(MODELS[kind], [row.pk for row in rows], call.caller)
    changed(MODELS[kind], [row.pk for row in altered], call.caller)
