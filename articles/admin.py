"""Articles in the admin: stored text is read, never edited."""

from django.contrib import admin

from articles.models import Article, Capture, Publisher, Revision
from projects.admin import ReadOnlyAdmin


@admin.register(Publisher)
class PublisherAdmin(ReadOnlyAdmin):
    list_display = ("name", "domain", "country")
    search_fields = ("name", "domain")


@admin.register(Article)
class ArticleAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "publisher", "published_on", "language", "external_id")
    list_select_related = ("head", "publisher")
    list_filter = ("language",)
    search_fields = ("external_id", "byline")
    date_hierarchy = "published_on"


@admin.register(Revision)
class RevisionAdmin(ReadOnlyAdmin):
    list_display = ("title", "number", "body_length", "created_at")


@admin.register(Capture)
class CaptureAdmin(ReadOnlyAdmin):
    list_display = ("article_id", "sha256", "created_at")
