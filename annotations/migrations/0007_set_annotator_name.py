"""Annotators are looked for by their names."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("annotations", "0006_imports"),
        ("articles", "0003_smaller_chunks"),
        ("projects", "0003_retries_and_limits"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name="annotationset",
            index=models.Index(fields=["annotator_name", "id"], name="set_annotator_name"),
        ),
    ]
