"""The text rules: intake, hash, UTF-16, folding, grapheme clusters."""

import hashlib
import json

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from articles.text import (
    SplitsSurrogatePair,
    TextRefused,
    Utf16Index,
    digest,
    fold,
    fold_origins,
    normalise,
    splits_grapheme,
    utf16_length,
)

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"  # man ZWJ woman ZWJ girl
FRANCE, GERMANY = "\U0001f1eb\U0001f1f7", "\U0001f1e9\U0001f1ea"

# No lone surrogates: they cannot be in a stored text.
characters = st.characters(exclude_categories=["Cs"]) | st.sampled_from(
    ["\U0001f600", "\u200d", "\u0301", "\U0001f1eb", "\r", "\n", " ", "“", "—", "a"]
)
texts = st.text(characters, max_size=60)


@pytest.mark.parametrize(
    ("given_text", "kept"),
    [
        ("", ""),
        ("plain", "plain"),
        ("\ufeffone BOM", "one BOM"),
        ("\ufeff\ufefftwo BOMs", "\ufefftwo BOMs"),
        ("in\ufeffside", "in\ufeffside"),
        ("a\r\nb\rc\nd", "a\nb\nc\nd"),
        ("a\r\r\nb\n\r", "a\n\nb\n\n"),
        ("\ufeff\r\n", "\n"),
        ("  not trimmed \n\n", "  not trimmed \n\n"),
        ("e\u0301 is not \u00e9", "e\u0301 is not \u00e9"),
        ("\u2028\u2029\u0085\x0b\x0c\x1b", "\u2028\u2029\u0085\x0b\x0c\x1b"),
        (FAMILY, FAMILY),
    ],
)
def test_normalise_changes_line_ends_and_one_bom_only(given_text, kept):
    assert normalise(given_text) == kept


@pytest.mark.parametrize(
    ("given_text", "code", "where"),
    [
        ("ab\0c", "nul-character", "code point 2"),
        ("\ufeff\0", "nul-character", "code point 1"),
        ("ab\ud83d", "lone-surrogate", "U+D83D) at code point 2"),
        ("\ude00", "lone-surrogate", "U+DE00) at code point 0"),
        ("\udc80x", "lone-surrogate", "code point 0"),
        (json.loads(r'"\ud83d!"'), "lone-surrogate", "code point 0"),
    ],
)
def test_normalise_refuses(given_text, code, where):
    with pytest.raises(TextRefused) as caught:
        normalise(given_text)
    assert caught.value.code == code
    assert where in caught.value.detail == str(caught.value)


def test_a_surrogate_pair_in_json_is_one_character():
    assert normalise(json.loads(r'"\ud83d\ude00"')) == "\U0001f600"


def test_digest_is_sha256_of_title_nul_body():
    expected = hashlib.sha256("Tïtle\0B\U0001f600dy".encode()).hexdigest()
    assert digest("Tïtle", "B\U0001f600dy") == expected
    assert digest("", "") == hashlib.sha256(b"\0").hexdigest()


def test_digest_tells_title_from_body():
    assert len({digest("ab", "c"), digest("a", "bc"), digest("", "abc")}) == 3


@pytest.mark.parametrize(
    ("text", "length"), [("", 0), ("abc", 3), ("é\u2014", 2), ("\U0001f600", 2), (FAMILY, 8), (FRANCE, 4)]
)
def test_utf16_length(text, length):
    assert utf16_length(text) == length


@pytest.mark.parametrize(
    ("text", "code_point", "utf16"),
    [
        ("abc", 2, 2),
        ("é\u2014\ufeffx", 3, 3),  # beyond ASCII, but in the BMP
        ("a\U0001f600b", 1, 1),
        ("a\U0001f600b", 2, 3),
        ("a\U0001f600b", 3, 4),
        ("\U0001f600\U0001f600", 1, 2),
        ("\U0001f600\U0001f600", 2, 4),
        (FAMILY, 2, 3),
        (FAMILY, 5, 8),
        (FRANCE + GERMANY, 2, 4),
        ("a\U0001f600", 7, 8),  # past the end: still past it
        ("a\U0001f600", -1, -1),
        ("", 3, 3),
    ],
)
def test_offsets_both_ways(text, code_point, utf16):
    index = Utf16Index(text)
    assert index.to_utf16(code_point) == utf16
    assert index.to_code_point(utf16) == code_point


@pytest.mark.parametrize(("text", "utf16"), [("\U0001f600", 1), ("a\U0001f600b", 2), (FAMILY, 4), (FRANCE, 3)])
def test_inside_a_pair_is_no_code_point(text, utf16):
    with pytest.raises(SplitsSurrogatePair):
        Utf16Index(text).to_code_point(utf16)


@given(texts)
def test_utf16_is_what_the_codec_says(text):
    index = Utf16Index(text)
    for offset in range(len(text) + 1):
        utf16 = len(text[:offset].encode("utf-16-le")) // 2
        assert index.to_utf16(offset) == utf16
        assert index.to_code_point(utf16) == offset
    assert index.to_utf16(len(text)) == utf16_length(text)


@given(texts, st.integers(-5, 200))
def test_utf16_there_and_back_or_refused(text, utf16):
    index = Utf16Index(text)
    try:
        offset = index.to_code_point(utf16)
    except SplitsSurrogatePair:
        before = text.encode("utf-16-le")[: 2 * utf16]
        with pytest.raises(UnicodeDecodeError):
            before.decode("utf-16-le")
        return
    assert index.to_utf16(offset) == utf16
    assert (0 <= offset <= len(text)) == (0 <= utf16 <= utf16_length(text))


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("“a” „b‟ «c»", '"a" "b" "c"'),
        ("‘a’ ‚b‛ ‹c› d\u02bce", "'a' 'b' 'c' d'e"),
        ("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-------"),
        ("a\u00a0b\u202fc\u3000d\u2028e\tf", "a b c d e f"),
        ("a \n\n\t\u00a0 b", "a b"),
        ("\n a ", " a "),
        ("Éé e\u0301 ß \u200b\ufeff", "Éé e\u0301 ß \u200b\ufeff"),
    ],
)
def test_fold(text, folded):
    assert fold(text) == folded


@given(texts)
def test_fold_origins_lead_back(text):
    folded, origins = fold(text), fold_origins(text)
    assert len(origins) == len(folded) + 1
    assert (origins[0], origins[-1]) == (0, len(text))
    for at, char in enumerate(folded):
        assert fold(text[origins[at] : origins[at + 1]]) == char


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("abc", set()),
        ("a\r\nb", {2}),
        ("a\n\rb", set()),
        ("xe\u0301y", {2}),
        ("x\u00e9y", set()),
        (f"a{FAMILY}b", {2, 3, 4, 5}),
        (FRANCE + GERMANY, {1, 3}),
        ("\U0001f44d\U0001f3fd", {1}),  # thumb and skin tone
        ("1\ufe0f\u20e3", {1, 2}),  # keycap
        ("\u05e9\u05c1\u05dc", {1}),  # Hebrew letter and point
        ("\u0627\u0644", set()),  # Arabic
        ("\u1112\u1161\u11ab", {1, 2}),  # Hangul in NFD
        ("\u0301a", set()),  # a mark with nothing before it
    ],
)
def test_splits_grapheme(text, inside):
    cuts = range(-1, len(text) + 2)
    assert {offset for offset in cuts if splits_grapheme(text, offset)} == inside


def test_splits_grapheme_far_into_the_text():
    flags, marks = FRANCE * 100, "e" + "\u0301" * 100
    text = "é" * 500 + flags + marks + "é" * 500
    cuts = [offset - 500 for offset in range(len(text)) if splits_grapheme(text, offset)]
    assert cuts == [*range(1, 200, 2), *range(201, 301)]


clusters = st.sampled_from(
    [*FAMILY, *FRANCE, *GERMANY, "\U0001f3fd", "\ufe0f", "\u0301", "\u05d0", "\u0915", "\u094d", "\u0600", *"a1 \n\r"]
)


@given(st.text(clusters, max_size=40))
def test_the_window_sees_what_the_whole_text_shows(text):
    ends, at = {0}, 0
    for cluster in regex.findall(r"\X", text):
        at += len(cluster)
        ends.add(at)
    for offset in range(len(text) + 1):
        assert splits_grapheme(text, offset) == (offset not in ends)
