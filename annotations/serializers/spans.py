"""The shapes of spans and span annotations. Offsets are Unicode code points, 0-based, half-open, unless the request
says `?offset_unit=utf16`."""

from __future__ import annotations

from rest_framework import serializers

from annotations.choices import (
    Act,
    EvidenceStance,
    Factuality,
    Medium,
    MentionKind,
    OccurrenceStance,
    QuoteType,
    ReviewStatus,
    SourceRole,
)
from annotations.spans import EXACT_MAX
from articles.serializers import external_id, short
from backend.fields import (
    INT_MAX,
    NOTE_MAX,
    Choice,
    Choices,
    Closed,
    Date,
    Flag,
    Id,
    Ignored,
    Int,
    Number,
    Text,
    Url,
    texts,
)
from projects.serializers import Stamps, WarningSerializer

CONTEXT_MAX, FRAGMENTS_MAX = 2_000, 200
PARTS = ("body", "title")
MENTION_KINDS = [*MentionKind.values, "implicit"]


def context() -> Text:
    return Text(
        max_length=CONTEXT_MAX, required=False, allow_null=True, write_only=True, help_text="Text next to `exact`."
    )


def warnings() -> WarningSerializer:
    return WarningSerializer(many=True, read_only=True, help_text="In the answer to a write, where there are any.")


class FragmentSerializer(Closed):
    """One piece of a span."""

    start = Int(min_value=0, max_value=INT_MAX, required=False, allow_null=True)
    end = Int(min_value=0, max_value=INT_MAX, required=False, allow_null=True)
    exact = Text(max_length=EXACT_MAX, required=False, allow_null=True)
    prefix = context()
    suffix = context()
    complete = True


class SpanSerializer(Closed):
    """A stretch of a text, in one piece or several.

    In a request, what is there decides: `fragments`; or `start`, `end` and `exact`, which must agree; or `exact` alone
    (with `prefix` and `suffix` where it stands more than once), and the server finds it. An answer is always complete:
    `start` and `end` are the extent, `exact` the pieces joined by one space.
    """

    part = Choice(PARTS, "TextPart", required=False)
    start = Int(min_value=0, max_value=INT_MAX, required=False, allow_null=True)
    end = Int(min_value=0, max_value=INT_MAX, required=False, allow_null=True)
    exact = Text(max_length=EXACT_MAX, required=False, allow_null=True)
    prefix = context()
    suffix = context()
    fragments = FragmentSerializer(many=True, required=False, allow_null=True, max_length=FRAGMENTS_MAX)
    complete = True


class SpanAnnotationSerializer(Stamps):
    """What quotes, mentions and claim occurrences share."""

    project = Id(read_only=True)
    article = Id()
    revision = Int(read_only=True, help_text="The number of the revision whose text the span is on.")
    set = Id(required=False, help_text="Without it: the caller's own open set on the head revision.")
    review_status = Choice(ReviewStatus, read_only=True, help_text="Changed by `review/` only.")
    confidence = Number(min_value=0, max_value=1, required=False, allow_null=True)
    tags = texts(required=False)
    note = Text(max_length=NOTE_MAX, required=False)
    external_id = external_id()
    derived_from = Id(read_only=True, allow_null=True, help_text="What it was copied from.")
    warnings = warnings()
    create_only = frozenset({"article", "set"})
    sometimes = frozenset({"warnings"})


class MentionSerializer(SpanAnnotationSerializer):
    """A span that names or refers to a speaker; within a set one per part and pieces, shared by its quotes."""

    span = SpanSerializer()
    kind = Choice(MentionKind, required=False)
    speaker = Id(required=False, allow_null=True)


class SourceSerializer(Closed):
    """Who is quoted, who speaks for them, or whom they address."""

    role = Choice(SourceRole, required=False)
    mention = Id(required=False, allow_null=True)
    span = SpanSerializer(
        required=False, allow_null=True, help_text="Instead of `mention`: finds or makes it in the set."
    )
    speaker = Id(required=False, allow_null=True, help_text="Without it: the mention's own.")
    speaker_name = Ignored(shown=Text(allow_null=True))
    mention_kind = Choice(
        MENTION_KINDS, "SourceMentionKind", required=False, help_text="`implicit` exactly without a mention."
    )
    role_text = short(help_text="The function as the text gives it: Russian Foreign Minister.")
    affiliation = Id(required=False, allow_null=True, help_text="A speaker.")


class QuoteSerializer(SpanAnnotationSerializer):
    """An attribution: content, and where the text has them cue and sources. Direct, indirect or mixed; may nest."""

    content = SpanSerializer()
    cue = SpanSerializer(required=False, allow_null=True)
    cue_lemma = short()
    type = Choice(QuoteType, required=False)
    act = Choice(Act, required=False)
    medium = Choices(Medium, required=False)
    factuality = Choice(Factuality, required=False)
    parent = Id(required=False, allow_null=True, help_text="The quote that this one stands in; at most 8 levels.")
    sources = SourceSerializer(many=True, required=False, max_length=100)
    uttered_on = Date(required=False, allow_null=True)
    venue = short()
    depth = Int(read_only=True, help_text="1 at the top.")
    attribution_chain = serializers.ListField(
        child=serializers.ListField(child=Id()),
        read_only=True,
        help_text="From the outermost quote inwards: the ids of each level's speakers.",
    )
    computed = frozenset({"depth", "attribution_chain"})


class ClaimantSerializer(Closed):
    """Who holds a claim at an occurrence; where its stance is `denies`, who denies it."""

    speaker = Id(required=False, allow_null=True)
    is_author = Flag(required=False, help_text="The author of the article.")


class ClaimOccurrenceSerializer(SpanAnnotationSerializer):
    """A span where a claim is affirmed, denied or reported."""

    span = SpanSerializer()
    claim = Id(required=False, allow_null=True, help_text="null: not yet linked.")
    quote = Id(required=False, allow_null=True, help_text="The quote it sits in.")
    stance = Choice(OccurrenceStance, required=False)
    claimants = ClaimantSerializer(many=True, required=False, max_length=100)
    object_span = SpanSerializer(required=False, allow_null=True)
    time_span = SpanSerializer(required=False, allow_null=True)


class EvidenceSerializer(Stamps):
    """What supports or refutes a claim: a span of an article (`article` with `span`, and `quote` where there is one),
    a claim occurrence, or a web page (`url` with `excerpt`). The first two live in a set, as span annotations do."""

    project = Id(read_only=True)
    article = Id(required=False, allow_null=True)
    revision = Int(read_only=True, allow_null=True)
    set = Id(required=False, allow_null=True)
    claim = Id()
    stance = Choice(EvidenceStance)
    span = SpanSerializer(required=False, allow_null=True)
    quote = Id(required=False, allow_null=True)
    occurrence = Id(required=False, allow_null=True)
    url = Url(max_length=2000, required=False, allow_null=True)
    excerpt = Text(max_length=NOTE_MAX, required=False)
    note = Text(max_length=NOTE_MAX, required=False)
    warnings = warnings()
    create_only = frozenset({"article", "set"})
    sometimes = frozenset({"warnings"})


class ReviewSerializer(Closed):
    """A curator's decision on a span annotation."""

    decision = Choice(ReviewStatus)
    comment = Text(max_length=NOTE_MAX, required=False, help_text="Kept in the history.")
