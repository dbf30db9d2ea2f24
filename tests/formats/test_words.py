"""The words that formats know are those of the API."""

from __future__ import annotations

import pytest

from annotations import choices
from annotations.formats import words
from annotations.formats.base import BODY_MAX, FRAGMENTS_MAX, LABEL_MAX, LISTS, NOTE_MAX, TITLE_MAX
from annotations.formats.brat.events import ROLES
from annotations.formats.shapes import URL
from annotations.serializers import documents, spans
from articles import serializers as articles
from backend import fields


def test_the_vocabularies_and_limits_are_the_apis():
    assert set(words.QUOTE_TYPES) == set(choices.QuoteType.values)
    assert set(words.ACTS) == set(choices.Act.values)
    assert set(words.MEDIA) == set(choices.Medium.values)
    assert set(words.FACTUALITY) == set(choices.Factuality.values)
    assert set(words.MENTION_KINDS) == set(choices.MentionKind.values)
    assert set(words.SOURCE_ROLES) == set(choices.SourceRole.values) == set(ROLES.values())
    assert set(words.OCCURRENCE_STANCES) == set(choices.OccurrenceStance.values)
    assert set(words.VERDICTS) == set(choices.Verdict.values)
    assert URL.pattern == fields.URL_PATTERN
    assert list(documents.LISTS) == list(LISTS)
    assert (TITLE_MAX, BODY_MAX) == (articles.TITLE_MAX, articles.BODY_MAX)
    assert (LABEL_MAX, NOTE_MAX) == (fields.LABEL_MAX, fields.NOTE_MAX)
    assert spans.FRAGMENTS_MAX == FRAGMENTS_MAX


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        ("He", "pronominal"),
        ("Mr. Stenger", "named"),
        ("federal prosecutors", "nominal"),
        ("The president", "nominal"),
        ("the White House", "named"),
    ],
)
def test_mention_kind_is_a_rule_of_thumb(told, kind):
    assert words.mention_kind(told) == kind
