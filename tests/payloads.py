"""Script in any text: what the browser's tests and the gate `xss` write wherever somebody can write."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models

PAYLOADS = [
    "<script>window.__x=1</script>",
    '"><script>window.__x=1</script>',
    "'><img src=x onerror=window.__x=1>",
    "<svg onload=window.__x=1>",
    "</script><script>window.__x=1</script>",
    "</title><script>window.__x=1</script>",
    "</textarea><script>window.__x=1</script>",
    "</style></option></select><script>window.__x=1</script>",
    "--><script>window.__x=1</script>",
    '" autofocus onfocus="window.__x=1',
    "' autofocus onfocus='window.__x=1",
    '<iframe srcdoc="<script>parent.__x=1</script>"></iframe>',
    "<details open ontoggle=window.__x=1>",
    '<a href="javascript:window.__x=1">x</a>',
    "javascript:window.__x=1",
    "\\u003cscript\\u003ewindow.__x=1\\u003c/script\\u003e",
]
# The first that finds itself in the right place runs, so that none hides another.
EVIL = "".join(PAYLOADS)


def evil_for(column: Any) -> Any:
    """What to write into a column of a model; None where it takes no text."""
    if column.choices or column.primary_key:
        return None
    match column:
        case models.CharField() | models.TextField():
            return EVIL[: column.max_length] if column.max_length else EVIL
        case ArrayField() if isinstance(column.base_field, models.TextField):
            return [EVIL]
        case models.JSONField():
            return {EVIL: [EVIL]}
    return None
