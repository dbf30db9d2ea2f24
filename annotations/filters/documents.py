"""The query parameters of annotation documents, exports and imports."""

from __future__ import annotations

from typing import ClassVar

from annotations.choices import ImportStatus, OnConflict, ReviewStatus, SetKind
from annotations.filters.offsets import UnitQuery
from articles.filters import CreatedQuery
from backend.fields import Choice, Id, Text
from backend.queries import Query, QueryFlag


class DocumentQuery(UnitQuery):
    set = Id(required=False, help_text="Only what is in this set, and what that refers to.")
    review_status = Choice(ReviewStatus, required=False, help_text="Also keeps the parents and cited objects of these.")
    revision = Choice(["head", "all"], default="head", help_text="`all`: with every revision and the sets on it.")


class DocumentWriteQuery(UnitQuery):
    mode = Choice(
        ["add", "upsert", "replace"], "WriteMode", default="add", help_text="See the operation's description."
    )
    set = Id(required=False, help_text="Which set to write into; the caller's own, if left out.")


class DocumentsQuery(UnitQuery):
    on_conflict = Choice(OnConflict, default="fail", help_text="For articles that are there.")


class ExportQuery(Query):
    set_kind = Choice(SetKind, required=False, help_text="Only sets of this kind.")
    annotator = Text(required=False, max_length=500, help_text="Only the sets of the annotator of this name.")
    review_status = Choice(ReviewStatus, required=False, help_text="Also keeps the parents and cited objects of these.")
    text = QueryFlag(default=True, help_text="`false`: stand-off, without the words of the articles.")


class ImportQuery(CreatedQuery):
    status = Choice(ImportStatus, required=False)
    lookups: ClassVar = CreatedQuery.lookups | {"status": "status"}
