"""Articles in the admin, with what is annotated in them."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from annotations.admin.forms import quote_adder
from annotations.admin.pages.article import article_panel
from annotations.models import AnnotationSet, Quote
from articles.admin import ArticleAdmin
from articles.models import Article
from projects.admin.lists import belonging, counting

admin.site.unregister(Article)


@admin.register(Article)
class AnnotatedArticleAdmin(ArticleAdmin):
    """The rooms below have never heard of annotations; here they meet."""

    panels = (article_panel,)
    list_display = (
        *ArticleAdmin.list_display,
        counting("sets", "annotations_annotationset", "article"),
        counting("quotes", "annotations_quote", "article"),
    )
    list_counts = {"sets": belonging(AnnotationSet, "article"), "quotes": belonging(Quote, "article")}

    def tools(self, request: HttpRequest, row: Any) -> list[dict[str, str]]:
        return [*super().tools(request, row), *quote_adder(request, row)]
