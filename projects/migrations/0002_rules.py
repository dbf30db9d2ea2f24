"""Events are append-only: only the feed's sequencer may fill in an empty `seq`, from a sequence that all projects share."""

from django.db import migrations

FORWARD = """
-- Never with a CACHE: numbers must ascend from one connection to the next.
CREATE SEQUENCE onrecord_event_seq AS bigint CACHE 1;
CREATE FUNCTION onrecord_event_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE numbered projects_event := OLD;
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.seq IS NULL THEN
        numbered.seq := NEW.seq;
        IF numbered *= NEW THEN  -- byte for byte, which is cheap
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'events are append-only'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'event_append_only', TABLE = TG_TABLE_NAME;
END $$;
CREATE TRIGGER event_append_only BEFORE UPDATE OR DELETE ON projects_event
    FOR EACH ROW EXECUTE FUNCTION onrecord_event_append_only();
"""
BACKWARD = """
DROP TRIGGER event_append_only ON projects_event;
DROP FUNCTION onrecord_event_append_only();
DROP SEQUENCE onrecord_event_seq;
"""


class Migration(migrations.Migration):
    dependencies = [("projects", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
