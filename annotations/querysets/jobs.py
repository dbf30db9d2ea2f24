"""Reads of import jobs: a project's managers see all of them, and whoever made one sees that one."""

from __future__ import annotations

from typing import Any, Self

from django.db.models import Q

from backend.statements import among
from projects.querysets import RecordQuerySet
from projects.roles import Caller

SENT = ("project", "format", "file", "on_conflict", "dry_run", "repair", "mapping")
IMPORT_FIELDS = (*SENT, "status", "done", "total", "rate", "report", "started_at", "ended_at")


class ImportJobQuerySet(RecordQuerySet):
    """Import jobs, which only managers and makers see."""

    def visible_to(self, caller: Caller) -> Self:
        if caller.everywhere:
            return self
        seen = among("project", caller.managed)
        if caller.user is not None:
            seen |= self.among(caller) & Q(created_by=caller.user)
        return self.filter(seen)

    def fields(self, caller: Caller | None) -> dict[str, Any]:
        fields = {name: f"{name}_id" if name == "project" else name for name in IMPORT_FIELDS}
        return self.stamps(caller) | fields
