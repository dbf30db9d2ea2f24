"""Many new rows by COPY: what Django spends on the parameters of a long INSERT is many times what PostgreSQL spends on
its rows. Rules, keys and errors are those of any INSERT."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from operator import itemgetter
from typing import Any

import orjson
from django.contrib.postgres.fields import ArrayField
from django.db import connection
from django.db.models import Field, JSONField
from django.db.models.base import ModelState
from django.db.models.expressions import DatabaseDefault
from psycopg.types.json import Jsonb

from backend.statements import Statement

Shape = tuple[Any, tuple[Any, ...]]  # a model, and those of its columns that its rows give
NOT_GIVEN = object()
MANY = 20  # rows; fewer go by INSERT, which is one round trip and not two


def copy_together(groups: Iterable[Sequence[Any]]) -> None:
    """Writes new rows of several models, each after those that it refers to: where all of them are few, in one
    statement, which keys and rules see whole."""
    filled = [rows for rows in groups if rows]
    few = sum(map(len, filled)) < MANY
    shapes = [shape for rows in filled if (shape := shape_of(rows))] if few else []
    if len(filled) == len(shapes) > 1:
        sent = [as_json(rows, fields) for rows, (_, fields) in zip(filled, shapes, strict=True)]
        insertion(tuple(shapes)).run({f"rows_{n}": rows for n, rows in enumerate(sent)})
    else:
        for rows in filled:
            copy_rows(rows)


def copy_rows(rows: Sequence[Any]) -> None:
    """Writes new rows of one model, in their order and in one statement."""
    model: Any = type(rows[0])
    fields = given_fields(rows)
    if fields is None or (len(rows) < MANY and has_json(model)):
        model._default_manager.bulk_create(rows)
        return
    if len(rows) < MANY:
        insertion(((model, fields),)).run({"rows_0": as_json(rows, fields)})
        return
    names = ", ".join(f'"{field.column}"' for field in fields)
    values = itemgetter(*(field.attname for field in fields))
    special = [(place, SPECIAL[type(field)]) for place, field in enumerate(fields) if type(field) in SPECIAL]
    statement: Any = f'COPY "{model._meta.db_table}" ({names}) FROM STDIN'
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            found = values(row.__dict__)  # past the descriptors of foreign keys
            copy.write_row(prepared(found, special) if special else found)


@cache
def insertion(shapes: tuple[Shape, ...]) -> Statement:
    """An INSERT of any number of rows a model, sent as one JSON list each; PostgreSQL reads it by the types of the
    table."""
    inserts = [insert_given(*shape) for shape in shapes]
    first = ", ".join(f"insert_{n} AS ({sql})" for n, sql in enumerate(inserts[:-1]))
    names = tuple(f"rows_{n}" for n in range(len(shapes)))
    return Statement(f"WITH {first} {inserts[-1]}" if first else inserts[-1], names, kept=True)


def insert_given(model: Any, fields: Iterable[Field[Any, Any]], rows: str = "%s", beside: str = "") -> str:
    """An INSERT of these columns from a JSON list: `rows` is the SQL of it, `beside` what stands before it in FROM."""
    table, names = f'"{model._meta.db_table}"', ", ".join(f'"{field.column}"' for field in fields)
    source = f"{beside}jsonb_populate_recordset(NULL::{table}, {rows}::jsonb)"
    return f"INSERT INTO {table} ({names}) SELECT {names} FROM {source}"


def insert_into(model: Any, rows: str, beside: str) -> str:
    """An INSERT of rows as `blank` has them, each once for every row of the table `beside`: so of none, where that is
    empty."""
    return insert_given(model, filled_here(model), rows, f"{beside}, ")


@cache
def blank(model: Any) -> dict[str, Any]:
    """A new row's columns at their defaults, less those that the database fills. To be copied, and never changed."""
    return {field.attname: field.get_default() for field in filled_here(model)}


@cache
def filled_here(model: Any) -> list[Field[Any, Any]]:
    """The columns that `blank` fills: all but those with a default of the database's own."""
    return [field for field, open_to in columns_of(model) if not open_to or (field.primary_key and field.has_default())]


def shape_of(rows: Sequence[Any]) -> Shape | None:
    """The model and the columns that the rows give; None where a list of JSON cannot say them."""
    model: Any = type(rows[0])
    fields = None if has_json(model) else given_fields(rows)
    return None if fields is None else (model, fields)


def as_json(rows: Sequence[Any], fields: Iterable[Field[Any, Any]]) -> str:
    """The rows as a JSON list of objects, by column."""
    named = [(field.column, field.attname) for field in fields]
    return orjson.dumps([{column: row.__dict__[name] for column, name in named} for row in rows]).decode()


@cache
def has_json(model: Any) -> bool:
    """Whether a column's values may hold numbers that a JSON writer of ours does not keep."""
    return any(isinstance(field, JSONField) for field in model._meta.concrete_fields)


def unsaved(model: Any, *columns: Mapping[str, Any]) -> Any:
    """A new row of the model, with all these columns and the others at their defaults; as `model(**columns)`, for a
    tenth of its work."""
    constants, made = defaults(model)
    values = constants.copy()
    for given in columns:
        values.update(given)
    if len(values) > len(constants):
        raise TypeError(f"{model.__name__} has no column {(values.keys() - constants.keys()).pop()!r}")
    for name, default in made:
        if values[name] is NOT_GIVEN:
            values[name] = default()
    values["_state"] = ModelState()
    row = model.__new__(model)
    row.__dict__ = values
    return row


@cache
def defaults(model: Any) -> tuple[dict[str, Any], list[tuple[str, Callable[[], Any]]]]:
    """The columns with defaults that never change; and those whose defaults are made anew for each row."""
    fields = model._meta.concrete_fields
    # A field without a default holds a class in its place, which is callable too.
    anew = {field.attname: field.default for field in fields if field.has_default() and callable(field.default)}
    constants = {field.attname: NOT_GIVEN if field.attname in anew else field.get_default() for field in fields}
    return constants, list(anew.items())


def prepared(values: tuple[Any, ...], special: Sequence[tuple[int, Callable[[Any], Any]]]) -> list[Any]:
    """A row's values as COPY takes them. `special`: the places of those that have to be adapted, each with how."""
    found = list(values)
    for place, prepare in special:
        if found[place] is not None:
            found[place] = prepare(found[place])
    return found


# How values of some fields are handed to psycopg, which would take a list apart to see that it is empty.
SPECIAL: dict[type, Callable[[Any], Any]] = {JSONField: Jsonb, ArrayField: lambda items: items or "{}"}


# The types that stand, in a row not yet written, for "the database fills this"; for the primary key (True) also None.
OPEN: dict[bool, set[type]] = {False: {DatabaseDefault}, True: {DatabaseDefault, type(None)}}


def given_fields(rows: Sequence[Any]) -> tuple[Field[Any, Any], ...] | None:
    """The columns that the rows give; the others the database fills. None where the rows differ in this."""
    fields: list[Field[Any, Any]] = []
    model: Any = type(rows[0])
    for field, open_to in columns_of(model):
        name = field.attname
        left_open = {type(row.__dict__[name]) for row in rows} & OPEN[field.primary_key] if open_to else ()
        if left_open and not all(type(row.__dict__[name]) in left_open for row in rows):
            return None
        if not left_open:
            fields.append(field)
    return tuple(fields)


@cache
def columns_of(model: Any) -> list[tuple[Field[Any, Any], bool]]:
    """The columns, and whether the database may fill them."""
    return [(field, bool(field.primary_key or field.has_db_default())) for field in model._meta.concrete_fields]
