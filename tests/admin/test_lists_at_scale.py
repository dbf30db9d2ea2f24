"""Every list of the admin over 100,000 quotes, and its start page: few queries, and none that reads a large table from
end to end."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from projects.models import User
from tests.builders import make_member, make_project, make_user

ARTICLES, EACH = 200, 500
LARGE = 10_000  # rows
QUERIES = 12
BODY = "".join(f"Minister {n:04} said that tax {n:04} falls. " for n in range(EACH))
ROWS = f"""
    INSERT INTO annotations_annotationset (id, version, kind, annotator_kind, annotator_name, annotator_version, label,
        status, project_id, article_id, revision_id, annotator_user_id, created_by_id)
    SELECT gen_random_uuid(), 1, 'individual', 'human', 'annotator', '', '', 'closed', a.project_id, a.id, a.head_id,
        %(user)s, %(user)s FROM articles_article a;

    INSERT INTO annotations_speaker (id, canonical_id, version, name, kind, is_named, aliases, description, project_id)
    SELECT id, id, 1, 'Speaker ' || n, 'person', true, '{{}}', '', %(project)s
    FROM (SELECT gen_random_uuid() AS id, n FROM generate_series(1, {LARGE + 1}) n) s;

    INSERT INTO annotations_claim (id, canonical_id, version, text, types, check_worthiness, project_id)
    SELECT id, id, 1, 'Claim ' || n, '{{}}', 'unassessed', %(project)s
    FROM (SELECT gen_random_uuid() AS id, n FROM generate_series(1, {3 * LARGE}) n) s;

    INSERT INTO annotations_mention (id, version, part, start, "end", exact, review_status, tags, note, kind,
        project_id, article_id, revision_id, set_id)
    SELECT gen_random_uuid(), 1, 'body', n * 40, n * 40 + 13, 'Minister ' || to_char(n, 'FM0000'), 'unreviewed',
        '{{}}', '', 'named', s.project_id, s.article_id, s.revision_id, s.id
    FROM annotations_annotationset s, generate_series(0, {EACH - 1}, 5) n;

    INSERT INTO annotations_quote (id, version, part, start, "end", exact, review_status, tags, note, cue_lemma, type,
        act, medium, factuality, venue, project_id, article_id, revision_id, set_id)
    SELECT gen_random_uuid(), 1, 'body', n * 40 + 24, n * 40 + 38, 'tax ' || to_char(n, 'FM0000') || ' falls',
        CASE WHEN n %% 10 = 0 THEN 'approved' ELSE 'unreviewed' END, '{{}}', '', '', 'indirect', 'statement', '{{}}',
        'factual', '', s.project_id, s.article_id, s.revision_id, s.id
    FROM annotations_annotationset s, generate_series(0, {EACH - 1}) n;

    INSERT INTO annotations_quotesource (position, role, inherited, role_text, project_id, set_id, quote_id, mention_id,
        speaker_id)
    SELECT 0, 'source', false, '', q.project_id, q.set_id, q.id, m.id,
        CASE WHEN q.n %% 2 = 0 THEN (SELECT id FROM annotations_speaker WHERE name = 'Speaker 8') ELSE s.id END
    FROM (SELECT *, row_number() OVER (ORDER BY id) AS n FROM annotations_quote) q
    JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n FROM annotations_speaker) s ON s.n = 1 + q.n %% {LARGE}
    LEFT JOIN annotations_mention m ON m.set_id = q.set_id AND m.start = q.start - 24;

    INSERT INTO annotations_claimoccurrence (id, version, part, start, "end", exact, review_status, tags, note, stance,
        project_id, article_id, revision_id, set_id, quote_id)
    SELECT gen_random_uuid(), 1, part, start, "end", exact, review_status, '{{}}', '', 'affirms', project_id,
        article_id, revision_id, set_id, id FROM annotations_quote LIMIT {2 * LARGE};

    INSERT INTO annotations_claimrelation (id, version, source_id, target_id, type, note, project_id)
    SELECT gen_random_uuid(), 1, c.id, c.next, 'supports', '', c.project_id
    FROM (SELECT id, project_id, lead(id) OVER (ORDER BY id) AS next FROM annotations_claim) c WHERE next IS NOT NULL;

    INSERT INTO annotations_claimreview (id, version, claim_id, author_name, url, title, rating_text, explanation,
        verdict, reviewed_on, project_id)
    SELECT gen_random_uuid(), 1, id, '', 'https://a.example/' || id, '', 'True', '', 'supported', '2026-01-02',
        project_id FROM annotations_claim;

    INSERT INTO annotations_evidence (id, version, claim_id, stance, part, start, "end", exact, note, excerpt,
        project_id, article_id, revision_id, set_id)
    SELECT gen_random_uuid(), 1, (SELECT id FROM annotations_claim LIMIT 1), 'supports', part, start, "end", exact, '',
        '', project_id, article_id, revision_id, set_id FROM annotations_mention LIMIT {LARGE + 1};

    INSERT INTO projects_event (action, type, object_id, version, project_id, article, set, comment, snapshot)
    SELECT 'created', 'quote', id, 1, project_id, article_id, set_id, '', '{{}}' FROM annotations_quote
"""


@pytest.fixture(scope="module")
def estate(django_db_setup: None, django_db_blocker: Any) -> Any:
    """Loaded set by set, in a transaction of the module's own that is undone at its end."""
    from django.db import transaction

    with django_db_blocker.unblock(), transaction.atomic():
        yield loaded()
        transaction.set_rollback(True)


@pytest.fixture
def db(estate: Any) -> None:
    """What happens in a test is left to the module's transaction."""


def loaded() -> dict[str, User]:
    from articles.actions import add_articles, new_article

    project, blind = make_project("large"), make_project("blind", blind=True)
    users = {name: make_user(name) for name in ("annotator", "curator", "chief", "blinded")}
    roles = {"annotator": (project, "annotator"), "curator": (project, "curator"), "blinded": (blind, "annotator")}
    for name, (place, role) in roles.items():
        make_member(place, users[name], role)
    make_member(project, users["blinded"], "viewer")
    User.objects.update(is_staff=True)
    User.objects.filter(username="chief").update(is_superuser=True)
    texts = [{"title": f"Article {n}", "body": BODY, "published_on": "2026-01-02"} for n in range(ARTICLES)]
    add_articles([new_article(project=project.pk, data=text) for text in texts], None)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0; SET LOCAL enable_seqscan = on")  # the planner is to choose
        for statement in ROWS.split(
            ";\n"
        ):  # what the planner believes of the rows before decides how the next are made
            cursor.execute("ANALYZE")
            cursor.execute(statement, {"user": users["annotator"].pk, "project": project.pk})
        cursor.execute("ANALYZE")
    return users


def large_tables(rows: int) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND reltuples >= %s", [rows])
        return {name for (name,) in cursor.fetchall()}


def scanned(sql: str) -> set[str]:
    """The tables that PostgreSQL would read from end to end for a statement."""

    def walk(plan: dict[str, Any]) -> set[str]:
        found = {plan["Relation Name"]} if plan["Node Type"] == "Seq Scan" else set()
        return found.union(*(walk(inner) for inner in plan.get("Plans", ())))

    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (FORMAT JSON) " + sql.replace("%", "%%"), [])
        (told,) = cursor.fetchone()
    return walk((json.loads(told) if isinstance(told, str) else told)[0]["Plan"])


def lists() -> list[str]:
    """Every list, and those of large tables in the ways in which they are narrowed, searched and paged through."""
    from annotations.models import AnnotationSet, Quote, Speaker
    from articles.models import Article

    found = [reverse(f"admin:{m._meta.app_label}_{m._meta.model_name}_changelist") for m in admin.site._registry]
    quotes, project = reverse("admin:annotations_quote_changelist"), Quote.objects.values_list("project", flat=True)[0]
    speaker = Speaker.objects.filter(name="Speaker 8").values_list("pk", flat=True)[0]
    narrowed = [f"speaker={speaker}", "review_status__exact=approved", "review_status__exact=rejected", "type=direct"]
    narrowed += [
        f"{name}={model.objects.values_list('pk', flat=True)[0]}"
        for name, model in (("article", Article), ("set", AnnotationSet))
    ]
    narrowed += [f"project={project}", "changed=2026", "q=tax+0007", "q=nosuchword", "p=20", "changed=1999-01-01"]
    others = ["mention/?resolved=no", "mention/?q=Minister+0007", "speaker/?merged=no", "speaker/?q=77", "claim/?q=77"]
    others += [f"{name}/?changed=2026" for name in ("annotationset", "evidence", "claimrelation", "claimreview")]
    found += [reverse("admin:index"), reverse("admin:projects_project_change", args=[project])]
    return found + [f"{quotes}?{query}" for query in narrowed] + [f"/admin/annotations/{path}" for path in others]


@pytest.mark.parametrize("who", ["chief", "curator", "blinded"])
def test_every_list_is_cheap(estate: dict[str, User], db: None, who: str) -> None:
    from annotations.models import Quote

    assert Quote.objects.count() == ARTICLES * EACH
    # Whose eyes are a matter of several conditions gets 1,001 of 20,000 rows faster by reading all of them.
    large = large_tables(ARTICLES * EACH // 2 if who == "blinded" else LARGE)
    spans, others = ("quote", "quotesource", "mention", "claimoccurrence"), ("speaker", "claim")
    names = {*spans, *others, "evidence", "claimrelation", "claimreview"}
    assert {f"annotations_{name}" for name in names} | {"projects_event"} <= large_tables(LARGE)
    assert "annotations_quote" in large
    http = Client()
    http.force_login(User.objects.get(pk=estate[who].pk))
    wrong = []
    for path in lists():
        with CaptureQueriesContext(connection) as queries:
            answer = http.get(path)
        if answer.status_code == 403 and who != "chief":
            continue  # accounts and events are the superuser's
        assert answer.status_code == 200, path
        selects = [query["sql"] for query in queries if query["sql"].lstrip().startswith("SELECT")]
        wrong += [f"{path}: {len(queries)} queries"] if len(queries) > QUERIES else []
        wrong += [f"{path}: reads all of {name}: {sql[:3000]}" for sql in selects for name in scanned(sql) & large]
    assert not wrong, "\n".join(wrong)


def test_the_start_page_is_fast(estate: dict[str, User], db: None) -> None:
    """From the request to the last byte; the best of five, of a processor's time and the database's answers."""
    http, took = Client(), []
    http.force_login(User.objects.get(pk=estate["curator"].pk))
    for _ in range(5):
        began = time.thread_time()
        with CaptureQueriesContext(connection) as queries:
            page = http.get("/admin/").content.decode()
        took.append(time.thread_time() - began + sum(float(query["time"]) for query in queries))
    print(f"the start page: {len(queries)} queries, {1000 * min(took):.0f} ms")
    assert "1,000+" in page
    assert "300+ quotes" in page, "the activity ends with its window"
    assert min(took) < 0.5, took


def test_the_control_would_be_seen(estate: Any, db: None) -> None:
    assert scanned("SELECT count(*) FROM annotations_quote WHERE note = 'x'") == {"annotations_quote"}


def test_a_long_list_says_that_it_is_one(estate: dict[str, User], db: None) -> None:
    http = Client()
    http.force_login(User.objects.get(pk=estate["curator"].pk))
    page = http.get("/admin/annotations/quote/").content.decode()
    assert "More than 1000 quotes" in page
    assert "said by" in page.lower()
    assert "Speaker 8" in page
