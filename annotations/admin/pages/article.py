"""The article page: the text with its spans where they are, the facts beside it, revisions, the capture's address."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from annotations.admin.pages.document import LANES, LAYERS, Reading, read, speakers_of, stretches, words
from articles.models import Article, Capture, Revision
from projects.admin import caller_of

DEFAULT_LAYERS = ("quotes", "mentions")
MOST_REVISIONS = 50  # of an article with more, the newest are listed


def article_panel(request: HttpRequest, article: Article) -> dict[str, Any]:
    """The query says what is shown: `set` (several), `view` (over, beside), `layer` (several), `revision`."""
    asked = request.GET.get("revision", "")
    caller = caller_of(request)
    reading = read(article, caller, every_revision=bool(asked))
    text = text_of(reading, asked)
    context = text_context(request, reading, text, article.head)
    return context | {
        "facts": facts(reading),
        "metadata": list(reading.article["metadata"].items()),
        "url": web_address(reading.article["url"]),
        "revisions": revisions(article, caller),
        "capture": capture(article, caller),
    }


def text_context(request: HttpRequest, reading: Reading, text: dict[str, Any], head: Any = None) -> dict[str, Any]:
    """The text with the chosen sets in it: laid over each other, or one text for each."""
    number = text.get("number") or text["revision"]
    sets = [held for held in reading.lists["sets"] if held["revision"] == number]
    chosen = chosen_sets(request, sets)
    layers = [layer for layer in LAYERS if layer in request.GET.getlist("layer")] or list(DEFAULT_LAYERS)
    beside = request.GET.get("view") == "beside" and len(chosen) > 1
    groups = [[held] for held in chosen] if beside else [chosen]
    columns = [column(reading, text, group, layers) for group in groups]
    return {
        "template": "annotations/admin/article.html",
        "article": reading.article,
        "text": text,
        "number": number,
        "sets": [(set_name(held), held, held in chosen) for held in sets],
        "layers": [(layer, layer in layers) for layer in LAYERS],
        "kinds": [kind for layer in layers for kind in LAYERS[layer]],
        "beside": beside,
        "legend": [(n, set_name(held)) for n, held in enumerate(chosen)] if len(chosen) > 1 and not beside else [],
        "columns": columns,
        "deeper": any(shown["deeper"] for shown in columns) and LANES,
    }


def text_of(reading: Reading, asked: str) -> dict[str, Any]:
    """The revision asked for by its number, else the article with its head's text."""
    found = [held for held in reading.lists.get("revisions", []) if str(held["number"]) == asked]
    return found[0] if found else reading.article


def chosen_sets(request: HttpRequest, sets: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those asked for; else an adjudicated one, else the one made last."""
    asked = request.GET.getlist("set")
    ranked = sorted(sets, key=lambda held: (held["kind"] == "adjudicated", held["id"]))
    return [held for held in sets if held["id"] in asked] or ranked[-1:]


def set_name(held: dict[str, Any]) -> str:
    annotator = held["annotator"]
    name = " ".join(filter(None, (annotator["name"], annotator["version"])))
    return f"{name or 'Somebody'}: {held['label']}" if held["label"] else name or "Somebody"


def column(reading: Reading, text: dict[str, Any], sets: list[dict[str, Any]], layers: list[str]) -> dict[str, Any]:
    """One text with the spans of some sets, and its quotes as a list."""
    ids = [held["id"] for held in sets]
    kinds = {kind for layer in layers for kind in LAYERS[layer]}
    shown = [one for one in reading.shown() if one.set in ids and one.kind in kinds]
    coloured = ids if len(ids) > 1 else None
    names = {held["id"]: set_name(held) for held in sets} if coloured else {}
    shown = [replace(one, note=f"{one.note} · {names[one.set]}") for one in shown] if coloured else shown
    title = stretches(text["title"], [one for one in shown if one.part == "title"], coloured)
    body = stretches(text["body"], [one for one in shown if one.part == "body"], coloured)
    depth = max((one.depth for one in (*title, *body)), default=0)
    return {
        "sets": [(set_name(held), held, reading.href("set", held["id"])) for held in sets],
        "title": title,
        "body": body,
        "lines": min(LANES, depth),
        "deeper": depth > LANES,
        "quotes": [
            quote_line(reading, quote) | {"set": names.get(quote["set"], "")}
            for quote in in_order(reading.lists["quotes"])
            if quote["set"] in ids
        ],
    }


def in_order(quotes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of the title first, then as they stand in the text, the outer before the inner."""
    return sorted(quotes, key=lambda q: (q["content"]["part"] != "title", q["content"]["start"], -q["content"]["end"]))


def quote_line(reading: Reading, quote: dict[str, Any]) -> dict[str, Any]:
    return {
        "href": reading.href("content", quote["id"]),
        "exact": quote["content"]["exact"],
        "speakers": speakers_of(quote),
        "cue": (quote["cue"] or {}).get("exact", ""),
        "type": words(quote["type"]),
        "status": quote["review_status"],
        "depth": min(quote["depth"], 4),
    }


# The facts


def facts(reading: Reading) -> list[tuple[str, str]]:
    """What is known of the article: only what is known."""
    article = reading.article
    found = [
        ("Publisher", reading.named(article["publisher"])),
        ("Republished by", reading.named(article["republisher"])),
        ("Published", published(article)),
        ("Byline", article["byline"]),
        ("Authors", ", ".join(article["authors"])),
        ("Dateline", article["dateline"]),
        ("Section", article["section"]),
        ("Credit line", article["credit_line"]),
        ("Language", article["language"]),
        ("Licence", article["licence"]),
        ("External id", article["external_id"]),
        ("Length", f"{article['body_length']:,} code points"),
        ("SHA-256", article["sha256"]),
    ]
    return [(name, value) for name, value in found if value]


def published(article: dict[str, Any]) -> str | None:
    """As precisely as it is known: a year, a month, a day, a minute."""
    at, on, precision = article["published_at"], article["published_on"], article["published_precision"]
    if at and precision in (None, "minute"):
        return f"{at[:16].replace('T', ' ')} UTC"
    digits = {"year": 4, "month": 7}.get(precision or "", 10)
    return (on or at or "")[:digits] or None


def web_address(url: str | None) -> str | None:
    """Only what a browser may be sent to: anybody may have written it."""
    return url if url and url.lower().startswith(("https://", "http://")) else None


def revisions(article: Article, caller: Any) -> list[Any]:
    rows = Revision.objects.visible_to(caller).filter(article=article.pk).order_by("-number")
    return list(rows.values("number", "created_at", "reason", "body_length")[:MOST_REVISIONS])


def capture(article: Article, caller: Any) -> str | None:
    """Where the page is as it was captured: read when it is asked for, for it may be long."""
    there = Capture.objects.visible_to(caller).filter(pk=article.pk).exists()
    return reverse("admin:articles_capture_change", args=[article.pk]) if there else None
