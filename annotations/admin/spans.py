"""What the lists and pages of all span annotations have in common."""

from projects.admin import ReadOnlyAdmin


class SpanAdmin(ReadOnlyAdmin):
    list_filter = ("review_status",)
    search_fields = ("exact",)
