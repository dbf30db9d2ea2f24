"""Spans in forms: entered by their words or by offsets, in one piece or several; and the sources of quotes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from annotations.models import AnnotationSet, ClaimOccurrence, Mention, Quote, QuoteSource, SetParent, Speaker
from annotations.serializers.spans import FragmentSerializer, SourceSerializer, SpanSerializer
from articles.models import Article, Revision
from backend.errors import Fault
from backend.fields import UUID_PATTERN
from projects.admin.base import caller_of, visible
from projects.admin.forms import Ground, RecordForm
from projects.roles import Role

# Fields whose objects are found by typing.
PICKS: dict[str, Any] = {
    "article": Quote._meta.get_field("article"),
    "speaker": QuoteSource._meta.get_field("speaker"),
    "affiliation": Speaker._meta.get_field("affiliation"),
    "claim": ClaimOccurrence._meta.get_field("claim"),
    "parents": SetParent._meta.get_field("parent"),
}
LISTED = 500  # objects that a choice offers, at most


class PieceForm(RecordForm):
    """One piece of a span: its words, what stands right before and after them, its offsets.

    What was changed says what is meant: new words are looked for, new offsets tell their words.
    """

    template = "admin/editing/piece.html"
    last = ("exact", "prefix", "suffix", "start", "end")
    labels: ClassVar = {"exact": "Words", "prefix": "Right before them", "suffix": "Right after them"}

    def __init__(self, shape: Any, **kwargs: Any) -> None:
        super().__init__(shape, **kwargs)
        for name in ("start", "end"):
            # Changed is what was changed here: not what somebody else has moved since the form was opened.
            self.fields[name].show_hidden_initial = True

    def json(self) -> Any:
        sent = {name: value for name, value in super().json().items() if value not in (None, "")}
        changed = set(self.changed_data)
        if ({"start", "end"} & changed and "exact" not in changed) or "exact" not in sent:
            return sent | self.told_by_offsets(sent)
        kept = bool({"start", "end"} & changed) or self.told_by_offsets(sent) == {"exact": sent["exact"]}
        if self.value and not kept and (changed or self.moved):
            return {name: value for name, value in sent.items() if name not in ("start", "end")}
        return sent

    moved = False  # to another part of the text, where the old offsets mean nothing
    part = "body"

    def told_by_offsets(self, sent: Mapping[str, Any]) -> dict[str, str]:
        """The words that stand at the offsets, if there are any."""
        start, end = sent.get("start"), sent.get("end")
        if not isinstance(start, int) or not isinstance(end, int):
            return {}
        # Outside the text nothing stands, and the API says so; but of no words at all it would speak first.
        return {"exact": self.ground.texts.get(self.part, "")[max(start, 0) : max(end, 0)] or "?"}


class SpanForm(RecordForm):
    """A span: the part of the text, and its pieces."""

    template = "admin/editing/span.html"

    def __init__(self, shape: Any, *, value: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(shape, value=value, only=("part", "fragments"), **kwargs)

    def ready(self) -> bool:
        ready = super().ready()
        for piece in self.parts["fragments"].forms:
            piece.part = self.cleaned_data.get("part") or "body"
            piece.moved = "part" in self.changed_data
        return ready

    def filled(self) -> bool:
        return bool(self.parts["fragments"].filled())

    def altered(self) -> list[str]:
        altered = super().altered()
        return altered if self.value or self.filled() else []

    def json(self) -> Any:
        """One piece is sent as a plain span; none: null."""
        pieces = self.parts["fragments"].json()
        part = {"part": self.cleaned_data["part"]} if self.cleaned_data.get("part") else {}
        if not pieces:
            return None
        return part | (pieces[0] if len(pieces) == 1 else {"fragments": pieces})

    def put(self, steps: Sequence[str], fault: Fault) -> None:
        if steps and steps[0] in PieceForm.last:
            steps = ["fragments", "0", *steps]
        super().put(steps, fault)


class SourceForm(RecordForm):
    """A source: a mention of the set, or a new one by its words, or a speaker whom the text does not name."""

    labels: ClassVar = {"span": "A new mention"}

    def __init__(self, shape: Any, *, value: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        own = dict(value or {})
        own.pop("span", None)  # the mention's: chosen, not entered
        super().__init__(shape, value=own, **kwargs)

    def json(self) -> Any:
        """A span names a new mention, whatever was chosen before; the kind of a known one is its own."""
        sent = super().json()
        for name in ["mention"] if "span" in sent else ["mention_kind"]:
            sent.pop(name, None)
        return sent


MAKERS = {SpanSerializer: SpanForm, FragmentSerializer: PieceForm, SourceSerializer: SourceForm}


def span_ground(request: HttpRequest, place: Place, *, fresh: bool = False) -> Ground:
    """What a form for something in a set stands on."""
    return Ground(request, PICKS, place.choices(request), place.texts(), fresh, MAKERS)


def quote_adder(
    request: HttpRequest, article: Article, annotation_set: AnnotationSet | None = None
) -> list[dict[str, str]]:
    """The link to the form for a new quote on an article, for those who may write there; else none."""
    if caller_of(request).role_in(article.project_id) < Role.ANNOTATOR:
        return []
    where = {"article": article.pk} | ({"set": annotation_set.pk} if annotation_set else {})
    return [{"label": "Add a quote", "href": f"{reverse('admin:annotations_quote_add')}?{urlencode(where)}"}]


class Place:
    """The article, the set and the text that a form is about, as far as they are known."""

    def __init__(self, article: Article | None, annotation_set: AnnotationSet | None) -> None:
        self.article, self.set = article, annotation_set
        number = annotation_set.revision_id if annotation_set else article.head_id if article else None
        self.revision = Revision.objects.filter(pk=number).first() if number else None

    @classmethod
    def asked(cls, request: HttpRequest, sent: Mapping[str, Any]) -> Place:
        """As the parameters of a form for a new object say; without a set, the caller's own one."""
        named = found(visible(request, AnnotationSet), sent.get("set"))
        article = named.article if named else found(visible(request, Article), sent.get("article"))
        own = AnnotationSet.objects.filter(article=article, annotator_user=caller_of(request).user, label="")
        return cls(article, named or (own.first() if article else None))

    def texts(self) -> dict[str, str]:
        return texts_of(self.revision)

    def choices(self, request: HttpRequest) -> dict[str, list[tuple[str, str]]]:
        """The objects of the set that others of the set may refer to, and the article's sets."""
        sets = visible(request, AnnotationSet).filter(article=self.article) if self.article else ()
        listed = {"set": [(str(row.pk), f"{row} ({row.kind}, {row.status})") for row in sets]}
        for name, model in (("parent", Quote), ("quote", Quote), ("mention", Mention), ("occurrence", ClaimOccurrence)):
            rows = model._default_manager.filter(set=self.set.pk).order_by("start") if self.set else ()
            listed[name] = [(str(row.pk), shortened(row.exact, row.start)) for row in rows[:LISTED]]
        return listed


def texts_of(revision: Revision | None) -> dict[str, str]:
    return {"title": revision.title, "body": revision.body} if revision else {}


def found(rows: QuerySet[Any], pk: Any) -> Any:
    return rows.filter(pk=pk).first() if pk and UUID_PATTERN.fullmatch(str(pk)) else None


def shortened(words: str, start: int) -> str:
    return f"{words[:57]}… ({start})" if len(words) > 60 else f"{words} ({start})"
