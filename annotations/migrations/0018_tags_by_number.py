"""Which rows have tags is told by the number of these. The planner knows how few have any and how few have a certain one, and
took their share for the product: ten of a thousand for ten of a hundred thousand, which it then fetched one by one."""

import django.contrib.postgres.indexes
from django.db import migrations, models

import backend.sql  # noqa: F401 (the look-up `cardinality`)

TABLES = {"occurrence": "claimoccurrence", "mention": "mention", "quote": "quote"}
TAGGED = models.Q(("tags__cardinality__gt", 0))


def tags(table: str) -> list[migrations.AddIndex]:
    by_tag = django.contrib.postgres.indexes.GinIndex(condition=TAGGED, fields=["tags"], name=f"{table}_tags")
    in_order = models.Index(condition=TAGGED, fields=["project", "id"], include=("tags",), name=f"{table}_tagged")
    return [migrations.AddIndex(model_name=TABLES[table], index=index) for index in (by_tag, in_order)]


class Migration(migrations.Migration):
    dependencies = [("annotations", "0017_plain_spans_first")]

    operations = [
        *(
            migrations.RemoveIndex(model_name=model, name=f"{table}_{name}")
            for table, model in TABLES.items()
            for name in ("tags", "tagged")
        ),
        *(operation for table in TABLES for operation in tags(table)),
    ]
