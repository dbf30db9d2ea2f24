"""What a kept connection holds on to."""

import pytest
from django.db import connection

from backend.database.base import LONG


@pytest.mark.django_db
def test_a_connection_holds_no_long_text_that_went_through_it():
    text = "x" * LONG
    with connection.cursor() as cursor:
        cursor.execute("SELECT length(%s)", [text])
        assert cursor.fetchone() == (LONG,)
        cursor.execute("SELECT 1 AS short")
    held = [query for query, _ in [*connection.connection._prepared._counts, *connection.connection._prepared._names]]
    assert b"SELECT 1 AS short" in held
    assert not [query for query in held if len(query) > LONG]
