"""What is there already and is the same thing: reads only, one or two statements a kind, whatever the size of the call.

Sought is only what was there before the call: two objects of one call stay two. What is reused is never altered here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from uuid import UUID

from django.db.models import Q

from annotations.actions.call import Call
from annotations.actions.nodes import Node, final
from annotations.actions.rows import MODELS, Pieces, pieces_of
from annotations.choices import SYMMETRIC
from annotations.models import (
    Claim,
    Claimant,
    ClaimRelation,
    ClaimReview,
    Evidence,
    Mention,
    QuoteSource,
    Speaker,
)
from articles.models import Publisher
from backend.rows import fetch
from backend.statements import Param, Statement

LINK_COLUMNS = {
    "quotes": ("role", "mention_id", "speaker_id", "role_text", "affiliation_id"),
    "claim_occurrences": ("speaker_id", "is_author"),
}


def find_publishers(call: Call) -> None:
    """By domain, else by name."""
    nodes = call.each_new("publishers")
    if not nodes:
        return
    domains, names = values(nodes, "domain"), values(nodes, "name")
    known: dict[Any, list[UUID]] = defaultdict(list)
    found = Q(domain__in=domains) | (Q(name__in=names) & earlier(call))
    for row in Publisher.objects.filter(found, project=call.project).order_by("pk"):
        known["domain", row.domain].append(row.pk)
        known["name", row.name].append(row.pk)
    keep_apart(call, "publishers", (pk for pks in known.values() for pk in pks))
    for node in nodes:
        domain = node.data.get("domain")
        take(call, node, known["domain", domain] if domain else known["name", node.data["name"]])


def find_speakers(call: Call) -> None:
    """By Wikidata id, else by name and kind among named speakers without another; unnamed ones within their article."""
    nodes = call.each_new("speakers")
    if not nodes:
        return
    for node in nodes:
        keep_local(call, node)
    rows = known_speakers(call, nodes)
    keep_apart(call, "speakers", (row.pk for row in rows))
    by_qid = {row.wikidata_qid: row.pk for row in rows if row.wikidata_qid and row.merged_into_id is None}
    by_name: dict[Any, list[Any]] = defaultdict(list)
    for row in rows:
        by_name[row.name, row.kind, row.article_id].append(row)
    for node in nodes:
        qid = node.data.get("wikidata_qid")
        same_name = by_name[node.data["name"], node.data.get("kind", "person"), node.data.get("article")]
        fitting = [row.pk for row in same_name if not (qid and row.wikidata_qid) or row.wikidata_qid == qid]
        take(call, node, [by_qid[qid]] if qid in by_qid else fitting)


def known_speakers(call: Call, nodes: list[Node]) -> list[Any]:
    """Who could be meant. Each part has an index of its own; unnamed ones of other articles, of which a project has as
    many as it has articles ("an official"), are not looked at."""
    qids, articles = values(nodes, "wikidata_qid"), values(nodes, "article")
    names = values([node for node in nodes if node.data.get("article") is None], "name")
    called_so = Q(name__in=names, article=None) & earlier(call)
    found = Q(wikidata_qid__in=qids, merged_into=None) | called_so | Q(article__in=articles)
    columns = ("pk", "name", "kind", "article_id", "wikidata_qid", "merged_into_id")
    rows = Speaker.objects.filter(found, project=call.project).order_by("pk")
    return list(rows.values_list(*columns, named=True))


def keep_local(call: Call, node: Node) -> None:
    """An unnamed speaker belongs to its document's article."""
    if not node.data.get("is_named", True):
        target = call.targets.get(node.document)
        node.data["article"] = target.article if target else None
        if target is None:
            call.refuse(node.fault("article-required", "An unnamed speaker needs the article it is in.", "/is_named"))


def find_claims(call: Call) -> None:
    """By text and language."""
    nodes = call.each_new("claims")
    if not nodes:
        return
    texts = [node.data["text"] for node in nodes]
    rows = list(Claim.objects.filter(earlier(call), project=call.project).with_texts(texts).order_by("pk"))
    known: dict[Any, list[UUID]] = defaultdict(list)
    for row in rows:
        known[row.text, row.language].append(row.pk)
    keep_apart(call, "claims", (row.pk for row in rows))
    for node in nodes:
        take(call, node, known[node.data["text"], node.data.get("language")])


def find_relations(call: Call) -> None:
    """By ends (as stored, or at the end of their merges) and type; a symmetric relation by its unordered pair."""
    nodes = call.each_new("claim_relations")
    if not nodes:
        return
    ends = {final(node.data[end]) for node in nodes for end in ("source", "target")}
    columns = ("pk", "type", "source_id", "target_id", "source__canonical_id", "target__canonical_id")
    there = ClaimRelation.objects.filter(
        Q(source__in=ends) | Q(source__canonical__in=ends), Q(target__in=ends) | Q(target__canonical__in=ends)
    )
    known: dict[Any, list[UUID]] = defaultdict(list)
    for pk, kind, source, target, *canonical in there.order_by("pk").values_list(*columns):
        for key in {relation_key(source, target, kind), relation_key(canonical[0], canonical[1], kind)}:
            known[key].append(pk)
    keep_apart(call, "claim_relations", (pk for pks in known.values() for pk in pks))
    for node in nodes:
        key = relation_key(final(node.data["source"]), final(node.data["target"]), node.data["type"])
        take(call, node, known[key])


def relation_key(source: UUID | None, target: UUID | None, kind: str) -> tuple[Any, ...]:
    ends: Any = frozenset((source, target)) if kind in SYMMETRIC else (source, target)
    return kind, ends


def find_reviews(call: Call) -> None:
    """By address, on the same claim."""
    nodes = call.each_new("claim_reviews")
    rows = ClaimReview.objects.filter(project=call.project, url__in=values(nodes, "url")) if nodes else ()
    known: dict[Any, list[UUID]] = defaultdict(list)
    for row in rows:
        known[row.url, row.claim_id].append(row.pk)
    keep_apart(call, "claim_reviews", (pk for pks in known.values() for pk in pks))
    for node in nodes:
        take(call, node, known[node.data["url"], final(node.data["claim"])])


def values(nodes: Iterable[Node], name: str) -> list[Any]:
    return list({node.data[name] for node in nodes if node.data.get(name) is not None})


def earlier(call: Call) -> Q:
    """What was there before the file that the call is a part of: of one name the file itself may have brought as many
    as it has articles, and none of them is meant."""
    return Q(created_at__lt=call.file.since) if call.file.since else Q()


def keep_apart(call: Call, kind: str, found: Iterable[UUID]) -> None:
    """What an earlier part of the same file brought is not what this part means: two objects of one file stay two."""
    call.taken |= call.file.brought(kind, set(found))


def take(call: Call, node: Node, rows: Iterable[UUID]) -> None:
    """The first of the rows that no other object of the call has taken: two objects of one file stay two."""
    for pk in rows:
        if pk not in call.taken:
            call.taken.add(pk)
            node.reuse(pk)
            return


@dataclass
class Known:
    """The span annotations of the sets that a call writes into, as far as they could be what it sends: those that begin
    where one of its spans begins, and those whose external_id it names."""

    mentions: dict[tuple[UUID, Pieces], Any] = field(default_factory=dict)
    external: dict[tuple[str, UUID, str], Any] = field(default_factory=dict)
    candidates: dict[tuple[Any, ...], list[Any]] = field(default_factory=lambda: defaultdict(list))
    links: dict[UUID, list[tuple[Any, ...]]] = field(default_factory=lambda: defaultdict(list))
    rows: dict[UUID, Any] = field(default_factory=dict)
    ends: dict[UUID, UUID] = field(default_factory=dict)

    @classmethod
    def load(cls, call: Call, starts: Iterable[int]) -> Known:
        known = cls()
        asked = set(call.scope.asked["mentions"].values())
        known.rows = Mention.objects.in_bulk(asked) if asked else {}
        sets = [pk for pk, row in call.sets.items() if not row._state.adding]
        starts = set(starts)
        for kind in ("mentions", "quotes", "claim_occurrences"):
            names = values(call.scope.each(kind), "external_id") if call.matching else []
            if sets and ((starts and (call.matching or kind == "mentions")) or names):
                known.take_in(kind, candidates(MODELS[kind], sets, list(starts), names, lock=call.mode == "upsert"))
        if sets and call.matching and any(call.scope.each("evidence")):
            for row in Evidence.objects.filter(set__in=sets).order_by("pk"):
                known.candidates["evidence", row.set_id, row_pieces(row)].append(row)
        urls = values(call.scope.each("evidence"), "url") if call.matching else []
        if urls:
            pages = list(Evidence.objects.filter(project=call.project, url__in=urls).order_by("pk"))
            known.candidates["evidence", None, None] += pages
            keep_apart(call, "evidence", (row.pk for row in pages))
        known.load_links(call)
        known.load_ends(call)
        return known

    def take_in(self, kind: str, rows: Iterable[Any]) -> None:
        for row in rows:
            if row.external_id is not None:
                self.external[kind, row.set_id, row.external_id] = row
            if kind == "mentions":
                self.mentions[row.set_id, row_pieces(row)] = row
            self.candidates[kind, row.set_id, row_pieces(row)].append(row)

    def load_links(self, call: Call) -> None:
        """The sources and claimants of the candidates, to compare with those that were sent."""
        owners = {"quotes": (QuoteSource, "quote"), "claim_occurrences": (Claimant, "occurrence")}
        for kind, (model, owner) in owners.items():
            ids = [row.pk for key, rows in self.candidates.items() if key[0] == kind for row in rows]
            ids += [node.id for node in call.scope.each(kind) if node.row is not None]
            if ids:
                rows = model._default_manager.filter(**{f"{owner}__in": ids}).order_by("position")
                for owner_id, *link in rows.values_list(f"{owner}_id", *LINK_COLUMNS[kind]):
                    self.links[owner_id].append(tuple(link))

    def load_ends(self, call: Call) -> None:
        """What answers show in place of merged speakers and claims that the candidates refer to."""
        links = {value for links in self.links.values() for link in links for value in link if isinstance(value, UUID)}
        rows = [row for rows in self.candidates.values() for row in rows] + list(self.rows.values())
        rows += [node.row for node in call.scope.each() if node.row is not None]
        for model, name in ((Speaker, "speaker_id"), (Claim, "claim_id")):
            stored = {value for row in rows if (value := getattr(row, name, None))}
            stored |= links if model is Speaker else set()
            if stored:
                self.ends |= dict(ends_of(model).run({"ids": list(stored)}))

    def means(self, stored: Any, sent: Any) -> bool:
        """Whether a value that was sent is the stored one, or what an answer shows of it."""
        return bool(stored == sent or (isinstance(stored, UUID) and self.ends.get(stored, stored) == sent))

    def same_links(self, owner: UUID, sent: list[tuple[Any, ...]]) -> bool:
        stored = self.links[owner]
        return len(stored) == len(sent) and all(
            self.means(*pair) for link in zip(stored, sent, strict=True) for pair in zip(*link, strict=True)
        )

    def mention(self, set_id: UUID, pieces: Pieces) -> Any:
        return self.mentions.get((set_id, pieces))

    def same(
        self,
        node: Node,
        set_id: UUID | None,
        columns: dict[str, Any],
        links: list[tuple[Any, ...]] | None,
        taken: set[UUID],
    ) -> Any:
        """The row that the node means: by external_id, else one that has all the values sent and is not taken yet."""
        external = node.data.get("external_id")
        if external is not None and set_id is not None:
            return self.external.get((node.kind, set_id, external))
        pieces = pieces_of(columns) if columns.get("start") is not None else None
        for row in self.candidates.get((node.kind, set_id, pieces), ()):
            equal = row.pk not in taken and all(self.means(getattr(row, n), value) for n, value in columns.items())
            if equal and (links is None or self.same_links(row.pk, links)):
                taken.add(row.pk)
                return row
        return None


def candidates(model: Any, sets: list[UUID], starts: list[int], names: list[str], *, lock: bool) -> Iterable[Any]:
    """The rows of sets that begin at one of the places, or have one of the names as their external_id."""
    if not (names or lock):
        return fetch(model, set__one_of=sets, start__one_of=starts)
    at = Q(start__in=starts) | Q(external_id__in=names) if names else Q(start__in=starts)
    rows = model.objects.filter(at, set__in=sets).order_by("pk")
    # What is to be altered must not change between this look and the writing.
    return rows.select_for_update(of=("self",), no_key=True) if lock else rows  # type: ignore[no-any-return]


@cache
def ends_of(model: Any) -> Statement:
    """Of some ids, those that are merged, and into what."""
    merged = model._default_manager.filter(pk__one_of=Param("ids"), merged_into__isnull=False)
    return Statement.of(merged.values_list("pk", "canonical_id"))


def row_pieces(row: Any) -> Any:
    """Where a row stands; None where it has no span."""
    if row.start is None:
        return None
    return row.part, row.start, row.end, tuple(row.pieces) if row.pieces else None
