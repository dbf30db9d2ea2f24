"""A blind project with and without another annotator's work: to an annotator all answers are the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from accept import contract, files
from accept.client import Answer, Client
from accept.harness import Ground, Server
from accept.matrix import filled
from accept.people import ROLES
from accept.report import Report
from tests.builders import make_member, make_token, make_user
from tests.estate import ABSENT, WHOLE, Estate, make_estate

SIZES: dict[str, dict[str, Any]] = {"full": {}, "quick": {}, "tiny": {}}
# What tells the worlds apart and is nobody's secret: where a reader of the feed goes on.
CURSORS = {"next", "previous"}


def run(ground: Ground, report: Report) -> None:
    users = {role: make_user(role) for role in (*ROLES, "other")}
    estate = make_estate("Blindword", users["annotator"], "annotator", blind=True)
    for name, role in (("other", "annotator"), ("curator", "curator"), ("manager", "manager")):
        make_member(estate.project, users[name], role)
    tokens = {name: make_token(user) for name, user in users.items()}
    with ground.serve() as server:
        me, other, curator = (server.client(tokens[name]) for name in ("annotator", "other", "curator"))
        paths = list(readable(server, estate))
        me.get(paths[0])  # a token notes its first use
        before = {path: shown(me.get(path)) for path in paths}
        theirs = work(other, curator, estate)
        after = {path: shown(me.get(path)) for path in paths}
        report.note("requests", len(paths))
        report.none("not 200 at all", [path for path in paths if before[path][0] != 200])
        report.none("answers that differ", [path for path in paths if before[path] != after[path]])
        report.at_least("objects of the other", len(theirs), 5)
        report.none("told from absent", list(told(me, theirs, estate)))
        seen = curator.get(f"/quotes/?article={estate.id('article')}").json()["results"]
        report.at_least("quotes that the curator sees", len(seen), 4)


def shown(answer: Answer) -> tuple[Any, ...]:
    status, headers, body = answer.told()
    media = headers.get("content-type", "")
    headers.pop("content-length", None)
    if "application/json" not in media:
        return status, headers, files.parts(media, body)
    told = answer.json()
    kept = {name: value for name, value in told.items() if name not in CURSORS} if isinstance(told, dict) else told
    return status, headers, kept


def readable(server: Server, estate: Estate) -> Iterator[str]:
    """Every operation that reads, and its lists in each order, counted, narrowed to the other's name and to a place."""
    document = contract.described(server)
    for method, path, operation in contract.operations(document):
        if method != "get":
            continue
        taken = contract.parameters(document, operation)
        named = {parameter["name"]: parameter["schema"] for parameter in taken if parameter["in"] == "query"}
        formats: dict[str, Any] = next(
            (parameter["schema"] for parameter in taken if parameter["name"] == "format"), {}
        )
        for form in values(document, formats) or [""]:
            place = filled(path, estate, format=form)
            yield place
            for query in queries(document, named, estate):
                if query.split("=")[0] not in place.partition("?")[2]:
                    yield f"{place}{'&' if '?' in place else '?'}{query}"


def queries(document: dict[str, Any], named: dict[str, Any], estate: Estate) -> Iterator[str]:
    tried = {
        "count": "true",
        "page_size": "2",
        "annotator": "other",
        "project": estate.id("project"),
        "article": estate.id("article"),
        "q": "wages",
        "tag": "theirs",
        "external_id": "theirs-0",
        "review_status": "approved",
        "speaker": estate.id("speaker"),
        "claim": estate.id("claim"),
        "status": "submitted",
        "kind": "individual",
        "set_kind": "individual",
        "offset_unit": "utf16",
    }
    for name, value in tried.items():
        allowed = values(document, named.get(name, {}))
        if name in named and (not allowed or value in allowed):
            yield f"{name}={value}"
    if "overlaps" in named:
        yield f"article={estate.id('article')}&overlaps=0-5000&count=true"
    for kind in values(document, named.get("type", {})):
        yield f"type={kind}"
    for order in values(document, named.get("ordering", {})):
        yield f"ordering={order}"


def values(document: dict[str, Any], schema: dict[str, Any]) -> list[str]:
    found: list[str] = contract.resolved(document, schema).get("enum", [])
    return found


def secrets(estate: Estate) -> dict[str, Any]:
    """An annotation document with one of each kind, and words that nobody else is to meet."""
    return {
        "mentions": [{"span": {"exact": "she"}, "speaker": estate.id("speaker"), "key": "she"}],
        "quotes": [
            {
                "content": {"exact": exact},
                "cue": {"exact": "said"},
                "note": "Secretword",
                "tags": ["theirs"],
                "external_id": f"theirs-{n}",
                "sources": [{"role": "source", "mention": "#she", "speaker": estate.id("speaker")}],
            }
            for n, exact in enumerate((WHOLE, "taxes would fall", "wages would rise", "keeps its word"))
        ],
        "claim_occurrences": [{"span": {"exact": "taxes would fall"}, "claim": estate.id("claim")}],
        "evidence": [
            {"span": {"exact": "wages would rise"}, "claim": estate.id("claim"), "stance": "refutes", "note": "Secret"}
        ],
    }


def work(other: Client, curator: Client, estate: Estate) -> dict[str, str]:
    """All that another annotator may do on the article, and a curator on top of it; gives the path of each object."""
    article = estate.id("article")
    answer = other.post(f"/articles/{article}/annotations/", secrets(estate))
    assert answer.status == 200, answer.body
    made = {one["id"]: one["type"] for one in answer.json()["objects"] if one["outcome"] == "created"}
    gone = next(one["id"] for one in reversed(answer.json()["objects"]) if one["type"] == "quotes")
    held = other.get(f"/annotation-sets/?article={article}").json()["results"][0]["id"]
    assert other.delete(f"/quotes/{gone}/", if_match="*").status == 204
    steps = [other.post(f"/annotation-sets/{held}/submit/", {}, if_match="*")]
    steps += [
        curator.post(f"/quotes/{row}/review/", {"decision": "approved"}, if_match="*")
        for row, kind in made.items()
        if kind == "quotes" and row != gone
    ]
    assert {step.status for step in steps} == {200}, [step.body for step in steps]
    return {row: f"/{kind.replace('_', '-')}/{row}/" for row, kind in made.items()} | {
        held: f"/annotation-sets/{held}/"
    }


def told(me: Client, theirs: dict[str, str], estate: Estate) -> Iterator[str]:
    """Where an object of the other is told from one that does not exist: in a path, a filter, a body."""
    article = estate.id("article")
    for row, path in theirs.items():
        pairs = [(me.get(path), me.get(path.replace(row, ABSENT)))]
        pairs += [(me.patch(path, {}, if_match="*"), me.patch(path.replace(row, ABSENT), {}, if_match="*"))]
        for past in ("history/", "history/1/"):
            pairs += [(me.get(path + past), me.get(path.replace(row, ABSENT) + past))]
        back = f"{path}history/1/restore/"
        pairs += [(me.post(back, {}, if_match="*"), me.post(back.replace(row, ABSENT), {}, if_match="*"))]
        for name in ("parent", "set", "mention"):
            pairs += [tuple(me.get(f"/quotes/?{name}={one}&count=true") for one in (row, ABSENT))]  # type: ignore[list-item]
        for body in ({"parent": row}, {"set": row}, {"sources": [{"mention": row}]}):
            absent = {name: swapped(value, row) for name, value in body.items()}
            base = {"article": article, "content": {"exact": "wages would rise"}}
            pairs.append((me.post("/quotes/", base | body), me.post("/quotes/", base | absent)))
        yield from (f"{path}: {a.status} {a.code}, absent {b.status}" for a, b in pairs if a.told() != b.told())


def swapped(value: Any, row: str) -> Any:
    if isinstance(value, list):
        return [swapped(one, row) for one in value]
    if isinstance(value, dict):
        return {name: swapped(one, row) for name, one in value.items()}
    return ABSENT if value == row else value
