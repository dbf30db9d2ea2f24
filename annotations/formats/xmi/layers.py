"""The layers that we write, and their features. Pure names; `writing.py` makes UIMA types of them."""

from __future__ import annotations

import re
from typing import Final

from annotations.formats.marks.scheme import CLAIM, CONTENT, CUE, FIELDS, OBJECT, SOURCE, TIME, WRITTEN

LINK: Final = "onrecord.Link"
LAYERS: Final = {
    CONTENT: "onrecord.Quote",
    SOURCE: "onrecord.Mention",
    CUE: "onrecord.Cue",
    CLAIM: "onrecord.Claim",
    OBJECT: "onrecord.Object",
    TIME: "onrecord.Time",
}
# The label of marks -> the layer's type, and back.
TYPES: Final = {WRITTEN[role]: layer for role, layer in LAYERS.items()}
LABELS: Final = {layer: label for label, layer in TYPES.items()}
# label -> features that are one string, or several.
STRINGS: Final = {
    WRITTEN[role]: ("id", *(name for name in FIELDS.get(role, {}) if name != "medium"), "note") for role in LAYERS
}
ARRAYS: Final = {WRITTEN[role]: ("medium", "tags") if role == CONTENT else ("tags",) for role in LAYERS}
DEFAULTS: Final = {
    "type": "unspecified",
    "act": "unspecified",
    "factuality": "factual",
    "stance": "affirms",
    "note": "",
}
FEATURES: Final = {"type": "quoteType"}  # `type` is what a feature structure has already
# What XML 1.0 cannot hold (section 2.2). A string of ours has no lone surrogate.
NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
REPLACEMENT: Final = "\ufffd"


def clean(text: str) -> str:
    """The text as XML can hold it; no offset moves."""
    return NOT_XML.sub(REPLACEMENT, text)


def replaced(text: str) -> list[tuple[int, str]]:
    """What `clean` takes away: offset and character."""
    return [(found.start(), found[0]) for found in NOT_XML.finditer(text)]


def restored(text: str, told: object) -> str:
    """The text with these characters again, where it still has the replacement."""
    characters = list(text)
    for pair in told if isinstance(told, list) else ():
        if isinstance(pair, list) and len(pair) == 2:
            at, character = pair
            if isinstance(at, int) and 0 <= at < len(text) and isinstance(character, str) and len(character) == 1:
                characters[at] = character if text[at] == REPLACEMENT else text[at]
    return "".join(characters)
