"""Texts of ASCII alone are cut into chunks by bytes: to find a place in any other is to count up to it, for each chunk anew."""

from importlib import import_module

from django.db import migrations

BEFORE = import_module("articles.migrations.0004_long_texts").FUNCTION
CUT = "SELECT r.id, p.part, n, substr(p.text, n * 1024 + 1, 1024)"
SERIES = "LATERAL generate_series(0, (char_length(p.text) - 1) / 1024) n\n"
FUNCTION = BEFORE.replace(
    CUT,
    """SELECT r.id, p.part, n, CASE
        WHEN m.length = octet_length(m.bytes) THEN convert_from(substr(m.bytes, n * 1024 + 1, 1024), 'UTF8')
        ELSE substr(p.text, n * 1024 + 1, 1024) END""",
    1,
).replace(
    SERIES,
    """LATERAL (SELECT char_length(p.text) AS length, convert_to(p.text, 'UTF8') AS bytes OFFSET 0) m,
         LATERAL generate_series(0, (m.length - 1) / 1024) n
""",
    1,
)


class Migration(migrations.Migration):
    dependencies = [("articles", "0006_labels")]
    operations = [migrations.RunSQL(FUNCTION, BEFORE)]
