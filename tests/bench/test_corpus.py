"""The generated corpus has the shape that it claims, and its floors answer what the API answers."""

import json
import statistics

import pytest
from django.db import connection

from bench import answers, corpus

PAPERS = "/api/v1/projects/{}/documents/"


def test_shape():
    found = list(corpus.documents(300))
    counts = [len(document["quotes"]) for document in found]
    assert counts[:2] == [corpus.LARGEST, corpus.MEDIAN]
    assert max(counts) == corpus.LARGEST
    assert 15 <= statistics.median(counts) <= 21
    assert 20 <= statistics.mean(counts) <= 28
    assert 3_800 <= statistics.mean(len(document["article"]["body"]) for document in found) <= 5_400
    assert any("🗞️" in document["article"]["body"] for document in found)


def test_the_same_seed_gives_the_same_corpus():
    assert list(corpus.documents(3)) == list(corpus.documents(3)) != list(corpus.documents(3, "other"))


@pytest.fixture
def loaded(world):
    sent = [corpus.document("one"), corpus.document("two", 4), corpus.document("three", 3)]
    answer = world.manager.post(PAPERS.format(world.project.pk), sent)
    assert answer.status_code == 200, answer.content
    return world


def asked(statement, parameters):
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return [value if isinstance(value, dict) else json.loads(value) for (value,) in cursor.fetchall()]


@pytest.mark.parametrize("kind", answers.PAGES)
def test_floors_of_pages_answer_what_the_api_answers(loaded, kind):
    records = loaded.manager.get(f"/api/v1/{kind}/?project={loaded.project.pk}").json()["results"]
    assert records
    floor = asked(answers.PAGES[kind], [loaded.project.pk, "00000000-0000-0000-0000-000000000000"])
    assert floor[:100] == records


def test_the_floor_of_an_article_answers_what_the_api_answers(loaded):
    article = loaded.manager.get(f"/api/v1/articles/?project={loaded.project.pk}").json()["results"][0]["id"]
    document = loaded.manager.get(f"/api/v1/articles/{article}/annotations/").json()
    (floor,) = asked(answers.READ_ONE, [article])
    assert document["quotes"]
    assert document["speakers"]
    assert floor == {name: document[name] for name in floor}
    assert not any(value for name, value in document.items() if name not in floor)
