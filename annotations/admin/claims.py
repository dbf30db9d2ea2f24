"""Claims, where they occur, what they are to each other and what is held for or against them, in the admin."""

from django.contrib import admin

from annotations.admin.spans import SpanAdmin
from annotations.models import Claim, ClaimOccurrence, ClaimRelation, ClaimReview, Evidence
from projects.admin import ReadOnlyAdmin


@admin.register(Claim)
class ClaimAdmin(ReadOnlyAdmin):
    list_display = ("text", "language", "check_worthiness", "merged_into")
    list_select_related = ("merged_into",)
    search_fields = ("text",)


@admin.register(ClaimOccurrence)
class ClaimOccurrenceAdmin(SpanAdmin):
    list_display = ("exact", "claim", "stance", "review_status")
    list_select_related = ("claim",)


@admin.register(ClaimRelation)
class ClaimRelationAdmin(ReadOnlyAdmin):
    list_display = ("source", "type", "target")
    list_select_related = ("source", "target")


@admin.register(Evidence)
class EvidenceAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "claim", "stance")
    list_select_related = ("claim",)


@admin.register(ClaimReview)
class ClaimReviewAdmin(ReadOnlyAdmin):
    list_display = ("rating_text", "verdict", "author_name", "claim")
    list_select_related = ("claim",)
