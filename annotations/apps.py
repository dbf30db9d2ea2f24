"""The app, and what the violation of each of its database rules means to a caller."""

from typing import ClassVar

from django.apps import AppConfig

from backend.errors import Refusal

OUT_OF_RANGE = Refusal(422, "span-out-of-range", "The span reaches beyond its text.")
NOT_THE_TEXT = Refusal(422, "exact-mismatch", "`exact` is not what the text holds there.")
EXTERNAL_ID = Refusal(409, "already-exists", "Its set already holds an annotation of this kind with this external_id.")
CROSS_SET = Refusal(422, "cross-set", "Links between span annotations stay within one set.")
ABSENT = Refusal(422, "no-such-object", "Something this refers to is not in the project, or has just been deleted.")

# The composite keys of migration 0002: those within a set, and those within a project.
SET_KEYS = (
    "quote_parent_fk",
    "source_quote_fk",
    "source_mention_fk",
    "occurrence_quote_fk",
    "evidence_quote_fk",
    "evidence_occurrence_fk",
)
PROJECT_KEYS = (
    "set_parent_parent_fk",
    "speaker_article_fk",
    "speaker_affiliation_fk",
    "speaker_merged_into_fk",
    "claim_merged_into_fk",
    "relation_source_fk",
    "relation_target_fk",
    "review_claim_fk",
    "mention_speaker_fk",
    "source_speaker_fk",
    "source_affiliation_fk",
    "occurrence_claim_fk",
    "claimant_speaker_fk",
    "evidence_claim_fk",
)


class AnnotationsConfig(AppConfig):
    name = "annotations"
    refusals: ClassVar = {
        **dict.fromkeys(SET_KEYS, CROSS_SET),
        **dict.fromkeys(PROJECT_KEYS, ABSENT),
        **dict.fromkeys(
            ("quote_external_id_unique", "mention_external_id_unique", "occurrence_external_id_unique"), EXTERNAL_ID
        ),
        "span_in_range": OUT_OF_RANGE,
        "span_exact": NOT_THE_TEXT,
        "span_pieces_form": Refusal(422, "fragments-differ", "The fragments and the extent of the span disagree."),
        "span_pieces_disjoint": Refusal(422, "fragments-overlap", "Two fragments hold the same character."),
        "quote_no_cycle": Refusal(422, "nesting-cycle", "The quotes would nest in a circle."),
        "quote_depth": Refusal(422, "nesting-too-deep", "Quotes nest at most 8 levels deep."),
        "mention_pieces_unique": Refusal(
            409, "already-exists", "The set already has a mention on exactly these pieces."
        ),
        "source_mention_or_speaker": Refusal(
            422, "source-empty", "A source needs a mention (or a span), or a speaker."
        ),
        "claimant_somebody": Refusal(422, "claimant-empty", "Name a speaker, or say that it is the author."),
        "evidence_one_ground": Refusal(
            422, "evidence-ground", "Evidence rests on one thing: a span of an article, a claim occurrence, or a url."
        ),
        "set_identity_unique": Refusal(
            409, "already-exists", "This annotator already has a set of this kind and label on this revision."
        ),
        "speaker_qid_unique": Refusal(
            409, "already-exists", "The project already has a speaker with this Wikidata id."
        ),
        "speaker_unnamed_is_local": Refusal(
            422, "speaker-not-local", "An unnamed speaker belongs to an article, and a named one to none."
        ),
        "speaker_local": Refusal(422, "speaker-not-local", "An unnamed speaker is used in its own article only."),
        "merge_no_cycle": Refusal(422, "merge-cycle", "The merge would close a circle."),
        "merge_locality": Refusal(
            422, "merge-not-local", "Nothing merges into an unnamed speaker but unnamed ones of the same article."
        ),
        "relation_unique": Refusal(409, "already-exists", "The two claims stand in this relation already."),
        "relation_symmetric_unique": Refusal(409, "already-exists", "The two claims stand in this relation already."),
        "relation_two_ends": Refusal(422, "relation-to-itself", "A claim stands in no relation to itself."),
    }
