"""Settling the nodes of a call: which row each is, and what its columns hold. Nothing is written.

Spans have been found by now, all of them, since what a span annotation is known by is where it stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from annotations.actions.call import Call
from annotations.actions.nodes import Node, final
from annotations.actions.reuse import Known
from annotations.actions.rows import MODELS, Pieces, Place, pieces_of, plain_columns, span_columns
from annotations.kinds import SPANS
from annotations.models import Claimant, Mention, QuoteSource
from annotations.spans import Span
from backend.copying import unsaved
from backend.errors import Fault
from projects.ids import uuid7


class Settling:
    """The second half of a call's way down: nodes become rows, top-down where they nest."""

    def __init__(self, call: Call, spans: dict[tuple[int, str], Span]) -> None:
        self.call = call
        self.spans = spans
        # Where nothing is matched, only what sources name by their spans may be there already.
        sought = {n: span for n, span in spans.items() if call.matching or n[1].startswith("sources/")}
        self.known = Known.load(call, {span.start for span in sought.values()})
        self.mentions: dict[tuple[UUID, Pieces], Node] = {}
        self.named: set[tuple[Any, ...]] = set()
        self.sources: dict[Node, list[QuoteSource]] = {}
        self.claimants: dict[Node, list[Claimant]] = {}

    def run(self) -> None:
        for node in self.call.scope.each("mentions"):
            self.mention(node)
        self.imply_mentions()
        # A quote is known by its parent too, so those above come first.
        for node in sorted(self.call.scope.each("quotes"), key=lambda node: self.call.depths.get(node, 1)):
            self.settle(node)
        for node in self.call.scope.each("claim_occurrences", "evidence"):
            self.settle(node)
        # A quote that was reused needs none of the mentions that its sources implied.
        shown = {link.mention_id for links in self.sources.values() for link in links}
        self.call.implied = [node for node in self.call.implied if node.id in shown]

    def columns(self, node: Node) -> dict[str, Any]:
        """The columns that were sent. Absent ones keep their defaults (new rows) or what they hold (known ones)."""
        columns = plain_columns(node.data, final)
        for name, prefix in SPANS[node.kind].items():
            if name in node.data:
                columns |= span_columns(self.spans.get((id(node), name)), prefix)
        return columns

    # ---- mentions ----

    def mention(self, node: Node) -> None:
        place = self.call.places.get(node)
        if place is None or not node.anchored:
            return
        columns = self.columns(node)
        key = (place.set, pieces_of(columns if "span" in node.data else vars(node.row)))
        if key in self.mentions:
            self.call.refuse(node.fault("already-exists", "The document has this mention twice.", "/span"))
        self.mentions[key] = node
        row = node.row or (self.known.mention(*key) if self.call.matching else None)
        external = node.data.get("external_id")
        if row is None and external is not None and self.call.matching:
            row = self.known.external.get(("mentions", place.set, external))
        self.become(node, row, columns, None)

    def imply_mentions(self) -> None:
        """The mentions that sources name by their spans: found in the set, or made with what their sources agree on."""
        for node in list(self.call.scope.each("quotes")):
            place = self.call.places.get(node)
            for position, source in enumerate(node.data.get("sources", [])):
                span = self.spans.get((id(node), f"sources/{position}/span"))
                if span is not None and place is not None and source.get("mention") is None:
                    source["mention"] = self.mention_at(node, place, span, source)

    def mention_at(self, quote: Node, place: Place, span: Span, source: Mapping[str, Any]) -> Node:
        key = (place.set, pieces_of(span_columns(span)))
        node = self.mentions.get(key)
        if node is None:
            kind = source.get("mention_kind")
            data = {"kind": kind} if kind and kind != "implicit" else {}
            node = Node("mentions", data, quote.pointer, quote.document, id=uuid7(), implied=True)
            self.mentions[key] = node
            self.call.places[node] = place
            row = self.known.mention(*key)
            if row is not None:
                node.reuse(row.pk)
                node.row = row
            else:
                speaker = final(source.get("speaker"))
                own = {"id": node.id, **data, "speaker_id": speaker}
                node.row = unsaved(Mention, place.columns(), span_columns(span), own)
                self.call.implied.append(node)
        elif node in self.call.implied and node.row.speaker_id != final(source.get("speaker")):
            node.row.speaker_id = None
        return node

    # ---- quotes, occurrences, evidence ----

    def settle(self, node: Node) -> None:
        place = self.call.places.get(node)
        if (place is None and node.kind != "evidence") or not node.anchored:
            return
        columns, links = self.columns(node), self.links(node)
        row = node.row
        if row is None and self.call.matching:
            self.refuse_twice(node, place)
            row = self.known.same(node, place.set if place else None, columns, links, self.call.taken)
        self.become(node, row, columns, links)

    def links(self, node: Node) -> list[tuple[Any, ...]] | None:
        """The rows of links that were sent, as `Known` compares them; None where none were."""
        if "sources" in node.data:
            rows = [self.source(node, n, source) for n, source in enumerate(node.data["sources"])]
            self.sources[node] = [row for row in rows if row]
            return [(r.role, r.mention_id, r.speaker_id, r.role_text, r.affiliation_id) for r in self.sources[node]]
        if "claimants" in node.data:
            self.claimants[node] = [self.claimant(node, n, sent) for n, sent in enumerate(node.data["claimants"])]
            return [(r.speaker_id, r.is_author) for r in self.claimants[node]]
        return None

    def claimant(self, node: Node, position: int, sent: Mapping[str, Any]) -> Claimant:
        speaker, author = final(sent.get("speaker")), sent.get("is_author", False)
        if speaker is None and not author:
            pointer = f"/claimants/{position}"
            self.call.refuse(node.fault("claimant-empty", "Name a speaker, or say that it is the author.", pointer))
        columns = {"project_id": self.call.project, "occurrence_id": node.id, "position": position}
        made: Claimant = unsaved(Claimant, columns | {"speaker_id": speaker, "is_author": author})
        return made

    def source(self, node: Node, position: int, sent: Mapping[str, Any]) -> QuoteSource | None:
        """One source link. It inherits its mention's speaker where it sends none, or that same one."""
        pointer = f"/sources/{position}"
        mention = self.mention_row(sent.get("mention"))
        kind, speaker = sent.get("mention_kind"), final(sent.get("speaker"))
        place = self.call.places[node]
        span = self.spans.get((id(node), f"sources/{position}/span"))
        fault = source_fault(mention, kind, speaker, span)
        if fault is not None:
            self.call.refuse(fault.under(node.pointer + pointer))
            return None
        own = mention.speaker_id if mention is not None else None
        inherited = mention is not None and (speaker is None or self.known.means(own, speaker))
        columns = {
            "project_id": place.project,
            "set_id": place.set,
            "quote_id": node.id,
            "position": position,
            "role": sent.get("role", "source"),
            "mention_id": mention.pk if mention is not None else None,
            "speaker_id": own if inherited else speaker,
            "inherited": inherited,
            "role_text": sent.get("role_text", ""),
            "affiliation_id": final(sent.get("affiliation")),
        }
        made: QuoteSource = unsaved(QuoteSource, columns)
        return made

    def mention_row(self, reference: Any) -> Mention | None:
        if isinstance(reference, Node):
            return reference.row  # type: ignore[no-any-return]
        row: Mention | None = self.known.rows.get(reference)
        if row is None and reference is not None:
            raise Mention.DoesNotExist  # gone since the call asked for it
        return row

    def keep_merged(self, node: Node) -> None:
        """A source sent back as an answer showed it keeps its merged speaker: the merge may be taken back."""
        for link in self.sources.get(node, ()):
            for role, mention, speaker, *_ in self.known.links[node.id]:
                shown = (role, mention, self.known.ends.get(speaker))
                if shown == (link.role, link.mention_id, link.speaker_id):
                    link.speaker_id = speaker

    def refuse_twice(self, node: Node, place: Place | None) -> None:
        external = node.data.get("external_id")
        key = (node.kind, place.set if place else None, external)
        if external is not None and key in self.named:
            self.call.refuse(node.fault("already-exists", "The document has this external_id twice.", "/external_id"))
        self.named.add(key)

    # ---- what a node becomes ----

    def become(self, node: Node, row: Any, columns: dict[str, Any], links: list[tuple[Any, ...]] | None) -> None:
        """The known row, altered where the call upserts; or a new one."""
        if row is None:
            place = self.call.places.get(node)
            own: Mapping[str, Any] = place.columns() if place else {"project_id": self.call.project}
            node.row = unsaved(MODELS[node.kind], {"id": node.id}, columns, own, self.call.back)
            return
        node.reuse(row.pk)
        node.row = row
        differing = {n: value for n, value in columns.items() if not self.known.means(getattr(row, n), value)}
        relinked = links is not None and not self.known.same_links(row.pk, links)
        if self.call.mode == "upsert" and (differing or relinked):
            node.outcome, node.altered = "updated", frozenset(differing)
            for name, value in differing.items():
                setattr(row, name, value)
            self.keep_merged(node)
            self.call.changed.setdefault(node.kind, []).append(node)
            for link in (*self.sources.get(node, ()), *self.claimants.get(node, ())):
                setattr(link, "quote_id" if isinstance(link, QuoteSource) else "occurrence_id", row.pk)
        elif links is not None:
            self.sources.pop(node, None)
            self.claimants.pop(node, None)


def source_fault(mention: Mention | None, kind: str | None, speaker: UUID | None, span: Span | None) -> Fault | None:
    if mention is None:
        if kind not in (None, "implicit"):
            return Fault("mention-differs", f"Without a mention its kind is `implicit`, not `{kind}`.", "/mention_kind")
        if speaker is None:
            return Fault("source-empty", "A source needs a mention (or a span), or a speaker.")
        return None
    if kind is not None and kind != mention.kind:
        return Fault("mention-differs", f"The mention is `{mention.kind}`, not `{kind}`.", "/mention_kind")
    if span is not None and pieces_of(span_columns(span)) != pieces_of(vars(mention)):
        return Fault("mention-differs", "The span is not the mention's; send one of the two.", "/span")
    return None
