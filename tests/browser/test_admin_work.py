"""A curator at work in Chromium: clicks, types and reads as people do; the console stays empty throughout."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from annotations.models import AnnotationSet, Quote, Speaker
from articles.models import Article
from projects.models import Event, Project, User
from tests.builders import make_article, make_member, make_project, make_quote, make_set, make_speaker, make_user

PASSWORD = "a long enough password"
STRETCHES = """sheets => sheets.flatMap(sheet => [...sheet.querySelectorAll('.stretch')].map(found => {
    const before = document.createRange();
    before.setStart(sheet, 0);
    before.setEnd(found, 0);
    const start = [...before.toString()].length, text = found.textContent;
    return {part: sheet.dataset.part, start, end: start + [...text].length, text, ids: found.dataset.ids.split(' ')};
}))"""


def make_curator(project: Any, name: str = "curie") -> User:
    user = make_user(name)
    user.is_staff = True
    user.set_password(PASSWORD)
    user.save()
    make_member(project, user, "curator")
    found: User = user
    return found


def log_in(tab: Any, user: User) -> None:
    tab.open("/admin/login/?next=/admin/")
    tab.page.fill("#id_username", user.username)
    tab.page.fill("#id_password", PASSWORD)
    press(tab, "Log in")


@contextmanager
def arriving(tab: Any) -> Iterator[None]:
    """What leads to another page of the admin, at once or by being sent on."""
    with tab.page.expect_navigation():
        yield
    tab.page.wait_for_selector("#container")
    tab.page.wait_for_load_state("load")


def press(tab: Any, name: str, within: str = "#content") -> None:
    with arriving(tab):
        tab.page.locator(within).get_by_role("button", name=name, exact=True).first.click()


def follow(tab: Any, name: str, within: str = "#content", *, exact: bool = True) -> None:
    with arriving(tab):
        tab.page.locator(within).get_by_role("link", name=name, exact=exact).first.click()


def pick(tab: Any, field: str, typed: str, wanted: str) -> None:
    """Chooses an object by typing."""
    tab.page.click(f"#id_{field} + .select2 .select2-selection")
    tab.page.fill(".select2-search__field", typed)
    tab.page.locator(".select2-results__option", has_text=wanted).first.click()
    tab.page.wait_for_selector(".select2-dropdown", state="detached")


def covered(part: str, fragments: Any) -> set[tuple[str, int]]:
    return {(part, n) for fragment in fragments for n in range(fragment["start"], fragment["end"])}


def places(*spans: Any) -> set[tuple[str, int]]:
    """The characters that spans of the API's cover."""
    return set().union(*(covered(span["part"], span["fragments"]) for span in spans if span))


def assert_highlighted(stretches: Any, quotes: Any) -> None:
    """Each quote is marked at all the places where the API says it is, and at no other."""
    for quote in quotes:
        shown = set().union(*(covered(s["part"], [s]) for s in stretches if quote["id"] in s["ids"]))
        assert places(quote["content"], quote["cue"]) <= shown, quote["content"]["exact"]
        sources = [source["span"] for source in quote["sources"]]
        assert shown <= places(quote["content"], quote["cue"], *sources), quote["content"]["exact"]


@pytest.fixture
def demo(seeded: Any) -> Any:
    return Project.objects.get(slug="demo")


def test_from_the_login_to_an_approved_quote(tabs: Any, demo: Any, client: Any) -> None:
    tab, user = tabs(), make_curator(demo)
    log_in(tab, user)
    tab.open("/admin/articles/article/")
    tab.page.fill("#searchbar", "Pyongyang nuclear")
    press(tab, "Search")
    article = Article.objects.filter(project=demo, external_id__startswith="voa").select_related("head").get()
    follow(tab, article.head.title, "#result_list", exact=False)

    document = client(user).get(f"/api/v1/articles/{article.pk}/annotations/").json()
    assert len(document["quotes"]) == 23
    stretches = tab.page.eval_on_selector_all("[data-part]", STRETCHES)
    assert all(s["text"] == getattr(article.head, s["part"])[s["start"] : s["end"]] for s in stretches)
    assert_highlighted(stretches, document["quotes"])

    held = AnnotationSet.objects.get(article=article)
    tab.open(f"/admin/annotations/annotationset/?article={article.pk}")
    follow(tab, held.annotator_name, "#result_list")
    follow(tab, "Reopen")
    press(tab, "Reopen")
    held.refresh_from_db()
    assert held.status == "open"

    other = make_speaker(demo, "Wolfgang Q. Petersen")
    quote = Quote.objects.filter(set=held, sources__speaker__isnull=False, parent=None).order_by("start").first()
    assert quote
    tab.open(f"/admin/annotations/quote/?set={held.pk}")
    assert tab.page.locator("#result_list tbody tr").count() == 23
    with arriving(tab):
        tab.page.click(f'#result_list th a[href*="{quote.pk}"]')
    follow(tab, "Edit")
    pick(tab, "sources-0-speaker", "wolfg pet", other.name)
    press(tab, "Save")
    assert "The quote is saved." in (tab.page.text_content(".messagelist") or "")
    source = quote.sources.order_by("position").first()
    assert source
    assert source.speaker_id == other.pk
    follow(tab, "Approve or reject")
    tab.page.select_option("#id_decision", "approved")
    press(tab, "Approve or reject")
    quote.refresh_from_db()
    assert (quote.review_status, quote.version) == ("approved", 3)
    assert list(Event.objects.filter(object_id=quote.pk, actor=user).values_list("version", flat=True)) == [2, 3]
    assert tab.log == []


@pytest.fixture
def work(db: None) -> Any:
    """A project with a curator, an article, and somebody's open set with a quote."""
    project = make_project("work")
    held = make_set(make_article(project), make_user("annie"))
    return make_quote(held, "taxes would fall next year", cue="said"), make_curator(project)


def test_the_second_of_two_is_told(tabs: Any, work: Any) -> None:
    quote, user = work
    one, two = tabs(), tabs()
    for tab, person in ((one, user), (two, make_curator(quote.project, "second"))):
        tab.http.force_login(person)
        tab.open(f"/admin/annotations/quote/{quote.pk}/edit/")
    one.page.fill("#id_venue", "Oslo")
    press(one, "Save")
    two.page.fill("#id_venue", "Rome")
    two.page.fill("#id_note", "a long thought")
    press(two, "Save")
    told = two.page.text_content("#stale") or ""
    assert "curie saved this" in told
    note = two.page.locator("#stale tr", has_text="note").locator("td").all_text_contents()
    assert note == ["—", "—", "a long thought"]
    assert {"Oslo", "Rome"} <= set(two.page.locator("#stale td").all_text_contents())
    assert two.page.input_value("#id_note") == "a long thought"
    quote.refresh_from_db()
    assert (quote.venue, quote.version) == ("Oslo", 2)
    press(two, "Save mine all the same")
    quote.refresh_from_db()
    assert (quote.venue, quote.note, quote.version) == ("Rome", "a long thought", 3)
    assert one.log == []
    # Chromium tells of every answer from 400 on.
    assert [line for line in two.log if "412" not in line] == []


def test_on_a_phone_nothing_lies_beyond_the_edge(tabs: Any, work: Any) -> None:
    """What has changed, and how to restore it, are the last columns of a history; mine the last of a stale form."""
    quote, user = work
    one, two = tabs(), tabs(viewport={"width": 390, "height": 844})
    for tab in (one, two):
        tab.http.force_login(user)
        tab.open(f"/admin/annotations/quote/{quote.pk}/edit/")
    for tab, words in ((one, "would fall next year"), (two, "taxes would fall")):
        tab.page.fill("[name=content-fragments-0-exact]", words)
        tab.page.fill("#id_venue", f"The city hall of {words}")
        press(tab, "Save")
    assert beyond(two, "#stale .results") == 0
    two.open(f"/admin/annotations/quote/{quote.pk}/history/")
    assert beyond(two, ".results") == 0
    assert two.page.locator("#change-history a", has_text="Restore").first.is_visible()


def beyond(tab: Any, selector: str) -> int:
    """How many pixels of a box are out of sight on its right."""
    found: int = tab.page.locator(selector).evaluate("box => box.scrollWidth - box.clientWidth")
    return found


def test_two_speakers_are_merged_and_that_is_undone(tabs: Any, work: Any) -> None:
    quote, user = work
    kept, double = make_speaker(quote.project, "Ada Stern"), make_speaker(quote.project, "A. Stern")
    tab = tabs()
    tab.http.force_login(user)
    for action, into in (("Merge", kept), ("Unmerge", None)):
        tab.open("/admin/annotations/speaker/")
        for row in (kept, double):
            tab.page.check(f'input.action-select[value="{row.pk}"]')
        tab.page.select_option("select[name=action]", label=action)
        press(
            tab, "Run" if tab.page.get_by_role("button", name="Run", exact=True).count() else "Go", "#changelist-form"
        )
        if into:
            tab.page.select_option("#id_into", str(into.pk))
            press(tab, "Show what would change")
        assert "1 of 2 speakers would change" in (tab.page.text_content("#content-main") or "")
        press(tab, action)
        double.refresh_from_db()
        assert double.merged_into_id == (into and into.pk)
    assert Speaker.objects.filter(merged_into__isnull=False).count() == 0
    assert tab.log == []


def test_a_quote_in_two_pieces_is_entered_by_its_words(tabs: Any, work: Any) -> None:
    quote, user = work
    tab = tabs(java_script_enabled=False)
    tab.http.force_login(user)
    tab.open(f"/admin/annotations/quote/add/?article={quote.article_id}")
    tab.page.click("#part-content .spare:not([open]) summary >> nth=0")
    tab.page.click("#part-cue > summary")
    tab.page.fill("#id_content-fragments-0-exact", "promised the same in 2019")
    tab.page.fill("#id_content-fragments-1-exact", "that nobody")
    tab.page.fill("#id_content-fragments-1-suffix", " believes her")
    tab.page.fill("#id_cue-fragments-0-exact", "told")
    press(tab, "Preview")
    assert tab.page.locator("#preview mark").all_text_contents()[:2] == ["promised the same in 2019", "that nobody"]
    assert not Quote.objects.filter(exact__startswith="promised").exists()
    press(tab, "Save")
    made = Quote.objects.get(exact="promised the same in 2019 that nobody")
    body = made.revision.body
    first, second = body.index("promised"), body.index("that nobody")
    assert made.pieces == [first, first + 25, second, second + 11]
    assert (made.cue_exact, made.set.annotator_user) == ("told", user)
