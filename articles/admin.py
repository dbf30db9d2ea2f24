"""Articles in the admin: stored text is read, never edited."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse

from articles.models import Article, Capture, Publisher, Revision
from backend.inside import shape_of
from projects.admin import ReadOnlyAdmin
from projects.admin.base import api, projects_for, seen_projects
from projects.admin.deeds import Deed
from projects.admin.forms import Ground, RecordForm
from projects.admin.lists import ProjectFilter, belonging, by, counting, cut, dated, narrowed
from projects.admin.pages import WorkAdmin


class CuratedAdmin(WorkAdmin):
    """What curators make in a project."""

    def ground(self, request: HttpRequest, record: Mapping[str, Any] | None) -> Ground:
        projects = {"project": projects_for(request, self.makers)}
        publishers = {name: Article._meta.get_field(name) for name in ("publisher", "republisher")}
        return Ground(request, publishers, projects, fresh=record is None)


@admin.register(Publisher)
class PublisherAdmin(CuratedAdmin):
    resource = "publishers"
    list_display = ("name", "domain", "country", "wikidata_qid", counting("articles", "articles_article", "publisher"))
    list_counts = {"articles": belonging(Article, "publisher")}
    list_filter: ClassVar[Any] = (ProjectFilter,)
    search_fields = ("name", "domain")
    search_help_text = "How the name, or the domain, begins"

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        if search_term:
            named = queryset.filter(name__istartswith=search_term)
            queryset = named | queryset.filter(domain__istartswith=search_term)
        return queryset, False


class LanguageFilter(admin.SimpleListFilter):
    """The languages that there are: looked up along the index, one after the other."""

    title = parameter_name = "language"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        self.projects = [pk for pk, _ in seen_projects(request)]
        return [(language, language) for language in Article.objects.languages(self.projects)]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        chosen = self.value()
        return queryset.filter(project__in=self.projects, language=chosen) if chosen else queryset


@admin.register(Article)
class ArticleAdmin(CuratedAdmin):
    resource = "articles"
    deeds = (Deed("revise", "Correct the text"),)
    list_display: Any = ("title", "publisher", "published_on", "language", "external_id")
    list_select_related = ("head", "publisher")
    list_deferred = ("head__body", "metadata")
    list_filter: ClassVar[Any] = (
        ProjectFilter,
        narrowed("publisher", Publisher, by("publisher")),
        LanguageFilter,
        dated("day of publication", "published_on", "published"),
    )
    search_fields = ("head__title",)
    search_help_text = "Words of the title or the text"

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """With the titles, by which articles are called; their texts are large."""
        rows, _ = super().get_search_results(request, queryset, search_term)
        return rows.select_related("head").defer("head__body"), False

    @admin.display(description="title")
    def title(self, row: Article) -> str:
        return cut(str(row)) or "(no title)"

    # ---- a new text ----

    def deed_view(self, request: HttpRequest, pk: UUID, name: str) -> HttpResponse:
        """A corrected text is a new revision; the annotations stay on the one they were made on."""
        if name != "revise":
            raise Http404
        row, door = self.seen(request, pk), api(request)
        head = self.record(door, pk)
        value = {"title": head["title"], "body": head["body"], "base_revision": head["revision"]}
        data = request.POST if request.method == "POST" else None
        form = RecordForm(
            shape_of(f"articles/{pk}/revisions")(), ground=Ground(request, fresh=True), data=data, value=value
        )
        context: dict[str, Any] = {"form": form, "add": True}
        if data is not None and form.ready():
            answer, dry = self.sent(request, door, "post", f"articles/{pk}/revisions/", form.body(), None)
            if answer.ok and not dry:
                return self.done(request, answer, "corrected", pk)
            context |= self.told(request, form, answer)
        status = 409 if form.wrong() else 200
        return self.page(request, "form", f"Correct the text of {self.name_of(row)}", row, status=status, **context)


@admin.register(Revision)
class RevisionAdmin(ReadOnlyAdmin):
    list_display = ("title", "number", "body_length", "reason", "created_at")
    list_deferred = ("body",)
    list_filter: ClassVar[Any] = (ProjectFilter, narrowed("article", Article, by("article")))


@admin.register(Capture)
class CaptureAdmin(ReadOnlyAdmin):
    list_display = ("article", "sha256", "created_at")
    list_select_related = ("article__head",)
    list_deferred = ("text", "article__head__body", "article__metadata")
