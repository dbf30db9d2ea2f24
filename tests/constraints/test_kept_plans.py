"""A connection keeps the plan of a statement, and of each rule, from when it ran it first: all tables may be small.
However large they have become on the same connection since, one more row is written by indexes."""

import pytest
from django.db import connection, transaction

from bench import corpus
from tests import builders
from tests.constraints import ground

LOOKED_AT = """
SELECT relname, coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables
WHERE relname LIKE 'a%'
"""
MANY = 100  # rows of one table; there are many times as many in each


def looked_at():
    with connection.cursor() as cursor:
        cursor.execute(LOOKED_AT)
        return dict(cursor.fetchall())


def send(world, *documents):
    answer = world.manager.post(f"/api/v1/projects/{world.project.pk}/documents/", list(documents))
    assert answer.status_code == 200, answer.content


def one_of_each(world):
    """Writes one row of each kind, and changes each, past everything but the database."""
    article = builders.make_article(world.project)
    place = builders.make_set(article, world.annotator.user)
    speaker, other = builders.make_speaker(world.project), builders.make_speaker(world.project, "Ben Okafor")
    official = builders.make_speaker(world.project, "an official", article=article, affiliation=other)
    mention = builders.make_mention(place, "Ada Stern", speaker=speaker)
    quote = builders.make_quote(place, "taxes would fall", cue="said", sources=[mention, official])
    inner = builders.make_quote(place, "taxes", parent=quote)
    claim = builders.make_claim(world.project)
    builders.make_occurrence(place, "taxes would fall", object="taxes", claim=claim, quote=quote, claimants=[speaker])
    builders.make_evidence(claim, place, "denies it", quote=quote)
    for row, columns in (
        (mention, {"speaker": other}),
        (inner, {"parent": None}),
        (inner, {"parent": quote}),
        (speaker, {"merged_into": other}),
        (speaker, {"affiliation": other}),
        (inner, {"part": "body"}),
        (builders.make_speaker(world.project, "a spokesman"), {"article": article, "is_named": False}),
    ):
        ground.change(row, **columns)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("small", [1, 40])
def test_what_was_planned_for_small_tables_goes_by_index(world, small):
    """`small`: the quotes that are there when the plans are made."""
    connection.close()  # with the plans that other tests made
    send(world, corpus.document("first", small))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")  # the planner knows how small they are, without what other tests took back
    for _ in range(6):
        one_of_each(world)
    send(world, *(corpus.document(f"then-{number}", 60) for number in range(12)))
    with transaction.atomic():
        before = looked_at()
        one_of_each(world)
        after = looked_at()
    assert {table: after[table] - before[table] for table in after if after[table] - before[table] > MANY} == {}
