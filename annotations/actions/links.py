"""What may refer to what, asked before anything is written, so that every fault has its pointer.

The database holds the same rules, whoever writes; but it stops at the first violation, and cannot say which object of
a call it was. Statements: one, and only where a quote is put under one that is there already.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import Any
from uuid import UUID

from django.db import connection

from annotations.actions.call import Call
from annotations.actions.nodes import Node, final
from annotations.actions.reuse import relation_key
from annotations.actions.sets import identity
from backend.errors import Fault

DEPTH_MAX = 8
NESTING = {
    True: ("nesting-cycle", "The quotes nest in a circle."),
    False: ("nesting-too-deep", f"Quotes nest at most {DEPTH_MAX} levels deep."),
}
# All quotes above and below those given.
FAMILY = """
    WITH RECURSIVE up (id, parent_id) AS (
        SELECT q.id, q.parent_id FROM annotations_quote q WHERE q.id = ANY (%s)
        UNION SELECT q.id, q.parent_id FROM up JOIN annotations_quote q ON q.id = up.parent_id),
    down (id, parent_id) AS (
        SELECT q.id, q.parent_id FROM annotations_quote q WHERE q.parent_id = ANY (%s)
        UNION SELECT q.id, q.parent_id FROM down JOIN annotations_quote q ON q.parent_id = down.id)
    SELECT id, parent_id FROM up UNION SELECT id, parent_id FROM down
"""


def check_links(call: Call) -> None:
    """Links between what the call writes into sets: within the set, to speakers of the article, without a circle."""
    for node, place in call.places.items():
        for pointer, reference in within_set(node):
            if home(call, reference, place.set) != place.set:
                call.refuse(node.fault("cross-set", "This is in another set; links stay within one.", pointer))
        refuse_foreign(call, node, place.article)
    check_nesting(call)
    for node in call.each_new("evidence") if call.matching else ():
        if fault := ground_fault(node.data):
            call.refuse(fault.under(node.pointer))


def ground_fault(data: Mapping[str, Any]) -> Fault | None:
    """What is wrong with the ground of a piece of evidence, if anything is."""
    grounds = [name for name in ("span", "occurrence", "url") if data.get(name) is not None]
    if len(grounds) != 1:
        detail = "Evidence rests on one thing: a span of an article, a claim occurrence, or a url."
        return Fault("evidence-ground", detail, f"/{grounds[1]}" if grounds else "")
    beyond = [name for name in ("article", "set", "quote") if data.get(name) is not None]
    if grounds == ["url"] and beyond:
        return Fault("evidence-ground", "Evidence on a url is on no article and in no set.", f"/{beyond[0]}")
    if grounds == ["occurrence"] and "quote" in beyond:
        return Fault("evidence-ground", "`quote` goes with `span`: the quote in which that stands.", "/quote")
    return None


def within_set(node: Node) -> Iterator[tuple[str, Node | UUID]]:
    """What a span annotation refers to in its own set, with the pointers to it."""
    for name in ("parent", "quote"):
        if node.data.get(name) is not None:
            yield f"/{name}", node.data[name]
    for position, source in enumerate(node.data.get("sources", [])):
        if source.get("mention") is not None:
            yield f"/sources/{position}/mention", source["mention"]


def refuse_foreign(call: Call, node: Node, article: UUID | None) -> None:
    """An unnamed speaker is used in its own article only."""
    for pointer, reference in to_speakers(node):
        if home(call, reference, None) not in (None, article):
            call.refuse(node.fault("speaker-not-local", "This unnamed speaker belongs to another article.", pointer))


def to_speakers(node: Node) -> Iterator[tuple[str, Node | UUID]]:
    links = [("", node.data)]
    for name in ("sources", "claimants"):
        links += [(f"/{name}/{position}", link) for position, link in enumerate(node.data.get(name, []))]
    for pointer, data in links:
        for name in ("speaker", "affiliation"):
            if data.get(name) is not None:
                yield f"{pointer}/{name}", data[name]


def home(call: Call, reference: Node | UUID, unknown: UUID | None) -> UUID | None:
    """The set of a span annotation, the article of an unnamed speaker; `unknown` where another fault tells of it."""
    if not isinstance(reference, Node):
        return call.homes.get(reference, unknown)
    if reference.kind == "speakers":
        return reference.data.get("article")
    return call.places[reference].set if reference in call.places else unknown


# ---- nesting ----


def check_nesting(call: Call) -> None:
    """No circle, and at most 8 levels, counted through what is above and below each quote that gets a parent."""
    moved = {node.id: node for node in call.scope.each("quotes") if node.data.get("parent") is not None}
    above: dict[UUID, UUID | None] = {pk: final(node.data["parent"]) for pk, node in moved.items()}
    known = [pk for pk in above.values() if pk in call.homes]
    if known:
        altered = [pk for pk, node in moved.items() if node.row is not None]
        with connection.cursor() as cursor:
            cursor.execute(FAMILY, [known, altered])
            above = dict(cursor.fetchall()) | above
    wrong: dict[Node, bool] = {}
    for pk in above:
        path, circle = way_up(pk, above)
        if pk in moved:
            call.depths[moved[pk]] = len(path)
        if circle or len(path) > DEPTH_MAX:
            wrong.setdefault(next(moved[step] for step in path if step in moved), circle)
    for node, circle in wrong.items():
        code, detail = NESTING[circle]
        call.refuse(node.fault(code, detail, "/parent"))


def way_up(pk: UUID, above: Mapping[UUID, UUID | None]) -> tuple[list[UUID], bool]:
    """A quote and those it stands in, outwards, at most one more than is allowed; and whether they lead back to it."""
    path = [pk]
    while (step := above.get(path[-1])) is not None and len(path) <= DEPTH_MAX:
        if step in path:
            return path, step == pk
        path.append(step)
    return path, False


# ---- identities ----


def check_identities(call: Call) -> None:
    """Merges, affiliations and relations; once it is known which speakers and claims were there already."""
    for node in (*call.each_new("speakers"), *call.each_new("claims")):
        into, own = node.data.get("merged_into"), node.data.get("article")
        if comes_round(node):
            call.refuse(node.fault("merge-cycle", "The merges close a circle.", "/merged_into"))
        elif into is not None and home(call, into, None) not in (None, own):
            detail = "Nothing merges into an unnamed speaker but unnamed ones of the same article."
            call.refuse(node.fault("merge-not-local", detail, "/merged_into"))
        refuse_foreign(call, node, own)
    for node in call.each_new("claim_relations"):
        if final(node.data["source"]) == final(node.data["target"]) is not None:
            call.refuse(node.fault("self-relation", "A claim stands in no relation to itself.", "/target"))


def comes_round(node: Node) -> bool:
    """Whether the merges of a call lead back to the node: only new rows can close a circle, and only among them."""
    seen: set[Node] = set()
    step = node.data.get("merged_into")
    while isinstance(step, Node) and step.new and step not in seen:
        if step is node:
            return True
        seen.add(step)
        step = step.data.get("merged_into")
    return False


# ---- two of a kind ----


def refuse_doubles(call: Call) -> None:
    """Two objects of one call stay two; where the project can hold only one, the second is refused."""
    doubles(call, call.each_new("articles"), "external_id")
    doubles(call, [node for node in call.each_new("speakers") if not node.data.get("merged_into")], "wikidata_qid")
    seen: set[Hashable] = set()
    for node in call.each_new("claim_relations"):
        key = relation_key(final(node.data["source"]), final(node.data["target"]), node.data["type"])
        refuse_double(call, node, key, seen, "")
    for node in call.each_new("sets"):
        if node.row is not None:
            refuse_double(call, node, identity(node.row), seen, "")


def doubles(call: Call, nodes: Iterable[Node], name: str) -> None:
    seen: set[Hashable] = set()
    for node in nodes:
        if node.data.get(name) is not None:
            refuse_double(call, node, node.data[name], seen, f"/{name}")


def refuse_double(call: Call, node: Node, key: Hashable, seen: set[Hashable], pointer: str) -> None:
    if key in seen:
        call.refuse(node.fault("already-exists", "The call holds this twice; the project holds it once.", pointer))
    seen.add(key)
