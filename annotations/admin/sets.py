"""Annotation sets in the admin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse

from annotations.admin.forms import PICKS, quote_adder
from annotations.admin.pages.set import set_panel
from annotations.models import AnnotationSet, Quote
from articles.models import Article
from projects.admin.deeds import Deed
from projects.admin.forms import Ground
from projects.admin.lists import DateFilter, ProjectFilter, belonging, by, counting, cut, linked, narrowed, status
from projects.admin.pages import WorkAdmin
from projects.roles import Role


@admin.register(AnnotationSet)
class AnnotationSetAdmin(WorkAdmin):
    resource = "annotation-sets"
    panels = (set_panel,)
    makers = Role.ANNOTATOR
    deeds = (
        Deed("submit", "Submit", Role.ANNOTATOR, lambda row: row.status == "open"),
        Deed("close", "Close", when=lambda row: row.status != "closed"),
        Deed("reopen", "Reopen", when=lambda row: row.status != "open"),
    )
    list_display = (
        *("annotator", "in_article", "label", "kind", "stands"),
        counting("quotes", "annotations_quote", "set"),
        "created_at",
    )
    list_counts = {"quotes": belonging(Quote, "set")}
    list_select_related = ("article__head",)
    list_deferred = ("article__head__body", "article__metadata")
    list_filter: ClassVar[Any] = (
        ProjectFilter,
        narrowed("article", Article, by("article")),
        "status",
        "kind",
        DateFilter,
    )
    search_fields = ("annotator_name", "label")
    search_help_text = "The whole name of an annotator, or a whole label"

    def tools(self, request: HttpRequest, row: Any) -> list[dict[str, str]]:
        adder = quote_adder(request, row.article, row) if row.status == "open" else []
        return [*super().tools(request, row), *adder]

    def ground(self, request: HttpRequest, record: Mapping[str, Any] | None) -> Ground:
        return Ground(request, PICKS, fresh=record is None)

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        if search_term:
            named = queryset.filter(annotator_name=search_term)
            queryset = named | queryset.filter(label=search_term)
        return queryset, False

    @admin.display(description="annotator")
    def annotator(self, row: AnnotationSet) -> str:
        return row.annotator_name

    @admin.display(description="article")
    def in_article(self, row: AnnotationSet) -> str:
        return linked(reverse("admin:articles_article_change", args=[row.article_id]), cut(str(row.article), 60))

    @admin.display(description="status")
    def stands(self, row: AnnotationSet) -> str:
        return status(row.status)
