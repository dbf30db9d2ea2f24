"""The kinds of objects in an annotation document, where each refers to others, and its spans. Pure."""

from typing import Any, Final

# kind -> field -> the kind it refers to. A list's fields stand under its own name.
REFERENCES: dict[str, dict[str, Any]] = {
    "publishers": {},
    "articles": {"publisher": "publishers", "republisher": "publishers"},
    "sets": {"parents": ["sets"]},
    "speakers": {"affiliation": "speakers", "merged_into": "speakers"},
    "claims": {"merged_into": "claims"},
    "mentions": {"set": "sets", "speaker": "speakers", "derived_from": "mentions"},
    "quotes": {
        "set": "sets",
        "parent": "quotes",
        "derived_from": "quotes",
        "sources": [{"mention": "mentions", "speaker": "speakers", "affiliation": "speakers"}],
    },
    "claim_occurrences": {
        "set": "sets",
        "claim": "claims",
        "quote": "quotes",
        "derived_from": "claim_occurrences",
        "claimants": [{"speaker": "speakers"}],
    },
    "claim_relations": {"source": "claims", "target": "claims"},
    "evidence": {"set": "sets", "claim": "claims", "quote": "quotes", "occurrence": "claim_occurrences"},
    "claim_reviews": {"claim": "claims"},
}

# The order of making: each kind refers to the ones before it (and to its own).
KINDS = tuple(REFERENCES)

# The kinds in annotation sets, on a place in a text: field of a span -> prefix of its columns.
SPANS: Final[dict[str, dict[str, str]]] = {
    "mentions": {"span": ""},
    "quotes": {"content": "", "cue": "cue_"},
    "claim_occurrences": {"span": "", "object_span": "object_", "time_span": "time_"},
    "evidence": {"span": ""},
}
