"""The sets that others see, and speakers by their Wikidata id, merged ones as well.

With an index of the sets that are not open, whose share the planner knows, it starts at the sets where few are seen, and at
the rows where most are. Before, an annotator who saw nothing had every mention of the project looked at.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("annotations", "0011_tagged")]

    operations = [
        migrations.AddIndex(
            model_name="annotationset",
            index=models.Index(
                condition=models.Q(("status", "open"), _negated=True), fields=["project", "id"], name="set_done"
            ),
        ),
        migrations.AddIndex(
            model_name="speaker",
            index=models.Index(
                condition=models.Q(("wikidata_qid__isnull", False)),
                fields=["project", "wikidata_qid", "id"],
                name="speaker_qid",
            ),
        ),
    ]
