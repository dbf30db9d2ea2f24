"""Single span annotations and evidence: made, altered, deleted, reviewed; after `enter_set` has locked their set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from annotations.actions.documents import alter_one, store_one
from annotations.actions.links import ground_fault
from annotations.actions.sets import delete_annotations, lock, share
from annotations.actions.spots import article_and_own_set, article_of, remember
from annotations.choices import ReviewStatus
from annotations.models import AnnotationSet, Claim, ClaimOccurrence, Evidence
from annotations.permissions import refuse_own_work, require_maker, require_open, require_set
from articles.models import Article
from backend.errors import Problem, invalid
from projects.actions.rows import InUse, Stamps, create_row, delete_unused, in_use, new_stamps, update_row
from projects.permissions import require
from projects.references import demand
from projects.roles import Caller, Role

Warnings = list[dict[str, str]]
# Changing these is seen beyond the row, in other quotes' depths and sources: no other writer may be in the set then.
FAR_REACHING = {"parent", "speaker"}


def enter_set(set_id: UUID | None, data: Iterable[str] = ()) -> AnnotationSet | None:
    """Locks the set before any of its rows: the one order in which everybody locks."""
    if set_id is None:
        return None
    return lock(set_id) if FAR_REACHING & set(data) else share([set_id])[0]


def create_annotation(
    *,
    caller: Caller,
    kind: str,
    data: Mapping[str, Any],
    utf16: bool = False,
    back: Stamps | None = None,
    proof: Any = None,
) -> tuple[UUID, Warnings]:
    """A quote, mention or occurrence on an article that the caller sees. 422 `no-such-object`, 409 `set-not-open`."""
    article, own = article_and_own_set(caller, data["article"], proof)
    require(caller, article.project_id, Role.ANNOTATOR)
    sent = {name: value for name, value in data.items() if name != "article"}
    node, call = store_one(caller=caller, article=article, kind=kind, data=sent, utf16=utf16, back=back, own=own)
    place = call.places[node]
    remember(proof, data.get("set"), call.sets[place.set], article.head, call.text_at(place))
    return node.id, call.anchoring.warnings


def update_annotation(
    *, caller: Caller, kind: str, row: Any, annotation_set: AnnotationSet, data: Mapping[str, Any], utf16: bool = False
) -> Warnings:
    require_set(caller, annotation_set)
    require_open(annotation_set)
    call = alter_one(caller=caller, row=row, kind=kind, data=data, utf16=utf16, annotation_set=annotation_set)
    return call.anchoring.warnings


def delete_annotation(*, caller: Caller, row: Any, annotation_set: AnnotationSet) -> None:
    """Deleting a quote deletes its source links, never a mention. Error: 409 `in-use`."""
    require_set(caller, annotation_set)
    require_open(annotation_set)
    try:
        delete_annotations(type(row)._default_manager.filter(pk=row.pk), caller)
    except InUse:
        raise in_use(row, caller) from None


def review_annotation(
    *, caller: Caller, row: Any, annotation_set: AnnotationSet, decision: str, comment: str = ""
) -> None:
    """A curator's decision, whatever the set's status; never on one's own work."""
    require(caller, row.project_id, Role.CURATOR)
    refuse_own_work(caller, row, annotation_set)
    update_row(row, {"review_status": decision}, caller, comment, force=bool(comment))


def review_kept(caller: Caller, stored: Mapping[str, Any]) -> str:
    """The review status with which a deleted annotation comes back: nobody approves their own work by this road."""
    owner = AnnotationSet.objects.filter(pk=stored["set"]).values_list("annotator_user", flat=True).first()
    own = caller.user is not None and str(caller.user.pk) in {stored["created_by"], str(owner)}
    return ReviewStatus.UNREVIEWED if own else stored["review_status"]


def create_evidence(
    *, caller: Caller, data: Mapping[str, Any], utf16: bool = False, back: Stamps | None = None
) -> tuple[UUID, Warnings]:
    """Evidence on a span (in a set), on an occurrence (in its set), or on a page (in none)."""
    claims = Claim.objects.visible_to(caller)
    demand(claims, {"/claim": data["claim"]})
    claim = claims.get(pk=data["claim"])
    if fault := ground_fault(data):
        raise Problem(422, fault)
    if data.get("url") is not None:
        return create_web_evidence(caller, claim, data, back), []
    article = ground_article(caller, data)
    if article.project_id != claim.project_id:
        raise invalid("no-such-object", "There is no such object here, or you may not see it.", "/claim")
    require(caller, article.project_id, Role.ANNOTATOR)
    own = {name: value for name, value in data.items() if name != "article"}
    node, call = store_one(caller=caller, article=article, kind="evidence", data=own, utf16=utf16, back=back)
    return node.id, call.anchoring.warnings


def ground_article(caller: Caller, data: Mapping[str, Any]) -> Article:
    """The article that the evidence's span or occurrence is on. Errors: 422 `evidence-ground`, `article-required`."""
    if data.get("occurrence") is not None:
        rows = ClaimOccurrence.objects.visible_to(caller)
        demand(rows, {"/occurrence": data["occurrence"]})
        article = Article.objects.get(pk=rows.values_list("article_id").get(pk=data["occurrence"])[0])
        if data.get("article") not in (None, article.pk):
            raise invalid("evidence-ground", "The occurrence is on another article.", "/article")
        return article
    if data.get("article") is None:
        raise invalid("article-required", "A span needs the article it is on.", "/article")
    return article_of(caller, data["article"])


def create_web_evidence(caller: Caller, claim: Claim, data: Mapping[str, Any], back: Stamps | None) -> UUID:
    """Evidence that rests on a web page, and lives in no set."""
    require_maker(caller, claim.project_id, "evidence")
    fields = {name: data[name] for name in ("stance", "url", "excerpt", "note") if name in data}
    row = Evidence(**back or new_stamps(), project_id=claim.project_id, claim_id=claim.pk, **fields)
    return create_row(row, caller).pk  # type: ignore[no-any-return]


def update_evidence(
    *, caller: Caller, row: Evidence, annotation_set: AnnotationSet | None, data: Mapping[str, Any], utf16: bool = False
) -> Warnings:
    """Error: 422 `evidence-ground`, where evidence on a web page is to get another ground."""
    if annotation_set is not None:
        return update_annotation(
            caller=caller, kind="evidence", row=row, annotation_set=annotation_set, data=data, utf16=utf16
        )
    require_maker(caller, row.project_id, "evidence")
    if any(data.get(name) is not None for name in ("span", "quote", "occurrence")):
        raise invalid("evidence-ground", "This evidence rests on a url; make another one for a span.")
    if "claim" in data:
        demand(Claim.objects.visible_to(caller).filter(project=row.project_id), {"/claim": data["claim"]})
    columns = {"claim_id" if name == "claim" else name: value for name, value in data.items()}
    columns = {name: value for name, value in columns.items() if name not in {"span", "quote", "occurrence"}}
    update_row(row, columns, caller)
    return []


def delete_evidence(*, caller: Caller, row: Evidence, annotation_set: AnnotationSet | None) -> None:
    if annotation_set is not None:
        delete_annotation(caller=caller, row=row, annotation_set=annotation_set)
        return
    require_maker(caller, row.project_id, "evidence")
    delete_unused(row, caller)
