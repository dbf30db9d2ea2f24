"""Writers in each other's way: who is tried again, who waits how long, and what they are told."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from time import monotonic, sleep
from typing import Any

import pytest
from django.db import close_old_connections, connection, transaction
from django.test import Client

from annotations.actions import identities, targets
from annotations.actions.sets import delete_article
from annotations.models import Mention, Quote
from articles.models import Article
from backend import transactions
from projects.models import Membership, Project, User
from tests.api import Api
from tests.builders import (
    everything,
    make_article,
    make_claim,
    make_member,
    make_mention,
    make_project,
    make_quote,
    make_set,
    make_token,
    make_user,
)
from tests.estate import API, refused

pytestmark = pytest.mark.django_db(transaction=True)
WAITS = "SELECT count(*) FROM pg_locks WHERE NOT granted"


@pytest.fixture
def place(transactional_db):
    user, project = make_user("manager"), make_project("race")
    make_member(project, user, "manager")
    article, token = make_article(project), make_token(user)
    Api(token=token).get(f"{API}/me/")  # the first call reads the contract, which takes a time of its own
    return user, project, article, token


def elsewhere(work: Any) -> Any:
    """Starts the work in a thread with a connection of its own; gives its future."""

    def alone() -> Any:
        try:
            return work()
        finally:
            connection.close()

    pool = ThreadPoolExecutor(1)
    future = pool.submit(alone)
    pool.shutdown(wait=False)
    return future


def somebody_waits() -> bool:
    deadline = monotonic() + 5
    while monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute(WAITS)
            if cursor.fetchone()[0]:
                return True
        sleep(0.01)
    return False


def somebody_waits_first() -> bool:
    """They are the first to look for a deadlock, after a second, by so much that a busy machine does not matter."""
    found = somebody_waits()
    sleep(0.5)
    return found


def deadlocked(place: Any) -> Any:
    """The answer to a call that locks a project and then a member, while another transaction does the reverse. The call
    waits first, so it is the one that PostgreSQL ends."""
    _, project, _, token = place
    other = make_member(project, make_user("other"), "viewer")
    path = f"{API}/projects/{project.pk}/members/{other.pk}/"
    with transaction.atomic():
        Membership.objects.select_for_update().get(pk=other.pk)
        future = elsewhere(lambda: Api(token=token).patch(path, {"role": "curator"}, if_match="*"))
        assert somebody_waits_first()
        Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    return future.result(timeout=20)


def test_who_loses_a_deadlock_is_tried_again(place):
    assert deadlocked(place).status_code == 200
    assert Membership.objects.get(user__username="other").role == "curator"


@pytest.mark.parametrize("before", [0, 3])  # where it is known by then where they write, there is a quicker road
def test_a_mention_that_two_writers_make_at_once_is_one(place, before):
    """The one who comes second begins anew, and finds what the first has made."""
    user, _, article, token = place
    held_set = make_set(article, user)
    said = {"article": str(article.pk), "content": {"exact": "taxes would fall"}}
    for _ in range(before):
        assert Api(token=token).post(f"{API}/quotes/", said).status_code == 201
    sent = said | {"sources": [{"span": {"exact": "We keep our word"}}]}
    with transaction.atomic():
        mention = make_mention(held_set, "We keep our word")
        future = elsewhere(lambda: Api(token=token).post(f"{API}/quotes/", sent))
        assert somebody_waits()
    answer = future.result(timeout=20)
    assert answer.status_code == 201, answer.content
    assert [source["mention"] for source in answer.json()["sources"]] == [str(mention.pk)]
    assert (Mention.objects.count(), Quote.objects.count()) == (1, before + 1)


GONE = {
    "deletion": (lambda api, path, body: api.delete(path, if_match="*"), 404),
    "change": (lambda api, path, body: api.patch(path, {"note": "1"}, if_match="*"), 404),
    "move": (lambda api, path, body: api.patch(path, {"parent": None}, if_match="*"), 404),
    "review": (lambda api, path, body: api.post(f"{path}review/", {"decision": "approved"}, if_match="*"), 404),
    "quote": (lambda api, path, body: api.post(f"{API}/quotes/", body), 422),
    "bulk call": (
        lambda api, path, body: api.post(
            f"{API}/articles/{body['article']}/annotations/?set={body['set']}",
            {"quotes": [{"content": body["content"]}]},
        ),
        422,
    ),
}


@pytest.mark.parametrize("call", GONE)
def test_who_waited_for_a_set_that_is_gone_then_finds_nothing(place, call):
    send, status = GONE[call]
    user, _, article, token = place
    held_set = make_set(article, user)
    quote = make_quote(held_set, "We keep our word")
    body = {"article": str(article.pk), "set": str(held_set.pk), "content": {"exact": "We keep our word"}}
    with transaction.atomic():
        Quote.objects.all().delete()
        held_set.delete()
        future = elsewhere(lambda: send(Api(token=token), f"{API}/quotes/{quote.pk}/", body))
        assert somebody_waits()
    answer = future.result(timeout=20)
    assert answer.status_code == status, answer.content
    assert Quote.objects.count() == 0


def test_who_lost_their_own_set_meanwhile_gets_another(place):
    user, _, article, token = place
    held_set = make_set(article, user)
    path = f"{API}/articles/{article.pk}/annotations/"
    with transaction.atomic():
        held_set.delete()
        future = elsewhere(
            lambda: Api(token=token).post(path, {"quotes": [{"content": {"exact": "We keep our word"}}]})
        )
        assert somebody_waits()
    answer = future.result(timeout=20)
    assert answer.status_code == 200, answer.content
    assert Quote.objects.get().set_id != held_set.pk


def test_a_mention_that_goes_while_a_call_waits_is_not_there(place):
    user, _, article, token = place
    held_set = make_set(article, user)
    mention = make_mention(held_set, "We keep our word")
    said = {"content": {"exact": "taxes would fall"}, "sources": [{"mention": str(mention.pk)}]}
    path = f"{API}/articles/{article.pk}/annotations/"
    with transaction.atomic():
        type(held_set).objects.select_for_update(of=("self",)).get(pk=held_set.pk)
        Mention.objects.all().delete()
        future = elsewhere(lambda: Api(token=token).post(path, {"quotes": [said]}))
        assert somebody_waits()
    refused(future.result(timeout=20), 422, ("no-such-object", "/quotes/0/sources/0/mention"))


def test_an_article_that_goes_between_two_looks_is_made(place, monkeypatch):
    _, project, article, token = place
    pk = article.pk
    texts = targets.article_texts

    def article_texts(articles: Any) -> Any:
        elsewhere(lambda: withdraw(pk)).result(timeout=10)
        return texts(articles)

    monkeypatch.setattr(targets, "article_texts", article_texts)
    body = [{"article": {"title": "Again", "body": "No words.", "external_id": "a1"}}]
    type(article).objects.update(external_id="a1")
    path = f"{API}/projects/{project.pk}/documents/?on_conflict=skip"
    answer = Api(token=token).post(path, body)
    assert (answer.status_code, answer.json()["created"]) == (200, 1), answer.content
    assert not type(article).objects.filter(pk=pk).exists()


def withdraw(pk: Any) -> None:
    for article in Article.objects.filter(pk=pk):
        with transaction.atomic():
            delete_article(caller=everything(), article=article)


def test_a_claim_that_goes_between_two_looks_is_not_there(place, monkeypatch):
    _, project, _, token = place
    claim = make_claim(project)

    def demand(*args: Any) -> None:
        demanded(*args)
        elsewhere(lambda: claim.delete() if claim.pk else None).result(timeout=10)

    demanded = identities.demand
    monkeypatch.setattr(identities, "demand", demand)
    body = {"claim": str(claim.pk), "url": "https://a.example/", "rating_text": "True"}
    refused(Api(token=token).post(f"{API}/claim-reviews/", body), 422, ("no-such-object", "/claim"))


def test_a_bulk_call_that_loses_is_tried_again_as_it_was_sent(place):
    user, _, article, token = place
    held_set = make_set(article, user)
    quote = make_quote(held_set, "We keep our word", external_id="q1")
    source = {"speaker": "#ada"}
    body = {
        "speakers": [{"key": "ada", "name": "Ada", "is_named": True}],
        "quotes": [{"external_id": "q1", "content": {"exact": "We keep our word"}, "note": "2", "sources": [source]}],
    }
    path = f"{API}/articles/{article.pk}/annotations/?mode=upsert"
    with transaction.atomic():
        Quote.objects.select_for_update(of=("self",)).get(pk=quote.pk)
        future = elsewhere(lambda: Api(token=token).post(path, body, idempotency_key="one"))
        assert somebody_waits_first()
        type(held_set).objects.select_for_update(of=("self",)).get(pk=held_set.pk)
    answer = future.result(timeout=20)
    assert answer.status_code == 200, answer.content
    assert (answer.json()["created"], answer.json()["updated"]) == (1, 1)
    assert Api(token=token).get(f"{API}/quotes/{quote.pk}/").json()["sources"][0]["speaker_name"] == "Ada"
    assert "Idempotent-Replayed" in Api(token=token).post(path, body, idempotency_key="one").headers


def test_who_loses_every_time_is_told_to_come_back(place, monkeypatch):
    monkeypatch.setattr(transactions, "PAUSES", ())
    answer = deadlocked(place)
    refused(answer, 503, ("busy", ""))
    assert answer.headers["Retry-After"] == "1"
    assert Membership.objects.get(user__username="other").role == "viewer"


def held(row: Any, call: Any) -> tuple[Any, float]:
    """The answer to a call while another transaction holds the row, and how long it took."""
    with transaction.atomic():
        type(row).objects.select_for_update(of=("self",)).get(pk=row.pk)
        began = monotonic()
        answer = elsewhere(call).result(timeout=10)
        return answer, monotonic() - began


def test_a_write_of_one_object_does_not_queue_for_long(place, settings):
    settings.WRITE_LOCK_TIMEOUT = "200ms"
    user, _, article, token = place
    held_set = make_set(article, user)
    quote = make_quote(held_set, "We keep our word")
    path = f"{API}/quotes/{quote.pk}/"
    answer, took = held(quote, lambda: Api(token=token).patch(path, {"note": "1"}, if_match="*"))
    refused(answer, 503, ("busy", ""))
    assert 0.2 < took < 1
    assert answer.headers["Retry-After"] == "1"
    body = {"article": str(article.pk), "content": {"exact": "We keep our word"}}
    answer, took = held(held_set, lambda: Api(token=token).post(f"{API}/quotes/", body, idempotency_key="one"))
    refused(answer, 503, ("busy", ""))
    assert 0.2 < took < 1
    assert Api(token=token).post(f"{API}/quotes/", body, idempotency_key="one").status_code == 201


def test_a_bulk_write_may_wait_longer(place, settings):
    settings.WRITE_LOCK_TIMEOUT = "200ms"
    user, _, article, token = place
    path = f"{API}/articles/{article.pk}/annotations/"
    answer, took = held(make_set(article, user), lambda: Api(token=token).post(path, {}))
    refused(answer, 503, ("busy", ""))
    assert took > 1.5


def test_what_takes_too_long_is_cut_off(place):
    user, _, article, token = place
    quote = make_quote(make_set(article, user), "We keep our word")

    def hasty() -> Any:
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = '200ms'")
        return Api(token=token).patch(f"{API}/quotes/{quote.pk}/", {"note": "1"}, if_match="*")

    answer, _ = held(quote, hasty)
    refused(answer, 503, ("timeout", ""))
    assert answer.headers["Retry-After"] == "1"


def test_nothing_is_removed_that_was_written_after_the_tag(place):
    """Removing all annotations compares once nobody can write any more."""
    user, _, article, token = place
    held_set = make_set(article, user)
    make_quote(held_set, "We keep our word")
    api = Api(token=token)
    path = f"{API}/articles/{article.pk}/annotations/"
    tag = api.get(path).headers["ETag"]
    with transaction.atomic():
        type(held_set).objects.select_for_update(of=("self",)).get(pk=held_set.pk)
        make_quote(held_set, "the opposition denies it".capitalize())
        future = elsewhere(lambda: Api(token=token).delete(path, if_match=tag))
        assert somebody_waits()
    assert future.result(timeout=10).status_code == 412
    assert Quote.objects.count() == 2


def end_of(pid: int) -> None:
    """Ends a connection's process, and waits until it is gone."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])


def own_backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def test_a_lost_connection_is_the_loss_of_one_request(place):
    """`close_old_connections` is what the server does between requests."""
    _, project, _, token = place
    body = {"project": str(project.pk), "name": "New", "is_named": True}

    def calls() -> list[Any]:
        api, pid = Api(token=token), own_backend()
        elsewhere(lambda: end_of(pid)).result()
        found = [api.post(f"{API}/speakers/", body, idempotency_key="one")]  # fails while it asks who this is
        for _ in range(2):
            close_old_connections()
            pid = own_backend()
            found.append(api.post(f"{API}/speakers/", body, idempotency_key="one"))
        elsewhere(lambda: end_of(pid)).result()
        close_old_connections()  # this one is found out before it is used
        found.append(api.get(f"{API}/me/"))
        return found

    lost, made, again, after = elsewhere(calls).result(timeout=20)
    refused(lost, 503, ("unavailable", ""))
    assert lost.headers["Retry-After"] == "1"
    assert (made.status_code, again.status_code, after.status_code) == (201, 201, 200)
    assert again.content == made.content


def test_where_no_connection_is_left_everybody_is_told_to_come_back(place):
    token = place[3]

    def call() -> Any:
        connection.close()
        return Api(token=token).get(f"{API}/me/")

    limit_connections(0)
    try:
        lost = elsewhere(call).result(timeout=20)
    finally:
        limit_connections(-1)
    refused(lost, 503, ("unavailable", ""))
    assert lost.headers["Retry-After"] == "1"
    assert elsewhere(call).result(timeout=20).status_code == 200


def limit_connections(number: int) -> None:
    """How many may be open to the tests' database; -1: any number. Those that are open stay."""
    with connection.cursor() as cursor:
        cursor.execute(f'ALTER DATABASE "{connection.settings_dict["NAME"]}" CONNECTION LIMIT {number}')


def test_pages_of_the_admin_too_are_told_to_come_back(place):
    user = place[0]
    User.objects.filter(pk=user.pk).update(is_staff=True)
    http = Client(raise_request_exception=False)
    http.force_login(User.objects.get(pk=user.pk))

    def calls() -> list[Any]:
        pid = own_backend()
        elsewhere(lambda: end_of(pid)).result()
        found = [http.get("/admin/annotations/quote/")]
        close_old_connections()
        return [*found, http.get("/admin/annotations/quote/")]

    lost, after = elsewhere(calls).result(timeout=20)
    assert (lost.status_code, lost.headers["Retry-After"], after.status_code) == (503, "1", 200)
    assert "try again" in lost.content.decode()
