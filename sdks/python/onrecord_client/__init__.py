"""onrecord for Python: who said what, on the record.

`Client` and `AsyncClient` have a method for each operation of the API, under its name there (`listQuotes` is
`list_quotes`). Lists walk all pages, writes are tried again without a double, refusals are exceptions. Offsets are
Unicode code points, as in Python's strings: `body[piece.start : piece.end] == piece.exact` for each piece of a span.
"""

from onrecord_client import models
from onrecord_client.client import AsyncClient, Client
from onrecord_client.downloads import AsyncDownload, Download
from onrecord_client.errors import (
    Conflict,
    Forbidden,
    Incomplete,
    Invalid,
    NotFound,
    Refused,
    Stale,
    TryLater,
    Unauthorized,
)
from onrecord_client.feed import AsyncFeed, Feed
from onrecord_client.generated.types import UNSET, Unset
from onrecord_client.imports import ImportFailed
from onrecord_client.pages import AsyncPages, Pages
from onrecord_client.retries import Retries

__all__ = [
    "UNSET",
    "AsyncClient",
    "AsyncDownload",
    "AsyncFeed",
    "AsyncPages",
    "Client",
    "Conflict",
    "Download",
    "Feed",
    "Forbidden",
    "ImportFailed",
    "Incomplete",
    "Invalid",
    "NotFound",
    "Pages",
    "Refused",
    "Retries",
    "Stale",
    "TryLater",
    "Unauthorized",
    "Unset",
    "models",
]
