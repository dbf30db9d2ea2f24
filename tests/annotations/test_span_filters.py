"""`overlaps=` and `within=`: which annotations a stretch of a text finds."""

import pytest

from tests.builders import make_article

TITLE = "🎉 Abc abc"
BODY = "abcdefghij klmnopqrst 🎉 uvwxyz"


@pytest.fixture
def article(world):
    return str(make_article(world.project, body=BODY, title=TITLE).pk)


@pytest.fixture
def found(world, article):
    """Asks a list, and gives the `exact` of each result."""

    def ask(query, resource="quotes"):
        response = world.annotator.get(f"/api/v1/{resource}/?article={article}&ordering=start&{query}")
        assert response.status_code == 200, response.content
        return [(r.get("content") or r["span"])["exact"] for r in response.json()["results"]]

    return ask


def post(world, article, span, resource="quotes"):
    field = "content" if resource == "quotes" else "span"
    response = world.annotator.post(f"/api/v1/{resource}/", {"article": article, field: span})
    assert response.status_code == 201, response.content
    return response.json()


@pytest.fixture
def quotes(world, article):
    post(world, article, {"exact": "cde"})
    post(world, article, {"exact": "klm"})
    post(world, article, {"fragments": [{"exact": "ab"}, {"exact": "rst"}]})
    post(world, article, {"exact": "🎉 uvw"})
    post(world, article, {"part": "title", "exact": "Abc"})


OVERLAPS = {
    "0-1": ["ab rst"],
    "0-3": ["ab rst", "cde"],
    "2-5": ["cde"],
    "4-5": ["cde"],
    "5-11": [],  # touching is not overlapping, and between two pieces there is nothing
    "5-12": ["klm"],
    "20-22": ["ab rst"],
    "21-23": ["🎉 uvw"],
    "0-999999999": ["ab rst", "cde", "klm", "🎉 uvw"],
    "100-200": [],
}
WITHIN = {
    "2-5": ["cde"],
    "2-4": [],
    "0-2": ["ab rst"],
    "18-21": ["ab rst"],
    "19-21": [],
    "0-14": ["ab rst", "cde", "klm"],
    "22-27": ["🎉 uvw"],
    "22-26": [],
}


@pytest.mark.usefixtures("quotes")
@pytest.mark.parametrize("asked", OVERLAPS)
def test_overlaps(found, asked):
    assert found(f"overlaps={asked}") == OVERLAPS[asked]


@pytest.mark.usefixtures("quotes")
@pytest.mark.parametrize("asked", WITHIN)
def test_within(found, asked):
    assert found(f"within={asked}") == WITHIN[asked]


@pytest.mark.usefixtures("quotes")
def test_both_at_once_and_parts(found):
    assert found("overlaps=0-3&within=2-5") == ["cde"]
    assert found("overlaps=2-3&part=title") == ["Abc"]
    assert found("within=0-5&part=title") == ["Abc"]
    assert found("overlaps=5-9&part=title") == []


@pytest.mark.usefixtures("quotes")
def test_ranges_count_in_the_requests_unit(found):
    assert found("overlaps=25-26&offset_unit=utf16") == ["🎉 uvw"]
    assert found("within=22-28&offset_unit=utf16") == ["🎉 uvw"]
    assert found("within=22-27&offset_unit=utf16") == []
    assert found("overlaps=3-4&part=title&offset_unit=utf16") == ["Abc"]
    # Half of a pair counts as the whole of it.
    assert found("overlaps=23-24&offset_unit=utf16") == ["🎉 uvw"]
    assert found("overlaps=21-23&offset_unit=utf16") == ["🎉 uvw"]


@pytest.mark.parametrize("resource", ["mentions", "claim-occurrences"])
def test_other_resources_take_the_same_filters(world, article, found, resource):
    post(world, article, {"exact": "cde"}, resource)
    post(world, article, {"fragments": [{"exact": "ab"}, {"exact": "rst"}]}, resource)
    assert found("overlaps=20-21", resource) == ["ab rst"]
    assert found("within=2-5", resource) == ["cde"]


def test_ranges_are_on_the_head_unless_a_revision_is_named(world, article, found):
    post(world, article, {"exact": "cde"})
    revised = {"title": TITLE, "body": "cde!", "base_revision": 1}
    assert world.curator.post(f"/api/v1/articles/{article}/revisions/", revised).status_code == 201
    assert found("overlaps=0-10") == []
    assert found("overlaps=0-10&revision=1") == ["cde"]
    post(world, article, {"exact": "cde"})
    assert found("within=0-3") == ["cde"]
    assert found("within=0-3&revision=2") == ["cde"]
    assert found("within=0-3&revision=1") == []
    assert found("revision=1") == ["cde"]
    assert found("within=0-3&revision=9") == []
    assert found("") == ["cde", "cde"]


REFUSED = [
    ("overlaps=1-1", 422, "range", "?overlaps"),
    ("overlaps=5-2", 422, "range", "?overlaps"),
    ("overlaps=5", 400, "pattern", "?overlaps"),
    ("within=a-b", 400, "pattern", "?within"),
    ("within=-1-4", 400, "pattern", "?within"),
    ("within=1-2&part=footer", 400, "invalid-choice", "?part"),
    ("revision=0", 400, "min-value", "?revision"),
    ("offset_unit=bytes", 400, "invalid-choice", "?offset_unit"),
    ("contains=1-2", 400, "unknown-parameter", "?contains"),
]


@pytest.mark.parametrize(("query", "status", "code", "pointer"), REFUSED)
def test_refused_ranges(world, article, query, status, code, pointer):
    response = world.annotator.get(f"/api/v1/quotes/?article={article}&{query}")
    assert response.status_code == status
    assert [(e["code"], e["pointer"]) for e in response.json()["errors"]] == [(code, pointer)]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("overlaps=1-2", "article-required"),
        ("within=1-2", "article-required"),
        ("revision=1", "article-required"),
        ("part=body", "overlaps-required"),
        ("article={article}&part=title", "overlaps-required"),
        ("article={article}&revision=1&part=title", "overlaps-required"),
        ("article={article}&role=addressee", "speaker-required"),
    ],
)
def test_what_says_nothing_alone_is_not_passed_over(world, query, code):
    article = make_article(world.project)
    response = world.annotator.get(f"/api/v1/quotes/?{query.format(article=article.pk)}")
    assert (response.status_code, response.json()["code"]) == (422, code)
