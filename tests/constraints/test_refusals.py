"""Whatever the database refuses, the caller is told why: each rule has its words, and a case in this folder."""

import re
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection

from backend.errors import refusals

APPS = ("projects", "articles", "annotations")
OTHERS = r"_pkey$|_key$|_uniq$|_fk_\w+$|_[0-9a-f]{8}$"  # primary keys, and what Django itself names

# A revision's rows and its chunks are written by triggers alone, and refused before these could speak.
# A key of a retried call is claimed with ON CONFLICT.
OUT_OF_REACH = {"chunk_unique", "chunk_revision_fk", "kept_answer_key_unique"}
# Uploads and what a job remembers are rows that no caller writes: there is nobody to be told.
NOBODY_TOLD = {
    "upload_chunk_once",
    "chunk_upload_fk",
    "import_upload_fk",
    "import_project_fk",
    "import_status_known",
    "import_on_conflict_known",
    "imported_job_fk",
    "awaited_job_fk",
}

NAMED = """
    SELECT c.relname, n.conname FROM pg_constraint n JOIN pg_class c ON c.oid = n.conrelid
    WHERE n.contype IN ('c', 'f', 'u', 'x')
    UNION SELECT c.relname, i.relname FROM pg_index x JOIN pg_class c ON c.oid = x.indrelid
          JOIN pg_class i ON i.oid = x.indexrelid WHERE x.indisunique
"""
RAISING = "SELECT prosrc FROM pg_proc WHERE proname LIKE 'onrecord\\_%'"
RAISED = r"CONSTRAINT = '(\w+)'|(?:RETURN|THEN|ELSE) '(\w+)'"


def rules():
    """Every named rule of our tables, declared or raised by a trigger."""
    tables = {model._meta.db_table for app in APPS for model in apps.get_app_config(app).get_models()}
    with connection.cursor() as cursor:
        cursor.execute(NAMED)
        named = {rule for table, rule in cursor.fetchall() if table in tables and not re.search(OTHERS, rule)}
        cursor.execute(RAISING)
        raised = {one or other for (source,) in cursor.fetchall() for one, other in re.findall(RAISED, source)}
    return named | {rule for rule in raised if "_" in rule}


@pytest.mark.django_db
def test_every_rule_has_its_refusal():
    assert {"quote_parent_fk", "speaker_qid_unique", "span_exact", "quote_depth", "merge_no_cycle"} <= rules()
    assert rules() - OUT_OF_REACH - set(refusals()) == NOBODY_TOLD


@pytest.mark.django_db
def test_every_refusal_has_its_rule():
    assert set(refusals()) - rules() == set()


@pytest.mark.django_db
def test_every_rule_has_a_case():
    cases = "".join(file.read_text() for file in Path(__file__).parent.glob("test_*.py"))
    assert {rule for rule in rules() - OUT_OF_REACH if f'"{rule}"' not in cases} == set()
