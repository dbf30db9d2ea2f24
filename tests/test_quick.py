"""The quick road and the serializers give the same verdicts: what the one says yes to, the other gives as well; what is
wrong the quick road leaves to the serializer."""

import copy
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotations.serializers.documents import AnnotationDocumentInSerializer
from annotations.serializers.jobs import ImportSerializer
from annotations.serializers.spans import EvidenceSerializer, QuoteSerializer
from articles.serializers import ArticleSerializer
from backend import quick
from backend.api import router
from backend.fields import Closed
from bench import corpus
from tests.conftest import SEED

DOCUMENTS = [json.loads(SEED.read_text(encoding="utf-8")), corpus.document("one", 3), corpus.document("two", 1)]
ODD: list[Any] = [
    None,
    True,
    False,
    0,
    -1,
    1,
    7.0,
    0.5,
    2**31,
    2**63,
    "",
    " ",
    "7",
    "#q1",
    "#",
    "direct",
    "body",
    [],
    {},
    [None],
]
ODD += ["0190d1f0-0000-7000-8000-000000000001", "0190D1F0-0000-7000-8000-000000000001", "https://a.example/", "Q7"]
ODD += [
    "2020-02-30",
    "2020-02-29",
    "2020-02-29T10:00:00Z",
    "en-GB",
    ["speech", "speech"],
    ["speech"],
    [{}],
    {"start": 1},
]
ODD += ["x" * 501, "word\n", "é", "en\n", "#é", "#a b"]
NAMES = [
    "id",
    "key",
    "start",
    "exact",
    "fragments",
    "tags",
    "sources",
    "speaker",
    "parent",
    "number",
    "unknown",
    "medium",
]
NAMES += [
    "confidence",
    "is_named",
    "url",
    "claimants",
    "is_author",
    "published_on",
    "metadata",
    "cue",
    "quotes",
    "article",
]


def slow(shape, data, most):
    serializer = shape(data=data, **({"many": True, "max_length": most} if most else {}))
    return serializer.validated_data if serializer.is_valid() else None


def compare(shape, data, most=None):
    """Whether the quick road said yes."""
    expected = slow(shape, copy.deepcopy(data), most)
    try:
        found = quick.read(shape, data, most=most)
    except quick.Doubtful:
        return False
    assert expected is not None, data
    assert found == expected
    assert json.dumps(found, default=repr, sort_keys=True) == json.dumps(expected, default=repr, sort_keys=True)
    return True


def places(value, path=()):
    yield path
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in children:
        yield from places(inner, (*path, name))


def put(value, path, new):
    if not path:
        return new
    copied = copy.copy(value)
    copied[path[0]] = put(value[path[0]], path[1:], new)
    return copied


@st.composite
def altered(draw):
    """A document with one to three things in it that may be odd: another value, another name, one name less."""
    document = draw(st.sampled_from(DOCUMENTS))
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(sorted(places(document), key=repr)))
        there = document
        for step in path:
            there = there[step]
        if isinstance(there, dict) and draw(st.booleans()):
            without = {n: v for n, v in there.items() if n != draw(st.sampled_from([*there, None]))}
            document = put(document, path, without | {draw(st.sampled_from(NAMES)): draw(st.sampled_from(ODD))})
        else:
            document = put(document, path, draw(st.sampled_from(ODD)))
        if not isinstance(document, dict):
            break
    return document


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(altered())
def test_the_same_verdict_on_documents(document):
    compare(AnnotationDocumentInSerializer, document)
    compare(AnnotationDocumentInSerializer, [document], most=2)


def test_the_quick_road_takes_what_fits():
    assert compare(AnnotationDocumentInSerializer, DOCUMENTS, most=1000)
    assert not compare(AnnotationDocumentInSerializer, DOCUMENTS, most=2)
    assert not compare(AnnotationDocumentInSerializer, {"quotes": [{}]})


ONE: dict[Any, Any] = {
    QuoteSerializer: {"article": "0190d1f0-0000-7000-8000-000000000001", "content": {"exact": "a"}, "sources": []},
    EvidenceSerializer: {"claim": "0190d1f0-0000-7000-8000-000000000001", "stance": "supports"},
    ArticleSerializer: {"project": "0190d1f0-0000-7000-8000-000000000001", "title": "", "body": "a"},
}


@pytest.mark.parametrize("shape", ONE)
def test_each_field_takes_the_same_values(shape):
    assert compare(shape, ONE[shape])
    for name in [*shape().fields, "unknown"]:
        for value in ODD:
            compare(shape, ONE[shape] | {name: value})


FILES = {Closed, ImportSerializer}  # what these resources take is a form, or nothing


def test_every_body_of_the_api_has_a_quick_road():
    registry: Any = router.registry
    shapes = {viewset.serializer_class for _, viewset, _ in registry}
    assert len(shapes) > 10
    for shape in shapes:
        taken = [quick.check(field) for field in shape().fields.values() if not field.read_only]
        assert taken or shape in FILES
        for value in ODD:
            compare(shape, {name: value for name in shape().fields})
