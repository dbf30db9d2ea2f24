"""The quotes of a speaker with the sets that they are in: whoever sees some sets only has theirs counted in an index."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("annotations", "0011_tagged")]

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
    ]
