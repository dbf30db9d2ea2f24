"""Speakers in the admin."""

from django.contrib import admin

from annotations.models import Speaker
from projects.admin import ReadOnlyAdmin


@admin.register(Speaker)
class SpeakerAdmin(ReadOnlyAdmin):
    list_display = ("name", "kind", "is_named", "wikidata_qid", "merged_into")
    list_filter = ("kind", "is_named")
    list_select_related = ("merged_into",)
    search_fields = ("name", "wikidata_qid")
