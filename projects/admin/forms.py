"""Forms made of the API's serializers. A form is filled from a record, and turns into the body of a POST or PATCH.

A PATCH carries what was changed, and nothing else. What the API finds wrong is put at the field its pointer names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django import forms
from django.http import HttpRequest
from django.utils.text import capfirst
from rest_framework.serializers import ListSerializer

from backend.errors import Fault
from backend.fields import Closed
from projects.admin.fields import Carrier, OneOf, Picks, carrier

Record = Mapping[str, Any]
EMPTY: tuple[Any, ...] = (None, "", [], {})
SPELLED = {"url": "URL", "qid": "id"}  # words of names, as people write them


@dataclass
class Ground:
    """What a form stands on: who asks, and what its fields offer. `picks`: fields whose objects are found by typing,
    with the foreign key they go by; `choices`: fields whose objects are few enough to be listed. `texts`: the parts of
    the text that spans are on. `fresh`: the form makes a new object."""

    request: HttpRequest
    picks: Mapping[str, Any] = field(default_factory=dict)
    choices: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    fresh: bool = False
    makers: Mapping[type[Closed], Any] = field(default_factory=dict)

    def part(self, shape: Any) -> Callable[..., Any] | None:
        """What makes the part of a form for a nested serializer."""
        if isinstance(shape, ListSerializer):
            return lambda **kwargs: Rows(shape.child, ground=self, **kwargs)
        if isinstance(shape, Closed):
            made = self.makers.get(type(shape), RecordForm)
            return lambda **kwargs: made(shape, ground=self, **kwargs)
        return None

    def field_of(self, name: str, shape: Any, *, blank: bool) -> Carrier | None:
        if shape.read_only:
            return None
        if name in self.choices:
            more = {"nullable": True, "help_text": shape.help_text or ""}
            only = shape.required and len(self.choices[name]) == 1
            return OneOf(self.choices[name] if only else [("", "—"), *self.choices[name]], **more)
        if name in self.picks:
            link = self.picks[name]
            from projects.admin.base import visible

            rows = visible(self.request, link.remote_field.model)
            return Picks(link, rows, many=hasattr(shape, "child"), nullable=True, help_text=shape.help_text or "")
        return carrier(shape, blank=blank)


class RecordForm(forms.Form):
    """A form for one JSON object; nested objects and lists of them are its `parts`, forms of their own."""

    error_css_class = "errors"
    last: ClassVar[Sequence[str]] = ("confidence", "tags", "note", "external_id")  # what stands below the rest

    def __init__(
        self,
        shape: Any,
        *,
        ground: Ground,
        data: Any = None,
        value: Record | None = None,
        prefix: str | None = None,
        only: Sequence[str] | None = None,
        without: frozenset[str] = frozenset(),
        **kwargs: Any,
    ) -> None:
        self.shape, self.ground, self.value = shape, ground, value or {}
        super().__init__(data, prefix=prefix, initial=dict(self.value), label_suffix="", **kwargs)
        self.parts: dict[str, Any] = {}
        self.order: list[str] = []
        for name in sorted(shape.fields, key=self.place):
            if name not in without and (only is None or name in only):
                self.take(name, shape.fields[name], data)

    def place(self, name: str) -> int:
        """Where a field stands: first what is never changed; those of the same number in the serializer's order."""
        if name in getattr(self.shape, "create_only", ()):
            return -1
        return self.last.index(name) + 1 if name in self.last else 0

    def take(self, name: str, shape: Any, data: Any) -> None:
        made = None if shape.read_only else self.ground.part(shape)
        if made is not None:
            self.parts[name] = made(data=data, value=self.value.get(name), prefix=self.add_prefix(name))
        elif own := self.ground.field_of(name, shape, blank=self.ground.fresh or self.prefix is not None):
            own.label = own.label or self.label(name)
            own.needed = self.ground.fresh and shape.required
            self.fields[name] = own
        else:
            return
        self.order.append(name)

    # ---- what it sends ----

    def ready(self) -> bool:
        """Whether all of it can be sent."""
        return self.is_valid() and all([part.ready() for part in self.parts.values()])

    def altered(self) -> list[str]:
        """The names of the fields that were changed."""
        changed = set(self.changed_data) | {name for name, part in self.parts.items() if part.altered()}
        return [name for name in self.order if name in changed]

    def filled(self) -> bool:
        """Whether there is anything in it; a choice alone says nothing."""
        cleaned = self.cleaned_data if self.errors is not None and self.is_bound else {}
        told = [v for n, v in cleaned.items() if not isinstance(self.fields[n], OneOf) or n in SAYING]
        return any(v not in EMPTY and v is not False for v in told) or any(p.filled() for p in self.parts.values())

    def json(self) -> Any:
        """The object as it stands in the form."""
        whole = {name: self.sent(name) for name in self.order}
        return {name: value for name, value in whole.items() if value not in EMPTY}

    def body(self) -> dict[str, Any]:
        """What to send: all that is filled in of a new object, what has changed of a known one."""
        if self.ground.fresh:
            return self.json()  # type: ignore[no-any-return]
        return {name: self.sent(name) for name in self.altered()}

    def sent(self, name: str) -> Any:
        return self.parts[name].json() if name in self.parts else self.cleaned_data.get(name)

    # ---- what is said of it ----

    def refuse(self, faults: Sequence[Fault]) -> None:
        for fault in faults:
            self.put(fault.pointer.split("/")[1:], fault)

    def put(self, steps: Sequence[str], fault: Fault) -> None:
        """Puts a fault at the field that the steps of its pointer lead to, or as near as there is one."""
        if steps and steps[0] in self.parts:
            self.parts[steps[0]].put(steps[1:], fault)
        elif steps and steps[0] in self.fields:
            self.add_error(steps[0], said(fault))
        else:
            self.add_error(None, said(fault))

    def wrong(self) -> bool:
        return bool(self.errors) or any(part.wrong() for part in self.parts.values())

    # ---- how it is shown ----

    template = "admin/editing/record.html"

    def shown(self) -> Iterator[dict[str, Any]]:
        """Its fields and parts in their order, for the template."""
        for name in self.order:
            if name in self.parts:
                yield {"name": name, "label": self.label(name), "part": self.parts[name], "open": self.is_open(name)}
            else:
                yield {"name": name, "field": self[name]}

    labels: ClassVar[Mapping[str, str]] = {}  # of fields whose names say too little

    def label(self, name: str) -> str:
        words = " ".join(SPELLED.get(word, word) for word in name.split("_"))
        return self.labels.get(name) or capfirst(words)

    def is_open(self, name: str) -> bool:
        """Whether a part is shown at once: it holds something, or has to."""
        part = self.parts[name]
        held = self.value.get(name) or isinstance(part, Rows) or self.shape.fields[name].required
        return bool(held or part.altered() or part.wrong())

    @property
    def scripts(self) -> Any:
        """The files that its widgets need."""
        found = self.media
        for part in self.parts.values():
            found = found + part.scripts
        return found


SAYING = frozenset({"mention", "speaker", "parent", "quote"})


class Rows:
    """A list of objects: a form for each, and some empty ones below. A row whose box is ticked goes."""

    template = "admin/editing/rows.html"
    spare = 2
    most = 200

    def __init__(self, shape: Any, *, ground: Ground, data: Any, value: Any, prefix: str) -> None:
        self.prefix, self.data = prefix, data
        known = list(value or ())
        self.known = len(known)
        count = self.known + self.spare
        if data is not None and str(sent := data.get(f"{prefix}-count", "")).isdecimal() and len(sent) < 5:
            count = min(max(int(sent), count), self.most)
        made: Any = ground.part(shape)
        values = [*known, *[None] * (count - self.known)]
        self.forms = [made(data=data, value=value, prefix=f"{prefix}-{n}") for n, value in enumerate(values)]
        if data is not None and count < self.most and self.forms[-1].altered():
            more = range(count, min(count + self.spare, self.most))
            self.forms += [made(data={}, value=None, prefix=f"{prefix}-{n}") for n in more]

    @property
    def count(self) -> int:
        return len(self.forms)

    @property
    def noun(self) -> str:
        """What one of them is called: a piece of a span, one of the sources."""
        name = self.prefix.rpartition("-")[2].replace("_", " ")
        return {"fragments": "piece"}.get(name) or name.removesuffix("s")

    def gone(self, n: int) -> bool:
        return bool(self.data is not None and self.data.get(f"{self.prefix}-{n}-gone"))

    def kept(self) -> list[tuple[int, Any]]:
        """The rows that are sent, with where they stand in the form."""
        return [(n, form) for n, form in enumerate(self.forms) if not self.gone(n) and form.filled()]

    def rows(self) -> list[dict[str, Any]]:
        """The rows for the template; those that are free are folded up, but for the first of a list that is empty."""
        return [self.row(n, form) for n, form in enumerate(self.forms)]

    def row(self, n: int, form: Any) -> dict[str, Any]:
        known = n < self.known
        shown = known or n == 0 or bool(form.altered()) or form.wrong()
        return {"form": form, "gone": f"{self.prefix}-{n}-gone", "was": self.gone(n), "known": known, "open": shown}

    def ready(self) -> bool:
        return all([form.ready() for form in self.forms])

    def altered(self) -> bool:
        return any((self.gone(n) and n < self.known) or form.altered() for n, form in enumerate(self.forms))

    def filled(self) -> bool:
        return bool(self.kept())

    def json(self) -> list[Any]:
        return [form.json() for _, form in self.kept()]

    def put(self, steps: Sequence[str], fault: Fault) -> None:
        kept = self.kept()
        number = int(steps[0]) if steps and steps[0].isdecimal() else 0
        form = kept[number][1] if number < len(kept) else self.forms[0]
        form.put(steps[1:], fault)

    def wrong(self) -> bool:
        return any(form.wrong() for form in self.forms)

    @property
    def scripts(self) -> Any:
        found = forms.Media()
        for form in self.forms:
            found = found + form.scripts
        return found


def said(fault: Fault) -> forms.ValidationError:
    """A fault in the words of the API; with the places to choose from where there are several."""
    found = [f"{fault.detail}"]
    if "found" in fault.extra:
        found.append(f"There stands: {fault.extra['found']}")
    for place in fault.extra.get("candidates", ()):
        found.append(f"From {place['start']} to {place['end']}: …{place['prefix']}[ ]{place['suffix']}…")
    return forms.ValidationError([forms.ValidationError(text, fault.code) for text in found])
