"""Quotes in the admin."""

from django.contrib import admin

from annotations.admin.pages.quote import quote_panel
from annotations.admin.spans import SpanAdmin
from annotations.models import Quote


@admin.register(Quote)
class QuoteAdmin(SpanAdmin):
    list_display = ("exact", "cue_exact", "type", "act", "factuality", "review_status")
    list_filter = ("type", "act", "factuality", "review_status")  # type: ignore[assignment]
    panels = (quote_panel,)
