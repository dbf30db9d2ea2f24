"""Chunks, which nobody deletes, are not emptied either; nor, since TRUNCATE … CASCADE would reach them, revisions,
articles and projects."""

from django.db import migrations

FORWARD = """
CREATE TRIGGER chunks_not_emptied BEFORE TRUNCATE ON articles_chunk
    FOR EACH STATEMENT EXECUTE FUNCTION onrecord_chunks_derived();
"""
BACKWARD = "DROP TRIGGER chunks_not_emptied ON articles_chunk;"


class Migration(migrations.Migration):
    dependencies = [("articles", "0004_long_texts")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
