"""Annotation documents: everything about one article in one answer, and the bulk doors."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import orjson
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.actions.call import Call
from annotations.actions.documents import store_annotations, store_documents
from annotations.actions.sets import delete_article, empty_sets, lock, lock_all, own_columns
from annotations.filters.documents import DocumentQuery, DocumentsQuery, DocumentWriteQuery
from annotations.models import AnnotationSet
from annotations.querysets.documents import ArticleDocument, article_document
from annotations.serializers.documents import (
    LISTS,
    AnnotationDocumentInSerializer,
    AnnotationDocumentSerializer,
    StoredSerializer,
)
from annotations.views.offsets import astral_texts, with_units
from articles.models import Article
from articles.views import ArticleViewSet, OfArticle
from backend.errors import Problem, not_found
from backend.parsing import NDJSONParser, StrictJSONParser
from backend.preconditions import IfMatch
from projects.models import Project
from projects.permissions import require
from projects.references import demand
from projects.roles import Role
from projects.views import InProject

DOCUMENTS_MAX = 1000


class AnnotatedArticleViewSet(ArticleViewSet):
    """Articles: news items with their facts and the text of their head revision."""

    def perform_destroy(self, row: Article) -> None:
        delete_article(caller=self.caller, article=row)


class ArticleAnnotationsView(OfArticle):
    """The annotation document of one article."""

    model = AnnotationSet
    serializer_class = AnnotationDocumentInSerializer
    queries = {"retrieve": DocumentQuery, "create": DocumentWriteQuery}
    answers = {"retrieve": AnnotationDocumentSerializer, "create": StoredSerializer}
    if_match_optional = True
    proving = frozenset({"retrieve"})
    bulk = frozenset({"create", "destroy"})

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Everything the caller may see about the article, in one request: also every publisher, speaker and claim
        it refers to. A filter keeps the parents and cited objects of what it keeps.

        The answer can be posted back. Its `ETag` is what `mode=replace` and the removal of all annotations ask for.
        """
        values = self.query().validated_data
        every = values["revision"] == "all"
        document = self.document(self.kwargs["article"], values.get("set"), values.get("review_status"), every)
        if "article" not in document.texts:
            raise not_found()
        body = assembled(document, utf16=values["offset_unit"] == "utf16")
        return Response(body, headers={"ETag": document.etag})

    def document(
        self, article: UUID, annotation_set: UUID | None = None, status: str | None = None, every: bool = False
    ) -> ArticleDocument:
        return article_document(
            article,
            self.caller,
            annotation_set=annotation_set,
            review_status=status,
            every_revision=every,
            proof=self.proof,
        )

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Write one document into one set: the caller's own, or `set`. All or nothing.

        Objects may carry a `key` of the sender's choice, and refer to each other by `"#key"`. The answer says which
        ids they have here.

        `mode=add` makes what is not there and reuses what is. `upsert` also alters span annotations that are known by
        their `external_id` (mentions: by where they stand). `replace` first deletes what the set holds, and needs
        `If-Match`.
        """
        values = self.query().validated_data
        data = self.validated()

        def change() -> Response:
            article = self.article()
            require(self.caller, article.project_id, Role.ANNOTATOR)
            chosen = self.chosen_set(article, values.get("set"))
            if values["mode"] == "replace" or "If-Match" in request.headers:
                self.check_unchanged(article, chosen)
            call = store_annotations(
                caller=self.caller,
                article=article,
                document=data,
                mode=values["mode"],
                annotation_set=chosen,
                utf16=values["offset_unit"] == "utf16",
            )
            return Response(stored(call))

        return self.write(change)

    def chosen_set(self, article: Article, pk: UUID | None) -> AnnotationSet | None:
        """The set to write into; None where it is the caller's own and not there yet."""
        rows = AnnotationSet.objects.visible_to(self.caller).filter(article=article.pk)
        demand(rows, {"?set": pk})
        return rows.filter(**{"pk": pk} if pk else own_columns(self.caller, article)).first()

    def check_unchanged(self, article: Article, chosen: AnnotationSet | None) -> None:
        """`replace` needs the ETag of `GET …?set=`; `*` for a set that is not there yet."""
        expected = IfMatch.from_headers(self.request.headers)
        if chosen is None:
            if not expected.any:
                raise Problem.of(412, "stale-version", "The set is not there yet: send `If-Match: *`.")
            return
        lock(chosen.pk)
        expected.check(self.document(article.pk, chosen.pk).etag)

    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Removes all annotations of the article, in all its sets; the sets stay. Managers.

        `If-Match` takes the `ETag` of the annotation document; where older revisions have sets, of `?revision=all`.
        """
        self.query()

        def change() -> Response:
            article = self.article()
            expected = IfMatch.from_headers(request.headers)
            require(self.caller, article.project_id, Role.MANAGER)
            sets = lock_all(article)
            if not expected.any:
                # What goes is on all revisions: where older ones have sets, the tag is that of `?revision=all`.
                older = AnnotationSet.objects.filter(article=article.pk).exclude(revision=article.head_id)
                expected.check(self.document(article.pk, every=older.exists()).etag)
            empty_sets(sets, self.caller)
            return Response(status=204)

        return self.write(change)


class ProjectDocumentsView(InProject):
    """The bulk door: many documents with their articles."""

    model = Project
    parser_classes = [StrictJSONParser, NDJSONParser]
    serializer_class = AnnotationDocumentInSerializer
    queries = {"create": DocumentsQuery}
    answers = {"create": StoredSerializer}
    most = DOCUMENTS_MAX
    bulk = frozenset({"create"})

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Write up to 1,000 annotation documents with their articles, sets and annotators, as a JSON list or as
        NDJSON. All or nothing. Managers. What names no set, in a document without `sets`, goes into the caller's own.

        `on_conflict` says what becomes of a document whose article is there: `fail` refuses the call, `skip` leaves
        the article and its annotations alone, `upsert` and `replace` write into its sets as in
        `writeArticleAnnotations`, `new_revision` adds the text as a revision.
        """
        values = self.query().validated_data
        project = self.project()
        require(self.caller, project.pk, Role.MANAGER)
        documents = self.validated()

        def change() -> Response:
            call = store_documents(
                caller=self.caller,
                project=project.pk,
                documents=documents,
                on_conflict=values["on_conflict"],
                utf16=values["offset_unit"] == "utf16",
            )
            return Response(stored(call))

        return self.write(change)


def stored(call: Call) -> dict[str, Any]:
    warnings = call.anchoring.warnings
    outcomes = call.outcomes()
    call.scope.forget()
    return outcomes | ({"warnings": warnings} if warnings else {})


def assembled(document: ArticleDocument, *, utf16: bool) -> dict[str, Any]:
    """The document as JSON: the database's own records, or their spans recounted."""
    lists = document.texts
    article = lists["article"][1:-1]
    if "revisions" in lists:
        # Spliced, not parsed: the numbers in `metadata` may be beyond what a parser keeps.
        article = f'{article.rstrip()[:-1]}, "revisions": {lists["revisions"]}}}'
    body: dict[str, Any] = {"article": orjson.Fragment(article), **{n: orjson.Fragment(lists[n]) for n in LISTS}}
    if utf16:
        plain = orjson.loads(orjson.dumps({name: body[name] for name in LISTS}))
        texts = astral_texts(record for records in plain.values() for record in records)
        for name, records in plain.items():
            body[name] = [with_units(r, texts.get((r.get("article"), r.get("revision")))) for r in records]
    return body
