"""Responses: JSON by orjson. Records that PostgreSQL has built pass through as they are (orjson.Fragment)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request


class JSONRenderer(BaseRenderer):
    """application/json in UTF-8."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        return b"" if data is None else orjson.dumps(data, default=plain)


def plain(value: Any) -> Any:
    """What orjson does not know: lists and dicts of DRF's own, lazy strings."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, list | tuple | set | frozenset):
        return list(value)
    return str(value)


class AlwaysJSON(DefaultContentNegotiation):
    """The API speaks JSON whatever `Accept` says (RFC 9110, 12.4.1 allows it), so that errors are never 406."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type

    def select_parser(self, request: Request, parsers: Any) -> Any:
        """A body is of one type: a range of them, which would match any parser, names none."""
        return None if "*" in request.content_type else super().select_parser(request, parsers)
