"""Chunks of 1,024 code points in place of 4,096: a row that small is stored as it is, neither compressed nor put aside,
so that comparing a span with its chunk costs a fifth (docs/performance.md)."""

from django.db import migrations

FUNCTIONS = """
-- Chunk n holds the code points [SIZE n, SIZE n + SIZE) of its part.
CREATE OR REPLACE FUNCTION onrecord_cut_chunks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO articles_chunk (revision_id, part, n, text)
    SELECT r.id, p.part, n, substr(p.text, n * SIZE + 1, SIZE)
    FROM written r,
         LATERAL (VALUES ('title', r.title), ('body', r.body)) p (part, text),
         LATERAL generate_series(0, (char_length(p.text) - 1) / SIZE) n
    WHERE p.text <> '';
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION onrecord_text(revision uuid, part text, "start" int, "end" int)
RETURNS text LANGUAGE sql STABLE AS $$
    SELECT substr(string_agg(c.text, '' ORDER BY c.n), $3 % SIZE + 1, greatest($4 - $3, 0))
    FROM articles_chunk c
    WHERE c.revision_id = $1 AND c.part = $2 AND c.n BETWEEN $3 / SIZE AND ($4 - 1) / SIZE
$$;
-- Those that are there are cut anew.
ALTER TABLE articles_chunk DISABLE TRIGGER USER;
TRUNCATE articles_chunk;
INSERT INTO articles_chunk (revision_id, part, n, text)
SELECT r.id, p.part, n, substr(p.text, n * SIZE + 1, SIZE)
FROM articles_revision r,
     LATERAL (VALUES ('title', r.title), ('body', r.body)) p (part, text),
     LATERAL generate_series(0, (char_length(p.text) - 1) / SIZE) n
WHERE p.text <> '';
ALTER TABLE articles_chunk ENABLE TRIGGER USER;
"""

# Chunks come from the trigger above and go with their revision; nobody else writes them. Asked once a statement.
DERIVED = """
DROP TRIGGER chunks_derived ON articles_chunk;
CREATE OR REPLACE FUNCTION onrecord_chunks_derived() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF pg_trigger_depth() > 1 AND TG_OP <> 'UPDATE' THEN
        RETURN RESULT;
    END IF;
    RAISE EXCEPTION 'chunks are derived from their revision'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'revision_immutable', TABLE = TG_TABLE_NAME;
END $$;
CREATE TRIGGER chunks_derived BEFORE INSERT OR UPDATE OR DELETE ON articles_chunk
    FOR EACH LEVEL EXECUTE FUNCTION onrecord_chunks_derived();
"""
BY_STATEMENT = DERIVED.replace("RESULT", "NULL").replace("LEVEL", "STATEMENT")
BY_ROW = DERIVED.replace("RESULT", "coalesce(NEW, OLD)").replace("LEVEL", "ROW")


class Migration(migrations.Migration):
    dependencies = [("articles", "0002_rules")]
    operations = [
        migrations.RunSQL(FUNCTIONS.replace("SIZE", "1024"), FUNCTIONS.replace("SIZE", "4096")),
        migrations.RunSQL(BY_STATEMENT, BY_ROW),
    ]
