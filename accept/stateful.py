"""A model made of dicts, and the server: hypothesis makes them do the same, step by step, and they never disagree."""

from __future__ import annotations

from collections import Counter
from typing import Any, ClassVar

from hypothesis import HealthCheck, Phase, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from accept.client import Answer, Client
from accept.harness import Ground
from accept.people import make_cast
from accept.report import Report

SIZES = {
    "full": {"machines": 100, "steps": 30},
    "quick": {"machines": 25, "steps": 20},
    "tiny": {"machines": 6, "steps": 10},
}
# Decomposed, joined, right to left, a BOM inside, zero width, astral, line ends of others.
PIECES = (
    "Ada ",
    "e\u0301",
    "👩‍👩‍👧",
    "\u202eabc\u202c",
    "\ufeff",
    "\u200b",
    "𝒳",
    "a",
    "\r\n",
    "\r",
    "\n",
    "שלום",
    "“",
    "😀",
    " ",
    "\t",
    "x\u0300",
)
TEXTS = (
    st.lists(st.sampled_from(PIECES), min_size=3, max_size=14)
    .map("".join)
    .filter(
        lambda text: text.strip() and not text.startswith("\ufeff" * 2)  # a second BOM is refused (decision 0011)
    )
)
NOTES = st.lists(st.sampled_from(PIECES), max_size=4).map("".join)
UNITS = st.sampled_from(["codepoint", "utf16"])


class Machine(RuleBasedStateMachine):
    """What one annotator does with one article. `quotes` is what the server should hold."""

    client: ClassVar[Client]
    project: ClassVar[str]
    counter: ClassVar[Counter[str]]
    known = Bundle("known")

    @initialize(body=TEXTS)
    def begin(self, body: str) -> None:
        self.quotes: dict[str, dict[str, Any]] = {}
        made = self.client.post("/articles/", {"project": self.project, "title": f"T{self.number()}", "body": body})
        assert made.status == 201, made.body
        self.article = made.json()["id"]
        # One BOM at the start goes, line ends become LF, and nothing else is touched.
        self.body = body.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
        stored = self.client.get(f"/articles/{self.article}/").json()
        assert stored["body"] == self.body, "the text is kept"
        assert stored["body_length"] == len(self.body)
        assert stored["body_length_utf16"] == utf16(self.body)

    def number(self) -> int:
        self.counter["articles"] += 1
        return self.counter["articles"]

    def span(self, data: st.DataObject) -> tuple[int, int]:
        start = data.draw(st.integers(0, len(self.body) - 1))
        return start, data.draw(st.integers(start + 1, len(self.body)))

    def told(self, start: int, end: int, unit: str) -> dict[str, Any]:
        """A span as it is sent, in a unit."""
        offsets = (utf16(self.body[:at]) if unit == "utf16" else at for at in (start, end))
        return dict(zip(("start", "end"), offsets, strict=True)) | {"exact": self.body[start:end]}

    def send(self, method: str, path: str, body: Any, unit: str = "codepoint", **headers: str) -> Answer:
        query = "?offset_unit=utf16" if unit == "utf16" else ""
        self.counter["requests"] += 1
        return self.client.request(method, path + query, body, **headers)

    @rule(target=known, data=st.data(), unit=UNITS, note=NOTES)
    def create(self, data: st.DataObject, unit: str, note: str) -> str:
        start, end = self.span(data)
        parent = data.draw(st.sampled_from([None, *sorted(self.quotes)]))
        span = self.told(start, end, unit)
        body = {"article": self.article, "content": span, "note": note, "parent": parent}
        answer = self.send("POST", "/quotes/", body, unit)
        depth = 1 + (self.depth(parent) if parent else 0)
        if depth > 8:
            assert answer.status == 422, answer.body
            return ""
        assert answer.status == 201, answer.body
        made = answer.json()
        assert {name: made["content"][name] for name in span} == span, "the answer's span is in the request's unit"
        self.quotes[made["id"]] = {"note": note, "span": (start, end), "parent": parent, "version": 1}
        return str(made["id"])

    @rule(data=st.data(), unit=UNITS, how=st.sampled_from(["text", "end", "empty", "reversed", "negative", "no text"]))
    def create_wrongly(self, data: st.DataObject, unit: str, how: str) -> None:
        span = self.told(*self.span(data), unit)
        if how == "text":
            span["exact"] += "x"
        elif how == "end":
            span["end"] += utf16(self.body) + 1
        elif how == "empty":
            span |= {"end": span["start"], "exact": ""}
        elif how == "reversed":
            span |= {"start": span["end"], "end": span["start"]}
        elif how == "negative":
            span["start"] = -1
        else:
            del span["exact"]
        answer = self.send("POST", "/quotes/", {"article": self.article, "content": span}, unit)
        assert answer.status == (400 if how == "negative" else 422), (how, span, answer.body)

    @rule(quote=known, note=NOTES, unit=UNITS, fresh=st.booleans())
    def patch(self, quote: str, note: str, unit: str, fresh: bool) -> None:
        path, held = f"/quotes/{quote}/", self.quotes.get(quote)
        if held is None:
            assert self.send("PATCH", path, {"note": note}, if_match="*").status == 404 or not quote
            return
        tag = self.send("GET", path, None, unit).etag
        if not fresh:
            other = f"{held['note']}!"  # what changes nothing would make no version, and the tag stay good
            assert self.send("PATCH", path, {"note": other}, if_match=tag).status == 200
            held |= {"note": other, "version": held["version"] + 1}
        answer = self.send("PATCH", path, {"note": note}, unit, if_match=tag)
        assert answer.status == (200 if fresh else 412), answer.body
        if fresh:
            changed = answer.json()["version"] - held["version"]
            assert changed in ({0, 1} if note == held["note"] else {1}), "a change is one version"
            held |= {"note": note, "version": held["version"] + changed}

    @rule(quote=known, data=st.data(), unit=UNITS)
    def move(self, quote: str, data: st.DataObject, unit: str) -> None:
        if held := self.quotes.get(quote):
            start, end = self.span(data)
            answer = self.send(
                "PATCH", f"/quotes/{quote}/", {"content": self.told(start, end, unit)}, unit, if_match="*"
            )
            assert answer.status == 200, answer.body
            held |= {"span": (start, end), "version": answer.json()["version"]}

    @rule(quote=known, data=st.data())
    def nest(self, quote: str, data: st.DataObject) -> None:
        """Under any other quote, itself and its own children included."""
        if held := self.quotes.get(quote):
            parent = data.draw(st.sampled_from(sorted(self.quotes)))
            fits = quote not in self.line(parent) and self.depth(parent) + self.height(quote) <= 8
            answer = self.send("PATCH", f"/quotes/{quote}/", {"parent": parent}, if_match="*")
            assert answer.status == (200 if fits else 422), (fits, answer.body)
            if fits:
                held |= {"parent": parent, "version": answer.json()["version"]}

    @rule(quote=known)
    def delete(self, quote: str) -> None:
        if quote in self.quotes:
            used = any(held["parent"] == quote for held in self.quotes.values())
            answer = self.send("DELETE", f"/quotes/{quote}/", None, if_match="*")
            assert answer.status == (409 if used else 204), answer.body
            if not used:
                del self.quotes[quote]

    @rule(unit=UNITS)
    @precondition(lambda self: self.quotes)
    def read_document(self, unit: str) -> None:
        found = self.send("GET", f"/articles/{self.article}/annotations/", None, unit).json()["quotes"]
        assert {one["id"] for one in found} == set(self.quotes)
        for one in found:
            start, end = self.quotes[one["id"]]["span"]
            assert_same(one["content"], self.told(start, end, unit))

    @invariant()
    def the_list_is_the_model(self) -> None:
        if not hasattr(self, "article"):
            return
        found = {one["id"]: one for one in self.client.pages(f"/quotes/?article={self.article}&page_size=5")}
        assert set(found) == set(self.quotes)
        for row, held in self.quotes.items():
            one = found[row]
            assert (one["note"], one["parent"], one["depth"]) == (held["note"], held["parent"], self.depth(row))
            assert one["version"] >= held["version"]
            held["version"] = one["version"]  # a child that moves may raise it
            start, end = held["span"]
            assert_same(one["content"], self.told(start, end, "codepoint"))

    def line(self, quote: str | None) -> list[str]:
        """A quote and all that it stands in."""
        found = []
        while quote:
            found.append(quote)
            quote = self.quotes[quote]["parent"]
        return found

    def depth(self, quote: str) -> int:
        return len(self.line(quote))

    def height(self, quote: str) -> int:
        below = [row for row, held in self.quotes.items() if held["parent"] == quote]
        return 1 + max((self.height(row) for row in below), default=0)


def assert_same(given: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert {name: given[name] for name in wanted} == wanted


def utf16(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def run(ground: Ground, report: Report, machines: int, steps: int) -> None:
    cast = make_cast()
    counter: Counter[str] = Counter()
    with ground.serve() as server:
        # A curator may make articles, and annotates like everybody.
        shared = {"client": cast.client(server, "curator"), "project": str(cast.project.pk), "counter": counter}
        machine = type("Bound", (Machine,), shared)
        chosen = settings(
            max_examples=machines,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            phases=[Phase.generate],  # the first disagreement is told as it was met: to make it smaller takes minutes
            suppress_health_check=list(HealthCheck),
        )
        disagreements = []
        try:
            run_state_machine_as_test(seeded(ground.seed)(machine), settings=chosen)
        except AssertionError as error:
            disagreements.append("\n".join([str(error), *getattr(error, "__notes__", [])])[-3000:])
    report.note("machines", machines)
    report.note("steps", steps)
    report.at_least("articles", counter["articles"], machines)
    report.note("requests", counter["requests"])
    report.none("disagreements", disagreements)
