"""Rows without tags have no entry in the index of tags: it is asked for one tag, and nearly all rows have none."""

import django.contrib.postgres.indexes
from django.db import migrations, models

TABLES = {"occurrence": "claimoccurrence", "mention": "mention", "quote": "quote"}


def tags(table: str, **condition: models.Q) -> migrations.AddIndex:
    index = django.contrib.postgres.indexes.GinIndex(fields=["tags"], name=f"{table}_tags", **condition)
    return migrations.AddIndex(model_name=TABLES[table], index=index)


class Migration(migrations.Migration):
    dependencies = [("annotations", "0017_plain_spans_first")]

    operations = [
        *(migrations.RemoveIndex(model_name=model, name=f"{table}_tags") for table, model in TABLES.items()),
        *(tags(table, condition=models.Q(("tags", []), _negated=True)) for table in TABLES),
    ]
