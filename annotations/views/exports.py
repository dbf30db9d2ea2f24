"""Exports over HTTP: a download that begins at once and is as long as the project is large; and what it leaves out."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterator
from contextlib import closing
from itertools import chain
from threading import BoundedSemaphore
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.http import StreamingHttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.exporting import Selection, export
from annotations.filters.documents import ExportQuery
from annotations.formats import FORMATS, Format, Report
from annotations.serializers.jobs import ExportReportSerializer
from backend.errors import Fault, Problem, invalid, not_found
from projects.models import Project
from projects.views import InProject

WRITTEN = {name: found for name, found in FORMATS.items() if found.write}
SLOTS = BoundedSemaphore(settings.EXPORTS_AT_ONCE)
CUT_OFF: Final = b"\n--- cut off: the server could not finish this export ---\n"  # no file of any format ends so


class ExportView(InProject):
    """What the caller sees of a project, in one file."""

    model = Project
    serializer_class = ExportReportSerializer
    queries = {"export": ExportQuery, "report": ExportQuery}
    bulk = frozenset({"export", "report"})
    produces = {"export": sorted({found.media_type for found in WRITTEN.values()})}
    path_schemas = {"format": {"type": "string", "enum": list(WRITTEN)}}

    def export(self, request: Request, project: UUID, format: str, *args: Any, **kwargs: Any) -> StreamingHttpResponse:
        """The file streams at once, in constant memory, from one snapshot: what the caller may see at this moment.
        `ndjson` is lossless and ends in a line of record `end`; a file without it is cut off. So is a file of any
        format whose last line is `--- cut off: the server could not finish this export ---`.

        With a selector, the file holds the articles that have such a set, with these sets alone. `text=false` leaves
        out the words of the articles: spans have offsets, texts their hash, and an import joins them again.
        """
        place, chosen, lines = self.begun(format)
        name = f"{place.slug}.{chosen.extension}"
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Accel-Buffering": "no"}
        headers["Link"] = f'<{report_of(request)}>; rel="describedby"; type="application/json"'
        return StreamingHttpResponse(Begun(slotted(lines)), content_type=chosen.media_type, headers=headers)

    def report(self, request: Request, project: UUID, format: str, *args: Any, **kwargs: Any) -> Response:
        """What the format cannot keep of the project, and how much it holds: the file is written as `exportProject`
        would now send it, and only its report is answered. So it takes as long. The file's `Link` header points here.
        """
        report = Report()
        _, _, lines = self.begun(format, report)
        with closing(slotted(lines)) as blocks:
            deque(blocks, maxlen=0)
        return Response(report.to_json())

    def begun(self, format: str, report: Report | None = None) -> tuple[Project, Format, Iterator[bytes]]:
        """The project and the format that are asked for, and the file that is to be."""
        values = self.query().validated_data
        place = self.project()
        chosen = WRITTEN.get(format)
        if chosen is None:
            raise not_found()
        if not values["text"] and format != "ndjson":
            raise invalid("text-needed", "Only `ndjson` has a form without the articles' words.", "?text")
        selection = Selection(**{name: values.get(name) for name in vars(Selection())})
        asked = {"caller": self.caller, "project": place.pk, "format": format, "selection": selection}
        return place, chosen, export(**asked, words=values["text"], report=report)


def report_of(request: Request) -> str:
    """The address of the report on the file that is asked for, as the client has to call it."""
    return request.build_absolute_uri(f"{request.path}report/?{request.META['QUERY_STRING']}").rstrip("?")


def slotted(lines: Iterator[bytes]) -> Generator[bytes]:
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

    def __init__(self, blocks: Generator[bytes]) -> None:
        self.blocks = blocks
        first = next(blocks, b"")  # some files of nothing are empty
        self.sent = chain([first], cut_off(blocks))

    def __iter__(self) -> Iterator[bytes]:
        return self.sent

    def close(self) -> None:
        self.blocks.close()


def cut_off(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """The blocks, and CUT_OFF where they cannot go on: granian ends a body whose iterator fails like any other, so the
    file itself has to tell."""
    try:
        yield from blocks
    except Exception:
        yield CUT_OFF
        raise
