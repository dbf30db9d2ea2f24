"""The shapes of annotation sets, speakers, claims, relations and reviews."""

from __future__ import annotations

from typing import Any, ClassVar

from annotations.choices import (
    AnnotatorKind,
    CheckWorthiness,
    ClaimType,
    Gender,
    GenderSource,
    RelationType,
    SetKind,
    SetStatus,
    SpeakerKind,
    Verdict,
)
from articles.serializers import language, short, wikidata_qid
from backend.fields import (
    INT_MAX,
    LABEL_MAX,
    NOTE_MAX,
    Choice,
    Choices,
    Closed,
    Date,
    Flag,
    Id,
    Int,
    List,
    Number,
    Pattern,
    Text,
    Url,
    texts,
)
from projects.serializers import Stamps

YEAR, MONTH = r"(0[1-9]|[1-9]\d)\d{2}", "(0[1-9]|1[0-2])"
DAY_OF_MONTH = r"((0[13578]|1[02])-(0[1-9]|[12]\d|3[01])|(0[469]|11)-(0[1-9]|[12]\d|30)|02-(0[1-9]|1\d|2[0-8]))"
FOURTH = "(0[48]|[2468][048]|[13579][26])"  # two digits that four divides, but for 00
LEAP_YEAR = rf"((0[1-9]|[1-9]\d){FOURTH}|{FOURTH}00)"
CLOCK = r"([01]\d|2[0-3]):[0-5]\d"
TIME = rf"^({YEAR}(-{MONTH})?|({YEAR}-{DAY_OF_MONTH}|{LEAP_YEAR}-02-29)(T{CLOCK}(:[0-5]\d)?(Z|[+-]{CLOCK})?)?)$"


class PartialTime(Pattern):
    """A year, month, day or moment that the calendar has, kept as it was written. The pattern knows the leap years."""

    default_error_messages: ClassVar = {"pattern": "This must be a date or time that the calendar has, like {example}."}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(TIME, "2009-04-05", max_length=40, **kwargs)


class AnnotatorSerializer(Closed):
    """Who, or what, annotated."""

    kind = Choice(AnnotatorKind, required=False)
    name = Text(max_length=LABEL_MAX, required=False, allow_null=True, help_text="Null to outsiders for humans.")
    version = Text(max_length=LABEL_MAX, required=False, help_text="Of a model or rule set.")
    user = Text(max_length=150, required=False, allow_null=True, help_text="The member's user name, if it is one.")


class AnnotationSetSerializer(Stamps):
    """One annotator's pass over one revision of one article."""

    project = Id(read_only=True)
    article = Id()
    revision = Int(min_value=1, max_value=INT_MAX, required=False, help_text="The head, if left out.")
    kind = Choice(SetKind, required=False)
    annotator = AnnotatorSerializer(required=False, help_text="The caller, unless a curator names another.")
    label = Text(max_length=LABEL_MAX, required=False)
    status = Choice(SetStatus, read_only=True, help_text="Changed by `submit/`, `close/`, `reopen/`.")
    parents = List(child=Id(), required=False, max_length=100, help_text="Sets this one was made from.")
    create_only = frozenset({"article", "revision", "kind", "annotator", "parents"})


class SpeakerSerializer(Stamps):
    """The identity behind mentions, across articles. An unnamed speaker belongs to one article."""

    project = Id()
    name = Text(max_length=2000, allow_blank=False)
    kind = Choice(SpeakerKind, required=False)
    is_named = Flag(required=False)
    article = Id(required=False, allow_null=True, help_text="Required if unnamed, and null if named.")
    aliases = texts(required=False)
    wikidata_qid = wikidata_qid()
    gender = Choice(Gender, required=False, allow_null=True, help_text="Null: not recorded.")
    gender_source = Choice(GenderSource, required=False, allow_null=True)
    affiliation = Id(required=False, allow_null=True, help_text="A speaker.")
    description = Text(max_length=NOTE_MAX, required=False)
    merged_into = Id(read_only=True, allow_null=True, help_text="Set by `merge/`.")
    quote_count = Int(read_only=True, help_text="Quotes with this speaker as source, among those the caller sees.")
    create_only = frozenset({"project"})
    computed = frozenset({"quote_count"})


class ClaimSerializer(Stamps):
    """A proposition that can be checked, worded so that it stands alone."""

    project = Id()
    text = Text(max_length=5000, allow_blank=False)
    language = language()
    types = Choices(ClaimType, required=False)
    check_worthiness = Choice(CheckWorthiness, required=False)
    check_score = Number(min_value=0, max_value=1, required=False, allow_null=True)
    resolved_time = PartialTime(required=False, allow_null=True)
    merged_into = Id(read_only=True, allow_null=True, help_text="Set by `merge/`.")
    create_only = frozenset({"project"})


class MergeSerializer(Closed):
    """What to merge into."""

    into = Id()


class ClaimRelationSerializer(Stamps):
    """How one claim stands to another. `same_as`, `contradicts` and `related` hold both ways."""

    project = Id(read_only=True)
    source = Id()
    target = Id()
    type = Choice(RelationType)
    confidence = Number(min_value=0, max_value=1, required=False, allow_null=True)
    note = Text(max_length=NOTE_MAX, required=False)
    create_only = frozenset({"source", "target", "type"})


class ClaimReviewSerializer(Stamps):
    """A published verdict on a claim (schema.org ClaimReview)."""

    project = Id(read_only=True)
    claim = Id()
    author_name = short()
    author_url = Url(max_length=2000, required=False, allow_null=True)
    url = Url(max_length=2000)
    title = Text(max_length=5000, required=False)
    reviewed_on = Date(required=False, allow_null=True)
    rating_text = Text(max_length=LABEL_MAX, allow_blank=False, help_text="The publisher's own word.")
    rating_value = Number(required=False, allow_null=True)
    rating_worst = Number(required=False, allow_null=True)
    rating_best = Number(required=False, allow_null=True)
    explanation = Text(max_length=NOTE_MAX, required=False)
    verdict = Choice(Verdict, required=False, help_text="The rating on one scale for all publishers.")
    create_only = frozenset({"claim"})
