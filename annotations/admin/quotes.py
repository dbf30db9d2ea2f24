"""Quotes in the admin."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Prefetch
from django.urls import reverse
from django.utils.html import format_html, format_html_join

from annotations.admin.bulk import ASSIGN
from annotations.admin.pages.quote import quote_panel
from annotations.admin.spans import SpanAdmin
from annotations.models import Quote, QuoteSource, Speaker
from projects.admin.bulk import action_for
from projects.admin.lists import cut, narrowed


@admin.register(Quote)
class QuoteAdmin(SpanAdmin):
    resource = "quotes"
    panels = (quote_panel,)
    list_display = ("words", "said_by", "type", "reviewed", "tagged", "place")
    list_filter: ClassVar[Any] = (
        *SpanAdmin.list_filter,
        narrowed("speaker", Speaker, lambda rows, speaker: rows.of_speaker(speaker.pk)),
        "type",
        "act",
        "factuality",
    )
    list_prefetch = (
        Prefetch("sources", QuoteSource.objects.select_related("speaker__canonical", "mention").order_by("position")),
    )
    actions: Any = (*SpanAdmin.actions, action_for(ASSIGN))

    @admin.display(description="said by, with the cue")
    def said_by(self, row: Quote) -> str:
        names = format_html_join(", ", '<a href="{}">{}</a>', map(source_link, row.sources.all())) or "—"
        return format_html("{}<br><small><i>{}</i></small>", names, row.cue_exact) if row.cue_exact else names


def source_link(source: QuoteSource) -> tuple[str, str]:
    """To the speaker; to the mention, where it is not known who that is."""
    if source.speaker_id:
        speaker = source.speaker.canonical
        return reverse("admin:annotations_speaker_change", args=[speaker.pk]), cut(speaker.name, 40)
    words = f"“{cut(source.mention.exact, 40)}”"
    return reverse("admin:annotations_mention_change", args=[source.mention_id]), words
