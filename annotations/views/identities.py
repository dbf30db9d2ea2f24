"""Annotation sets, speakers, claims, claim relations, claim reviews."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from uuid import UUID

from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.actions import identities as actions
from annotations.actions import sets as set_actions
from annotations.actions.spots import article_of
from annotations.choices import SetStatus
from annotations.filters.identities import CascadeQuery, ClaimQuery, RelationQuery, ReviewQuery, SetQuery, SpeakerQuery
from annotations.models import AnnotationSet, Claim, ClaimRelation, ClaimReview, Speaker
from annotations.permissions import require_maker, require_set
from annotations.serializers.identities import (
    AnnotationSetSerializer,
    ClaimRelationSerializer,
    ClaimReviewSerializer,
    ClaimSerializer,
    MergeSerializer,
    SpeakerSerializer,
)
from annotations.states import hide_parents
from articles.views import ProjectOwned, without_project
from projects.actions.rows import Stamps
from projects.permissions import require
from projects.roles import Role
from projects.serializers import NothingSerializer
from projects.states import State


class AnnotationSetViewSet(ProjectOwned):
    """Annotation sets: one annotator's pass over one revision of one article."""

    model = AnnotationSet
    serializer_class = AnnotationSetSerializer
    list_query = SetQuery
    queries = {"destroy": CascadeQuery}
    notes = {
        "create": "The annotator is the caller, unless a curator names another one.",
        "destroy": "A set that holds annotations is in use, unless `?cascade=true` deletes these too.",
    }

    def allow(self, row: AnnotationSet) -> None:
        if self.action in {"partial_update", "destroy"}:
            require_set(self.caller, row)

    def perform_create(self, data: Mapping[str, Any], back: Stamps | None = None) -> tuple[UUID, Sequence[Any]]:
        article = article_of(self.caller, data["article"])
        require(self.caller, article.project_id, Role.ANNOTATOR)
        return set_actions.create_set(caller=self.caller, article=article, data=data, back=back).pk, []

    def disclose(self, states: list[State], *, shown: bool) -> None:
        super().disclose(states, shown=shown)
        hide_parents(states, self.caller)

    def sent_anew(self, stored: State) -> State:
        """The annotator comes back as columns; parents, as far as they are still there."""
        parents = set(AnnotationSet.objects.filter(pk__in=stored["parents"]).values_list("pk", flat=True))
        kept = [pk for pk in stored["parents"] if UUID(pk) in parents]
        return {name: value for name, value in stored.items() if name != "annotator"} | {"parents": kept}

    def kept(self, stored: State) -> Mapping[str, Any]:
        return set_actions.annotator_of(stored["annotator"]) | {"status": stored["status"]}

    def perform_update(self, row: AnnotationSet, data: Mapping[str, Any]) -> None:
        set_actions.update_set(caller=self.caller, annotation_set=row, data=data)

    def perform_destroy(self, row: AnnotationSet) -> None:
        cascade = self.parsed.validated_data["cascade"]
        set_actions.delete_set(caller=self.caller, annotation_set=row, cascade=cascade)

    def change_status(self, pk: str, to: SetStatus) -> Response:
        self.query()
        self.validated()

        def change() -> Response:
            row = self.locked(pk)
            set_actions.lock(row.pk)
            set_actions.change_status(caller=self.caller, annotation_set=row, to=to)
            return self.answer(row.pk)

        return self.write(change)

    @action(detail=True, methods=["post"], serializer_class=NothingSerializer)
    def submit(self, request: Request, pk: str) -> Response:
        """Hand the set in: it can no longer be written. Its owner; needs If-Match. 409 `set-not-open` where it
        is not open."""
        return self.change_status(pk, SetStatus.SUBMITTED)

    @action(detail=True, methods=["post"], serializer_class=NothingSerializer)
    def close(self, request: Request, pk: str) -> Response:
        """Close the set for good. Curators; needs If-Match. 409 `status-unchanged` if it is closed already."""
        return self.change_status(pk, SetStatus.CLOSED)

    @action(detail=True, methods=["post"], serializer_class=NothingSerializer)
    def reopen(self, request: Request, pk: str) -> Response:
        """Let the set be written again. Curators; needs If-Match. 409 `status-unchanged` if it is open already."""
        return self.change_status(pk, SetStatus.OPEN)


class IdentityViewSet(ProjectOwned):
    """What can be merged: speakers and claims."""

    makers = Role.ANNOTATOR

    def allow(self, row: Any) -> None:
        """Merging is what curators may, and their token needs no other scope for it."""
        merges = self.action in {"merge", "unmerge"}
        require(self.caller, row.project_id, Role.CURATOR if merges else self.makers)

    def kept(self, stored: State) -> Mapping[str, Any]:
        """A merge comes back with what was merged, if the other one is there."""
        into = self.model._default_manager.filter(pk=stored["merged_into"])
        return {"merged_into_id": into.values_list("pk", flat=True).first()}

    def perform_destroy(self, row: Any) -> None:
        actions.delete_identity(caller=self.caller, row=row)

    @action(detail=True, methods=["post"], serializer_class=MergeSerializer)
    def merge(self, request: Request, pk: str) -> Response:
        """Say that it is the same as another one. Nothing is rewritten: answers, filters and counts resolve it.
        Curators; needs If-Match."""
        self.query()
        into = self.validated()["into"]

        def change() -> Response:
            row = self.locked(pk)
            actions.merge(caller=self.caller, row=row, into=into)
            return self.answer(row.pk)

        return self.write(change)

    @action(detail=True, methods=["post"], serializer_class=NothingSerializer)
    def unmerge(self, request: Request, pk: str) -> Response:
        """Take a merge back. Curators; needs If-Match."""
        self.query()
        self.validated()

        def change() -> Response:
            row = self.locked(pk)
            actions.unmerge(caller=self.caller, row=row)
            return self.answer(row.pk)

        return self.write(change)


class SpeakerViewSet(IdentityViewSet):
    """Speakers: the identities behind mentions, across articles."""

    model = Speaker
    serializer_class = SpeakerSerializer
    list_query = SpeakerQuery

    def perform_create(self, data: Mapping[str, Any], back: Stamps | None = None) -> tuple[UUID, Sequence[Any]]:
        project = self.project_of(data)
        sent = without_project(data)
        return actions.create_speaker(caller=self.caller, project=project, data=sent, back=back).pk, []

    def perform_update(self, row: Speaker, data: Mapping[str, Any]) -> None:
        actions.update_speaker(caller=self.caller, speaker=row, data=data)


class ClaimViewSet(IdentityViewSet):
    """Claims: propositions that can be checked."""

    model = Claim
    serializer_class = ClaimSerializer
    list_query = ClaimQuery

    def perform_create(self, data: Mapping[str, Any], back: Stamps | None = None) -> tuple[UUID, Sequence[Any]]:
        project = self.project_of(data)
        sent = without_project(data)
        return actions.create_claim(caller=self.caller, project=project, data=sent, back=back).pk, []

    def perform_update(self, row: Claim, data: Mapping[str, Any]) -> None:
        actions.update_claim(caller=self.caller, claim=row, data=data)


class OnClaimViewSet(ProjectOwned):
    """What hangs on claims, and is in their project."""

    kind: ClassVar[str]

    def allow(self, row: Any) -> None:
        require_maker(self.caller, row.project_id, self.kind)

    def perform_update(self, row: Any, data: Mapping[str, Any]) -> None:
        actions.update_plain(caller=self.caller, kind=self.kind, row=row, data=data)

    def perform_destroy(self, row: Any) -> None:
        actions.delete_plain(caller=self.caller, kind=self.kind, row=row)


class ClaimRelationViewSet(OnClaimViewSet):
    """Claim relations: how one claim stands to another."""

    model = ClaimRelation
    kind = "claim_relations"
    serializer_class = ClaimRelationSerializer
    list_query = RelationQuery

    def perform_create(self, data: Mapping[str, Any], back: Stamps | None = None) -> tuple[UUID, Sequence[Any]]:
        return actions.create_relation(caller=self.caller, data=data, back=back).pk, []


class ClaimReviewViewSet(OnClaimViewSet):
    """Claim reviews: published verdicts on claims."""

    model = ClaimReview
    kind = "claim_reviews"
    serializer_class = ClaimReviewSerializer
    list_query = ReviewQuery

    def perform_create(self, data: Mapping[str, Any], back: Stamps | None = None) -> tuple[UUID, Sequence[Any]]:
        return actions.create_review(caller=self.caller, data=data, back=back).pk, []
