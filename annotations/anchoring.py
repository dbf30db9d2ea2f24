"""How a request becomes a span: found by position and text, or by text alone, and checked. Pure, as spans are."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final, NamedTuple

from annotations.spans import EXACT_MAX, MATCHES_COUNTED, AnchorText, Span, SpanRefused, SpanWarning
from articles.text import SplitsSurrogatePair, splits_grapheme

FOUND_SHOWN: Final = 80  # code points of the text shown in a mismatch
CANDIDATES_SHOWN: Final = 20
CONTEXT_SHOWN: Final = 30  # code points on each side of a candidate


class _Place(NamedTuple):
    """Where in the request we are: on which text, in which unit, at which pointer."""

    anchor: AnchorText
    utf16: bool
    pointer: str = ""

    def refusal(self, code: str, key: str, detail: str, **extra: Any) -> SpanRefused:
        return SpanRefused(code, detail, self.pointer + key, extra)

    @property
    def unit(self) -> str:
        return "UTF-16 code units" if self.utf16 else "code points"

    def shown(self, offset: int) -> int:
        """A code point offset in the request's unit."""
        return self.anchor.index.to_utf16(offset) if self.utf16 else offset

    def read(self, offset: int) -> int:
        """An offset of the request in code points; may raise SplitsSurrogatePair."""
        return self.anchor.index.to_code_point(offset) if self.utf16 else offset

    def hint(self, start: int, end: int, exact: str) -> dict[str, str]:
        """`hint`, if text and offsets agree once these are read in the other unit."""
        to_code_point = self.anchor.index.to_code_point
        try:
            if not self.utf16:
                start, end = to_code_point(start), to_code_point(end)
        except SplitsSurrogatePair:
            return {}
        if not self.anchor.reads(start, end, exact):
            return {}
        return {"hint": f"offsets look like {'code points' if self.utf16 else 'utf16'}"}


class _Piece(NamedTuple):
    """A piece that was found, in code points, and the place that asked for it."""

    start: int
    end: int
    place: _Place
    folded: bool = False


def resolve(
    request: Mapping[str, Any], texts: Mapping[str, AnchorText], *, utf16: bool = False
) -> tuple[Span, list[SpanWarning]]:
    """The span a request means, checked against the text, and what to warn of.

    `request` has the fields of the contract, all optional, None meaning absent, their types and `part` already
    validated; with `utf16` its offsets count UTF-16 code units. `texts` holds the parts of the revision.
    Raises SpanRefused.
    """
    span, warnings = _found(request, texts, utf16)
    if len(span.exact) > EXACT_MAX:  # in pieces; or found by words with much white space between them
        pointer = "/exact" if request.get("fragments") is None else "/fragments"
        raise SpanRefused("limit-reached", f"A span holds at most {EXACT_MAX:,} characters.", pointer)
    return span, warnings


def _found(request: Mapping[str, Any], texts: Mapping[str, AnchorText], utf16: bool) -> tuple[Span, list[SpanWarning]]:
    part, fragments = request.get("part") or "body", request.get("fragments")
    if not utf16 and (plain := _plain(request, part, texts[part])):
        return plain, []
    whole = _Place(texts[part], utf16)
    found = [_locate(request, whole)] if fragments is None else _locate_all(fragments, whole)
    text, pieces = whole.anchor.text, tuple((piece.start, piece.end) for piece in found)
    span = Span(part, pieces, " ".join(text[start:end] for start, end in pieces))
    if fragments is not None:
        _check_outer(request, span, whole)
    return span, [warning for piece in found for warning in _warnings(piece)]


def _plain(request: Mapping[str, Any], part: str, anchor: AnchorText) -> Span | None:
    """The span as nearly all are sent: by positions and texts that agree, in the order of the text, nothing to warn of.
    What comes otherwise is looked at in full, and there refused, if at all."""
    fragments = request.get("fragments")
    pieces, words, behind = [], [], 0
    for sent in (request,) if fragments is None else fragments:
        start, end, exact = sent.get("start"), sent.get("end"), sent.get("exact")
        if start is None or end is None or not exact or start < behind or not anchor.reads(start, end, exact):
            return None
        if "prefix" in sent or "suffix" in sent or not (anchor.plain or anchor.whole(start, end)):
            return None
        pieces.append((start, end))
        words.append(exact)
        behind = end
    span = Span(part, tuple(pieces), " ".join(words)) if pieces else None
    if span and fragments is not None and not _says(request, span):
        return None
    return span


def _says(request: Mapping[str, Any], span: Span) -> bool:
    """Whether what stands beside `fragments` is what they say."""
    beside = (request.get("start"), span.start), (request.get("end"), span.end), (request.get("exact"), span.exact)
    return all(sent in (None, meant) for sent, meant in beside) and not (request.get("prefix") or request.get("suffix"))


def _locate_all(fragments: Sequence[Mapping[str, Any]], whole: _Place) -> list[_Piece]:
    if not fragments:
        detail = "`fragments` is empty. Send at least one fragment, or leave the field out."
        raise whole.refusal("span-empty", "/fragments", detail)
    found = [_locate(fragment, whole._replace(pointer=f"/fragments/{i}")) for i, fragment in enumerate(fragments)]
    _check_overlap(found, whole)
    return found


def _locate(request: Mapping[str, Any], place: _Place) -> _Piece:
    """One piece, by position and text or by text alone."""
    start, end, exact = (request.get(key) for key in ("start", "end", "exact"))
    if exact == "":
        raise place.refusal("span-empty", "/exact", "`exact` is empty. Send the text that the span covers.")
    if start is None and end is None:
        return _search(request, place)
    if start is None or end is None or exact is None:
        raise _incomplete(start, end, place)
    piece = _read(start, end, exact, place)
    _check_context(request, piece.start, piece.end, place)
    return piece


def _incomplete(start: int | None, end: int | None, place: _Place) -> SpanRefused:
    """Why a position alone, or half of one, is not enough."""
    if start is not None and end is not None:
        detail = "`start` and `end` need `exact` beside them: the text from start to end, so that a wrong offset shows."
        return place.refusal("exact-required", "/exact", detail)
    missing, there = ("start", "end") if start is None else ("end", "start")
    detail = f"`{there}` is there but `{missing}` is not. Send both, or `exact` alone."
    return place.refusal("start-and-end-required", f"/{missing}", detail)


def _read(start: int, end: int, exact: str, place: _Place) -> _Piece:
    """The piece at these offsets, which are in the request's unit."""
    _check_range(start, end, exact, place)
    try:
        first, last = place.read(start), place.read(end)
    except SplitsSurrogatePair:
        raise _split(start, end, exact, place) from None
    if not place.anchor.reads(first, last, exact):
        detail = (
            f"From {start} to {end}, counted in {place.unit}, the text is not `exact`. `found` is what stands there; "
            "correct the offsets or `exact`, or send `exact` without offsets to have it found."
        )
        found, hint = place.anchor.text[first:last][:FOUND_SHOWN], place.hint(start, end, exact)
        raise place.refusal("exact-mismatch", "/exact", detail, found=found, **hint)
    return _Piece(first, last, place)


def _check_range(start: int, end: int, exact: str, place: _Place) -> None:
    if start >= end:
        detail = f"`end` {end} is not after `start` {start}. `end` is the offset after the span's last character."
        raise place.refusal("span-empty", "/end", detail)
    length = place.shown(len(place.anchor.text))
    if start < 0 or end > length:
        key, offset = ("start", start) if start < 0 else ("end", end)
        detail = (
            f"`{key}` {offset} is outside the text, which goes from 0 to {length} in {place.unit}. "
            "Check the offset, the revision and the part."
        )
        hint = place.hint(start, end, exact)
        raise place.refusal("span-out-of-range", f"/{key}", detail, length=length, **hint)


def _split(start: int, end: int, exact: str, place: _Place) -> SpanRefused:
    """The refusal of the first of two offsets that cuts a surrogate pair."""
    try:
        place.read(start)
        key, offset = "end", end
    except SplitsSurrogatePair:
        key, offset = "start", start
    detail = (
        f"`{key}` {offset} lies between the two UTF-16 code units of one character. Move it by one; or, if you count "
        "code points, leave out `offset_unit=utf16`."
    )
    return place.refusal("splits-surrogate-pair", f"/{key}", detail, **place.hint(start, end, exact))


def _check_context(request: Mapping[str, Any], start: int, end: int, place: _Place) -> None:
    """`prefix` and `suffix` beside a position: both must stand right beside it."""
    text = place.anchor.text
    prefix, suffix = request.get("prefix") or "", request.get("suffix") or ""
    if not text.endswith(prefix, 0, start):
        key, where, found = "prefix", "before", text[max(0, start - min(len(prefix), FOUND_SHOWN)) : start]
    elif not text.startswith(suffix, end):
        key, where, found = "suffix", "after", text[end : end + min(len(suffix), FOUND_SHOWN)]
    else:
        return
    detail = (
        f"`{key}` is not the text right {where} the span; `found` is. Correct `{key}` or the offsets, "
        f"or leave `{key}` out."
    )
    raise place.refusal("context-mismatch", f"/{key}", detail, found=found)


def _search(request: Mapping[str, Any], place: _Place) -> _Piece:
    """The one place where `exact` stands, between `prefix` and `suffix` if given."""
    exact = request.get("exact")
    if exact is None:
        detail = "This says nothing of where the span is. Send `start`, `end` and `exact`, or `exact`, or `fragments`."
        raise place.refusal("span-empty", "", detail)
    wanted = exact, request.get("prefix") or "", request.get("suffix") or ""
    hits = place.anchor.find(*wanted)
    folded = not hits
    if folded:
        hits = place.anchor.find_folded(*wanted)
    if not hits:
        raise _not_found(exact, place)
    if len(hits) > 1:
        raise _ambiguous(hits, place)
    return _Piece(*hits[0], place, folded)


def _not_found(exact: str, place: _Place) -> SpanRefused:
    detail = (
        "`exact` is not in the text, even with white space, quotation marks, apostrophes and dashes made plain. "
        "Check its wording, the revision and the part."
    )
    if exact in place.anchor.text:
        detail = (
            "`exact` is in the text, but nowhere right between `prefix` and `suffix`. Correct them or leave them out."
        )
    return place.refusal("quote-not-found", "/exact", detail)


def _ambiguous(hits: Sequence[tuple[int, int]], place: _Place) -> SpanRefused:
    many = "at least " if len(hits) == MATCHES_COUNTED else ""
    detail = (
        f"`exact` is in the text {many}{len(hits)} times. Choose one of `candidates`: send its `start` and `end` too, "
        "or its `prefix` and `suffix`."
    )
    candidates = [_candidate(start, end, place) for start, end in hits[:CANDIDATES_SHOWN]]
    return place.refusal("quote-ambiguous", "/exact", detail, count=len(hits), candidates=candidates)


def _candidate(start: int, end: int, place: _Place) -> dict[str, Any]:
    text = place.anchor.text
    before, after = text[max(0, start - CONTEXT_SHOWN) : start], text[end : end + CONTEXT_SHOWN]
    return {"start": place.shown(start), "end": place.shown(end), "prefix": before, "suffix": after}


def _check_overlap(found: Sequence[_Piece], whole: _Place) -> None:
    """No character may be in two pieces; neighbours by start show any that is."""
    by_start = sorted(range(len(found)), key=lambda i: found[i].start)
    for left, right in pairwise(by_start):
        shared = found[right].start
        if shared < found[left].end:
            one, other = sorted((left, right))
            detail = (
                f"Fragments {one} and {other} (counted from 0) both hold the character at {whole.shown(shared)}. "
                "Cut one of them, or make them one fragment."
            )
            raise whole.refusal("fragments-overlap", f"/fragments/{other}", detail, fragments=[one, other])


def _check_outer(request: Mapping[str, Any], span: Span, whole: _Place) -> None:
    """What stands beside `fragments` must say what they say."""
    for key, offset in (("start", span.start), ("end", span.end)):
        sent, meant = request.get(key), whole.shown(offset)
        if sent is not None and sent != meant:
            detail = (
                f"`{key}` is {sent}, but the fragments together {key} at {meant}. Leave out `{key}`, "
                "or correct it or the fragments."
            )
            raise whole.refusal("fragments-differ", f"/{key}", detail)
    exact = request.get("exact")
    if exact is not None and exact != span.exact:
        detail = (
            "`exact` is not the texts of the fragments joined by one space; `found` is. Leave out `exact`, "
            "or correct it or the fragments."
        )
        raise whole.refusal("exact-mismatch", "/exact", detail, found=span.exact[:FOUND_SHOWN])
    _check_context(request, span.start, span.end, whole)


def _warnings(piece: _Piece) -> Iterator[SpanWarning]:
    place = piece.place
    if piece.folded:
        detail = (
            "`exact` was found only with white space, quotation marks, apostrophes and dashes made plain. "
            "The span has the text's own characters."
        )
        yield SpanWarning("anchored-folded", detail, f"{place.pointer}/exact")
    for key, offset in (("start", piece.start), ("end", piece.end)):
        if splits_grapheme(place.anchor.text, offset):
            detail = (
                f"`{key}` {place.shown(offset)} lies inside what readers see as one character "
                "(an emoji, or a letter with its marks). Move it unless that is meant."
            )
            yield SpanWarning("splits-grapheme", detail, f"{place.pointer}/{key}")
