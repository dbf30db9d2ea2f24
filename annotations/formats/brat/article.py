"""The article of a brat text: from PolNeAR's metadata where there are any, else from the text itself."""

from __future__ import annotations

import re
from typing import Final

from annotations.formats.base import LABEL_MAX, TITLE_MAX, Json, stable_id

MISSING: Final = {"", "None", "NA"}
KEPT: Final = ("compartment", "level", "wire", "credit")
DAY: Final = re.compile(r"(1[0-9]|20)[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")


def article_of(name: str, text: str, row: dict[str, str]) -> tuple[Json, list[Json]]:
    """The article and its publisher. The text is kept whole, headline included, so that brat's offsets hold."""
    given = {key: value for key, value in row.items() if value not in MISSING}
    fields: Json = {"key": "article", "external_id": name[-LABEL_MAX:]}
    fields |= {"title": (given.get("title") or text.partition("\n")[0])[:TITLE_MAX], "body": text}
    publishers = []
    if publisher := given.get("publisher", "")[:LABEL_MAX]:
        publishers = [{"key": "publisher", "id": stable_id("publisher", publisher), "name": publisher}]
        fields["publisher"] = "#publisher"
    if author := given.get("author", "")[:LABEL_MAX]:
        fields |= {"byline": author, "authors": [author]}
    if DAY.fullmatch(day := given.get("publication_date", "")):
        fields |= {"published_on": day, "published_precision": "day"}
    if metadata := {key: given[key] for key in KEPT if key in given}:
        fields["metadata"] = metadata
    return fields, publishers
