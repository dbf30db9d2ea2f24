"""manage.py check_integrity: silent on what the house wrote, and by name on each thing broken behind its back."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection

from articles.actions import revise_article
from backend.integrity import check, invariants
from projects.actions.rows import created, type_name
from projects.models import Event, Stamped
from tests.builders import make_article, make_mention, make_quote, make_set, make_speaker, make_user
from tests.estate import make_estate, undone

LONG = " ".join(f"w{n}" for n in range(2000))  # three chunks
ABSENT = "0190d1f0-0000-7000-8000-00000000abcd"


def recorded_models() -> list[Any]:
    return [model for model in apps.get_models() if type_name(model) in types()]


def types() -> set[str]:
    return {name for config in apps.get_app_configs() for name in getattr(config, "recorded", {})}


def tell() -> None:
    """The events of rows that tests wrote straight into the tables."""
    for model in recorded_models():
        told = Event.objects.values("object_id")
        created(model, list(model.objects.exclude(pk__in=told).values_list("pk", flat=True)), None)


def broken() -> dict[str, list[str]]:
    return {finding.name: finding.ids for finding in check() if finding.count}


@pytest.fixture(scope="module")
def estates(django_db_setup: None, django_db_blocker: Any) -> Iterator[SimpleNamespace]:
    """Made once: what a test does to them is undone."""
    with django_db_blocker.unblock(), undone():
        yield make_place()


@pytest.fixture
def place(estates: SimpleNamespace, django_db_blocker: Any) -> Iterator[SimpleNamespace]:
    with django_db_blocker.unblock(), undone():
        yield estates


def make_place() -> SimpleNamespace:
    """Two estates, and what an estate lacks: a span in pieces, nested quotes, a merged speaker, an unnamed one."""
    owner = make_user("owner")
    one, other = make_estate("One", owner), make_estate("Other", owner)
    held = one.rows["annotation-set"]
    twin = make_set(one.rows["article"], owner, label="twin")
    parts = make_quote(held, ["taxes would fall", "wages would rise"], parent=one.rows["quote"])
    merged = make_speaker(one.project, "Stern", merged_into=one.rows["speaker"])
    end = make_speaker(one.project, "A. Stern", merged_into=merged)
    unnamed = make_speaker(one.project, "an official", article=one.rows["article"])
    mentions = [make_mention(held, f"One {name}") for name in ("Okafor", "keeps")]
    twin_quote, twin_mention = make_quote(twin, "said"), make_mention(twin, "One Stern")
    empty = make_set(one.rows["article"], owner, label="empty")
    second = make_article(one.project, LONG)
    afar = make_set(second, owner)
    far, wide, across = (make_quote(afar, LONG[start:end]) for start, end in ((3000, 3020), (600, 1300), (4090, 4100)))
    tell()
    spare = revise_article(caller=None, article=one.rows["article"], title="New", body="New.", base=1)
    rows: dict[str, Any] = {f"one_{name.replace('-', '_')}": estate_id for name, estate_id in ids(one).items()}
    rows |= {f"other_{name.replace('-', '_')}": estate_id for name, estate_id in ids(other).items()}
    rows |= {"parts": parts.pk, "merged": merged.pk, "end": end.pk, "unnamed": unnamed.pk, "twin": twin.pk}
    rows |= {"twin_quote": twin_quote.pk, "twin_mention": twin_mention.pk, "owner": owner.pk, "absent": ABSENT}
    rows |= {
        "empty": empty.pk,
        "spare": spare.pk,
        "second": second.pk,
        "far": far.pk,
        "wide": wide.pk,
        "chunk": 1_000_000,
    }
    rows |= {"across": across.pk, "okafor": mentions[0].pk, "keeps": mentions[1].pk}
    rows |= {"one_revision": held.revision_id, "other_revision": other.rows["article"].head_id}
    return SimpleNamespace(**{name: str(pk) for name, pk in rows.items()})


def ids(estate: Any) -> dict[str, str]:
    return {name: str(row.pk) for name, row in estate.rows.items()}


RULES = """
SELECT conrelid::regclass::text, conname FROM pg_constraint
WHERE contype IN ('c', 'f', 'u') AND (conrelid = %(table)s::regclass OR confrelid = %(table)s::regclass)
"""
INDEXES = """
SELECT i.indexrelid::regclass::text FROM pg_index i
WHERE i.indrelid = %s::regclass AND i.indisunique AND NOT i.indisprimary
"""


def lift_rules(table: str) -> None:
    """Takes every key, check and trigger from a table, until the test's transaction is rolled back."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(RULES, {"table": table})
        for owner, name in cursor.fetchall():
            cursor.execute(f'ALTER TABLE {owner} DROP CONSTRAINT IF EXISTS "{name}" CASCADE')
        cursor.execute(INDEXES, [table])
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP INDEX {name}")
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")


def break_by(statements: str, place: SimpleNamespace) -> None:
    for statement in statements.format(**vars(place)).split(";"):
        for table in re.findall(r"(?:UPDATE|DELETE FROM|INSERT INTO) (\w+)", statement):
            lift_rules(table)
        with connection.cursor() as cursor:
            cursor.execute(statement)
            assert cursor.rowcount, "the statement broke nothing"


COPY_TOKEN = "INSERT INTO projects_apitoken_projects (apitoken_id, project_id) VALUES ('{one_token}', '{absent}')"
MOVED = "UPDATE annotations_{table} SET {column} = '{value}' WHERE id = '{row}'"


def copied(table: str, row: str, changes: str) -> str:
    """A second row like the first, under the absent id, with its event."""
    return (
        f"INSERT INTO {table} SELECT (jsonb_populate_record(r, jsonb_build_object('id', '{{absent}}'::uuid"
        f"{changes}))).* FROM {table} r WHERE id = '{{{row}}}';"
        "INSERT INTO projects_event (action, type, object_id, version, project_id, comment, snapshot)"
        f" SELECT action, type, '{{absent}}', 1, project_id, '', '{{{{}}}}' FROM projects_event"
        f" WHERE object_id = '{{{row}}}' AND version = 1"
    )


def update(table: str, row: str, what: str, key: str = "id") -> str:
    return f"UPDATE {table} SET {what} WHERE {key} = '{{{row}}}'"


QUOTE, MENTION, OCCURRENCE = "annotations_quote", "annotations_mention", "annotations_claimoccurrence"
SPEAKER, CLAIM, SOURCE = "annotations_speaker", "annotations_claim", "annotations_quotesource"
EVIDENCE, SET, RELATION = "annotations_evidence", "annotations_annotationset", "annotations_claimrelation"
ARTICLE, REVISION, EVENT = "articles_article", "articles_revision", "projects_event"


def unclean(what: str) -> str:
    """The spare revision with another title, measured and cut as it would be."""
    hashed = "sha256 = encode(sha256(convert_to(title, 'UTF8') || '\\x00'::bytea || convert_to(body, 'UTF8')), 'hex')"
    chunk = "UPDATE articles_chunk c SET text = r.title FROM articles_revision r"
    chunk += " WHERE r.id = c.revision_id AND c.part = 'title' AND r.id = '{spare}'"
    return f"{update(REVISION, 'spare', what)};{update(REVISION, 'spare', hashed)};{chunk}"


# (invariant, how it is broken, the id it names)
BREAKS = [
    ("membership_has_both_ends", update("projects_membership", "one_member", "user_id = '{absent}'"), "one_member"),
    ("membership_once", copied("projects_membership", "one_member", ""), "one_member"),
    ("token_has_both_ends", update("projects_apitoken", "one_token", "user_id = '{absent}'"), "one_token"),
    ("token_has_both_ends", COPY_TOKEN, "one_token"),
    ("token_scopes_known", update("projects_apitoken", "one_token", "scopes = '{{read,rule}}'"), "one_token"),
    ("token_scopes_known", update("projects_apitoken", "one_token", "scopes = '{{}}'"), "one_token"),
    (
        "event_versions_complete",
        update(EVENT, "one_claim", "version = 2", "object_id") + ";" + update(CLAIM, "one_claim", "version = 2"),
        "one_claim",
    ),
    (
        "event_versions_complete",
        "INSERT INTO projects_event (action, type, object_id, version, project_id, comment,"
        " snapshot) SELECT action, type, object_id, 1, project_id, '', snapshot FROM projects_event"
        " WHERE object_id = '{one_claim}'",
        "one_claim",
    ),
    ("object_has_events", "DELETE FROM projects_event WHERE object_id = '{one_quote}'", "one_quote"),
    ("object_as_in_events", update(QUOTE, "one_quote", "version = 2"), "one_quote"),
    ("object_as_in_events", update("projects_project", "one_project", "version = 7"), "one_project"),
    (
        "deleted_is_gone",
        "INSERT INTO projects_event (action, type, object_id, version, project_id, comment, snapshot)"
        " SELECT 'deleted', type, object_id, 2, project_id, '', snapshot FROM projects_event"
        " WHERE object_id = '{one_claim}'",
        "one_claim",
    ),
    ("gone_was_deleted", "DELETE FROM annotations_claimreview WHERE id = '{one_claim_review}'", "one_claim_review"),
    ("event_in_its_project", update(EVENT, "one_quote", "project_id = '{other_project}'", "object_id"), "one_quote"),
    ("event_in_its_project", update(EVENT, "one_quote", "type = 'mention'", "object_id"), "one_quote"),
    ("author_known", update(QUOTE, "one_quote", "created_by_id = '{absent}'"), "one_quote"),
    ("actor_known", update(EVENT, "one_quote", "actor_id = '{absent}'", "object_id"), "one_quote"),
    ("revision_measured", update(REVISION, "one_revision", "sha256 = repeat('0', 64)"), "one_revision"),
    ("revision_measured", update(REVISION, "one_revision", "title_length = title_length + 1"), "one_revision"),
    ("revision_measured", update(REVISION, "one_revision", "body_length = body_length + 1"), "one_revision"),
    ("revision_measured", update(REVISION, "one_revision", "body_length_utf16 = 1"), "one_revision"),
    (
        "chunks_join_to_text",
        update("articles_chunk", "one_revision", "text = text || '.'", "part = 'title' AND revision_id"),
        "one_revision",
    ),
    (
        "chunks_join_to_text",
        "DELETE FROM articles_chunk WHERE part = 'title' AND revision_id = '{one_revision}'",
        "one_revision",
    ),
    (
        "revision_in_article",
        update(REVISION, "spare", "project_id = '{other_project}'")
        + ";"
        + update(EVENT, "spare", "project_id = '{other_project}'", "object_id"),
        "spare",
    ),
    (
        "chunk_has_revision",
        "INSERT INTO articles_chunk (id, revision_id, part, n, text) VALUES ({chunk}, '{absent}', 'body', 0, '.')",
        "chunk",
    ),
    ("revision_clean", unclean("title = E'a\\rb', title_length = 3"), "spare"),
    ("revision_clean", unclean("title = U&'\\FEFFab', title_length = 3"), "spare"),
    ("revision_numbers_complete", update(REVISION, "spare", "number = 3"), "one_article"),
    ("head_in_article", update(ARTICLE, "one_article", "head_id = '{other_revision}'"), "one_article"),
    ("head_in_article", update(ARTICLE, "one_article", "head_id = '{absent}'"), "one_article"),
    ("article_in_project", update(ARTICLE, "one_article", "publisher_id = '{other_publisher}'"), "one_article"),
    ("article_in_project", update(ARTICLE, "one_article", "republisher_id = '{other_publisher}'"), "one_article"),
    (
        "article_in_project",
        update("articles_capture", "one_article", "project_id = '{other_project}'", "article_id"),
        "one_article",
    ),
    ("article_external_id_once", update(ARTICLE, "second", "external_id = 'One'"), "one_article"),
    ("span_formed", update(MENTION, "okafor", "part = 'foot'"), "okafor"),
    ("span_formed", update(QUOTE, "one_quote", "cue_exact = NULL"), "one_quote"),
    ("span_in_text", update(MENTION, "okafor", '"start" = "start" + 5000, "end" = "end" + 5000'), "okafor"),
    ("span_length", update(MENTION, "okafor", "exact = exact || '.'"), "okafor"),
    ("span_length", update(QUOTE, "parts", "exact = exact || '.'"), "parts"),
    ("span_exact", update(MENTION, "okafor", "exact = upper(exact)"), "okafor"),
    ("span_exact", update(QUOTE, "parts", "exact = upper(exact)"), "parts"),
    ("span_exact", update(QUOTE, "one_quote", "cue_exact = upper(cue_exact)"), "one_quote"),
    *(("span_exact", update(QUOTE, row, "exact = upper(exact)"), row) for row in ("far", "wide", "across")),
    ("span_pieces", update(QUOTE, "parts", '"start" = "start" - 1'), "parts"),
    ("set_on_revision", update(SET, "empty", "revision_id = '{other_revision}'"), "empty"),
    ("set_annotator_known", update(SET, "twin", "annotator_user_id = '{absent}'"), "twin"),
    ("set_once", update(SET, "twin", "label = 'One'"), "twin"),
    (
        "set_parents_on_article",
        "INSERT INTO annotations_setparent (set_id, article_id, parent_id, position) VALUES"
        " ('{twin}', '{one_article}', '{other_annotation_set}', 0)",
        "twin",
    ),
    (
        "set_parents_on_article",
        "INSERT INTO annotations_setparent (set_id, article_id, parent_id, position) VALUES"
        " ('{twin}', '{one_article}', '{twin}', 0)",
        "twin",
    ),
    ("annotation_in_set", update(MENTION, "okafor", "article_id = '{other_article}'"), "okafor"),
    ("annotation_in_set", update(QUOTE, "twin_quote", "article_id = '{other_article}'"), "twin_quote"),
    (
        "annotation_in_set",
        update(OCCURRENCE, "one_claim_occurrence", "article_id = '{other_article}'"),
        "one_claim_occurrence",
    ),
    ("annotation_in_set", update(EVIDENCE, "one_evidence", "article_id = '{other_article}'"), "one_evidence"),
    ("external_id_once", update(MENTION, "okafor", "external_id = 'One'"), "okafor"),
    ("external_id_once", update(QUOTE, "parts", "external_id = 'One'"), "parts"),
    ("mention_once", copied(MENTION, "okafor", ""), "okafor"),
    ("quote_parent_in_set", update(QUOTE, "twin_quote", "parent_id = '{one_quote}'"), "twin_quote"),
    ("quote_nesting_ends", update(QUOTE, "one_quote", "parent_id = '{parts}'"), "one_quote"),
    (
        "source_in_set",
        update(SOURCE, "one_quote", "mention_id = '{twin_mention}', inherited = false", "quote_id"),
        "one_quote",
    ),
    ("source_speaker_follows", update(SOURCE, "one_quote", "speaker_id = '{merged}'", "quote_id"), "one_quote"),
    (
        "source_somebody",
        update(SOURCE, "one_quote", "mention_id = NULL, speaker_id = NULL, inherited = false", "quote_id"),
        "one_quote",
    ),
    (
        "occurrence_quote_in_set",
        update(OCCURRENCE, "one_claim_occurrence", "quote_id = '{twin_quote}'"),
        "one_claim_occurrence",
    ),
    ("evidence_in_set", update(EVIDENCE, "one_evidence", "quote_id = '{twin_quote}'"), "one_evidence"),
    ("reference_in_project", update(MENTION, "okafor", "speaker_id = '{other_speaker}'"), "okafor"),
    (
        "reference_in_project",
        update(OCCURRENCE, "one_claim_occurrence", "claim_id = '{other_claim}'"),
        "one_claim_occurrence",
    ),
    (
        "reference_in_project",
        update(RELATION, "one_claim_relation", "target_id = '{other_claim}'"),
        "one_claim_relation",
    ),
    ("reference_in_project", update(QUOTE, "one_quote", "derived_from_id = '{other_quote}'"), "one_quote"),
    ("identity_in_project", update(SPEAKER, "unnamed", "article_id = '{other_article}'"), "unnamed"),
    ("merge_ends", update(SPEAKER, "one_speaker", "merged_into_id = '{end}'"), "one_speaker"),
    ("canonical_is_the_end", update(SPEAKER, "end", "canonical_id = '{merged}'"), "end"),
    ("canonical_is_the_end", update(CLAIM, "one_claim", "canonical_id = '{other_claim}'"), "one_claim"),
    ("unnamed_has_article", update(SPEAKER, "unnamed", "article_id = NULL"), "unnamed"),
    ("unnamed_has_article", update(SPEAKER, "unnamed", "is_named = true"), "unnamed"),
    ("unnamed_stays_local", update(SPEAKER, "end", "affiliation_id = '{unnamed}'"), "unnamed"),
    ("qid_once", update(SPEAKER, "unnamed", "wikidata_qid = 'Q7'"), "unnamed"),
    ("relation_once", update(RELATION, "one_claim_relation", "target_id = source_id"), "one_claim_relation"),
    (
        "relation_once",
        update(RELATION, "one_claim_relation", "type = 'related'")
        + ";"
        + copied(RELATION, "one_claim_relation", ", 'source_id', r.target_id, 'target_id', r.source_id"),
        "one_claim_relation",
    ),
]


def test_clean_on_the_seed(seeded: Any) -> None:
    assert broken() == {}


def test_clean_on_one_of_everything(place: SimpleNamespace) -> None:
    assert broken() == {}


@pytest.mark.parametrize(("name", "statements", "row"), BREAKS)
def test_names_what_was_broken(place: SimpleNamespace, name: str, statements: str, row: str) -> None:
    break_by(statements, place)
    found = broken()
    assert list(found) == [name]
    assert getattr(place, row) in found[name]


def test_every_invariant_has_been_seen_to_break() -> None:
    assert {name for name, _, _ in BREAKS} == set(invariants())


def test_everything_that_leaves_events_is_asked_for() -> None:
    stamped = {type_name(model) for model in apps.get_models() if issubclass(model, Stamped)}
    assert stamped - {"API_token", "import"} | {"revision"} == types()


def test_the_command_tells_and_fails(place: SimpleNamespace, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("check_integrity")
    assert re.findall(r"^ +(\d+)  (\w+)$", capsys.readouterr().out, re.M) == [("0", name) for name in invariants()]
    break_by(update(QUOTE, "one_quote", "version = 2"), place)
    with pytest.raises(SystemExit) as ended:
        call_command("check_integrity")
    out, err = capsys.readouterr()
    assert ended.value.code == 1
    assert f"not so: {place.one_quote}" in out
    assert "1 of" in err
    with pytest.raises(SystemExit):
        call_command("check_integrity", "--json")
    told = json.loads(capsys.readouterr().out)
    assert told["object_as_in_events"]["ids"] == [place.one_quote]
    assert told["span_exact"]["count"] == 0
