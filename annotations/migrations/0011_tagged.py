"""What has tags, in the order of lists, with its tags: a page by a tag looks at no row that it does not show."""

from django.db import migrations, models


def tagged(table: str, model: str) -> migrations.AddIndex:
    has_some = models.Q(("tags", []), _negated=True)
    return migrations.AddIndex(
        model_name=model,
        index=models.Index(condition=has_some, fields=["project", "id"], include=("tags",), name=f"{table}_tagged"),
    )


class Migration(migrations.Migration):
    dependencies = [("annotations", "0010_scale")]

    operations = [tagged("occurrence", "claimoccurrence"), tagged("mention", "mention"), tagged("quote", "quote")]
