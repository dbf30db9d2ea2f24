"""A span agrees with its text, whoever writes it."""

import pytest
from django.db import connection

from annotations.models import Mention
from articles.models import Revision
from tests import builders
from tests.constraints.ground import breaks, change

TITLE = "Title"
BODY = "abcdefghij 😀 é\n"  # 15 code points
TABLES = [
    ("mention", "", "mention_span_form"),
    ("quote", "", "quote_span_form"),
    ("quote", "cue_", "quote_cue_form"),
    ("occurrence", "", "occurrence_span_form"),
    ("occurrence", "object_", "occurrence_object_form"),
    ("occurrence", "time_", "occurrence_time_form"),
    ("evidence", "", "evidence_span_form"),
]
COLUMNS = ("part", "start", "end", "exact", "pieces")

RIGHT = [
    ("body", 0, 3, "abc", None),
    ("body", 0, 15, BODY, None),
    ("body", 11, 12, "😀", None),
    ("body", 14, 15, "\n", None),
    ("title", 0, 5, "Title", None),
    ("body", 0, 8, "abc fgh", [0, 3, 5, 8]),
    ("body", 0, 8, "fgh abc", [5, 8, 0, 3]),
    ("body", 0, 6, "abc def", [0, 3, 3, 6]),
    ("body", 0, 12, "a c 😀", [0, 1, 2, 3, 11, 12]),
]
WRONG = [
    ("span_exact", ("body", 0, 3, "abX", None)),
    ("span_exact", ("body", 1, 4, "abc", None)),
    ("span_exact", ("body", 0, 3, "ab", None)),
    ("span_exact", ("body", 0, 3, "abcd", None)),
    ("span_exact", ("body", 0, 3, "ABC", None)),
    ("span_exact", ("body", 0, 3, "", None)),
    ("span_exact", ("body", 13, 14, "e\u0301", None)),
    ("span_exact", ("body", 0, 5, "Title", None)),
    ("span_in_range", ("body", 13, 16, "é\n", None)),
    ("span_in_range", ("body", 13, 2_000_000_000, "é\n", None)),
    ("span_in_range", ("body", 15, 16, "\n", None)),
    ("span_in_range", ("body", 99, 102, "abc", None)),
    ("span_in_range", ("title", 0, 10, "abcdefghij", None)),
    ("span_in_range", ("body", 0, 20, "abc xyz", [0, 3, 17, 20])),
    ("span_exact", ("body", 0, 8, "abcfgh", [0, 3, 5, 8])),
    ("span_exact", ("body", 0, 8, "abc  fgh", [0, 3, 5, 8])),
    ("span_exact", ("body", 0, 8, "fgh abc", [0, 3, 5, 8])),
    ("span_exact", ("body", 0, 8, "abcdefgh", [0, 3, 5, 8])),
    ("span_pieces_disjoint", ("body", 0, 8, "abcd defgh", [0, 4, 3, 8])),
    ("span_pieces_disjoint", ("body", 0, 8, "abcdefgh cd", [0, 8, 2, 4])),
    ("span_pieces_disjoint", ("body", 0, 3, "abc abc", [0, 3, 0, 3])),
    ("span_pieces_disjoint", ("body", 0, 9, "abcdefg b hi", [0, 7, 1, 2, 7, 9])),
    ("span_pieces_form", ("body", 0, 9, "abc fgh", [0, 3, 5, 8])),
    ("span_pieces_form", ("body", 1, 8, "abc fgh", [0, 3, 5, 8])),
    ("span_pieces_form", ("body", 0, 3, "abc", [0, 3])),
    ("span_pieces_form", ("body", 0, 8, "abc fgh", [0, 3, 5])),
    ("span_pieces_form", ("body", 0, 8, "abc fgh", [0, 3, 5, 8, 9])),
    ("span_pieces_form", ("body", 0, 8, "abc ", [0, 8, 5, 5])),
    ("span_pieces_form", ("body", 0, 8, "abc fgh", [0, 8, 8, 5])),
    ("span_pieces_form", ("body", 0, 8, "abc fgh", [0, 3, None, 8])),
    ("span_pieces_form", ("body", 0, 8, "abc fgh", [])),
]
MALFORMED = [
    ("lead", 0, 3, "abc", None),
    ("", 0, 3, "abc", None),
    ("Body", 0, 3, "abc", None),
    ("body", -3, 0, "abc", None),
    ("body", -1, 2, "abc", None),
    ("body", 3, 3, "", None),
    ("body", 5, 2, "abc", None),
]
HALF = [
    (None, 0, 3, "abc", None),
    ("body", None, 3, "abc", None),
    ("body", 0, None, "abc", None),
    ("body", 0, 3, None, None),
    ("body", None, None, None, None),
    (None, None, None, "abc", None),
    ("body", 0, None, "abc fgh", [0, 3, 5, 8]),
    ("body", None, 8, "abc fgh", [0, 3, 5, 8]),
    (None, None, None, None, [0, 3, 5, 8]),
]


def columns(prefix, values):
    return {prefix + column: value for column, value in zip(COLUMNS, values, strict=True)}


@pytest.fixture
def rows(db):
    """A row of each kind that has spans, in one set."""
    project = builders.make_project("home")
    article = builders.make_article(project, BODY, TITLE)
    annotation_set = builders.make_set(article, builders.make_user("annotator"))
    return {
        "mention": builders.make_mention(annotation_set, "j"),
        "quote": builders.make_quote(annotation_set, "j", cue="i"),
        "occurrence": builders.make_occurrence(annotation_set, "j", object="i", time="h"),
        "evidence": builders.make_evidence(builders.make_claim(project), annotation_set, "j"),
    }


@pytest.mark.parametrize("values", RIGHT)
def test_right_span(rows, values):
    for kind, prefix, _ in TABLES:
        change(rows[kind], **columns(prefix, values))


@pytest.mark.parametrize(("rule", "values"), WRONG)
def test_wrong_span(rows, rule, values):
    for kind, prefix, _ in TABLES:
        with breaks(rule):
            change(rows[kind], **columns(prefix, values))


@pytest.mark.parametrize("values", MALFORMED)
@pytest.mark.parametrize(("kind", "prefix", "form"), TABLES)
def test_span_without_a_form(rows, kind, prefix, form, values):
    with breaks(form):
        change(rows[kind], **columns(prefix, values))


@pytest.mark.parametrize("values", HALF)
@pytest.mark.parametrize(("kind", "prefix"), [("quote", "cue_"), ("occurrence", "object_"), ("occurrence", "time_")])
def test_half_a_span(rows, kind, prefix, values):
    """A CHECK passes where it comes out null: what it lets through, the trigger refuses."""
    exact = values[3]
    with breaks(f"{kind}_{prefix}form" if exact is None else "span_whole"):
        change(rows[kind], **columns(prefix, values))


@pytest.mark.parametrize(("kind", "prefix"), [("quote", "cue_"), ("occurrence", "object_"), ("occurrence", "time_")])
def test_optional_span_may_be_absent(rows, kind, prefix):
    change(rows[kind], **columns(prefix, (None,) * 5))


@pytest.mark.parametrize("pieces", ["[0:3]={0,3,5,8}", "[2:5]={0,3,5,8}", "{{0,3},{5,8}}"])
@pytest.mark.parametrize("exact", ["abc fgh", "abc XXX"])
def test_pieces_are_one_plain_list(rows, pieces, exact):
    """PostgreSQL's arrays may start anywhere, and have several dimensions; ours do not."""
    statement = """UPDATE annotations_mention SET start = 0, "end" = 8, exact = %s, pieces = %s WHERE id = %s"""
    with breaks("span_pieces_form"), connection.cursor() as cursor:
        cursor.execute(statement, [exact, pieces, rows["mention"].pk])


@pytest.mark.parametrize(("rule", "values"), [WRONG[0], WRONG[8], WRONG[18], WRONG[22]])
def test_insert_is_checked_like_update(rows, rule, values):
    where = builders.place(rows["mention"].set)
    with breaks(rule):
        Mention.objects.create(**where, **columns("", values))
    Mention.objects.create(**where, **columns("", RIGHT[0]))


def test_one_wrong_span_among_many_is_found(rows):
    where = builders.place(rows["mention"].set)
    spans = [("body", n, n + 1, BODY[n], None) for n in range(9)]
    with breaks("span_exact"):
        wrong = ("body", 10, 11, "X", None)
        Mention.objects.bulk_create(Mention(**where, **columns("", span)) for span in [*spans[:5], wrong, *spans[5:]])
    Mention.objects.bulk_create(Mention(**where, **columns("", span)) for span in spans[:9])


@pytest.mark.parametrize("start", [0, 1022, 1023, 1024, 1025, 2046, 2047])
@pytest.mark.parametrize("length", [1, 2, 1024, 5000])
def test_spans_across_chunks(db, start, length):
    body = "".join(chr(0x4E00 + n % 7919) for n in range(20_000))
    article = builders.make_article(builders.make_project("home"), body, TITLE)
    annotation_set = builders.make_set(article, builders.make_user("annotator"))
    exact = body[start : start + length]
    span = ("body", start, start + length, exact, None)
    mention = Mention.objects.create(**builders.place(annotation_set), **columns("", span))
    with breaks("span_exact"):
        change(mention, exact=exact[:-1] + "X")
    with breaks("span_exact"):
        change(mention, start=start + 1, end=start + length + 1)
    assert Revision.objects.get(pk=article.head_id).body_length == 20_000
