"""For projects of millions: quotes of a speaker with their sets out of one index, and tables that are vacuumed before
they are stale."""

from django.db import migrations, models

# Of PostgreSQL's defaults, a fifth of the table has to be new before it is vacuumed, a tenth before it is analysed: of
# ten millions, two and one. Until then index-only counts look at the table, and plans are made for what it was.
GROWING = (
    "annotations_annotationset",
    "annotations_claimoccurrence",
    "annotations_mention",
    "annotations_quote",
    "annotations_quotesource",
    "annotations_speaker",
    "articles_article",
    "articles_chunk",
    "articles_revision",
    "projects_event",
)
SETTINGS = {
    "autovacuum_vacuum_insert_scale_factor": 0.02,
    "autovacuum_vacuum_scale_factor": 0.02,
    "autovacuum_analyze_scale_factor": 0.02,
}


def alter(change: str) -> str:
    return ";\n".join(f"ALTER TABLE {table} {change}" for table in GROWING)


class Migration(migrations.Migration):
    dependencies = [("annotations", "0009_two_pieces"), ("articles", "0003_smaller_chunks")]

    operations = [
        migrations.RemoveIndex(model_name="quotesource", name="source_speaker"),
        migrations.AddIndex(
            model_name="quotesource",
            index=models.Index(
                condition=models.Q(("speaker__isnull", False)),
                fields=["speaker", "role", "quote"],
                include=("set",),
                name="source_speaker",
            ),
        ),
        migrations.RunSQL(
            alter(f"SET ({', '.join(f'{name} = {value}' for name, value in SETTINGS.items())})"),
            alter(f"RESET ({', '.join(SETTINGS)})"),
        ),
    ]
