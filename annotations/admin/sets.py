"""Annotation sets in the admin."""

from django.contrib import admin

from annotations.admin.pages.set import set_panel
from annotations.models import AnnotationSet
from projects.admin import ReadOnlyAdmin


@admin.register(AnnotationSet)
class AnnotationSetAdmin(ReadOnlyAdmin):
    list_display = ("annotator_name", "label", "kind", "status", "created_at")
    list_filter = ("kind", "status")
    panels = (set_panel,)
