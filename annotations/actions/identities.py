"""Speakers and claims: made, altered, merged, deleted; claim relations and reviews."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from annotations.actions.rows import plain_columns
from annotations.models import Claim, ClaimRelation, ClaimReview, Speaker
from annotations.permissions import require_maker
from articles.models import Article
from backend.errors import conflict, invalid
from projects.actions.rows import Stamps, create_row, delete_unused, new_stamps, update_row
from projects.permissions import require
from projects.references import demand
from projects.roles import Caller, Role

Identity = Speaker | Claim


def create_speaker(*, caller: Caller, project: UUID, data: Mapping[str, Any], back: Stamps | None = None) -> Speaker:
    demand_links(caller, project, data, data.get("article"))
    back = back or new_stamps()
    row = Speaker(**back, canonical_id=back["id"], project_id=project, **plain_columns(data))
    return create_row(row, caller)  # type: ignore[no-any-return]


def demand_links(caller: Caller, project: UUID, data: Mapping[str, Any], article: UUID | None) -> None:
    """What a speaker of the article (of none, where it is named) refers to is there, and not another article's."""
    demand(Article.objects.visible_to(caller).filter(project=project), {"/article": data.get("article")})
    speakers = Speaker.objects.visible_to(caller).filter(project=project)
    demand(speakers, {"/affiliation": data.get("affiliation")})
    affiliation = speakers.filter(pk=data.get("affiliation"), article__isnull=False)
    if data.get("affiliation") and affiliation.exclude(article=article).exists():
        raise invalid("speaker-not-local", "This unnamed speaker belongs to another article.", "/affiliation")


def update_speaker(*, caller: Caller, speaker: Speaker, data: Mapping[str, Any]) -> None:
    require_maker(caller, speaker.project_id, "speakers")
    article = data.get("article", speaker.article_id)
    if article is not None and article != speaker.article_id:
        require_sight(caller, speaker.project_id)
    demand_links(caller, speaker.project_id, data, article)
    update_row(speaker, plain_columns(data), caller)


def create_claim(*, caller: Caller, project: UUID, data: Mapping[str, Any], back: Stamps | None = None) -> Claim:
    back = back or new_stamps()
    row = Claim(**back, canonical_id=back["id"], project_id=project, **data)
    return create_row(row, caller)  # type: ignore[no-any-return]


def update_claim(*, caller: Caller, claim: Claim, data: Mapping[str, Any]) -> None:
    update_row(claim, data, caller)


def delete_identity(*, caller: Caller, row: Identity) -> None:
    """In use is not deleted."""
    require_sight(caller, row.project_id)
    delete_unused(row, caller)


def require_sight(caller: Caller, project: UUID) -> None:
    """For what is refused where others use the object: in a blind project the refusal would tell annotators of work
    that they do not see, so they may not try (docs/decisions/0058)."""
    if project in caller.blind:
        require(caller, project, Role.CURATOR)


def merge(*, caller: Caller, row: Identity, into: UUID) -> None:
    """Says that `row` is the same as `into`. Nothing else changes: answers resolve the chain to its end.

    Errors (the database's): 422 `merge-cycle`, `merge-not-local`.
    """
    require(caller, row.project_id, Role.CURATOR)
    demand(type(row)._default_manager.visible_to(caller).filter(project=row.project_id), {"/into": into})
    if into == row.pk:
        raise invalid("merge-cycle", "Nothing merges into itself.", "/into")
    update_row(row, {"merged_into_id": into}, caller)


def unmerge(*, caller: Caller, row: Identity) -> None:
    """Takes a merge back. Error: 409 `already-exists` where the Wikidata id has been given to another meanwhile."""
    require(caller, row.project_id, Role.CURATOR)
    if row.merged_into_id is None:
        raise conflict("not-merged", "It is not merged into anything.")
    update_row(row, {"merged_into_id": None}, caller)


def create_relation(*, caller: Caller, data: Mapping[str, Any], back: Stamps | None = None) -> ClaimRelation:
    """Between two claims of one project. Error: 422 `no-such-object`, also for a claim of another project."""
    claims = Claim.objects.visible_to(caller)
    demand(claims, {"/source": data["source"], "/target": data["target"]})
    project = claims.values_list("project_id", flat=True).get(pk=data["source"])
    # The other end in another project is as good as absent.
    demand(claims.filter(project=project), {"/target": data["target"]})
    require_maker(caller, project, "claim_relations")
    row = ClaimRelation(**back or new_stamps(), project_id=project, **plain_columns(data))
    return create_row(row, caller)  # type: ignore[no-any-return]


def create_review(*, caller: Caller, data: Mapping[str, Any], back: Stamps | None = None) -> ClaimReview:
    claims = Claim.objects.visible_to(caller)
    demand(claims, {"/claim": data["claim"]})
    project = claims.values_list("project_id", flat=True).get(pk=data["claim"])
    require_maker(caller, project, "claim_reviews")
    row = ClaimReview(**back or new_stamps(), project_id=project, **plain_columns(data))
    return create_row(row, caller)  # type: ignore[no-any-return]


def update_plain(*, caller: Caller, kind: str, row: Any, data: Mapping[str, Any]) -> None:
    """Relations and reviews: what they hang on does not change."""
    require_maker(caller, row.project_id, kind)
    update_row(row, plain_columns(data), caller)


def delete_plain(*, caller: Caller, kind: str, row: Any) -> None:
    require_maker(caller, row.project_id, kind)
    delete_unused(row, caller)
