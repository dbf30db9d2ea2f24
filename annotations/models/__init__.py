"""Spans over a text, links between them, and the identities behind them."""

from annotations.models.claims import Claim, ClaimRelation, ClaimReview
from annotations.models.identities import Speaker
from annotations.models.jobs import AwaitedReference, ImportedObject, ImportJob, Upload, UploadChunk
from annotations.models.occurrences import Claimant, ClaimOccurrence, Evidence
from annotations.models.quotes import Mention, Quote, QuoteSource
from annotations.models.sets import AnnotationSet, SetParent
from annotations.models.spans import SpanAnnotation

__all__ = [
    "AnnotationSet",
    "AwaitedReference",
    "Claim",
    "ClaimOccurrence",
    "ClaimRelation",
    "ClaimReview",
    "Claimant",
    "Evidence",
    "ImportJob",
    "ImportedObject",
    "Mention",
    "Quote",
    "QuoteSource",
    "SetParent",
    "SpanAnnotation",
    "Speaker",
    "Upload",
    "UploadChunk",
]
