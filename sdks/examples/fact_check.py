"""A bot that follows the change feed, and puts known verdicts on new claims.

    python fact_check.py PROJECT VERDICTS CURSOR [--once]

VERDICTS is a JSON list of published reviews: [{"claim": …, "verdict": …, "rating": …, "url": …, "author": …}, …].
CURSOR is a file that keeps how far the bot has read. It may be stopped at any moment: it then sees some changes again,
and the Idempotency-Key, made of claim and review, keeps it from reviewing twice.
"""

import json
import re
import sys
from pathlib import Path
from typing import TypedDict
from uuid import NAMESPACE_URL, UUID, uuid5

from onrecord_client import Client, Conflict, NotFound
from onrecord_client.models import Change, Claim, ClaimReviewRequest, Verdict


class Review(TypedDict):
    """A verdict that somebody has published."""

    claim: str
    verdict: Verdict
    rating: str
    url: str
    author: str


def words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text.casefold()))


def best(claim: Claim, reviews: list[Review]) -> Review | None:
    """The review of the claim that is worded most alike, if at least three words in four are the same."""

    def alike(review: Review) -> float:
        ours, theirs = words(claim.text), words(review["claim"])
        return len(ours & theirs) / len(ours | theirs)

    found = max(reviews, key=alike, default=None)
    return found if found and alike(found) >= 0.75 else None


def check(client: Client, change: Change, reviews: list[Review]) -> str | None:
    """Reviews the claim that has come or changed; says what was done."""
    if change.action == "deleted":
        return None
    try:
        claim = client.get_claim(change.id)
    except NotFound:
        return None  # gone since
    review = best(claim, reviews)
    if review is None:
        return f"nothing known: {claim.text}"
    body = ClaimReviewRequest(
        claim=claim.id,
        url=review["url"],
        rating_text=review["rating"],
        verdict=review["verdict"],
        author_name=review["author"],
    )
    try:
        client.create_claim_review(body, idempotency_key=str(key(claim.id, review)))
    except Conflict:
        return None  # somebody has put it there already
    return f"{review['verdict']}: {claim.text}"


def key(claim: UUID, review: Review) -> UUID:
    return uuid5(NAMESPACE_URL, f"{claim} {review['url']}")


def main(project: str, verdicts: str, cursor: str, *flags: str) -> None:
    reviews: list[Review] = json.loads(Path(verdicts).read_text(encoding="utf-8"))
    kept = Path(cursor)
    with Client() as client:
        start = kept.read_text() if kept.exists() else None
        feed = client.follow(project, cursor=start, type_="claim", every=None if "--once" in flags else 2.0)
        for answer in feed.answers():
            for change in answer.results:
                if said := check(client, change, reviews):
                    print(said, flush=True)
            kept.write_text(answer.next_)


if __name__ == "__main__":
    main(*sys.argv[1:])
