"""The way back to a version: a change like others of what is there, and what is gone comes back as it was."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from annotations.models import Quote
from articles.models import Revision
from projects.models import Event, User
from tests.builders import make_claim, make_member, make_user
from tests.estate import ABSENT, API, codes, make_estate, told
from tests.test_concurrency_headers import PATCHES
from tests.test_history import DELETABLE, address, as_stored, versions

pytestmark = pytest.mark.django_db
STAMPS = {"version", "updated_at"}


@pytest.fixture
def estate():
    return make_estate("Ourword", make_user("our-manager"))


@pytest.fixture
def us(estate, client):
    second = make_user("second")
    make_member(estate.project, second, "manager")
    return client(second)


def restore(api: Any, path: str, version: int, **headers: str) -> Any:
    return api.post(f"{path}history/{version}/restore/", {}, **headers)


def less(record: dict[str, Any], names: set[str] = STAMPS) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name not in names}


def gone(api: Any, path: str) -> dict[str, Any]:
    """Deletes an object; gives what it was."""
    record: dict[str, Any] = api.get(path).json()
    answer = api.delete(path, if_match="*")
    assert answer.status_code == 204, answer.content
    return record


# What uses an object has to go before it.
USERS: dict[str, tuple[str, ...]] = {
    "claim-occurrence": ("evidence",),
    "quote": ("evidence", "claim-occurrence"),
    "mention": ("evidence", "claim-occurrence", "quote"),
    "speaker": ("evidence", "claim-occurrence", "quote", "mention"),
    "claim": ("evidence", "claim-occurrence", "claim-review", "claim-relation"),
}


def release(us: Any, estate: Any, name: str) -> None:
    for other in USERS.get(name, ()):
        gone(us, address(other, estate))
    if name == "publisher":
        us.patch(address("article", estate), {"publisher": None}, if_match="*")


# ---- what is there ----


@pytest.mark.parametrize("name", PATCHES)
def test_a_living_object_gets_its_fields_back(name, estate, us):
    path = address(name, estate)
    first = us.get(path).json()
    changed = us.patch(path, PATCHES[name], if_match="*")
    assert codes(restore(us, path, 1)) == [("if-match-required", "")]
    assert codes(restore(us, path, 1, if_match='"old"')) == [("stale-version", "")]
    mark = Event.objects.count()
    back = restore(us, path, 1, if_match=changed.headers["ETag"])
    assert back.status_code == 200, back.content
    assert back.json() == us.get(path).json()
    assert less(back.json()) == less(first)
    assert back.json()["version"] == 3
    assert back.headers["ETag"] == us.get(path).headers["ETag"]
    last = versions(us, path)[-1]
    assert (last["action"], last["comment"], last["changed"]) == ("updated", "restored version 1", list(PATCHES[name]))
    shown_again = 1 if name == "mention" else 0  # by the quote that shows it
    assert Event.objects.count() == mark + 1 + shown_again
    assert restore(us, path, 1, if_match="*").json()["version"] == 3, "an idle one changes nothing"
    assert codes(restore(us, path, 9, if_match="*")) == [("not-found", "")]


def test_a_quotes_sources_and_spans_come_back(estate, us):
    path = address("quote", estate)
    first = us.get(path).json()
    other = us.post(f"{API}/speakers/", {"project": estate.id("project"), "name": "Other"}).json()["id"]
    sources = [{"speaker": other, "role": "addressee"}, {"span": {"exact": "she"}, "speaker": other}]
    body = {"sources": sources, "cue": None, "content": {"exact": "wages would rise"}}
    assert us.patch(path, body, if_match="*").status_code == 200
    assert less(restore(us, path, 1, if_match="*").json()) == less(first)
    assert less(restore(us, path, 2, if_match="*").json())["sources"][1]["speaker"] == other


def test_sources_that_took_their_mentions_speaker_take_its_present_one(estate, us):
    quote, mention = address("quote", estate), address("mention", estate)
    other = us.post(f"{API}/speakers/", {"project": estate.id("project"), "name": "Other"}).json()["id"]
    us.patch(quote, {"sources": []}, if_match="*")
    us.patch(mention, {"speaker": other, "kind": "nominal"}, if_match="*")
    (source,) = restore(us, quote, 1, if_match="*").json()["sources"]
    assert (source["speaker"], source["mention_kind"]) == (other, "nominal")


def test_a_restoration_counts_in_no_unit_but_that_of_its_answer(estate, us):
    path = address("quote", estate)
    article = us.post(f"{API}/articles/", {"project": estate.id("project"), "title": "T", "body": "😀 yes no"}).json()
    made = us.post(f"{API}/quotes/", {"article": article["id"], "content": {"exact": "yes"}}).json()
    path = f"{API}/quotes/{made['id']}/"
    us.patch(path, {"content": {"exact": "no"}}, if_match="*")
    back = us.post(f"{path}history/1/restore/?offset_unit=utf16", {}, if_match="*").json()
    assert (back["content"]["start"], us.get(path).json()["content"]["start"]) == (3, 2)


# ---- what is gone ----


@pytest.mark.parametrize("name", DELETABLE)
def test_a_deleted_object_comes_back(name, estate, us):
    release(us, estate, name)
    path = address(name, estate)
    us.patch(path, PATCHES[name], if_match="*")
    was = gone(us, path)
    mark = Event.objects.count()
    assert codes(restore(us, path, was["version"], if_match="0")) == [("malformed-if-match", "")]
    assert codes(restore(us, path, was["version"], if_match='"old"')) == [("stale-version", "")]
    back = restore(us, path, was["version"])
    assert back.status_code == 201, back.content
    assert less(back.json()) == less(was)
    assert back.json()["version"] == was["version"] + 2
    assert back.headers["Location"].endswith(path)
    assert us.get(path).headers["ETag"] == back.headers["ETag"]
    assert Event.objects.count() == mark + 1
    last = versions(us, path)[-1]
    assert (last["action"], last["version"]) == ("created", was["version"] + 2)
    assert (last["comment"], last["actor"]) == (f"restored version {was['version']}", "second")
    assert us.get(path).json() == back.json()
    assert codes(restore(us, path, 1)) == [("if-match-required", "")]
    assert us.patch(path, {}, if_match=back.headers["ETag"]).status_code == 200


def nested(estate: Any, us: Any) -> SimpleNamespace:
    """A quote with everything: cue, sources, parent; an occurrence on it with claimants; evidence on that."""
    held, article, speaker = estate.id("annotation-set"), estate.id("article"), estate.id("speaker")
    place = {"set": held, "article": article}

    def post(to: str, **body: Any) -> str:
        answer = us.post(f"{API}/{to}/", place | body)
        assert answer.status_code == 201, answer.content
        return f"{API}/{to}/{answer.json()['id']}/"

    sources = [
        {"span": {"exact": "she"}, "speaker": speaker, "mention_kind": "pronominal"},
        {"speaker": speaker, "role": "addressee", "role_text": "the reader"},
    ]
    quote = post(
        "quotes",
        content={"exact": "wages would rise"},
        cue={"exact": "told"},
        parent=estate.id("quote"),
        sources=sources,
        medium=["speech"],
        uttered_on="2024-01-01",
        confidence=0.5,
        external_id="nested",
    )
    claimants = [{"speaker": speaker}, {"is_author": True}]
    occurrence = post(
        "claim-occurrences",
        span={"fragments": [{"exact": "wages"}, {"exact": "rise"}]},
        object_span={"exact": "wages"},
        claim=estate.id("claim"),
        quote=quote.split("/")[-2],
        claimants=claimants,
    )
    evidence = post(
        "evidence", claim=estate.id("claim"), occurrence=occurrence.split("/")[-2], stance="refutes", note="see there"
    )
    return SimpleNamespace(quote=quote, occurrence=occurrence, evidence=evidence)


def test_all_that_hangs_together_comes_back(estate, us):
    paths = nested(estate, us)
    was = [gone(us, path) for path in (paths.evidence, paths.occurrence, paths.quote)]
    missing = restore(us, paths.occurrence, 1)
    assert codes(missing) == [("no-such-object", "/quote")]
    back = [restore(us, path, 1).json() for path in (paths.quote, paths.occurrence, paths.evidence)]
    assert [less(record) for record in back] == [less(record) for record in reversed(was)]


def test_a_source_needs_its_mention(estate, us):
    paths = nested(estate, us)
    quote = paths.quote
    gone(us, paths.evidence)
    gone(us, paths.occurrence)
    mention = f"{API}/mentions/{us.get(quote).json()['sources'][0]['mention']}/"
    was = gone(us, quote)
    gone(us, mention)
    assert codes(restore(us, quote, 1)) == [("no-such-object", "/sources/0/mention")]
    assert restore(us, mention, 1).status_code == 201
    assert less(restore(us, quote, 1).json()) == less(was)


def test_nothing_comes_back_into_a_set_that_is_not_open_or_gone(estate, us):
    path, held = address("evidence", estate), address("annotation-set", estate)
    gone(us, path)
    us.post(f"{held}close/", {}, if_match="*")
    assert codes(restore(us, path, 1)) == [("set-not-open", "")]
    us.post(f"{held}reopen/", {}, if_match="*")
    us.delete(f"{held}?cascade=true", if_match="*")
    assert ("no-such-object", "/set") in codes(restore(us, path, 1))
    assert restore(us, held, 1).status_code == 201


def test_a_clash_is_said(estate, us):
    path = address("speaker", estate)
    release(us, estate, "speaker")
    gone(us, path)
    us.post(f"{API}/speakers/", {"project": estate.id("project"), "name": "New", "wikidata_qid": "Q7"})
    assert codes(restore(us, path, 1)) == [("already-exists", "/wikidata_qid")]
    assert us.get(path).status_code == 404


def test_a_set_comes_back_with_its_annotator_and_status(estate, us):
    path = address("annotation-set", estate)
    us.post(f"{path}close/", {}, if_match="*")
    closed = us.get(path).json()
    us.delete(f"{path}?cascade=true", if_match="*")
    back = restore(us, path, closed["version"])
    assert back.status_code == 201, back.content
    assert less(back.json()) == less(closed)
    us.delete(path, if_match="*")
    assert restore(us, path, 1).json()["status"] == "open"
    named = {"kind": "model", "name": "tagger", "version": "2"}
    body = {"article": estate.id("article"), "annotator": named, "kind": "machine"}
    body |= {"parents": [estate.id("annotation-set")]}
    made = us.post(f"{API}/annotation-sets/", body).json()
    machine = f"{API}/annotation-sets/{made['id']}/"
    assert less(gone(us, machine)) == less(restore(us, machine, 1).json()) == less(made)
    gone(us, machine)
    gone(us, path)
    assert restore(us, machine, 1).json()["parents"] == []


def test_an_article_comes_back_with_all_its_texts(estate, us):
    body = {
        "project": estate.id("project"),
        "title": "T",
        "body": "First.",
        "capture": "<p>First.",
        "metadata": {"a": [1]},
    }
    body |= {"external_id": "x", "publisher": estate.id("publisher"), "published_at": "2024-01-01T12:00:00Z"}
    path = f"{API}/articles/{us.post(f'{API}/articles/', body).json()['id']}/"
    text = {"title": "T2", "body": "Second 😀.", "base_revision": 1, "reason": "typo"}
    us.post(f"{path}revisions/", text)
    texts = [us.get(f"{path}revisions/{n}/").json() for n in (1, 2)]
    capture = us.get(f"{path}capture/").json()["text"]
    was = gone(us, path)
    assert restore(us, path, 1).status_code == 201
    assert less(us.get(path).json()) == less(was)
    again = [us.get(f"{path}revisions/{n}/").json() for n in (1, 2)]
    names = {"id", "updated_at"}
    assert [less(text, names) for text in again] == [less(text, names) for text in texts]
    assert us.get(f"{path}capture/").json()["text"] == capture
    assert Revision.objects.filter(article=was["id"]).count() == 2
    gone(us, path)
    assert restore(us, path, 2).json()["revision"] == 2


def test_a_merged_speaker_comes_back_merged(estate, us):
    where = {"project": estate.id("project")}
    one, other = (us.post(f"{API}/speakers/", where | {"name": name}).json()["id"] for name in ("One", "Other"))
    path = f"{API}/speakers/{one}/"
    us.post(f"{path}merge/", {"into": other}, if_match="*")
    was = gone(us, path)
    assert restore(us, path, 2).json()["merged_into"] == other == was["merged_into"]
    gone(us, path)
    gone(us, f"{API}/speakers/{other}/")
    assert restore(us, path, 2).json()["merged_into"] is None


def test_a_member_comes_back(estate, us):
    user = make_user("newcomer")
    members = f"{API}/projects/{estate.id('project')}/members/"
    path = f"{members}{us.post(members, {'user': 'newcomer', 'role': 'annotator'}).json()['id']}/"
    was = gone(us, path)
    assert less(restore(us, path, 1).json()) == less(was)
    gone(us, path)
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert codes(restore(us, path, 1)) == [("no-such-object", "/user")]


def test_a_deleted_project_comes_back_for_the_superuser(client):
    root, user = client(make_user("root", superuser=True)), client(make_user("user"))
    path = f"{API}/projects/{user.post(f'{API}/projects/', {'slug': 's', 'name': 'S'}).json()['id']}/"
    was = gone(user, path)
    assert restore(user, path, 1).status_code == 404
    back = restore(root, path, 1)
    assert back.status_code == 201, back.content
    assert less(back.json()) == less(was)


def test_nobody_approves_their_own_work_by_bringing_it_back(estate, us, client):
    path = address("mention", estate)
    release(us, estate, "mention")
    us.post(f"{path}review/", {"decision": "approved"}, if_match="*")
    gone(us, path)
    assert restore(us, path, 2).json()["review_status"] == "approved"
    gone(us, path)
    assert restore(client(estate.owner), path, 2).json()["review_status"] == "unreviewed"


# ---- who may ----

IN_SETS = ("annotation-set", "quote", "mention", "evidence", "claim-occurrence")
WHO = {"viewer": 403, "annotator": 403, "curator": 200, "manager": 200}


def test_curators_restore_and_managers_what_is_theirs(estate, us, client):
    for name in PATCHES:
        us.patch(address(name, estate), PATCHES[name], if_match="*")
    wrong = []
    for role, expected in WHO.items():
        user = make_user(f"a-{role}")
        make_member(estate.project, user, role)
        for name in PATCHES:
            hidden = role in ("viewer", "annotator") and name in IN_SETS
            managers = role == "curator" and name in ("project", "member")
            status = 404 if hidden else 403 if managers else expected
            got = restore(client(user), address(name, estate), 2, if_match="*").status_code
            wrong += [f"{role}: {name} gives {got}, not {status}"] if got != status else []
    assert not wrong, "\n".join(wrong)
    narrow = client(us.user, scopes=["read", "annotate"])
    assert codes(restore(narrow, address("claim", estate), 1, if_match="*")) == [("scope-missing", "")]


def test_what_is_gone_is_as_good_as_absent_to_others(estate, us, client):
    path = address("claim-review", estate)
    gone(us, path)
    annotator = client(make_user("annotator"))
    make_member(estate.project, annotator.user, "annotator")
    for api in (annotator, client(make_user("stranger"))):
        answers = [restore(api, where, 1) for where in (path, path.replace(estate.id("claim-review"), ABSENT))]
        assert told(answers[0]) == told(answers[1])
        assert answers[0].status_code == 404
    assert restore(client(), path, 1).status_code == 401


def test_a_refused_restoration_leaves_nothing(estate, us):
    path = address("quote", estate)
    release(us, estate, "mention")
    gone(us, address("mention", estate))
    mark = Event.objects.count()
    assert restore(us, path, 1).status_code == 422
    assert (Event.objects.count(), Quote.objects.count()) == (mark, 0)


def test_what_came_back_goes_on_ascending(estate, us):
    path = f"{API}/claims/{make_claim(estate.project, 'Once more.').pk}/"
    us.patch(path, {"language": "en"}, if_match="*")
    for _ in range(2):
        gone(us, path)
        restore(us, path, 2)
    us.patch(path, {"language": "de"}, if_match="*")
    assert [v["version"] for v in versions(us, path)] == [2, 3, 4, 5, 6, 7]
    assert as_stored(us.get(path).json()) == versions(us, path)[-1]["object"]
