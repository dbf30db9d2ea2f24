"""Where the nodes of a call go: the sets it writes into, the set of each span annotation, the places of all its spans.

Nothing is written, and nothing is locked but the sets.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from annotations.actions.call import Call
from annotations.actions.nodes import Document, Node, final
from annotations.actions.rows import Place
from annotations.actions.sets import annotator_columns, identity, lock, members_named, own_kind, share
from annotations.kinds import SPANS
from annotations.models import AnnotationSet
from annotations.spans import Span
from articles.models import Revision
from projects.ids import uuid7

IN_SET = tuple(SPANS)


def settle_sets(call: Call) -> None:
    """Which sets the call writes into: new ones, and known ones, locked (to be emptied: against everybody)."""
    imply_sets(call)
    nodes = call.each_new("sets")
    users = [(node.data.get("annotator") or {}).get("user") for node in nodes]
    members = members_named(call.project, [user for user in users if user])
    for node in nodes:
        node.row = set_row(call, node, members)
    articles = {node.row.article_id for node in nodes if node.row and call.targets[node.document].new is None}
    there = AnnotationSet.objects.filter(article__in=articles) if articles else ()
    known = {identity(row): row.pk for row in there}
    same = {identity(node.row): node.id for node in nodes if node.row and not node.implied} | known
    for node in nodes:
        pk = (same if node.implied else known).get(identity(node.row)) if node.row else None
        if pk is not None:
            node.reuse(pk)
    held = {pk: call.held[pk] for pk in written_sets(call) & call.held.keys()}
    wanted = written_sets(call) - {node.id for node in nodes if node.new} - held.keys()
    locked = [lock(pk) for pk in sorted(wanted)] if call.mode == "replace" else share(wanted)
    call.sets = held | {row.pk: row for row in locked} | {node.id: node.row for node in nodes if node.new and node.row}


def imply_sets(call: Call) -> None:
    """A document that says nothing of sets goes into the caller's own set on its article's head."""
    own: dict[UUID, Node] = {}
    for document in call.scope.documents:
        target = call.targets.get(document)
        if target is None or call.default_set or document.nodes["sets"] or not any(map(homeless, in_sets(document))):
            continue
        if target.article not in own:
            own[target.article] = Node("sets", {}, document.pointer, document, id=uuid7(), implied=True)
            document.nodes["sets"].append(own[target.article])
        for node in filter(homeless, in_sets(document)):
            node.data["set"] = own[target.article]


def in_sets(document: Document) -> list[Node]:
    return [node for kind in IN_SET for node in document.nodes[kind]]


def homeless(node: Node) -> bool:
    """Whether nothing says which set a span annotation belongs to."""
    return node.data.get("set") is None and (node.kind != "evidence" or node.data.get("span") is not None)


def written_sets(call: Call) -> set[UUID]:
    """The known sets that the call writes into. A set that is only named as the parent of another is none of them."""
    own = {node.id for node in call.scope.each("sets") if not node.new}
    named = {ref for node in call.scope.each(*IN_SET) if isinstance(ref := node.data.get("set"), UUID)}
    cited = [node.data.get("occurrence") for node in call.scope.each("evidence")]
    named |= {home for ref in cited if isinstance(ref, UUID) and (home := call.homes.get(ref))}
    return own | (named - call.missing) | ({call.default_set.pk} if call.default_set else set())


def set_row(call: Call, node: Node, members: Mapping[str, UUID]) -> AnnotationSet | None:
    """A new set, on the revision that the document names for it, else on the head. None where that is refused."""
    target = call.targets.get(node.document)
    if target is None:
        if node.document.article is None:
            call.refuse(node.fault("article-required", "A set needs the article it is on."))
        return None
    number: Any = node.data.get("revision")
    revision = target.head if number is None else target.numbers.get(number)
    if revision is None and target.new is None:
        revision = Revision.objects.filter(article=target.article, number=number).first()
    if revision is None:
        call.refuse(node.fault("no-such-object", f"The article has no revision {number}.", "/revision"))
        return None
    row = AnnotationSet(
        id=node.id,
        project_id=call.project,
        article_id=target.article,
        revision_id=revision.pk,
        kind=node.data.get("kind") or own_kind(call.caller),
        label=node.data.get("label", ""),
        **annotator_columns(call.caller, node.data.get("annotator"), members),
    )
    if call.restore:
        row.status = node.data.get("status", row.status)
    return row


def place_nodes(call: Call) -> None:
    """Each span annotation's set: the one it names, else the document's only one, else the call's."""
    for node in call.scope.each(*IN_SET):
        place = evidence_place(call, node) if node.kind == "evidence" else set_place(call, node)
        if place is not None:
            call.places[node] = place


def set_place(call: Call, node: Node) -> Place | None:
    """Where a span annotation is: its set, by `place_nodes`. None where that is refused."""
    named = node.data.get("set")
    own = node.document.nodes["sets"]
    if named is None and len(own) > 1:
        call.refuse(node.fault("set-required", "The document has several sets; say which one this belongs to.", "/set"))
        return None
    pk = final(named) or (own[0].id if own else None) or (call.default_set and call.default_set.pk)
    row = call.sets.get(pk) if pk else None
    target = call.targets.get(node.document)
    if row is None:
        if target is None and node.document.article is None:
            call.refuse(node.fault("article-required", "A span annotation needs the article it is on."))
        return None
    if target and row.article_id != target.article:
        call.refuse(node.fault("cross-set", "This set is on another article.", "/set"))
        return None
    return place_in(call, node, row, "/set")


def place_in(call: Call, node: Node, row: AnnotationSet, pointer: str) -> Place | None:
    """The place that a set is; a call into one set writes into no other."""
    if call.default_set and row.pk != call.default_set.pk:
        call.refuse(node.fault("one-set-only", "This call writes into one set, and this belongs to another.", pointer))
        return None
    return call.place_of(row)


def evidence_place(call: Call, node: Node) -> Place | None:
    """With a span, evidence is in a set as span annotations are; on an occurrence, in its set; on a page, in none."""
    if node.data.get("span") is not None:
        return set_place(call, node)
    occurrence: Any = node.data.get("occurrence")
    if isinstance(occurrence, Node):
        place = call.places.get(occurrence)
    elif (pk := call.homes.get(occurrence)) is not None:
        place = place_in(call, node, call.sets[pk], "/occurrence")
    else:
        return None
    named = final(node.data.get("set"))
    if place is not None and named not in (None, place.set):
        call.refuse(node.fault("cross-set", "Evidence on an occurrence is in the occurrence's set.", "/set"))
    return place


def find_spans(call: Call) -> dict[tuple[int, str], Span]:
    """Every span of the call, by (node, field); `sources/2` for those of sources. A node of which one is refused is not
    `anchored`."""
    found: dict[tuple[int, str], Span] = {}
    for node, place in call.places.items():
        for name, sent in spans_of(node):
            span = call.anchoring.span(sent, call.text_at(place), f"{node.pointer}/{name}")
            if span is None:
                node.anchored = False
            else:
                found[id(node), name] = span
    return found


def spans_of(node: Node) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name in SPANS[node.kind]:
        if (sent := node.data.get(name)) is not None:
            yield name, sent
    for position, source in enumerate(node.data.get("sources", ())):
        if (sent := source.get("span")) is not None:
            yield f"sources/{position}/span", sent
