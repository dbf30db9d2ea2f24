"""What valid cases are about: the seed's project, article, claims, instead of ids and words that are made up."""

from __future__ import annotations

import json
import re
import time
from typing import Any

from accept.fresh import NUMBERS, fresh, newcomer
from seeds.loading import DATA

DAY = 86_400  # seconds
SEED = "0120d56b-"  # how the seed's ids begin
TEXT = json.loads((DATA / "voa-2009-04-24.json").read_text())["article"]["body"]
UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
IDS: dict[str, str] = {
    "project": "0120d56b-e800-7000-8000-000000000001",
    "article": "0120d56b-e800-75ca-9472-92785f2a9bf5",
    "publisher": "0120d56b-e801-798a-bd58-4e0d3cf73a9f",
    "claim": "0120d56b-e816-7d86-af26-a6f0f4b279d8",
    "source": "0120d56b-e816-7d86-af26-a6f0f4b279d8",
    "speaker": "0120d56b-e804-7bc4-aaf9-0af980ac76d4",
}
SPANS = {"content", "span", "cue", "object_span", "time_span"}
TIES = {"sources", "claimants", "parents", "annotator"}
UNIQUE = {"slug", "external_id"}  # of texts, those that may stand once


def made_up(value: Any) -> bool:
    """Whether an id is neither the seed's nor from now: ids begin with the milliseconds at which they were made."""
    if not UUID.fullmatch(str(value)):
        return False
    age = time.time() - int(str(value).replace("-", "")[:12], 16) / 1000
    return not (str(value).startswith(SEED) or abs(age) < DAY)


def grounded(body: dict[str, Any], path: str) -> dict[str, Any]:
    """The same body, about what there is, and without ties to what is not."""
    kept = {name: settled(name, value, path) for name, value in body.items() if not loose(name, value)}
    if path.endswith("/speakers/"):  # `article` and `is_named` only go together
        kept = {name: value for name, value in kept.items() if name not in ("article", "is_named")}
    elif path.endswith("/evidence/"):  # it rests on one thing
        kept = {name: value for name, value in kept.items() if name in ("claim", "stance", "excerpt", "note")}
        kept |= {"article": IDS["article"], "span": words()} if "excerpt" not in kept else {"url": "https://a.example/"}
    return kept


def loose(name: str, value: Any) -> bool:
    """Whether it ties the object to nothing that there is."""
    if name in TIES:
        return SEED not in str(value)
    if name in SPANS - {"content", "span"}:
        return value is not None
    return made_up(value) and name not in {*IDS, "into", "target"}


def settled(name: str, value: Any, path: str) -> Any:
    if name in ("content", "span"):
        return words()
    if name in ("into", "target"):
        return str(fresh("/speakers/" if "/speakers/" in path else "/claims/").pk)
    if name == "user":
        return newcomer()
    if name in UNIQUE and value:
        number = str(next(NUMBERS))
        return f"{value[: -len(number)]}{number}"
    return IDS[name] if made_up(value) else value


def words() -> dict[str, Any]:
    """A piece of the seed's text, another each time: many annotations may stand only once at a place."""
    start = next(NUMBERS) * 7 % (len(TEXT) - 60)
    return {"exact": TEXT[start : start + 60]}
