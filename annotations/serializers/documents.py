"""The annotation document: one shape for bulk calls, imports, exports and seeds.

Its objects are the resources' own, with three differences: they may carry a `key`, references may be `#key`, and what a
resource marks read-only may be sent and is ignored, so that what a GET gave can be posted. `documents/` takes some of
these over all the same: status, review status, merges, and what was derived from what.
"""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from annotations.choices import ReviewStatus, SetStatus
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
    warnings,
)
from articles.serializers import (
    BODY_MAX,
    TITLE_MAX,
    ArticleSerializer,
    PublisherSerializer,
    RevisionSerializer,
)
from backend.fields import INT_MAX, NOTE_MAX, Choice, Closed, Id, Ignored, Int, List, Pattern, Reference, Text

KEY = r"^[^\s#]{1,100}$"
# Read-only fields that the managers' doors take over.
RESTORED: dict[str, Any] = {
    "review_status": lambda: Choice(ReviewStatus, required=False),
    "status": lambda: Choice(SetStatus, required=False),
    "derived_from": lambda: Reference(required=False, allow_null=True),
    "merged_into": lambda: Reference(required=False, allow_null=True),
}


def in_document(base: type[Closed], **extra: serializers.Field[Any, Any, Any, Any]) -> type[Closed]:
    """The document's variant of a resource's serializer."""
    fields: dict[str, Any] = {name: document_field(name, field) for name, field in base._declared_fields.items()}
    fields |= {"project": Ignored()} if "project" in fields else {}
    fields |= {"article": Ignored()} if "article" in fields else {}
    if "id" in fields:
        fields["key"] = Pattern(
            KEY, "q10", required=False, help_text="The sender's own name for it, local to the document."
        )
        fields["id"] = Id(required=False, help_text="As a GET gave it: what the document's references mean by it.")
    fields |= extra
    name = base.__name__.removesuffix("Serializer") + "InDocumentSerializer"
    return type(name, (Closed,), {**fields, "__doc__": base.__doc__})


def document_field(name: str, field: Any) -> Any:
    if name in RESTORED:
        return RESTORED[name]()
    if field.read_only:
        return Ignored(help_text="Read-only: ignored.")
    if type(field) is Id:
        return Reference(**field._kwargs)
    if isinstance(field, serializers.ListSerializer):
        kwargs = {n: v for n, v in field._kwargs.items() if n != "child"}
        return in_document(type(field.child))(many=True, **kwargs)
    if isinstance(field, serializers.ListField) and type(field.child) is Id:
        return List(child=Reference(), **{n: v for n, v in field._kwargs.items() if n != "child"})
    return field


RevisionInDocument = in_document(
    RevisionSerializer,
    number=Int(min_value=1, max_value=INT_MAX),
    title=Text(max_length=TITLE_MAX),
    body=Text(max_length=BODY_MAX),
    reason=Text(max_length=NOTE_MAX, required=False),
    base_revision=Ignored(),
)
ArticleInDocument = in_document(
    ArticleSerializer,
    title=Text(max_length=TITLE_MAX, required=False),
    body=Text(max_length=BODY_MAX, required=False),
    revision=Int(
        required=False,
        min_value=1,
        max_value=INT_MAX,
        help_text="The number by which the document's sets mean this text.",
    ),
    revisions=RevisionInDocument(many=True, required=False, max_length=1000),
)

LISTS: dict[str, type[Closed]] = {
    "publishers": in_document(PublisherSerializer),
    "sets": in_document(AnnotationSetSerializer),
    "speakers": in_document(SpeakerSerializer),
    "claims": in_document(ClaimSerializer),
    "mentions": in_document(MentionSerializer),
    "quotes": in_document(QuoteSerializer),
    "claim_occurrences": in_document(ClaimOccurrenceSerializer),
    "claim_relations": in_document(ClaimRelationSerializer),
    "evidence": in_document(EvidenceSerializer),
    "claim_reviews": in_document(ClaimReviewSerializer),
}
ITEMS_MAX = 20_000


def lists(most: int | None = ITEMS_MAX) -> dict[str, Any]:
    return {name: shape(many=True, required=False, max_length=most) for name, shape in LISTS.items()}


AnnotationDocumentInSerializer = type(
    "AnnotationDocumentInSerializer",
    (Closed,),
    {
        "__doc__": "What is known of one article: its text, and everything annotated on it. All lists are optional.",
        "article": ArticleInDocument(required=False),
        **lists(),
    },
)
# A file may hold an article with more on it than one request takes.
ImportedDocumentSerializer = type(
    "ImportedDocumentSerializer", (Closed,), {"article": ArticleInDocument(required=False), **lists(None)}
)
# In the OpenAPI document: AnnotationDocumentRequest, beside the answer's AnnotationDocument.
extend_schema_serializer(component_name="AnnotationDocument")(AnnotationDocumentInSerializer)


class DocumentArticleSerializer(ArticleSerializer):
    """An article with its text, and with all its revisions where they were asked for."""

    revisions = RevisionSerializer(many=True, read_only=True, help_text="With `?revision=all`.")
    sometimes = frozenset({"revisions"})


class AnnotationDocumentSerializer(Closed):
    """Everything the caller may see about one article."""

    tagged = True
    article = DocumentArticleSerializer()
    publishers = PublisherSerializer(many=True)
    sets = AnnotationSetSerializer(many=True)
    speakers = SpeakerSerializer(many=True)
    claims = ClaimSerializer(many=True)
    mentions = MentionSerializer(many=True)
    quotes = QuoteSerializer(many=True)
    claim_occurrences = ClaimOccurrenceSerializer(many=True)
    claim_relations = ClaimRelationSerializer(many=True)
    evidence = EvidenceSerializer(many=True)
    claim_reviews = ClaimReviewSerializer(many=True)


OUTCOMES = ("created", "reused", "updated")


class StoredObjectSerializer(Closed):
    """What became of one object of a document."""

    type = Choice([*LISTS, "articles"], "DocumentList")
    pointer = Text(help_text="Where it stands in the request.")
    key = Text(allow_null=True)
    sent_id = Id(allow_null=True, help_text="The id it came with.")
    id = Id(help_text="The id it has here.")
    outcome = Choice(OUTCOMES, "Outcome")


class StoredSerializer(Closed):
    """The answer to a written document: what was made, what was there already, and under which ids."""

    created = Int(help_text="How many objects were made.")
    reused = Int()
    updated = Int()
    deleted = Int()
    skipped = Int(help_text="Documents left alone, since their article was there (`on_conflict=skip`).")
    objects = StoredObjectSerializer(many=True)
    warnings = warnings()
    sometimes = frozenset({"warnings"})
