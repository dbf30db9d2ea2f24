"""One bulk call on its way down: what it was told, what it has found out, what is wrong with it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from annotations.actions.nodes import Document, Node, Scope
from annotations.actions.rows import Anchoring, Place, Texts
from annotations.models import AnnotationSet
from articles.actions import NewArticle
from articles.models import Revision
from backend.errors import Fault, Problem
from backend.rows import fetch
from projects.actions.rows import Stamps
from projects.roles import Caller


@dataclass
class Target:
    """The article that a document is about, and its texts as the document numbers them; `head` is the default."""

    article: UUID
    head: Revision
    numbers: dict[int, Revision] = field(default_factory=dict)
    new: NewArticle | None = None


class File:
    """What earlier calls have stored of the file that this call stores a part of; a call of its own has no such file.

    `objects`: what the file calls something, and what it is here: an id that comes again is the same thing. `since`:
    when it began to come in. Two objects of a file stay two, and what one part of it brought, another does not empty.
    """

    objects: Mapping[tuple[str, UUID], UUID] = {}
    since: datetime | None = None

    def brought(self, kind: str, ids: Collection[UUID]) -> set[UUID]:
        """Which of the ids the file has brought, or taken for its own."""
        return set()

    def before_writing(self, call: Call) -> None:
        """Called once all objects have their ids and are found right, before anything is written."""


@dataclass
class Call:
    """`restore`: statuses, merges and origins are taken over (managers' doors). `matching`: what is the same as
    something there is reused. `keep_ids`: new objects keep the ids they came with. `back`: what the one object of the
    call keeps of itself, where it comes back."""

    caller: Caller
    project: UUID
    anchoring: Anchoring
    mode: str = "add"
    restore: bool = False
    matching: bool = True
    keep_ids: bool = False
    back: Stamps = field(default_factory=dict)
    file: File = field(default_factory=File)
    scope: Scope = field(default_factory=Scope)
    targets: dict[Document, Target] = field(default_factory=dict)
    default_set: AnnotationSet | None = None
    held: dict[UUID, AnnotationSet] = field(default_factory=dict)  # sets that were locked before the call
    sets: dict[UUID, AnnotationSet] = field(default_factory=dict)
    texts: dict[UUID, Texts] = field(default_factory=dict)
    places: dict[Node, Place] = field(default_factory=dict)
    place_of_set: dict[UUID, Place] = field(default_factory=dict)
    # Of what is there and referred to: the set of a span annotation, the article of a speaker.
    homes: dict[UUID, UUID | None] = field(default_factory=dict)
    depths: dict[Node, int] = field(default_factory=dict)
    taken: set[UUID] = field(default_factory=set)
    implied: list[Node] = field(default_factory=list)
    missing: set[UUID] = field(default_factory=set)
    changed: dict[str, list[Node]] = field(default_factory=dict)
    deleted: int = 0
    skipped: int = 0

    def refuse(self, *faults: Fault) -> None:
        self.scope.faults += faults

    def raise_faults(self) -> None:
        """All that has been found wrong so far, in one answer: 422; 409 where all of it clashes with what is there."""
        faults = self.scope.faults + self.anchoring.faults
        if faults:
            clash = all(fault.code == "already-exists" for fault in faults)
            raise Problem(409 if clash else 422, faults)

    def hold(self, annotation_set: AnnotationSet | None) -> None:
        if annotation_set is not None:
            self.held[annotation_set.pk] = annotation_set

    def each_new(self, kind: str) -> list[Node]:
        return [node for node in self.scope.each(kind) if node.new]

    def place_of(self, annotation_set: AnnotationSet) -> Place:
        """The place that a set is; one object for all that is in it."""
        row = annotation_set
        place = self.place_of_set.get(row.pk)
        if place is None:
            place = self.place_of_set[row.pk] = Place(row.project_id, row.article_id, row.revision_id, row.pk)
        return place

    def text_at(self, place: Place) -> Texts:
        """The text of a place; loaded once a call."""
        if place.revision not in self.texts:
            self.texts[place.revision] = Texts.of(fetch(Revision, pk=place.revision)[0])
        return self.texts[place.revision]

    def outcomes(self) -> dict[str, Any]:
        """What the answer says of the objects."""
        nodes = [node for node in self.scope.each() if not node.implied]
        counts = {name: sum(node.outcome == name for node in nodes) for name in ("created", "reused", "updated")}
        objects = [
            {
                "type": node.kind,
                "pointer": node.pointer,
                "key": node.key,
                "sent_id": node.sent_id,
                "id": node.id,
                "outcome": node.outcome,
            }
            for node in nodes
        ]
        return {**counts, "deleted": self.deleted, "skipped": self.skipped, "objects": objects}
