"""The shapes of imports: the form that is sent, and the job that is answered."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from annotations.choices import ImportStatus, OnConflict
from annotations.formats import FORMATS
from backend.errors import Problem
from backend.fields import Choice, Closed, DateTime, Flag, Id, Int, Number, Text
from backend.parsing import loads
from backend.queries import QueryFlag
from projects.serializers import Stamps

READABLE = [name for name, found in FORMATS.items() if found.read]
MAPPING_MAX = 100_000


class JSONText(Text):
    """A JSON object, written as text in a field of a form."""

    default_error_messages: ClassVar = {"invalid": "This must be a JSON object, as text."}

    def to_internal_value(self, data: Any) -> Any:
        text = super().to_internal_value(data)
        if self.max_length is not None and len(text) > self.max_length:  # a validator would measure the object
            self.fail("max_length", max_length=self.max_length)
        try:
            found = loads(text)
        except Problem as problem:
            raise serializers.ValidationError(problem.faults[0].detail, problem.faults[0].code) from None
        if not isinstance(found, dict):
            self.fail("invalid")
        return found


@extend_schema_field({"type": "string", "format": "binary"})
class UploadedFile(serializers.FileField):
    default_error_messages: ClassVar = {"invalid": "Send a file here, with a filename."}


class NewImportSerializer(Closed):
    """A file to be imported, as multipart/form-data."""

    project = Id()
    format = Choice(READABLE, "ImportFormat")
    file = UploadedFile(help_text="The file, or a zip of several.")
    on_conflict = Choice(OnConflict, required=False, help_text="For articles that are there. Default: `fail`.")
    dry_run = QueryFlag(required=False, help_text="Says what would happen, and stores nothing.")
    repair = QueryFlag(
        required=False, help_text="A span whose offsets are off but whose words stand near by is moved there."
    )
    mapping = JSONText(
        required=False,
        max_length=MAPPING_MAX,
        help_text="Foreign labels in our words: a JSON object, see docs/formats.md.",
    )


@extend_schema_field({"type": "object", "additionalProperties": {"type": "integer"}})
class Counts(serializers.Field[Any, Any, Any, Any]):
    """Numbers by name."""


class ReportItemSerializer(Closed):
    """One thing that was refused, repaired or noticed."""

    outcome = Choice(["refused", "repaired", "noticed"], "ImportOutcome")
    code = Text(help_text="What it is, in a word that stays the same.")
    detail = Text(help_text="What it is, in a sentence; after its place in the document, where it has one.")
    text = Text(help_text="The beginning of what it is about.")
    file = Text(help_text="The file's name, as the archive has it.")
    line = Int(allow_null=True, help_text="Counted from 1; null where the format has none.")


class ExportReportSerializer(Closed):
    """What a format keeps of a project, and what it cannot."""

    counts = Counts(help_text="What was read or written: `documents`, `articles`, `quotes`, …")
    refused = Counts(help_text="What is not in, by code.")
    repaired = Counts(help_text="What is in, but not as it was, by code.")
    noticed = Counts(help_text="What is worth knowing, by code.")
    items = ReportItemSerializer(many=True, help_text="Of each outcome the first thousand or two, one by one.")
    items_left_out = Counts(help_text="How many more there are, by outcome.")


class ImportReportSerializer(ExportReportSerializer):
    """What an import has found and done so far."""

    stored = Counts(help_text="What became of it: `created`, `reused`, `updated`, `deleted`, `skipped`.")


class ImportSerializer(Stamps):
    """An import: a job that stores a file in batches. Its `version` counts changes of status, not progress."""

    project = Id(read_only=True)
    format = Choice(READABLE, "ImportFormat", read_only=True)
    file = Text(read_only=True, help_text="The file's name.")
    on_conflict = Choice(OnConflict, read_only=True)
    dry_run = Flag(read_only=True)
    repair = Flag(read_only=True)
    mapping = serializers.DictField(read_only=True)
    status = Choice(ImportStatus, read_only=True)
    done = Int(read_only=True, help_text="Bytes of the file that are stored.")
    total = Int(read_only=True, help_text="Bytes of the file.")
    rate = Number(read_only=True, allow_null=True, help_text="Objects stored in a second; null before the first batch.")
    report = ImportReportSerializer(read_only=True)
    started_at = DateTime(read_only=True, allow_null=True)
    ended_at = DateTime(read_only=True, allow_null=True)
