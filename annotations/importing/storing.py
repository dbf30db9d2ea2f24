"""Storing one batch: what is wrong in it is taken out and reported with its place, the rest goes in."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

import orjson
from django.core.exceptions import ObjectDoesNotExist
from django.db import InterfaceError, OperationalError, transaction

from annotations.actions.call import Call
from annotations.actions.documents import store_documents
from annotations.formats.base import Json
from annotations.formats.report import Report
from annotations.formats.wordless import TextUnknown, with_words
from annotations.importing.memory import Memory, at
from annotations.importing.pruning import Item, Loss, Wrong, prune
from annotations.importing.turns import Turn
from annotations.models import ImportJob
from annotations.serializers.documents import ImportedDocumentSerializer
from articles.models import Revision
from backend import quick
from backend.errors import Fault, Problem, flatten, from_database
from backend.parsing import check_values
from projects.roles import Caller

logger = logging.getLogger(__name__)


class Storing:
    """One try at one batch; inside the transaction that moves the job on."""

    def __init__(self, job: ImportJob, caller: Caller, turn: Turn) -> None:
        self.job, self.caller, self.turn, self.report = job, caller, turn, Report()

    def store(self, items: Sequence[Item]) -> Report:
        """What there is to report of it; of counts, those of storing. Errors: Problem 403, where the caller may not
        import (any more); those of `Turn.wait`."""
        items = [item.fresh() for item in items]
        self.join_words(items)
        self.store_rest(items)
        return self.report

    def store_rest(self, items: Sequence[Item]) -> None:
        """Tries until what is left of the items goes in as a whole: each try takes out what was found wrong."""
        checked: dict[int, Json] = {}
        while items := [item for item in items if not item.empty]:
            memory = Memory(self.job, self.turn)
            memory.recall([item.document for item in items])
            documents, later = self.linked(items, memory)
            if any(self.check(item, document, checked) for item, document in zip(items, documents, strict=True)):
                continue
            try:
                call = self.call([checked[id(item)] for item in items], memory)
            except Problem as problem:
                halves = self.take_out(items, problem.faults, checked)
            else:
                memory.remember(call, [item.document for item in items])
                memory.await_references(later)
                self.count(call, items, memory)
                call.scope.forget()
                return
            for half in halves:
                self.store_rest(half)
            if halves:
                return

    # ---- before ----

    def join_words(self, items: Iterable[Item]) -> None:
        """Gives stand-off documents, which have no words, those of the project's texts with the same hashes."""
        bare = [item for item in items if (hashes := hashes_of(item.document)) and None not in hashes]
        wanted = {sha256 for item in bare for sha256 in hashes_of(item.document)}
        if not wanted:
            return
        self.turn.wait()  # they may be of the batch before
        rows = Revision.objects.filter(project=self.job.project_id, sha256__in=wanted)
        texts = {row.sha256: (row.title, row.body) for row in rows}
        for item in bare:
            try:
                item.document = with_words(item.document, texts)
            except TextUnknown:
                detail = "The project has no article with the text of this hash, and the file has no words."
                self.tell(prune(item, [Wrong(("article", "sha256"), "text-unknown", detail)]))

    def linked(self, items: Sequence[Item], memory: Memory) -> tuple[list[Json], list[Any]]:
        """The documents without references to what stands further on in the file; and those references."""
        own = {
            (kind, found["id"])
            for item in items
            for kind in ("speakers", "claims")
            for found in item.document.get(kind) or ()
            if isinstance(found, dict) and isinstance(found.get("id"), str)
        }
        documents, later = [], []
        for item in items:
            document, put_off = memory.put_off(item.document, own)
            documents.append(document)
            later += put_off
        return documents, later

    def check(self, item: Item, document: Json, checked: dict[int, Json]) -> bool:
        """Whether something in the document is against the schema, and was taken out of the item."""
        if id(item) in checked:
            return False
        faults = faults_of(document)
        if not faults:
            with suppress(quick.Doubtful):
                checked[id(item)] = quick.read(ImportedDocumentSerializer, document)
                return False
            serializer = ImportedDocumentSerializer(data=document)
            if serializer.is_valid():
                checked[id(item)] = serializer.validated_data
                return False
            faults = list(flatten(serializer.errors))
        self.tell(prune(item, [Wrong(steps_of(fault), fault.code, fault.detail) for fault in faults]))
        return True

    # ---- the call ----

    def call(self, documents: list[Json], memory: Memory) -> Call:
        """Errors: Problem, whatever was wrong; but not where the database is away or busy, or something has just gone:
        that passes."""
        again = [ImportedDocumentSerializer(data=document) for document in memory.again()]
        for serializer in again:
            serializer.is_valid(raise_exception=True)
        try:
            with transaction.atomic():
                call = store_documents(
                    caller=self.caller,
                    project=self.job.project_id,
                    documents=[*documents, *(serializer.validated_data for serializer in again)],
                    on_conflict=self.job.on_conflict,
                    repair=self.job.repair,
                    file=memory,
                )
                transaction.set_rollback(self.job.dry_run)
                return call
        except (Problem, OperationalError, InterfaceError, ObjectDoesNotExist):
            raise
        except Exception as exc:
            problem = from_database(exc)
            if problem is None:
                logger.exception("An item of import %s could not be stored", self.job.pk)
                problem = Problem.of(500, "internal-error", "Something broke on our side; it is in our log.")
            raise problem from exc

    def take_out(
        self, items: Sequence[Item], faults: Sequence[Fault], checked: dict[int, Json]
    ) -> list[Sequence[Item]]:
        """Takes what the faults point at out of its items. Where one points nowhere, the halves to look for it in."""
        wrong: dict[int, list[Wrong]] = {}
        for fault in faults:
            steps = steps_of(fault)
            if not steps or int(steps[0]) >= len(items):
                return self.narrowed(items, fault)
            wrong.setdefault(int(steps[0]), []).append(Wrong(steps[1:], fault.code, fault.detail))
        for place, found in wrong.items():
            self.tell(prune(items[place], found))
            checked.pop(id(items[place]), None)
        return []

    def narrowed(self, items: Sequence[Item], fault: Fault) -> list[Sequence[Item]]:
        if fault.code in {"forbidden", "scope-missing"}:
            raise Problem(403, fault)
        if len(items) > 1:
            return [items[: len(items) // 2], items[len(items) // 2 :]]
        self.tell(prune(items[0], [Wrong((), fault.code, fault.detail)]))
        return []

    # ---- after ----

    def tell(self, lost: Iterable[Loss]) -> None:
        for one in lost:
            (self.report.refuse if one.gone else self.report.notice)(one.code, one.detail, one.where, one.text)

    def count(self, call: Call, items: Sequence[Item], memory: Memory) -> None:
        counts = self.report.counts
        for node in call.scope.each():
            if not node.implied and at(node) < len(items) and not memory.met(node):
                counts[node.outcome] += 1
        counts["deleted"] += call.deleted
        counts["skipped"] += call.skipped
        for warning in call.anchoring.warnings:
            _, document, kind, place, *rest = warning["pointer"].split("/")
            detail = f"{'/'.join(rest)}: {warning['detail']}"
            told = items[int(document)].loss(kind, int(place), warning["code"], detail, gone=False)
            tell = self.report.repair if told.code == "moved" else self.report.notice
            tell(told.code, told.detail, told.where, told.text)


def hashes_of(document: Json) -> list[Any]:
    """The hash of each text that stands in the document without its words; None for one with them."""
    article = document.get("article")
    if not isinstance(article, dict) or "sha256" not in article:
        return []
    texts = article.get("revisions") or [article]
    return [None if "body" in text else text.get("sha256") for text in texts if isinstance(text, dict)]


def faults_of(document: Json) -> list[Fault]:
    """Characters and numbers that cannot be stored in any field, which readers let through."""
    try:
        clean = b"\\u0000" not in orjson.dumps(document)
    except TypeError:  # half a surrogate pair, a number beyond 64 bits, too deep
        clean = False
    if not clean:
        try:
            check_values(document, "", 0)
        except Problem as problem:
            return problem.faults
    return []


def steps_of(fault: Fault) -> list[str]:
    return fault.pointer.split("/")[1:]
