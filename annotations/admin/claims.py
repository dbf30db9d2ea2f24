"""Claims, where they occur, what they are to each other and what is held for or against them, in the admin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import OuterRef, Prefetch
from django.http import HttpRequest
from django.urls import reverse

from annotations.admin.bulk import CLAIMS
from annotations.admin.forms import PICKS
from annotations.admin.pages.claim import claim_panel
from annotations.admin.spans import InSetAdmin, SpanAdmin
from annotations.admin.speakers import IdentityAdmin
from annotations.models import Claim, ClaimOccurrence, ClaimRelation, ClaimReview, Evidence, Quote
from projects.admin.base import BOUND, Counted, visible
from projects.admin.bulk import action_for
from projects.admin.forms import Ground
from projects.admin.lists import DateFilter, ProjectFilter, by, counting, cut, dated, linked, narrowed
from projects.admin.pages import WorkAdmin
from projects.roles import Role


def claim_link(claim: Claim | None) -> str:
    if claim is None:
        return "—"
    return linked(reverse("admin:annotations_claim_change", args=[claim.pk]), cut(claim.text))


CLAIM = Prefetch("claim", Claim.objects.select_related("canonical"))
OF_CLAIM = narrowed("claim", Claim, lambda rows, claim: rows.of_claim(claim.pk))


def occurrences(request: HttpRequest) -> Counted:
    """Of a claim and all merged with it."""
    rows = visible(request, ClaimOccurrence).filter(claim__canonical=OuterRef("canonical"))
    return Counted(rows, BOUND)


@admin.register(Claim)
class ClaimAdmin(IdentityAdmin):
    resource = "claims"
    panels = (claim_panel,)
    list_display = (
        *("text", "language", "check_worthiness", "merged"),
        counting("occurrences", "annotations_claimoccurrence", "claim"),
    )
    list_counts = {"occurrences": occurrences}
    list_filter: ClassVar[Any] = (*IdentityAdmin.list_filter, "check_worthiness")
    search_fields = ("text",)
    actions: Any = tuple(map(action_for, CLAIMS))


@admin.register(ClaimOccurrence)
class ClaimOccurrenceAdmin(SpanAdmin):
    resource = "claim-occurrences"
    list_display = ("words", "of_claim", "stance", "reviewed", "tagged", "place")
    list_prefetch = (CLAIM,)
    list_filter: ClassVar[Any] = (
        *SpanAdmin.list_filter,
        OF_CLAIM,
        narrowed("quote", Quote, by("quote")),
        "stance",
    )

    @admin.display(description="claim")
    def of_claim(self, row: ClaimOccurrence) -> str:
        return claim_link(row.claim.canonical if row.claim_id else None)


class OnClaimAdmin(WorkAdmin):
    """What hangs on claims, and is in their project."""

    def ground(self, request: HttpRequest, record: Mapping[str, Any] | None) -> Ground:
        ends = {name: PICKS["claim"] for name in ("source", "target")}
        return Ground(request, {**PICKS, **ends}, fresh=record is None)


@admin.register(ClaimRelation)
class ClaimRelationAdmin(OnClaimAdmin):
    resource = "claim-relations"
    makers = Role.ANNOTATOR
    list_display = ("one", "type", "other", "confidence")
    list_display_links = ("type",)
    list_prefetch = tuple(Prefetch(end, Claim.objects.select_related("canonical")) for end in ("source", "target"))
    list_filter: ClassVar[Any] = (ProjectFilter, OF_CLAIM, "type", DateFilter)

    @admin.display(description="source")
    def one(self, row: ClaimRelation) -> str:
        return claim_link(row.source.canonical)

    @admin.display(description="target")
    def other(self, row: ClaimRelation) -> str:
        return claim_link(row.target.canonical)


@admin.register(Evidence)
class EvidenceAdmin(InSetAdmin):
    resource = "evidence"
    list_display = ("ground_of", "stance", "on_claim", "place")
    list_prefetch = (CLAIM, "occurrence")
    list_filter: ClassVar[Any] = (*InSetAdmin.list_filter, OF_CLAIM, "stance", DateFilter)

    @admin.display(description="rests on")
    def ground_of(self, row: Evidence) -> str:
        return cut(str(row))

    @admin.display(description="claim")
    def on_claim(self, row: Evidence) -> str:
        return claim_link(row.claim.canonical)


@admin.register(ClaimReview)
class ClaimReviewAdmin(OnClaimAdmin):
    resource = "claim-reviews"
    list_display = ("rating_text", "verdict", "author_name", "reviewed_on", "of_claim")
    list_prefetch = (CLAIM,)
    list_filter: ClassVar[Any] = (
        *(ProjectFilter, OF_CLAIM, "verdict", DateFilter),
        dated("day of review", "reviewed_on", "reviewed"),
    )

    @admin.display(description="claim")
    def of_claim(self, row: ClaimReview) -> str:
        return claim_link(row.claim.canonical)
