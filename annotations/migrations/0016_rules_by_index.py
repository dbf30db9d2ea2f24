"""Rules look rows up one by one, by index, whatever the size of the tables was when a connection ran them first: it keeps that
plan. Tables of a page are read whole, which was right then, and is wrong at a million. A subquery that ends in OFFSET 0 is
one that the planner cannot turn round: it begins at what was written. In it stands nothing but the id: with a condition besides,
an index of the rows that fulfil it (the unnamed speakers) would look as good."""

import re
from importlib import import_module

from django.db import migrations

rules = import_module("annotations.migrations.0003_rules")

AFTER = """
CREATE OR REPLACE FUNCTION onrecord_quote_speakers(quote uuid) RETURNS json LANGUAGE sql STABLE AS $$
    SELECT array_to_json(ARRAY(
        SELECT s.canonical_id FROM annotations_quotesource q CROSS JOIN LATERAL (
            SELECT s.canonical_id FROM annotations_speaker s WHERE s.id = q.speaker_id OFFSET 0) s
        WHERE q.quote_id = quote AND q.role = 'source' ORDER BY q.position))
$$;
CREATE OR REPLACE FUNCTION onrecord_quote_chain(quote uuid) RETURNS json LANGUAGE sql STABLE AS $$
    WITH RECURSIVE up (id, parent_id, step) AS (
        SELECT q.id, q.parent_id, 1 FROM annotations_quote q WHERE q.id = quote
        UNION ALL
        SELECT q.id, q.parent_id, up.step + 1 FROM up CROSS JOIN LATERAL (
            SELECT q.id, q.parent_id FROM annotations_quote q WHERE q.id = up.parent_id OFFSET 0) q)
    SELECT json_agg(onrecord_quote_speakers(up.id) ORDER BY up.step DESC) FROM up
$$;
CREATE OR REPLACE FUNCTION onrecord_check_nesting() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE moved uuid[]; wrong record;
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT array_agg(w.id) INTO moved FROM written w WHERE w.parent_id IS NOT NULL;
        IF moved IS NULL THEN
            RETURN NULL;
        END IF;
        PERFORM FROM annotations_annotationset s
        WHERE s.id = ANY (ARRAY(SELECT w.set_id FROM written w WHERE w.id = ANY (moved))) ORDER BY s.id FOR SHARE;
    ELSE
        SELECT array_agg(w.id) INTO moved FROM written w JOIN before b ON b.id = w.id
        WHERE w.parent_id IS DISTINCT FROM b.parent_id AND w.parent_id IS NOT NULL;
        IF moved IS NULL THEN
            RETURN NULL;
        END IF;
        PERFORM FROM annotations_annotationset s
        WHERE s.id = ANY (ARRAY(SELECT w.set_id FROM written w WHERE w.id = ANY (moved))) ORDER BY s.id FOR UPDATE;
    END IF;
    WITH RECURSIVE up (moved, id, depth) AS (
        SELECT q.id, q.parent_id, 1 FROM annotations_quote q WHERE q.id = ANY (moved)
        UNION ALL
        SELECT up.moved, q.parent_id, up.depth + 1 FROM up CROSS JOIN LATERAL (
            SELECT q.parent_id FROM annotations_quote q WHERE q.id = up.id OFFSET 0) q WHERE up.depth < 10
    ), down (moved, id, height) AS (
        SELECT q.id, q.id, 0 FROM annotations_quote q WHERE q.id = ANY (moved)
        UNION ALL
        SELECT down.moved, q.id, down.height + 1 FROM down CROSS JOIN LATERAL (
            SELECT q.id FROM annotations_quote q WHERE q.parent_id = down.id OFFSET 0) q
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
CREATE OR REPLACE FUNCTION onrecord_check_locality() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE wrong uuid; merged uuid;
BEGIN
    CASE TG_TABLE_NAME
    WHEN 'annotations_mention' THEN
        SELECT s.id INTO wrong FROM written w CROSS JOIN LATERAL (
            SELECT s.id, s.article_id FROM annotations_speaker s WHERE s.id = w.speaker_id OFFSET 0) s
        WHERE s.article_id <> w.article_id LIMIT 1;
    WHEN 'annotations_quotesource' THEN
        SELECT s.id INTO wrong FROM written w CROSS JOIN LATERAL (
            SELECT s.id, s.article_id FROM annotations_speaker s
            WHERE s.id = ANY (ARRAY[w.speaker_id, w.affiliation_id]) OFFSET 0) s
        WHERE s.article_id IS NOT NULL AND s.article_id <> (SELECT q.article_id FROM annotations_quote q WHERE q.id = w.quote_id) LIMIT 1;
    WHEN 'annotations_claimant' THEN
        SELECT s.id INTO wrong FROM written w CROSS JOIN LATERAL (
            SELECT s.id, s.article_id FROM annotations_speaker s WHERE s.id = w.speaker_id OFFSET 0) s
        WHERE s.article_id IS NOT NULL AND s.article_id <> (SELECT o.article_id FROM annotations_claimoccurrence o WHERE o.id = w.occurrence_id)
        LIMIT 1;
    WHEN 'annotations_speaker' THEN
        IF TG_OP = 'UPDATE' THEN
            PERFORM FROM annotations_speaker s
            WHERE s.id = ANY (ARRAY(SELECT unnest(ARRAY[w.affiliation_id, w.merged_into_id]) FROM written w))
            ORDER BY s.id FOR KEY SHARE;
        END IF;
        SELECT s.id INTO wrong FROM written w CROSS JOIN LATERAL (
            SELECT s.id, s.article_id FROM annotations_speaker s WHERE s.id = w.affiliation_id OFFSET 0) s
        WHERE s.article_id IS NOT NULL AND s.article_id IS DISTINCT FROM w.article_id LIMIT 1;
        SELECT w.id INTO merged FROM written w CROSS JOIN LATERAL (
            SELECT s.article_id FROM annotations_speaker s WHERE s.id = w.merged_into_id OFFSET 0) s
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
CREATE OR REPLACE FUNCTION onrecord_check_made_local() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
    IF NEW.article_id IS NOT NULL AND (
        EXISTS (SELECT FROM annotations_mention m WHERE m.speaker_id = NEW.id AND m.article_id <> NEW.article_id)
        OR EXISTS (SELECT FROM annotations_quotesource x WHERE x.speaker_id = NEW.id AND NEW.article_id <> (
            SELECT q.article_id FROM annotations_quote q WHERE q.id = x.quote_id))
        OR EXISTS (SELECT FROM annotations_quotesource x WHERE x.affiliation_id = NEW.id AND NEW.article_id <> (
            SELECT q.article_id FROM annotations_quote q WHERE q.id = x.quote_id))
        OR EXISTS (SELECT FROM annotations_claimant x WHERE x.speaker_id = NEW.id AND NEW.article_id <> (
            SELECT o.article_id FROM annotations_claimoccurrence o WHERE o.id = x.occurrence_id))
        OR EXISTS (SELECT FROM annotations_speaker s
                   WHERE s.affiliation_id = NEW.id AND s.article_id IS DISTINCT FROM NEW.article_id)
        OR EXISTS (SELECT FROM annotations_speaker s
                   WHERE s.merged_into_id = NEW.id AND s.article_id IS DISTINCT FROM NEW.article_id))
    THEN
        PERFORM onrecord_refuse_foreign(NEW.id, TG_TABLE_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION onrecord_follow_mention() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE following uuid[];
BEGIN
    SELECT array_agg(w.id) INTO following FROM written w JOIN before b ON b.id = w.id
    WHERE w.speaker_id IS DISTINCT FROM b.speaker_id;
    IF following IS NOT NULL THEN
        UPDATE annotations_quotesource q
        SET speaker_id = (SELECT m.speaker_id FROM annotations_mention m WHERE m.id = q.mention_id)
        WHERE q.mention_id = ANY (following) AND q.inherited;
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION onrecord_merge() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
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
             UNION SELECT t.id, t.merged_into_id FROM up CROSS JOIN LATERAL (
                 SELECT t.id, t.merged_into_id FROM %1$I t WHERE t.id = up.next OFFSET 0) t)
         SELECT bool_or(id = $2), (array_agg(id) FILTER (WHERE next IS NULL))[1] FROM up', TG_TABLE_NAME)
    INTO cyclic, NEW.canonical_id USING NEW.merged_into_id, NEW.id;
    IF cyclic OR NEW.merged_into_id = NEW.id THEN
        PERFORM onrecord_refuse_circle(NEW.id, TG_TABLE_NAME);
    END IF;
    NEW.canonical_id := coalesce(NEW.canonical_id, NEW.merged_into_id);
    RETURN NEW;
END $$;
CREATE OR REPLACE FUNCTION onrecord_merge_follow() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE followers uuid[];
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(TG_TABLE_NAME || NEW.project_id::text, 0));
    EXECUTE format(
        'WITH RECURSIVE down (id) AS (
             SELECT t.id FROM %1$I t WHERE t.merged_into_id = $1
             UNION SELECT t.id FROM down CROSS JOIN LATERAL (
                 SELECT t.id FROM %1$I t WHERE t.merged_into_id = down.id OFFSET 0) t)
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
CHANGED = re.findall(r"FUNCTION (\w+)\(", AFTER)
SOURCES = rules.NESTING + rules.SPEAKERS + rules.MERGES


def before(name: str) -> str:
    found = re.search(rf"CREATE (FUNCTION {name}\(.*?\$\$;)", SOURCES, re.DOTALL)
    assert found
    return f"CREATE OR REPLACE {found[1]}"


class Migration(migrations.Migration):
    dependencies = [("annotations", "0015_labels")]
    operations = [migrations.RunSQL(AFTER, "\n".join(map(before, CHANGED)))]
