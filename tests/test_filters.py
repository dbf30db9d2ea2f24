"""Every filter of every list, with rows that match and rows that do not. A filter without a line here fails."""

from __future__ import annotations

import pytest
from django.utils.dateparse import parse_datetime

from annotations.filters import spans as filters
from tests.estate import ABSENT, API, listed, routes
from tests.shelf import Shelf

pytestmark = pytest.mark.django_db
COMMON = {"page_size", "cursor", "count", "ordering"}
LISTS = {r.name.removesuffix("-list"): r for r in routes() if r.actions.get("get") == "list"}
# The rows of each list, as `shelf` names them; the last one is in another project.
ROWS = {
    "project": ["world", "other"],
    "publisher": ["post", "herald", "foreign"],
    "article": ["first", "second", "undated", "foreign"],
    "annotation-set": ["annotator's", "closed", "robot's", "foreign"],
    "mention": ["she", "stern", "okafor", "foreign"],
    "quote": ["word", "inner", "robot's", "foreign"],
    "speaker": ["stern", "stern again", "official", "okafor", "foreign"],
    "claim": ["fall", "fall again", "lie", "foreign"],
    "claim-occurrence": ["fall", "fall again", "lie", "foreign"],
    "claim-relation": ["entails", "related", "foreign"],
    "evidence": ["span", "occurrence", "page", "foreign"],
    "claim-review": ["true", "false", "foreign"],
    "import": ["queued", "done", "foreign"],
}
# `{list:row}` stands for an id. What is expected are names of rows of the list.
FILTERS: dict[str, list[tuple[str, list[str]]]] = {
    "project": [("slug=world", ["world"]), ("slug=World", []), ("slug=wor", [])],
    "member": [],
    "revision": [],
    "token": [],
    "publisher": [
        ("project={project:world}", ["post", "herald"]),
        ("domain=post.example", ["post"]),
        ("domain=Post.example", []),
        ("name=The Herald", ["herald"]),
    ],
    "article": [
        ("project={project:other}", ["foreign"]),
        ("q=rivers", ["second"]),
        ("q=RIVERS", ["second"]),
        ("q=flood rivers", ["second"]),
        ("q=rivers -flood", []),
        ("q=rivers or taxes", ["first", "second", "undated"]),
        ('q="taxes would fall"', ["first", "undated"]),
        ('q="fall would taxes"', []),
        ("q=Flooded Towns", ["second"]),
        ("publisher={publisher:post}", ["first"]),
        ("publisher={publisher:herald}", []),
        ("language=en", ["first"]),
        ("language=EN", []),
        ("external_id=a-1", ["first", "foreign"]),
        ("external_id=a-1&project={project:world}", ["first"]),
        ("published_after=2024-01-01", ["second"]),
        ("published_after=2023-12-31", ["first", "second"]),
        ("published_before=2024-01-01", []),
        ("published_before=2024-01-02&published_after=2023-12-31", ["first"]),
        ("include=body", ["first", "second", "undated", "foreign"]),
    ],
    "annotation-set": [
        ("project={project:world}", ["annotator's", "closed", "robot's"]),
        ("article={article:first}", ["annotator's", "robot's"]),
        ("annotator=annotator", ["annotator's", "closed"]),
        ("annotator=robot", ["robot's"]),
        ("annotator=nobody", []),
        ("kind=machine", ["robot's"]),
        ("kind=imported", []),
        ("status=closed", ["closed"]),
        ("status=submitted", []),
        ("label=gold", ["closed"]),
        ("label=", ["annotator's", "robot's", "foreign"]),
    ],
    "mention": [
        ("project={project:world}", ["she", "stern", "okafor"]),
        ("article={article:second}", []),
        ("set={annotation-set:annotator's}", ["she", "stern", "okafor"]),
        ("set={annotation-set:robot's}", []),
        ("annotator=annotator", ["she", "stern", "okafor"]),
        ("annotator=robot", []),
        ("q=stern", ["stern", "foreign"]),
        ("review_status=approved", ["stern"]),
        ("review_status=rejected", []),
        ("tag=key", ["stern"]),
        ("tag=ke", []),
        ("external_id=m-1", ["stern"]),
        ("speaker={speaker:stern}", ["she", "stern"]),
        ("speaker={speaker:stern again}", ["she", "stern"]),
        ("speaker={speaker:official}", []),
        ("kind=pronominal", ["she"]),
        ("article={article:first}&overlaps=15-20", ["stern"]),
        ("article={article:first}&within=15-20", []),
        ("article={article:first}&within=0-30&offset_unit=utf16", ["stern"]),
        ("article={article:first}&overlaps=0-30&part=title", []),
        ("article={article:first}&revision=1", ["she", "stern", "okafor"]),
        ("article={article:first}&revision=2", []),
    ],
    "quote": [
        ("project={project:world}", ["word", "inner", "robot's"]),
        ("article={article:first}", ["word", "inner", "robot's"]),
        ("set={annotation-set:robot's}", ["robot's"]),
        ("annotator=robot", ["robot's"]),
        ("q=keep word", ["word", "inner", "foreign"]),
        ("q=opposition", ["robot's"]),
        ("review_status=unreviewed", ["word", "robot's", "foreign"]),
        ("review_status=rejected", ["inner"]),
        ("tag=promise", ["word"]),
        ("external_id=q-1", ["word"]),
        ("speaker={speaker:stern}", ["word"]),
        ("speaker={speaker:stern again}", ["word"]),
        ("speaker={speaker:okafor}", ["robot's"]),
        ("speaker={speaker:official}", []),
        ("speaker={speaker:okafor}&role=addressee", ["word"]),
        ("type=direct", ["word"]),
        ("type=mixed", []),
        ("parent={quote:word}", ["inner"]),
        ("parent={quote:inner}", []),
        ("mention={mention:she}", ["word"]),
        ("mention={mention:okafor}", []),
        ("article={article:first}&overlaps=78-79", ["word", "inner"]),
        ("article={article:first}&within=0-90", ["word", "inner"]),
        ("article={article:first}&within=0-90&part=title", []),
        ("article={article:first}&overlaps=0-200&revision=1", ["word", "inner", "robot's"]),
        ("article={article:first}&overlaps=0-90&offset_unit=utf16", ["word", "inner"]),
    ],
    "speaker": [
        ("project={project:other}", ["foreign"]),
        ("q=stern", ["stern", "foreign"]),
        ("q=ada", ["stern", "foreign"]),
        ("q=The PM", ["okafor"]),
        ("article={article:first}", ["official"]),
        ("article={article:second}", []),
        ("kind=group", ["okafor"]),
        ("is_named=false", ["official"]),
        ("is_named=true", ["stern", "stern again", "okafor", "foreign"]),
        ("name=Ada Stern", ["stern", "foreign"]),
        ("name=ada stern", []),
        ("alias=The PM", ["okafor"]),
        ("alias=PM", []),
        ("wikidata_qid=Q7", ["stern"]),
        ("wikidata_qid=Q77", []),
        ("merged=true", ["stern again"]),
        ("merged=false", ["stern", "official", "okafor", "foreign"]),
    ],
    "claim": [
        ("project={project:world}", ["fall", "fall again", "lie"]),
        ("q=taxes", ["fall", "fall again", "foreign"]),
        ("language=en", ["fall"]),
        ("type=causal", ["lie"]),
        ("type=normative", []),
        ("check_worthiness=check_worthy", ["fall"]),
        ("merged=true", ["fall again"]),
        ("merged=false", ["fall", "lie", "foreign"]),
    ],
    "claim-occurrence": [
        ("project={project:other}", ["foreign"]),
        ("article={article:first}", ["fall", "fall again", "lie"]),
        ("set={annotation-set:annotator's}", ["fall", "fall again", "lie"]),
        ("annotator=robot", []),
        ("annotator=annotator", ["fall", "fall again", "lie"]),
        ("q=believes", ["lie"]),
        ("review_status=approved", ["lie"]),
        ("tag=x y", ["fall"]),
        ("external_id=o-1", ["fall"]),
        ("claim={claim:fall}", ["fall", "fall again"]),
        ("claim={claim:fall again}", ["fall", "fall again"]),
        ("claim={claim:lie}", ["lie"]),
        ("quote={quote:word}", ["fall"]),
        ("speaker={speaker:stern}", ["fall"]),
        ("speaker={speaker:stern again}", ["fall"]),
        ("speaker={speaker:okafor}", []),
        ("stance=denies", ["lie"]),
        ("article={article:first}&overlaps=45-46", ["fall"]),
        ("article={article:first}&within=45-46", []),
        ("article={article:first}&part=title&overlaps=0-9", []),
        ("article={article:first}&revision=2", []),
        ("article={article:first}&within=0-80&offset_unit=utf16", ["fall"]),
    ],
    "claim-relation": [
        ("project={project:other}", ["foreign"]),
        ("claim={claim:fall}", ["entails", "related"]),
        ("claim={claim:fall again}", ["entails", "related"]),
        ("claim={claim:lie}", ["entails", "related"]),
        ("source={claim:fall}", ["entails"]),
        ("source={claim:fall again}", ["entails"]),
        ("source={claim:lie}", ["related"]),
        ("target={claim:fall}", ["related"]),
        ("target={claim:fall again}", ["related"]),
        ("target={claim:lie}", ["entails"]),
        ("type=entails", ["entails", "foreign"]),
        ("type=refutes", []),
    ],
    "evidence": [
        ("project={project:world}", ["span", "occurrence", "page"]),
        ("article={article:first}", ["span", "occurrence"]),
        ("set={annotation-set:annotator's}", ["span", "occurrence"]),
        ("annotator=annotator", ["span", "occurrence"]),
        ("annotator=robot", []),
        ("claim={claim:fall}", ["span", "page"]),
        ("claim={claim:fall again}", ["span", "page"]),
        ("stance=refutes", ["occurrence"]),
        ("quote={quote:word}", ["span"]),
        ("quote={quote:inner}", []),
        ("occurrence={claim-occurrence:lie}", ["occurrence"]),
        ("article={article:first}&overlaps=70-75", ["span"]),
        ("article={article:first}&within=0-10", []),
        ("article={article:first}&overlaps=70-75&part=title", []),
        ("article={article:first}&overlaps=70-75&revision=1", ["span"]),
        ("article={article:first}&overlaps=70-75&offset_unit=utf16", ["span"]),
    ],
    "claim-review": [
        ("project={project:world}", ["true", "false"]),
        ("claim={claim:fall}", ["true"]),
        ("claim={claim:fall again}", ["true"]),
        ("verdict=refuted", ["false"]),
        ("url=https://a.example/1", ["true", "foreign"]),
    ],
    "import": [
        ("project={project:world}", ["queued", "done"]),
        ("status=queued", ["queued", "foreign"]),
        ("status=succeeded", ["done"]),
        ("status=failed", []),
    ],
}


@pytest.fixture
def shelf():
    return Shelf()


@pytest.fixture
def names(shelf, client):
    """The names of the rows that a query of a list finds."""
    api = client(shelf.user)

    def find(name: str, query: str) -> list[str]:
        ids = {str(row.pk): label for label, row in shelf.rows[name].items()}
        query = shelf.filled(query).replace(" ", "%20").replace('"', "%22")
        answer = api.get(f"{LISTS[name].path()}?{query}&count=true")
        assert answer.json()["count"] == len(listed(answer))
        return [ids[pk] for pk in listed(answer) if pk in ids]

    find.api = api  # type: ignore[attr-defined]
    return find


def test_every_filter_has_its_lines():
    for name, route in LISTS.items():
        tried = {part.split("=")[0] for query, _ in FILTERS[name] for part in query.split("&")}
        tried |= {"created_after", "created_before"}
        assert set(route.view.list_query().fields) - COMMON <= tried, name


@pytest.mark.parametrize("name", ROWS)
def test_filters(name, shelf, names):
    wrong = []
    for query, expected in FILTERS[name]:
        found = names(name, query)
        wrong += [f"{query} finds {found}, not {expected}"] if sorted(found) != sorted(expected) else []
    assert names(name, "") == [row for row in shelf.rows[name]]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", [n for n, r in LISTS.items() if "created_after" in r.view.list_query().fields])
def test_times_of_making(name, shelf, names):
    """Exclusive at both ends; any offset is understood."""
    second = list(shelf.rows[name].values())[1]
    labels = list(shelf.rows[name])
    at = names.api.get(f"{LISTS[name].path()}{second.pk}/").json()["created_at"]
    assert parse_datetime(at) is not None
    row = type(second).objects
    for n, one in enumerate(shelf.rows[name].values()):
        row.filter(pk=one.pk).update(created_at=f"2024-01-0{n + 1}T12:00:00Z")
    assert names(name, "created_after=2024-01-02T12:00:00Z&ordering=id") == labels[2:]
    assert names(name, "created_before=2024-01-02T12:00:00Z") == labels[:1]
    assert names(name, "created_after=2024-01-02T13:59:59.999999%2B02:00") == labels[1:]


def test_filters_are_joined_by_and(shelf, names):
    query = "speaker={speaker:stern}&type=direct&tag=promise&q=word&article={article:first}"
    assert names("quote", query) == ["word"]
    assert names("quote", f"{query}&review_status=rejected") == []


@pytest.mark.parametrize("few", [0, 1000])
@pytest.mark.parametrize("name", [n for n, lines in FILTERS.items() if any("annotator" in line for line, _ in lines)])
def test_annotators_of_few_sets_and_of_many(name, few, shelf, names, monkeypatch):
    monkeypatch.setattr(filters, "FEW", few)
    filters.counted_sets.cache_clear()
    for query, expected in FILTERS[name]:
        if "annotator" in query:
            assert names(name, query) == expected
            assert names(name, f"{query}&ordering=-id") == expected[::-1]
    filters.counted_sets.cache_clear()


def test_include_body_brings_bodies(shelf, names):
    plain, full = (names.api.get(f"{API}/articles/{query}").json()["results"] for query in ("", "?include=body"))
    assert all("body" not in row for row in plain)
    assert [row["body"] for row in full][1] == "The rivers rose."


def test_an_absent_id_finds_nothing_and_is_no_error(shelf, names):
    for name, route in LISTS.items():
        for field in ("article", "set", "speaker", "claim", "parent", "mention", "quote", "occurrence", "publisher"):
            if name in ROWS and field in route.view.list_query().fields:
                assert names(name, f"{field}={ABSENT}") == []
