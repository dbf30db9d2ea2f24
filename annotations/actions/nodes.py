"""The objects of one bulk call before they have rows. Pure: names and references only.

Every object of every document becomes a Node. Keys are local to a document; ids as sent form one scope over the whole
call, so that an object that several documents repeat is one. A reference ends as a Node of the call, or as the id of
something that must be in the database.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from annotations.kinds import KINDS, REFERENCES
from backend.errors import Fault
from projects.references import no_such_object


@dataclass(eq=False, slots=True)
class Node:
    """One object of a call: what was sent, where it stood, and what has become of it."""

    kind: str
    data: dict[str, Any]
    pointer: str
    document: Document
    key: str | None = None
    sent_id: UUID | None = None
    id: UUID = field(default=UUID(int=0))
    outcome: str = "created"
    row: Any = None
    adopted: bool = False
    implied: bool = False  # nobody sent it: what was sent needs it
    anchored: bool = True  # each of its spans was found in its text
    altered: frozenset[str] = frozenset()

    @property
    def new(self) -> bool:
        return self.outcome == "created"

    def reuse(self, pk: UUID) -> None:
        self.id, self.outcome = pk, "reused"

    def fault(self, code: str, detail: str, pointer: str = "", **extra: Any) -> Fault:
        return Fault(code, detail, self.pointer + pointer, extra)


@dataclass(eq=False)
class Document:
    """The nodes of one annotation document."""

    pointer: str
    nodes: dict[str, list[Node]] = field(default_factory=lambda: {kind: [] for kind in KINDS})
    keys: dict[str, Node] = field(default_factory=dict)
    skipped: bool = False
    # Where another document of the call holds the article, that one.
    alike: Document | None = None

    @property
    def article(self) -> Node | None:
        return self.nodes["articles"][0] if self.nodes["articles"] else None


Reference = Node | UUID | None


class Scope:
    """All documents of one call, with their keys and ids. `known`: what is here of the ids of the file they are of."""

    def __init__(self) -> None:
        self.known: Mapping[tuple[str, UUID], UUID] = {}
        self.documents: list[Document] = []
        self.ids: dict[tuple[str, UUID], Node] = {}
        self.asked: dict[str, dict[str, UUID]] = {kind: {} for kind in KINDS}
        self.faults: list[Fault] = []
        self.adopted: list[Node] = []

    def add(self, sent: Mapping[str, Any], pointer: str) -> Document:
        """Takes in one document: its objects get nodes, their references are left for `link`."""
        document = Document(pointer)
        self.documents.append(document)
        if "article" in sent:
            self.add_node(document, "articles", sent["article"], f"{pointer}/article")
        for kind in KINDS:
            for position, data in enumerate(sent.get(kind, [])):
                self.add_node(document, kind, data, f"{pointer}/{kind}/{position}")
        return document

    def add_node(self, document: Document, kind: str, sent: Mapping[str, Any], pointer: str) -> None:
        data = dict(sent)
        node = Node(kind, data, pointer, document, data.pop("key", None), data.pop("id", None))
        known = self.ids.setdefault((kind, node.sent_id), node) if node.sent_id else node
        if node.key is not None:
            if node.key in document.keys:
                self.faults.append(node.fault("key-repeated", f"The key {node.key!r} stands twice.", "/key"))
            document.keys[node.key] = known
        if known is node:
            document.nodes[kind].append(node)
        elif kind == "articles":
            document.alike = known.document

    def link(self) -> None:
        """Turns every reference into a Node, or into an id that `asked` lists by kind and pointer. What a skipped
        document holds is taken along only where another one refers to it."""
        queue = [node for node in self.each() if not node.document.skipped]
        for document in self.documents:
            if document.skipped:
                document.nodes = {kind: [] for kind in KINDS}
        for node in queue:
            for name, target in REFERENCES[node.kind].items():
                if node.data.get(name) is not None:
                    node.data[name] = self.linked(node, node.data[name], target, f"{node.pointer}/{name}")
            for found in self.adopted:
                node.document.nodes[found.kind].append(found)
            queue += self.adopted
            self.adopted = []

    def linked(self, node: Node, value: Any, target: Any, pointer: str) -> Any:
        if isinstance(target, str):
            return self.find(node.document, value, target, pointer)
        (inner,) = target
        if isinstance(inner, str):
            return [self.find(node.document, v, inner, f"{pointer}/{n}") for n, v in enumerate(value)]
        return [
            {
                name: self.find(node.document, v, inner[name], f"{pointer}/{n}/{name}") if name in inner else v
                for name, v in item.items()
            }
            for n, item in enumerate(value)
        ]

    def find(self, document: Document, value: Any, kind: str, pointer: str) -> Reference:
        if isinstance(value, str):
            found = document.keys.get(value.removeprefix("#"))
            if found is None or found.kind != kind:
                name = kind.replace("_", " ")
                detail = f"The document has no object with the key {value.removeprefix('#')!r} among its {name}."
                self.faults.append(Fault("no-such-object", detail, pointer))
                return None
            return self.adopt(found)
        if value is None:
            return None
        node = self.ids.get((kind, value))
        if node is None:
            here: UUID = self.known.get((kind, value), value)
            self.asked[kind][pointer] = here
            return here
        return self.adopt(node)

    def adopt(self, node: Node) -> Node:
        if node.document.skipped and not node.adopted:
            node.adopted = True
            self.adopted.append(node)
        return node

    def forget(self) -> None:
        """Parts the nodes from their documents, so that they go at once and not when somebody looks for garbage."""
        for document in self.documents:
            document.nodes.clear()
            document.keys.clear()

    def each(self, *kinds: str) -> Iterator[Node]:
        """The nodes of the kinds (or of all), in the order of making, document by document."""
        for kind in kinds or KINDS:
            for document in self.documents:
                yield from document.nodes[kind]


def final(reference: Reference) -> UUID | None:
    """The id that a reference comes to."""
    return reference.id if isinstance(reference, Node) else reference


def absent(asked: Mapping[str, UUID], there: Iterable[UUID]) -> list[Fault]:
    present = set(there)
    return [no_such_object(pointer) for pointer, pk in asked.items() if pk not in present]
