"""Spans over a text, links between them, and the identities behind them."""

from annotations.models.claims import Claim, ClaimRelation, ClaimReview
from annotations.models.identities import Speaker
from annotations.models.sets import AnnotationSet, SetParent
from annotations.models.spans import (
    Claimant,
    ClaimOccurrence,
    Evidence,
    Mention,
    Quote,
    QuoteSource,
    SpanAnnotation,
)

__all__ = [
    "AnnotationSet",
    "Claim",
    "ClaimOccurrence",
    "ClaimRelation",
    "ClaimReview",
    "Claimant",
    "Evidence",
    "Mention",
    "Quote",
    "QuoteSource",
    "SetParent",
    "SpanAnnotation",
    "Speaker",
]
