"""What readers give is what the bulk door takes, and what a GET shows is what writers write."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest

from annotations.formats import FORMATS
from annotations.formats.files import Refused, folder
from tests.formats.samples import documents, id_of, items, made_up, read_back, written
from tests.formats.test_cases import CASES

# Formats that keep an article with everything on it; ClaimReview has no articles.
WHOLE = sorted(name for name, found in FORMATS.items() if found.read and found.write and name != "claimreview")
# What is another here: the ids of things, who made them and when.
OURS = {"id", "version", "created_at", "updated_at", "created_by", "project", "user"}


def post(client: Any, project: str, given: list[Any], query: str = "") -> Any:
    response = client.post(f"/api/v1/projects/{project}/documents/{query}", json=given)
    assert response.status_code == 200, response.json()
    return response.json()


def new_project(client: Any, slug: str) -> str:
    created = client.post("/api/v1/projects/", json={"slug": slug, "name": slug})
    assert created.status_code == 201, created.json()
    return str(created.json()["id"])


def shown(client: Any, project: str) -> list[Any]:
    """Each article's annotation document, as a GET shows it."""
    listed = client.get(f"/api/v1/articles/?project={project}&ordering=id").json()["results"]
    return [client.get(f"/api/v1/articles/{found['id']}/annotations/?revision=all").json() for found in listed]


def alike(found: list[Any]) -> list[Any]:
    """The documents with ids counted in the order in which they appear."""
    numbers: dict[str, int] = {}
    ids = {item["id"] for document in found for item in items(document)}
    ids |= {revision["id"] for document in found for revision in document["article"]["revisions"]}

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            kept = {name: item for name, item in value.items() if name not in OURS - {"id"}}
            return {name: plain(item) for name, item in kept.items()}
        if isinstance(value, list):
            return [plain(item) for item in value]
        return numbers.setdefault(value, len(numbers)) if isinstance(value, str) and value in ids else value

    return [plain(document) for document in found]


@pytest.mark.parametrize("name", WHOLE)
def test_from_one_project_to_another(manager: Any, name: str) -> None:
    """Export, import into an empty project, export: the same but for ids, times and names of users."""
    one, two = new_project(manager, "one"), new_project(manager, "two")
    post(manager, one, documents())
    first = shown(manager, one)
    assert len(first) == 3
    back, report = read_back(name, written(name, first)[0])
    assert not report.codes["refused"]
    back.sort(key=lambda document: [found["article"]["id"] for found in first].index(document["article"]["id"]))
    post(manager, two, back)
    second = shown(manager, two)
    if name == "brat":  # the order between sets is not kept
        first, second = by_external(first), by_external(second)
    assert alike(second) == alike(first)
    again = post(manager, two, read_back(name, written(name, first)[0])[0], "?on_conflict=upsert")
    assert (again["created"], again["updated"]) == (0, 0), "a second import changes nothing"


def by_external(found: list[Any]) -> list[Any]:
    """Lists in an order that both sides share: by set, which both have in the same order, then as they came."""

    def in_order(document: Any) -> Any:
        at = {held["id"]: number for number, held in enumerate(document["sets"])}
        lists = {n: sorted(document[n], key=lambda item: at[item["set"]]) for n in ("mentions", "quotes")}
        return document | lists

    return [in_order(document) for document in found]


@pytest.mark.parametrize("case", sorted(CASES.glob("*/*")), ids=lambda case: f"{case.parent.name}-{case.name}")
def test_cases_fit_the_bulk_door(manager: Any, case: Any) -> None:
    project = new_project(manager, "cases")
    options: dict[str, Any] = {"mapping": {"articles": {}}} if case.parent.name == "w3c" else {}
    found, _ = read_back(
        case.parent.name, {n: f for n, f in folder(case).items() if not n.endswith("ted.json")}, **options
    )
    if case.parent.name == "w3c":  # these bring no text: the articles are there already
        words = "said: We 🚀 stay, and left. said Bo. Ann gave up this is an anotation that has some"
        names = [document["article"]["external_id"] for document in found]
        post(manager, project, [{"article": {"external_id": name, "title": "", "body": words}} for name in names])
        post(manager, project, found, "?on_conflict=upsert")
    else:
        post(manager, project, found)


@pytest.mark.parametrize("name", ["brat", "doccano", "label-studio", "xmi"])
def test_of_earlier_revisions_nothing_is_left_in_a_format_with_one_text(name: str) -> None:
    """Not even what the format has no place for and keeps beside: it would be in a set that the file does not hold."""
    document = made_up()
    document["article"] |= {"revision": 2, "revisions": [{"number": 1}, {"number": 2}]}
    document["sets"][1]["revision"] = 2
    data, report = written(name, [document])
    assert report.codes["refused"] == {"revision-not-kept": 1, "revisions-not-kept": 1}
    assert any("with 8 objects in it" in item["detail"] for item in report.items)
    back = [item for found in read_back(name, data)[0] for item in items(found)]
    assert {item["set"] for item in back if item.get("set")} == {id_of(3)}
    assert len([item for item in back if "content" in item]) == 3


def zipped(**files: str) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()


NOTHING = {"words": b"Hello.", "blank": b"\n \n", "readme": zipped(README="Hello."), "empty": zipped()}


@pytest.mark.parametrize("given", NOTHING)
@pytest.mark.parametrize("name", [*WHOLE, "claimreview"])
def test_a_file_with_nothing_of_its_format_is_not_passed_over(name: str, given: str) -> None:
    if given == "empty":
        with pytest.raises(Refused):
            read_back(name, NOTHING[given])
        return
    read, report = read_back(name, NOTHING[given])
    assert read == []
    assert report.codes["refused"].total() == 1
