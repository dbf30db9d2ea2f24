"""Mentions in the admin."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Prefetch
from django.urls import reverse

from annotations.admin.bulk import ASSIGN_MENTION
from annotations.admin.spans import SpanAdmin
from annotations.models import Mention, Speaker
from projects.admin.bulk import action_for
from projects.admin.lists import linked, narrowed


class ResolvedFilter(admin.SimpleListFilter):
    """Whether it is known whom a mention means."""

    title = "speaker known"
    parameter_name = "resolved"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Yes"), ("no", "No")]

    def queryset(self, request: Any, queryset: Any) -> Any:
        known = {"yes": False, "no": True}.get(self.value() or "")
        return queryset if known is None else queryset.filter(speaker__isnull=known)


@admin.register(Mention)
class MentionAdmin(SpanAdmin):
    resource = "mentions"
    list_display = ("words", "means", "kind", "reviewed", "tagged", "place")
    list_prefetch = (Prefetch("speaker", Speaker.objects.select_related("canonical")),)
    list_filter: ClassVar[Any] = (
        *SpanAdmin.list_filter,
        narrowed("speaker", Speaker, lambda rows, speaker: rows.of_speaker(speaker.pk)),
        ResolvedFilter,
        "kind",
    )
    actions: Any = (*SpanAdmin.actions, action_for(ASSIGN_MENTION))

    @admin.display(description="means")
    def means(self, row: Mention) -> str:
        if row.speaker_id is None:
            return "—"
        speaker = row.speaker.canonical
        return linked(reverse("admin:annotations_speaker_change", args=[speaker.pk]), speaker.name)
