"""A project with one of everything in it, and the API's addresses as its own router knows them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.urls import URLPattern, reverse

from tests import builders

API = "/api/v1"
ABSENT = "0190d1f0-0000-7000-8000-00000000abcd"
WHOLE = "taxes would fall and wages would rise"


def text_of(word: str) -> str:
    return f"{word} Stern said {WHOLE}. “{word} keeps its word,” she told {word} Okafor.\n"


@dataclass
class Estate:
    """`rows` by the router's basename. Every text in it holds `word`, so that a leak shows in the bytes."""

    word: str
    owner: Any
    project: Any
    rows: dict[str, Any] = field(default_factory=dict)

    def id(self, name: str) -> str:
        return str(self.rows[name].pk)

    @property
    def ids(self) -> set[str]:
        return {str(row.pk) for row in self.rows.values()}


def make_estate(word: str, owner: Any, role: str = "manager", **project: Any) -> Estate:
    """One of everything, made by `owner`, who has the role in the project; the set is open and the owner's."""
    from annotations.models import ImportJob
    from projects.actions.rows import created
    from projects.models import ApiToken

    place = builders.make_project(word.lower(), name=word, description=word, **project)
    estate = Estate(word, owner, place)
    publisher = builders.make_publisher(place, f"{word} Post", domain=f"{word.lower()}.example")
    facts = {"external_id": word, "publisher": publisher.pk, "capture": word, "byline": word, "metadata": {word: word}}
    article = builders.make_article(place, body=text_of(word), title=f"{word} speaks", **facts)
    speaker = builders.make_speaker(place, f"{word} Stern", aliases=[word], wikidata_qid="Q7")
    claim, other = (
        builders.make_claim(place, f"{word} taxes will fall."),
        builders.make_claim(place, f"{word} wages will rise."),
    )
    annotations = builders.make_set(article, owner, label=word)
    common: dict[str, Any] = {"note": word, "tags": [word], "external_id": word}
    mention = builders.make_mention(annotations, f"{word} Stern", speaker=speaker, **common)
    quote = builders.make_quote(annotations, WHOLE, cue="said", **common)
    builders.add_source(quote, mention, role_text=word)
    occurrence = builders.make_occurrence(annotations, WHOLE, claim=claim, quote=quote, claimants=[speaker], **common)
    estate.rows = {
        "project": place,
        "member": builders.make_member(place, owner, role),
        "token": ApiToken.objects.create(
            user=owner, created_by=owner, name=word, digest=word.encode(), hint="onr_test", scopes=["read"]
        ),
        "publisher": publisher,
        "article": article,
        "speaker": speaker,
        "claim": claim,
        "annotation-set": annotations,
        "mention": mention,
        "quote": quote,
        "claim-occurrence": occurrence,
        "claim-relation": builders.make_relation(claim, other, note=word),
        "evidence": builders.make_evidence(claim, annotations, WHOLE, quote=quote, note=word),
        "claim-review": builders.make_review(claim, f"https://{word.lower()}.example/review", word),
        "import": ImportJob.objects.create(project=place, created_by=owner, format="ndjson", file=word, total=1),
    }
    for name, row in estate.rows.items():
        if name not in ("token", "import", "article"):  # these have no history, but for the last, which has one already
            created(type(row), [row.pk], None)
    return estate


@dataclass(frozen=True)
class Route:
    """One address of the API with what it takes: the names of its variables, and a view action for each method."""

    name: str
    variables: tuple[str, ...]
    actions: dict[str, str]
    view: Any

    def path(self, **variables: Any) -> str:
        variables = {"version": 1, "format": "ndjson"} | variables
        return reverse(self.name, kwargs={name: variables[name] for name in self.variables})


def routes() -> list[Route]:
    """Every address below /api/v1/ that a viewset serves."""
    from backend.api import urlpatterns

    found = []
    for pattern in urlpatterns:
        view: Any = pattern.callback if isinstance(pattern, URLPattern) else None
        if isinstance(pattern, URLPattern) and hasattr(view, "actions"):
            assert pattern.name, pattern
            variables = tuple(pattern.pattern.regex.groupindex)
            variables = variables or tuple(getattr(pattern.pattern, "converters", ()))
            actions = {m: a for m, a in view.actions.items() if m in view.cls.http_method_names}
            found.append(Route(pattern.name, variables, actions, view.cls))
    return found


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside leaves nothing behind."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def told(response: Any) -> tuple[Any, ...]:
    """All that an answer tells: status, headers but for the request's own id, bytes."""
    headers = {name: value for name, value in response.headers.items() if name != "X-Request-Id"}
    return response.status_code, headers, response.content


def codes(response: Any) -> list[tuple[str, str]]:
    """(code, pointer) of each fault of a refusal, which has the one shape of all refusals."""
    assert response.headers["Content-Type"] == "application/problem+json", response.content
    body = response.json()
    assert set(body) == {"type", "title", "status", "detail", "code", "errors"}
    assert body["status"] == response.status_code
    assert body["type"] == f"/problems/{body['code']}"
    assert all({"pointer", "code", "detail"} <= set(fault) for fault in body["errors"])
    return [(fault["code"], fault["pointer"]) for fault in body["errors"]]


def listed(response: Any) -> list[str]:
    assert response.status_code == 200, response.content
    return [row["id"] for row in response.json()["results"]]


def send(
    api: Any, path: str, body: bytes | str, method: str = "post", content_type: str = "application/json", **h: str
) -> Any:
    raw = body.encode() if isinstance(body, str) else body
    return api.request(method, f"{API}/{path}", data=raw, content_type=content_type, **h)


def refused(answer: Any, status: int, *expected: tuple[str, str]) -> None:
    assert answer.status_code == status, answer.content
    found = codes(answer)
    assert set(expected) <= set(found), found
