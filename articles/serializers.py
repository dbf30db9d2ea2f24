"""The shapes of publishers, articles, revisions and captures."""

from __future__ import annotations

from typing import Any

from articles.choices import DatePrecision
from backend.fields import (
    INT_MAX,
    LABEL_MAX,
    NOTE_MAX,
    Choice,
    Closed,
    Date,
    DateTime,
    Id,
    Int,
    JSONObject,
    Pattern,
    Text,
    Url,
    texts,
)
from projects.serializers import Stamps

BODY_MAX, TITLE_MAX, METADATA_MAX = 5_000_000, 5_000, 100_000
LANGUAGE = r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$"
QID = r"^Q[1-9][0-9]*$"


def language() -> Pattern:
    return Pattern(LANGUAGE, "en-GB", max_length=35, required=False, allow_null=True, help_text="BCP 47.")


def wikidata_qid() -> Pattern:
    return Pattern(QID, "Q58217", max_length=20, required=False, allow_null=True)


def external_id() -> Text:
    return Text(max_length=LABEL_MAX, allow_blank=False, required=False, allow_null=True)


def short(**kwargs: Any) -> Text:
    return Text(max_length=LABEL_MAX, required=False, **kwargs)


class PublisherSerializer(Stamps):
    """An outlet."""

    project = Id()
    name = Text(max_length=LABEL_MAX, allow_blank=False)
    domain = Text(max_length=LABEL_MAX, allow_blank=False, required=False, allow_null=True)
    country = Text(max_length=LABEL_MAX, allow_blank=False, required=False, allow_null=True)
    wikidata_qid = wikidata_qid()
    create_only = frozenset({"project"})


class ArticleFacts(Stamps):
    """What is known of an article besides its text."""

    external_id = external_id()
    url = Url(max_length=2000, required=False, allow_null=True)
    language = language()
    publisher = Id(required=False, allow_null=True)
    republisher = Id(required=False, allow_null=True, help_text="Whose page it was captured from.")
    byline = short()
    authors = texts(required=False, help_text="Names.")
    dateline = short()
    section = short()
    credit_line = short()
    published_on = Date(required=False, allow_null=True)
    published_at = DateTime(required=False, allow_null=True)
    published_precision = Choice(DatePrecision, required=False, allow_null=True)
    licence = short()
    metadata = JSONObject(
        METADATA_MAX, required=False, help_text="A JSON object of your own, of at most 100,000 bytes."
    )
    revision = Int(read_only=True, help_text="The number of the head revision.")
    body_length = Int(read_only=True, help_text="Code points of the head's body.")
    body_length_utf16 = Int(read_only=True, help_text="UTF-16 code units; equal: JavaScript needs no conversion.")
    sha256 = Text(read_only=True, help_text="Of the UTF-8 of title, U+0000 and body.")


class ArticleSerializer(ArticleFacts):
    """A news item. Its text is kept as it came (one leading BOM goes, CRLF and CR become LF) and is never changed:
    a corrected text is a new revision."""

    project = Id()
    title = Text(max_length=TITLE_MAX)
    body = Text(max_length=BODY_MAX, help_text="The article's words. Lists leave it out; `?include=body` brings it.")
    capture = Text(max_length=BODY_MAX, write_only=True, required=False, help_text="The raw page; see `capture/`.")
    create_only = frozenset({"project", "title", "body", "capture"})
    computed = frozenset({"body"})

    def refused(self, field: Any) -> str | None:
        if field is not None and self.partial and field.field_name in {"title", "body"}:
            return None  # the view answers `text-is-immutable`
        return super().refused(field)


class ArticleItemSerializer(ArticleSerializer):
    """An article in a list: without its body, unless that was asked for."""

    sometimes = frozenset({"body"})


class RevisionSerializer(Stamps):
    """One immutable text of an article."""

    project = Id(read_only=True)
    article = Id(read_only=True)
    number = Int(read_only=True)
    title = Text(max_length=TITLE_MAX)
    body = Text(max_length=BODY_MAX)
    base_revision = Int(write_only=True, min_value=1, max_value=INT_MAX, help_text="The head that this text corrects.")
    reason = Text(max_length=NOTE_MAX, required=False)
    title_length = Int(read_only=True)
    body_length = Int(read_only=True)
    body_length_utf16 = Int(read_only=True)
    sha256 = Text(read_only=True)
    computed = frozenset({"body"})


class RevisionItemSerializer(RevisionSerializer):
    """A revision in a list: without its body."""

    body = None


class CaptureSerializer(Closed):
    """The page as it was captured."""

    article = Id(read_only=True)
    text = Text(read_only=True)
    sha256 = Text(read_only=True, help_text="Of the UTF-8 of the text.")
    created_at = DateTime(read_only=True)
