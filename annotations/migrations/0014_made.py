"""What was made lately is found without a walk over all that was made before."""

import django.contrib.postgres.indexes
from django.db import migrations


def made(table: str, model: str) -> migrations.AddIndex:
    index = django.contrib.postgres.indexes.BrinIndex(autosummarize=True, fields=["created_at"], name=f"{table}_made")
    return migrations.AddIndex(model_name=model, index=index)


class Migration(migrations.Migration):
    dependencies = [("annotations", "0013_last_changes")]

    operations = [made("occurrence", "claimoccurrence"), made("mention", "mention"), made("quote", "quote")]
