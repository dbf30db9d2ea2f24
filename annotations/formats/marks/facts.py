"""What tasks and rows say of the article: fields with a name of ours or of the mapping, the rest as its metadata."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from annotations.formats.base import LABEL_MAX, TITLE_MAX, URL_MAX, Json, Options
from annotations.formats.shapes import is_url, text

NAMED: Final = {"title": TITLE_MAX, "external_id": LABEL_MAX, "url": URL_MAX}


def text_field(data: Json, options: Options) -> str | None:
    """The field that is the text: what the mapping says, else `text`, else the longest of those that are no address."""
    for name in (options.mapping.get("text"), "text"):
        if isinstance(name, str) and isinstance(data.get(name), str):
            return name
    texts = [(len(value), name) for name, value in data.items() if isinstance(value, str) and "://" not in value[:20]]
    return max(texts)[1] if texts else None


def article_of(data: Json, done: Collection[str], options: Options) -> Json:
    """The article without its text; `done` are fields that are something else."""
    found: Json = {}
    used = set(done)
    for name, most in NAMED.items():
        told = options.mapping.get(name)
        column = told if isinstance(told, str) else name
        value = data.get(column)
        known = text(str(value) if isinstance(value, int) else value, most)
        if known and (name != "url" or is_url(known)):
            found[name] = known
            used.add(column)
    rest = {name: value for name, value in data.items() if name not in used}
    return found | ({"metadata": rest} if rest else {})
