"""ETag and If-Match (RFC 9110, section 13): strong, and for preconditions only.

A tag is made of id, version and the offset unit of the representation, and If-Match takes the tag of either unit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from backend.errors import Fault, Problem

# Possessive, so that a header of much white space takes no longer than another one.
TAG = re.compile(r'\s*+(W/)?"([\x21\x23-\x7e]*+)"\s*+(?:,|$)')


def etag(object_id: UUID | str, version: int, *, utf16: bool = False) -> str:
    """The strong entity tag of an object's version, in quotes; `utf16`: of its representation in UTF-16 offsets."""
    return f'"{object_id}.{version}{".utf16" if utf16 else ""}"'


@dataclass(frozen=True)
class IfMatch:
    """The version that the caller means to change: any (`*`), or one of some tags."""

    tags: frozenset[str]
    any: bool = False

    @classmethod
    def from_headers(cls, headers: Mapping[str, str]) -> IfMatch:
        """Errors: 428 `if-match-required` where it is missing, 400 `malformed-if-match` where it is no list of tags."""
        header = headers.get("If-Match", "").strip()
        if not header:
            detail = "Send the ETag of the version you read as `If-Match` (or `*` to write blindly)."
            raise Problem(428, Fault("if-match-required", detail))
        if header == "*":
            return cls(frozenset(), any=True)
        # Strong comparison: a weak tag matches nothing.
        return cls(frozenset(tag.removesuffix(".utf16") for weak, tag in listed(header) if not weak))

    def check(self, current: str) -> None:
        """Error: 412 `stale-version` with the current ETag, in the header and in the error."""
        if not self.any and current.strip('"').removesuffix(".utf16") not in self.tags:
            detail = "It has changed since you read it: read it again and repeat your change."
            raise Problem(412, Fault("stale-version", detail, extra={"etag": current}), {"ETag": current})


def listed(header: str) -> Iterator[tuple[str | None, str]]:
    """The entity tags of a list, each with the mark of a weak one. Error: 400 `malformed-if-match`."""
    at = 0
    while at < len(header):
        found = TAG.match(header, at)
        if found is None:
            raise Problem(400, Fault("malformed-if-match", "If-Match takes `*` or quoted entity tags."))
        yield found[1], found[2]
        at = found.end()
