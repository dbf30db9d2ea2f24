"""What curators do with many annotations, speakers or claims at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django import forms
from django.http import HttpRequest

from annotations.models import Claim, Mention, Speaker
from projects.admin.base import visible
from projects.admin.bulk import Bulk, Step, changed
from projects.admin.fields import PickRow

Record = Mapping[str, Any]
Fields = Callable[[HttpRequest, Sequence[Any]], Mapping[str, forms.Field]]


def reviewed(decision: str) -> Callable[[Record, Any], Step]:
    def step(record: Record, said: Any) -> Step:
        was = record["review_status"]
        if was == decision:
            return Step(was=was, will_be=was)
        body = {"decision": decision} | ({"comment": said["comment"]} if said.get("comment") else {})
        return Step("post", "review/", body, was, decision)

    return step


def why(request: HttpRequest, rows: Sequence[Any]) -> Mapping[str, forms.Field]:
    return {"comment": forms.CharField(required=False, help_text="Kept in the history.")}


APPROVE = Bulk("approve", "Approve", "approved", reviewed("approved"), why)
REJECT = Bulk("reject", "Reject", "rejected", reviewed("rejected"), why)


def tagged(record: Record, said: Any) -> Step:
    tags = record["tags"]
    return changed(record, "tags", tags if said["tag"] in tags else [*tags, said["tag"]])


TAG = Bulk("tag", "Tag", "tagged", tagged, lambda request, rows: {"tag": forms.CharField(strip=False)})


def speaker_field(request: HttpRequest, rows: Sequence[Any]) -> Mapping[str, forms.Field]:
    return {"speaker": PickRow(Mention._meta.get_field("speaker"), visible(request, Speaker), required=True)}


def assigned_to_mention(record: Record, said: Any) -> Step:
    return changed(record, "speaker", str(said["speaker"].pk), said["speaker"].name)


def assigned_to_quote(record: Record, said: Any) -> Step:
    """The speaker of a quote's one source; a quote that has none gets one whom its text does not name."""
    speaker, sources = said["speaker"], record["sources"]
    own = [source for source in sources if source["role"] == "source"]
    was = ", ".join(source["speaker_name"] or "nobody" for source in own) or "no source"
    if len(own) > 1:
        return Step(was=was, will_be=was, fault="It has several sources; change it by itself.")
    pk = str(speaker.pk)
    if own and own[0]["speaker"] == pk:
        return Step(was=was, will_be=was)
    kept = [source | ({"speaker": pk} if source in own else {}) for source in sources]
    return Step("patch", "", {"sources": kept if own else [*kept, {"speaker": pk}]}, was, speaker.name)


ASSIGN = Bulk("assign_speaker", "Assign a speaker", "assigned", assigned_to_quote, speaker_field)
ASSIGN_MENTION = Bulk("assign_speaker", "Assign a speaker", "assigned", assigned_to_mention, speaker_field)


def merging(model: Any) -> tuple[Bulk, Bulk]:
    """Merge and unmerge: of speakers, or of claims."""
    link = model._meta.get_field("merged_into")

    def into(request: HttpRequest, rows: Sequence[Any]) -> Mapping[str, forms.Field]:
        known = {str(row.pk): row for row in rows}
        listed = [("", "—"), *((pk, f"{row} ({pk[-6:]})") for pk, row in known.items())]
        chosen = forms.TypedChoiceField(choices=listed, coerce=known.get, empty_value=None, required=False)
        chosen.help_text = "One of those chosen …"
        return {"into": chosen, "other": PickRow(link, visible(request, model), help_text="… or another one.")}

    def merge(record: Record, said: Any) -> Step:
        target = said.get("other") or said.get("into")
        was = "merged already" if record["merged_into"] else "by itself"
        if target is None:
            return Step(was=was, will_be=was, fault="Say into which one.")
        if str(target.pk) in (record["id"], record["merged_into"]):
            return Step(was=was, will_be=was)
        return Step("post", "merge/", {"into": str(target.pk)}, was, f"merged into {target}")

    def unmerge(record: Record, said: Any) -> Step:
        if record["merged_into"] is None:
            return Step(was="by itself", will_be="by itself")
        return Step("post", "unmerge/", {}, "merged into another one", "by itself")

    return Bulk("merge", "Merge", "merged", merge, into), Bulk("unmerge", "Unmerge", "unmerged", unmerge)


SPEAKERS, CLAIMS = merging(Speaker), merging(Claim)
