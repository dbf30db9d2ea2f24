"""Every operation by everybody, in their own, a foreign, a public project: statuses as in the reviewed table.

`matrix.csv` has one row for each operation of the OpenAPI document, no more and no fewer, and for those of a history
another one about an object that is deleted. Its columns are callers:
`foreign` is the manager of another project, `stranger` a member of none, and `scope read` and the like the project's
manager with a token of that one scope. The object of each operation is part of an
estate (one of everything) that the annotator made: its set is open and the annotator's own, its speaker, claim,
publisher and article are in use (so a deletion that is allowed answers 409), and nothing in it is merged or closed.
"""

from __future__ import annotations

import csv
import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from accept import admin, contract, foreign, forms
from accept.client import Answer, Client
from accept.graves import GONE, Described, Graves, home, with_graves
from accept.harness import Ground, Server
from accept.report import Report
from projects.roles import SCOPES
from tests.bodies import create_bodies
from tests.builders import make_member, make_speaker, make_token, make_user
from tests.estate import ABSENT, Estate, make_estate

TABLE = Path(__file__).with_name("matrix.csv")
OUTSIDERS = ("anonymous", "stranger", "foreign")
MEMBERS = ("viewer", "annotator", "curator", "manager")
PUBLIC = ("public anonymous", "public stranger")
SCOPED = tuple(f"scope {scope}" for scope in SCOPES)
COLUMNS = (*OUTSIDERS, *MEMBERS, *PUBLIC, *SCOPED)
OUTSIDE_SETS = (*PUBLIC, "viewer", *SCOPED[:2])  # who sees nothing of the annotator's open set
IN_SET = ("annotation-set", "quote", "mention", "claim-occurrence", "evidence")  # of the estate's set, which is open
SIZES: dict[str, dict[str, Any]] = {
    "full": {"part": ""},
    "quick": {"part": ""},
    "tiny": {"part": "/quotes/"},  # the operations whose path holds this
}

# What an operation takes beyond the bodies that make a resource, by its id.
BODIES: dict[str, Any] = {
    "createToken": {"name": "New", "scopes": ["read"]},
    "createProject": {"slug": "made-{n}", "name": "Made"},
    "createProjectMember": {"user": "newcomer", "role": "viewer"},
    "createArticleRevision": {"title": "T", "body": "B", "base_revision": 1},
    "writeArticleAnnotations": {"mentions": [{"span": {"exact": "wages would rise"}}]},
    "writeProjectDocuments": [{"article": {"title": "T", "body": "B"}}],
    "mergeSpeaker": {"into": "{speaker}"},
    "mergeClaim": {"into": "{claim}"},
    "createClaimRelation": {"source": "{own claim}", "target": "{claim}", "type": "contradicts"},
    "updateProject": {"description": "Altered"},
    "updateProjectMember": {"role": "curator"},
}
FEED = "/api/v1/changes/"  # its project stands in the query
REVIEW = {"decision": "approved"}


class Cast:
    """The callers, and an estate for them that is made anew once it has been altered."""

    def __init__(self, server: Server) -> None:
        names = (*OUTSIDERS, *MEMBERS)
        self.users = {name: make_user(f"m-{name}") for name in names if name != "anonymous"}
        make_user("newcomer")
        self.clients: dict[str, Client] = {name: server.client(make_token(user)) for name, user in self.users.items()}
        self.clients["anonymous"] = server.client()
        for column, scope in zip(SCOPED, SCOPES, strict=True):
            self.clients[column] = server.client(make_token(self.users["manager"], [scope]))
        self.counter = itertools.count()
        self.theirs = make_estate("Theirword", self.users["foreign"])
        self.theirs.rows["other speaker"] = make_speaker(self.theirs.project, "Theirword Okafor")
        self.estates: dict[str, Estate] = {}
        self.graves = Graves()

    def client(self, column: str) -> Client:
        return self.clients[column.removeprefix("public ")]

    def estate(self, column: str) -> Estate:
        visibility = "public" if column.startswith("public ") else "private"
        if visibility not in self.estates:
            estate = make_estate(
                f"Ourword{next(self.counter)}", self.users["annotator"], "annotator", visibility=visibility
            )
            for role in ("viewer", "curator", "manager"):
                make_member(estate.project, self.users[role], role)
            estate.rows["other speaker"] = make_speaker(estate.project, f"{estate.word} Okafor")
            self.estates[visibility] = estate
        return self.estates[visibility]

    def grave(self, path: str, estate: Estate, described: Described) -> str:
        """The id of an object that was made and deleted again, in the list that a path of history is about."""
        place = home(path)
        _, listed, operation = described[f"POST {place}"]
        body = body_of(operation["operationId"], listed, "post", estate, next(self.counter))
        digger = self.clients["foreign" if estate is self.theirs else "manager"]
        return self.graves.id(digger, estate, filled(listed, estate), body)

    def altered(self) -> None:
        self.estates.clear()


def run(ground: Ground, report: Report, part: str) -> None:
    with ground.serve() as server:
        document = contract.described(server)
        cast = Cast(server)
        described = with_graves({f"{m.upper()} {path}": (m, path, op) for m, path, op in contract.operations(document)})
        rows = read_table()
        report.none("operations without a row", sorted(described.keys() - rows.keys()))
        report.none("rows without an operation", sorted(rows.keys() - described.keys()))
        tried = {name: found for name, found in described.items() if part in found[1]}
        wrong = [fault for name in tried for fault in cells(cast, name, described, rows.get(name))]
        report.note("cells", len(tried) * len(COLUMNS))
        report.none("wrong cells", wrong)
        report.none("foreign differs from absent", list(hidden(cast, tried, described)))
        fields, faults = foreign.bodies(cast.client("manager"), cast, part)
        report.at_least("id fields of bodies", fields, 1)
        report.none("foreign ids that tell", faults)
        if not part:
            pages, faults = admin.cells(server)
            report.note("admin pages", pages)
            report.none("wrong admin pages", faults)
            posts, faults = forms.cells(server)
            report.note("admin forms", posts)
            report.none("wrong admin forms", faults)


def read_table() -> dict[str, dict[str, str]]:
    with TABLE.open() as file:
        return {row["operation"]: row for row in csv.DictReader(file)}


def cells(cast: Cast, name: str, described: Described, row: dict[str, str] | None) -> Iterator[str]:
    """What is wrong in one row; for an operation without one, the row as it would be, to be reviewed."""
    got = {}
    for column in COLUMNS:
        estate = cast.estate(column)
        answer = attempt(cast, column, name, described)
        got[column] = str(answer.status)
        if leak := leaked(column, estate, answer.body):
            yield f"{name}: {column} reads {leak}"
    if row is None:
        yield ",".join([name, *got.values()])
        return
    for column, status in got.items():
        if status != row[column]:
            yield f"{name}: {column} gives {status}, not {row[column]}"


def leaked(column: str, estate: Estate, body: bytes) -> str:
    """What a body tells a caller who should not know: in answers that are for them, too."""
    if column in OUTSIDERS and estate.word.encode() in body:
        return "of the private project"
    if column in PUBLIC and any(f'"m-{member}"'.encode() in body for member in MEMBERS):
        return "a member's name"
    if column in OUTSIDE_SETS and any(estate.id(name).encode() in body for name in IN_SET):
        return "of an open set"
    return ""


def attempt(cast: Cast, column: str, name: str, described: Described) -> Answer:
    method, path, operation = described[name]
    estate = cast.estate(column)
    given = {"id": cast.grave(path, estate, described)} if name.endswith(GONE) else {}
    body = body_of(operation["operationId"], path, method, estate, next(cast.counter))
    headers = {"if_match": "*"} if method != "get" else {}
    answer = cast.client(column).request(method.upper(), filled(path, estate, **given), body, **headers)
    if method != "get" and answer.status < 400:
        cast.altered()
    return answer


def body_of(operation: str, path: str, method: str, estate: Estate, number: int) -> Any:
    """One valid body of an operation."""
    if method not in ("post", "patch"):
        return None
    if operation in BODIES:
        return filled_in(BODIES[operation], {"n": str(number), **others(estate)})
    if path.endswith("/review/"):
        return REVIEW
    name = resource(path)
    made = create_bodies(estate).get(name) if method == "post" and "{" not in path else None
    return made if made is not None else {}


def others(estate: Estate) -> dict[str, str]:
    """What an estate's claim and speaker can be tied to."""
    claim = str(estate.rows["claim-relation"].target_id)
    return {"speaker": estate.id("other speaker"), "claim": claim, "own claim": estate.id("claim")}


def filled_in(body: Any, words: dict[str, str]) -> Any:
    if isinstance(body, dict):
        return {name: filled_in(value, words) for name, value in body.items()}
    if isinstance(body, list):
        return [filled_in(value, words) for value in body]
    return body.format(**words) if isinstance(body, str) else body


def resource(path: str) -> str:
    """The name in an estate of what the first variable `{id}` of a path stands for."""
    steps = path.removeprefix("/api/v1/").split("/")
    place = steps.index("{id}") - 1 if "{id}" in steps else 0
    return steps[place] if steps[place] == "evidence" else steps[place].removesuffix("s")


def filled(path: str, estate: Estate, **given: str) -> str:
    known = {"project": estate.id("project"), "article": estate.id("article"), "number": "1", "version": "1"}
    if "{id}" in path and "id" not in given:
        known["id"] = estate.id(resource(path))
    template = f"{path}?project={{project}}" if path == FEED else path
    return template.format_map(known | {"format": "ndjson"} | given)


def hidden(cast: Cast, tried: Described, described: Described) -> Iterator[str]:
    """Where an object of another project, or its project or article, is told from one that does not exist."""
    ours = cast.estate("manager")
    for name, (method, path, operation) in tried.items():
        body = body_of(operation["operationId"], path, method, ours, next(cast.counter))
        headers = {"if_match": "*"} if method != "get" else {}
        given = {"id": cast.grave(path, cast.theirs, described)} if name.endswith(GONE) else {}
        for variable in ["project"] if path == FEED else re.findall(r"{(id|project|article)}", path):
            known = filled(path, cast.theirs, **given), filled(path, cast.theirs, **given | {variable: ABSENT})
            for column, status in (("manager", 422 if path == FEED else 404), ("anonymous", 401)):
                client = cast.client(column)
                answers = [client.request(method.upper(), place, body, **headers) for place in known]
                if answers[0].told() != answers[1].told() or answers[0].status != status:
                    yield f"{name}, {variable}, {column}: {answers[0].status}, and absent {answers[1].status}"
