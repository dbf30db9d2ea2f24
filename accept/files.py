"""Exports, taken apart so that two of them can be compared: without what tells of the moment of the export alone."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

OF_THE_EXPORT = {"header"}  # the record of `onrecord/1` that says when and by whom


def parts(media: str, body: bytes) -> Any:
    """What a file holds: the records of lines, the files of an archive; else its bytes."""
    if body.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            return {name: archive.read(name) for name in archive.namelist()}
    if "ndjson" in media:
        records = [json.loads(line) for line in body.splitlines()]
        return [without_hash(record) for record in records if record.get("record") not in OF_THE_EXPORT]
    return body


def without_hash(record: dict[str, Any]) -> dict[str, Any]:
    """The last line's hash is over the first one, too."""
    return {name: value for name, value in record.items() if (record.get("record"), name) != ("end", "sha256")}
