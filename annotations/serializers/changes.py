"""The change feed, and the shapes of what is in it."""

from __future__ import annotations

from annotations.filters.offsets import offset_unit
from annotations.models import (
    AnnotationSet,
    Claim,
    ClaimOccurrence,
    ClaimRelation,
    ClaimReview,
    Evidence,
    Mention,
    Quote,
    Speaker,
)
from annotations.serializers.identities import (
    AnnotationSetSerializer,
    ClaimRelationSerializer,
    ClaimReviewSerializer,
    ClaimSerializer,
    SpeakerSerializer,
)
from annotations.serializers.spans import (
    ClaimOccurrenceSerializer,
    EvidenceSerializer,
    MentionSerializer,
    QuoteSerializer,
)
from articles.models import Article, Publisher, Revision
from articles.serializers import ArticleSerializer, PublisherSerializer, RevisionSerializer
from backend.fields import Choice, Closed, DateTime, Flag, Id, Int, JSONObject, Text
from backend.queries import Query, QueryInt
from projects.actions.rows import type_name
from projects.choices import EventAction
from projects.models import Membership, Project
from projects.serializers import MemberSerializer, ProjectSerializer
from projects.states import state_of

SHAPES: dict[str, type[Closed]] = {
    type_name(model): state_of(shape)
    for model, shape in (
        (Project, ProjectSerializer),
        (Membership, MemberSerializer),
        (Publisher, PublisherSerializer),
        (Article, ArticleSerializer),
        (Revision, RevisionSerializer),
        (AnnotationSet, AnnotationSetSerializer),
        (Quote, QuoteSerializer),
        (Mention, MentionSerializer),
        (Speaker, SpeakerSerializer),
        (Claim, ClaimSerializer),
        (ClaimOccurrence, ClaimOccurrenceSerializer),
        (ClaimRelation, ClaimRelationSerializer),
        (Evidence, EvidenceSerializer),
        (ClaimReview, ClaimReviewSerializer),
    )
}


class ChangesQuery(Query):
    """What to be told of, and from where on."""

    project = Id()
    cursor = Text(required=False, max_length=2000, help_text="The `next` of the last answer; without it, all there is.")
    page_size = QueryInt(
        min_value=1, max_value=1000, default=100, help_text="Changes in an answer, at most: fewer where they are long."
    )
    type = Choice(SHAPES, "ObjectType", required=False, help_text="Only changes of such objects.")
    offset_unit = offset_unit()


class ChangeSerializer(Closed):
    """One change of one object."""

    seq = Int(help_text="Ascends; numbers are left out.")
    action = Choice(EventAction)
    type = Choice(SHAPES, "ObjectType")
    id = Id()
    version = Int(help_text="Of one object, versions ascend.")
    article = Id(allow_null=True)
    set = Id(allow_null=True)
    actor = Text(allow_null=True, help_text="A user's name; null to outsiders.")
    at = DateTime()
    reload = Flag(help_text="The caller may see more or less since then: fetch or drop what this is about.")
    object = JSONObject(
        allow_null=True, help_text="As it stood at this version, in the shape of the resource's history; null if gone."
    )


class ChangesSerializer(Closed):
    """Some changes, and where to go on."""

    results = ChangeSerializer(many=True)
    next = Text(help_text="The `cursor` of the next request. Never null: keep it.")
    more = Flag(help_text="More is waiting: ask again at once.")
