"""A caller is remembered, and yet every answer is for them as they are now; most requests take one statement."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotations.models import Quote
from projects.models import ApiToken, Event, KeptAnswer, Membership, Project, User
from projects.remembering import REMEMBERED
from projects.throttling import Throttle
from tests.builders import make_article, make_member, make_project, make_token, make_user


@pytest.fixture
def reader(client):
    """A member of one private project, whom the process remembers."""
    project, user = make_project("private"), make_user("reader")
    member = make_member(project, user, "viewer")
    api, article = client(user), make_article(project)
    assert api.get(f"/api/v1/articles/{article.pk}/").status_code == 200
    return api, member, article


def paths(article):
    return [f"/api/v1/articles/{article.pk}/", "/api/v1/articles/", f"/api/v1/articles/?project={article.project_id}"]


def test_a_document_is_gone_with_the_right_to_see_it(reader):
    api, _, article = reader
    assert api.get(f"/api/v1/articles/{article.pk}/annotations/").status_code == 200
    ApiToken.objects.update(limited=True)
    assert api.get(f"/api/v1/articles/{article.pk}/annotations/").status_code == 404


def seen(api, article):
    """For each way to read the article, whether it is there; or the refusal."""
    answers = [api.get(path) for path in paths(article)]
    return [a.status_code if a.status_code != 200 else len(a.json().get("results", [0])) for a in answers]


def test_a_remembered_caller_reads_by_one_statement(reader):
    api, _, article = reader
    for path in paths(article):
        with CaptureQueriesContext(connection) as captured:
            assert api.get(path).status_code == 200
        assert len(captured.captured_queries) == 1, captured.captured_queries


def test_a_call_that_is_refused_at_once_is_refused_once(reader, monkeypatch):
    """It uses up its limit once, and takes one statement: who asked is who they were."""
    api, _, article = reader
    asked = []

    def allow_request(*args):
        asked.append(args)
        return True

    monkeypatch.setattr(Throttle, "allow_request", allow_request)
    with CaptureQueriesContext(connection) as captured:
        assert api.get(f"/api/v1/articles/{article.pk}/?no-such=1").status_code == 400
    assert (len(asked), len(captured.captured_queries)) == (1, 1)


CHANGES = {
    "the membership ends": (lambda member: member.delete(), [404, 0, 0]),
    "the token is revoked": (lambda member: ApiToken.objects.update(revoked_at="2020-01-01T00:00Z"), [401] * 3),
    "the token expires": (lambda member: ApiToken.objects.update(expires_at="2020-01-01T00:00Z"), [401] * 3),
    "the token loses its scope": (lambda member: ApiToken.objects.update(scopes=["annotate"]), [403] * 3),
    "the token is limited to nothing": (lambda member: ApiToken.objects.update(limited=True), [404, 0, 0]),
    "the account is closed": (lambda member: User.objects.update(is_active=False), [401] * 3),
    "the account is gone": (lambda member: (member.delete(), ApiToken.objects.all().delete()), [401] * 3),
}


@pytest.mark.parametrize("change", CHANGES)
def test_nothing_lags_behind(reader, change):
    api, member, article = reader
    happens, expected = CHANGES[change]
    happens(member)
    assert seen(api, article) == expected


def test_what_is_gained_is_there_at_once(reader):
    api, member, _ = reader
    other = make_project("other")
    second = make_article(other)
    assert seen(api, second) == [404, 1, 0]
    Membership.objects.create(project=other, user=member.user, role="viewer")
    assert seen(api, second) == [1, 2, 1]
    User.objects.update(is_superuser=True)
    third = make_article(make_project("third"))
    assert seen(api, third) == [1, 3, 1]


def test_a_project_that_turns_blind_is_blind_at_once(reader, client):
    from tests.builders import make_quote, make_set

    _, member, article = reader
    annotator = make_user("annotator")
    make_member(member.project, annotator, "annotator")
    make_quote(make_set(article, member.user, status="submitted"), "taxes would fall")
    api = client(annotator)
    path = f"/api/v1/quotes/?project={member.project_id}"
    assert len(api.get(path).json()["results"]) == 1
    Project.objects.update(blind=True)
    assert api.get(path).json()["results"] == []


def test_only_a_token_that_holds_is_remembered(reader, client):
    _, member, article = reader
    REMEMBERED.clear()
    assert client(member.user).get(paths(article)[0]).status_code == 200
    assert len(REMEMBERED) == 1
    expired = make_token(member.user, expires_at="2020-01-01T00:00Z")
    api = client()
    api.token = expired
    assert api.get(paths(article)[0]).status_code == 401
    assert len(REMEMBERED) == 1


WRITES = {
    "the membership ends": (lambda member: member.delete(), 422),
    "the token is revoked": (lambda member: ApiToken.objects.update(revoked_at="2020-01-01T00:00Z"), 401),
    "the token loses its scope": (lambda member: ApiToken.objects.update(scopes=["read"]), 403),
    "the token is limited to nothing": (lambda member: ApiToken.objects.update(limited=True), 422),
    "the account is closed": (lambda member: User.objects.update(is_active=False), 401),
    "the role is lowered": (lambda member: Membership.objects.update(role="viewer"), 403),
    "nothing": (lambda member: None, 201),
}


@pytest.mark.parametrize("change", WRITES)
@pytest.mark.parametrize("key", [None, "one"])
def test_nothing_stays_of_what_somebody_writes_as_who_they_were(reader, change, key):
    api, member, article = reader
    Membership.objects.update(role="annotator")
    body = {"article": str(article.pk), "content": {"exact": "taxes would fall"}}
    assert api.post("/api/v1/quotes/", body | {"note": "first"}).status_code == 201
    happens, expected = WRITES[change]
    happens(member)
    events = Event.objects.count()
    assert api.post("/api/v1/quotes/", body, idempotency_key=key).status_code == expected
    assert Quote.objects.filter(note="").exists() == (expected == 201)
    assert Event.objects.count() - events == (expected == 201)
    assert KeptAnswer.objects.count() == (key is not None and expected == 201)


def test_what_is_gained_can_be_written_to_at_once(reader):
    api, _, article = reader
    body = {"article": str(article.pk), "content": {"exact": "taxes would fall"}}
    assert api.post("/api/v1/quotes/", body).status_code == 403
    Membership.objects.update(role="annotator")
    assert api.post("/api/v1/quotes/", body).status_code == 201
