"""What a text is: how it is taken in, hashed, counted, folded and cut.

Pure functions over str. Offsets are Unicode code points, 0-based and half-open,
unless a name says UTF-16. Source: contract, section 2; W3C Web Annotation Data Model
(positions lie between characters), UAX #29 (grapheme clusters).
"""

import hashlib
import re
from array import array
from bisect import bisect_left
from typing import Final

import regex

_ASTRAL: Final = re.compile("[\U00010000-\U0010ffff]")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_FOLDS: Final = str.maketrans(
    dict.fromkeys("“”„‟«»", '"')
    | dict.fromkeys("‘’‚‛‹›\u02bc", "'")  # U+02BC: modifier letter apostrophe
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-")  # ‐‑‒–—―−
    | dict.fromkeys((c for c in map(chr, range(0x3001)) if c.isspace()), " ")
)
_FOLDED_UNIT: Final = re.compile(" +|[^ ]")
_GRAPHEME: Final = regex.compile(r"\X")


class TextRefused(Exception):
    """A text that cannot be stored; `code` is `nul-character` or `lone-surrogate`."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class SplitsSurrogatePair(ValueError):
    """A UTF-16 offset between the two halves of one character."""


def normalise(text: str) -> str:
    """The text as it is stored: one leading BOM stripped, CRLF and CR made LF.

    Nothing else is touched: no trimming, no NFC, no second BOM. To be done once, at
    ingest. Raises TextRefused for U+0000 and for a surrogate without its other half.
    """
    if (at := text.find("\0")) >= 0:
        raise TextRefused("nul-character", f"The text has a NUL character (U+0000) at code point {at}. Remove it.")
    if found := _SURROGATE.search(text):
        raise TextRefused(
            "lone-surrogate",
            f"The text has half a surrogate pair (U+{ord(found[0]):04X}) at code point "
            f"{found.start()}. Send the whole character, or remove the half.",
        )
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def digest(title: str, body: str) -> str:
    """The hex SHA-256 by which two revisions are known to have the same text.

    Over UTF-8(title), one zero byte, UTF-8(body); a stored text has no U+0000, so no
    two pairs give the same bytes. The database computes the same expression.
    Raises UnicodeEncodeError for lone surrogates: give it normalised texts.
    """
    return hashlib.sha256(f"{title}\0{body}".encode()).hexdigest()


def utf16_length(text: str) -> int:
    """The length in UTF-16 code units: what JavaScript's `text.length` says."""
    return len(text) if text.isascii() else len(text) + len(_ASTRAL.findall(text))


class Utf16Index:
    """Converts offsets of one text between code points and UTF-16 code units.

    Holds the places of the characters beyond U+FFFF only, so a call costs
    O(log of their number), and is the identity for a text without any.

    Offsets outside the text are converted as if it went on with characters of one
    unit each. So they stay outside in the other unit, and range checks see them.
    """

    __slots__ = ("_points", "_units")

    def __init__(self, text: str) -> None:
        astral = () if text.isascii() else _ASTRAL.finditer(text)
        self._points = [found.start() for found in astral]
        self._units = [point + i for i, point in enumerate(self._points)]

    def to_utf16(self, code_point_offset: int) -> int:
        """The UTF-16 offset of a code point offset; never fails."""
        return code_point_offset + bisect_left(self._points, code_point_offset)

    def to_code_point(self, utf16_offset: int) -> int:
        """The code point offset of a UTF-16 offset; may raise SplitsSurrogatePair."""
        before = bisect_left(self._units, utf16_offset)
        if before and self._units[before - 1] == utf16_offset - 1:
            raise SplitsSurrogatePair(f"UTF-16 offset {utf16_offset} is inside a pair")
        return utf16_offset - before


def fold(text: str) -> str:
    """The text with the differences gone that copying and typesetting make.

    Typographic quotation marks (guillemets too), apostrophes and dashes become ASCII,
    and each run of Unicode white space becomes one space. For comparing, not storing.
    """
    return re.sub("  +", " ", text.translate(_FOLDS))


def fold_origins(text: str) -> "array[int]":
    """For each offset into `fold(text)`, its end included, the offset into `text`."""
    units = _FOLDED_UNIT.finditer(text.translate(_FOLDS))
    origins = array("L", (unit.start() for unit in units))
    origins.append(len(text))
    return origins


def grapheme_starts(text: str) -> "array[int]":
    """Where each grapheme cluster starts, and the end of the text."""
    starts = array("L", (found.start() for found in _GRAPHEME.finditer(text)))
    starts.append(len(text))
    return starts


def splits_grapheme(text: str, offset: int) -> bool:
    """Whether a cut here goes through what readers see as one character (UAX #29).

    Looks only around the cut: one character ahead, and back as far as the rules need
    (within a row of flags, an emoji sequence, a stack of marks). So its cost does not
    grow with the text.
    """
    if not 0 < offset < len(text):
        return False
    around = text[offset - 1 : offset + 1]
    if around.isascii():
        return around == "\r\n"
    # As a look-behind does, regex sees what is before the position it starts from.
    found = _GRAPHEME.match(text, offset - 1, offset + 1)
    return found is not None and len(found[0]) > 1
