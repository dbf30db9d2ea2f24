"""Long texts are cut into chunks in two steps. To find a place in a text is to count up to it, so that cutting a book at
once took time by the square of its length: no text of more than about 2.5 million code points could be stored."""

import importlib

from django.db import migrations

# Texts beyond LONG bytes are cut into pieces of 64 chunks, and these into chunks. Few texts are: others pay for nothing.
FUNCTION = """
CREATE OR REPLACE FUNCTION onrecord_cut_chunks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO articles_chunk (revision_id, part, n, text)
    SELECT r.id, p.part, n, substr(p.text, n * SIZE + 1, SIZE)
    FROM written r,
         LATERAL (VALUES ('title', r.title), ('body', r.body)) p (part, text),
         LATERAL generate_series(0, (char_length(p.text) - 1) / SIZE) n
    WHERE p.text <> '' AND octet_length(p.text) <= LONG;
    IF EXISTS (SELECT FROM written WHERE greatest(octet_length(title), octet_length(body)) > LONG) THEN
        INSERT INTO articles_chunk (revision_id, part, n, text)
        SELECT r.id, p.part, piece.n * 64 + c.n, substr(piece.text, c.n * SIZE + 1, SIZE)
        FROM written r,
             LATERAL (VALUES ('title', r.title), ('body', r.body)) p (part, text),
             LATERAL (SELECT n, substr(p.text, n * SIZE * 64 + 1, SIZE * 64) AS text
                      FROM generate_series(0, (char_length(p.text) - 1) / (SIZE * 64)) n OFFSET 0) piece,
             LATERAL generate_series(0, (char_length(piece.text) - 1) / SIZE) c (n)
        WHERE octet_length(p.text) > LONG;
    END IF;
    RETURN NULL;
END $$;
""".replace("SIZE", "1024").replace("LONG", "131072")
BEFORE = importlib.import_module("articles.migrations.0003_smaller_chunks").FUNCTIONS.split("CREATE OR REPLACE")[1]


class Migration(migrations.Migration):
    dependencies = [("articles", "0003_smaller_chunks")]
    operations = [migrations.RunSQL(FUNCTION, "CREATE OR REPLACE" + BEFORE.replace("SIZE", "1024"))]
