"""Abbreviations are spelled as such in the admin; nothing changes in the database."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("articles", "0005_chunks_not_emptied"),
    ]

    operations = [
        migrations.AlterField(
            model_name="article",
            name="url",
            field=models.TextField(blank=True, null=True, verbose_name="URL"),
        ),
        migrations.AlterField(
            model_name="capture",
            name="sha256",
            field=models.TextField(verbose_name="SHA-256"),
        ),
        migrations.AlterField(
            model_name="publisher",
            name="wikidata_qid",
            field=models.TextField(blank=True, null=True, verbose_name="Wikidata id"),
        ),
        migrations.AlterField(
            model_name="revision",
            name="body_length_utf16",
            field=models.IntegerField(verbose_name="body length in UTF-16"),
        ),
        migrations.AlterField(
            model_name="revision",
            name="sha256",
            field=models.TextField(verbose_name="SHA-256"),
        ),
    ]
