"""Keys that cannot cross projects; texts that are clean, immutable, and cut into chunks for the span check."""

from django.db import migrations

KEYS = """
ALTER TABLE articles_publisher
    ADD CONSTRAINT publisher_project_fk FOREIGN KEY (project_id) REFERENCES projects_project (id);
ALTER TABLE articles_article
    ADD CONSTRAINT article_project_fk FOREIGN KEY (project_id) REFERENCES projects_project (id),
    ADD CONSTRAINT article_publisher_fk FOREIGN KEY (project_id, publisher_id)
        REFERENCES articles_publisher (project_id, id),
    ADD CONSTRAINT article_republisher_fk FOREIGN KEY (project_id, republisher_id)
        REFERENCES articles_publisher (project_id, id),
    -- An article and its first revision point at each other, so this one key waits for the commit.
    ADD CONSTRAINT article_head_fk FOREIGN KEY (project_id, id, head_id)
        REFERENCES articles_revision (project_id, article_id, id) DEFERRABLE INITIALLY DEFERRED,
    ADD CONSTRAINT article_metadata_object CHECK (jsonb_typeof(metadata) = 'object');
ALTER TABLE articles_revision
    ADD CONSTRAINT revision_article_fk FOREIGN KEY (project_id, article_id) REFERENCES articles_article (project_id, id);
ALTER TABLE articles_chunk
    ADD CONSTRAINT chunk_revision_fk FOREIGN KEY (revision_id) REFERENCES articles_revision (id) ON DELETE CASCADE;
ALTER TABLE articles_capture
    ADD CONSTRAINT capture_article_fk FOREIGN KEY (project_id, article_id)
        REFERENCES articles_article (project_id, id) ON DELETE CASCADE;
"""

NO_KEYS = """
ALTER TABLE articles_capture DROP CONSTRAINT capture_article_fk;
ALTER TABLE articles_chunk DROP CONSTRAINT chunk_revision_fk;
ALTER TABLE articles_article
    DROP CONSTRAINT article_project_fk, DROP CONSTRAINT article_publisher_fk, DROP CONSTRAINT article_republisher_fk,
    DROP CONSTRAINT article_head_fk, DROP CONSTRAINT article_metadata_object;
ALTER TABLE articles_revision DROP CONSTRAINT revision_article_fk;
ALTER TABLE articles_publisher DROP CONSTRAINT publisher_project_fk;
"""

TEXTS = """
ALTER TABLE articles_revision ADD CONSTRAINT revision_text_clean CHECK (
    title_length = char_length(title) AND body_length = char_length(body)
    AND body_length_utf16 = char_length(body) + regexp_count(body, '[\\U00010000-\\U0010FFFF]')
    AND position(E'\\r' in title) = 0 AND position(E'\\r' in body) = 0
    AND title NOT LIKE U&'\\FEFF%' AND body NOT LIKE U&'\\FEFF%'
    AND sha256 = encode(sha256(convert_to(title, 'UTF8') || '\\x00'::bytea || convert_to(body, 'UTF8')), 'hex')
);

CREATE FUNCTION onrecord_revision_immutable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a revision is immutable'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'revision_immutable', TABLE = TG_TABLE_NAME;
END $$;
CREATE TRIGGER revision_immutable BEFORE UPDATE ON articles_revision
    FOR EACH ROW EXECUTE FUNCTION onrecord_revision_immutable();

-- Chunk n holds the code points [4096 n, 4096 n + 4096) of its part.
CREATE FUNCTION onrecord_cut_chunks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO articles_chunk (revision_id, part, n, text)
    SELECT r.id, p.part, n, substr(p.text, n * 4096 + 1, 4096)
    FROM written r,
         LATERAL (VALUES ('title', r.title), ('body', r.body)) p (part, text),
         LATERAL generate_series(0, (char_length(p.text) - 1) / 4096) n
    WHERE p.text <> '';
    RETURN NULL;
END $$;
CREATE TRIGGER revision_cut_chunks AFTER INSERT ON articles_revision REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION onrecord_cut_chunks();

-- Chunks come from the trigger above and go with their revision; nobody else writes them.
CREATE FUNCTION onrecord_chunks_derived() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF pg_trigger_depth() > 1 AND TG_OP <> 'UPDATE' THEN
        RETURN coalesce(NEW, OLD);
    END IF;
    RAISE EXCEPTION 'chunks are derived from their revision'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'revision_immutable', TABLE = TG_TABLE_NAME;
END $$;
CREATE TRIGGER chunks_derived BEFORE INSERT OR UPDATE OR DELETE ON articles_chunk
    FOR EACH ROW EXECUTE FUNCTION onrecord_chunks_derived();

CREATE FUNCTION onrecord_text(revision uuid, part text, "start" int, "end" int) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT substr(string_agg(c.text, '' ORDER BY c.n), $3 % 4096 + 1, greatest($4 - $3, 0))
    FROM articles_chunk c
    WHERE c.revision_id = $1 AND c.part = $2 AND c.n BETWEEN $3 / 4096 AND ($4 - 1) / 4096
$$;
"""

NO_TEXTS = """
DROP FUNCTION onrecord_text(uuid, text, int, int);
DROP TRIGGER chunks_derived ON articles_chunk;
DROP FUNCTION onrecord_chunks_derived();
DROP TRIGGER revision_cut_chunks ON articles_revision;
DROP FUNCTION onrecord_cut_chunks();
DROP TRIGGER revision_immutable ON articles_revision;
DROP FUNCTION onrecord_revision_immutable();
ALTER TABLE articles_revision DROP CONSTRAINT revision_text_clean;
"""


class Migration(migrations.Migration):
    dependencies = [("articles", "0001_initial")]
    operations = [migrations.RunSQL(KEYS, NO_KEYS), migrations.RunSQL(TEXTS, NO_TEXTS)]
