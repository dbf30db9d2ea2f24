"""Spans of one piece, and of two in their order, which is nearly all of them, are compared with the text in the one
statement that looks through what was written; only those that this does not find right are looked at row by row."""

from django.db import migrations

CHECK = """
CREATE OR REPLACE FUNCTION onrecord_check_spans() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE prefix text; wrong record;
BEGIN
    FOREACH prefix IN ARRAY TG_ARGV LOOP
        EXECUTE format('FAULTS',
            prefix || 'part', prefix || 'start', prefix || 'end', prefix || 'exact', prefix || 'pieces') INTO wrong;
        IF wrong.rule IS NOT NULL THEN
            RAISE EXCEPTION 'the %span of % breaks %', prefix, wrong.id, wrong.rule
                USING ERRCODE = 'check_violation', CONSTRAINT = wrong.rule, TABLE = TG_TABLE_NAME;
        END IF;
    END LOOP;
    RETURN NULL;
END $$;
"""
# The text from one offset to another; most spans lie in one chunk, and pay for no more.
IN_ONE = """(SELECT substr(c.text, {0} % 1024 + 1, {1} - {0}) FROM articles_chunk c
    WHERE c.revision_id = w.revision_id AND c.part = w.%1$I AND c.n = {0} / 1024)"""
IN_SOME = """(SELECT substr(string_agg(c.text, '' ORDER BY c.n), {0} % 1024 + 1, {1} - {0}) FROM articles_chunk c
    WHERE c.revision_id = w.revision_id AND c.part = w.%1$I AND c.n BETWEEN {0} / 1024 AND ({1} - 1) / 1024)"""
START, END, PIECES = "w.%2$I", "w.%3$I", "w.%5$I"
FIRST, SECOND = (f"{PIECES}[1]", f"{PIECES}[2]"), (f"{PIECES}[3]", f"{PIECES}[4]")
FAULTS = f"""
    SELECT * FROM (
        SELECT w.id, CASE
            WHEN {PIECES} IS NULL AND {START} >= 0 AND {START} < {END} AND char_length(w.%4$I) = {END} - {START}
                AND w.%4$I = CASE WHEN {START} / 1024 = ({END} - 1) / 1024 THEN {IN_ONE.format(START, END)}
                                  ELSE {IN_SOME.format(START, END)} END
                THEN NULL
            WHEN cardinality({PIECES}) = 4 AND array_ndims({PIECES}) = 1 AND array_lower({PIECES}, 1) = 1
                AND 0 <= {FIRST[0]} AND {FIRST[0]} < {FIRST[1]} AND {FIRST[1]} <= {SECOND[0]}
                AND {SECOND[0]} < {SECOND[1]} AND {START} = {FIRST[0]} AND {END} = {SECOND[1]}
                AND char_length(w.%4$I) = {FIRST[1]} - {FIRST[0]} + 1 + {SECOND[1]} - {SECOND[0]}
                AND w.%4$I = {IN_SOME.format(*FIRST)} || ' ' || {IN_SOME.format(*SECOND)}
                THEN NULL
            ELSE onrecord_span_fault(w.revision_id, w.%1$I, {START}, {END}, w.%4$I, {PIECES}) END AS rule
        FROM written w) f
    WHERE f.rule IS NOT NULL LIMIT 1"""
ROW_BY_ROW = """
    SELECT * FROM (SELECT w.id, onrecord_span_fault(w.revision_id, w.%I, w.%I, w.%I, w.%I, w.%I) AS rule FROM written w) f
    WHERE f.rule IS NOT NULL LIMIT 1"""


def check(faults: str) -> str:
    return CHECK.replace("FAULTS", faults)


class Migration(migrations.Migration):
    dependencies = [("annotations", "0004_inlined_spans"), ("articles", "0003_smaller_chunks")]
    operations = [migrations.RunSQL(check(FAULTS.replace("% 1024", "%% 1024").replace("'", "''")), check(ROW_BY_ROW))]
