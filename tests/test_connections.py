"""What a kept connection holds on to."""

import os
import socket
from contextlib import suppress
from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.db import (
    DataError,
    IntegrityError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
    close_old_connections,
    connection,
    transaction,
)
from django.db.models import TextChoices
from django.db.transaction import TransactionManagementError

from backend.database import prepared
from backend.database.prepared import Unsendable
from backend.statements import PreparedCursor, Statement, live
from backend.transactions import retried, sqlstate

pytestmark = pytest.mark.django_db


class Color(TextChoices):
    RED = "red"


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
    with PreparedCursor(live().connection) as cursor:
        cursor.execute("SELECT number FROM passing")
    assert b"SELECT number FROM passing" in held()
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE passing")
    assert not held()


# ---- statements that are prepared past psycopg ----


def given(sql, **values):
    """What a kept statement gives, by itself and by a cursor."""
    statement = Statement(sql, tuple(values), kept=True)
    ((direct,),) = live().run_prepared(statement.text(), [values[name] for name in statement.names])
    connection.force_debug_cursor = True
    try:
        ((told,),) = statement.run(values)
    finally:
        connection.force_debug_cursor = False
    assert (direct, type(direct)) == (told, type(told))
    return direct


ID, MORE = UUID("01890000-0000-7000-8000-000000000001"), UUID("01890000-0000-7000-8000-000000000002")
VALUES = [
    ("%s::text", "a “b” \\ \" ' {c,d} %s 😀"),
    ("%s::text", ""),
    ("%s::text", None),
    ("%s::uuid", ID),
    ("%s::int", -7),
    ("%s::bigint", 2**62),
    ("%s::boolean", True),
    ("%s::boolean", False),
    ("%s::bytea", b"\0\xff'"),
    ("%s::uuid[]", [ID, MORE]),
    ("%s::uuid[]", []),
    ("%s::int[]", [1, -2]),
    ("%s::text[]", ['a "quoted", {word}', "back\\slash", "", "NULL"]),
    ("%s::float8", 0.1),
    ("%s::timestamptz", datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)),
    ("%s::jsonb::text", '{"a": [1, null]}'),
]


@pytest.mark.parametrize(("sql", "value"), VALUES[:-3] + VALUES[-1:])
def test_values_go_and_come_as_psycopg_has_them(sql, value):
    found = given(f"SELECT {sql}", value=value)
    assert found == value or "jsonb" in sql


@pytest.mark.parametrize(("sql", "value"), [*VALUES[-3:-1], ("%s::text[]", [None]), ("%s::text", Color.RED)])
def test_rare_values_are_left_to_psycopg(sql, value):
    with pytest.raises(Unsendable):
        live().run_prepared(f"SELECT {sql}".replace("%s", "$1"), [value])
    ((found,),) = Statement(f"SELECT {sql}", ("value",), kept=True).run({"value": value})
    assert found == value


def test_no_text_is_cut_off_at_a_zero():
    with pytest.raises(DataError):
        Statement("SELECT %s::text", ("value",), kept=True).run({"value": "a\0b"})


def test_errors_are_djangos_and_name_their_rule():
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        Statement("INSERT INTO projects_project (id) VALUES (%s)", ("id",), kept=True).run({"id": ID})
    assert sqlstate(caught.value) == "23502"
    with pytest.raises(DataError), transaction.atomic():
        Statement("SELECT 1 / %s", ("zero",), kept=True).run({"zero": 0})


def test_after_an_error_a_transaction_takes_nothing_more():
    statement = Statement("SELECT %s::int", ("one",), kept=True)
    with transaction.atomic():
        transaction.set_rollback(True)
        with pytest.raises(TransactionManagementError):
            statement.run({"one": 1})
    assert statement.run({"one": 1}) == [(1,)]


def test_a_connection_prepares_each_once_and_holds_so_many(monkeypatch):
    monkeypatch.setattr(prepared, "MOST", 3)
    for n in (1, 2, 3, 4, 4, 1):
        assert Statement(f"SELECT {n} + %s::int", ("one",), kept=True).run({"one": 1}) == [(n + 1,)]
    ours = live().prepared
    assert list(ours.names) == [f"SELECT {n} + $1::int" for n in (3, 4, 1)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_prepared_statements WHERE name LIKE 'onrecord%%' ORDER BY prepare_time")
        assert [name.encode() for (name,) in cursor.fetchall()] == list(ours.names.values())


def test_what_psycopg_forgets_is_prepared_anew():
    """After a rollback it frees all prepared statements of the connection, if it has any of its own."""
    statement = Statement("SELECT 2 + %s::int", ("one",), kept=True)
    with suppress(IntegrityError), transaction.atomic():
        statement.run({"one": 1})
        with PreparedCursor(live().connection) as cursor:
            cursor.execute("SELECT 3")
        raise IntegrityError
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
        cursor.execute("SELECT 1")
    assert statement.run({"one": 1}) == [(3,)]


FREED = "DEALLOCATE ALL"
STALE = {"a column of another type": "ALTER TABLE passing ALTER number TYPE bigint", "freed by somebody": FREED}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("change", STALE)
def test_what_has_gone_stale_is_prepared_anew(change):
    """As after a migration of a running server. Within a transaction, that begins anew."""
    statement = Statement("SELECT number FROM passing WHERE number > %s", ("least",), kept=True)
    runs: list[int] = []

    def within():
        runs.append(len(runs))
        return statement.run({"least": 1})

    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE passing AS SELECT 2 AS number")
        assert statement.run({"least": 1}) == [(2,)]
        cursor.execute(STALE[change])
        assert statement.run({"least": 1}) == [(2,)]
        cursor.execute(FREED)
        assert retried(within) == [(2,)]
        assert retried(within) == [(2,)]
        assert runs == [0, 1, 2]
        cursor.execute("DROP TABLE passing")
        with pytest.raises(ProgrammingError):
            statement.run({"least": 1})


def test_what_was_never_good_stays_wrong():
    statement = Statement("SELECT count(*) FROM projects_project WHERE slug = %s FOR UPDATE", ("slug",), kept=True)
    for _ in range(2):
        with pytest.raises(NotSupportedError), transaction.atomic():
            statement.run({"slug": ""})


@pytest.mark.django_db(transaction=True)
def test_a_transaction_begins_with_a_statement_and_ends_with_it():
    name = Statement("SELECT set_config('onrecord.test', %s, true)", ("value",), kept=True)
    read = Statement("SELECT current_setting('onrecord.test', true)", (), kept=True)
    with transaction.atomic():
        name.run({"value": "within"})
        assert read.run({}) == [("within",)]
    assert read.run({}) == [("",)]
    name.run({"value": "alone"})
    assert read.run({}) == [("",)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("within", [True, False])
def test_a_server_that_is_gone_is_an_operational_error(within):
    """Without a word, as when it was killed. The next one to ask has a connection again."""
    statement = Statement("SELECT 1 + %s::int", ("one",), kept=True)
    assert statement.run({"one": 1}) == [(2,)]

    def ask():
        with socket.socket(fileno=os.dup(connection.connection.fileno())) as ours:
            ours.shutdown(socket.SHUT_RDWR)
        return statement.run({"one": 1})

    with pytest.raises(OperationalError):
        transaction.atomic(ask)() if within else ask()
    close_old_connections()  # as the server does between requests
    assert statement.run({"one": 1}) == [(2,)]
