"""The check of spans, a function for each table: a statement that is put together when it runs is planned each time it runs,
which took ten times as long as the look at a span. A kept plan may be from when its tables were small: it goes by index."""

from importlib import import_module

from django.db import migrations

rules = import_module("annotations.migrations.0003_rules")
set_wise = import_module("annotations.migrations.0005_spans_set_wise")

FUNCTION = """
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE wrong record;
BEGIN{checks}
    RETURN NULL;
END $$;
"""
CHECK = """
    {faults} INTO wrong;
    IF wrong.rule IS NOT NULL THEN
        RAISE EXCEPTION 'the {prefix}span of % breaks %', wrong.id, wrong.rule
            USING ERRCODE = 'check_violation', CONSTRAINT = wrong.rule, TABLE = TG_TABLE_NAME;
    END IF;"""
COLUMNS = ("part", "start", "end", "exact", "pieces")


def check(prefix: str) -> str:
    faults = set_wise.FAULTS
    for number, column in enumerate(COLUMNS, 1):
        faults = faults.replace(f"%{number}$I", f'"{prefix}{column}"')
    return CHECK.format(faults=faults.strip(), prefix=prefix)


def operation(table: str, prefixes: tuple[str, ...]) -> migrations.RunSQL:
    name = f"onrecord_check_spans_of_{table.removeprefix('annotations_')}"
    made = FUNCTION.format(name=name, checks="".join(map(check, prefixes)))
    (on, off), (on_before, off_before) = (
        rules.each_statement(table, "spans", f"{name}()"),
        rules.span_trigger(table, prefixes),
    )
    return migrations.RunSQL([off_before, made, on], [off, f"DROP FUNCTION {name}()", on_before])


FUNCTION_BEFORE = set_wise.check(set_wise.FAULTS.replace("% 1024", "%% 1024").replace("'", "''"))


class Migration(migrations.Migration):
    dependencies = [("annotations", "0007_set_annotator_name")]
    operations = [
        *(operation(table, prefixes) for table, prefixes in rules.SPAN_TABLES.items()),
        migrations.RunSQL("DROP FUNCTION onrecord_check_spans()", FUNCTION_BEFORE.replace("OR REPLACE ", "")),
    ]
