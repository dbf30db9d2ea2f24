"""What the lists and pages of all that lives in sets have in common."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from annotations.admin.bulk import APPROVE, REJECT, TAG
from annotations.admin.forms import Place, span_ground, texts_of
from annotations.admin.pages.span import Pieces, runs, span_panel
from annotations.models import AnnotationSet
from articles.models import Article, Revision
from projects.admin.bulk import action_for
from projects.admin.deeds import Deed
from projects.admin.forms import Ground
from projects.admin.lists import DateFilter, ProjectFilter, by, cut, linked, narrowed, status
from projects.admin.pages import WorkAdmin
from projects.roles import Role

REVIEW = Deed("review", "Approve or reject")


class InSetAdmin(WorkAdmin):
    """What is in a set, or at least may be."""

    makers = Role.ANNOTATOR
    panels: ClassVar[Any] = (span_panel,)
    list_select_related: ClassVar[Any] = ("article__head", "set")
    list_deferred = ("article__head__body", "article__metadata")
    list_filter: ClassVar[Any] = (
        ProjectFilter,
        narrowed("article", Article, by("article")),
        narrowed("set", AnnotationSet, by("set")),
    )
    search_help_text = "Words of the text, as in a search engine: tax -income “fall next year”"

    def ground(self, request: HttpRequest, record: Mapping[str, Any] | None) -> Ground:
        if record is None:
            return span_ground(request, Place.asked(request, request.POST or request.GET), fresh=True)
        held = AnnotationSet.objects.select_related("article").filter(pk=record["set"]).first()
        return span_ground(request, Place(held.article if held else None, held))

    def preview(self, request: HttpRequest, record: Mapping[str, Any]) -> list[Any]:
        """Each span where it would stand, with the text around it."""
        # Not the set's: a set that would be made with it is not there yet.
        revision = Revision.objects.filter(article=record["article"], number=record["revision"]).first()
        texts = texts_of(revision)
        return [
            {"label": label, "runs": runs(texts[span["part"]], pieces_in(span))} for label, span in spans_in(record)
        ]

    @admin.display(description="article and set", ordering=None)
    def place(self, row: Any) -> str:
        if row.set_id is None:
            return "—"
        article = linked(reverse("admin:articles_article_change", args=[row.article_id]), cut(str(row.article), 50))
        href = reverse("admin:annotations_annotationset_change", args=[row.set_id])
        return format_html("{}<br><small>{}, {}</small>", article, linked(href, row.set), row.set.status)


class SpanAdmin(InSetAdmin):
    """Quotes, mentions and claim occurrences."""

    deeds = (REVIEW,)
    search_fields = ("exact",)
    actions: Any = (action_for(APPROVE), action_for(REJECT), action_for(TAG))
    list_filter: ClassVar[Any] = (*InSetAdmin.list_filter, "review_status", DateFilter)

    @admin.display(description="text")
    def words(self, row: Any) -> str:
        return cut(row.exact)

    @admin.display(description="review")
    def reviewed(self, row: Any) -> str:
        return status(row.review_status)

    @admin.display(description="tags")
    def tagged(self, row: Any) -> str:
        return ", ".join(row.tags)


def pieces_in(span: Mapping[str, Any]) -> Pieces:
    return tuple((piece["start"], piece["end"]) for piece in span["fragments"])


def spans_in(record: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The spans of a record with what they are: `content`, `sources 1 span`."""
    for name, value in record.items():
        label = f"{above} {name.replace('_', ' ')}".strip()
        if isinstance(value, dict) and "fragments" in value:
            yield label.capitalize(), value
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for position, inner in enumerate(value, 1):
                yield from spans_in(inner, f"{label} {position}")
