"""What a kept connection holds on to."""

import pytest
from django.db import connection

from backend.statements import PreparedCursor, cursor_of

pytestmark = pytest.mark.django_db


def held():
    """The statements that psycopg remembers, by their text."""
    kept = connection.connection._prepared
    return {query for query, _ in [*kept._counts, *kept._names]}


def test_a_connection_holds_no_text_that_went_through_it():
    before = held()
    with connection.cursor() as cursor:
        for _ in range(10):
            cursor.execute("SELECT length(%s)", ["x" * 10_000])
            cursor.execute("SELECT 1 AS short")
    assert held() == before


def test_what_was_asked_to_be_prepared_is_kept_until_a_table_goes():
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE passing AS SELECT 1 AS number")
    with cursor_of(PreparedCursor) as cursor:
        cursor.execute("SELECT number FROM passing")
    assert b"SELECT number FROM passing" in held()
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE passing")
    assert not held()
