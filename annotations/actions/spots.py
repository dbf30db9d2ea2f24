"""Where callers have just annotated: remembered by the long road of a quote, for the quick one."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from annotations.actions.rows import Place, Texts
from annotations.models import AnnotationSet
from articles.models import Revision
from projects.remembering import Proof


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a caller has just annotated: an open set that they may write in, on the head of its article. `version` is
    the set's, which rises with whatever opens or closes it; `number` the revision's."""

    place: Place
    version: int
    number: int
    texts: Texts


# By who asks (what the database says of them, hashed), the article, and the set as it was named, or None.
SPOTS: dict[tuple[str, UUID, UUID | None], Spot] = {}
MOST, LONGEST = 500, 20_000  # spots, and code points of the text of one


def remember(
    proof: Proof | None, named: UUID | None, annotation_set: AnnotationSet, head: Revision, texts: Texts
) -> None:
    """The caller may write in this open set. Nothing is remembered of older revisions than the `head`."""
    row = annotation_set
    if proof is None or row.revision_id != head.pk or head.body_length > LONGEST:
        return
    if len(SPOTS) >= MOST:
        SPOTS.clear()
    place = Place(row.project_id, row.article_id, row.revision_id, row.pk)
    SPOTS[proof.state, row.article_id, named] = Spot(place, row.version, head.number, texts)
