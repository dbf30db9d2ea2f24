"""What a job remembers of its file between batches: which of the file's ids is which object here.

Kept are things that other documents may refer to or be the same as. It is written in the transaction of the batch that
brought them, so that a crash forgets both or neither.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Final
from uuid import UUID

from annotations.actions.call import Call, File
from annotations.actions.nodes import Node
from annotations.choices import OnConflict
from annotations.formats.base import Json
from annotations.formats.references import Deferred, deferred, references
from annotations.importing.turns import NOTHING, Bringing, Turn
from annotations.models import AwaitedReference, ImportedObject, ImportJob
from backend.copying import copy_rows, unsaved
from backend.fields import UUID_PATTERN

SHARED: Final = ("publishers", "speakers", "claims")
Name = tuple[str, UUID]  # a kind, and the id that the file has for an object
KEPT: Final = ("articles", "sets", *SHARED, "claim_relations", "evidence", "claim_reviews")


class Memory(File):
    """The memory of one job, with what one batch has asked of it."""

    def __init__(self, job: ImportJob, turn: Turn) -> None:
        self.job, self.turn = job, turn
        self.since = job.created_at
        self.objects: dict[Name, UUID] = {}
        self.payloads: dict[Name, Json] = {}
        self.taken: AbstractSet[UUID] = frozenset()  # by the batch before

    # ---- asked by a batch ----

    def recall(self, documents: Sequence[Json]) -> None:
        """Looks up all identities that the documents hold, all that they refer to, and (in a dry run) what that refers
        to. One query, as a rule."""
        named = {name for document in documents for name in asked(document)}
        own = {name for document in documents for name in identities(document)}
        self.reckon_with(named, own)
        wanted = named | own
        while wanted:
            found = self.rows().filter(sent__in={sent for _, sent in wanted})
            met = []
            for kind, sent, here, payload in found.values_list("kind", "sent", "object", "payload"):
                if here is not None:
                    self.objects[kind, sent] = here
                if payload is not None and (kind, sent) not in self.payloads:
                    self.payloads[kind, sent] = payload
                    met.append({kind: [payload]})
            wanted = {name for document in met for name in asked(document)} - self.payloads.keys()

    def reckon_with(self, named: AbstractSet[Name], own: AbstractSet[Name]) -> None:
        """Looks at what the batch before will store. Where these documents hold the same objects again, their ids here
        are known by that. Where they refer to one without holding it, it has to be in the database first."""
        brings = self.turn.look() if self.plain else NOTHING
        if not (self.plain and named.isdisjoint(brings.names)):
            self.turn.wait()
            return
        self.objects |= {name: brings.names[name] for name in own & brings.names.keys()}
        self.taken = brings.ids

    @property
    def plain(self) -> bool:
        """Whether the job alters nothing that is there."""
        return not self.job.dry_run and self.job.on_conflict in (OnConflict.FAIL, OnConflict.SKIP)

    def known(self, kind: str, sent: str) -> bool:
        name = named(kind, sent)
        return name in self.objects or name in self.payloads

    def again(self) -> list[Json]:
        """In a dry run: what the batch refers to and earlier ones would have brought, to be stored with it."""
        lists: dict[str, list[Json]] = {}
        for (kind, _), payload in self.payloads.items():
            lists.setdefault(kind, []).append(payload)
        return [deferred(lists, self.known)[0]] if lists else []

    # ---- asked by the call (annotations.actions.call.File) ----

    def brought(self, kind: str, ids: Collection[UUID]) -> set[UUID]:
        if not ids:
            return set()
        there = self.rows().filter(kind=kind, object__in=ids).values_list("object", flat=True)
        return {*there, *self.taken & set(ids)}

    def before_writing(self, call: Call) -> None:
        nodes = list(kept(call))
        names = {(node.kind, node.sent_id): node.id for node in nodes if node.sent_id}
        self.turn.tell(Bringing(names, {node.id for node in nodes}))
        self.turn.wait()

    # ---- told by a batch ----

    def remember(self, call: Call, documents: list[Json]) -> None:
        """What the call made or found of the documents, which are its first ones."""
        dry = self.job.dry_run
        rows = [
            unsaved(
                ImportedObject,
                {
                    "job_id": self.job.pk,
                    "kind": node.kind,
                    "sent": node.sent_id,
                    "object": None if dry else node.id,
                    "made": node.new and not dry,
                    "payload": payload_of(node, documents) if dry else None,
                },
            )
            for node in kept(call)
            if at(node) < len(documents) and (node.sent_id or not dry) and not self.met(node)
        ]
        if rows:
            copy_rows(rows)

    def met(self, node: Node) -> bool:
        """Whether an earlier part of the file brought this under the same id."""
        name = node.kind, node.sent_id
        return name in self.objects or name in self.payloads

    def put_off(self, document: Json, own: Collection[tuple[str, str]]) -> tuple[Json, list[Deferred]]:
        """The document without references to what stands further on in the file."""
        return deferred(document, lambda kind, sent: (kind, sent) in own or self.known(kind, sent))

    def await_references(self, later: Iterable[Deferred]) -> None:
        AwaitedReference.objects.bulk_create(
            AwaitedReference(job=self.job, kind=one.kind, sent=sent[1], field=one.field, target=target[1])
            for one in later
            if (sent := named(one.kind, one.id)) and (target := named(one.kind, one.target))
        )

    def rows(self) -> Any:
        return ImportedObject.objects.filter(job=self.job)


def named(kind: str, sent: Any) -> Name | None:
    """What a file calls something, where it is an id at all."""
    return (kind, UUID(sent)) if isinstance(sent, str) and UUID_PATTERN.fullmatch(sent) else None


def asked(document: Json) -> Iterator[Name]:
    """What a document refers to, and its article."""
    for kind, sent in references(document):
        if name := named(kind, sent):
            yield name
    article = document.get("article")
    if isinstance(article, dict) and (name := named("articles", article.get("id"))):
        yield name


def identities(document: Json) -> Iterator[Name]:
    """The publishers, speakers and claims that stand in a document, by the ids that the file has for them."""
    for kind in SHARED:
        for item in document.get(kind) or ():
            if isinstance(item, dict) and (name := named(kind, item.get("id"))):
                yield name


def kept(call: Call) -> Iterator[Node]:
    """What is remembered of a call: not what belongs to one document alone."""
    for node in call.scope.each(*KEPT):
        local = node.kind == "speakers" and not node.data.get("is_named", True)
        in_set = node.kind == "evidence" and node in call.places
        if not (local or in_set or node.implied):
            yield node


def at(node: Node) -> int:
    """Which document of the call the node stands in."""
    return int(node.pointer.split("/")[1])


def payload_of(node: Node, documents: list[Json]) -> Json | None:
    """The object as the file has it."""
    if node.kind not in SHARED:
        return None
    _, document, kind, place = node.pointer.split("/")
    found: Json = documents[int(document)][kind][int(place)]
    return found
