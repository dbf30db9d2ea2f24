"""Spans of two pieces, which are nearly all of those that are in pieces, are shown without a function of their own: that one
is called row by row and gathers its pieces by a sort, 70 µs a span where a plain one takes two."""

from importlib import import_module

from django.db import migrations

FORWARD = """
CREATE OR REPLACE FUNCTION onrecord_span(part text, "start" int, "end" int, exact text, pieces int[])
RETURNS json LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN "start" IS NOT NULL THEN json_build_object(
        'part', part, 'start', "start", 'end', "end", 'exact', exact, 'fragments',
        CASE WHEN pieces IS NULL THEN json_build_array(json_build_object('start', "start", 'end', "end", 'exact', exact))
        WHEN cardinality(pieces) = 4 THEN json_build_array(
            json_build_object('start', pieces[1], 'end', pieces[2], 'exact', left(exact, pieces[2] - pieces[1])),
            json_build_object('start', pieces[3], 'end', pieces[4], 'exact', right(exact, pieces[4] - pieces[3])))
        ELSE onrecord_fragments(exact, pieces) END) END
$$;
"""
BEFORE = import_module("annotations.migrations.0004_inlined_spans").FORWARD
BACKWARD = BEFORE[BEFORE.index("CREATE OR REPLACE") :]


class Migration(migrations.Migration):
    dependencies = [("annotations", "0008_spans_planned_once")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
