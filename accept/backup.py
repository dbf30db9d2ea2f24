"""Backup, wipe, restore: every table as before by count and hash; an erased person is in no plain dump."""

from __future__ import annotations

import subprocess
from typing import Any

from django.core.management import get_commands
from django.db import connection

from accept.harness import Ground
from accept.people import make_cast
from accept.report import Missing, Report
from backend import postgres
from seeds.loading import load_seeds

NEEDED = ("backup", "restore", "check_integrity", "erase_user")
SIZES = {"full": {"batches": 50}, "quick": {"batches": 10}, "tiny": {"batches": 1}}
PERSON, MAIL = "leavingperson", "leaving.person@mail.example"
TABLES = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
# Without the transaction that wrote an event: another server counts its transactions anew.
ROW = "(to_jsonb(t) - 'xid')::text"
HASH = f"SELECT count(*), md5(coalesce(string_agg({ROW}, E'\\n' ORDER BY {ROW}), '')) FROM \"{{}}\" t"


def run(ground: Ground, report: Report, batches: int) -> None:
    missing = [name for name in NEEDED if name not in get_commands()]
    if missing:
        raise Missing(f"There is no manage.py {', '.join(missing)}.")
    fill(ground, batches)
    before, target = state(ground), ground.directory / "backup.onrecord"
    ground.manage("backup", str(target))
    wipe(ground)
    report.at_most("rows after the wipe", sum(count for count, _ in state(ground).values()), 0)
    ground.manage("restore", str(target))
    after = state(ground)
    report.at_least("tables", len(before), 20)
    report.at_least("rows", sum(count for count, _ in before.values()), 500)
    report.none("tables that differ", [name for name in before | after if before.get(name) != after.get(name)])
    report.none("integrity", integrity(ground))
    report.at_least("annotations before erasing", ground.sql("SELECT count(*) FROM annotations_quote")[0][0], 1)
    erase(ground, report)


def fill(ground: Ground, batches: int) -> None:
    """The seed, quotes by the hundred, and a person in every place that names people."""
    load_seeds()
    cast = make_cast()
    cast.join(PERSON, "annotator")
    type(cast.users[PERSON]).objects.filter(pk=cast.users[PERSON].pk).update(
        email=MAIL, first_name="Leavingfirst", last_name="Leavinglast"
    )
    with ground.serve() as server:
        client, article = cast.client(server, PERSON), cast.article.pk
        for batch in range(batches):
            quotes = [{"content": {"exact": "We keep our word"}, "note": f"{batch} {n}"} for n in range(20)]
            assert client.post(f"/articles/{article}/annotations/", {"quotes": quotes}).status == 200


def state(ground: Ground) -> dict[str, tuple[int, str]]:
    """Count and hash of each table."""
    with ground.connect() as database:
        names = [row[0] for row in database.execute(TABLES).fetchall()]
        return {name: database.execute(HASH.format(name)).fetchone() for name in names}  # type: ignore[misc]


def wipe(ground: Ground) -> None:
    """All is lost: an empty database in the place of ours."""
    connection.close()
    words = (
        f"DROP DATABASE {postgres.DATABASE} WITH (FORCE); CREATE DATABASE {postgres.DATABASE} OWNER {postgres.ROLE};"
    )
    ground.cluster.psql(postgres.SUPERUSER, "postgres", words)


def integrity(ground: Ground) -> list[str]:
    try:
        ground.manage("check_integrity")
    except RuntimeError as error:
        return [str(error)]
    return []


def erase(ground: Ground, report: Report) -> None:
    before = ground.sql("SELECT count(*) FROM annotations_quote")[0][0]
    known = [word for word in personal() if word.encode() in dump(ground)]
    report.equal("personal words in the dump before", len(known), len(personal()))
    ground.manage("erase_user", PERSON, "--yes")
    report.none("found in the dump after", [word for word in personal() if word.encode() in dump(ground)])
    report.equal("quotes kept", ground.sql("SELECT count(*) FROM annotations_quote")[0][0], before)
    report.none("integrity after erasing", integrity(ground))


def personal() -> tuple[str, ...]:
    return PERSON, MAIL, "Leavingfirst", "Leavinglast"


def dump(ground: Ground) -> bytes:
    line: list[Any] = postgres.command(ground.directory, "pg_dump", "--no-owner")
    return subprocess.run(line, capture_output=True, check=True).stdout
