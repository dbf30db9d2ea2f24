"""Writing annotation documents: the one road of single posts, bulk calls, imports and seeds.

A call goes down once. References are linked, what is there already is reused, spans are found in their texts, and
what is left is written set-wise: a statement a table, and one for its events. Everything or nothing: the caller's
transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import IntegrityError

from annotations.actions import reuse
from annotations.actions.call import Call, File
from annotations.actions.links import check_identities, check_links, refuse_doubles
from annotations.actions.nodes import Document, Node, absent
from annotations.actions.places import find_spans, place_nodes, settle_sets
from annotations.actions.rows import MODELS, Anchoring
from annotations.actions.sets import empty_sets, own_set
from annotations.actions.settle import Settling
from annotations.actions.targets import find_targets, known_target, new_targets
from annotations.actions.write import check_rights, check_sets, write
from annotations.models import AnnotationSet
from articles.models import Article
from backend import garbage
from backend.errors import Problem, nowhere
from backend.statements import Param, Statement
from projects.actions.rows import Stamps
from projects.ids import uuid7
from projects.roles import Caller

# Where each of these is at home, by column.
HOMES = {"speakers": "article", "mentions": "set", "quotes": "set", "claim_occurrences": "set"}
# What only the managers' doors take over.
RESTORED = ("review_status", "derived_from", "merged_into", "status")


@garbage.put_off()
def store_documents(
    *,
    caller: Caller,
    project: UUID,
    documents: Sequence[Mapping[str, Any]],
    on_conflict: str = "fail",
    keep_ids: bool = False,
    utf16: bool = False,
    repair: bool = False,
    file: File | None = None,
) -> Call:
    """Many documents with their articles, any number of sets and annotators each. Managers, imports and seeds.

    `on_conflict`, for articles that are there: `fail`, `skip`, `upsert`, `replace`, `new_revision`. `keep_ids`: new
    objects take the ids they came with (the fixed ids of seeds; the API does not offer it). `repair`: see `Anchoring`.
    `file`: what the documents are a part of, where a file is stored in several calls.
    """
    mode = on_conflict if on_conflict in {"upsert", "replace"} else "add"
    file = file or File()
    anchoring = Anchoring(utf16=utf16, repair=repair)
    call = Call(caller, project, anchoring, mode, restore=True, keep_ids=keep_ids, file=file)
    call.scope.known = file.objects
    for position, document in enumerate(documents):
        call.scope.add(document, f"/{position}")
    find_targets(call, on_conflict)
    return carry_out(call)


def store_annotations(
    *,
    caller: Caller,
    article: Article,
    document: Mapping[str, Any],
    mode: str = "add",
    annotation_set: AnnotationSet | None = None,
    utf16: bool = False,
) -> Call:
    """One document into one set of a known article: the caller's own, or the one given (which the caller sees)."""
    call = Call(caller, article.project_id, Anchoring(utf16=utf16), mode)
    added = call.scope.add(document, "")
    known_target(call, added, article)
    into_one_set(call, added, annotation_set or own_set(caller, article))
    return carry_out(call)


def into_one_set(call: Call, document: Document, annotation_set: AnnotationSet) -> None:
    """A document for the article door names at most the one set that it is for."""
    sets = document.nodes["sets"]
    if len(sets) > 1:
        raise Problem(422, sets[1].fault("one-set-only", "This call writes into one set; send the others one by one."))
    for node in sets:
        others = AnnotationSet.objects.visible_to(call.caller).filter(pk=node.sent_id).exclude(pk=annotation_set.pk)
        if node.sent_id and others.exists():
            raise Problem(
                422, node.fault("one-set-only", "This is another set; to write into it, name it with `?set=`.")
            )
        node.reuse(annotation_set.pk)
    call.default_set = annotation_set


def store_one(
    *,
    caller: Caller,
    article: Article,
    kind: str,
    data: Mapping[str, Any],
    utf16: bool = False,
    back: Stamps | None = None,
    own: AnnotationSet | None = None,
) -> tuple[Node, Call]:
    """One span annotation: a document of one object, without the search for an equal one. `own`: the caller's own
    set, locked, if it is there."""
    call = Call(caller, article.project_id, Anchoring(utf16=utf16), matching=False, back=back or {})
    document = Document("")
    call.scope.documents.append(document)
    call.scope.add_node(document, kind, data, "")
    (node,) = document.nodes[kind]
    in_a_set = kind != "evidence" or data.get("span") is not None
    call.hold(own)
    if in_a_set and data.get("set") is None:
        call.default_set = own or own_set(caller, article)
    known_target(call, document, article)
    return node, carry_out(call)


def alter_one(
    *, caller: Caller, row: Any, kind: str, data: Mapping[str, Any], annotation_set: AnnotationSet, utf16: bool = False
) -> Call:
    """A known span annotation altered: an upsert of one object whose row is given. Its set is locked."""
    call = Call(caller, row.project_id, Anchoring(utf16=utf16), mode="upsert", matching=False)
    call.hold(annotation_set)
    document = Document("")
    call.scope.documents.append(document)
    call.scope.add_node(document, kind, {**data, "set": row.set_id}, "")
    (node,) = document.nodes[kind]
    node.reuse(row.pk)
    node.row = row
    return carry_out(call)


def carry_out(call: Call) -> Call:
    """From nodes to rows; the order of the steps is the order in which objects depend on each other."""
    forget_restored(call)
    call.scope.link()
    take_known(call)
    name_nodes(call)
    check_asked(call)
    if call.matching:
        reuse.find_publishers(call)
        new_targets(call)
        reuse.find_speakers(call)
        reuse.find_claims(call)
    settle_sets(call)
    place_nodes(call)
    spans = find_spans(call)
    check_before_settling(call)
    settling = Settling(call, spans)
    settling.run()
    if call.matching:
        reuse.find_relations(call)
        reuse.find_reviews(call)
        check_identities(call)
        refuse_doubles(call)
    call.raise_faults()
    check_rights(call)
    call.file.before_writing(call)
    try:
        write(call, settling)
    except IntegrityError as exc:
        if call.matching and (problem := nowhere(exc)):
            raise problem from exc
        raise
    return call


def check_before_settling(call: Call) -> None:
    """Refuses what refers to unknown things, which cannot be settled; and empties the sets that are replaced."""
    unknown = bool(call.scope.faults)
    check_links(call)
    if unknown or call.mode == "replace":
        call.raise_faults()
    if call.mode == "replace":
        empty_known_sets(call)
        check_asked(call)  # what has just gone can no longer be referred to
        call.raise_faults()


def empty_known_sets(call: Call) -> None:
    known = {pk for pk, row in call.sets.items() if not row._state.adding}
    known -= call.file.brought("sets", known)
    check_sets(call, known)
    call.deleted = empty_sets(known, call.caller)


def take_known(call: Call) -> None:
    """Publishers, speakers and claims that an earlier part of the file brought are the same by their ids in it."""
    for node in call.scope.each("publishers", "speakers", "claims") if call.file.objects else ():
        if node.sent_id and (here := call.file.objects.get((node.kind, node.sent_id))):
            node.reuse(here)


def name_nodes(call: Call) -> None:
    """Every object gets its id now, in the order of making, so that ids ascend as the documents do."""
    for node in call.scope.each():
        if node.new:
            node.id = node.sent_id if call.keep_ids and node.sent_id else call.back.get("id") or uuid7()


def forget_restored(call: Call) -> None:
    if not call.restore:
        for node in call.scope.each():
            for name in RESTORED:
                node.data.pop(name, None)


def check_asked(call: Call) -> None:
    """Ids that no document holds must be in the project, and seen by the caller. Where something came from (its origin,
    a set's parents) may be elsewhere: that is then forgotten.

    Those that are not are `missing`: no later step looks at them, lest what it finds wrong tell them from absent ones.
    """
    for kind, asked in call.scope.asked.items():
        if asked:
            statement = homes_of(MODELS[kind], HOMES.get(kind, "pk"), call.caller.pattern)
            given = {"project": call.project, "ids": list(set(asked.values()))}
            found: dict[UUID, Any] = dict(statement.run({**call.caller.params, **given}))
            call.homes |= found if kind in HOMES else {}
            there = set(found)
            call.missing |= set(asked.values()) - there
            past = {pointer for pointer in asked if pointer.endswith("/derived_from") or "/parents/" in pointer}
            call.refuse(*absent({pointer: pk for pointer, pk in asked.items() if pointer not in past}, there))
            for node in call.scope.each(kind) if past else ():
                forget_absent(node, there)


@lru_cache(maxsize=500)
def homes_of(model: Any, home: str, caller: Any) -> Statement:
    """Which of some ids are in the project and seen by the caller, and where each is at home."""
    rows = model.objects.visible_to(caller).filter(project=Param("project"), pk__one_of=Param("ids"))
    return Statement.of(rows.values_list("pk", home))


def forget_absent(node: Node, there: set[UUID]) -> None:
    def known(reference: Any) -> bool:
        return reference is None or isinstance(reference, Node) or reference in there

    if not known(node.data.get("derived_from")):
        node.data["derived_from"] = None
    if "parents" in node.data:
        node.data["parents"] = [parent for parent in node.data["parents"] if known(parent)]
