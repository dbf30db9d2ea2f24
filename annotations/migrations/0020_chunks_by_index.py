"""The look whether all spans are plain begins at the written rows as well, however few chunks there were when it was planned."""

from importlib import import_module

from django.db import migrations

rules = import_module("annotations.migrations.0003_rules")
before = import_module("annotations.migrations.0017_plain_spans_first")

CHUNK = """
        LEFT JOIN LATERAL (
            SELECT c.text FROM articles_chunk c WHERE c.revision_id = w.revision_id
                AND c.part = w."{prefix}part" AND c.n = w."{prefix}start" / 1024 OFFSET 0) {prefix}c ON true"""


def function(table: str, prefixes: tuple[str, ...], chunk: str) -> str:
    chunks = "".join(chunk.format(prefix=prefix) for prefix in prefixes)
    conditions = " AND ".join(before.CONDITION.format(prefix=prefix) for prefix in prefixes)
    made: str = before.function(table, prefixes, before.PLAIN.format(chunks=chunks, conditions=conditions))
    return made


class Migration(migrations.Migration):
    dependencies = [("annotations", "0019_tags_by_number")]
    operations = [
        migrations.RunSQL(function(table, prefixes, CHUNK), function(table, prefixes, before.CHUNK))
        for table, prefixes in rules.SPAN_TABLES.items()
    ]
