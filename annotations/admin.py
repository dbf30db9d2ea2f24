"""Annotations in the admin."""

from django.contrib import admin

from annotations.models import (
    AnnotationSet,
    Claim,
    ClaimOccurrence,
    ClaimRelation,
    ClaimReview,
    Evidence,
    Mention,
    Quote,
    Speaker,
)
from projects.admin import ReadOnlyAdmin


@admin.register(AnnotationSet)
class AnnotationSetAdmin(ReadOnlyAdmin):
    list_display = ("annotator_name", "label", "kind", "status", "created_at")
    list_filter = ("kind", "status")


class SpanAdmin(ReadOnlyAdmin):
    list_filter = ("review_status",)
    search_fields = ("exact",)


@admin.register(Quote)
class QuoteAdmin(SpanAdmin):
    list_display = ("exact", "cue_exact", "type", "act", "factuality", "review_status")
    list_filter = ("type", "act", "factuality", "review_status")  # type: ignore[assignment]


@admin.register(Mention)
class MentionAdmin(SpanAdmin):
    list_display = ("exact", "kind", "speaker", "review_status")
    list_select_related = ("speaker",)


@admin.register(ClaimOccurrence)
class ClaimOccurrenceAdmin(SpanAdmin):
    list_display = ("exact", "claim", "stance", "review_status")
    list_select_related = ("claim",)


@admin.register(Evidence)
class EvidenceAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "claim", "stance")
    list_select_related = ("claim",)


@admin.register(Speaker)
class SpeakerAdmin(ReadOnlyAdmin):
    list_display = ("name", "kind", "is_named", "wikidata_qid", "merged_into")
    list_filter = ("kind", "is_named")
    list_select_related = ("merged_into",)
    search_fields = ("name", "wikidata_qid")


@admin.register(Claim)
class ClaimAdmin(ReadOnlyAdmin):
    list_display = ("text", "language", "check_worthiness", "merged_into")
    list_select_related = ("merged_into",)
    search_fields = ("text",)


@admin.register(ClaimRelation)
class ClaimRelationAdmin(ReadOnlyAdmin):
    list_display = ("source", "type", "target")
    list_select_related = ("source", "target")


@admin.register(ClaimReview)
class ClaimReviewAdmin(ReadOnlyAdmin):
    list_display = ("rating_text", "verdict", "author_name", "claim")
    list_select_related = ("claim",)
