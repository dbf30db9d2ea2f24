"""Idempotency-Key: one effect and one answer, for whom the call would still be allowed."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from time import monotonic
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from annotations.models import Quote, Speaker
from backend.retries import fingerprint
from projects.actions import retries
from projects.models import Event, KeptAnswer, Membership
from tests.api import Api
from tests.bodies import create_bodies
from tests.builders import make_article, make_member, make_project, make_set, make_token, make_user
from tests.estate import API, make_estate, refused, routes, send

pytestmark = pytest.mark.django_db


@pytest.fixture
def estate():
    return make_estate("Ourword", make_user("our-manager"))


@pytest.fixture
def second(estate):
    """Another manager, so that the first can lose the role."""
    user = make_user("second")
    make_member(estate.project, user, "manager")
    return user


def posts(estate: Any) -> dict[str, tuple[str, Any]]:
    """Every POST that takes a key: its address with its variables filled in, and a body that is taken."""
    bodies = create_bodies(estate)
    bodies["claim-relation"] |= {"target": str(estate.rows["claim-relation"].target_id), "type": "entails"}
    more: dict[str, Any] = {
        "project": {"slug": "new", "name": "New"},
        "member": {"user": "newcomer", "role": "viewer"},
        "revision": {"title": "T", "body": "B", "base_revision": 1},
        "article-annotations": {"speakers": [{"name": "New", "is_named": True}]},
        "project-documents": [{"article": {"title": "T", "body": "B"}}],
        "merge": {"into": None},
        "review": {"decision": "approved"},
    }
    found = {}
    for route in routes():
        if "post" in route.actions and not route.name.startswith("token"):
            name = max((name for name in estate.rows if route.name.startswith(name)), key=len, default="")
            word = route.name.removesuffix("-list")
            body = (bodies | more).get(word, more.get(word.removeprefix(name).strip("-"), {}))
            ids = {"pk": estate.id(name or "article"), "project": estate.id("project"), "article": estate.id("article")}
            found[route.name] = (route.path(**ids), body)
    return found


NAMES = [route.name for route in routes() if "post" in route.actions and not route.name.startswith("token")]


def first_call(name: str, estate: Any, api: Api) -> tuple[str, Any, Any]:
    """The call of that name under the key `one`, and its answer."""
    make_user("newcomer")
    path, body = posts(estate)[name]
    if name.endswith("-unmerge") or name.endswith("-merge"):
        kind = f"{name.split('-')[0]}s"
        bodies: dict[str, dict[str, Any]] = {
            "speakers": {"name": "Other", "is_named": True},
            "claims": {"text": "Other."},
        }
        more = bodies[kind]
        other = api.post(f"{API}/{kind}/", {"project": estate.id("project")} | more).json()["id"]
        body = {"into": other}
        if name.endswith("-unmerge"):
            api.post(path.replace("unmerge", "merge"), body, if_match="*")
            body = {}
    if name == "annotation-set-reopen":
        api.post(path.replace("reopen", "close"), {}, if_match="*")
    if name == "member-restore":  # nobody changes their own
        members = f"{API}/projects/{estate.id('project')}/members/"
        other = api.post(members, {"user": "newcomer", "role": "viewer"}).json()["id"]
        path = f"{members}{other}/history/1/restore/"
    answer = api.post(path, body, idempotency_key="one", if_match="*")
    assert answer.status_code in (200, 201, 202), answer.content
    return path, body, answer


def caller(name: str, estate: Any, second: Any) -> Any:
    """Reviews are of others' work; sets are submitted by their owner."""
    return second if name.endswith("-review") else estate.owner


@pytest.mark.parametrize("name", NAMES)
def test_the_same_call_has_one_effect_and_the_same_answer(name, estate, second, client):
    api = client(caller(name, estate, second))
    path, body, answer = first_call(name, estate, api)
    assert "Idempotent-Replayed" not in answer.headers
    before = Event.objects.count()
    again = api.post(path, body, idempotency_key="one", if_match="*")
    assert again.headers["Idempotent-Replayed"] == "true"
    kept = ("Content-Type", "ETag", "Location")
    assert (again.status_code, again.content) == (answer.status_code, answer.content)
    assert [again.headers.get(name) for name in kept] == [answer.headers.get(name) for name in kept]
    assert Event.objects.count() == before


@pytest.mark.parametrize("name", NAMES)
def test_what_was_lost_meanwhile_is_not_given_again(name, estate, second, client):
    user = caller(name, estate, second)
    api = client(user)
    path, body, answer = first_call(name, estate, api)
    project = answer.json()["id"] if name == "project-list" else estate.project.pk
    weaker = client(user, scopes=["read"])
    refused(weaker.post(path, body, idempotency_key="one", if_match="*"), 403, ("scope-missing", ""))
    role = Membership.objects.filter(project=project, user=user)
    role.update(role="viewer")
    assert api.post(path, body, idempotency_key="one", if_match="*").status_code == 403
    role.delete()
    gone = api.post(path, body, idempotency_key="one", if_match="*")
    asked_first = name == "import-list"  # before a file is kept
    refused(gone, *((422, ("no-such-object", "/project")) if asked_first else (404, ("not-found", ""))))


def test_a_key_is_good_for_one_call(estate, client):
    """Whatever differs, it is another one."""
    api = client(estate.owner)
    document = f"{API}/articles/{estate.id('article')}/annotations/"
    assert api.post(document, {}, idempotency_key="one").status_code == 200
    others = {
        "body": ("post", document, {"speakers": [{"name": "New", "is_named": True}]}),
        "query": ("post", f"{document}?mode=upsert", {}),
        "path": ("post", f"{API}/annotation-sets/{estate.id('annotation-set')}/submit/", {}),
        "method": ("delete", document, {}),
    }
    before = Event.objects.count()
    for method, path, body in others.values():
        answer = api.request(method, path, body, idempotency_key="one", if_match="*")
        refused(answer, 422, ("key-reused", ""))
    assert Event.objects.count() == before
    assert api.post(document, others["body"][2], idempotency_key="two").status_code == 200
    assert Speaker.objects.filter(name="New").count() == 1


def test_how_the_json_is_written_does_not_matter(estate, client):
    api, project = client(estate.owner), estate.id("project")
    first = send(api, "speakers/", f'{{"project":"{project}","name":"New","is_named":true}}', idempotency_key="one")
    again = send(
        api, "speakers/", f'{{"is_named": true, "name": "New", "project": "{project}"}} ', idempotency_key="one"
    )
    assert first.status_code == 201
    assert again.content == first.content


def test_files_are_told_apart_by_what_they_hold():
    """Calls with a file, as imports are."""

    def sent(content: bytes) -> bytes:
        call = APIRequestFactory().post("/", {"file": SimpleUploadedFile("a.json", content)}, format="multipart")
        request = Request(call, parsers=[MultiPartParser()])
        found = fingerprint(request)
        data: Any = request.data
        assert data["file"].read() == content
        return found

    assert sent(b"one") == sent(b"one") != sent(b"two")


def test_changes_take_a_key_too(estate, client):
    """A repeated PATCH would find its own version stale, a repeated DELETE nothing."""
    api, path = client(estate.owner), f"{API}/claim-reviews/{estate.id('claim-review')}/"
    tag = api.get(path).headers["ETag"]
    for method, body, key in (("patch", {"verdict": "refuted"}, "one"), ("delete", None, "two")):
        answer, again = (api.request(method, path, body, idempotency_key=key, if_match=tag) for _ in range(2))
        assert (again.status_code, again.content) == (answer.status_code, answer.content)
        assert again.status_code in (200, 204)
        assert again.headers["Idempotent-Replayed"] == "true"
        tag = answer.headers.get("ETag")


def test_keys_are_each_users_own(estate, second, client):
    body = {"project": estate.id("project"), "name": "New", "is_named": True}
    for user in (estate.owner, second):
        answer = client(user).post(f"{API}/speakers/", body, idempotency_key="one")
        assert answer.status_code == 201
        assert "Idempotent-Replayed" not in answer.headers
    # Another token of the same user is the same caller; one for other projects is not.
    assert client(second).post(f"{API}/speakers/", body, idempotency_key="one").status_code == 201
    limited = client(second, projects=[])
    refused(limited.post(f"{API}/speakers/", body, idempotency_key="one"), 404, ("not-found", ""))
    assert Speaker.objects.filter(name="New").count() == 2


def test_a_refusal_is_not_kept(estate, client):
    api = client(estate.owner)
    body = create_bodies(estate)["mention"]
    held = estate.rows["annotation-set"]
    api.post(f"{API}/annotation-sets/{held.pk}/close/", {}, if_match="*")
    for _ in range(2):
        refused(api.post(f"{API}/mentions/", body, idempotency_key="one"), 409, ("set-not-open", ""))
    api.post(f"{API}/annotation-sets/{held.pk}/reopen/", {}, if_match="*")
    answer = api.post(f"{API}/mentions/", body, idempotency_key="one")
    assert answer.status_code == 201
    assert "Idempotent-Replayed" not in answer.headers


@pytest.mark.parametrize("key", ["", "two words", "é", "x" * 256, "tab\tinside"])
def test_what_is_no_key_is_refused(key, estate, client):
    body = {"project": estate.id("project"), "name": "New", "is_named": True}
    refused(client(estate.owner).post(f"{API}/speakers/", body, idempotency_key=key), 400, ("invalid", ""))
    assert not Speaker.objects.filter(name="New").exists()


def test_secrets_are_not_kept(estate, client):
    api, body = client(estate.owner), {"name": "t", "scopes": ["read"]}
    refused(api.post(f"{API}/tokens/", body, idempotency_key="one"), 422, ("key-not-allowed", ""))
    assert api.post(f"{API}/tokens/", body).status_code == 201
    assert not KeptAnswer.objects.exists()


def test_answers_are_kept_for_a_time(estate, client, settings):
    api = client(estate.owner)
    body = {"project": estate.id("project"), "name": "New", "is_named": True}

    def make(*keys: str) -> None:
        for key in keys:
            api.post(f"{API}/speakers/", body, idempotency_key=key)

    def age(hours: float) -> None:
        KeptAnswer.objects.update(created_at=timezone.now() - timedelta(hours=hours))

    make("a", "b", "c")
    age(settings.KEEP_ANSWERS - 0.1)
    make("d")
    assert KeptAnswer.objects.count() == 4
    age(settings.KEEP_ANSWERS + 0.1)
    make("e")  # two go with each that comes
    assert KeptAnswer.objects.count() == 3
    call_command("prune")
    assert list(KeptAnswer.objects.values_list("key", flat=True)) == ["e"]
    assert settings.KEEP_ANSWERS >= 24


# ---- real connections ----

TWINS = 8


@pytest.fixture
def shared(transactional_db):
    """What threads share: an annotator's token and the body of a quote."""
    user, project = make_user("annotator"), make_project("race")
    make_member(project, user, "annotator")
    article = make_article(project)
    make_set(article, user)
    token = make_token(user)
    body = {"article": str(article.pk), "content": {"exact": "We keep our word"}}

    def call(key: str = "one") -> Any:
        try:
            return Api(user, token).post(f"{API}/quotes/", body, idempotency_key=key)
        finally:
            connection.close()

    return call


def test_of_eight_twins_one_writes_and_all_get_its_answer(shared):
    for key in ("one", "two", "three"):
        with ThreadPoolExecutor(TWINS) as pool:
            answers = list(pool.map(shared, [key] * TWINS))
        assert Counter(answer.status_code for answer in answers) == {201: TWINS}
        assert len({(answer.content, answer.headers["ETag"], answer.headers["Location"]) for answer in answers}) == 1
        assert Counter("Idempotent-Replayed" in answer.headers for answer in answers) == {True: TWINS - 1, False: 1}
    assert Quote.objects.count() == 3


def running(key: str = "one") -> None:
    """A call under the key that has not come to its end."""
    user = Membership.objects.get().user_id
    KeptAnswer.objects.create(user_id=user, key=key, call=b"")


def test_a_twin_of_a_running_call_waits_and_then_gives_up(shared):
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            running()
            began = monotonic()
            answer = pool.submit(shared).result(timeout=10)
            waited = monotonic() - began
            transaction.set_rollback(True)
        refused(answer, 409, ("key-in-flight", ""))
        assert answer.headers["Retry-After"] == "1"
        assert 1.9 < waited < 4
        assert pool.submit(shared).result().status_code == 201
    assert Quote.objects.count() == 1


@pytest.mark.parametrize("fails", [True, False])
def test_a_twin_goes_on_when_the_running_call_ends(shared, fails):
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            running()
            future = pool.submit(shared)
            with pytest.raises(TimeoutError):
                future.result(timeout=0.5)
            transaction.set_rollback(fails)
        answer = future.result(timeout=10)
    if fails:
        assert answer.status_code == 201
    else:
        refused(answer, 422, ("key-reused", ""))


def test_a_crash_after_the_effect_leaves_neither_effect_nor_key(shared, monkeypatch):
    def crash(*args: Any) -> None:
        assert Quote.objects.count() == 1
        raise MemoryError

    with monkeypatch.context() as patched:
        patched.setattr(retries, "keep", crash)
        with pytest.raises(MemoryError):
            shared()
    assert not Quote.objects.exists()
    assert not KeptAnswer.objects.exists()
    assert not Event.objects.filter(type="quote").exists()
    assert "Idempotent-Replayed" not in shared().headers
    assert Quote.objects.count() == 1
