"""The span object, in a form that PostgreSQL can put into the statement that asks for it: a function whose text holds a
subquery is called row by row, at three times the cost. So the rare spans of several pieces have a function of their own."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION onrecord_fragments(exact text, pieces int[]) RETURNS json LANGUAGE sql STABLE AS $$
    SELECT json_agg(json_build_object('start', p.s, 'end', p.e, 'exact', p.t) ORDER BY p.i)
    FROM onrecord_pieces(NULL, NULL, exact, pieces) p
$$;
CREATE OR REPLACE FUNCTION onrecord_span(part text, "start" int, "end" int, exact text, pieces int[])
RETURNS json LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN "start" IS NOT NULL THEN json_build_object(
        'part', part, 'start', "start", 'end', "end", 'exact', exact, 'fragments',
        CASE WHEN pieces IS NULL THEN json_build_array(json_build_object('start', "start", 'end', "end", 'exact', exact))
        ELSE onrecord_fragments(exact, pieces) END) END
$$;
"""
BACKWARD = """
CREATE OR REPLACE FUNCTION onrecord_span(part text, "start" int, "end" int, exact text, pieces int[])
RETURNS json LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN "start" IS NOT NULL THEN json_build_object(
        'part', part, 'start', "start", 'end', "end", 'exact', exact, 'fragments',
        CASE WHEN pieces IS NULL THEN json_build_array(json_build_object('start', "start", 'end', "end", 'exact', exact))
        ELSE (SELECT json_agg(json_build_object('start', p.s, 'end', p.e, 'exact', p.t) ORDER BY p.i)
              FROM onrecord_pieces("start", "end", exact, pieces) p) END) END
$$;
DROP FUNCTION onrecord_fragments(text, int[]);
"""


class Migration(migrations.Migration):
    dependencies = [("annotations", "0003_rules")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
