"""What every resource's view does: one door for reading a record, one for a page, one for a write.

A view names its model, serializer and query classes, and calls actions; it holds no rule. Records come from the
QuerySet as JSON that PostgreSQL built; the serializer declares their shape, and the tests hold the two together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, ClassVar
from uuid import UUID

import orjson
from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.module_loading import import_string
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from backend import listings, quick
from backend.cursors import page_url, paginate, scope_of
from backend.errors import not_found
from backend.fields import UUID_PATTERN
from backend.listings import Listing
from backend.preconditions import IfMatch, etag
from backend.queries import ListQuery, Query
from backend.retries import fingerprint, key_of
from backend.transactions import alone, hurry, retried

Effect = Callable[[], Response]
AnswerOnce = Callable[[Any, str, bytes, Effect], Response]


class Unproven(Exception):
    """A write by a remembered caller who is no longer the same: nothing of it stays."""


class Resource(GenericViewSet[Any]):
    """One resource: list, create, retrieve, partial update, delete; a subclass leaves out what it does not offer."""

    http_method_names = ["get", "post", "patch", "delete", "head", "options"]
    lookup_value_regex = UUID_PATTERN.pattern
    model: ClassVar[type[Model]]
    list_query: ClassVar[type[ListQuery]] = ListQuery
    query_class: ClassVar[type[Query]] = Query
    parsed: Query
    # By action, for those that differ; the OpenAPI document reads these as well.
    queries: ClassVar[Mapping[str, type[Query]]] = {}
    answers: ClassVar[Mapping[str, Any]] = {}
    notes: ClassVar[Mapping[str, str]] = {}
    unusual: ClassVar[frozenset[str]] = frozenset()  # those of which the notes say all: nothing is as it is elsewhere
    most: ClassVar[int | None] = None  # where the body is a list: how many it may hold
    if_match_optional: ClassVar[bool] = False
    members_only: ClassVar[bool] = False
    # Whether what is asked depends on the caller's pattern and the query alone, so that it is compiled once.
    patterned: ClassVar[bool] = True
    # The actions that write much at once: they may wait longer for a lock, and have a limit of their own.
    bulk: ClassVar[frozenset[str]] = frozenset()
    prompt: ClassVar[frozenset[str]] = frozenset()  # those whose first statement says how long to wait
    keyed: ClassVar[bool] = True  # whether writes take an Idempotency-Key
    queued: ClassVar[bool] = False  # whether what is created is a job: 202

    # The actions whose first statement proves a remembered caller (`projects.remembering`): reads, and some writes.
    proving: ClassVar[frozenset[str]] = frozenset()

    # ---- who asks, what for ----

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answers anew, with the caller looked up, where they were remembered and not found to be the same still. Not
        where something failed: that tells nothing, and a write whose end nobody knows is not begun again."""
        with suppress(Unproven):
            response = super().dispatch(request, *args, **kwargs)
            proof = getattr(request, "proof", None)
            if proof is None or proof.proven or response.status_code >= 500:
                return response
            with suppress(DatabaseError):
                proof.ask()  # a call that was refused before any statement
                if proof.proven:
                    return response
        request.proof = None  # type: ignore[attr-defined]
        return super().dispatch(request, *args, **kwargs)

    @property
    def proof(self) -> Any:
        return getattr(self.request._request, "proof", None)

    @property
    def caller(self) -> Any:
        return self.request.auth

    def query(self) -> Query:
        """This operation's query parameters, checked."""
        parsed: Query = self.read_query(self.query_of(self.action))
        return parsed

    @classmethod
    def query_of(cls, action: str) -> type[Query]:
        return cls.queries.get(action) or (cls.list_query if action == "list" else cls.query_class)

    @classmethod
    def answer_of(cls, action: str) -> Any:
        """The serializer of an operation's answer, where it is not the resource's own; for the OpenAPI document."""
        return cls.answers.get(action)

    def read_query(self, query_class: type[Query]) -> Any:
        if not self.request.META.get("QUERY_STRING"):
            return query_class.unasked()
        parsed = query_class(data=self.request.query_params, context={"request": self.request})
        parsed.is_valid(raise_exception=True)
        return parsed

    def validated(self, *, partial: bool = False) -> Any:
        if not partial:
            try:
                return quick.read(self.get_serializer_class(), self.request.data, most=self.most)
            except quick.Doubtful:
                pass
        many = {"many": True, "max_length": self.most} if self.most else {}
        serializer = self.get_serializer(data=self.request.data, partial=partial, **many)
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data

    def asking(self) -> Any:
        """The caller, narrowed to what this request asks about."""
        return self.caller

    def get_queryset(self) -> QuerySet[Any]:
        """The rows that the caller may see: the only door to them."""
        return self.model._default_manager.visible_to(self.asking())  # type: ignore[attr-defined,no-any-return]

    # ---- reading ----

    def page(
        self,
        query: ListQuery,
        rows: QuerySet[Any] | None = None,
        *,
        show: Callable[[Sequence[str]], Sequence[Any]] | None = None,
        **shown: bool,
    ) -> Response:
        """A page of the resource's own list, or of other rows."""
        keys, descending = query.keys()
        values = query.values
        caller = self.asking()
        listing = self.listing(query, caller) if rows is None else Listing(rows, self.caller)
        given = {**caller.params, **query.params(caller)}
        found, next_cursor, previous_cursor = paginate(
            lambda part, edge, limit: listing.page(part, tuple(shown.items()), limit).run(
                {**given, **edge}, limit=limit, proof=self.proof
            ),
            keys=keys,
            descending=descending,
            size=values["page_size"],
            cursor=values.get("cursor"),
            scope=scope_of(self.request, values["ordering"], values),
        )
        body: dict[str, Any] = {
            "next": page_url(self.request, next_cursor),
            "previous": page_url(self.request, previous_cursor),
            "results": (show or self.shown_many)([row[-1] for row in found]),
        }
        if values["count"]:
            ((body["count"],),) = listing.count().run(given)
        return Response(body)

    def listing(self, query: ListQuery, caller: Any) -> Listing:
        """The resource's list, as the query narrows it for the caller."""
        if self.patterned:
            return listings.visible(self.model, caller.pattern, type(query), query.form())
        return Listing(query.narrow(self.get_queryset(), caller), caller)

    def shown_many(self, records: Sequence[str]) -> Sequence[Any]:
        return [orjson.Fragment(record) for record in records]

    def shown(self, record: str, warnings: Iterable[Any] = ()) -> Any:
        """A record as the answer holds it; the answer to a write carries its warnings, if there are any."""
        warnings = list(warnings)
        return {**orjson.loads(record), "warnings": warnings} if warnings else orjson.Fragment(record)

    def tag(self, object_id: UUID, version: int) -> str:
        return etag(object_id, version)

    def seen(self) -> Listing:
        """The resource's rows that the caller sees."""
        if self.patterned:
            return listings.visible(self.model, self.asking().pattern)
        return Listing(self.get_queryset(), self.caller)

    def written(self) -> Listing:
        """All rows: for the answer to a write."""
        if self.patterned:
            return listings.everything(self.model, self.caller.pattern)
        return Listing(self.model._default_manager.all(), self.caller)

    def answer(
        self, pk: UUID, status: int = 200, warnings: Iterable[Any] = (), *, among: Listing | None = None, **shown: bool
    ) -> Response:
        """One record with its ETag, or 404. After a write it is sought among all rows."""
        statement = (among or self.written()).one(tuple(shown.items()))
        found = statement.run({**self.caller.params, "pk": pk}, proof=self.proof)
        if not found:
            raise not_found()
        ((version, record),) = found
        return self.answered(pk, version, record, status, warnings)

    def answered(self, pk: UUID, version: int, record: str, status: int, warnings: Iterable[Any]) -> Response:
        """The answer that shows a record."""
        headers = {"ETag": self.tag(pk, version)}
        if status in {201, 202}:
            headers["Location"] = self.location(pk)
        return Response(self.shown(record, warnings), status=status, headers=headers)

    def location(self, pk: UUID) -> str:
        return f"{self.request.scheme}://{self.request.get_host()}{self.request.path}{pk}/"

    # ---- writing ----

    def write(self, change: Effect, prompt: Effect | None = None) -> Response:
        """The one door of all writes: key, effect and answer are one transaction. It may be tried again, so `change`
        does not alter what it was given. `prompt` is a quicker road, taken first; where it raises `Doubtful`, nothing
        of it stays."""

        def once() -> Response:
            if self.action not in self.bulk | self.prompt:
                hurry()
            answer = change()
            if self.proof is not None and not self.proof.proven:
                raise Unproven
            return answer

        key = key_of(self.request.headers, allowed=self.keyed)
        effect = self.under(key)
        if prompt is not None:
            with suppress(quick.Doubtful), alone() if key is None else transaction.atomic():
                return effect(prompt)
        return retried(lambda: effect(once))

    def under(self, key: str | None) -> Callable[[Effect], Response]:
        """What gives the answer of an effect; under a key the effect happens once, and the answer is kept."""
        if key is None:
            return lambda effect: effect()
        answer_once: AnswerOnce = import_string(settings.ANSWER_ONCE)
        return partial(answer_once, self.caller, key, fingerprint(self.request))

    def locked(self, pk: UUID | str, rows: QuerySet[Any] | None = None) -> Any:
        """The row, visible to the caller, as the caller knew it (If-Match), locked until the end of the transaction."""
        expected = IfMatch.from_headers(self.request.headers)
        visible = self.get_queryset() if rows is None else rows
        # The lock is taken by id: what makes a row visible need not be locked with it.
        known = visible.filter(pk=pk).values("pk").first()
        row: Any = self.model._default_manager.select_for_update(of=("self",), no_key=True).filter(pk=pk).first()
        if known is None or row is None:
            raise not_found()
        self.allow(row)
        expected.check(self.tag(row.pk, row.version))
        return row

    def allow(self, row: Any) -> None:
        """Raises 403 where the caller sees the row but may not change it. Every writable resource says who may."""
        raise NotImplementedError

    # ---- the five operations ----

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        query: Any = self.query()
        return self.page(query)

    def retrieve(self, request: Request, pk: Any, *args: Any, **kwargs: Any) -> Response:
        self.parsed = self.query()
        return self.answer(UUID(str(pk)), among=self.seen())

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        self.parsed = self.query()
        data = self.validated()

        def change() -> Response:
            pk, warnings = self.perform_create(data)
            return self.answer(pk, 201, warnings)

        return self.write(change, self.prompt_create(data))

    def prompt_create(self, data: Mapping[str, Any]) -> Effect | None:
        """A quicker road for `write`, where there is one."""
        return None

    def partial_update(self, request: Request, pk: Any, *args: Any, **kwargs: Any) -> Response:
        self.parsed = self.query()
        data = self.validated(partial=True)

        def change() -> Response:
            row = self.locked(pk)
            warnings = self.perform_update(row, data)
            return self.answer(row.pk, 200, warnings or ())

        return self.write(change)

    def destroy(self, request: Request, pk: Any, *args: Any, **kwargs: Any) -> Response:
        self.parsed = self.query()

        def change() -> Response:
            self.perform_destroy(self.locked(pk))
            return Response(status=204)

        return self.write(change)

    def perform_create(self, data: Mapping[str, Any]) -> tuple[UUID, Sequence[Any]]:
        raise NotImplementedError

    def perform_update(self, row: Any, data: Mapping[str, Any]) -> Sequence[Any] | None:
        raise NotImplementedError

    def perform_destroy(self, row: Any) -> None:
        raise NotImplementedError
