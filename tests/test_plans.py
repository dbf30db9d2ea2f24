"""Lists are found by indexes, whatever they are narrowed by, and the planner chooses freely.

The tables are small here, but PostgreSQL is told that they have ten thousand times their rows: a million quotes.
`python3 run.py bench --only W9 --size 1000000` asks the same of tables that are that large.
"""

import pytest
from django.db import connection

from annotations.filters import spans as filters
from bench import corpus
from bench.plans import GROWING, addresses, choose_freely, read_whole, small
from tests.builders import make_token

MORE = 10_000  # times the rows that are there
TOLD = """
SELECT pg_restore_relation_stats('schemaname', 'public', 'relname', relname::text,
                                 'relpages', greatest(relpages, 1), 'reltuples', (reltuples * %s)::real)
FROM pg_class WHERE relname = %s
"""
# There would be that many more sets and articles as well, not three that hold a third of all rows each.
SPREAD = """
SELECT format('ALTER TABLE %%I ALTER COLUMN %%I SET (n_distinct = -0.05)', table_name, column_name)
FROM information_schema.columns WHERE table_name = %s AND column_name IN ('set_id', 'article_id')
"""


def version():
    return connection.cursor().connection.info.server_version


@pytest.fixture
def loaded(world):
    if version() < 160_000:
        pytest.skip("PostgreSQL 15 does not tell the plan of a prepared statement")
    sent = [corpus.document("one", 60), corpus.document("two", 20), corpus.document("three", 20)]
    answer = world.manager.post(f"/api/v1/projects/{world.project.pk}/documents/", sent)
    assert answer.status_code == 200, answer.content
    return world


@pytest.fixture
def large(loaded):
    """The same, and statistics of many more rows in each table that grows."""
    if version() < 180_000:
        pytest.skip("PostgreSQL 18 is the first that is told what to think of a table")
    choose_freely()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table.startswith(GROWING):
                cursor.execute(SPREAD, [table])
                for (spread,) in cursor.fetchall():
                    cursor.execute(spread)
                cursor.execute(f"ANALYZE {table}")
                cursor.execute(TOLD, [MORE, table])
    return loaded


@pytest.mark.parametrize("who", ["manager", "annotator"])
def test_lists_are_found_by_indexes(large, who):
    token, empty = make_token(getattr(large, who).user), small()  # of nothing, no statistics can be told
    plans = {path: set(read_whole(path, token)) - empty for path in addresses(large.manager, large.project.pk)}
    assert len(plans) > 50
    assert {path: whole for path, whole in plans.items() if whole} == {}


@pytest.mark.parametrize("who", ["manager", "annotator"])
def test_every_list_has_an_index(loaded, who):
    """Of empty tables, too: with sequential scans forbidden, none is left."""
    token = make_token(getattr(loaded, who).user)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    plans = {path: read_whole(path, token) for path in addresses(loaded.manager, loaded.project.pk)}
    assert {path: whole for path, whole in plans.items() if whole} == {}


def test_of_an_annotator_with_many_sets(large, monkeypatch):
    monkeypatch.setattr(filters, "FEW", -1)
    token = make_token(large.annotator.user)
    paths = [
        path for path in addresses(large.manager, large.project.pk) if "&annotator=" in path and "-sets" not in path
    ]
    assert len(paths) == 4
    assert {path: whole for path in paths if (whole := read_whole(path, token))} == {}


def test_a_missing_index_is_found(large):
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX speaker_qid")
    path = f"/api/v1/speakers/?project={large.project.pk}&wikidata_qid=Q7"
    assert read_whole(path, make_token(large.manager.user)) == ["annotations_speaker"]
