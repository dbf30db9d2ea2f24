"""Loaded by schemathesis itself: keeps count of answers, and gives operations that spend an object a fresh one."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django
import schemathesis
from schemathesis.generation.meta import TestPhase

django.setup()

from accept.fresh import NUMBERS, fresh, own  # noqa: E402  models need the set-up above
from accept.grounds import IDS, SEED, grounded, made_up  # noqa: E402
from backend.parsing import INTEGERS  # noqa: E402

TALLY = Path(os.environ["ACCEPT_TALLY"])
LOCK = threading.Lock()
# What alters its object, or the text that other examples are about.
SPENT = ("submit/", "close/", "reopen/", "merge/", "review/", "revisions/", "restore/", "/annotations/")

# What only goes in a state that no POST to a list makes: handed in, merged, somebody else's.
STAGED = ("reopen/", "unmerge/", "review/")

# JSON written as the text of a form: JSON Schema has no way to say more than that it is a text.
TEXTS = {"mapping": "{}"}


@schemathesis.hook
def before_call(context: Any, case: Any, **kwargs: Any) -> None:
    """Valid cases meet something: most of what is made up gives way to what there is; nothing of the seed is spent."""
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    case.body = whole(case.body)
    if isinstance(case.body, dict):
        case.body |= {name: text for name, text in TEXTS.items() if name in case.body}
    if "Idempotency-Key" in (case.headers or {}):  # new for each call, as the document says
        case.headers["Idempotency-Key"] = f"{case.headers['Idempotency-Key'][:240]}{next(NUMBERS)}"
    # Optional in the description, and needed where the object is there, or is replaced.
    if case.operation.path.endswith("/restore/") or (case.query or {}).get("mode") == "replace":
        case.headers = {**(case.headers or {}), "If-Match": "*"}
    most = next(NUMBERS) % 8 > 0
    aim(case, case.operation.path, case.path_parameters or {}, most)
    if not most:
        return
    example = case.meta.phase.name == TestPhase.EXAMPLES and SEED in str(case.body)
    if case.method.upper() in ("POST", "PATCH") and isinstance(case.body, dict) and not example:
        case.body = grounded(case.body, case.operation.path)
    if "If-Match" in (case.headers or {}):
        case.headers["If-Match"] = "*"
    for name, value in list((case.query or {}).items()):
        if made_up(value):
            case.query.pop(name)
            case.query |= {name: IDS[name]} if name in IDS else {}


def aim(case: Any, path: str, given: dict[str, Any], most: bool) -> None:
    """The case's path, at an object that is there; at a fresh one, where the operation would spend what others need."""
    method = case.method.upper()
    spends = method in ("DELETE", "PATCH") or (method == "POST" and path.endswith(SPENT))
    staged = path.endswith(STAGED)
    variable = "id" if "id" in given else "article" if "article" in given else ""
    for name in ("project", "article"):
        if most and name in given and made_up(given[name]):
            given[name] = IDS[name]
    for name in ("version", "number"):
        if most and name in given:
            given[name] = 1
    if variable and (staged or (spends and kept(given[variable])) or (most and made_up(given[variable]))):
        given |= {"project": IDS["project"]} if "project" in given else {}
        given[variable] = str(fresh(path).pk)


def kept(value: Any) -> bool:
    """Whether an id is the seed's, or that of what the caller of all cases lives by."""
    return str(value).startswith(SEED) or str(value) in own()


def whole(value: Any) -> Any:
    """Numbers written as the contract has them. JSON Schema knows values only, and cannot say how a number is written:
    to it 7.0 is an integer, and 1e30 the same as its 31 digits. The contract coerces nothing, so where an integer is
    asked for 7.0 is refused, and so are, anywhere, integers of more digits than 64 bits hold. Both are tested:
    `tests/test_bad_input.py`, `tests/test_strict_writes.py`.
    """
    if isinstance(value, dict):
        return {name: whole(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [whole(inner) for inner in value]
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    if isinstance(value, int) and value not in INTEGERS:
        return float(value) if abs(value) < 10**308 else 0
    return value


@schemathesis.hook
def after_call(context: Any, case: Any, response: Any) -> None:
    path, status, method = urlsplit(response.request.url).path, response.status_code, case.method.upper()
    told = {"operation": f"{method} {case.operation.path}", "status": status}
    told |= {"phase": case.meta.phase.name.value if case.meta else "", "ghost": status < 400 and is_gone(method, path)}
    with LOCK, TALLY.open("a") as tally:
        tally.write(json.dumps(told) + "\n")
    mourn(method, path, status)


GONE: set[str] = set()  # the addresses of what was deleted, and has not come back
STAYS = ("/annotations/",)  # is emptied by DELETE; and a token is revoked by it, and still told of


def mourn(method: str, path: str, status: int) -> None:
    if method == "DELETE" and status == 204 and not path.endswith(STAYS) and "/tokens/" not in path:
        GONE.add(path)
    elif path.endswith("/restore/") and status < 300:
        GONE.discard(path.partition("history/")[0])


def is_gone(method: str, path: str) -> bool:
    """Whether an address is at or below what was deleted; the history stays. OPTIONS is about the address alone."""
    return method != "OPTIONS" and "/history/" not in path and any(path.startswith(gone) for gone in GONE)
