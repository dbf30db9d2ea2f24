"""Composite keys: no link crosses a set, an article, a revision or a project. Not deferrable: a violation shows where it
happens. A quote takes its source links with it, an occurrence its claimants; anything else in use stays."""

from django.db import migrations

# table -> [(name, columns, target table, target columns, what happens when the target goes)]
SPAN = (
    "set_id, revision_id, article_id, project_id",
    "annotations_annotationset",
    "id, revision_id, article_id, project_id",
    "",
)
IN_PROJECT = "project_id, id"
IN_SET = "set_id, project_id, id"

KEYS = {
    "annotations_annotationset": [
        (
            "set_revision_fk",
            "project_id, article_id, revision_id",
            "articles_revision",
            "project_id, article_id, id",
            "",
        ),
    ],
    "annotations_setparent": [
        ("set_parent_set_fk", "article_id, set_id", "annotations_annotationset", "article_id, id", "ON DELETE CASCADE"),
        (
            "set_parent_parent_fk",
            "article_id, parent_id",
            "annotations_annotationset",
            "article_id, id",
            "ON DELETE CASCADE",
        ),
    ],
    "annotations_speaker": [
        ("speaker_project_fk", "project_id", "projects_project", "id", ""),
        ("speaker_article_fk", "project_id, article_id", "articles_article", IN_PROJECT, ""),
        ("speaker_affiliation_fk", "project_id, affiliation_id", "annotations_speaker", IN_PROJECT, ""),
        ("speaker_merged_into_fk", "project_id, merged_into_id", "annotations_speaker", IN_PROJECT, ""),
    ],
    "annotations_claim": [
        ("claim_project_fk", "project_id", "projects_project", "id", ""),
        ("claim_merged_into_fk", "project_id, merged_into_id", "annotations_claim", IN_PROJECT, ""),
    ],
    "annotations_claimrelation": [
        ("relation_source_fk", "project_id, source_id", "annotations_claim", IN_PROJECT, ""),
        ("relation_target_fk", "project_id, target_id", "annotations_claim", IN_PROJECT, ""),
    ],
    "annotations_claimreview": [
        ("review_claim_fk", "project_id, claim_id", "annotations_claim", IN_PROJECT, ""),
    ],
    "annotations_mention": [
        ("mention_set_fk", *SPAN),
        ("mention_speaker_fk", "project_id, speaker_id", "annotations_speaker", IN_PROJECT, ""),
        (
            "mention_derived_from_fk",
            "project_id, derived_from_id",
            "annotations_mention",
            IN_PROJECT,
            "ON DELETE SET NULL (derived_from_id)",
        ),
    ],
    "annotations_quote": [
        ("quote_set_fk", *SPAN),
        ("quote_parent_fk", "set_id, project_id, parent_id", "annotations_quote", IN_SET, ""),
        (
            "quote_derived_from_fk",
            "project_id, derived_from_id",
            "annotations_quote",
            IN_PROJECT,
            "ON DELETE SET NULL (derived_from_id)",
        ),
    ],
    "annotations_quotesource": [
        ("source_quote_fk", "set_id, project_id, quote_id", "annotations_quote", IN_SET, "ON DELETE CASCADE"),
        ("source_mention_fk", "set_id, project_id, mention_id", "annotations_mention", IN_SET, ""),
        ("source_speaker_fk", "project_id, speaker_id", "annotations_speaker", IN_PROJECT, ""),
        ("source_affiliation_fk", "project_id, affiliation_id", "annotations_speaker", IN_PROJECT, ""),
    ],
    "annotations_claimoccurrence": [
        ("occurrence_set_fk", *SPAN),
        ("occurrence_claim_fk", "project_id, claim_id", "annotations_claim", IN_PROJECT, ""),
        ("occurrence_quote_fk", "set_id, project_id, quote_id", "annotations_quote", IN_SET, ""),
        (
            "occurrence_derived_from_fk",
            "project_id, derived_from_id",
            "annotations_claimoccurrence",
            IN_PROJECT,
            "ON DELETE SET NULL (derived_from_id)",
        ),
    ],
    "annotations_claimant": [
        (
            "claimant_occurrence_fk",
            "project_id, occurrence_id",
            "annotations_claimoccurrence",
            IN_PROJECT,
            "ON DELETE CASCADE",
        ),
        ("claimant_speaker_fk", "project_id, speaker_id", "annotations_speaker", IN_PROJECT, ""),
    ],
    "annotations_evidence": [
        ("evidence_set_fk", *SPAN),
        ("evidence_claim_fk", "project_id, claim_id", "annotations_claim", IN_PROJECT, ""),
        ("evidence_quote_fk", "set_id, project_id, quote_id", "annotations_quote", IN_SET, ""),
        ("evidence_occurrence_fk", "set_id, project_id, occurrence_id", "annotations_claimoccurrence", IN_SET, ""),
    ],
}


def add(table: str) -> str:
    clauses = [
        f"ADD CONSTRAINT {name} FOREIGN KEY ({columns}) REFERENCES {target} ({target_columns}) {deleting}"
        for name, columns, target, target_columns, deleting in KEYS[table]
    ]
    return f"ALTER TABLE {table} {', '.join(clauses)}"


def drop(table: str) -> str:
    return f"ALTER TABLE {table} {', '.join(f'DROP CONSTRAINT {key[0]}' for key in KEYS[table])}"


NOT_ITS_OWN_PARENT = (
    "ALTER TABLE annotations_setparent ADD CONSTRAINT set_parent_not_itself CHECK (set_id <> parent_id)",
    "ALTER TABLE annotations_setparent DROP CONSTRAINT set_parent_not_itself",
)


class Migration(migrations.Migration):
    dependencies = [("annotations", "0001_initial"), ("articles", "0002_rules")]
    operations = [
        *(migrations.RunSQL(add(table), drop(table)) for table in KEYS),
        migrations.RunSQL(*NOT_ITS_OWN_PARENT),
    ]
