"""Texts are stored clean, never changed, and cut into chunks that nobody else writes."""

import hashlib
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction

from articles.models import Chunk, Publisher, Revision
from articles.text import digest, utf16_length
from projects.ids import uuid7
from tests import builders
from tests.constraints.ground import breaks, change, empty, make_article, remove


@pytest.fixture
def article(db):
    return make_article(builders.make_project("home"))


def insert(article, title="Title", body="Body", **columns):
    """A second revision: measured and hashed right, but for `columns`."""
    right = {
        "id": uuid7(),
        "number": 2,
        "title_length": len(title),
        "body_length": len(body),
        "body_length_utf16": utf16_length(body),
        "sha256": digest(title, body),
    }
    columns = {**right, **columns}
    return Revision.objects.create(project_id=article.project_id, article=article, title=title, body=body, **columns)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        " padded ",
        "e\u0301",
        "a\u200db",
        "in the middle \ufeff of it",
        "🇷🇺 and 😀",
        "a\tb\x85c\x0bd",
        "x" * 9000,
        "😀 and more, " * 12_000,  # long enough to be cut in two steps
    ],
)
def test_clean_text_is_kept_as_it_is(article, text):
    revision = insert(article, title=text, body=text)
    revision.refresh_from_db()
    assert (revision.title, revision.body) == (text, text)
    for part in ("title", "body"):
        chunks = Chunk.objects.filter(revision=revision, part=part).order_by("n")
        assert "".join(chunks.values_list("text", flat=True)) == text
        assert all(len(chunk.text) == 1024 for chunk in chunks[: max(0, len(chunks) - 1)])


@pytest.mark.parametrize("part", ["title", "body"])
@pytest.mark.parametrize("text", ["\ufeffBOM", "\ufeff", "one\r\ntwo", "one\rtwo", "\r"])
def test_text_that_is_not_normalised(article, part, text):
    with breaks("revision_text_clean"):
        insert(article, **{part: text})


@pytest.mark.parametrize(
    "columns",
    [
        {"title_length": 4},
        {"body_length": 5},
        {"body_length_utf16": 4},
        {"sha256": digest("Title", "body 😀")},
        {"sha256": hashlib.sha256("TitleBody 😀".encode()).hexdigest()},
        {"sha256": ""},
    ],
)
def test_measures_are_the_text_s_own(article, columns):
    with breaks("revision_text_clean"):
        insert(article, body="Body 😀", **columns)
    insert(article, body="Body 😀", body_length=6, body_length_utf16=7)


@pytest.mark.parametrize("column", [f.name for f in Revision._meta.concrete_fields])
def test_revision_never_changes(article, column):
    with breaks("revision_immutable"):
        change(article.head, **{column: getattr(article.head, column)})


def test_chunks_come_from_their_revision_alone(article):
    chunk = Chunk.objects.get(revision=article.head_id, part="body")
    with breaks("revision_immutable"):
        change(chunk, text="Something else")
    with breaks("revision_immutable"):
        remove(chunk)
    with breaks("revision_immutable"):
        Chunk.objects.create(revision_id=article.head_id, part="body", n=1, text="more")
    with transaction.atomic():
        remove(insert(article))
    for table in ("articles_chunk", "articles_revision", "projects_project"):
        with breaks("revision_immutable"):
            empty(table)


def test_numbers(article):
    for number in (0, -1):
        with breaks("revision_number_positive"):
            insert(article, number=number)
    with breaks("revision_number_unique"):
        insert(article, number=1)
    insert(article, number=2)
    insert(make_article(article.project), number=2)


def test_ids_are_unique_within_what_keys_point_at(article):
    with breaks("articles_revision_pkey"):
        insert(article, id=article.head_id)


def test_metadata_is_an_object(article):
    others: list[Any] = [[], "words", 7, True]
    for metadata in others:
        with breaks("article_metadata_object"):
            change(article, metadata=metadata)
    change(article, metadata={"desk": "foreign"})


def test_external_id_is_unique_in_its_project(article):
    other = make_article(article.project, external_id="a-1")
    with breaks("article_external_id_unique"):
        change(article, external_id="a-1")
    change(article, external_id="a-2")
    make_article(builders.make_project("abroad"), external_id="a-1")
    change(other, external_id=None)
    change(article, external_id=None)


def test_precision(article):
    with breaks("article_precision_known"):
        change(article, published_precision="hour")
    for precision in ("year", "month", "day", "minute", None):
        change(article, published_precision=precision)


@pytest.mark.parametrize("qid", ["", "Q", "Q0", "Q01", "q42", "42", "Q42 ", "Q42\n", " Q42", "Q4.2", "P31"])
def test_publisher_with_a_wrong_wikidata_id(article, qid):
    with breaks("publisher_qid_form"):
        Publisher.objects.create(project=article.project, name="The Post", wikidata_qid=qid)
    for right in ("Q1", "Q42", "Q1009", None):
        Publisher.objects.create(project=article.project, name="The Post", wikidata_qid=right)


def test_ids_are_sortable(article):
    assert article.pk < article.head_id < uuid7()
    assert isinstance(article.pk, UUID)
