"""A claim's relations as a small picture: where each box and line goes. The template draws it with attributes alone."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from typing import Any

from django.urls import reverse

from annotations.admin.pages.document import words
from annotations.choices import SYMMETRIC
from annotations.models import Claim, ClaimRelation

WIDTH, INDENT, PAD, LINE, GAP = 330, 40, 12, 19, 32  # in the picture's own units, about pixels
LETTERS, LINES = 40, 4  # of a claim's text in a box


def picture(claim: Claim, relations: Iterable[ClaimRelation]) -> dict[str, Any] | None:
    """The claim on top, a line down from it, and along that a box for each other claim."""
    root = box(claim.text, 0, 0)
    branches, top = [], root["height"] + GAP
    for relation in relations:
        one = branch(claim, relation, top)
        branches.append(one)
        top += one["box"]["height"] + GAP
    if not branches:
        return None
    return {"width": WIDTH, "height": top - GAP + 2, "root": root, "branches": branches, "trunk": branches[-1]["y"]}


def branch(claim: Claim, relation: ClaimRelation, top: int) -> dict[str, Any]:
    """`to` and `from`: at which end of its line an arrow stands; a symmetric relation has none."""
    outgoing = relation.source.canonical_id == claim.canonical_id
    other = (relation.target if outgoing else relation.source).canonical
    shown = box(other.text, INDENT, top)
    one_way = relation.type not in SYMMETRIC
    return {
        "box": shown,
        "y": top + shown["height"] // 2,
        "label_y": top - 7,
        "label": words(relation.type) if outgoing or not one_way else PASSIVE[relation.type],
        "type": relation.type,
        "to": outgoing and one_way,
        "from": not outgoing and one_way,
        "href": reverse("admin:annotations_claim_change", args=[other.pk]),
    }


PASSIVE = {"supports": "supported by", "refutes": "refuted by", "entails": "entailed by"}


def box(text: str, x: int, y: int) -> dict[str, Any]:
    lines = textwrap.wrap(text, LETTERS - x // 8, max_lines=LINES, placeholder=" …") or ["…"]
    return {
        "x": x + 1,
        "y": y + 1,
        "width": WIDTH - x - 2,
        "height": len(lines) * LINE + 2 * PAD - 4,
        "text": text,
        "lines": [(x + PAD, y + PAD + 12 + n * LINE, line) for n, line in enumerate(lines)],
    }
