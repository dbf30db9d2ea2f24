"""What labels mean: ours, what other projects often call the same things, and what the mapping says.

`mapping`: `{"labels": {"Person": "mention", "Zitat": {"object": "quote", "type": "direct"}}, "object": "mention",
"relations": {"gesagt von": "source"}}`; `object` is for labels that are not listed, which else are refused and
reported. Case does not matter.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from annotations.formats.base import Json, Options
from annotations.formats.shapes import mapping
from annotations.formats.words import (
    ACTS,
    FACTUALITY,
    MEDIA,
    MENTION_KINDS,
    OCCURRENCE_STANCES,
    QUOTE_TYPES,
    SOURCE_ROLES,
)

# What a mark can be -> the label that is written.
CONTENT, SOURCE, CUE, CLAIM, OBJECT, TIME = "quote", "mention", "cue", "claim_occurrence", "object", "time"
WRITTEN: Final = {CONTENT: "Content", SOURCE: "Source", CUE: "Cue", CLAIM: "Claim", OBJECT: "Object", TIME: "Time"}
KINDS: Final = {CONTENT: "quotes", SOURCE: "mentions", CLAIM: "claim_occurrences"}
# kind -> the field of the span that the annotation is on, and the others with the label of each.
TARGETS: Final = {"quotes": "content", "mentions": "span", "claim_occurrences": "span"}
BESIDES: Final = {
    "quotes": {"cue": CUE},
    "mentions": {},
    "claim_occurrences": {"object_span": OBJECT, "time_span": TIME},
}
SPANS: Final = {kind: (TARGETS[kind], *BESIDES[kind]) for kind in TARGETS}
# Fields that may be told by a choice or a mapping.
FIELDS: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    CONTENT: {"type": QUOTE_TYPES, "act": ACTS, "factuality": FACTUALITY, "medium": MEDIA},
    SOURCE: {"kind": MENTION_KINDS},
    CLAIM: {"stance": OCCURRENCE_STANCES},
}
LABELS: Final[Mapping[str, tuple[str, Json]]] = {
    **{label.lower(): (role, {}) for role, label in WRITTEN.items()},
    **dict.fromkeys(("quote", "quotation", "speech", "statement", "attribution"), (CONTENT, {})),
    **{
        f"{kind}{after}": (CONTENT, {"type": kind})
        for kind in ("direct", "indirect", "mixed", "reported")
        for after in ("", " quote", "_quote", " quotation", " speech", "_speech")
    },
    **dict.fromkeys(("cue verb", "cue_verb", "reporting verb", "reporting_verb", "trigger"), (CUE, {})),
    **dict.fromkeys(("speaker", "mention", "person", "per", "organisation", "organization", "org"), (SOURCE, {})),
    "claim occurrence": (CLAIM, {}),
    "claim_occurrence": (CLAIM, {}),
}
PIECE, PARENT, QUOTE = "piece", "parent", "quote"
RELATIONS: Final = {
    **{name: name for name in (*SOURCE_ROLES, CUE, PIECE, PARENT, QUOTE, OBJECT, TIME)},
    **dict.fromkeys(("speaker", "said by", "said_by", "spoken by", "spoken_by", "attributed to"), "source"),
    **dict.fromkeys(("within", "nested in", "part of"), PARENT),
}


class Meaning(NamedTuple):
    """What a label says: what the mark is (`role`), and fields of the annotation."""

    role: str
    fields: Json


class Scheme:
    """What labels and relations mean in one file: as the mapping says, else as LABELS and RELATIONS do."""

    def __init__(self, options: Options) -> None:
        self.labels = {
            label.lower(): meaning_of(told) for label, told in mapping(options.mapping.get("labels")).items()
        }
        self.other = meaning_of(options.mapping.get("object"))
        self.relations = {n.lower(): r for n, r in mapping(options.mapping.get("relations")).items()}

    def label(self, label: str) -> Meaning | None:
        """What a label means; None: nothing that we know. One that only `object` covers is kept as a tag."""
        name = label.strip().lower()
        if name in self.labels:
            return self.labels[name]
        if name in LABELS:
            role, fields = LABELS[name]
            return Meaning(role, dict(fields))
        return Meaning(self.other.role, {**self.other.fields, "tags": [label]}) if self.other and label else self.other

    def knows(self, label: str) -> bool:
        """Whether a label is listed, here or in the mapping."""
        return label.strip().lower() in self.labels.keys() | LABELS.keys()

    def relation(self, label: str) -> str | None:
        name = label.strip().lower()
        found = self.relations.get(name, RELATIONS.get(name))
        return found if isinstance(found, str) else None


def meaning_of(told: Any) -> Meaning | None:
    """A line of the mapping; None for one that says nothing we know."""
    role = told if isinstance(told, str) else mapping(told).get("object")
    if not isinstance(role, str) or role not in WRITTEN:
        return None
    known = FIELDS.get(role, {})
    return Meaning(role, {n: v for n, v in mapping(told).items() if isinstance(n, str) and fits(known.get(n), v)})


def fits(values: tuple[str, ...] | None, told: Any) -> bool:
    if values is None:
        return False
    if isinstance(told, list):
        return values is MEDIA and all(isinstance(item, str) and item in MEDIA for item in told)
    return isinstance(told, str) and told in values and values is not MEDIA
