"""Abbreviations are spelled as such in the admin; nothing changes in the database."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("annotations", "0014_made"),
    ]

    operations = [
        migrations.AlterField(
            model_name="claimreview",
            name="author_url",
            field=models.TextField(blank=True, null=True, verbose_name="author URL"),
        ),
        migrations.AlterField(
            model_name="claimreview",
            name="url",
            field=models.TextField(verbose_name="URL"),
        ),
        migrations.AlterField(
            model_name="evidence",
            name="url",
            field=models.TextField(blank=True, null=True, verbose_name="URL"),
        ),
        migrations.AlterField(
            model_name="speaker",
            name="wikidata_qid",
            field=models.TextField(blank=True, null=True, verbose_name="Wikidata id"),
        ),
    ]
