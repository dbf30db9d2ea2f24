"""Files brought in: sent as they lie on the disk, at any size, and followed until the server is done with them."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from onrecord_client.generated.api import AsyncOperations, Operations
from onrecord_client.generated.models import Import, ImportFormat, OnConflict
from onrecord_client.generated.types import UNSET, Unset
from onrecord_client.references import Ref, identifier, new_key

File = str | os.PathLike[str] | BinaryIO
Progress = Callable[[Import], None]
RUNNING = {"queued", "running"}
AT = "/api/v1/imports/"


class ImportFailed(Exception):
    """The server could not go on with a file. `job.report` says how far it came; what was stored stays."""

    def __init__(self, job: Import) -> None:
        self.job = job
        items = [f"{item.file}:{item.line or ''} {item.detail} [{item.code}]" for item in job.report.items[:5]]
        super().__init__("\n  ".join([f"The import of {job.file} failed.", *items]))


@contextmanager
def opened(file: File) -> Iterator[tuple[str, BinaryIO]]:
    """Its name, and what to read it from; what was given open stays open."""
    if isinstance(file, (str, os.PathLike)):
        with Path(file).open("rb") as found:
            yield Path(file).name, found
    else:
        yield Path(getattr(file, "name", "upload")).name, file


def form(project: Ref, format: ImportFormat, mapping: Mapping[str, Any] | None, **more: Any) -> dict[str, str]:
    """The fields beside the file; what is not said is left to the server."""
    fields = {"project": str(identifier(project)), "format": format}
    fields |= {name: str(value).lower() for name, value in more.items() if not isinstance(value, Unset)}
    return fields | ({"mapping": json.dumps(mapping)} if mapping else {})


def ended(job: Import) -> Import:
    if job.status == "failed":
        raise ImportFailed(job)
    return job


class Imports(Operations):
    """How `Client` brings files in."""

    def start_import(
        self,
        project: Ref,
        file: File,
        format: ImportFormat,
        *,
        on_conflict: OnConflict | Unset = UNSET,
        dry_run: bool | Unset = UNSET,
        repair: bool | Unset = UNSET,
        mapping: Mapping[str, Any] | None = None,
        idempotency_key: str | Unset = UNSET,
    ) -> Import:
        """Send a file; the answer is a job that a worker of the server then runs. `mapping`: foreign labels in ours."""
        fields = form(project, format, mapping, on_conflict=on_conflict, dry_run=dry_run, repair=repair)
        headers = {"Idempotency-Key": new_key(idempotency_key)}
        with opened(file) as named:
            request = self.http.build_request("POST", AT, data=fields, files={"file": named}, headers=headers)
            return self._read(self._send(request), lambda response: Import.from_dict(response.json()))

    def follow_import(self, job: Ref, *, progress: Progress | None = None, every: float = 0.5) -> Import:
        """Wait until an import has ended; `progress` is shown the job `every` so many seconds."""
        while True:
            now = self.get_import(job)
            if progress:
                progress(now)
            if now.status not in RUNNING:
                return ended(now)
            time.sleep(every)

    def import_file(
        self,
        project: Ref,
        file: File,
        format: ImportFormat,
        *,
        on_conflict: OnConflict | Unset = UNSET,
        dry_run: bool | Unset = UNSET,
        repair: bool | Unset = UNSET,
        mapping: Mapping[str, Any] | None = None,
        progress: Progress | None = None,
        every: float = 0.5,
    ) -> Import:
        """Send a file and wait until it is in. What was refused of it stands in `report`.

        Raises `ImportFailed` where the server could not go on with it.
        """
        job = self.start_import(
            project, file, format, on_conflict=on_conflict, dry_run=dry_run, repair=repair, mapping=mapping
        )
        return self.follow_import(job, progress=progress, every=every)


class AsyncImports(AsyncOperations):
    """How `AsyncClient` does."""

    async def start_import(
        self,
        project: Ref,
        file: File,
        format: ImportFormat,
        *,
        on_conflict: OnConflict | Unset = UNSET,
        dry_run: bool | Unset = UNSET,
        repair: bool | Unset = UNSET,
        mapping: Mapping[str, Any] | None = None,
        idempotency_key: str | Unset = UNSET,
    ) -> Import:
        fields = form(project, format, mapping, on_conflict=on_conflict, dry_run=dry_run, repair=repair)
        headers = {"Idempotency-Key": new_key(idempotency_key)}
        with opened(file) as named:
            request = self.http.build_request("POST", AT, data=fields, files={"file": named}, headers=headers)
            return self._read(await self._send(request), lambda response: Import.from_dict(response.json()))

    async def follow_import(self, job: Ref, *, progress: Progress | None = None, every: float = 0.5) -> Import:
        while True:
            now = await self.get_import(job)
            if progress:
                progress(now)
            if now.status not in RUNNING:
                return ended(now)
            await asyncio.sleep(every)

    async def import_file(
        self,
        project: Ref,
        file: File,
        format: ImportFormat,
        *,
        on_conflict: OnConflict | Unset = UNSET,
        dry_run: bool | Unset = UNSET,
        repair: bool | Unset = UNSET,
        mapping: Mapping[str, Any] | None = None,
        progress: Progress | None = None,
        every: float = 0.5,
    ) -> Import:
        job = await self.start_import(
            project, file, format, on_conflict=on_conflict, dry_run=dry_run, repair=repair, mapping=mapping
        )
        return await self.follow_import(job, progress=progress, every=every)
