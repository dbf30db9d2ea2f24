"""Speakers in the admin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import OuterRef
from django.http import HttpRequest

from annotations.admin.bulk import SPEAKERS
from annotations.admin.forms import PICKS
from annotations.admin.pages.speaker import speaker_panel
from annotations.models import Quote, QuoteSource, Speaker
from articles.models import Article
from projects.admin.base import BOUND, CountedApart, caller_of, projects_for, visible
from projects.admin.bulk import action_for
from projects.admin.deeds import Deed
from projects.admin.forms import Ground
from projects.admin.lists import DateFilter, ProjectFilter, by, counting, linked, narrowed
from projects.admin.pages import WorkAdmin
from projects.roles import Role

MERGING = (
    Deed("merge", "Merge into another", when=lambda row: row.merged_into_id is None),
    Deed("unmerge", "Take the merge back", when=lambda row: row.merged_into_id is not None),
)


class MergedFilter(admin.SimpleListFilter):
    title = parameter_name = "merged"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, str]]:
        return [("no", "No"), ("yes", "Yes")]

    def queryset(self, request: Any, queryset: Any) -> Any:
        apart = {"no": True, "yes": False}.get(self.value() or "")
        return queryset if apart is None else queryset.filter(merged_into__isnull=apart)


class IdentityAdmin(WorkAdmin):
    """What can be merged: speakers and claims."""

    makers = Role.ANNOTATOR
    deeds = MERGING
    list_prefetch = ("merged_into",)
    list_filter: ClassVar[Any] = (ProjectFilter, MergedFilter, DateFilter)

    def ground(self, request: HttpRequest, record: Mapping[str, Any] | None) -> Ground:
        own = {"into": self.model._meta.get_field("merged_into")}
        projects = {"project": projects_for(request, self.makers)}
        return Ground(request, {**PICKS, **own}, projects, fresh=record is None)

    @admin.display(description="merged into")
    def merged(self, row: Any) -> str:
        return linked(self.address("change", row.merged_into_id), row.merged_into) if row.merged_into_id else "—"


def quotes(request: HttpRequest) -> CountedApart:
    """Quotes in which the speaker, or one merged with it, is the source; from the sources, which are indexed by it."""
    sources = QuoteSource.objects.filter(speaker__canonical=OuterRef("canonical"), role="source")
    if not caller_of(request).everywhere:
        sources = sources.filter(quote__in=visible(request, Quote).values("pk"))
    return CountedApart(sources, "quote", BOUND)


@admin.register(Speaker)
class SpeakerAdmin(IdentityAdmin):
    resource = "speakers"
    panels = (speaker_panel,)
    list_display = (
        *("name", "kind", "named", "known_as", "wikidata", "merged"),
        counting("quotes", "annotations_quote", "speaker"),
    )
    list_counts = {"quotes": quotes}
    list_filter: ClassVar[Any] = (
        *IdentityAdmin.list_filter,
        narrowed("article", Article, by("article")),
        "kind",
        "is_named",
        "gender",
    )
    search_fields = ("name", "aliases")
    search_help_text = "Words of the name, or a whole alias"
    actions: Any = tuple(map(action_for, SPEAKERS))

    @admin.display(description="named")
    def named(self, row: Speaker) -> str:
        return "yes" if row.is_named else "no"

    @admin.display(description="Wikidata")
    def wikidata(self, row: Speaker) -> str:
        return row.wikidata_qid or ""

    @admin.display(description="also called")
    def known_as(self, row: Speaker) -> str:
        return ", ".join(row.aliases)
