"""How one operation is described: from its view, its serializers and its line in `operations`."""

from __future__ import annotations

import inspect
import re
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent, append_meta, build_array_type, force_instance, safe_ref
from rest_framework.serializers import ListSerializer

from backend.fields import UUID_SCHEMA, Choice, Choices, Closed, Ignored, Pattern
from backend.openapi.components import REFUSALS, Schema, headers, page_schema, reference
from backend.openapi.operations import NAMES, USUAL, Named
from backend.queries import Query

NUMBERS = {"number", "version"}
NUMBER = {"type": "integer", "minimum": 1, "maximum": 999_999_999}
NDJSON = {"type": "string", "description": "One annotation document a line."}
DONE = {"200": "Done.", "201": "Made.", "202": "Taken in; it is done as a job.", "204": "Gone."}


@cache
def examples() -> dict[str, Any]:
    """Requests that work against the seed, by operation id; and the ids of path parameters, by what they belong to."""
    text = Path(__file__).with_name("examples.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


class Operation(AutoSchema):
    """DEFAULT_SCHEMA_CLASS. Where drf-spectacular guesses, this looks it up."""

    view: Any  # a backend.viewsets.Resource, or something like it

    # ---- what the operation is ----

    @property
    def named(self) -> Named:
        return NAMES[f"{self.method} {self.path.removeprefix('/api/v1')}"]

    @property
    def action(self) -> str:
        return str(self.view.action)

    def declared(self, name: str, otherwise: Any) -> Any:
        """An attribute of backend.viewsets.Resource, which the view need not be."""
        return getattr(self.view, name, otherwise)

    @property
    def changes_existing(self) -> bool:
        acts = self.method == "POST" and bool(self.view.detail) and self.action != "restore"
        return self.method in {"PATCH", "DELETE"} or acts

    @property
    def paged(self) -> bool:
        return self.action in {"list", "history"}

    @property
    def keyed(self) -> bool:
        return self.method != "GET" and bool(self.declared("keyed", False))

    def get_operation_id(self) -> str:
        return self.named.id

    def get_summary(self) -> str:
        return self.named.summary

    def get_tags(self) -> list[str]:
        return [self.named.tag]

    def get_description(self) -> str:  # type: ignore[override]
        """The method's own docstring, or what the usual operations do; then what the view notes of it."""
        unusual = self.action in self.declared("unusual", ())
        own = inspect.getdoc(getattr(self.view, self.action)) or ("" if unusual else USUAL[self.action])
        noted = inspect.cleandoc(self.declared("notes", {}).get(self.action, ""))
        return "\n\n".join(filter(None, [unwrapped(own), unwrapped(noted)]))

    def get_auth(self) -> list[dict[str, list[str]]]:
        public = self.method == "GET" and not self.declared("members_only", False)
        found: list[dict[str, list[str]]] = super().get_auth()
        return [*found, {}] if public else found

    # ---- what goes in ----

    def _get_parameters(self) -> list[Schema]:
        found = [*super()._get_parameters()]
        if self.changes_existing:
            found.append(reference("parameters", "IfMatch"))
        elif self.action == "restore":
            found.append(reference("parameters", "RestoringIfMatch"))
        elif self.declared("if_match_optional", False) and self.action == "create":
            found.append(reference("parameters", "OptionalIfMatch"))
        if self.keyed:
            found.append(reference("parameters", "IdempotencyKey"))
        return found

    def get_override_parameters(self) -> list[Any]:
        query_of = self.declared("query_of", lambda action: Query)
        return [query_of(self.action)]

    def _resolve_path_parameters(self, variables: list[str]) -> list[Schema]:
        steps = self.path.split("/")
        known = examples()["path parameters"]
        found = []
        for name in variables:
            own = self.declared("path_schemas", {}).get(name)
            schema = dict(own or (NUMBER if name in NUMBERS else UUID_SCHEMA))
            parameter = {"in": "path", "name": name, "required": True, "schema": schema}
            before = steps[steps.index(f"{{{name}}}") - 1]
            example = known.get(before) if name in NUMBERS else known.get(self.named.id, known.get(before))
            found.append(parameter | ({"example": example} if example else {}))
        return found

    def get_request_serializer(self) -> Any:
        """None where the body would be an empty object: it may then be left out."""
        serializer = self.view.get_serializer_class()
        if not serializer._declared_fields:
            return None
        most = self.declared("most", None)
        return serializer(many=True, max_length=most) if most else serializer

    def _get_request_body(self, direction: str = "request") -> Schema | None:
        body: Schema | None = super()._get_request_body(direction)
        if body:
            body["required"] = True
            content = body["content"]
            shown = "application/json" if "application/json" in content else "multipart/form-data"
            content[shown]["examples"] = examples()["requests"][self.named.id]
            if most := self.declared("most", None):
                content[shown]["schema"]["maxItems"] = most
            if "application/x-ndjson" in content:
                content["application/x-ndjson"] = {"schema": NDJSON}
        return body

    # ---- what comes out ----

    def answer_serializer(self) -> Any:
        """Reads answer with the action's own serializer; an action that changes the object, with the resource's."""
        chosen = self.declared("answer_of", lambda action: None)(self.action)
        return chosen or (self.view.serializer_class if self.method == "GET" else type(self.view).serializer_class)

    def _get_response_bodies(self, direction: str = "response") -> Schema:
        refusals = {str(status): reference("responses", REFUSALS[status][0]) for status in self.refused_with()}
        return self.success() | refusals

    def success(self) -> Schema:
        if self.method == "DELETE":
            return {"204": {"description": DONE["204"], **headers(*["Idempotent-Replayed"] * self.keyed)}}
        if media_types := self.declared("produces", {}).get(self.action):
            file = {"schema": {"type": "string", "format": "binary"}}
            return {"200": {"description": DONE["200"], "content": dict.fromkeys(media_types, file)}}
        serializer = self.answer_serializer()
        made = self.named.id.startswith("create")
        made_as = "202" if self.declared("queued", False) else "201"
        statuses = ["200", "201"] if self.action == "restore" else [made_as if made else "200"]
        schema = self.resolve_serializer(force_instance(serializer), "response").ref
        if self.paged:
            schema = self.page(schema, serializer)
        found = {}
        for status in statuses:
            tags = ["ETag"] * (serializer.tagged and not self.paged) + ["Location"] * (status in {"201", "202"})
            sent = headers(*tags, *["Idempotent-Replayed"] * self.keyed)
            content = {"application/json": {"schema": schema}}
            found[status] = {"description": DONE[status], **sent, "content": content}
        return found

    def page(self, item: Schema, serializer: Any) -> Schema:
        main = serializer if self.action == "history" else type(self.view).serializer_class
        name = main.__name__.removesuffix("Serializer") + "List"
        page = ResolvedComponent(name, ResolvedComponent.SCHEMA, page_schema(item), main)
        self.registry.register_on_missing(page)
        return page.ref

    def refused_with(self) -> list[int]:
        """The statuses of the refusals that the operation can give."""
        found = {400, 401, 403, 429, 503}
        found |= {404} if "{" in self.path or self.keyed else set()
        found |= {422} if self.paged or self.keyed or self.action in {"changes", "export", "report"} else set()
        found |= {409} if self.method != "GET" else set()
        found |= {411, 413, 415, 422} if self.method in {"POST", "PATCH"} else set()
        if self.changes_existing or self.action == "restore" or self.declared("if_match_optional", False):
            found |= {412, 428}
        return sorted(found if self.method != "GET" else found - {412, 428})

    # ---- shapes ----

    def _map_serializer_field(self, field: Any, direction: str, bypass_extensions: bool = False) -> Any:
        """Our strict fields, no looser than what they take; the others are drf-spectacular's. None leaves it out."""
        if field.read_only if direction == "request" else field.write_only:
            return None
        meta = self._get_serializer_field_meta(field, direction)
        match field:
            case Ignored():
                return self.ignored(field, direction)
            case Choice():
                return append_meta(self.vocabulary(field), meta)
            case Choices():
                items = self._map_serializer_field(field.child, direction)
                return append_meta(build_array_type(items) | {"uniqueItems": True}, meta)
            case Pattern():
                return append_meta({"type": "string", "pattern": field.pattern}, meta)
        schema = super()._map_serializer_field(field, direction, bypass_extensions)
        if isinstance(field, ListSerializer) and (most := getattr(field, "max_length", None)):
            schema["maxItems"] = most
        return schema

    def ignored(self, field: Ignored, direction: str) -> Schema:
        if direction == "response" and field.shown:
            shown: Schema = self._map_serializer_field(field.shown, direction)
            return shown
        return {"description": str(field.help_text or "Ignored in a request.")}

    def vocabulary(self, field: Choice) -> Schema:
        """A component of the vocabulary's own name; inline where it has none."""
        schema = {"type": "string", "enum": list(field.choices)}
        if not field.vocabulary:
            return schema
        component = ResolvedComponent(field.vocabulary, ResolvedComponent.SCHEMA, schema, tuple(field.choices))
        self.registry.register_on_missing(component)
        return component.ref

    def _map_basic_serializer(self, serializer: Any, direction: str) -> Schema:
        """Requests are closed; answers are whole."""
        serializer = force_instance(serializer)
        schema: Schema = super()._map_basic_serializer(serializer, direction)
        schema["description"] = unwrapped(schema["description"])
        properties = schema.setdefault("properties", {})
        if isinstance(serializer, Closed) and direction == "response":
            if serializer.complete:
                schema["properties"] = {name: without_null(shape) for name, shape in properties.items()}
            schema["required"] = [name for name in properties if name not in serializer.sometimes]
        elif isinstance(serializer, Closed):
            schema["additionalProperties"] = False
            if serializer.partial:
                for name in getattr(serializer, "create_only", ()):
                    properties.pop(name, None)
        return schema

    def _postprocess_serializer_schema(self, schema: Schema, serializer: Any, direction: str) -> Schema:
        """Requests and answers are types of their own, so that no property needs to say in which it is."""
        done: Schema = super()._postprocess_serializer_schema(schema, serializer, direction)
        for name, shape in done["properties"].items():
            kept = {word: value for word, value in shape.items() if word not in {"readOnly", "writeOnly"}}
            done["properties"][name] = safe_ref(kept)
        return done


def unwrapped(text: str) -> str:
    """The text without line breaks inside its paragraphs; lists and code keep theirs."""
    return re.sub(r"(?<=\S)\n(?=[^\s\-|])", " ", text)


def without_null(schema: Schema) -> Schema:
    """The same, never null."""
    if isinstance(schema.get("type"), list):
        return schema | {"type": schema["type"][0]}
    return schema
