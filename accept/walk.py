"""Every link of the document walked once: an object is made through the API, and the operation about it answers 2xx.

schemathesis chooses the ways of its chains by chance, so that which links they try is luck. Here it is none.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from accept import contract, links
from accept.client import Answer
from accept.harness import Server
from accept.matrix import Cast, body_of, filled
from tests.estate import Estate

STEPS = {"reopen/": "submit/", "unmerge/": "merge/"}  # what comes before, so that there is something to take back
BY_ANOTHER = ("/review/",)  # nobody reviews what they made
BODIES: dict[str, Any] = {  # where what others make would be too little for what follows
    "createArticle": {
        "title": "T",
        "body": "She said wages would rise.",
        "capture": "<p>She said wages would rise.</p>",
    }
}


def walk(server: Server, described: dict[str, Any]) -> tuple[int, list[str]]:
    """How many links were walked, and which of them did not end in a 2xx."""
    cast = Cast(server)
    found = [faults(cast, described, *link) for link in declared(described)]
    return len(found), [fault for fault in found if fault]


def declared(described: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """(maker, method, path) of each link."""
    for method, path, _ in contract.operations(described):
        for maker in links.makers(described, path):
            yield maker, method, path


def faults(cast: Cast, described: dict[str, Any], maker: str, method: str, path: str) -> str:
    """What went wrong on one link, if anything did. Each has an estate of its own."""
    cast.altered()
    estate = cast.estate("manager")
    made = ask(cast, described, "annotator" if path.endswith(BY_ANOTHER) else "manager", "post", maker, estate)
    if made.status >= 300:
        return f"POST {maker}: {made.status} {made.code}, before {method.upper()} {path}"
    told = {name: value(way, made, estate) for name, way in links.given(path, maker).items()}
    given = {name.removeprefix("path."): found for name, found in told.items()}
    last = path.rstrip("/").rpartition("/")[2] + "/"
    ways = [("post", path.removesuffix(last) + STEPS[last])] if last in STEPS else []
    for verb, way in [*ways, (method, path)]:
        answer = ask(cast, described, "manager", verb, way, estate, **given)
        if answer.status >= 300:
            return f"{verb.upper()} {way}: {answer.status} {answer.code}"
    return ""


def ask(
    cast: Cast, described: dict[str, Any], who: str, method: str, path: str, estate: Estate, **given: str
) -> Answer:
    operation = described["paths"][path][method]["operationId"]
    body = BODIES.get(operation) or body_of(operation, path, method, estate, next(cast.counter))
    if operation in BODIES:
        body = body | {"project": estate.id("project")}
    headers = {"if_match": "*"} if method != "get" else {}
    return cast.client(who).request(method.upper(), filled(path, estate, **given), body, **headers)


def value(way: str, made: Answer, estate: Estate) -> str:
    """What a link takes from the answer of the maker, or from the path at which it was asked."""
    if way.startswith(links.MADE):
        return str(made.json()[way.removeprefix(links.MADE)])
    return estate.id(way.rpartition(".")[2])
