"""Documents without the article's words, and with them again."""

from __future__ import annotations

import json

import pytest

from annotations.formats.wordless import TextUnknown, with_words, without_words
from articles.text import digest
from tests.formats.samples import bare, identities, made_up, read_back, said, seed, written

DOCUMENTS = [seed(), made_up(), bare(), identities()]


def texts_of(document):
    pairs = [(article["title"], article["body"]) for article in [document.get("article")] if article]
    return {digest(*pair): pair for pair in pairs}


@pytest.mark.parametrize("document", DOCUMENTS, ids=["seed", "made up", "bare", "identities"])
def test_the_words_go_and_come_back(document):
    left = without_words(document)
    back = with_words(left, texts_of(document))
    for found in (back, document):
        for name in ("capture", "sha256"):
            found.get("article", {}).pop(name, None)
    assert said(back) == said(document)


def test_no_word_of_the_text_is_left():
    document = made_up()
    for quote in document["quotes"]:  # as a GET shows them
        for source in quote["sources"]:
            source["span"] = {"start": 0, "end": 5, "exact": "Anna "} if source["mention"] else None
    left = json.dumps(without_words(document), ensure_ascii=False)
    assert "exact" not in left
    for words in ("told us", "Nie wieder", "السلام", "agreed"):
        assert words in json.dumps(document, ensure_ascii=False)
        assert words not in left


def test_without_words_through_a_file():
    left = [without_words(document) for document in DOCUMENTS[:3]]
    assert read_back("ndjson", written("ndjson", left)[0])[0] == left


def test_another_text_is_refused():
    left = without_words(made_up())
    for texts in ({}, {left["article"]["sha256"]: ("Another", "text")}):
        with pytest.raises(TextUnknown):
            with_words(left, texts)
