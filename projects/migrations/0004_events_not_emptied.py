"""Events are not emptied either: TRUNCATE asks no trigger of the rows, so it has one of its own."""

from django.db import migrations

FORWARD = """
CREATE TRIGGER event_not_emptied BEFORE TRUNCATE ON projects_event
    FOR EACH STATEMENT EXECUTE FUNCTION onrecord_event_append_only();
"""
BACKWARD = "DROP TRIGGER event_not_emptied ON projects_event;"


class Migration(migrations.Migration):
    dependencies = [("projects", "0003_retries_and_limits")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
