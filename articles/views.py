"""The HTTP face of publishers, articles, revisions and captures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from uuid import UUID

from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from articles import actions
from articles.filters import ArticleQuery, PublisherQuery
from articles.models import Article, Capture, Publisher, Revision
from articles.serializers import (
    ArticleItemSerializer,
    ArticleSerializer,
    CaptureSerializer,
    PublisherSerializer,
    RevisionItemSerializer,
    RevisionSerializer,
)
from backend.errors import Fault, Problem, conflict, not_found
from backend.viewsets import Resource
from projects.actions.rows import Stamps
from projects.history import Historied
from projects.models import Project
from projects.permissions import require
from projects.references import demand
from projects.roles import Role
from projects.states import State


class ProjectOwning(Resource):
    """A resource whose `project` stands in the body of its creation, and in the filter of its list."""

    makers: ClassVar[Role] = Role.CURATOR
    proving = frozenset({"list", "retrieve"})

    def asking(self) -> Any:
        """Asked about one project, the query needs no branch for others."""
        project = self.asked_project()
        return self.caller.within(project) if project and not self.caller.everywhere else self.caller

    def asked_project(self) -> UUID | None:
        given = self.request.query_params.get("project") if self.action == "list" else None
        return UUID(given) if given else None

    def project_of(self, data: Mapping[str, Any]) -> UUID:
        """The project of a new object: seen by the caller (else 422), who may make such objects there (else 403)."""
        project: UUID = data["project"]
        demand(Project.objects.visible_to(self.caller), {"/project": project})
        require(self.caller, project, self.makers)
        return project

    def allow(self, row: Any) -> None:
        require(self.caller, row.project_id, self.makers)


class ProjectOwned(ProjectOwning, Historied):
    """Such a resource with a history."""


def without_project(data: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if name != "project"}


class PublisherViewSet(ProjectOwned):
    """Publishers: the outlets of a project's articles."""

    model = Publisher
    serializer_class = PublisherSerializer
    list_query = PublisherQuery

    def perform_create(self, data: Mapping[str, Any], back: Stamps | None = None) -> tuple[UUID, Sequence[Any]]:
        project = self.project_of(data)
        row = actions.create_publisher(caller=self.caller, project=project, data=without_project(data), back=back)
        return row.pk, []

    def perform_update(self, row: Publisher, data: Mapping[str, Any]) -> None:
        actions.update_publisher(caller=self.caller, publisher=row, data=data)

    def perform_destroy(self, row: Publisher) -> None:
        actions.delete_publisher(caller=self.caller, publisher=row)


class ArticleViewSet(ProjectOwned):
    """Articles: news items with their facts and the text of their head revision."""

    model = Article
    serializer_class = ArticleSerializer
    list_query = ArticleQuery
    notes = {
        "list": "Bodies are left out, unless `include=body` asks for them. Ordered by `published_on`, the list leaves "
        "out articles without a date.",
        "create": "The text is kept as it came, but for a leading byte order mark and line ends. An article with the "
        "same `external_id` is 409 `already-exists`.",
        "partial_update": "`title` and `body` cannot be changed, only corrected by a new revision: 422 "
        "`text-is-immutable`.",
        "destroy": "An article with annotations is in use.",
    }
    answers = {"list": ArticleItemSerializer}

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        query: Any = self.query()
        body = query.values.get("include") == "body"
        return self.page(query, body=body)

    def answer(self, *args: Any, **shown: Any) -> Response:
        return super().answer(*args, **{"body": True} | shown)

    def perform_create(self, data: Mapping[str, Any], back: Stamps | None = None) -> tuple[UUID, Sequence[Any]]:
        project = self.project_of(data)
        return actions.create_article(caller=self.caller, project=project, data=data, back=back).pk, []

    def sendable(self, stored: State, *, partial: bool) -> Any:
        """An article that comes back does so with all its texts and its capture, which its tombstone keeps."""
        if partial:
            return super().sendable(stored, partial=True)
        pk = UUID(stored["id"])
        facts = super().sendable(stored, partial=True) | {"project": UUID(stored["project"])}
        texts = actions.lost_texts(pk)
        if not texts:
            raise conflict("text-lost", "The text of this article was not kept.")
        return facts | {"revisions": texts, "capture": actions.lost_capture(pk)}

    def perform_update(self, row: Article, data: Mapping[str, Any]) -> None:
        where = f"POST to /api/v1/articles/{row.pk}/revisions/ instead."
        faults = [
            Fault("text-is-immutable", f"The text of an article is never changed: {where}", f"/{name}")
            for name in actions.TEXT_FIELDS
            if name in data
        ]
        if faults:
            raise Problem(422, faults)
        actions.update_article(caller=self.caller, article=row, data=data)

    def perform_destroy(self, row: Article) -> None:
        actions.delete_article(caller=self.caller, article=row)

    @action(detail=True, methods=["get"], url_path="capture", serializer_class=CaptureSerializer)
    def capture(self, request: Request, pk: str) -> Response:
        """The page as it was captured, boilerplate and all."""
        self.query()
        found = Capture.objects.visible_to(self.caller).filter(pk=pk)
        record = found.records(self.caller).values_list("record", flat=True).first()
        if record is None:
            raise not_found()
        return Response(self.shown(record))


class OfArticle(Resource):
    """What hangs on an article's address."""

    def article(self) -> Article:
        """The article of the address, or 404."""
        found = Article.objects.visible_to(self.caller).filter(pk=self.kwargs["article"]).first()
        if found is None:
            raise not_found()
        return found  # type: ignore[no-any-return]


class RevisionViewSet(OfArticle):
    """Revisions: the immutable texts of an article, numbered from 1."""

    model = Revision
    patterned = False
    serializer_class = RevisionSerializer
    answers = {"list": RevisionItemSerializer}
    notes = {
        "create": "The new text becomes the head, if `base_revision` is the head still: else 409 `revision-conflict`. "
        "Annotations stay on the revision they were made on.",
        "retrieve": "A revision is never changed.",
    }
    unusual = frozenset({"retrieve"})
    http_method_names = ["get", "post", "head", "options"]
    lookup_value_regex = "[1-9][0-9]{0,8}"
    lookup_url_kwarg = "number"

    def get_queryset(self) -> Any:
        return super().get_queryset().filter(article=self.kwargs["article"])

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        query: Any = self.query()
        self.article()
        return self.page(query, body=False)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        self.query()
        found = self.get_queryset().filter(number=int(kwargs["number"])).values_list("pk", flat=True).first()
        if found is None:
            raise not_found()
        return self.answer(found, among=self.seen())

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        self.query()
        data = self.validated()
        article = self.article()
        require(self.caller, article.project_id, Role.CURATOR)

        def change() -> Response:
            row = Article.objects.select_for_update(of=("self",)).get(pk=article.pk)
            texts = {name: data[name] for name in actions.TEXT_FIELDS}
            base, reason = data["base_revision"], data.get("reason", "")
            revision = actions.revise_article(caller=self.caller, article=row, base=base, reason=reason, **texts)
            response = self.answer(revision.pk, 201)
            response.headers["Location"] = request.build_absolute_uri(f"{request.path}{revision.number}/")
            return response

        return self.write(change)
