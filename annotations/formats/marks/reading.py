"""From one annotator's marks and links to mentions, quotes and claim occurrences."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from math import inf
from typing import Any, NamedTuple

from annotations.formats.base import FRAGMENTS_MAX, TAGS_MAX, Json
from annotations.formats.links import in_circle, sources_of
from annotations.formats.marks import Layer, Link, Mark
from annotations.formats.marks.companion import SetCompanion
from annotations.formats.marks.placing import Places
from annotations.formats.marks.scheme import (
    BESIDES,
    CLAIM,
    CONTENT,
    CUE,
    KINDS,
    PARENT,
    PIECE,
    QUOTE,
    SOURCE,
    TARGETS,
    Meaning,
    Scheme,
)
from annotations.formats.report import Where
from annotations.formats.shapes import is_count, is_text, objects
from annotations.formats.words import SOURCE_ROLES, mention_kind


class Placed(NamedTuple):
    """An item, and its place among those of all sets of the document; infinity, where nothing tells it."""

    at: float
    item: Json


class LayerReading:
    """`prefix` makes keys unique within the document; `told` is what the companion knows of the set."""

    def __init__(self, layer: Layer, places: Places, scheme: Scheme, prefix: str, told: SetCompanion) -> None:
        self.places, self.report = places, places.report
        self.scheme, self.prefix, self.told = scheme, prefix, told
        known = told.set and isinstance(told.set.get("id"), str)
        self.set = told.set if told.set and known else {**(told.set or layer.set), "key": f"set{prefix}"}
        self.own = self.set["id"] if known else f"#set{prefix}"
        self.marks: dict[str, Mark] = {}
        self.meanings: dict[str, Meaning] = {}
        self.numbers: dict[str, int] = {}
        self.following: dict[str, str] = {}
        self.head: dict[str, str] = {}
        self.joined: dict[str, Json] = {}
        self.same: dict[str, str] = {}
        self.linked: dict[str, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
        for mark in layer.marks:
            self.take(mark)
        self.spans = places.all(self.marks.values())
        self.join(layer.links)
        self.connect(layer.links)

    def take(self, mark: Mark) -> None:
        meaning = self.scheme.label(mark.label)
        if meaning is None:
            detail = f"The label {mark.label[:50]!r} is not mapped; `labels` in the mapping says what it means."
            self.report.refuse("label-not-mapped", detail, mark.where, mark.words or "")
        elif mark.key in self.marks:
            self.report.refuse("id-repeated", f"{mark.key[:50]} is there already.", mark.where, mark.words or "")
        else:
            self.marks[mark.key], self.meanings[mark.key] = mark, meaning
            self.numbers[mark.key] = len(self.marks)

    # Pieces: a chain of marks is one span, and its first mark stands for it.

    def join(self, links: Iterable[Link]) -> None:
        following, followers = dict[str, str](), set[str]()
        for link in links:
            if self.is_piece(link) and link.source not in following and link.target not in followers:
                following[link.source] = link.target
                followers.add(link.target)
        self.following = following
        for key in self.marks:
            if key not in followers:
                chain = self.chain(key, following)
                self.head |= dict.fromkeys(chain, key)
                if (span := self.span_of(chain)) is not None:
                    self.joined[key] = span
        for key in [key for key in self.marks if key not in self.head]:
            self.refuse("pieces-in-circle", "The pieces follow each other in a circle.", key)

    def is_piece(self, link: Link) -> bool:
        ends = [self.meanings.get(key) for key in (link.source, link.target)]
        alike = ends[0] is not None and ends[1] is not None and ends[0].role == ends[1].role
        return alike and link.source != link.target and self.scheme.relation(link.label) == PIECE

    def chain(self, key: str, following: dict[str, str]) -> list[str]:
        found = [key]
        while (key := following.get(key, "")) and len(found) <= FRAGMENTS_MAX:
            found.append(key)
        return found

    def span_of(self, chain: list[str]) -> Json | None:
        """The span of a chain; None if a piece was refused, or they are no span together."""
        spans = [self.spans[key] for key in chain if key in self.spans]
        if len(spans) < len(chain):
            if len(chain) > 1:
                self.refuse("part-refused", "A piece of the span was refused, and so is the whole.", chain[0])
            return None
        if len(chain) == 1:
            return spans[0]
        if len({span["part"] for span in spans}) > 1 or len(chain) > FRAGMENTS_MAX:
            self.refuse("pieces-apart", f"A span has at most {FRAGMENTS_MAX} pieces, all in one part.", chain[0])
            return None
        request = {"part": spans[0]["part"], "fragments": [piece for span in spans for piece in span["fragments"]]}
        return self.places.finder.find(request, self.marks[chain[0]].where)

    # Links between spans.

    def connect(self, links: Iterable[Link]) -> None:
        for link in links:
            if self.is_piece(link):
                if self.following.get(link.source) != link.target:
                    self.tell_lost(link, "a piece has one before it and one after it at the most")
                continue
            source, target = self.head.get(link.source, ""), self.head.get(link.target, "")
            if source not in self.joined or target not in self.joined:
                self.tell_lost(link, "an end of it is missing or was refused")
            elif not (self.add(source, target, link) or self.add(target, source, link, turned=True)):
                self.tell_lost(link, "there is no such link between these two")

    def add(self, source: str, target: str, link: Link, *, turned: bool = False) -> bool:
        """Notes what a link says of `source`; False if it says nothing in this direction."""
        roles, told = (self.meanings[source].role, self.meanings[target].role), self.scheme.relation(link.label)
        if roles in ((CONTENT, SOURCE), (CUE, SOURCE)):
            self.linked[source]["sources"].append((self.source_role(told, link), target))
        elif roles == (CONTENT, CUE):
            self.linked[source][CUE].append(target)
        elif roles == (CLAIM, CONTENT):
            self.linked[source][QUOTE].append(target)
        elif roles == (CONTENT, CONTENT) and told == PARENT and not turned and source != target:
            self.linked[source][PARENT].append(target)
        elif roles[0] == CLAIM and roles[1] in BESIDES["claim_occurrences"].values():
            self.linked[source][roles[1]].append(target)
        else:
            return False
        return True

    def source_role(self, told: str | None, link: Link) -> str:
        if told in SOURCE_ROLES:
            return str(told)
        if link.label and told is None:
            detail = f"The relation {link.label[:50]!r} is not mapped; it was read as `source`."
            self.report.notice("relation-read-as", detail, link.where, link.label)
        return "source"

    def tell_lost(self, link: Link, why: str) -> None:
        detail = f"The relation {link.label[:50]!r} was not kept: {why}."
        self.report.refuse("relation-not-kept", detail, link.where, f"{link.source} {link.target}"[:200])

    # What comes of them.

    def items(self) -> dict[str, list[Placed]]:
        """By kind; each with its place among those of all sets, as far as the companion tells it."""
        found = {"mentions": [Placed(self.place(key), self.mention(key)) for key in self.mentions()]}
        for role in (CONTENT, CLAIM):
            found[KINDS[role]] = [Placed(self.place(key), self.item(key, role)) for key in self.of_role(role)]
        self.tell_alone()
        return found

    def place(self, key: str) -> float:
        told = self.told.records.get(key, {}).get("at")
        return told if is_count(told) else inf

    def of_role(self, role: str) -> list[str]:
        return [key for key in self.joined if self.meanings[key].role == role]

    def mentions(self) -> list[str]:
        """A set has one mention on the same pieces: later ones are the first."""
        first: dict[Any, str] = {}
        for key in self.of_role(SOURCE):
            span = self.joined[key]
            pieces = span["part"], tuple((piece["start"], piece["end"]) for piece in span["fragments"])
            self.same[key] = first.setdefault(pieces, key)
            if self.same[key] != key:
                self.report.notice("mention-repeated", "There is a mention here already.", self.where(key))
        return list(first.values())

    def mention(self, key: str) -> Json:
        span = self.joined[key]
        known = self.known(key) or {"kind": mention_kind(span["exact"])}
        return {**self.base(key), "span": span, **known, **self.said(key)}

    def item(self, key: str, role: str) -> Json:
        kind = KINDS[role]
        links = self.linked[key]
        besides: Json = {}
        for name, beside in BESIDES[kind].items():
            only = self.only(links[beside], beside)
            besides[name] = self.joined[only] if only else None
        found = {**self.base(key), TARGETS[kind]: self.joined[key], **besides, **self.known(key), **self.said(key)}
        if role == CONTENT:
            found |= {"sources": self.sources(key), "parent": self.parent(key)}
        else:
            quote = self.only(links[QUOTE], QUOTE)
            found["quote"] = self.reference(quote) if quote else None
        return found

    def only(self, keys: list[str], what: str) -> str | None:
        for key in list(dict.fromkeys(keys))[1:]:
            self.refuse("several-on-one", f"There is a place for one {what}; the first was taken.", key)
        return keys[0] if keys else None

    def base(self, key: str) -> Json:
        return {"key": f"{self.prefix}_{self.numbers[key]}", "set": self.own}

    def known(self, key: str) -> Json:
        """What the companion knows of an annotation, if it still is of the same kind."""
        told = self.told.records.get(key, {})
        return dict(told["record"]) if told.get("kind") == KINDS.get(self.meanings[key].role) else {}

    def said(self, key: str) -> Json:
        """What the file says of an annotation; what its label means counts for those that are not ours."""
        known, meant, fields = self.known(key), self.meanings[key].fields, dict(self.marks[key].fields)
        if known:  # the file's own id of it is not one that we gave
            fields.pop("external_id", None)
        # A file may tell all tags, or only more of them.
        told = fields.pop("tags", known.get("tags") or ())
        tags = [*told, *fields.pop("more_tags", ()), *(() if known else meant.get("tags", ()))]
        found = {**({} if known else meant), **fields}
        return {**found, "tags": list(dict.fromkeys(filter(is_text, tags)))[:TAGS_MAX]}

    def reference(self, key: str) -> str:
        key = self.same.get(key, key)
        told = self.known(key).get("id")
        return told if isinstance(told, str) else f"#{self.base(key)['key']}"

    def sources(self, key: str) -> list[Json]:
        """The links; what else is known of a source comes from the companion."""
        linked = list(self.linked[key]["sources"])
        for cue in self.linked[key][CUE]:
            linked += self.linked[cue]["sources"]
        meant = [(role, self.reference(mention)) for role, mention in linked]
        return sources_of(meant, objects(self.known(key).get("sources")))

    def parent(self, key: str) -> str | None:
        parents = list(dict.fromkeys(self.linked[key][PARENT]))
        if not parents:
            return None
        if len(parents) > 1 or in_circle(key, self.parent_of):
            self.refuse("parent-refused", "A quote has one parent, and stands in no circle.", key)
            return None
        return self.reference(parents[0])

    def parent_of(self, key: str) -> str | None:
        return next(iter(self.linked[key][PARENT]), None)

    def tell_alone(self) -> None:
        """Cues and the like that belong to nothing."""
        used = {key for links in self.linked.values() for name in links if name != "sources" for key in links[name]}
        for key in self.joined:
            role = self.meanings[key].role
            if role not in KINDS and key not in used:
                self.refuse("no-quote", f"This {role} is linked to nothing that it could be of.", key)

    def refuse(self, code: str, detail: str, key: str) -> None:
        words = self.marks[key].words or self.spans.get(key, {}).get("exact", "")
        self.report.refuse(code, detail, self.where(key), words)

    def where(self, key: str) -> Where:
        return self.marks[key].where
