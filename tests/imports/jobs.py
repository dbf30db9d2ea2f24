"""Imports as tests make them: a file sent over HTTP, and the real worker to do what waits."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command

from tests.estate import API


def ndjson(*lines: Any) -> bytes:
    return b"".join(json.dumps(line, ensure_ascii=False).encode() + b"\n" for line in lines)


def send(api: Any, project: Any, data: bytes, format: str = "ndjson", name: str = "x.ndjson", **form: Any) -> Any:
    """`POST imports/`; what is in `form` beyond fields are headers."""
    headers = {key: form.pop(key) for key in list(form) if key == "idempotency_key"}
    fields = {"project": str(project.pk), "format": format, "file": SimpleUploadedFile(name, data), **form}
    return api.post(f"{API}/imports/", data=fields, **headers)


def work() -> None:
    call_command("worker", "--once")


def done(api: Any, job: str) -> dict[str, Any]:
    found: dict[str, Any] = api.get(f"{API}/imports/{job}/").json()
    return found


def imported(api: Any, project: Any, data: bytes, *args: Any, **form: Any) -> dict[str, Any]:
    """The job of a file, once the worker has done it."""
    answer = send(api, project, data, *args, **form)
    assert answer.status_code == 202, answer.content
    work()
    return done(api, answer.json()["id"])


def document(n: int, *quotes: Any, body: str = "", **more: Any) -> dict[str, Any]:
    text = body or f"Text {n}: Ada Stern said that taxes would fall."
    return {"article": {"title": f"Title {n}", "body": text, "external_id": f"a{n}"}, "quotes": list(quotes), **more}


def quote(exact: str = "taxes would fall", **more: Any) -> dict[str, Any]:
    return {"content": {"exact": exact}, **more}


def refused(job: dict[str, Any]) -> list[tuple[str, int | None]]:
    items: Iterable[dict[str, Any]] = job["report"]["items"]
    return [(item["code"], item["line"]) for item in items if item["outcome"] == "refused"]
