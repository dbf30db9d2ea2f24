"""Articles in the admin, with what is annotated in them."""

from django.contrib import admin

from annotations.admin.pages.article import article_panel
from articles.admin import ArticleAdmin
from articles.models import Article

admin.site.unregister(Article)


@admin.register(Article)
class AnnotatedArticleAdmin(ArticleAdmin):
    """The rooms below have never heard of annotations; here they meet."""

    panels = (article_panel,)
