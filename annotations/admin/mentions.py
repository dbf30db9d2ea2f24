"""Mentions in the admin."""

from django.contrib import admin

from annotations.admin.spans import SpanAdmin
from annotations.models import Mention


@admin.register(Mention)
class MentionAdmin(SpanAdmin):
    list_display = ("exact", "kind", "speaker", "review_status")
    list_select_related = ("speaker",)
