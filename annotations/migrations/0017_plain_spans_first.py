"""The check of spans looks first whether all of them are plain: one piece, within one chunk of the text. Most calls write
nothing else, and a statement of a join or two is opened in a fifth of the time that the one for all cases takes. It begins at the
written rows, however few chunks there were when it was planned (see 0016)."""

from importlib import import_module

from django.db import migrations

rules = import_module("annotations.migrations.0003_rules")
before = import_module("annotations.migrations.0008_spans_planned_once")

PLAIN = """
    IF NOT EXISTS (
        SELECT FROM written w{chunks}
        WHERE ({conditions}) IS NOT TRUE) THEN
        RETURN NULL;
    END IF;"""
CHUNK = """
        LEFT JOIN LATERAL (
            SELECT c.text FROM articles_chunk c WHERE c.revision_id = w.revision_id
                AND c.part = w."{prefix}part" AND c.n = w."{prefix}start" / 1024 OFFSET 0) {prefix}c ON true"""
CONDITION = """
            (num_nonnulls(w."{prefix}part", w."{prefix}start", w."{prefix}end", w."{prefix}exact", w."{prefix}pieces") = 0
            OR w."{prefix}pieces" IS NULL AND w."{prefix}start" >= 0 AND w."{prefix}start" < w."{prefix}end"
            AND char_length(w."{prefix}exact") = w."{prefix}end" - w."{prefix}start" AND w."{prefix}exact"
                = substr({prefix}c.text, w."{prefix}start" % 1024 + 1, w."{prefix}end" - w."{prefix}start"))"""


def function(table: str, prefixes: tuple[str, ...], plain: str = "") -> str:
    name = f"onrecord_check_spans_of_{table.removeprefix('annotations_')}"
    made = before.FUNCTION.format(name=name, checks=plain + "".join(map(before.check, prefixes)))
    return made.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


def operation(table: str, prefixes: tuple[str, ...]) -> migrations.RunSQL:
    chunks, conditions = (
        glue.join(part.format(prefix=prefix) for prefix in prefixes)
        for glue, part in (("", CHUNK), (" AND ", CONDITION))
    )
    plain = PLAIN.format(chunks=chunks, conditions=conditions)
    return migrations.RunSQL(function(table, prefixes, plain), function(table, prefixes))


class Migration(migrations.Migration):
    dependencies = [("annotations", "0016_rules_by_index")]
    operations = [operation(table, prefixes) for table, prefixes in rules.SPAN_TABLES.items()]
