"""Quotes nest without circles, and at most eight deep."""

import pytest

from annotations.models import Quote
from projects.ids import uuid7
from tests import builders
from tests.constraints.ground import breaks, change

BODY = "0123456789abcdefghij"


@pytest.fixture
def annotation_set(db):
    article = builders.make_article(builders.make_project("home"), BODY, "Title")
    return builders.make_set(article, builders.make_user("annotator"))


def chain(annotation_set, length, parent=None):
    """Quotes, each nested in the one before it."""
    quotes = []
    for _ in range(length):
        parent = builders.make_quote(annotation_set, "0", parent=parent)
        quotes.append(parent)
    return quotes


def test_no_quote_is_its_own_parent(annotation_set):
    (quote,) = chain(annotation_set, 1)
    with breaks("quote_no_cycle"):
        change(quote, parent=quote.pk)
    pk = uuid7()
    with breaks("quote_no_cycle"):
        builders.make_quote(annotation_set, "0", id=pk, parent_id=pk)


@pytest.mark.parametrize("length", [2, 3, 8])
def test_no_circle(annotation_set, length):
    quotes = chain(annotation_set, length)
    for below in quotes[1:]:
        with breaks("quote_no_cycle"):
            change(quotes[0], parent=below)
    change(quotes[-1], parent=None)
    change(quotes[0], parent=quotes[-1])


def test_no_circle_in_one_statement(annotation_set):
    one, other = uuid7(), uuid7()
    where = {**builders.place(annotation_set), **builders.span(annotation_set, "0")}
    with breaks("quote_no_cycle"):
        Quote.objects.bulk_create([Quote(id=one, parent_id=other, **where), Quote(id=other, parent_id=one, **where)])
    Quote.objects.bulk_create([Quote(id=one, parent_id=other, **where), Quote(id=other, **where)])
    with breaks("quote_no_cycle"):
        Quote.objects.filter(pk=other).update(parent=one)


def test_eight_levels_by_insert(annotation_set):
    quotes = chain(annotation_set, 8)
    with breaks("quote_depth"):
        chain(annotation_set, 1, parent=quotes[-1])
    chain(annotation_set, 1, parent=quotes[-2])


def test_eight_levels_in_one_statement(annotation_set):
    where = {**builders.place(annotation_set), **builders.span(annotation_set, "0")}

    def insert(levels):
        ids = [uuid7() for _ in range(levels)]
        parents = [None, *ids[:-1]]
        Quote.objects.bulk_create(
            Quote(id=pk, parent_id=parent, **where) for pk, parent in reversed(list(zip(ids, parents, strict=True)))
        )

    for levels in (9, 12, 40):
        with breaks("quote_depth"):
            insert(levels)
    insert(8)


@pytest.mark.parametrize(("above", "below"), [(1, 8), (4, 5), (8, 1), (7, 2)])
def test_eight_levels_by_moving_a_subtree(annotation_set, above, below):
    upper, lower = chain(annotation_set, above), chain(annotation_set, below)
    with breaks("quote_depth"):
        change(lower[0], parent=upper[-1])
    if above > 1:
        change(lower[0], parent=upper[-2])
    if below > 1:
        change(lower[1], parent=upper[-1])


def test_height_is_that_of_the_deepest_branch(annotation_set):
    upper, lower = chain(annotation_set, 4), chain(annotation_set, 2)
    chain(annotation_set, 3, parent=lower[0])
    with breaks("quote_depth"):
        change(lower[0], parent=chain(annotation_set, 1, parent=upper[-1])[0])
    change(lower[0], parent=upper[-1])


def test_one_wrong_move_among_many_is_found(annotation_set):
    quotes = chain(annotation_set, 3)
    others = chain(annotation_set, 1) + chain(annotation_set, 1)
    with breaks("quote_no_cycle"):
        Quote.objects.filter(pk__in=[q.pk for q in [*others, quotes[0]]]).update(parent=quotes[2])
    Quote.objects.filter(pk__in=[q.pk for q in others]).update(parent=quotes[2])
