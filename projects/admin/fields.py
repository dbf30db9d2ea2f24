"""Form fields for the API's own fields: they carry JSON values to a form and back, and judge none of them.

What is wrong with a value is said by the API. So a field passes on what was written as it stands: `abc` where a number
is asked for is sent as "abc", and refused in the API's words.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from django import forms
from django.contrib.admin import site
from django.contrib.admin.widgets import AutocompleteSelect, AutocompleteSelectMultiple
from django.db.models import ForeignKey
from django.utils.choices import BaseChoiceIterator
from rest_framework import serializers

from backend.fields import UUID_PATTERN, Choice, Choices, Flag, Ignored, Int, JSONObject, Number, Text


class Carrier(forms.Field):
    """A field whose cleaned value is JSON. `nullable`: what is left empty is null. `needed`: the API asks for it."""

    needed = False

    def __init__(self, *, nullable: bool = False, **kwargs: Any) -> None:
        self.nullable = nullable
        super().__init__(**{"required": False, **kwargs})

    def clean(self, value: Any) -> Any:
        return value or (None if self.nullable else "")

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether it would send something else than if it were sent back as it was shown."""
        try:
            return bool(self.clean(data) != self.clean(self.prepare_value(initial)))
        except forms.ValidationError:
            return True


class Words(Carrier):
    """A text. Browsers send line ends as CRLF; no text here holds any."""

    widget: type[forms.Widget] | forms.Widget = forms.TextInput

    def prepare_value(self, value: Any) -> Any:
        return "" if value is None else value

    def clean(self, value: Any) -> Any:
        return super().clean(str(value or "").replace("\r\n", "\n"))


class Lines(Words):
    """A list of texts, one a line."""

    widget = forms.Textarea(attrs={"rows": 2})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value or ""

    def clean(self, value: Any) -> Any:
        return [line for line in str(value or "").replace("\r\n", "\n").split("\n") if line]


class Numeral(Words):
    """A number, or what stands in its place."""

    widget = forms.TextInput(attrs={"inputmode": "decimal"})

    def clean(self, value: Any) -> Any:
        text = str("" if value is None else value).strip()
        if re.fullmatch(r"-?[0-9]{1,15}", text):
            return int(text)
        if re.fullmatch(r"-?[0-9]{1,15}\.[0-9]{1,15}", text):
            return float(text)
        return super().clean(text)


class Day(forms.TextInput):
    input_type = "date"


class Tick(Carrier):
    widget = forms.CheckboxInput

    def clean(self, value: Any) -> Any:
        return bool(value)


class Ticks(Carrier):
    """Some of a closed vocabulary."""

    def __init__(self, choices: Any, **kwargs: Any) -> None:
        super().__init__(widget=forms.CheckboxSelectMultiple(choices=choices), **kwargs)

    def clean(self, value: Any) -> Any:
        return list(value or ())


class OneOf(Carrier):
    """One of a closed vocabulary, or of a few objects."""

    def __init__(self, choices: Iterable[Any], **kwargs: Any) -> None:
        super().__init__(widget=forms.Select(choices=list(choices)), **kwargs)


class Members(Words):
    """A JSON object, written as JSON."""

    widget = forms.Textarea(attrs={"rows": 4, "spellcheck": "false"})

    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, str) else json.dumps(value or {}, ensure_ascii=False, indent=2)

    def clean(self, value: Any) -> Any:
        try:
            return json.loads(str(value or "{}"))
        except ValueError as exc:
            raise forms.ValidationError(f"This is not JSON: {exc}.", "malformed-json") from None


class Offered(BaseChoiceIterator):
    """What the widget of Picks asks: which rows there are, and what they are called. It lists none by itself."""

    def __init__(self, queryset: Any) -> None:
        self.queryset, self.field = queryset, self
        self.empty_values = ("", None)

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    def label_from_instance(self, row: Any) -> str:
        return str(row)


class Picks(Carrier):
    """One object (`many`: some), found by typing. `link`: a foreign key to such objects."""

    def __init__(self, link: ForeignKey[Any, Any], queryset: Any, *, many: bool = False, **kwargs: Any) -> None:
        self.queryset, self.many = queryset, many
        kind = PickMany if many else PickOne
        super().__init__(widget=kind(link, site), **kwargs)
        self.widget.choices = Offered(queryset)

    def clean(self, value: Any) -> Any:
        return list(value or ()) if self.many else value or None


class PickRow(Picks):
    """As Picks, for what is no field of the API's: its cleaned value is the row."""

    def clean(self, value: Any) -> Any:
        row = self.queryset.filter(pk=value).first() if UUID_PATTERN.fullmatch(str(value or "")) else None
        if row is None and (value or self.required):
            detail = "There is no such object here, or you may not see it." if value else "Choose one."
            raise forms.ValidationError(detail, "no-such-object")
        return row


class OnlyIds:
    """What is no id is no object's, and the database need not be asked."""

    def optgroups(self, name: str, value: Any, attr: Any = None) -> Any:
        ids = [pk for pk in value if UUID_PATTERN.fullmatch(str(pk))]
        return super().optgroups(name, ids, attr)  # type: ignore[misc]


class PickOne(OnlyIds, AutocompleteSelect):
    pass


class PickMany(OnlyIds, AutocompleteSelectMultiple):
    pass


def carrier(field: Any, *, blank: bool) -> Carrier | None:
    """The form field of one of the API's plain fields; None for those that are not written. `blank`: a choice may be
    left open, which leaves it to the API."""
    if field.read_only or isinstance(field, Ignored):
        return None
    told: dict[str, Any] = {"help_text": (field.help_text or "").replace("`", ""), "nullable": field.allow_null}
    match field:
        case Choices():
            vocabulary: Any = field.child
            return Ticks(list(vocabulary.choices.items()), **told)
        case Choice():
            nothing = [("", "—")] if blank or field.allow_null else []
            return OneOf([*nothing, *field.choices.items()], **told)
        case serializers.ListField():
            return Lines(**told | {"help_text": "One a line."})
        case Text() if (most := field.max_length or 0) > LONG:
            size = {"rows": 16, "cols": 96} if field.required and most > WHOLE else {"rows": 3}
            return Words(widget=forms.Textarea(attrs=size), **told)
    kind = next((made for of, made in PLAIN if isinstance(field, of)), Words)
    return kind(**told)


class Dated(Words):
    widget = Day()


class Moment(Words):
    widget = forms.TextInput(attrs={"placeholder": "YYYY-MM-DDThh:mm:ssZ"})


PLAIN: tuple[tuple[Any, type[Carrier]], ...] = (
    (Flag, Tick),
    ((Number, Int), Numeral),
    (JSONObject, Members),
    (serializers.DateField, Dated),
    (serializers.DateTimeField, Moment),
)
LONG = 600  # a text that may be longer gets a box of several lines
WHOLE = 1_000_000  # and one that has to be there, and may be longer than this, is that of an article
