"""A client of the API as tests use it. What it receives is held against `backend/openapi.yaml`."""

from __future__ import annotations

import json as jsonlib
import re
from datetime import date, datetime
from functools import cache
from typing import Any
from urllib.parse import quote
from uuid import UUID

import yaml
from django.test import Client
from jsonschema import Draft202012Validator, FormatChecker  # type: ignore[import-untyped]
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from backend.tasks import OPENAPI
from tests.forms import Form

METHODS = ("get", "post", "patch", "put", "delete")
PROBLEM = "application/problem+json"
UNDESCRIBED = ("/api/v1/schema/", "/api/v1/docs/")


class Api:
    """A user's client: `world.curator.post("/api/v1/speakers/", {"name": …}, idempotency_key="1")`.

    Keywords become headers: `if_match="…"` is `If-Match`. The answer is Django's response.
    """

    def __init__(self, user: Any = None, token: str | None = None) -> None:
        self.user = user
        self.token = token
        self.http = Client()

    def get(self, path: str, **headers: str) -> Any:
        return self.request("get", path, **headers)

    def post(self, path: str, json: Any = None, **more: Any) -> Any:
        return self.request("post", path, json, **more)

    def patch(self, path: str, json: Any = None, **more: Any) -> Any:
        return self.request("patch", path, json, **more)

    def put(self, path: str, json: Any = None, **more: Any) -> Any:
        return self.request("put", path, json, **more)

    def delete(self, path: str, json: Any = None, **more: Any) -> Any:
        return self.request("delete", path, json, **more)

    def request(
        self,
        method: str,
        path: str,
        json: Any = None,
        *,
        data: Any = None,
        content_type: str | None = None,
        **headers: str,
    ) -> Any:
        """`json` is sent as JSON, a Form as one; `data` as it is, or as a form where it is a dict alone."""
        sent: dict[str, Any] = {}
        if isinstance(json, Form):
            sent = {"data": json.fields()}
        elif json is not None:
            sent = {"data": jsonlib.dumps(json, ensure_ascii=False), "content_type": "application/json"}
        elif data is not None:
            sent = {"data": data}
        if content_type is not None:
            sent["content_type"] = content_type
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token is not None:
            named.setdefault("authorization", f"Bearer {self.token}")
        response = getattr(self.http, method)(path, **sent, headers=named)
        check(method, response)
        return response


def check(method: str, response: Any) -> None:
    """Fails where the answer is not one that the contract declares."""
    path = response.request["PATH_INFO"]
    if path.startswith("/api/") and not path.startswith(UNDESCRIBED) and method in METHODS and OPENAPI.exists():
        contract().check(method, path, response)


class Contract:
    """backend/openapi.yaml, ready to be asked about answers. A schema's validator is made once."""

    def __init__(self, description: dict[str, Any]) -> None:
        self.description = description
        self.registry: Any = Registry().with_resource("urn:api", DRAFT202012.create_resource(description))
        self.validators: dict[str, Any] = {}
        # What has fewest variables comes first.
        templates = sorted(description["paths"], key=lambda template: template.count("{"))
        self.paths = [(re.compile(re.sub(r"\{.*?\}", "[^/]+", template)), template) for template in templates]

    def check(self, method: str, path: str, response: Any) -> None:
        status = str(response.status_code)
        told = f"{method.upper()} {path} answered {status}"
        template = next((template for pattern, template in self.paths if pattern.fullmatch(path)), "")
        operation = self.description["paths"].get(template, {}).get(method)
        if operation is None:
            assert status in ("401", "404", "405"), f"{told}, and the contract has no such operation"
            return self.check_body({PROBLEM: "/components/schemas/Problem"}, response, told)
        declared = next((name for name in (status, f"{status[0]}XX") if name in operation["responses"]), None)
        assert declared, f"{told}, which {operation['operationId']} does not declare"
        at = self.end_of(pointer("paths", template, method, "responses", declared))
        content = self.node(at).get("content", {})
        return self.check_body(
            {media: f"{at}{pointer('content', media, 'schema')}" for media in content}, response, told
        )

    def check_body(self, schemas: dict[str, str], response: Any, told: str) -> None:
        """`schemas`: media type to where its schema stands."""
        media = response.headers.get("Content-Type", "").partition(";")[0]
        if not schemas:
            assert response.streaming or not response.content, f"{told} with a body, and none is declared"
            return
        assert media in schemas, f"{told} as {media!r}; declared: {', '.join(schemas)}"
        if media.endswith("json") and not response.streaming:
            errors = list(self.validator(schemas[media]).iter_errors(jsonlib.loads(response.content)))
            shown = "\n".join(f"  {error.json_path}: {error.message[:500]}" for error in errors[:10])
            assert not errors, f"{told}, against the contract:\n{shown}"

    def validator(self, at: str) -> Any:
        if at not in self.validators:
            schema = {"$ref": f"urn:api#{quote(at)}"}
            self.validators[at] = Draft202012Validator(schema, registry=self.registry, format_checker=FORMATS)
        return self.validators[at]

    def end_of(self, at: str) -> str:
        """The pointer itself, or where the `$ref` found there leads."""
        reference = self.node(at).get("$ref")
        return self.end_of(reference.removeprefix("#")) if reference else at

    def node(self, at: str) -> Any:
        found: Any = self.description
        for step in at.split("/")[1:]:
            found = found[step.replace("~1", "/").replace("~0", "~")]
        return found


def pointer(*steps: str) -> str:
    """A JSON pointer (RFC 6901)."""
    return "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in steps)


FORMATS = FormatChecker(formats=())
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


@FORMATS.checks("uuid", ValueError)
def is_uuid(value: Any) -> bool:
    return not isinstance(value, str) or str(UUID(value)) == value


@FORMATS.checks("date-time", ValueError)
def is_time(value: Any) -> bool:
    return not isinstance(value, str) or bool(TIME.fullmatch(value) and datetime.fromisoformat(value))


@FORMATS.checks("date", ValueError)
def is_date(value: Any) -> bool:
    return not isinstance(value, str) or date.fromisoformat(value).isoformat() == value


@cache
def contract() -> Contract:
    return Contract(yaml.load(OPENAPI.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader))
