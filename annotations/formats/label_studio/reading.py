"""From tasks to documents, one each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from annotations.formats.base import LABEL_MAX, Json, Options, Read, count
from annotations.formats.files import Files
from annotations.formats.label_studio.regions import Regions
from annotations.formats.marks import Layer
from annotations.formats.marks.documents import Growing, growing
from annotations.formats.marks.facts import article_of, text_field
from annotations.formats.objects import objects_in
from annotations.formats.report import Report, Where
from annotations.formats.shapes import mapping, objects, text

ANNOTATIONS: Final = ("annotations", "completions")  # now, and before version 1.0


def read(files: Files, report: Report, options: Options) -> Iterator[Read]:
    for file in files.values():
        for found, where in objects_in(file, report, is_task):
            document = document_of(found, where, report, options)
            if document is not None:
                count(report, document)
                yield Read(document, where)


def is_task(found: Json) -> bool:
    return isinstance(found.get("data"), dict)


def document_of(task: Json, where: Where, report: Report, options: Options) -> Json | None:
    data = task["data"]
    field = text_field(data, options)
    if field is None:
        report.refuse("no-text", "The task's `data` has no text; `text` in the mapping names the field.", where)
        return None
    article = article_of(data, {field}, options)
    companion = mapping(task.get("meta")).get("onrecord")
    found = growing(data[field], article, companion, where, report, options, unit="utf16")
    if found is None:
        return None
    layers = list(layers_of(task, where, report, options))
    name_layers(layers, found)
    for layer in layers:
        found.take(layer)
    return found.finished()


def layers_of(task: Json, where: Where, report: Report, options: Options) -> Iterator[Layer]:
    if task.get("drafts"):
        report.refuse("draft-not-kept", "Drafts, which were not submitted, were left out.", where)
    told = next((task[name] for name in ANNOTATIONS if task.get(name)), None)
    for given in objects(told):
        if given.get("was_cancelled") is True or given.get("skipped") is True:
            report.notice("skipped", "The annotator skipped this task.", where, name_of(given))
            continue
        yield Regions(Layer(set_of(given, options)), where, report).read(given.get("result"))
    for given in objects(task.get("predictions")):
        yield Regions(Layer(set_of_model(given)), where, report).read(given.get("result"))


def set_of(annotation: Json, options: Options) -> Json:
    name = name_of(annotation)
    users = mapping(options.mapping.get("users"))
    by = mapping(annotation.get("completed_by"))
    known = next((users[key] for key in (name, str(by.get("id"))) if isinstance(users.get(key), str)), None)
    who = {"kind": "human", "name": (known or name)[:LABEL_MAX], "version": "", "user": known or name or None}
    label = "ground truth" if annotation.get("ground_truth") is True else ""
    return {"kind": "imported", "annotator": who if name else import_of(), "label": label}


def name_of(annotation: Json) -> str:
    """Whose it is: an id, or, in snapshots, an object with an address."""
    by: Any = annotation.get("completed_by")
    if isinstance(by, dict):
        by = by.get("email") or by.get("username") or by.get("id")
    by = annotation.get("created_username") if by is None else by
    return str(by)[:LABEL_MAX] if isinstance(by, str | int) and not isinstance(by, bool) else ""


def import_of() -> Json:
    return {"kind": "import", "name": "label-studio", "version": "", "user": None}


def set_of_model(prediction: Json) -> Json:
    name = text(prediction.get("model_version"), LABEL_MAX) or "predictions"
    return {"kind": "machine", "annotator": {"kind": "model", "name": name, "version": "", "user": None}, "label": ""}


def name_layers(layers: list[Layer], found: Growing) -> None:
    """Which set of the companion each layer was: the one that has most of its regions; if it has none, the one at its
    place."""
    free = dict(found.companion.sets)
    for layer in layers:
        keys = {mark.key for mark in layer.marks}
        best = max(free, key=lambda name: len(keys & free[name].records.keys()), default="")
        if best and keys & free[best].records.keys():
            layer.name = best
            del free[best]
    for layer in layers:
        empty = next((name for name, held in free.items() if not held.records), None)
        if not layer.name and not layer.marks and empty is not None:
            layer.name = empty
            del free[empty]
