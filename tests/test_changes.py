"""The change feed: all of it, in order, and to each reader what they may see."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from annotations.models import AnnotationSet
from projects.actions import feed
from projects.models import Event, Project
from tests.builders import make_article, make_member, make_project, make_user
from tests.estate import ABSENT, API, codes, make_estate, told
from tests.test_history import versions

pytestmark = pytest.mark.django_db


class Reader:
    """Somebody who follows a project."""

    def __init__(self, api: Any, project: Any, query: str = "") -> None:
        self.api, self.address, self.cursor = api, f"{API}/changes/?project={project.pk}{query}", None

    def ask(self) -> Any:
        return self.api.get(self.address + (f"&cursor={self.cursor}" if self.cursor else ""))

    def read(self) -> list[dict[str, Any]]:
        """Everything since the last time."""
        found: list[dict[str, Any]] = []
        while True:
            answer = self.ask()
            assert answer.status_code == 200, answer.content
            body = answer.json()
            assert body["next"]
            found += body["results"]
            self.cursor = body["next"]
            if not body["more"]:
                return found


def brief(changes: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(change["action"], change["type"]) for change in changes]


def about(changes: list[dict[str, Any]], pk: Any) -> list[tuple[int, str]]:
    return [(change["version"], change["action"]) for change in changes if change["id"] == str(pk)]


@pytest.fixture
def us(world):
    """The project of `world` with an article; readers and writers are the world's."""
    world.article = make_article(world.project)
    world.path = {"article": str(world.article.pk)}
    return world


def reader(world: Any, who: str, query: str = "") -> Reader:
    return Reader(getattr(world, who), world.project, query)


def add_quote(api: Any, world: Any, exact: str = "We keep our word", **more: Any) -> dict[str, Any]:
    answer = api.post(f"{API}/quotes/", world.path | {"content": {"exact": exact}} | more)
    assert answer.status_code == 201, answer.content
    made: dict[str, Any] = answer.json()
    return made


def step(api: Any, set_id: str, what: str) -> None:
    answer = api.post(f"{API}/annotation-sets/{set_id}/{what}/", {}, if_match="*")
    assert answer.status_code == 200, answer.content


# ---- what is in it ----


def test_single_writes_bulk_writes_and_deletions(us):
    follower = reader(us, "manager")
    assert brief(follower.read()) == [("created", "article"), ("created", "revision")]
    quote = add_quote(us.annotator, us)
    us.annotator.patch(f"{API}/quotes/{quote['id']}/", {"note": "n"}, if_match="*")
    assert brief(follower.read()) == [("created", "annotation_set"), ("created", "quote"), ("updated", "quote")]
    assert follower.read() == []
    document = {"quotes": [{"content": {"exact": word}} for word in ("denies it", "nobody believes her")]}
    us.manager.post(f"{API}/articles/{us.article.pk}/annotations/", document)
    assert brief(follower.read()) == [("created", "annotation_set"), *[("created", "quote")] * 2]
    documents = [{"article": {"title": f"T{n}", "body": "B"}, "sets": [{"label": "s"}]} for n in range(2)]
    us.manager.post(f"{API}/projects/{us.project.pk}/documents/", documents)
    assert sorted(brief(follower.read())) == sorted(
        [("created", kind) for kind in ("article", "revision", "annotation_set")] * 2
    )
    us.annotator.delete(f"{API}/annotation-sets/{quote['set']}/?cascade=true", if_match="*")
    gone = follower.read()
    assert brief(gone) == [("deleted", "quote"), ("deleted", "annotation_set")]
    assert [(c["article"], c["set"], c["object"]) for c in gone] == [(quote["article"], quote["set"], None)] * 2
    assert about(gone, quote["id"]) == [(3, "deleted")]


def test_a_change_tells_what_history_tells(us):
    follower = reader(us, "curator")
    quote = add_quote(us.annotator, us, sources=[{"span": {"exact": "she"}}])
    follower.read()
    us.annotator.patch(f"{API}/quotes/{quote['id']}/", {"note": "n"}, if_match="*")
    (change,) = follower.read()
    version = versions(us.curator, f"{API}/quotes/{quote['id']}/")[-1]
    assert change["object"] == version["object"]
    assert change["actor"] == version["actor"] == "annotator"
    assert [change[name] for name in ("version", "action", "at")] == [version[n] for n in ("version", "action", "at")]
    assert (change["article"], change["set"], change["reload"]) == (quote["article"], quote["set"], False)


def test_everything_is_in_it(client):
    """One of each kind, by its own name and in its own shape."""
    estate = make_estate("Ourword", make_user("our-manager"))
    found = Reader(client(estate.owner), estate.project).read()
    kinds = {"membership" if name == "member" else name.replace("-", "_") for name in estate.rows} - {"token", "import"}
    assert {change["type"] for change in found} == kinds | {"revision"}
    for change in found:
        assert change["object"]["id"] == change["id"]
        assert (UUID(change["id"]) in {row.pk for row in estate.rows.values()}) == (change["type"] != "revision")
    for kind in sorted(kinds):
        only = Reader(client(estate.owner), estate.project, f"&type={kind}").read()
        assert {change["type"] for change in only} == {kind}
    wrong = client(estate.owner).get(f"{API}/changes/?project={estate.project.pk}&type=token")
    assert codes(wrong) == [("invalid-choice", "?type")]


def test_pages_of_any_size_hold_the_same(us):
    for n in range(7):
        add_quote(us.annotator, us, external_id=f"q{n}")
    everything = reader(us, "manager").read()
    assert len(everything) == 10
    seqs = [change["seq"] for change in everything]
    assert seqs == sorted(set(seqs))
    for size in (1, 3, 10):
        follower = reader(us, "manager", f"&page_size={size}")
        pages = []
        while True:
            body = follower.ask().json()
            follower.cursor = body["next"]
            pages.append(body["results"])
            if not body["more"]:
                break
        assert [change for page in pages for change in page] == everything
        assert max(map(len, pages)) == size


def test_offsets_count_as_asked(client):
    user = make_user("user")
    project = make_project("astral")
    make_member(project, user, "manager")
    article = make_article(project, "He said 😀 yes")
    api = client(user)
    api.post(f"{API}/quotes/", {"article": str(article.pk), "content": {"exact": "yes"}})
    found = [Reader(api, project, f"&type=quote{unit}").read() for unit in ("", "&offset_unit=utf16")]
    starts = [changes[0]["object"]["content"]["start"] for changes in found]
    assert starts == [10, 11]


# ---- the cursor ----


def test_a_cursor_is_good_for_its_project_only(us, client):
    add_quote(us.annotator, us)
    follower = reader(us, "manager")
    follower.read()
    other = make_project("other")
    make_member(other, us.manager.user, "manager")
    cursor = str(follower.cursor)
    assert codes(us.manager.get(f"{API}/changes/?project={other.pk}&cursor={cursor}")) == [("bad-cursor", "?cursor")]
    here = f"{API}/changes/?project={us.project.pk}"
    for forged in (cursor[:-1], cursor + "A", cursor.swapcase(), "1", f"W10:{cursor.split(':', 1)[1]}"):
        assert codes(us.manager.get(f"{here}&cursor={forged}")) == [("bad-cursor", "?cursor")]
    page = us.manager.get(f"{API}/quotes/?page_size=1&project={us.project.pk}").json()["next"]
    assert page is None
    assert codes(us.manager.get(f"{API}/changes/")) == [("required", "?project")]
    assert us.manager.get(f"{here}&page_size=1001").status_code == 400
    assert us.manager.get(f"{here}&ordering=id").status_code == 400


def test_a_list_with_nothing_to_show_goes_on_all_the_same(us, monkeypatch):
    """What a reader may not see does not hold them up, however much of it there is."""
    monkeypatch.setattr("annotations.views.changes.SCAN", 4)
    for n in range(9):
        add_quote(us.annotator, us, external_id=f"q{n}")
    us.curator.post(f"{API}/speakers/", {"project": str(us.project.pk), "name": "New"})
    follower = reader(us, "viewer")
    pages = []
    while True:
        body = follower.ask().json()
        assert body["next"] != follower.cursor
        follower.cursor = body["next"]
        pages.append(brief(body["results"]))
        if not body["more"]:
            break
    assert pages == [[("created", "article"), ("created", "revision")], [], [], [("created", "speaker")]]


def test_many_events_are_put_in_order_in_several_calls(us, monkeypatch):
    monkeypatch.setattr(feed, "BATCH", 3)
    for n in range(7):
        add_quote(us.annotator, us, external_id=f"q{n}")
    follower = reader(us, "manager")
    sizes = []
    while True:
        body = follower.ask().json()
        follower.cursor = body["next"]
        sizes.append(len(body["results"]))
        if not body["more"]:
            break
    assert sizes == [3, 3, 3, 1]
    numbered: list[Any] = list(Event.objects.filter(project=us.project).order_by("pk").values_list("seq", flat=True))
    assert numbered == sorted(numbered)


def test_a_reader_costs_the_same_for_one_change_and_for_fifty(us):
    costs = {}
    for who in ("manager", "viewer", "anonymous"):
        Project.objects.filter(pk=us.project.pk).update(visibility="public")
        follower = reader(us, who, "&page_size=1000")
        for count in (1, 50):
            for n in range(count):
                us.manager.post(f"{API}/claims/", {"project": str(us.project.pk), "text": f"{who} {count} {n}."})
            with CaptureQueriesContext(connection) as captured:
                assert len(follower.ask().json()["results"]) >= count
            follower.cursor = follower.ask().json()["next"]
            costs[who, count] = len([q for q in captured if "SAVEPOINT" not in q["sql"]])
    assert all(costs[who, 1] == costs[who, 50] <= 9 for who, _ in costs), costs


# ---- who sees what ----


def test_a_foreign_project_is_as_good_as_absent(us, client):
    add_quote(us.annotator, us)
    for api, status in ((us.stranger, 422), (us.anonymous, 401)):
        answers = [told(api.get(f"{API}/changes/?project={pk}")) for pk in (us.project.pk, ABSENT)]
        assert answers[0] == answers[1]
        assert answers[0][0] == status
    assert codes(us.stranger.get(f"{API}/changes/?project={ABSENT}")) == [("no-such-object", "?project")]
    assert not Event.objects.filter(seq__isnull=False).exists()
    other = make_project("other")
    make_member(other, us.stranger.user, "manager")
    assert Reader(us.stranger, other).read() == []


def test_an_open_set_is_its_owners_until_it_is_handed_in(us):
    viewer, owner, curator = (reader(us, who) for who in ("viewer", "annotator", "curator"))
    for follower in (viewer, owner, curator):
        follower.read()
    quote = add_quote(us.annotator, us)
    assert (len(viewer.read()), len(owner.read()), len(curator.read())) == (0, 2, 2)
    step(us.annotator, quote["set"], "submit")
    for follower in (viewer, owner, curator):
        (change,) = follower.read()
        assert (change["type"], change["reload"], change["object"]["status"]) == ("annotation_set", True, "submitted")
    step(us.curator, quote["set"], "reopen")
    (change,) = viewer.read()
    assert (change["id"], change["reload"], change["object"]) == (quote["set"], True, None)
    assert [follower.read()[0]["object"]["status"] for follower in (owner, curator)] == ["open", "open"]
    us.annotator.patch(f"{API}/quotes/{quote['id']}/", {"note": "n"}, if_match="*")
    assert (len(viewer.read()), len(owner.read())) == (0, 1)
    # From the beginning, while it is open: its end only. Once it is closed: all that was ever in it.
    assert [c["object"] for c in reader(us, "viewer").read() if c["set"]] == [None]
    step(us.curator, quote["set"], "close")
    assert about(reader(us, "viewer").read(), quote["id"]) == [(1, "created"), (2, "updated")]


def test_tombstones_are_seen_by_the_sets_last_state(us):
    quotes = {}
    for status in ("open", "closed"):
        made = us.annotator.post(f"{API}/annotation-sets/", us.path | {"label": status}).json()
        quotes[status] = add_quote(us.annotator, us, set=made["id"])
    step(us.curator, quotes["closed"]["set"], "close")
    readers = {who: reader(us, who) for who in ("viewer", "annotator", "other_annotator", "curator")}
    for follower in readers.values():
        follower.read()
    for status in quotes:
        us.manager.delete(f"{API}/annotation-sets/{quotes[status]['set']}/?cascade=true", if_match="*")
    seen = {who: brief(follower.read()) for who, follower in readers.items()}
    one = [("deleted", "quote"), ("deleted", "annotation_set")]
    assert seen == {"viewer": one, "annotator": one * 2, "other_annotator": one, "curator": one * 2}
    again = reader(us, "viewer").read()
    assert about(again, quotes["closed"]["id"])[-1] == (2, "deleted")
    assert about(again, quotes["open"]["id"]) == []


def test_a_set_that_came_back_is_seen_as_it_is_now(us):
    quote = add_quote(us.annotator, us)
    step(us.curator, quote["set"], "close")
    path = f"{API}/annotation-sets/{quote['set']}/"
    us.manager.delete(f"{path}?cascade=true", if_match="*")
    assert len(about(reader(us, "viewer").read(), quote["set"])) == 3
    assert us.curator.post(f"{path}history/1/restore/", {}).status_code == 201
    assert about(reader(us, "viewer").read(), quote["id"]) == []
    found = reader(us, "curator").read()
    assert about(found, quote["set"]) == [(1, "created"), (2, "updated"), (3, "deleted"), (4, "created")]


def test_blind_annotators_hear_nothing_of_each_other(us):
    us.manager.patch(f"{API}/projects/{us.project.pk}/", {"blind": True}, if_match="*")
    other = add_quote(us.other_annotator, us)
    step(us.curator, other["set"], "close")
    own = add_quote(us.annotator, us)
    follower, viewer = reader(us, "annotator"), reader(us, "viewer")
    found = follower.read()
    assert other["set"] not in str(found)
    assert other["id"] not in str(found)
    assert about(found, own["id"]) == [(1, "created")]
    assert about(viewer.read(), other["id"]) == [(1, "created")]
    step(us.curator, own["set"], "close")
    (change,) = follower.read()
    assert (change["id"], change["reload"]) == (own["set"], True)
    assert about(reader(us, "annotator").read(), other["id"]) == [(1, "created")]
    # What goes out of sight says so, once the own set is closed; and not before.
    step(us.curator, other["set"], "reopen")
    assert [(c["id"], c["object"]) for c in follower.read()] == [(other["set"], None)]
    step(us.curator, own["set"], "reopen")
    assert [c["reload"] for c in follower.read()] == [True]
    step(us.curator, other["set"], "close")
    step(us.curator, other["set"], "reopen")
    us.manager.delete(f"{API}/annotation-sets/{other['set']}/?cascade=true", if_match="*")
    assert follower.read() == []
    assert other["set"] not in str(reader(us, "annotator").read())
    # Of what is deleted by then, the tombstones too wait for the own set.
    third = add_quote(us.other_annotator, us)
    step(us.curator, third["set"], "close")
    us.manager.delete(f"{API}/annotation-sets/{third['set']}/?cascade=true", if_match="*")
    assert third["set"] not in str(follower.read())
    step(us.curator, own["set"], "close")
    assert about(reader(us, "annotator").read(), third["id"]) == [(1, "created"), (2, "deleted")]


def test_the_public_follows_finished_adjudicated_sets(us):
    us.manager.patch(f"{API}/projects/{us.project.pk}/", {"visibility": "public"}, if_match="*")
    us.manager.post(f"{API}/projects/{us.project.pk}/members/", {"user": "stranger", "role": "viewer"})
    gold = us.curator.post(f"{API}/annotation-sets/", us.path | {"kind": "adjudicated"}).json()
    golden = add_quote(us.curator, us, set=gold["id"])
    plain = add_quote(us.annotator, us)
    step(us.curator, plain["set"], "close")
    public = reader(us, "anonymous")
    found = public.read()
    assert set(brief(found)) == {("created", "article"), ("created", "revision"), ("updated", "project")}
    assert {change["actor"] for change in found} == {None}
    assert {change["object"]["created_by"] for change in found} == {None}
    step(us.curator, gold["id"], "close")
    (change,) = public.read()
    assert (change["id"], change["reload"], change["object"]["annotator"]["user"]) == (gold["id"], True, None)
    assert about(reader(us, "anonymous").read(), golden["id"]) == [(1, "created")]
    for at in ("reopen", "close"):
        step(us.curator, plain["set"], at)
    assert public.read() == []
    step(us.curator, gold["id"], "reopen")
    assert [(c["id"], c["object"]) for c in public.read()] == [(gold["id"], None)]


def test_settings_and_roles_that_show_more_or_less(us):
    follower, other = reader(us, "annotator"), reader(us, "viewer")
    follower.read()
    other.read()
    project, members = f"{API}/projects/{us.project.pk}/", f"{API}/projects/{us.project.pk}/members/"
    for body, reload in (({"name": "N"}, False), ({"blind": True}, True), ({"visibility": "public"}, True)):
        us.manager.patch(project, body, if_match="*")
        assert [change["reload"] for change in follower.read()] == [reload]
    other.read()
    (member,) = [m for m in us.manager.get(members).json()["results"] if m["user"] == "annotator"]
    us.manager.patch(f"{members}{member['id']}/", {"role": "curator"}, if_match="*")
    assert [(c["type"], c["reload"], c["object"]["user"]) for c in follower.read()] == [
        ("membership", True, "annotator")
    ]
    assert [(c["type"], c["reload"]) for c in other.read()] == [("membership", False)]
    us.manager.delete(f"{members}{member['id']}/", if_match="*")
    assert [(c["type"], c["action"], c["reload"]) for c in follower.read()] == [("membership", "deleted", True)]
    assert reader(us, "anonymous", "&type=membership").read() == []
    assert len(reader(us, "viewer", "&type=membership").read()) == 2


def test_a_set_tells_of_no_parent_that_its_reader_does_not_see(us):
    hidden = add_quote(us.other_annotator, us)["set"]
    merged = us.curator.post(f"{API}/annotation-sets/", us.path | {"kind": "adjudicated", "parents": [hidden]}).json()
    step(us.curator, merged["id"], "close")
    assert hidden not in str(reader(us, "viewer").read())
    assert hidden in str(reader(us, "curator").read())


# ---- the table ----


@pytest.mark.parametrize(
    "change",
    [
        "seq = seq + 1",
        "seq = NULL",
        "comment = 'x'",
        "seq = 7, comment = 'x'",
        "reload = NOT reload",
        "project_id = NULL",
    ],
)
def test_events_change_in_nothing_but_an_empty_seq(change, us):
    reader(us, "manager").read()
    place = {"project": us.project, "object_id": us.project.pk}
    Event.objects.bulk_create([Event(**place, action="created", type="x", version=1, snapshot={})])
    for numbered in (True, False):
        which = "IS NOT NULL" if numbered else "IS NULL"
        if not numbered and change in ("seq = seq + 1", "seq = NULL"):
            continue  # changes nothing
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE projects_event SET {change} WHERE seq {which}")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Event.objects.all()._raw_delete("default")


def test_sets_that_are_made_closed_say_so(us):
    document = {"article": {"title": "T", "body": "B"}, "sets": [{"label": "a", "status": "closed"}, {"label": "b"}]}
    us.manager.post(f"{API}/projects/{us.project.pk}/documents/", [document])
    found = {c["object"]["label"]: c["reload"] for c in reader(us, "manager", "&type=annotation_set").read()}
    assert found == {"a": True, "b": False}
    assert AnnotationSet.objects.count() == 2
