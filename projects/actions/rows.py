"""The few ways in which rows change; each leaves an event. Apps' actions are made of these.

Everything is set-wise: one statement writes all rows of a table, one more all their events.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import orjson
from django.db import IntegrityError, connection, transaction
from django.db.models import F, Max, Q, QuerySet, TextField, UUIDField, Value
from django.db.models.functions import Cast, Now
from psycopg.errors import ForeignKeyViolation

from backend.copying import copy_rows
from backend.errors import Problem
from backend.statements import Param, Statement
from projects.choices import EventAction
from projects.ids import uuid7
from projects.models import Event
from projects.roles import Caller

COLUMNS = (
    "action",
    "type",
    "object_id",
    "version",
    "project_id",
    "article",
    "set",
    "actor_id",
    "comment",
    "reload",
    "snapshot",
)
Kind = tuple[EventAction, Any, bool | None]  # of events: what has happened to rows of which model; `reload`
# What a row that comes back keeps of itself, as columns: id, version, times, maker.
Stamps = Mapping[str, Any]


def type_name(model: Any) -> str:
    """What an event calls a row of the model: `quote`, `claim_occurrence`."""
    return str(model._meta.verbose_name).replace(" ", "_")


def new_stamps() -> Stamps:
    return {"id": uuid7()}


def hold(*words: object) -> None:
    """Whoever holds the same words waits for the end of this transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [" ".join(map(str, words))])


def write_events(
    action: EventAction,
    model: Any,
    ids: Iterable[Any],
    caller: Caller | None,
    comment: str = "",
    *,
    reload: bool | None = None,
) -> None:
    """One event for each of the rows, as they stand now, in one INSERT … SELECT. A deletion is written before it
    happens and is the version after the last."""
    write_together([(action, model, reload)], [ids], caller, comment)


def write_together(
    kinds: Iterable[Kind], ids: Iterable[Iterable[Any]], caller: Caller | None, comment: str = ""
) -> None:
    """The events of several kinds, in this order and in one statement; `ids`: the rows of each kind."""
    actor = caller.user.pk if caller and caller.user else None
    said = comment or (caller.comment if caller else "")
    rows = {f"ids_{n}": list(some) for n, some in enumerate(ids)}
    events_of(tuple(kinds)).run({**rows, "actor": actor, "comment": said})


@cache
def events_of(kinds: tuple[Kind, ...]) -> Statement:
    """The statement that writes the events, compiled once."""
    names = ", ".join(f'"{column}"' for column in COLUMNS)
    selects = [select_events(*kind, Param(f"ids_{n}")) for n, kind in enumerate(kinds)]
    selected = " UNION ALL ".join(sql for sql, _ in selects)
    params = [param for _, params in selects for param in params]
    return Statement.bound(f"INSERT INTO {Event._meta.db_table} ({names}) {selected}", params)


def select_events(action: EventAction, model: Any, reload: bool | None, ids: Param) -> tuple[str, Sequence[Any]]:
    """A SELECT of one event for each row, column by column as in COLUMNS; with its parameters."""
    rows = model._default_manager.filter(pk__one_of=ids)
    places = rows.references()
    fields = rows.remains() if action == EventAction.DELETED else rows.fields(None)
    values = {
        "e_action": Value(action.value),
        "e_type": Value(type_name(model)),
        "e_id": F("id"),
        "e_version": rows.version() + (1 if action == EventAction.DELETED else 0),
        "e_project": places["project"],
        "e_article": places["article"],
        "e_set": places["set"],
        "e_actor": Cast(Param("actor"), UUIDField()),
        "e_comment": Cast(Param("comment"), TextField()),
        "e_reload": rows.reload_at(action) if reload is None else Value(reload),
    }
    casts = ("text", "text", "uuid", "int", "uuid", "uuid", "uuid", "uuid", "text", "boolean")
    # Shown as a row, and not by json_build_object, which looks up the type of each value anew: a third of its time.
    shown = {f"f_{name}": F(value) if isinstance(value, str) else value for name, value in fields.items()}
    columns = rows.order_by("pk").annotate(**values, **shown).values_list(*values, *shown)
    sql, params = columns.query.sql_with_params()
    picked = ", ".join(f"e.c{n}::{cast}" for n, cast in enumerate(casts))
    snapshot = ", ".join(f'e.c{n} AS "{name}"' for n, name in enumerate(fields, len(casts)))
    aliases = ", ".join(f"c{n}" for n in range(len(casts) + len(fields)))
    row = f"CROSS JOIN LATERAL (SELECT {snapshot}) AS s"
    return f"SELECT {picked}, to_jsonb(s) FROM ({sql}) AS e ({aliases}) {row}", params


def insert_rows(rows: Sequence[Any], caller: Caller | None) -> None:
    """Writes new rows of one model. Those that come back bring their maker and their version."""
    if rows:
        copy_rows(made_by(caller, rows))


def made_by(caller: Caller | None, rows: Sequence[Any]) -> Sequence[Any]:
    """The rows, with whoever makes them."""
    maker = caller.user.pk if caller and caller.user else None
    for row in rows:
        columns = row.__dict__  # past the descriptors of foreign keys
        if columns["created_by_id"] is None and columns.get("version", 1) == 1:
            columns["created_by_id"] = maker
    return rows


def count_on(rows: Sequence[Any], caller: Caller | None) -> None:
    """Rows about to be written under ids that may have been here before: such a one is the version after its tombstone,
    so that for one id versions ascend."""
    past = Event.objects.filter(object_id__in=[row.pk for row in rows]).order_by()
    last = dict(past.values_list("object_id").annotate(Max("version")))
    for row in rows:
        if row.pk in last:
            row.version = last[row.pk] + 1
            row.created_by_id = caller.user.pk if caller and caller.user else None


def created(model: Any, ids: Iterable[Any], caller: Caller | None) -> None:
    """The events of rows just made, once their links are there too."""
    created_together([(model, ids)], caller)


def created_together(made: Iterable[tuple[Any, Iterable[Any]]], caller: Caller | None) -> None:
    """The same for rows of several models."""
    some = [(model, ids) for model, ids in ((model, list(ids)) for model, ids in made) if ids]
    if some:
        kinds = [(EventAction.CREATED, model, None) for model, _ in some]
        write_together(kinds, [ids for _, ids in some], caller)


def create_row(row: Any, caller: Caller | None) -> Any:
    insert_rows([row], caller)
    created(type(row), [row.pk], caller)
    return row


def update_columns(rows: Sequence[Any], names: Iterable[str]) -> None:
    """Writes the named columns of many (locked) rows of one model, in one statement."""
    table, names = type(rows[0])._meta.db_table, sorted(names)
    sent = orjson.dumps([{name: getattr(row, name) for name in ("id", *names)} for row in rows]).decode()
    columns = ", ".join(f'"{name}" = v."{name}"' for name in names)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} t SET {columns}"
            f" FROM jsonb_populate_recordset(NULL::{table}, %s::jsonb) v WHERE t.id = v.id",
            [sent],
        )


def changed(model: Any, ids: Iterable[Any], caller: Caller | None, comment: str = "") -> None:
    """Raises the version of rows whose links, or whose shown neighbours, have changed; and writes their events."""
    ids = list(ids)
    if ids and model.objects.filter(pk__in=ids).update(version=F("version") + 1, updated_at=Now()):
        write_events(EventAction.UPDATED, model, ids, caller, comment)


def update_row(
    row: Any, values: Mapping[str, Any], caller: Caller | None, comment: str = "", force: bool = False
) -> bool:
    """Changes the columns that differ, and nothing where none does (`force`: something besides the row has changed)."""
    differing = {name: value for name, value in values.items() if getattr(row, name) != value}
    if not differing and not force:
        return False
    rows = type(row)._default_manager.filter(pk=row.pk)
    rows.update(**differing, version=F("version") + 1, updated_at=Now())
    reload = bool(rows.opening & differing.keys())
    write_events(EventAction.UPDATED, type(row), [row.pk], caller, comment, reload=reload)
    return True


def delete_rows(rows: QuerySet[Any], caller: Caller | None) -> int:
    """Deletes rows, leaving their tombstones. Error: `InUse` where something else refers to one of them."""
    return delete_together([rows], caller)


def delete_together(groups: Sequence[QuerySet[Any]], caller: Caller | None) -> int:
    """Deletes rows of several models in this order; the tombstones of all come first, while each can still be shown.

    The rows are locked before their tombstones are written: a tombstone is the version after the last one.
    """
    try:
        with transaction.atomic():
            named = [(rows.model._default_manager, locked_ids(rows)) for rows in groups]
            doomed = [(manager, ids) for manager, ids in named if ids]
            for manager, ids in doomed:
                write_events(EventAction.DELETED, manager.model, ids, caller)
            return sum(manager.filter(pk__in=ids)._raw_delete(manager.db) for manager, ids in doomed)
    except IntegrityError as exc:
        if isinstance(exc.__cause__, ForeignKeyViolation):
            raise InUse from exc
        raise


def locked_ids(rows: QuerySet[Any]) -> list[Any]:
    return list(rows.order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True))


class InUse(Exception):
    """Something refers to what was to be deleted: `in_use` says by what."""


def delete_unused(row: Any, caller: Caller) -> None:
    """Deletes a row that nothing uses. Error: 409 `in-use` with a count for each kind of use."""
    try:
        delete_rows(type(row)._default_manager.filter(pk=row.pk), caller)
    except InUse:
        raise in_use(row, caller) from None


def users_of(row: Any) -> dict[Any, QuerySet[Any]]:
    """The rows of each model that refer to this one. Relations with a name are its parts and copies, which do not hold
    it back; and what is `part_of` something counts as that."""
    found: dict[Any, Q] = {}
    for relation in row._meta.get_fields(include_hidden=True):
        if relation.auto_created and relation.one_to_many and relation.hidden:
            model, refers = relation.related_model, Q(**{relation.field.name: row.pk})
            if owner := getattr(model, "part_of", None):
                refers = Q(pk__in=model._default_manager.filter(refers).values(owner))
                model = model._meta.get_field(owner).related_model
            found[model] = found.get(model, Q()) | refers
    seen = {model: refers for model, refers in found.items() if hasattr(model._default_manager, "visible_to")}
    return {model: model._default_manager.filter(refers) for model, refers in seen.items()}


def in_use(row: Any, caller: Caller) -> Problem:
    """409 `in-use`; counted is what the caller may see."""
    counts = {
        str(model._meta.verbose_name_plural).replace(" ", "_"): rows.visible_to(caller).exclude(pk=row.pk).count()  # type: ignore[attr-defined]
        for model, rows in users_of(row).items()
    }
    found = {name: count for name, count in sorted(counts.items()) if count}
    listed = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in found.items()) or "other objects"
    return Problem.of(409, "in-use", f"It is in use by {listed}; nothing was deleted.", counts=found)
