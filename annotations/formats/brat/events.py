"""From the placed spans and the events of one .ann file to mentions and quotes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from annotations.formats.base import FRAGMENTS_MAX, LABEL_MAX, NOTE_MAX, Json, Options
from annotations.formats.brat.companion import SetCompanion
from annotations.formats.brat.spans import pieces_of, request
from annotations.formats.brat.standoff import Event, Pieces, Standoff
from annotations.formats.links import in_circle, sources_of
from annotations.formats.report import Report, Where
from annotations.formats.shapes import objects
from annotations.formats.spots import Finder
from annotations.formats.words import (
    ACTS,
    FACTUALITY,
    MEDIA,
    MENTION_KINDS,
    QUOTE_TYPES,
    mention_kind,
)

EVENTS: Final = ("Attribution", "Attribution-no-source")
ROLES: Final = {"Source": "source", "Spokesperson": "spokesperson", "Addressee": "addressee"}
SPAN_ROLES: Final = {*ROLES, "Cue", "Content"}
# Our attributes: the values of each, and the one that is not written.
EVENT_ATTRIBUTES: Final = {
    "Type": ("type", QUOTE_TYPES, "unspecified"),
    "Act": ("act", ACTS, "unspecified"),
    "Factuality": ("factuality", FACTUALITY, "factual"),
}
FLAGS: Final = {medium.capitalize(): medium for medium in MEDIA}


@dataclass
class AnnReading:
    """One .ann file whose spans are placed."""

    standoff: Standoff
    placed: dict[str, Pieces]
    prefix: str
    own: Any
    file: str
    finder: Finder
    body_at: int
    told: SetCompanion
    options: Options
    first: dict[Pieces, str] = field(default_factory=dict)
    kept: dict[str, dict[str, Json | None]] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)

    @property
    def report(self) -> Report:
        return self.finder.report

    def label(self, name: str) -> str:
        """A label or role in our words."""
        labels = self.options.mapping.get("labels")
        return str(labels.get(name, name)) if isinstance(labels, dict) else name

    def where(self, line: int) -> Where:
        return Where(self.file, line)

    def mentions(self) -> list[Json]:
        """Each Source, in an event or in none. Several T ids on the same pieces are one mention, as a set has one."""
        asked = {
            target
            for event in self.standoff.events.values()
            for role, target in event.arguments
            if self.label(role) in ROLES
        }
        found = []
        for name, textbound in self.standoff.spans.items():
            if name not in asked and self.label(textbound.label) != "Source":
                continue
            self.used.add(name)
            if name in self.placed and self.first.setdefault(self.placed[name], name) == name:
                mention = self.mention(name, self.where(textbound.line))
                if mention is None:
                    del self.first[self.placed.pop(name)]
                else:
                    found.append(mention)
        return found

    def mention(self, name: str, where: Where) -> Json | None:
        span = self.span(name, self.placed[name], where)
        if span is None:
            return None
        fields, tags = self.attributes(name, {"Kind": ("kind", MENTION_KINDS, mention_kind(words(span)))}, {})
        told = self.told.mentions.get(name, {"external_id": name})
        base = {"key": self.key(name), "set": self.own, "span": span, **told, "kind": fields["kind"]}
        return self.with_notes(name, base, tags)

    def key(self, name: str) -> str:
        return f"{self.prefix}_{name}"

    def mention_reference(self, name: str) -> str:
        first = self.first[self.placed[name]]
        told = self.told.mentions.get(first, {}).get("id")
        return told if isinstance(told, str) else f"#{self.key(first)}"

    def span(self, name: str, pieces: Pieces, where: Where) -> Json | None:
        """The pieces in the title or in the body; as they were before brat's form, if these are still the same."""
        told = self.told.spans.get(name, {})
        if isinstance(told.get("span"), dict) and told.get("written") == [list(piece) for piece in pieces]:
            return dict(told["span"])
        inside = [end < self.body_at for _, end in pieces]
        if any(inside) != all(inside) or (not inside[0] and any(start < self.body_at for start, _ in pieces)):
            self.report.refuse("span-crosses-title", "A span lies in the title or in the body, not in both.", where)
            return None
        at = 0 if inside[0] else self.body_at
        text = self.finder.texts["body"].text
        moved = tuple((start - at, end - at) for start, end in pieces)
        span = request(moved, [text[start:end] for start, end in pieces])
        return {"part": "title", **span} if inside[0] else span

    def quotes(self) -> list[Json]:
        """First what each event covers, so that a quote is known to be in before another one names it as parent."""
        for name, event in self.standoff.events.items():
            self.used |= {event.trigger, *(target for _, target in event.arguments)}
            if self.acceptable(name, event) and (covered := self.covered(event)):
                self.kept[name] = covered
        return [self.quote(name, self.standoff.events[name], covered) for name, covered in self.kept.items()]

    def acceptable(self, name: str, event: Event) -> bool:
        where, text = self.where(event.line), f"{name} {event.label}"
        roles = [(self.label(role), target) for role, target in event.arguments]
        missing = [target for role, target in roles if role in SPAN_ROLES and target not in self.placed]
        if self.label(event.label) not in EVENTS:
            self.report.refuse("event-not-kept", f"Events of type {event.label!r} are not mapped.", where, text)
        elif not event.arguments:
            self.report.refuse("event-empty", "The event has no arguments.", where, text)
        elif missing:
            detail = f"The event's span {missing[0]} is missing, was refused, or is none."
            self.report.refuse("part-refused", detail, where, text)
        elif not any(role == "Content" for role, _ in roles):
            self.report.refuse("content-missing", "The event has no content.", where, text)
        else:
            return True
        return False

    def covered(self, event: Event) -> dict[str, Json | None] | None:
        """Content and cue; None if one of them was refused."""
        where = self.where(event.line)
        found: dict[str, Json | None] = {"cue": None}
        for role, name in (("Content", "content"), ("Cue", "cue")):
            targets = [target for told, target in event.arguments if self.label(told) == role]
            if targets and (span := self.joined(targets, where)) is None:
                return None
            found[name] = span if targets else None
        return found

    def joined(self, names: list[str], where: Where) -> Json | None:
        """Several T ids of one role are the pieces of one span."""
        if len(names) == 1:
            return self.span(names[0], self.placed[names[0]], where)
        pieces = tuple(piece for name in names for piece in self.placed[name])
        if len(pieces) > FRAGMENTS_MAX:
            self.report.refuse("too-many-pieces", f"A span has at most {FRAGMENTS_MAX} pieces.", where)
            return None
        text = self.finder.texts["body"].text
        found = self.finder.find(request(pieces, [text[start:end] for start, end in pieces]), where)
        return self.span("", pieces_of(found), where) if found else None

    def quote(self, name: str, event: Event, covered: dict[str, Json | None]) -> Json:
        where = self.where(event.line)
        by_role: dict[str, list[str]] = {}
        for role, target in event.arguments:
            by_role.setdefault(self.label(role), []).append(target)
        fields, tags = self.attributes(name, EVENT_ATTRIBUTES, FLAGS)
        told = self.told.quotes.get(name, {"external_id": name})
        base = {"key": self.key(name), "set": self.own, **covered, **told, **fields}
        base["sources"] = self.sources(by_role, told)
        base["parent"] = self.parent(name, by_role.get("Parent", []), where)
        for role in sorted(set(by_role) - SPAN_ROLES - {"Parent"}):
            self.report.refuse("role-not-kept", f"Arguments of role {role[:50]!r} are not mapped.", where, name)
        return self.with_notes(name, base, tags)

    def sources(self, by_role: dict[str, list[str]], told: Json) -> list[Json]:
        """The arguments of the event; what else is known of a source comes from the companion."""
        meant = [(ROLES[role], self.mention_reference(name)) for role in ROLES for name in by_role.get(role, [])]
        return sources_of(meant, objects(told.get("sources")))

    def parent(self, name: str, parents: list[str], where: Where) -> str | None:
        if not parents:
            return None
        if len(parents) > 1 or parents[0] not in self.kept or in_circle(name, self.parent_of):
            self.report.refuse(
                "parent-refused", "The parent is missing, was refused, or stands in a circle.", where, name
            )
            return None
        told = self.told.quotes.get(parents[0], {}).get("id")
        return told if isinstance(told, str) else f"#{self.key(parents[0])}"

    def parent_of(self, name: str) -> str | None:
        event = self.standoff.events.get(name)
        return next((t for role, t in event.arguments if self.label(role) == "Parent"), None) if event else None

    def attributes(
        self, name: str, known: dict[str, tuple[str, tuple[str, ...], str]], flags: dict[str, str]
    ) -> tuple[Json, list[str]]:
        """Our own attributes as fields; all others are tags, so that they are kept."""
        fields: Json = {field: default for field, _, default in known.values()}
        media, tags = set(), []
        for attribute in self.standoff.attributes.get(name, ()):
            field, values, _ = known.get(attribute.name, ("", (), ""))
            if attribute.value in values:
                fields[field] = attribute.value
            elif attribute.name in flags and attribute.value is None:
                media.add(flags[attribute.name])
            else:
                tags.append(":".join(filter(None, attribute))[:LABEL_MAX])
        if flags:
            fields["medium"] = [medium for medium in MEDIA if medium in media]
        return fields, tags

    def with_notes(self, name: str, base: Json, tags: list[str]) -> Json:
        notes = "\n".join(self.standoff.notes.get(name, ()))[:NOTE_MAX]
        if notes:
            base["note"] = notes
        if tags:
            known = base.get("tags")
            own = [tag for tag in known if isinstance(tag, str)] if isinstance(known, list) else []
            base["tags"] = list(dict.fromkeys([*own, *tags]))
        return base

    def tell_rest(self) -> None:
        """What has no place: markers, and spans that belong to no event."""
        for name, span in self.standoff.spans.items():
            if name not in self.used:
                detail = f"A {span.label[:50]} span that belongs to no event."
                self.report.refuse("no-event", detail, self.where(span.line), span.words or "")
        for name in (*self.standoff.attributes, *self.standoff.notes):
            if name not in self.standoff.spans and name not in self.standoff.events:
                self.report.refuse(
                    "no-such-id", f"An attribute or note is on {name}, which is not there.", Where(self.file)
                )


def words(span: Json) -> str:
    return " ".join(piece["exact"] for piece in span.get("fragments") or [span])
