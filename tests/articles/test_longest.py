"""The longest text that the contract takes: stored, read, annotated; and one that is longer by a character."""

from __future__ import annotations

import json

import pytest

from articles.serializers import BODY_MAX
from tests.api import Api
from tests.builders import make_member, make_project, make_token, make_user
from tests.estate import codes

pytestmark = pytest.mark.django_db
END = "She said so."


@pytest.fixture
def us():
    user = make_user("us")
    make_member(make_project("library"), user, "manager")
    return Api(user, make_token(user))


def body(length: int) -> str:
    words = "Not a word of it is true. "
    return (words * (length // len(words) + 1))[: length - len(END)] + END


def test_the_longest_text_is_stored_and_annotated(us):
    project = us.get("/api/v1/projects/").json()["results"][0]["id"]
    text = body(BODY_MAX)
    article = us.post("/api/v1/articles/", {"project": project, "title": "All of it", "body": text})
    assert article.status_code == 201, article.content
    pk = article.json()["id"]
    quote = us.post("/api/v1/quotes/", {"article": pk, "content": {"exact": END}})
    assert quote.status_code == 201, quote.content
    assert quote.json()["content"]["end"] == BODY_MAX
    assert json.loads(us.get(f"/api/v1/articles/{pk}/").content)["body"] == text


def test_a_longer_text_is_refused(us):
    project = us.get("/api/v1/projects/").json()["results"][0]["id"]
    answer = us.post("/api/v1/articles/", {"project": project, "title": "More", "body": body(BODY_MAX + 1)})
    assert (answer.status_code, codes(answer)) == (400, [("max-length", "/body")])
