"""From the feature structures of one CAS to marks and links: ours, and those of other layers."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from annotations.formats.base import LABEL_MAX, NOTE_MAX, Json
from annotations.formats.marks import Layer, Link, Mark
from annotations.formats.marks.companion import SetCompanion
from annotations.formats.marks.scheme import Scheme
from annotations.formats.report import Report
from annotations.formats.xmi.cas import FS_ARRAY, Cas, Structure
from annotations.formats.xmi.layers import ARRAYS, DEFAULTS, FEATURES, LABELS, STRINGS, clean
from annotations.formats.xmi.typesystem import Slots

GOVERNOR, DEPENDENT = "Governor", "Dependent"  # the ends of a relation layer
PLACE = ("begin", "end", "sofa")
NAMES = ("label", "value")  # features that say what an annotation is, in most layers


def layer_of(cas: Cas, told: SetCompanion | None, slots: Slots | None, scheme: Scheme, report: Report) -> Layer:
    """`slots`: the features that can hold links, where a type system says it; else whatever looks like one."""
    found = Reading(cas, told or SetCompanion(), slots, scheme, report)
    return Layer({}, marks=list(found.marks()), links=list(found.links()))


class Reading:
    def __init__(self, cas: Cas, told: SetCompanion, slots: Slots | None, scheme: Scheme, report: Report) -> None:
        self.cas, self.told, self.slots, self.scheme, self.report = cas, told, slots, scheme, report
        self.spans = {one.id: one for one in cas.structures.values() if is_span(one)}
        ours = {one.id: one.text("id") for one in self.spans.values() if one.type in LABELS and one.text("id")}
        # By our own id, which survives other tools; a copy that was made there has that of its original.
        first = {own: id for id, own in reversed(ours.items())}
        self.keys = {id: ours[id] if first.get(ours.get(id, "")) == id else id for id in self.spans}

    def marks(self) -> Iterator[Mark]:
        for one in self.spans.values():
            start, end = one.number("begin"), one.number("end")
            if start is None or end is None:
                self.report.refuse("no-span", "The annotation has no place in the text.", one.where, one.type)
                continue
            if one.type in LABELS:
                label = LABELS[one.type]
                fields = self.own_fields(one, label)
            else:
                label, fields = self.foreign(one)
            yield Mark(self.keys[one.id], label, start, end, None, one.where, fields)

    def foreign(self, one: Structure) -> tuple[str, Json]:
        """The first of its names that means something; a value that says more is kept as a tag."""
        names = [*filter(None, map(one.text, NAMES)), one.short, one.type]
        label = next(filter(self.scheme.knows, names), names[0])
        fields: Json = {"tags": [names[0][:LABEL_MAX]]} if label != names[0] and names[0] != one.short else {}
        if note := one.text("note") or one.text("comment"):
            fields["note"] = note[:NOTE_MAX]
        return label, fields

    def own_fields(self, one: Structure, label: str) -> Json:
        """What our layers tell; what XML could not hold, and was left as it is, comes from the companion."""
        record = self.told.records.get(self.keys[one.id], {}).get("record", {})
        found: Json = {}
        for name in STRINGS[label]:
            value = one.text(FEATURES.get(name, name)) or DEFAULTS.get(name)
            if name not in ("id", "kind") or (name == "kind" and value):
                known = record.get(name)
                found[name] = known if isinstance(known, str) and clean(known) == value else value
        for name in ARRAYS[label]:
            values = [value[:LABEL_MAX] for value in strings(one.features.get(name))]
            known = record.get(name)
            found[name] = known if isinstance(known, list) and list(map(clean, strings(known))) == values else values
        return found

    def links(self) -> Iterator[Link]:
        for one in self.cas.structures.values():
            if is_relation(one):
                yield self.relation(one)
            elif one.id in self.spans:
                for name in filter(partial(self.may_be_slot, one), one.features):
                    for target in self.slot(one, name):
                        yield self.link(one.id, self.end(target), target.text("role") or name, one)

    def may_be_slot(self, one: Structure, name: str) -> bool:
        if one.type in LABELS:
            return name == "links"
        known = self.slots is None or (one.type, name) in self.slots
        return known and name not in PLACE and (not one.referring or name in one.referring)

    def slot(self, one: Structure, name: str) -> Iterator[Structure]:
        """The links in a feature; a feature that refers to nothing of the kind is no slot."""
        found = [self.cas.structures.get(id) for id in one.references(name)]
        for target in found:
            if target is not None and target.type == FS_ARRAY:
                yield from self.slot(target, "elements")
            elif target is not None and "target" in target.features:
                yield target

    def end(self, link: Structure) -> str:
        return next(iter(link.references("target")), link.text("target"))

    def relation(self, one: Structure) -> Link:
        ends = [next(iter(one.references(name)), "") for name in (GOVERNOR, DEPENDENT)]
        return self.link(ends[0], ends[1], name_of(one), one)

    def link(self, source: str, target: str, label: str, one: Structure) -> Link:
        return Link(self.keys.get(source, source), self.keys.get(target, target), label, one.where)


def is_span(one: Structure) -> bool:
    return "begin" in one.features and "end" in one.features and not is_relation(one)


def is_relation(one: Structure) -> bool:
    return GOVERNOR in one.features or DEPENDENT in one.features


def name_of(one: Structure) -> str:
    """What a relation is: its label, else the layer's own name."""
    return next(filter(None, map(one.text, NAMES)), one.short)


def strings(found: Any) -> list[str]:
    return [item for item in found if isinstance(item, str)] if isinstance(found, list) else []
