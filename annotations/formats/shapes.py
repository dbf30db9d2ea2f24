"""What is found in JSON that anybody may have written, as what it should be: else empty."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any, Final, TypeGuard

from annotations.formats.base import URL_MAX, Json


def by_name(held: Any) -> Json:
    return {name: item for name, item in mapping(held).items() if isinstance(item, dict)}


def mapping(held: Any) -> Mapping[str, Any]:
    return held if isinstance(held, dict) else {}


def objects(held: Any) -> list[Json]:
    return [item for item in held if isinstance(item, dict)] if isinstance(held, list) else []


def listed(held: Any) -> list[Any]:
    """A list, where one or several are allowed: a single thing is a list of one, and nothing an empty one."""
    return held if isinstance(held, list) else [] if held is None else [held]


def text(held: Any, most: int | None = None) -> str:
    """A string, cut to what a field takes; "" for anything else."""
    return held[:most] if isinstance(held, str) else ""


# As the API asks of an address.
URL: Final = re.compile(r"^[Hh][Tt][Tt][Pp][Ss]?://[^\s\x00-\x1f\x7f-\x9f\ufeff/?#][^\s\x00-\x1f\x7f-\x9f\ufeff]*$")


def is_url(held: Any) -> bool:
    return isinstance(held, str) and len(held) <= URL_MAX and URL.fullmatch(held) is not None


def is_text(held: Any) -> TypeGuard[str]:
    return isinstance(held, str)


def is_count(held: Any) -> TypeGuard[int]:
    return isinstance(held, int) and not isinstance(held, bool) and held >= 0


def offset_in(text: str, held: Any) -> int:
    """A place in the text, in code points; 0 for anything else."""
    return held if is_count(held) and held <= len(text) else 0


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
