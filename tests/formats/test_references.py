"""References between the lines of a file, for imports in batches."""

from __future__ import annotations

from annotations.formats.references import deferred, references
from tests.formats.samples import id_of, made_up


def test_what_a_document_refers_to_and_does_not_hold():
    document = made_up()
    assert references(document) == set()
    del document["speakers"], document["publishers"]
    asked = {("publishers", id_of(70)), ("speakers", id_of(10)), ("speakers", id_of(11))}
    assert references(document) == asked


def test_forward_references_are_taken_off_and_listed():
    one = {"id": "1", "affiliation": "2", "merged_into": "9"}
    two = {"id": "2", "affiliation": "7", "merged_into": "#x"}
    document, later = deferred({"speakers": [one, two]}, known=lambda kind, sent: sent == "7")
    assert document == {"speakers": [{**one, "merged_into": None}, two]}
    assert [tuple(one) for one in later] == [("speakers", "1", "merged_into", "9")]
    assert one["merged_into"] == "9"
