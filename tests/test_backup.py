"""manage.py backup and restore: what comes back is what was there, and what is damaged changes nothing."""

from __future__ import annotations

import json
import re
import stat
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from backend import postgres_client
from backend.postgres_host import PostgresError
from projects import backup
from projects.actions import feed
from projects.actions.rows import update_row
from projects.models import Event, Project
from tests.builders import make_member, make_project, make_token, make_user
from tests.databases import another_database
from tests.test_integrity import tell

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def file(tmp_path: Path, seeded: Any) -> Path:
    target = tmp_path / "onrecord.backup"
    call_command("backup", str(target))
    return target


@pytest.fixture
def elsewhere(transactional_db: None) -> Iterator[None]:
    with another_database():
        yield


def contents() -> Any:
    """Rows and digest of every table of the database that the commands speak to."""
    with backup.snapshot() as (link, _):
        return backup.describe(link)["tables"]


def same_rows(one: Any, other: Any) -> bool:
    """But for the transaction ids of events that the feed has not numbered, which are made anew."""
    assert one["projects_event"]["rows"] == other["projects_event"]["rows"]
    return bool(one | {"projects_event": None} == other | {"projects_event": None})


def test_what_was_backed_up_comes_back(
    file: Path, elsewhere: None, capsys: pytest.CaptureFixture[str], seed_quotes: int
) -> None:
    expected = manifest_of(file)["tables"]
    assert expected["annotations_quote"]["rows"] == seed_quotes > 23
    call_command("restore", str(file))
    assert same_rows(contents(), expected)
    assert "       0  span_exact" in capsys.readouterr().out
    assert Project.objects.get().slug == "demo"
    with pytest.raises(Exception, match="append-only"):
        Event.objects.update(comment="altered")


def test_the_feed_goes_on_where_it_was(tmp_path: Path, seeded: Any) -> None:
    """A reader's cursor outlives the restore: what is numbered keeps its number, and new ones are greater."""
    (project,) = Project.objects.all()
    feed.sequence(project.pk)
    last: Any = Event.objects.order_by("seq").values_list("seq", flat=True).last()
    backup.write_backup(tmp_path / "b")
    with another_database():
        backup.restore_backup(tmp_path / "b", replace=False)
        kept: Any = Event.objects.order_by("seq").values_list("seq", flat=True).last()
        update_row(Project.objects.get(), {"name": "Later"}, None)
        feed.sequence(project.pk)
        assert kept == last
        new: Any = Event.objects.get(version=2, object_id=project.pk).seq
        assert new > last


def manifest_of(file: Path) -> Any:
    with tarfile.open(file) as tar:
        return json.load(tar.extractfile(backup.MANIFEST) or pytest.fail("no manifest"))


def test_the_file_is_its_owners_and_says_what_it_is(file: Path) -> None:
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir()] == [file.name], "no drafts are left"
    manifest = manifest_of(file)
    assert manifest["format"] == "onrecord-backup/1"
    assert manifest["onrecord"] == backup.version()
    assert manifest["tools"] >= postgres_client.server_version()
    assert "projects.0001_initial" in manifest["migrations"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", manifest["at"])


def test_no_session_is_in_it(tmp_path: Path) -> None:
    Session.objects.create(session_key="opens-the-admin", session_data="x", expire_date=timezone.now())
    call_command("backup", str(tmp_path / "b"))
    with another_database():
        call_command("restore", str(tmp_path / "b"))
        assert not Session.objects.exists()


def test_a_database_that_holds_something_is_not_replaced_unasked(file: Path) -> None:
    make_project("later")
    before = contents()
    with pytest.raises(CommandError, match=r"not empty.*--yes"):
        call_command("restore", str(file))
    assert contents() == before
    call_command("restore", str(file), "--yes")
    assert same_rows(contents(), manifest_of(file)["tables"])


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-20_000])


def cut_short(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:700])


def alter_dump(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def not_a_backup(file: Path) -> None:
    file.write_text("-- SQL")


@pytest.mark.parametrize("damage", [cut, cut_short, alter_dump, not_a_backup])
def test_a_damaged_file_changes_nothing(file: Path, damage: Any) -> None:
    before = contents()
    damage(file)
    with pytest.raises(CommandError, match=r"no backup of onrecord|cut off or altered"):
        call_command("restore", str(file), "--yes")
    assert contents() == before


def rewrite(file: Path, **changes: Any) -> None:
    """The same dump under another manifest."""
    manifest = manifest_of(file) | changes
    with tarfile.open(file) as tar:
        tar.extract(backup.DUMP, file.parent, filter="data")
    with file.open("wb") as target:
        backup.pack(target, manifest, file.parent / backup.DUMP)


def test_rows_other_than_the_manifests_change_nothing(file: Path) -> None:
    before = contents()
    tables = manifest_of(file)["tables"]
    tables["annotations_quote"]["md5"] = "0" * 32
    rewrite(file, tables=tables)
    with pytest.raises(CommandError, match="annotations_quote is not as the manifest says"):
        call_command("restore", str(file), "--yes")
    assert contents() == before
    rewrite(file, tables=manifest_of(file)["tables"] | {"annotations_quote": before["annotations_quote"], "more": {}})
    with pytest.raises(CommandError, match="tables are missing: more"):
        call_command("restore", str(file), "--yes")
    assert contents() == before


def test_a_newer_backup_is_refused(file: Path) -> None:
    rewrite(file, migrations=[*manifest_of(file)["migrations"], "projects.9999_later"])
    with pytest.raises(CommandError, match=r"newer than this one: projects\.9999_later"):
        call_command("restore", str(file), "--yes")


def test_programs_fit_the_server_and_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_client, "server_version", lambda: 16)
    monkeypatch.setattr(postgres_client, "versions", lambda: dict.fromkeys((18, 15, 17), Path("/")))
    assert (postgres_client.fitting(), postgres_client.fitting(18)) == (17, 18)
    with pytest.raises(PostgresError, match="PostgreSQL 19 or later on the PATH"):
        postgres_client.fitting(19)


def test_what_older_servers_do_not_know_is_taken_out(tmp_path: Path) -> None:
    script = tmp_path / "rows.sql"
    rows = "x" * 5000 + "\nSET transaction_timeout = 0;\n"
    script.write_text(f"SET lock_timeout = 0;\nSET transaction_timeout = 0;\n{rows}")
    backup.take_out_of_head(script, b"SET transaction_timeout = 0;")
    assert script.read_text() == f"SET lock_timeout = 0;\n--T transaction_timeout = 0;\n{rows}"


def test_a_backup_that_fails_leaves_the_last_one(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = file.read_bytes()
    monkeypatch.setattr(backup, "PLAIN", ("--no-such-option",))
    with pytest.raises(CommandError, match="pg_dump failed"):
        call_command("backup", str(file))
    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_writers_go_on_during_a_backup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seeded: Any) -> None:
    """What is written between the digests and the dump is in neither."""
    user = make_user("writer")
    run, written = backup.run, []

    def write_then_dump(version: int, program: str, *arguments: Any) -> None:
        if program == "pg_dump":
            thread = threading.Thread(target=write)
            thread.start()
            thread.join()
        run(version, program, *arguments)

    def write() -> None:
        written.append(make_project("meanwhile"))
        make_member(written[0], user, "manager")
        connection.close()

    monkeypatch.setattr(backup, "run", write_then_dump)
    call_command("backup", str(tmp_path / "b"))
    assert Project.objects.filter(slug="meanwhile").exists()
    with another_database():
        call_command("restore", str(tmp_path / "b"))
        assert not Project.objects.filter(slug="meanwhile").exists()


def test_it_opens_nothing(tmp_path: Path, seeded: Any) -> None:
    """No token that was ever given out stands in a dump, packed or plain."""
    secrets = [make_token(make_user(f"user-{n}")) for n in range(3)]
    tell()
    plain = tmp_path / "plain.sql"
    backup.run(backup.fitting(), "pg_dump", f"--file={plain}")
    call_command("backup", str(tmp_path / "b"))
    text = plain.read_bytes() + (tmp_path / "b").read_bytes()
    assert b"user-2" in text
    for secret in secrets:
        assert secret.encode() not in text
        assert secret.removeprefix("onr_").encode() not in text
        assert secret.encode().hex().encode() not in text
