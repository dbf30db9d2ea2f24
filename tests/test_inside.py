"""The API from inside the house: the same answers as over HTTP, for whoever the caller is."""

from __future__ import annotations

from typing import Any

from backend.inside import Inside, etag, shape_of
from projects.authentication import caller_of
from tests.api import Api
from tests.builders import World, make_speaker


def inside(api: Api) -> Inside:
    found: Any = caller_of(api.token or "")
    return Inside(*found)


def test_it_answers_as_over_http(world: World) -> None:
    speaker = make_speaker(world.project)
    path = f"speakers/{speaker.pk}/"
    for api in (world.curator, world.stranger):
        over = api.get(f"/api/v1/{path}")
        answer = inside(api).get(path)
        assert (answer.status, answer.body) == (over.status_code, over.json())
    assert inside(world.curator).get("speakers/?kind=person").body["results"]


def test_it_writes_and_refuses_as_over_http(world: World) -> None:
    speaker = make_speaker(world.project)
    door, path = inside(world.curator), f"speakers/{speaker.pk}/"
    assert door.send("patch", path, {"kind": "group"}, etag(speaker.pk, 1)).body["version"] == 2
    stale = door.send("patch", path, {"kind": "group"}, etag(speaker.pk, 1))
    assert (stale.status, stale.faults[0].code) == (412, "stale-version")
    wrong = door.send("patch", path, {"name": 7, "nosuch": 1}, etag(speaker.pk, 2))
    assert {(f.pointer, f.code) for f in wrong.faults} == {("/name", "invalid"), ("/nosuch", "unknown-field")}
    assert door.send("patch", path, {"name": "x"}).faults[0].code == "if-match-required"
    assert inside(world.viewer).send("patch", path, {"kind": "other"}, "*").status == 403
    assert door.send("post", "speakers/", {"project": str(world.project.pk), "name": "a\0b"}).status == 400


def test_it_knows_what_is_taken() -> None:
    assert {"name", "aliases"} <= set(shape_of("speakers")().fields)
    assert set(shape_of("speakers", "merge")().fields) == {"into"}
