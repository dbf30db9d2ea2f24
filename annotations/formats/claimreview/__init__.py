"""Fact checks as schema.org ClaimReview, JSON-LD.

Specification: https://schema.org/ClaimReview, https://schema.org/Claim, https://schema.org/DataFeed; which keys are
needed: https://developers.google.com/search/docs/appearance/structured-data/factcheck.

**Written**: one DataFeed with a ClaimReview for each review: the claim as `itemReviewed`, with its claimants as authors
and the articles it occurs in as appearances; the publisher's rating with its scale; our own verdict as a term of ours
in the feed's context. Lost: everything else, which is most of a project: articles, quotes, spans, relations, evidence,
and of claims all but text and language.

**Read**: a review, an array, a `@graph`, or a feed, of any size; needed are `claimReviewed` (or the claim's own text),
`url` and a `reviewRating` that says something (`key-missing`). Each gives a claim and a review of it. `mapping`:
`{"verdicts": {"Pants on fire": "refuted"}}`, by the publisher's word. Lost, and reported: who made a claim and where it
appeared, as these are said of a claim's occurrences, and an occurrence is a stretch of an article.
"""

from annotations.formats.claimreview.reading import read
from annotations.formats.claimreview.writing import write

__all__ = ["read", "write"]
