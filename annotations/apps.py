"""The app, and what the violation of each of its database rules means to a caller."""

from typing import ClassVar

from django.apps import AppConfig

from annotations.integrity import INVARIANTS, RECORDED
from backend.errors import Refusal

UNKNOWN_VALUE = Refusal(400, "invalid", "A value is none of those that its field takes.")
OUT_OF_SCALE = Refusal(400, "invalid", "A score is between 0 and 1.")
SPAN_EMPTY = Refusal(422, "span-empty", "A span has a part, a start, an end after it, and the text between them.")
EXTERNAL_ID = Refusal(
    409, "already-exists", "Its set already holds an annotation of this kind with this external_id.", "/external_id"
)
ID_TAKEN = Refusal(409, "already-exists", "There is an object with this id already.")
POSITION_TAKEN = Refusal(409, "already-exists", "Two links have the same place in their order.")
RELATED_ALREADY = Refusal(409, "already-exists", "The two claims stand in this relation already.")
CROSS_SET = Refusal(422, "cross-set", "Links between span annotations stay within one set, and within its revision.")
ABSENT = Refusal(422, "no-such-object", "Something this refers to is not in the project, or has just been deleted.")

FAMILIES = {
    UNKNOWN_VALUE: (
        "set_kind_known",
        "set_status_known",
        "set_annotator_kind_known",
        "speaker_kind_known",
        "speaker_gender_known",
        "speaker_gender_source_known",
        "claim_types_known",
        "claim_worthiness_known",
        "relation_type_known",
        "review_verdict_known",
        "mention_kind_known",
        "mention_review_status_known",
        "quote_review_status_known",
        "quote_medium_known",
        "quote_type_known",
        "quote_act_known",
        "quote_factuality_known",
        "source_role_known",
        "occurrence_review_status_known",
        "occurrence_stance_known",
        "evidence_stance_known",
    ),
    OUT_OF_SCALE: (
        "claim_score_in_range",
        "relation_confidence_in_range",
        "mention_confidence_in_range",
        "quote_confidence_in_range",
        "occurrence_confidence_in_range",
    ),
    SPAN_EMPTY: (
        "span_whole",
        "mention_span_form",
        "quote_span_form",
        "quote_cue_form",
        "occurrence_span_form",
        "occurrence_object_form",
        "occurrence_time_form",
        "evidence_span_form",
    ),
    EXTERNAL_ID: ("quote_external_id_unique", "mention_external_id_unique", "occurrence_external_id_unique"),
    # Unique keys that composite foreign keys point at; only a primary key given twice breaks them.
    ID_TAKEN: (
        "set_on_revision",
        "set_in_project",
        "set_in_article",
        "speaker_in_project",
        "speaker_locality",
        "claim_in_project",
        "relation_in_project",
        "review_in_project",
        "mention_in_project",
        "mention_in_set",
        "quote_in_project",
        "quote_in_set",
        "occurrence_in_project",
        "occurrence_in_set",
        "evidence_in_project",
    ),
    POSITION_TAKEN: ("source_position_unique", "claimant_position_unique", "set_parent_once"),
    RELATED_ALREADY: ("relation_unique", "relation_symmetric_unique"),
    CROSS_SET: (
        "annotation_stays",
        "set_revision_fk",
        "mention_set_fk",
        "quote_set_fk",
        "source_quote_fk",
        "occurrence_set_fk",
        "evidence_set_fk",
    ),
    ABSENT: (
        "set_parent_set_fk",
        "set_parent_parent_fk",
        "speaker_project_fk",
        "claim_project_fk",
        "mention_derived_from_fk",
        "quote_derived_from_fk",
        "source_speaker_fk",
        "source_affiliation_fk",
        "occurrence_derived_from_fk",
        "claimant_occurrence_fk",
        "claimant_speaker_fk",
    ),
}
# Keys whose violation names its field.
ONE_SET = {
    "quote_parent_fk": "/parent",
    "source_mention_fk": "/sources",
    "occurrence_quote_fk": "/quote",
    "evidence_quote_fk": "/quote",
    "evidence_occurrence_fk": "/occurrence",
}
ENDS = {
    "speaker_article_fk": "/article",
    "speaker_affiliation_fk": "/affiliation",
    "speaker_merged_into_fk": "/into",
    "claim_merged_into_fk": "/into",
    "relation_source_fk": "/source",
    "relation_target_fk": "/target",
    "review_claim_fk": "/claim",
    "mention_speaker_fk": "/speaker",
    "occurrence_claim_fk": "/claim",
    "evidence_claim_fk": "/claim",
}


# Two sets that differed in nothing but how their annotator was called stay two.
NAMES_IN_SETS = """
    UPDATE annotations_annotationset s
    SET annotator_name = %(pseudonym)s || CASE WHEN own.n > 1 THEN '-' || own.n ELSE '' END
    FROM (SELECT id, row_number() OVER (PARTITION BY revision_id, annotator_kind, annotator_version, kind, label
                                        ORDER BY id) AS n
          FROM annotations_annotationset
          WHERE annotator_user_id = %(user)s AND (annotator_kind = 'human' OR annotator_name = %(name)s)) own
    WHERE own.id = s.id
"""


class AnnotationsConfig(AppConfig):
    name = "annotations"
    invariants: ClassVar = INVARIANTS
    recorded: ClassVar = RECORDED
    erasures: ClassVar = {"annotation sets": NAMES_IN_SETS}
    refusals: ClassVar = {
        **{rule: refusal for refusal, rules in FAMILIES.items() for rule in rules},
        **{rule: CROSS_SET.at(pointer) for rule, pointer in ONE_SET.items()},
        **{rule: ABSENT.at(pointer) for rule, pointer in ENDS.items()},
        "span_in_range": Refusal(422, "span-out-of-range", "The span reaches beyond its text."),
        "span_exact": Refusal(422, "exact-mismatch", "`exact` is not what the text holds there."),
        "span_pieces_form": Refusal(422, "fragments-differ", "The fragments and the extent of the span disagree."),
        "span_pieces_disjoint": Refusal(422, "fragments-overlap", "Two fragments hold the same character."),
        "quote_no_cycle": Refusal(422, "nesting-cycle", "The quotes would nest in a circle.", "/parent"),
        "quote_depth": Refusal(422, "nesting-too-deep", "Quotes nest at most 8 levels deep.", "/parent"),
        "mention_pieces_unique": Refusal(
            409, "already-exists", "The set already has a mention on exactly these pieces.", "/span"
        ),
        "source_mention_or_speaker": Refusal(
            422, "source-empty", "A source needs a mention (or a span), or a speaker."
        ),
        "claimant_somebody": Refusal(422, "claimant-empty", "Name a speaker, or say that it is the author."),
        "evidence_set_whole": Refusal(
            422, "evidence-ground", "Evidence on a text names its set; evidence on a url is in none."
        ),
        "evidence_one_ground": Refusal(
            422, "evidence-ground", "Evidence rests on one thing: a span of an article, a claim occurrence, or a url."
        ),
        "set_identity_unique": Refusal(
            409, "already-exists", "This annotator already has a set of this kind and label on this revision."
        ),
        "speaker_qid_unique": Refusal(
            409, "already-exists", "The project already has a speaker with this Wikidata id.", "/wikidata_qid"
        ),
        "set_parent_not_itself": Refusal(422, "self-relation", "A set is not made from itself.", "/parents"),
        "speaker_qid_form": Refusal(400, "invalid", "A Wikidata id is Q and a number.", "/wikidata_qid"),
        "speaker_unnamed_is_local": Refusal(
            422, "article-required", "An unnamed speaker belongs to an article, and a named one to none.", "/article"
        ),
        "speaker_local": Refusal(
            422, "speaker-not-local", "An unnamed speaker is used in its own article only.", "/article"
        ),
        "merge_no_cycle": Refusal(422, "merge-cycle", "The merge would close a circle.", "/into"),
        "merge_locality": Refusal(
            422,
            "merge-not-local",
            "Nothing merges into an unnamed speaker but unnamed ones of the same article.",
            "/into",
        ),
        "relation_two_ends": Refusal(422, "self-relation", "A claim stands in no relation to itself.", "/target"),
    }
