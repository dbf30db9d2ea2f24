"""Forms with files, as bodies of requests."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart


class Form(dict[str, str | bytes]):
    """A body that is sent as multipart/form-data: bytes are files."""

    def fields(self) -> dict[str, Any]:
        """What Django's client takes."""
        return {
            name: SimpleUploadedFile("file.ndjson", value) if isinstance(value, bytes) else value
            for name, value in self.items()
        }

    def encoded(self) -> tuple[bytes, str]:
        """The bytes, and their Content-Type."""
        return encode_multipart(BOUNDARY, self.fields()), MULTIPART_CONTENT
