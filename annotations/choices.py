"""The closed vocabularies of annotations; the database holds each by a CHECK."""

from django.db.models import TextChoices


class SetKind(TextChoices):
    INDIVIDUAL = "individual"
    MACHINE = "machine"
    IMPORTED = "imported"
    ADJUDICATED = "adjudicated"


class SetStatus(TextChoices):
    OPEN = "open"
    SUBMITTED = "submitted"
    CLOSED = "closed"


class AnnotatorKind(TextChoices):
    HUMAN = "human"
    MODEL = "model"
    RULE = "rule"
    IMPORT = "import"


class SpeakerKind(TextChoices):
    PERSON = "person"
    ORGANISATION = "organisation"
    GEOPOLITICAL = "geopolitical"
    GROUP = "group"
    DOCUMENT = "document"
    OTHER = "other"


class Gender(TextChoices):
    FEMALE = "female"
    MALE = "male"
    NON_BINARY = "non_binary"
    OTHER = "other"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"


class GenderSource(TextChoices):
    SELF_IDENTIFIED = "self_identified"
    WIKIDATA = "wikidata"
    EDITORIAL = "editorial"
    INFERRED = "inferred"


class ClaimType(TextChoices):
    EVENT_PROPERTY = "event_property"
    NUMERICAL = "numerical"
    CAUSAL = "causal"
    POSITION = "position"
    QUOTE_VERIFICATION = "quote_verification"
    PREDICTION = "prediction"
    NORMATIVE = "normative"


class CheckWorthiness(TextChoices):
    UNASSESSED = "unassessed"
    NOT_FACTUAL = "not_factual"
    FACTUAL_NOT_WORTHY = "factual_not_worthy"
    NOT_CHECK_WORTHY = "not_check_worthy"
    CHECK_WORTHY = "check_worthy"


class RelationType(TextChoices):
    SAME_AS = "same_as"
    CONTRADICTS = "contradicts"
    SUPPORTS = "supports"
    REFUTES = "refutes"
    ENTAILS = "entails"
    RELATED = "related"


SYMMETRIC = ("same_as", "contradicts", "related")


class Verdict(TextChoices):
    SUPPORTED = "supported"
    MOSTLY_SUPPORTED = "mostly_supported"
    MIXED = "mixed"
    MOSTLY_REFUTED = "mostly_refuted"
    REFUTED = "refuted"
    CONFLICTING = "conflicting"
    NOT_ENOUGH_EVIDENCE = "not_enough_evidence"
    UNRATED = "unrated"


class ReviewStatus(TextChoices):
    UNREVIEWED = "unreviewed"
    APPROVED = "approved"
    REJECTED = "rejected"


class MentionKind(TextChoices):
    NAMED = "named"
    NOMINAL = "nominal"
    PRONOMINAL = "pronominal"
    ANAPHORIC = "anaphoric"


class QuoteType(TextChoices):
    DIRECT = "direct"
    INDIRECT = "indirect"
    MIXED = "mixed"
    FREE_INDIRECT = "free_indirect"
    INDIRECT_FREE_INDIRECT = "indirect_free_indirect"
    REPORTED = "reported"
    UNSPECIFIED = "unspecified"


class Act(TextChoices):
    STATEMENT = "statement"
    BELIEF = "belief"
    KNOWLEDGE = "knowledge"
    INTENTION = "intention"
    ATTITUDE = "attitude"
    DECREE = "decree"
    PERCEPTION = "perception"
    UNSPECIFIED = "unspecified"


class Medium(TextChoices):
    SPEECH = "speech"
    WRITING = "writing"
    THOUGHT = "thought"


class Factuality(TextChoices):
    FACTUAL = "factual"
    NEGATED = "negated"
    NONFACTUAL = "nonfactual"


class SourceRole(TextChoices):
    SOURCE = "source"
    SPOKESPERSON = "spokesperson"
    ADDRESSEE = "addressee"


class OccurrenceStance(TextChoices):
    AFFIRMS = "affirms"
    DENIES = "denies"
    REPORTS = "reports"


class EvidenceStance(TextChoices):
    SUPPORTS = "supports"
    REFUTES = "refutes"
    CONTEXT = "context"


class OnConflict(TextChoices):
    """What becomes of a document whose article is there."""

    FAIL = "fail"
    SKIP = "skip"
    UPSERT = "upsert"
    REPLACE = "replace"
    NEW_REVISION = "new_revision"


class ImportStatus(TextChoices):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @classmethod
    def unfinished(cls) -> list[str]:
        return [cls.QUEUED, cls.RUNNING]
