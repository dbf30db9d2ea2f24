"""What keys and checks cannot say, as triggers: spans agree with the text, quotes nest without cycles, unnamed speakers stay
in their article, merges end somewhere. Statement-level with transition tables, so that a bulk write is checked set-wise."""

from django.db import migrations

SPANS = """
-- The complete span object of the API; null where there is no span. Piece texts are cut out of `exact`.
CREATE FUNCTION onrecord_pieces("start" int, "end" int, exact text, pieces int[])
RETURNS TABLE (i int, s int, e int, t text) LANGUAGE sql IMMUTABLE AS $$
    SELECT p.i, p.s, p.e, substr(exact, (1 + sum(p.e - p.s + 1) OVER (ORDER BY p.i) - (p.e - p.s + 1))::int, p.e - p.s)
    FROM (SELECT i, pieces[2 * i - 1] AS s, pieces[2 * i] AS e FROM generate_series(1, cardinality(pieces) / 2) i) p
$$;
CREATE FUNCTION onrecord_span(part text, "start" int, "end" int, exact text, pieces int[])
RETURNS json LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN "start" IS NOT NULL THEN json_build_object(
        'part', part, 'start', "start", 'end', "end", 'exact', exact, 'fragments',
        CASE WHEN pieces IS NULL THEN json_build_array(json_build_object('start', "start", 'end', "end", 'exact', exact))
        ELSE (SELECT json_agg(json_build_object('start', p.s, 'end', p.e, 'exact', p.t) ORDER BY p.i)
              FROM onrecord_pieces("start", "end", exact, pieces) p) END) END
$$;
CREATE FUNCTION onrecord_pieces_overlaps(pieces int[], "start" int, "end" int) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT EXISTS (SELECT FROM generate_series(1, cardinality(pieces) / 2) i
                   WHERE pieces[2 * i - 1] < "end" AND pieces[2 * i] > "start")
$$;
CREATE FUNCTION onrecord_pieces_within(pieces int[], "start" int, "end" int) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT EXISTS (SELECT FROM generate_series(1, cardinality(pieces) / 2) i
                   WHERE pieces[2 * i - 1] >= "start" AND pieces[2 * i] <= "end")
$$;

-- The name of the rule that a span breaks, or null.
CREATE FUNCTION onrecord_span_fault(revision uuid, part text, "start" int, "end" int, exact text, pieces int[])
RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE length int;
BEGIN
    -- A CHECK passes where it comes out null, so a span of which a part is missing has to be caught here.
    IF num_nulls(part, "start", "end", exact) = 4 AND pieces IS NULL THEN
        RETURN NULL;
    ELSIF num_nulls(part, "start", "end", exact) > 0 THEN
        RETURN 'span_whole';
    END IF;
    IF pieces IS NULL AND char_length(exact) = "end" - "start" AND exact = onrecord_text(revision, part, "start", "end") THEN
        RETURN NULL;
    END IF;
    SELECT CASE part WHEN 'title' THEN r.title_length ELSE r.body_length END INTO length
    FROM articles_revision r WHERE r.id = revision;
    IF "end" > length THEN
        RETURN 'span_in_range';
    ELSIF pieces IS NULL THEN
        RETURN 'span_exact';
    ELSIF array_ndims(pieces) IS DISTINCT FROM 1 OR array_lower(pieces, 1) <> 1 THEN
        RETURN 'span_pieces_form';
    ELSIF cardinality(pieces) < 4 OR cardinality(pieces) % 2 = 1 OR array_position(pieces, NULL) IS NOT NULL THEN
        RETURN 'span_pieces_form';
    END IF;
    RETURN (
        SELECT CASE WHEN min(p.s) <> "start" OR max(p.e) <> "end" OR bool_or(p.s >= p.e) THEN 'span_pieces_form'
                    WHEN bool_or(p.s < p.previous) THEN 'span_pieces_disjoint'
                    WHEN exact <> string_agg(onrecord_text(revision, part, p.s, p.e), ' ' ORDER BY p.i) THEN 'span_exact' END
        FROM (SELECT i, s, e, max(e) OVER (ORDER BY s ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS previous
              FROM onrecord_pieces("start", "end", exact, pieces)) p);
END $$;

-- Arguments: the column prefixes of the table's spans.
CREATE FUNCTION onrecord_check_spans() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE prefix text; wrong record;
BEGIN
    FOREACH prefix IN ARRAY TG_ARGV LOOP
        EXECUTE format(
            'SELECT * FROM (SELECT w.id, onrecord_span_fault(w.revision_id, w.%I, w.%I, w.%I, w.%I, w.%I) AS rule FROM written w) f
             WHERE f.rule IS NOT NULL LIMIT 1',
            prefix || 'part', prefix || 'start', prefix || 'end', prefix || 'exact', prefix || 'pieces') INTO wrong;
        IF wrong.rule IS NOT NULL THEN
            RAISE EXCEPTION 'the %span of % breaks %', prefix, wrong.id, wrong.rule
                USING ERRCODE = 'check_violation', CONSTRAINT = wrong.rule, TABLE = TG_TABLE_NAME;
        END IF;
    END LOOP;
    RETURN NULL;
END $$;
"""
NO_SPANS = """
DROP FUNCTION onrecord_check_spans();
DROP FUNCTION onrecord_span_fault(uuid, text, int, int, text, int[]);
DROP FUNCTION onrecord_pieces_within(int[], int, int);
DROP FUNCTION onrecord_pieces_overlaps(int[], int, int);
DROP FUNCTION onrecord_span(text, int, int, text, int[]);
DROP FUNCTION onrecord_pieces(int, int, text, int[]);
"""
# An annotation stays on the revision it was made on; evidence that rested on no text may come to rest on one.
STAYING = """
CREATE FUNCTION onrecord_refuse_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% stays on its revision', OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'annotation_stays', TABLE = TG_TABLE_NAME;
END $$;
"""
NO_STAYING = "DROP FUNCTION onrecord_refuse_move();"
SPAN_TABLES = {
    "annotations_mention": ("",),
    "annotations_quote": ("", "cue_"),
    "annotations_claimoccurrence": ("", "object_", "time_"),
    "annotations_evidence": ("",),
}


def each_statement(table: str, name: str, call: str) -> tuple[str, str]:
    """A trigger after every inserting and every updating statement, which sees the written rows as a table."""
    forward = "".join(
        f"CREATE TRIGGER {name}_on_{event} AFTER {event} ON {table} REFERENCING {tables}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION {call};"
        for event, tables in (
            ("insert", "NEW TABLE AS written"),
            ("update", "OLD TABLE AS before NEW TABLE AS written"),
        )
    )
    return forward, f"DROP TRIGGER {name}_on_insert ON {table}; DROP TRIGGER {name}_on_update ON {table};"


def span_trigger(table: str, prefixes: tuple[str, ...]) -> tuple[str, str]:
    arguments = ", ".join(f"'{prefix}'" for prefix in prefixes)
    return each_statement(table, "spans", f"onrecord_check_spans({arguments})")


def staying_trigger(table: str) -> tuple[str, str]:
    return (
        f"""CREATE TRIGGER staying BEFORE UPDATE OF revision_id, article_id ON {table} FOR EACH ROW
                WHEN (OLD.revision_id <> NEW.revision_id OR OLD.article_id <> NEW.article_id)
                EXECUTE FUNCTION onrecord_refuse_move()""",
        f"DROP TRIGGER staying ON {table}",
    )


NESTING = """
-- The speakers of a quote's sources, in their order; and those of every level from the outermost quote inwards.
CREATE FUNCTION onrecord_quote_speakers(quote uuid) RETURNS json LANGUAGE sql STABLE AS $$
    SELECT array_to_json(ARRAY(
        SELECT s.canonical_id FROM annotations_quotesource q JOIN annotations_speaker s ON s.id = q.speaker_id
        WHERE q.quote_id = quote AND q.role = 'source' ORDER BY q.position))
$$;
CREATE FUNCTION onrecord_quote_chain(quote uuid) RETURNS json LANGUAGE sql STABLE AS $$
    WITH RECURSIVE up (id, parent_id, step) AS (
        SELECT q.id, q.parent_id, 1 FROM annotations_quote q WHERE q.id = quote
        UNION ALL
        SELECT q.id, q.parent_id, up.step + 1 FROM up JOIN annotations_quote q ON q.id = up.parent_id)
    SELECT json_agg(onrecord_quote_speakers(up.id) ORDER BY up.step DESC) FROM up
$$;

-- No cycle, and at most 8 levels, counted through ancestors and descendants of each moved quote. Moving one locks its set
-- against all other writers, adding one against movers: two moves at once cannot make a cycle between them.
CREATE FUNCTION onrecord_check_nesting() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE moved uuid[]; wrong record;
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT array_agg(w.id) INTO moved FROM written w WHERE w.parent_id IS NOT NULL;
        IF moved IS NULL THEN
            RETURN NULL;
        END IF;
        PERFORM FROM annotations_annotationset s
        WHERE s.id IN (SELECT w.set_id FROM written w WHERE w.id = ANY (moved)) ORDER BY s.id FOR SHARE;
    ELSE
        SELECT array_agg(w.id) INTO moved FROM written w JOIN before b ON b.id = w.id
        WHERE w.parent_id IS DISTINCT FROM b.parent_id AND w.parent_id IS NOT NULL;
        IF moved IS NULL THEN
            RETURN NULL;
        END IF;
        PERFORM FROM annotations_annotationset s
        WHERE s.id IN (SELECT w.set_id FROM written w WHERE w.id = ANY (moved)) ORDER BY s.id FOR UPDATE;
    END IF;
    WITH RECURSIVE up (moved, id, depth) AS (
        SELECT q.id, q.parent_id, 1 FROM annotations_quote q WHERE q.id = ANY (moved)
        UNION ALL
        SELECT up.moved, q.parent_id, up.depth + 1 FROM up JOIN annotations_quote q ON q.id = up.id WHERE up.depth < 10
    ), down (moved, id, height) AS (
        SELECT q.id, q.id, 0 FROM annotations_quote q WHERE q.id = ANY (moved)
        UNION ALL
        SELECT down.moved, q.id, down.height + 1 FROM down JOIN annotations_quote q ON q.parent_id = down.id
        WHERE down.height < 10
    )
    SELECT u.moved, CASE WHEN u.cyclic THEN 'quote_no_cycle' ELSE 'quote_depth' END AS rule INTO wrong
    FROM (SELECT up.moved, max(up.depth) AS depth, bool_or(up.id = up.moved) AS cyclic FROM up GROUP BY up.moved) u
    JOIN (SELECT down.moved, max(down.height) AS height FROM down GROUP BY down.moved) d ON d.moved = u.moved
    WHERE u.cyclic OR u.depth + d.height > 8
    ORDER BY u.cyclic DESC LIMIT 1;
    IF wrong.rule IS NOT NULL THEN
        RAISE EXCEPTION 'the nesting of % breaks %', wrong.moved, wrong.rule
            USING ERRCODE = 'check_violation', CONSTRAINT = wrong.rule, TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$;
"""
NO_NESTING = """
DROP FUNCTION onrecord_check_nesting();
DROP FUNCTION onrecord_quote_chain(uuid);
DROP FUNCTION onrecord_quote_speakers(uuid);
"""

SPEAKERS = """
CREATE FUNCTION onrecord_refuse_foreign(speaker uuid, tab text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'speaker % belongs to another article', speaker
        USING ERRCODE = 'check_violation', CONSTRAINT = 'speaker_local', TABLE = tab;
END $$;

-- An unnamed speaker is used in its own article only. The foreign keys, whose row triggers run first, hold FOR KEY SHARE
-- on every speaker looked at here; making a speaker local changes a key (speaker_locality) and so waits for them.
-- A speaker that moves itself touches no foreign key, so its own links are locked by hand.
CREATE FUNCTION onrecord_check_locality() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE wrong uuid; merged uuid;
BEGIN
    CASE TG_TABLE_NAME
    WHEN 'annotations_mention' THEN
        SELECT s.id INTO wrong FROM written w JOIN annotations_speaker s ON s.id = w.speaker_id
        WHERE s.article_id <> w.article_id LIMIT 1;
    WHEN 'annotations_quotesource' THEN
        SELECT s.id INTO wrong FROM written w JOIN annotations_quote q ON q.id = w.quote_id
        JOIN annotations_speaker s ON s.id IN (w.speaker_id, w.affiliation_id)
        WHERE s.article_id <> q.article_id LIMIT 1;
    WHEN 'annotations_claimant' THEN
        SELECT s.id INTO wrong FROM written w JOIN annotations_claimoccurrence o ON o.id = w.occurrence_id
        JOIN annotations_speaker s ON s.id = w.speaker_id
        WHERE s.article_id <> o.article_id LIMIT 1;
    WHEN 'annotations_speaker' THEN
        IF TG_OP = 'UPDATE' THEN
            PERFORM FROM written w JOIN annotations_speaker s ON s.id IN (w.affiliation_id, w.merged_into_id)
            ORDER BY s.id FOR KEY SHARE OF s;
        END IF;
        SELECT s.id INTO wrong FROM written w JOIN annotations_speaker s ON s.id = w.affiliation_id
        WHERE s.article_id IS NOT NULL AND s.article_id IS DISTINCT FROM w.article_id LIMIT 1;
        SELECT w.id INTO merged FROM written w JOIN annotations_speaker s ON s.id = w.merged_into_id
        WHERE s.article_id IS NOT NULL AND s.article_id IS DISTINCT FROM w.article_id LIMIT 1;
    END CASE;
    IF merged IS NOT NULL THEN
        RAISE EXCEPTION 'speaker % does not merge into an unnamed one elsewhere', merged
            USING ERRCODE = 'check_violation', CONSTRAINT = 'merge_locality', TABLE = TG_TABLE_NAME;
    END IF;
    IF wrong IS NOT NULL THEN
        PERFORM onrecord_refuse_foreign(wrong, TG_TABLE_NAME);
    END IF;
    RETURN NULL;
END $$;

-- The other side: a speaker becomes local, or moves, only where nothing elsewhere uses it.
CREATE FUNCTION onrecord_check_made_local() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.article_id IS NOT NULL AND (
        EXISTS (SELECT FROM annotations_mention m WHERE m.speaker_id = NEW.id AND m.article_id <> NEW.article_id)
        OR EXISTS (SELECT FROM annotations_quotesource x JOIN annotations_quote q ON q.id = x.quote_id
                   WHERE x.speaker_id = NEW.id AND q.article_id <> NEW.article_id)
        OR EXISTS (SELECT FROM annotations_quotesource x JOIN annotations_quote q ON q.id = x.quote_id
                   WHERE x.affiliation_id = NEW.id AND q.article_id <> NEW.article_id)
        OR EXISTS (SELECT FROM annotations_claimant x JOIN annotations_claimoccurrence o ON o.id = x.occurrence_id
                   WHERE x.speaker_id = NEW.id AND o.article_id <> NEW.article_id)
        OR EXISTS (SELECT FROM annotations_speaker s
                   WHERE NEW.id IN (s.affiliation_id, s.merged_into_id) AND s.article_id IS DISTINCT FROM NEW.article_id))
    THEN
        PERFORM onrecord_refuse_foreign(NEW.id, TG_TABLE_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER speaker_made_local AFTER UPDATE OF article_id ON annotations_speaker
    FOR EACH ROW WHEN (NEW.article_id IS DISTINCT FROM OLD.article_id) EXECUTE FUNCTION onrecord_check_made_local();

-- A source without a speaker of its own follows its mention's.
CREATE FUNCTION onrecord_follow_mention() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE annotations_quotesource q SET speaker_id = w.speaker_id
    FROM written w JOIN before b ON b.id = w.id
    WHERE q.mention_id = w.id AND q.inherited AND w.speaker_id IS DISTINCT FROM b.speaker_id;
    RETURN NULL;
END $$;
CREATE TRIGGER mention_followed AFTER UPDATE ON annotations_mention
    REFERENCING OLD TABLE AS before NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION onrecord_follow_mention();
"""
NO_SPEAKERS = """
DROP TRIGGER mention_followed ON annotations_mention;
DROP FUNCTION onrecord_follow_mention();
DROP TRIGGER speaker_made_local ON annotations_speaker;
DROP FUNCTION onrecord_check_made_local();
DROP FUNCTION onrecord_check_locality();
DROP FUNCTION onrecord_refuse_foreign(uuid, text);
"""
LOCALITY_TABLES = ("annotations_mention", "annotations_quotesource", "annotations_claimant", "annotations_speaker")

MERGES = """
-- merged_into chains end somewhere, and `canonical` is that end for every row of the chain. One merge at a time in a project.
CREATE FUNCTION onrecord_refuse_circle(identity uuid, tab text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the merge of % closes a circle', identity
        USING ERRCODE = 'check_violation', CONSTRAINT = 'merge_no_cycle', TABLE = tab;
END $$;
CREATE FUNCTION onrecord_merge() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE cyclic boolean;
BEGIN
    IF NEW.merged_into_id IS NULL THEN
        NEW.canonical_id := NEW.id;
        RETURN NEW;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended(TG_TABLE_NAME || NEW.project_id::text, 0));
    EXECUTE format(
        'WITH RECURSIVE up (id, next) AS (
             SELECT t.id, t.merged_into_id FROM %1$I t WHERE t.id = $1
             UNION SELECT t.id, t.merged_into_id FROM up JOIN %1$I t ON t.id = up.next)
         SELECT bool_or(id = $2), (array_agg(id) FILTER (WHERE next IS NULL))[1] FROM up', TG_TABLE_NAME)
    INTO cyclic, NEW.canonical_id USING NEW.merged_into_id, NEW.id;
    IF cyclic OR NEW.merged_into_id = NEW.id THEN
        PERFORM onrecord_refuse_circle(NEW.id, TG_TABLE_NAME);
    END IF;
    NEW.canonical_id := coalesce(NEW.canonical_id, NEW.merged_into_id);
    RETURN NEW;
END $$;
-- What was merged into a row follows it. Rows of one INSERT may come before what they are merged into, so the circle is
-- looked for once more.
CREATE FUNCTION onrecord_merge_follow() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE followers uuid[];
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(TG_TABLE_NAME || NEW.project_id::text, 0));
    EXECUTE format(
        'WITH RECURSIVE down (id) AS (
             SELECT t.id FROM %1$I t WHERE t.merged_into_id = $1
             UNION SELECT t.id FROM down JOIN %1$I t ON t.merged_into_id = down.id)
         SELECT array_agg(id) FROM down', TG_TABLE_NAME)
    INTO followers USING NEW.id;
    IF NEW.id = ANY (followers) THEN
        PERFORM onrecord_refuse_circle(NEW.id, TG_TABLE_NAME);
    END IF;
    EXECUTE format('UPDATE %I SET canonical_id = $1 WHERE id = ANY ($2) AND canonical_id <> $1', TG_TABLE_NAME)
    USING NEW.canonical_id, followers;
    RETURN NULL;
END $$;
"""
NO_MERGES = """
DROP FUNCTION onrecord_merge_follow();
DROP FUNCTION onrecord_merge();
DROP FUNCTION onrecord_refuse_circle(uuid, text);
"""


def merge_triggers(table: str) -> tuple[str, str]:
    return (
        f"""CREATE TRIGGER merge BEFORE INSERT OR UPDATE OF merged_into_id, canonical_id ON {table}
                FOR EACH ROW EXECUTE FUNCTION onrecord_merge();
            CREATE TRIGGER merge_follow AFTER UPDATE OF merged_into_id ON {table}
                FOR EACH ROW WHEN (NEW.merged_into_id IS DISTINCT FROM OLD.merged_into_id)
                EXECUTE FUNCTION onrecord_merge_follow();
            CREATE TRIGGER merge_follow_insert AFTER INSERT ON {table}
                FOR EACH ROW WHEN (NEW.merged_into_id IS NOT NULL) EXECUTE FUNCTION onrecord_merge_follow();""",
        f"DROP TRIGGER merge ON {table}; DROP TRIGGER merge_follow ON {table};"
        f" DROP TRIGGER merge_follow_insert ON {table};",
    )


class Migration(migrations.Migration):
    dependencies = [("annotations", "0002_keys")]
    operations = [
        migrations.RunSQL(SPANS, NO_SPANS),
        *(migrations.RunSQL(*span_trigger(table, prefixes)) for table, prefixes in SPAN_TABLES.items()),
        migrations.RunSQL(STAYING, NO_STAYING),
        *(migrations.RunSQL(*staying_trigger(table)) for table in SPAN_TABLES),
        migrations.RunSQL(NESTING, NO_NESTING),
        migrations.RunSQL(*each_statement("annotations_quote", "nesting", "onrecord_check_nesting()")),
        migrations.RunSQL(SPEAKERS, NO_SPEAKERS),
        *(
            migrations.RunSQL(*each_statement(table, "locality", "onrecord_check_locality()"))
            for table in LOCALITY_TABLES
        ),
        migrations.RunSQL(MERGES, NO_MERGES),
        *(migrations.RunSQL(*merge_triggers(table)) for table in ("annotations_speaker", "annotations_claim")),
    ]
