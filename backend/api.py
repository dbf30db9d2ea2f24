"""Every v1 resource on one page."""

from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

from annotations.views.changes import ChangesView
from annotations.views.documents import AnnotatedArticleViewSet, ArticleAnnotationsView, ProjectDocumentsView
from annotations.views.exports import ExportView
from annotations.views.identities import (
    AnnotationSetViewSet,
    ClaimRelationViewSet,
    ClaimReviewViewSet,
    ClaimViewSet,
    SpeakerViewSet,
)
from annotations.views.imports import ImportViewSet
from annotations.views.spans import ClaimOccurrenceViewSet, EvidenceViewSet, MentionViewSet, QuoteViewSet
from articles.views import PublisherViewSet, RevisionViewSet
from backend.fields import UUID_PATTERN
from projects.views import MemberViewSet, MeView, ProjectViewSet, TokenViewSet

PROJECT = rf"projects/(?P<project>{UUID_PATTERN.pattern})"
ARTICLE = rf"articles/(?P<article>{UUID_PATTERN.pattern})"

router = SimpleRouter()
# Addresses are tried in this order: what is asked for most comes first.
router.register("quotes", QuoteViewSet, "quote")
router.register("articles", AnnotatedArticleViewSet, "article")
router.register("mentions", MentionViewSet, "mention")
router.register("projects", ProjectViewSet, "project")
router.register(rf"{PROJECT}/members", MemberViewSet, "member")
router.register("publishers", PublisherViewSet, "publisher")
router.register(rf"{ARTICLE}/revisions", RevisionViewSet, "revision")
router.register("annotation-sets", AnnotationSetViewSet, "annotation-set")
router.register("speakers", SpeakerViewSet, "speaker")
router.register("claims", ClaimViewSet, "claim")
router.register("claim-occurrences", ClaimOccurrenceViewSet, "claim-occurrence")
router.register("claim-relations", ClaimRelationViewSet, "claim-relation")
router.register("evidence", EvidenceViewSet, "evidence")
router.register("claim-reviews", ClaimReviewViewSet, "claim-review")
router.register("imports", ImportViewSet, "import")
router.register("tokens", TokenViewSet, "token")

EXPORT = "projects/<uuid:project>/export/<str:format>"
document = ArticleAnnotationsView.as_view({"get": "retrieve", "post": "create", "delete": "destroy"})

urlpatterns: list[URLPattern | URLResolver] = [
    path("articles/<uuid:article>/annotations/", document, name="article-annotations"),
    *router.urls,
    path("changes/", ChangesView.as_view({"get": "changes"}), name="changes"),
    path("me/", MeView.as_view({"get": "retrieve"}), name="me"),
    path(
        "projects/<uuid:project>/documents/", ProjectDocumentsView.as_view({"post": "create"}), name="project-documents"
    ),
    path(f"{EXPORT}/", ExportView.as_view({"get": "export"}), name="project-export"),
    path(f"{EXPORT}/report/", ExportView.as_view({"get": "report"}), name="project-export-report"),
]
