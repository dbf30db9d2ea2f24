"""backend/openapi.yaml: it is what the code says, it is complete, and its examples work."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.admindocs.views import simplify_regex
from django.core.management import call_command
from django.db import transaction

from backend.api import urlpatterns
from backend.openapi.operations import NAMES
from backend.tasks import OPENAPI
from tests.api import Api, contract, pointer
from tests.builders import make_user

DESCRIPTION: dict[str, Any] = contract().description
SCHEMAS: dict[str, Any] = DESCRIPTION["components"]["schemas"]
OPERATIONS = [
    (method, path, operation) for path, methods in DESCRIPTION["paths"].items() for method, operation in methods.items()
]
BY_ID = {operation["operationId"]: (method, path, operation) for method, path, operation in OPERATIONS}


def test_the_committed_file_is_what_the_code_says(tmp_path: Path) -> None:
    draft = tmp_path / "openapi.yaml"
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(draft))
    assert draft.read_text() == OPENAPI.read_text(), "To write it anew: python3 run.py openapi"


def test_every_address_is_described() -> None:
    served = {re.sub(r"<.*?>", "{}", "/api/v1" + simplify_regex(str(route.pattern))) for route in urlpatterns}
    assert {re.sub(r"\{.*?\}", "{}", path) for path in DESCRIPTION["paths"]} == served


def test_every_operation_has_a_name_of_its_own() -> None:
    assert len(BY_ID) == len(OPERATIONS) == len(NAMES)
    tags = {tag["name"] for tag in DESCRIPTION["tags"]}
    for name, (_, _, operation) in BY_ID.items():
        assert re.fullmatch(r"[a-z]+([A-Z][a-z]+)+", name)
        assert "\n" not in operation["summary"]
        assert operation["description"], name
        assert len(operation["tags"]) == 1, name
        assert operation["tags"][0] in tags, name


def takes(operation: Any, parameter: str) -> bool:
    return {"$ref": f"#/components/parameters/{parameter}"} in operation.get("parameters", [])


def test_every_write_but_that_of_a_token_takes_a_key() -> None:
    for method, path, operation in OPERATIONS:
        keyed = method != "get" and not path.startswith("/api/v1/tokens/")
        assert takes(operation, "IdempotencyKey") == keyed, f"{method} {path}"
        done = [answer for status, answer in operation["responses"].items() if status < "300"]
        assert {"Idempotent-Replayed" in answer.get("headers", {}) for answer in done} == {keyed}
        assert not keyed or {"409", "422", "429"} <= operation["responses"].keys()


def test_every_operation_says_how_it_refuses() -> None:
    for _, path, operation in OPERATIONS:
        answers = operation["responses"]
        assert "default" not in answers
        assert {"400", "401", "403", "503"} <= answers.keys()
        # A retry is answered with 404 where the project of the first call is not to be seen any more.
        assert ("404" in answers) == ("{" in path or takes(operation, "IdempotencyKey"))
        refusals = [answer for status, answer in answers.items() if status >= "400"]
        assert all(refusal["$ref"].startswith("#/components/responses/") for refusal in refusals)
    for refusal in DESCRIPTION["components"]["responses"].values():
        assert refusal["content"] == {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}


def test_whoever_changes_something_says_what_they_read() -> None:
    for method, path, operation in OPERATIONS:
        acts = method == "post" and re.search(r"\{id\}/\w+/$", path)
        named = [parameter.get("$ref", "").split("/")[-1] for parameter in operation.get("parameters", [])]
        assert ("IfMatch" in named) == bool(method in {"patch", "delete"} or acts), f"{method} {path}"
        needs = {"IfMatch", "OptionalIfMatch", "RestoringIfMatch"} & set(named)
        assert ("428" in operation["responses"]) == bool(needs)


def test_requests_are_closed_and_answers_whole() -> None:
    for name, shape in SCHEMAS.items():
        assert not re.search("'(readOnly|writeOnly|nullable)'", str(shape)), name
        if name.endswith("Request"):
            assert shape["additionalProperties"] is False, name
        elif "properties" in shape:
            left_out = shape["properties"].keys() - set(shape["required"])
            assert left_out <= {"warnings", "count", "body", "revisions", "errors_left_out"}, name


def examples() -> Iterator[tuple[str, str, Any]]:
    for name, (_, _, operation) in BY_ID.items():
        for media, content in operation.get("requestBody", {}).get("content", {}).items():
            if media == "application/json":
                assert content.get("examples"), f"{name} has no example"
                yield from ((name, title, example["value"]) for title, example in content["examples"].items())


@pytest.mark.parametrize(("name", "title", "value"), [pytest.param(*e, id="-".join(e[:2])) for e in examples()])
def test_an_example_is_as_described(name: str, title: str, value: Any) -> None:
    method, path, _ = BY_ID[name]
    at = pointer("paths", path, method, "requestBody", "content", "application/json", "schema")
    assert list(contract().validator(at).iter_errors(value)) == []


def test_every_operation_shows_what_it_takes_and_what_it_answers() -> None:
    """Files and what is gone have nothing to show."""
    shown = {name for name, _, _ in examples()}
    silent = []
    for name, (_, _, operation) in BY_ID.items():
        if "application/json" in operation.get("requestBody", {}).get("content", {}) and name not in shown:
            silent.append(f"{name} takes")
        for status, answer in operation["responses"].items():
            schema = answer.get("content", {}).get("application/json", {}).get("schema", {})
            if status < "300" and schema.get("format") != "binary" and "content" in answer and not shows(schema):
                silent.append(f"{name} answers {status}")
    assert not silent


def shows(schema: Any) -> bool:
    """Whether it has an example; a list has that of its items."""
    found = SCHEMAS[schema["$ref"].rsplit("/", 1)[1]]
    items = found.get("properties", {}).get("results", {}).get("items")
    return bool(found.get("examples")) or (items is not None and shows(items))


@pytest.mark.parametrize("name", [name for name, schema in SCHEMAS.items() if "examples" in schema])
def test_an_answer_that_is_shown_is_as_described(name: str) -> None:
    for answer in SCHEMAS[name]["examples"]:
        assert list(contract().validator(pointer("components", "schemas", name)).iter_errors(answer)) == []
        assert set(answer) <= SCHEMAS[name]["properties"].keys()


def test_the_examples_work(manager: Api, seeded: Any) -> None:
    """Each is sent to a server that holds the seed. The gold set is reopened, so that it can be written."""
    make_user("ada")
    opened = manager.post(example_path("reopenAnnotationSet"), {}, if_match="*")
    assert opened.status_code == 200
    wrong = []
    for name, title, value in examples():
        with transaction.atomic():
            path = example_path(name, made(manager, name) if name in MADE_BY else None)
            response = manager.request(BY_ID[name][0], path, value, if_match="*")
            if not 200 <= response.status_code < 300:
                wrong.append(f"{name}, {title}: {response.status_code} {response.json()['errors']}")
            transaction.set_rollback(True)
    assert not wrong, "\n".join(wrong)


def test_who_tries_the_examples_keeps_the_seed() -> None:
    """A new text of the seed article would show nothing of what is annotated on it: no example says to correct that."""
    assert example_path("createArticleRevision", "one's own") == "/api/v1/articles/one's own/revisions/"


# What the seed has none of, or none to spare, and the operation that makes one.
MADE_BY = {
    "updateProjectMember": "createProjectMember",
    "updateClaimReview": "createClaimReview",
    "createArticleRevision": "createArticle",
}


def made(api: Api, name: str) -> str:
    value = next(value for maker, _, value in examples() if maker == MADE_BY[name])
    identifier: str = api.post(example_path(MADE_BY[name]), value).json()["id"]
    return identifier


def example_path(name: str, last: str | None = None) -> str:
    """The operation's address, with the examples of its parameters; `last` stands for what has none."""
    _, path, operation = BY_ID[name]
    for parameter in operation.get("parameters", []):
        if parameter.get("in") == "path":
            path = path.replace(f"{{{parameter['name']}}}", str(parameter.get("example", last)))
    return path
