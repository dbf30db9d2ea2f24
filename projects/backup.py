"""A backup is one file: a tar of `manifest.json` and `database.dump`, pg_dump's custom format.

The manifest says what the dump holds: rows and a digest of each table, taken in the very snapshot that is dumped, while
writers go on. Restoring is one transaction, which ends only when every table is found to be as the manifest says.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tarfile
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import psycopg
import psycopg.sql
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from backend import postgres
from backend.postgres_client import conninfo, fitting, run

FORMAT = "onrecord-backup/1"
MANIFEST, DUMP = "manifest.json", "database.dump"
# Sessions open the admin to whoever reads them; nobody needs theirs back.
LEFT_OUT = "django_session"
PLAIN = ("--no-owner", "--no-privileges", "--no-comments")
CAREFUL = ("--no-psqlrc", "--quiet", "--output=/dev/null", "--set=ON_ERROR_STOP=1")
# How values are written decides their digest.
SETTINGS = """
SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO'; SET LOCAL IntervalStyle = 'iso_8601';
SET LOCAL bytea_output = 'hex'; SET LOCAL extra_float_digits = 1; SET LOCAL search_path = public;
SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0;
"""
TABLES = f"""
SELECT relname::text FROM pg_class
WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace AND relname <> '{LEFT_OUT}' ORDER BY 1
"""
# In order of the rows' own digests: the same for the same rows, whatever the keys and the order on disk.
DIGEST = """
SELECT count(*), md5(coalesce(string_agg(d, '' ORDER BY d), ''))
FROM (SELECT md5(t::text) COLLATE "C" AS d FROM {table} t) r
"""


class BackupRefused(Exception):
    """A backup that cannot be made or restored; nothing was changed. The message is for the person at the terminal."""


# Making


def write_backup(target: Path) -> dict[str, Any]:
    """Writes the backup beside its place, readable by its owner alone, and renames it: there whole, or not at all."""
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as place:
        dump, draft = Path(place, DUMP), Path(place, "draft")
        with snapshot() as (link, name):
            left_out = f"--exclude-table-data=public.{LEFT_OUT}"
            tools = fitting()
            run(tools, "pg_dump", "--format=custom", *PLAIN, left_out, f"--snapshot={name}", f"--file={dump}")
            manifest = describe(link) | {"tools": tools, "sha256": file_digest(dump)}
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            pack(file, manifest, dump)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(target)
    return manifest


@contextmanager
def snapshot() -> Iterator[tuple[psycopg.Connection[Any], str]]:
    """A connection that sees one moment, and the name under which pg_dump sees the same."""
    with psycopg.connect(conninfo(password=True)) as link:
        link.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        link.read_only = True
        link.execute(SETTINGS)
        yield link, value(link, "SELECT pg_export_snapshot()")


def describe(link: psycopg.Connection[Any]) -> dict[str, Any]:
    """What the connection sees: every table's rows and their digest."""
    tables = {}
    for (table,) in link.execute(TABLES).fetchall():
        rows, digest = link.execute(DIGEST.format(table=f'public."{table}"')).fetchone() or (0, "")
        tables[table] = {"rows": rows, "md5": digest}
    applied = link.execute("SELECT app, name FROM django_migrations ORDER BY 1, 2").fetchall()
    return {
        "format": FORMAT,
        "onrecord": version(),
        "postgresql": value(link, "SHOW server_version"),
        "at": value(link, 'SELECT to_char(now(), \'YYYY-MM-DD"T"HH24:MI:SS"Z"\')'),
        "migrations": [f"{app}.{name}" for app, name in applied],
        "tables": tables,
    }


def pack(file: IO[bytes], manifest: dict[str, Any], dump: Path) -> None:
    with tempfile.NamedTemporaryFile() as told, tarfile.open(fileobj=file, mode="w") as tar:
        told.write(json.dumps(manifest, indent=2).encode())
        told.flush()
        tar.add(told.name, MANIFEST)
        tar.add(dump, DUMP)


# Restoring

EMPTY = """
DO $$ DECLARE it text; BEGIN
    FOR it IN SELECT oid::regclass FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
    LOOP EXECUTE format('DROP TABLE IF EXISTS %s CASCADE', it); END LOOP;
    FOR it IN SELECT oid::regclass FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'S'
    LOOP EXECUTE format('DROP SEQUENCE IF EXISTS %s CASCADE', it); END LOOP;
    FOR it IN SELECT oid::regprocedure FROM pg_proc p WHERE pronamespace = 'public'::regnamespace
              AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
    LOOP EXECUTE format('DROP ROUTINE IF EXISTS %s CASCADE', it); END LOOP;
    FOR it IN SELECT oid::regtype FROM pg_type t WHERE typnamespace = 'public'::regnamespace
              AND (typtype IN ('d', 'e', 'r') OR typrelid IN (SELECT oid FROM pg_class WHERE relkind = 'c'))
              AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = t.oid AND d.deptype = 'e')
    LOOP EXECUTE format('DROP TYPE IF EXISTS %s CASCADE', it); END LOOP;
END $$;
"""
VERIFY = """
DO $verify$ DECLARE expected jsonb := {expected}; it text; rows bigint; digest text; BEGIN
    FOR it IN {tables} LOOP
        EXECUTE format({query}, it) INTO rows, digest;
        IF expected -> it IS DISTINCT FROM jsonb_build_object('rows', rows, 'md5', digest) THEN
            RAISE EXCEPTION 'table % is not as the manifest says', it;
        END IF;
        expected := expected - it;
    END LOOP;
    IF expected <> '{{}}' THEN
        RAISE EXCEPTION 'tables are missing: %', (SELECT string_agg(t, ', ') FROM jsonb_object_keys(expected) t);
    END IF;
END $verify$;
"""


def restore_backup(source: Path, *, replace: bool) -> dict[str, Any]:
    """Puts the backup in the place of the (empty) database, in one transaction that ends only if all of it is there.

    `replace`: the database may hold something, which is then gone.
    """
    with tempfile.TemporaryDirectory(prefix="onrecord-restore-") as name:
        place = Path(name)
        manifest = unpack(source, place)
        refuse_newer(manifest)
        if not replace and not is_empty():
            raise BackupRefused("The database is not empty. If all that is in it may go: --yes")
        tools = fitting(manifest["tools"])
        connection.close()
        run(tools, "pg_restore", *PLAIN, f"--file={place / 'rows.sql'}", place / DUMP)
        take_out_of_head(place / "rows.sql", b"SET transaction_timeout = 0;")  # servers before 17 do not know it
        (place / "first.sql").write_text(EMPTY)
        (place / "last.sql").write_text(f"{SETTINGS}{verification(manifest)}", encoding="utf-8")
        files = [f"--file={place / name}.sql" for name in ("first", "rows", "last")]
        run(tools, "psql", *CAREFUL, "--single-transaction", *files)
    return manifest


def unpack(source: Path, place: Path) -> dict[str, Any]:
    """The manifest; and the dump, in the directory, found to be the one that the manifest was written for."""
    try:
        with tarfile.open(source, "r:") as tar:
            for name in (MANIFEST, DUMP):
                member = tar.extractfile(name)
                if member is None:
                    raise KeyError(name)
                with open(place / name, "wb") as file:
                    shutil.copyfileobj(member, file)
        manifest: dict[str, Any] = json.loads((place / MANIFEST).read_bytes())
        if not manifest.keys() >= {"tables", "migrations", "onrecord", "at", "tools"}:
            raise KeyError("manifest")
        whole = manifest["format"] == FORMAT and manifest["sha256"] == file_digest(place / DUMP)
    except (tarfile.TarError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise BackupRefused(f"{source} is no backup of onrecord, or not all of one.") from error
    if not whole:
        raise BackupRefused(f"{source} has been cut off or altered since it was written.")
    return manifest


def refuse_newer(manifest: dict[str, Any]) -> None:
    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
    if unknown := sorted(set(manifest["migrations"]) - known):
        raise BackupRefused(
            f"The backup is of onrecord {manifest['onrecord']}, which is newer than this one: {', '.join(unknown)}."
        )


def is_empty() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT NOT EXISTS (SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace)")
        return bool((cursor.fetchone() or (False,))[0])


def take_out_of_head(script: Path, statement: bytes) -> None:
    """Makes a comment of a statement that stands before all rows, where it is; the rest of the file is large."""
    with open(script, "r+b") as file:
        at = file.read(4096).find(statement)
        if at >= 0:
            file.seek(at)
            file.write(b"--")


def verification(manifest: dict[str, Any]) -> str:
    expected = psycopg.sql.Literal(json.dumps(manifest["tables"])).as_string()
    query = psycopg.sql.Literal(DIGEST.format(table="public.%I")).as_string()
    return VERIFY.format(expected=expected, tables=TABLES, query=query)


# Small things


def value(link: psycopg.Connection[Any], query: str) -> Any:
    return (link.execute(query).fetchone() or (None,))[0]


def file_digest(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def version() -> str:
    project = tomllib.loads((postgres.CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return str(project["version"])
