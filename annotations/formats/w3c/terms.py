"""The words of the Web Annotation vocabulary that are used, and our own beside them."""

from __future__ import annotations

from typing import Any, Final

ANNO: Final = "http://www.w3.org/ns/anno.jsonld"
URN: Final = "urn:uuid:"
OWN: Final = "urn:onrecord:terms:"


def link(name: str) -> dict[str, str]:
    return {"@id": f"onr:{name}", "@type": "@id"}


# Sent with every collection, so that no reader needs to fetch a context of ours.
CONTEXT: Final[list[Any]] = [
    ANNO,
    {
        "@version": 1.1,
        "onr": OWN,
        # What an annotation is here: quote, mention, claim_occurrence; document describes an article, or what has none.
        "object": "onr:object",
        "set": link("set"),
        "quoteType": "onr:quoteType",
        "cue": "onr:cue",
        "parent": link("parent"),
        "sources": {"@id": "onr:sources", "@container": "@list"},
        "role": "onr:role",
        "mention": link("mention"),
        "speaker": link("speaker"),
        "affiliation": link("affiliation"),
        "mentionKind": "onr:mentionKind",
        "claim": link("claim"),
        "quote": link("quote"),
        "stance": "onr:stance",
        "objectSpan": "onr:objectSpan",
        "timeSpan": "onr:timeSpan",
        "sha256": "onr:sha256",
        # The other fields, as the API names them; references in it are plain ids.
        "record": {"@id": "onr:record", "@type": "@json"},
    },
]

# field of the API -> our term, for references.
LINKS: Final = {
    "quotes": {"set": "set", "parent": "parent"},
    "mentions": {"set": "set", "speaker": "speaker"},
    "claim_occurrences": {"set": "set", "claim": "claim", "quote": "quote"},
}
WORDS: Final = {
    "quotes": {"type": "quoteType"},
    "mentions": {"kind": "mentionKind"},
    "claim_occurrences": {"stance": "stance"},
}
# The span that is the target, and the others.
TARGETS: Final = {"quotes": "content", "mentions": "span", "claim_occurrences": "span"}
SPANS: Final = {
    "quotes": {"cue": "cue"},
    "mentions": {},
    "claim_occurrences": {"object_span": "objectSpan", "time_span": "timeSpan"},
}
SOURCE_LINKS: Final = ("mention", "speaker", "affiliation")
OBJECTS: Final = {"mentions": "mention", "quotes": "quote", "claim_occurrences": "claim_occurrence"}
KINDS: Final = {name: kind for kind, name in OBJECTS.items()}
MOTIVATIONS: Final = {"quotes": "classifying", "mentions": "identifying", "claim_occurrences": "linking"}


def iri(identifier: Any) -> str | None:
    return None if identifier is None else f"{URN}{identifier}"


def plain(found: Any) -> Any:
    """The id in one of our IRIs; anything else as it is."""
    return found.removeprefix(URN) if isinstance(found, str) else None
