"""Quotes, mentions, claim occurrences, evidence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar
from uuid import UUID

import orjson
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.actions import annotations as actions
from annotations.actions import quick
from annotations.filters.offsets import SpanHistoryQuery, UnitQuery
from annotations.filters.spans import EvidenceQuery, MentionQuery, OccurrenceQuery, QuoteQuery
from annotations.models import AnnotationSet, ClaimOccurrence, Evidence, Mention, Quote
from annotations.serializers.spans import (
    ClaimOccurrenceSerializer,
    EvidenceSerializer,
    MentionSerializer,
    QuoteSerializer,
    ReviewSerializer,
)
from annotations.views.offsets import recount
from articles.views import ProjectOwned
from backend.errors import not_found
from backend.preconditions import etag
from projects.actions.rows import Stamps
from projects.states import State


class SpanViewSet(ProjectOwned):
    """What lives in sets, on texts: every answer counts offsets in the unit that was asked for."""

    query_class = UnitQuery
    history_query = SpanHistoryQuery
    kind: ClassVar[str]
    proving = ProjectOwned.proving | {"create"}
    prompt = frozenset({"create"})
    annotation_set: AnnotationSet | None = None
    query_parsed: Any = None

    def read_query(self, query_class: Any) -> Any:
        self.query_parsed = super().read_query(query_class)
        return self.query_parsed

    @property
    def utf16(self) -> bool:
        return bool(self.query_parsed.validated_data["offset_unit"] == "utf16")

    @property
    def sent_utf16(self) -> bool:
        """The unit of what an action is given: a state that is restored was stored in code points."""
        return self.utf16 and self.action != "restore"

    def shown_many(self, records: Sequence[str]) -> Sequence[Any]:
        if not self.utf16:
            return super().shown_many(records)
        return recount([orjson.loads(record) for record in records])

    def shown(self, record: str, warnings: Iterable[Any] = ()) -> Any:
        if not self.utf16:
            return super().shown(record, warnings)
        (found,) = recount([orjson.loads(record)])
        warnings = list(warnings)
        return {**found, "warnings": warnings} if warnings else found

    def tag(self, object_id: UUID, version: int) -> str:
        return etag(object_id, version, utf16=self.utf16)

    def locked(self, pk: UUID | str, rows: Any = None) -> Any:
        """The row, after its set: everybody locks in this order."""
        seen = self.get_queryset().filter(pk=pk).values_list("set_id", flat=True)
        if not seen:
            raise not_found()
        sent = self.request.data if self.request.method == "PATCH" else {}
        far = actions.FAR_REACHING if self.action == "restore" else sent if isinstance(sent, dict) else ()
        self.annotation_set = actions.enter_set(seen[0], far)
        return super().locked(pk, rows)

    def allow(self, row: Any) -> None:
        """Asked by the actions, which know the set."""

    def perform_create(self, data: Mapping[str, Any], back: Stamps | None = None) -> tuple[UUID, Sequence[Any]]:
        return actions.create_annotation(
            caller=self.caller, kind=self.kind, data=data, utf16=self.sent_utf16, back=back, proof=self.proof
        )

    def perform_update(self, row: Any, data: Mapping[str, Any]) -> Sequence[Any]:
        entered: Any = self.annotation_set
        return actions.update_annotation(
            caller=self.caller, kind=self.kind, row=row, annotation_set=entered, data=data, utf16=self.sent_utf16
        )

    def perform_destroy(self, row: Any) -> None:
        entered: Any = self.annotation_set
        actions.delete_annotation(caller=self.caller, row=row, annotation_set=entered)

    # ---- history ----

    def reads_gone(self, last: Mapping[str, Any]) -> bool:
        """Curators, and the owner of the set that it was in, as long as the set is there."""
        own = AnnotationSet.objects.visible_to(self.caller).filter(pk=last["set"], annotator_user=self.caller.user)
        return super().reads_gone(last) or (self.caller.user is not None and own.exists())

    def in_units(self, versions: list[Any]) -> list[Any]:
        if self.utf16:
            for version, found in zip(versions, recount([v["object"] for v in versions], past=True), strict=True):
                version["object"] = found
        return versions

    def kept(self, stored: State) -> Mapping[str, Any]:
        """A review stands, if whoever brings its object back might have made it; an origin, if it is there."""
        origin = self.model._default_manager.filter(pk=stored["derived_from"]).values_list("pk", flat=True).first()
        status = actions.review_kept(self.caller, stored)
        return {"review_status": status, "derived_from_id": origin}

    @action(detail=True, methods=["post"], url_path="review", serializer_class=ReviewSerializer)
    def review(self, request: Request, pk: str) -> Response:
        """Approve, reject, or take a decision back. Curators and managers, never on their own work; needs If-Match."""
        self.query()
        data = self.validated()

        def change() -> Response:
            row = self.locked(pk)
            entered: Any = self.annotation_set
            actions.review_annotation(caller=self.caller, row=row, annotation_set=entered, **data)
            return self.answer(row.pk)

        return self.write(change)


def as_sent(source: State) -> State:
    kept = {name: source[name] for name in ("role", "mention", "role_text", "affiliation")}
    return kept | ({} if source["inherited"] else {"speaker": source["speaker"]})


class QuoteViewSet(SpanViewSet):
    """Quotes: who said (believes, wants, decides …) what, directly or indirectly, and inside what else was said."""

    model = Quote
    kind = "quotes"
    serializer_class = QuoteSerializer
    list_query = QuoteQuery

    def sent_anew(self, stored: State) -> State:
        """Sources come back by their mentions, whatever these are by now; those who took their mention's speaker still
        do."""
        return stored | {"sources": [as_sent(source) for source in stored["sources"]]}

    def prompt_create(self, data: Mapping[str, Any]) -> Callable[[], Response] | None:
        if self.proof is None:
            return None
        store = quick.plain_quote(caller=self.caller, data=data, utf16=self.sent_utf16, proof=self.proof)
        if store is None:
            return None

        def answer() -> Response:
            pk, record, warnings = store()
            return self.answered(pk, 1, record, 201, warnings)

        return answer

    notes = {
        "list": "For all quotes of one article rather ask for its annotation document: one request, with the rest.",
        "create": """
            The content is found by its words alone, or sent with offsets, or in pieces. A source names a `mention`; or
            a `span`, which finds or makes the mention in the same set; or a `speaker` whom the text does not name.
            Without `set` the quote goes into the caller's own set.

            Offsets count Unicode code points: in `He said 😀 yes`, `yes` is at 10 to 13. In languages whose strings
            count UTF-16 code units (JavaScript, Java, C#) it is at 11 to 14; there, add `?offset_unit=utf16`.

            Refused are words that the text does not have (`quote-not-found`) or has more than once (`quote-ambiguous`,
            with the candidates), and offsets that do not fit their words (`exact-mismatch`, with what is there).""",
        "partial_update": "`sources`, where sent, replace the old ones.",
        "destroy": "Its mentions stay. A quote that is another's `parent`, or is cited, is in use.",
    }


class MentionViewSet(SpanViewSet):
    """Mentions: spans that name or refer to a speaker; several quotes may share one."""

    model = Mention
    kind = "mentions"
    serializer_class = MentionSerializer
    list_query = MentionQuery
    notes = {
        "create": "Within a set there is one mention on the same pieces of text; another one is 409 `already-exists`.",
        "partial_update": "This raises the version of the quotes that show it.",
        "destroy": "A mention that a quote shows is in use.",
    }


class ClaimOccurrenceViewSet(SpanViewSet):
    """Claim occurrences: spans where a claim is affirmed, denied or reported."""

    model = ClaimOccurrence
    kind = "claim_occurrences"
    serializer_class = ClaimOccurrenceSerializer
    list_query = OccurrenceQuery
    notes = {
        "create": "Spans are sent as those of quotes. `claim` may wait: null means that it is not linked yet.",
        "partial_update": "`claimants`, where sent, replace the old ones.",
    }


class EvidenceViewSet(SpanViewSet):
    """Evidence: what supports or refutes a claim."""

    model = Evidence
    kind = "evidence"
    serializer_class = EvidenceSerializer
    list_query = EvidenceQuery
    notes = {
        "create": "It rests on `article` with `span`, or on `occurrence`, or on `url`. The first two live in a set.",
    }
    proving = ProjectOwned.proving
    prompt = frozenset()
    review = None  # type: ignore[assignment]

    def kept(self, stored: State) -> Mapping[str, Any]:
        return {}

    def perform_create(self, data: Mapping[str, Any], back: Stamps | None = None) -> tuple[UUID, Sequence[Any]]:
        return actions.create_evidence(caller=self.caller, data=data, utf16=self.sent_utf16, back=back)

    def perform_update(self, row: Any, data: Mapping[str, Any]) -> Sequence[Any]:
        return actions.update_evidence(
            caller=self.caller, row=row, annotation_set=self.annotation_set, data=data, utf16=self.sent_utf16
        )

    def perform_destroy(self, row: Any) -> None:
        actions.delete_evidence(caller=self.caller, row=row, annotation_set=self.annotation_set)
