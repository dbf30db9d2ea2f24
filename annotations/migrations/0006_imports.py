"""Imports as jobs. A project that goes takes its jobs with it, a job what it remembers, an upload its chunks."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import annotations.models.jobs
import projects.ids

# table -> (name, column, target, what happens when the target goes)
KEYS = {
    "annotations_importjob": [
        ("import_project_fk", "project_id", "projects_project", "CASCADE"),
        ("import_upload_fk", "upload_id", "annotations_upload", "SET NULL"),
    ],
    "annotations_uploadchunk": [("chunk_upload_fk", "upload_id", "annotations_upload", "CASCADE")],
    "annotations_importedobject": [("imported_job_fk", "job_id", "annotations_importjob", "CASCADE")],
    "annotations_awaitedreference": [("awaited_job_fk", "job_id", "annotations_importjob", "CASCADE")],
}
STATEMENTS = [
    f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY ({column}) REFERENCES {target} (id) ON DELETE {fate}"
    for table, keys in KEYS.items()
    for name, column, target, fate in keys
]
# Files come compressed, or are read once: packing each chunk costs more than it saves.
STATEMENTS.append("ALTER TABLE annotations_uploadchunk ALTER COLUMN data SET STORAGE EXTERNAL")


class Migration(migrations.Migration):
    dependencies = [
        ("annotations", "0005_spans_set_wise"),
        ("projects", "0003_retries_and_limits"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Upload",
            fields=[
                ("id", models.UUIDField(default=projects.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("name", models.TextField()),
                ("size", models.BigIntegerField()),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "created_by",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ImportJob",
            fields=[
                ("id", models.UUIDField(default=projects.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("version", models.IntegerField(default=1)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("updated_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("format", models.TextField()),
                ("file", models.TextField()),
                (
                    "on_conflict",
                    models.TextField(
                        choices=[
                            ("fail", "Fail"),
                            ("skip", "Skip"),
                            ("upsert", "Upsert"),
                            ("replace", "Replace"),
                            ("new_revision", "New Revision"),
                        ],
                        default="fail",
                    ),
                ),
                ("dry_run", models.BooleanField(default=False)),
                ("repair", models.BooleanField(default=False)),
                ("mapping", models.JSONField(default=dict)),
                (
                    "status",
                    models.TextField(
                        choices=[
                            ("queued", "Queued"),
                            ("running", "Running"),
                            ("succeeded", "Succeeded"),
                            ("failed", "Failed"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="queued",
                    ),
                ),
                ("done", models.BigIntegerField(default=0)),
                ("total", models.BigIntegerField()),
                ("rate", models.FloatField(null=True)),
                ("report", models.JSONField(default=annotations.models.jobs.empty_report)),
                ("started_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("position", models.BigIntegerField(default=0)),
                ("stored", models.JSONField(default=annotations.models.jobs.empty_report)),
                ("attempts", models.IntegerField(default=0)),
                (
                    "created_by",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="projects.project",
                    ),
                ),
                (
                    "upload",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="annotations.upload",
                    ),
                ),
            ],
            options={
                "verbose_name": "import",
            },
        ),
        migrations.CreateModel(
            name="UploadChunk",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.IntegerField()),
                ("data", models.BinaryField()),
                (
                    "upload",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="annotations.upload",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ImportedObject",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.TextField()),
                ("sent", models.UUIDField(null=True)),
                ("object", models.UUIDField(null=True)),
                ("made", models.BooleanField(default=False)),
                ("payload", models.JSONField(null=True)),
                (
                    "job",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="annotations.importjob",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["job", "sent"], name="imported_sent"),
                    models.Index(fields=["job", "object"], name="imported_object"),
                ],
            },
        ),
        migrations.CreateModel(
            name="AwaitedReference",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.TextField()),
                ("sent", models.UUIDField()),
                ("field", models.TextField()),
                ("target", models.UUIDField()),
                (
                    "job",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="annotations.importjob",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["job", "id"], name="awaited_job")],
            },
        ),
        migrations.AddIndex(
            model_name="importjob",
            index=models.Index(fields=["project", "id"], name="import_project"),
        ),
        migrations.AddIndex(
            model_name="importjob",
            index=models.Index(
                condition=models.Q(("status__in", ["queued", "running"])), fields=["id"], name="import_unfinished"
            ),
        ),
        migrations.AddConstraint(
            model_name="importjob",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["queued", "running", "succeeded", "failed", "cancelled"])),
                name="import_status_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="importjob",
            constraint=models.CheckConstraint(
                condition=models.Q(("on_conflict__in", ["fail", "skip", "upsert", "replace", "new_revision"])),
                name="import_on_conflict_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="uploadchunk",
            constraint=models.UniqueConstraint(fields=("upload", "number"), name="upload_chunk_once"),
        ),
        migrations.RunSQL(";\n".join(STATEMENTS), migrations.RunSQL.noop),
    ]
