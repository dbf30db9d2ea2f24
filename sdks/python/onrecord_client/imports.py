"""Files brought in: sent as they lie on the disk, at any size, and followed until the server is done with them."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, TypedDict, Unpack

import httpx

from onrecord_client.generated.api import AsyncOperations, Operations
from onrecord_client.generated.models import Import, ImportFormat, OnConflict
from onrecord_client.generated.types import UNSET
from onrecord_client.references import Ref, identifier, new_key

File = str | os.PathLike[str] | BinaryIO
Progress = Callable[[Import], None]
RUNNING = {"queued", "running"}


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


class Options(TypedDict, total=False):
    """What one may say of an import; what is not said is left to the server."""

    on_conflict: OnConflict
    dry_run: bool
    repair: bool
    mapping: Mapping[str, Any]  # foreign labels in ours
    idempotency_key: str


def sending(project: Ref, file: tuple[str, BinaryIO], format: ImportFormat, options: Options) -> dict[str, Any]:
    """The request: a form with the file in it."""
    fields = {"project": str(identifier(project)), "format": format}
    for name, value in options.items():
        if name != "idempotency_key":
            fields[name] = value if isinstance(value, str) else json.dumps(value)
    headers = {"Idempotency-Key": new_key(options.get("idempotency_key", UNSET))}
    return {"method": "POST", "url": "/api/v1/imports/", "data": fields, "files": {"file": file}, "headers": headers}


def job_of(response: httpx.Response) -> Import:
    return Import.from_dict(response.json())


def ended(job: Import) -> Import:
    if job.status == "failed":
        raise ImportFailed(job)
    return job


class Imports(Operations):
    """How `Client` brings files in."""

    def start_import(self, project: Ref, file: File, format: ImportFormat, **options: Unpack[Options]) -> Import:
        """Send a file; the answer is a job that a worker of the server then runs."""
        with opened(file) as named:
            return self._call(sending(project, named, format, options), job_of)

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
        progress: Progress | None = None,
        every: float = 0.5,
        **options: Unpack[Options],
    ) -> Import:
        """Send a file and wait until it is in. What was refused of it stands in `report`.

        Raises `ImportFailed` where the server could not go on with it.
        """
        job = self.start_import(project, file, format, **options)
        return self.follow_import(job, progress=progress, every=every)


class AsyncImports(AsyncOperations):
    """How `AsyncClient` does."""

    async def start_import(self, project: Ref, file: File, format: ImportFormat, **options: Unpack[Options]) -> Import:
        with opened(file) as named:
            return await self._call(sending(project, named, format, options), job_of)

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
        progress: Progress | None = None,
        every: float = 0.5,
        **options: Unpack[Options],
    ) -> Import:
        job = await self.start_import(project, file, format, **options)
        return await self.follow_import(job, progress=progress, every=every)
