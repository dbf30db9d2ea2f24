"""An event has a place in the index of the feed once it has one in the feed, and not before."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("projects", "0005_labels")]

    operations = [
        migrations.RemoveConstraint(model_name="event", name="event_seq"),
        migrations.AddConstraint(
            model_name="event",
            constraint=models.UniqueConstraint(
                condition=models.Q(("seq__isnull", False)), fields=("project", "seq"), name="event_seq"
            ),
        ),
    ]
