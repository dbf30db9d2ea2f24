"""UIMA CAS: what dkpro-cassis reads of ours, what comes back, and what no honest file has."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from cassis import Cas, load_cas_from_json, load_cas_from_xmi, load_typesystem

from annotations.formats import FORMATS, Files, Options, Report
from annotations.formats.files import InputFile, folder
from annotations.formats.xmi.cas import STRUCTURES_MAX
from tests.formats.fuzz import fuzz
from tests.formats.inception import exported
from tests.formats.samples import documents, files_of, made_up, read_back, said, seed, written

CASES = Path(__file__).parent / "cases/xmi"


def by_article(found: list[Any]) -> list[Any]:
    """Files of a zip are read by name."""
    return sorted(map(said, found), key=lambda document: str(document.get("article", {}).get("id")))


def unpacked(*given: Any) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(written("xmi", given)[0])) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def cases(*given: Any) -> list[tuple[str, Cas]]:
    """Each file as dkpro-cassis reads it."""
    files = unpacked(*given)
    types = load_typesystem(io.BytesIO(files["TypeSystem.xml"]))
    return [(n, load_cas_from_xmi(io.BytesIO(data), types)) for n, data in files.items() if n.endswith(".xmi")]


def test_round_trip():
    given = documents()[:-1]
    data, _ = written("xmi", given)
    back, report = read_back("xmi", data)
    assert by_article(back) == by_article(given)
    assert report.items == []


def test_cassis_reads_the_same_covered_texts():
    """Every span of every annotation, emoji included: the first piece is the annotation, the others hang on it."""
    for document in (seed(), made_up()):
        known = {item["id"]: item for held in ("mentions", "quotes", "claim_occurrences") for item in document[held]}
        seen = set()
        for _, cas in cases(document):
            for kind, name in (("Quote", "content"), ("Mention", "span"), ("Claim", "span")):
                for found in cas.select(f"onrecord.{kind}"):
                    if "/" in found.id:
                        continue
                    seen.add(found.id)
                    pieces = [found]
                    while following := links(pieces[-1], "piece"):
                        pieces += following
                    exact = [piece["exact"].replace("\x1b", "\ufffd") for piece in known[found.id][name]["fragments"]]
                    assert [piece.get_covered_text() for piece in pieces] == exact
        assert seen == known.keys()


def links(found: Any, role: str) -> list[Any]:
    return [link.target for link in found.links.elements if link.role == role] if found.links else []


def test_cassis_finds_roles_cues_and_parents():
    document = made_up()
    quotes = {found.id: found for _, cas in cases(document) for found in cas.select("onrecord.Quote")}
    for quote in document["quotes"]:
        found = quotes[quote["id"]]
        for role in ("source", "addressee", "spokesperson"):
            mentions = {source["mention"] for source in quote["sources"] if source["role"] == role} - {None}
            assert {target.id for target in links(found, role)} == mentions
        assert [target.id for target in links(found, "parent")] == list(filter(None, [quote["parent"]]))
        cues = links(found, "cue")
        assert [cue.get_covered_text() for cue in cues] == [
            piece["exact"] for piece in (quote["cue"] or {}).get("fragments", [])[:1]
        ]
        assert (found.quoteType or "unspecified") == quote["type"]


def test_a_way_through_cassis_as_xmi_and_as_json_keeps_all():
    """As a tool that reads our files and writes them anew."""
    given = [seed(), made_up()]
    files = unpacked(*given)
    types = load_typesystem(io.BytesIO(files["TypeSystem.xml"]))
    for extension in ("xmi", "json"):
        again: dict[str, bytes] = {n: data for n, data in files.items() if n.startswith("_onrecord/")}
        for name, data in files.items():
            if name.endswith(".xmi"):
                cas = load_cas_from_xmi(io.BytesIO(data), types)
                text = cas.to_xmi() if extension == "xmi" else cas.to_json()
                again[f"{name.removesuffix('xmi')}{extension}"] = text.encode()
        back, report = read_back("xmi", files_in(again))
        assert by_article(back) == by_article(given)
        assert report.items == []


def files_in(held: dict[str, bytes]) -> Files:
    return {name: InputFile(name, partial(io.BytesIO, data)) for name, data in held.items()}


def test_the_json_of_the_cases_is_what_cassis_reads():
    found = load_cas_from_json((CASES / "inception/curation/story.txt/CURATION_USER.json").read_text(encoding="utf-8"))
    assert found.select("webanno.custom.Quotation")[0].get_covered_text().startswith("“We")


def test_every_layer_fits_inception():
    """It takes a type as a span layer whose features are primitives, arrays of strings, or slots: arrays of a type with
    `role` and `target`."""
    types = load_typesystem(io.BytesIO(unpacked()["TypeSystem.xml"]))
    layers = [found for found in types.get_types() if found.name.startswith("onrecord.")]
    layers = [found for found in layers if found.name != "onrecord.Link"]
    assert len(layers) == 6
    for layer in layers:
        for feature in layer.features:
            link = feature.elementType and types.get_type(feature.elementType.name)
            if feature.rangeType.name == "uima.cas.FSArray":
                assert {inner.name for inner in link.features} == {"role", "target"}
            else:
                assert feature.rangeType.name in ("uima.cas.String", "uima.cas.StringArray")


def test_what_was_changed_in_the_tool_wins():
    document = made_up()
    files = unpacked(document)
    name = next(n for n in files if n.endswith(".xmi") and document["quotes"][0]["id"].encode() in files[n])
    changed = (
        files[name]
        .replace(b'quoteType="direct"', b'quoteType="indirect"')
        .replace(b'role="addressee"', b'role="source"')
    )
    assert changed != files[name]
    back, report = read_back("xmi", files_in({**files, name: changed}))
    quote = next(q for q in back[0]["quotes"] if q["id"] == document["quotes"][0]["id"])
    assert quote["type"] == "indirect"
    assert [source["role"] for source in quote["sources"]] == ["source", "source"]
    assert quote["uttered_on"] is None
    assert report.items == []


def test_a_number_is_no_link():
    """XMI writes references and numbers alike: only the type system tells `certainty="7"` from a link to 7."""
    files = dict(folder(CASES / "inception"))
    with files["annotation/story.txt/anna.xmi"].open() as stream:
        data = stream.read()
    number = data.partition(b'QuotationSourcesLink xmi:id="')[2].partition(b'"')[0]
    files |= files_in({"annotation/story.txt/anna.xmi": data.replace(b'certainty="1"', b'certainty="' + number + b'"')})
    _, report = read_back("xmi", files, mapping={"labels": {"Quotation": "quote"}})
    assert [item["text"] for item in report.items if item["code"] == "relation-read-as"] == ["Sources"]


def test_a_project_of_inception_comes_in_as_it_is():
    """The same as from single files, with users as annotators; a bad archive among them is told, and the rest is in."""
    options = {"mapping": {"labels": {"Quotation": "quote"}, "users": {"anna": "ann"}}}
    expected, _ = read_back("xmi", folder(CASES / "inception"), **options)
    back, report = read_back("xmi", exported(story__bo=b"no archive", story__cy=exported()), **options)
    assert list(map(said, back)) == list(map(said, expected))
    assert [one["annotator"]["name"] for one in back[0]["sets"]] == ["ann", "CURATION_USER"]
    refused = [(item["code"], item["file"]) for item in report.items if item["outcome"] == "refused"]
    assert ("archive-refused", "annotation/story.txt/bo.zip") in refused
    assert ("archive-refused", "annotation/story.txt/cy.zip") in refused


def test_a_project_that_was_unpacked(tmp_path: Path):
    with zipfile.ZipFile(io.BytesIO(exported())) as archive:
        archive.extractall(tmp_path)
    options = {"mapping": {"labels": {"Quotation": "quote"}}}
    assert read_back("xmi", folder(tmp_path), **options)[0] == read_back("xmi", exported(), **options)[0]


def test_memory_is_bounded_by_what_is_kept():
    """Tokens and the like are passed over; a file of nothing but annotations is refused beyond a number."""
    head = b'<x:XMI xmlns:x="http://www.omg.org/XMI" xmlns:t="http:///de/tudarmstadt/ukp/dkpro/core/api/segmentation/type.ecore">'
    tokens = b'<t:Token x:id="1" sofa="1" begin="0" end="1"/>' * 200_000
    others = b'<a x:id="%d"/>'
    many = b"".join(others % number for number in range(STRUCTURES_MAX + 1))
    for body, code, limit in ((tokens, "no-text", 40), (many, "too-many-annotations", 200)):
        tracemalloc.start()
        _, report = read_back("xmi", files_in({"x.xmi": head + body + b"</x:XMI>"}))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert [item["code"] for item in report.items] == [code]
        assert peak < limit * 2**20


@pytest.mark.parametrize("name", ["bomb.xmi", "outside.xmi"])
def test_entities_are_refused(name: str):
    read, report = FORMATS["xmi"].read, Report()
    assert read
    assert list(read({name: folder(CASES / "refused")[name]}, report, Options())) == []
    assert list(report.codes["refused"]) == ["entity-refused"]


def test_fuzz():
    files = unpacked(made_up())
    ours = next(data for name, data in files.items() if name.endswith(".xmi"))
    beside = {name: data for name, data in files.items() if name.startswith("_onrecord/")}
    (companion,) = beside
    stem = companion.removeprefix("_onrecord/").removesuffix(".json")
    foreign = (CASES / "inception/annotation/story.txt/anna.xmi").read_bytes()
    fuzz("xmi", [ours, foreign], lambda data: files_in({**beside, f"a/{stem}.xmi": data}))
    as_json = (CASES / "inception/curation/story.txt/CURATION_USER.json").read_bytes()
    fuzz("xmi", [as_json], lambda data: files_in({"a.json": data}))
    fuzz("xmi", [next(iter(beside.values()))], lambda data: files_in({**files, companion: data}))


def test_fuzz_archive():
    project = exported()
    fuzz("xmi", [project], lambda data: files_of(data, FORMATS["xmi"].limits))
    beside = files_of(project, FORMATS["xmi"].limits)
    with zipfile.ZipFile(io.BytesIO(project)) as archive:
        inner = archive.read("annotation/story.txt/anna.zip")
    fuzz("xmi", [inner], lambda data: {**beside, "annotation/story.txt/anna.zip": packed(data)})


def packed(data: bytes) -> InputFile:
    return InputFile("annotation/story.txt/anna.zip", partial(io.BytesIO, data))
