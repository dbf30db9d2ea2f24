"""The set page: its article, with this set laid over the text."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from annotations.admin.pages.article import set_name, text_context, text_of
from annotations.admin.pages.document import read
from annotations.models import AnnotationSet
from projects.admin import caller_of


def listed(name: str) -> str:
    """The list of what the document calls so."""
    model = {"claim_occurrences": "claimoccurrence", "evidence": "evidence"}.get(name) or name.removesuffix("s")
    return reverse(f"admin:annotations_{model}_changelist")


def set_panel(request: HttpRequest, row: AnnotationSet) -> dict[str, Any]:
    reading = read(row.article, caller_of(request), set=row.pk)
    held = reading.by_id[str(row.pk)]
    context = text_context(request, reading, text_of(reading, str(held["revision"])))
    lists = {name: reading.lists[name] for name in ("quotes", "mentions", "claim_occurrences", "evidence")}
    return context | {
        "heading": "Set",
        "article_href": reverse("admin:articles_article_change", args=[row.article_id]),
        "facts": [
            ("Annotator", set_name(held)),
            ("Annotated by", held["annotator"]["kind"]),
            ("Kind", held["kind"]),
            ("Status", held["status"]),
            ("Revision", str(held["revision"])),
        ],
        "counts": [
            (name.replace("_", " "), len(found), f"{listed(name)}?set={row.pk}")
            for name, found in lists.items()
            if found
        ],
    }
