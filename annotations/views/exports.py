"""Exports over HTTP: a download that begins at once and is as long as the project is large."""

from __future__ import annotations

from collections.abc import Iterator
from threading import BoundedSemaphore
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import StreamingHttpResponse
from rest_framework.request import Request

from annotations.exporting import Selection, export
from annotations.filters import ExportQuery
from annotations.formats import FORMATS
from backend.errors import Fault, Problem, invalid, not_found
from backend.fields import Closed
from projects.models import Project
from projects.views import InProject

WRITTEN = {name: found for name, found in FORMATS.items() if found.write}
SLOTS = BoundedSemaphore(settings.EXPORTS_AT_ONCE)


class ExportView(InProject):
    """What the caller sees of a project, in one file."""

    model = Project
    serializer_class = Closed  # the answer is a file
    queries = {"export": ExportQuery}
    bulk = frozenset({"export"})
    produces = {"export": sorted({found.media_type for found in WRITTEN.values()})}
    path_schemas = {"format": {"type": "string", "enum": list(WRITTEN)}}

    def export(self, request: Request, project: UUID, format: str, *args: Any, **kwargs: Any) -> StreamingHttpResponse:
        """The file streams at once, in constant memory, from one snapshot: what the caller may see at this moment.
        `ndjson` is lossless and ends in a line of record `end`; a file without it is cut off.

        With a selector, the file holds the articles that have such a set, with these sets alone. `text=false` leaves
        out the words of the articles: spans have offsets, texts their hash, and an import joins them again.
        """
        values = self.query().validated_data
        place = self.project()
        chosen = WRITTEN.get(format)
        if chosen is None:
            raise not_found()
        if not values["text"] and format != "ndjson":
            raise invalid("text-needed", "Only `ndjson` has a form without the articles' words.", "?text")
        selection = Selection(**{name: values.get(name) for name in vars(Selection())})
        lines = export(caller=self.caller, project=place.pk, format=format, selection=selection, words=values["text"])
        name = f"{place.slug}.{chosen.extension}"
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Accel-Buffering": "no"}
        return StreamingHttpResponse(Begun(slotted(lines)), content_type=chosen.media_type, headers=headers)


def slotted(lines: Iterator[bytes]) -> Iterator[bytes]:
    """The lines, while not too many are sent: each download holds a thread, and some have to be left for answers."""
    if not SLOTS.acquire(blocking=False):
        fault = Fault("busy", "As many exports as this server takes at once are running; try again.")
        raise Problem(503, fault, {"Retry-After": "5"})
    try:
        yield from lines
    finally:
        SLOTS.release()


class Begun:
    """A stream whose first block is there, so that what goes wrong by then is an answer; closed with the response."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self.blocks = blocks
        self.first = next(blocks, None)  # some files of nothing are empty

    def __iter__(self) -> Begun:
        return self

    def __next__(self) -> bytes:
        if self.first is not None:
            first, self.first = self.first, None
            return first
        return next(self.blocks)

    def close(self) -> None:
        self.blocks.close()  # type: ignore[attr-defined]
