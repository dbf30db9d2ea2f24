"""Texts as files have them: decoded, taken in as the API takes them in, with offsets that go along.

Encodings are tried in this order: what a byte order mark says, UTF-8, what the options name, Windows-1252, Latin-1
(which takes every byte). Source of the marks: https://www.unicode.org/faq/utf_bom.html.
"""

from __future__ import annotations

import codecs
import re
from array import array
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from annotations.formats.base import BODY_MAX
from annotations.formats.report import Report, Where
from articles.text import TextRefused, normalise

# The longer mark first: UTF-32's begins with UTF-16's.
MARKS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
CRLF: Final = re.compile("\r\n")


def decode(data: bytes, where: Where, report: Report, declared: str | None = None) -> str:
    """The characters, a leading U+FEFF included; an encoding other than UTF-8 is reported."""
    marked = next((name for mark, name in MARKS if data.startswith(mark)), None)
    for name in (marked, "utf-8", declared, "cp1252"):
        try:
            text = data.decode(name) if name else None
        except (UnicodeDecodeError, LookupError):
            continue
        if text is not None:
            break
    else:
        name, text = "latin-1", data.decode("latin-1")
    if name != "utf-8":
        report.notice("decoded-as", f"This is not UTF-8; it was read as {name}.", where)
    return text


@dataclass(frozen=True)
class FileText:
    """A text file as it is (`raw`) and as the API keeps it: without a leading BOM, CRLF and CR made LF.

    Offsets into the file may count the BOM and CRLF as they are, or as the tool that wrote them saw them: `readings`
    are the ways to read one, the most literal first. Raises articles.text.TextRefused when first asked for `stored`.
    """

    raw: str

    @cached_property
    def stored(self) -> str:
        return normalise(self.raw)

    def taken(self, where: Where, report: Report) -> str | None:
        """`stored`; None for what can be no article's text, which is reported."""
        try:
            stored = self.stored
        except TextRefused as exc:
            report.refuse(exc.code, exc.detail, where)
            return None
        if not stored.strip() or len(stored) > BODY_MAX:
            report.refuse("no-text", f"The text is empty, or longer than {BODY_MAX:,} characters.", where)
            return None
        return stored

    @cached_property
    def _gone(self) -> array[int]:
        """Where in `raw` a character is that `stored` has not: of each CRLF the LF."""
        return array("L", (found.start() + 1 for found in CRLF.finditer(self.raw)))

    @property
    def readings(self) -> list[Callable[[int], int]]:
        marked, doubled = self.raw.startswith("\ufeff"), bool(self._gone)
        found: list[Callable[[int], int]] = [self.with_all] if marked or doubled else [lambda offset: offset]
        if marked and doubled:
            found += [lambda offset: self.with_all(offset + 1), lambda offset: offset - 1]
        if marked or doubled:
            found.append(lambda offset: offset)
        return found

    def with_all(self, offset: int) -> int:
        """An offset that counts every character of the file, in the stored text."""
        return offset - self.raw.startswith("\ufeff") - bisect_right(self._gone, offset - 1)
