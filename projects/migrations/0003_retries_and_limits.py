"""Answers kept for their Idempotency-Keys, and what is used up of limits."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0002_rules"),
    ]

    operations = [
        migrations.CreateModel(
            name="Spent",
            fields=[
                (
                    "key",
                    models.BinaryField(
                        help_text="An HMAC of who it is: no name, no address.", primary_key=True, serialize=False
                    ),
                ),
                ("since", models.DateTimeField()),
                ("used", models.IntegerField()),
                ("leased", models.IntegerField(help_text="What the last statement took.")),
            ],
        ),
        migrations.CreateModel(
            name="KeptAnswer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.TextField()),
                ("call", models.BinaryField(help_text="SHA-256 of method, address and content.")),
                ("status", models.SmallIntegerField(null=True)),
                ("headers", models.JSONField(null=True)),
                ("body", models.BinaryField(null=True)),
                (
                    "powers",
                    models.JSONField(
                        help_text="The project and role of each right that the call rested on.", null=True
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), db_index=True),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("user", "key"), name="kept_answer_key_unique")],
            },
        ),
        # Counters need not survive a crash, and so cost no write-ahead log.
        migrations.RunSQL("ALTER TABLE projects_spent SET UNLOGGED", migrations.RunSQL.noop),
    ]
