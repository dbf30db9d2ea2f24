"""Closed vocabularies, scales, forms, and what there is only one of."""

from typing import Any

import pytest

from annotations import choices
from annotations.models import AnnotationSet, ClaimRelation, ClaimReview, Quote
from projects.choices import RoleName, Visibility
from projects.ids import uuid7
from projects.models import ApiToken, Event, Membership, Project
from tests import builders
from tests.constraints.ground import breaks, change, empty, remove

VOCABULARIES = [
    ("set_kind_known", "set", "kind", choices.SetKind),
    ("set_status_known", "set", "status", choices.SetStatus),
    ("set_annotator_kind_known", "set", "annotator_kind", choices.AnnotatorKind),
    ("speaker_kind_known", "speaker", "kind", choices.SpeakerKind),
    ("speaker_gender_known", "speaker", "gender", choices.Gender),
    ("speaker_gender_source_known", "speaker", "gender_source", choices.GenderSource),
    ("claim_worthiness_known", "claim", "check_worthiness", choices.CheckWorthiness),
    ("relation_type_known", "relation", "type", choices.RelationType),
    ("review_verdict_known", "review", "verdict", choices.Verdict),
    ("mention_kind_known", "mention", "kind", choices.MentionKind),
    ("mention_review_status_known", "mention", "review_status", choices.ReviewStatus),
    ("quote_review_status_known", "quote", "review_status", choices.ReviewStatus),
    ("quote_type_known", "quote", "type", choices.QuoteType),
    ("quote_act_known", "quote", "act", choices.Act),
    ("quote_factuality_known", "quote", "factuality", choices.Factuality),
    ("source_role_known", "source", "role", choices.SourceRole),
    ("occurrence_review_status_known", "occurrence", "review_status", choices.ReviewStatus),
    ("occurrence_stance_known", "occurrence", "stance", choices.OccurrenceStance),
    ("evidence_stance_known", "evidence", "stance", choices.EvidenceStance),
    ("project_visibility_known", "project", "visibility", Visibility),
    ("membership_role_known", "membership", "role", RoleName),
]
LISTS = [
    ("quote_medium_known", "quote", "medium", choices.Medium.values),
    ("claim_types_known", "claim", "types", choices.ClaimType.values),
    ("token_scopes_known", "token", "scopes", ["read", "annotate", "curate", "manage"]),
]
SCORES = [
    ("claim_score_in_range", "claim", "check_score"),
    ("relation_confidence_in_range", "relation", "confidence"),
    ("mention_confidence_in_range", "mention", "confidence"),
    ("quote_confidence_in_range", "quote", "confidence"),
    ("occurrence_confidence_in_range", "occurrence", "confidence"),
]
EXTERNAL_IDS = [
    ("mention_external_id_unique", "mention"),
    ("quote_external_id_unique", "quote"),
    ("occurrence_external_id_unique", "occurrence"),
]
# A key that composite foreign keys point at holds the primary key: only an id given twice could break it, and then the
# primary key or the key named here says so.
KEYS = {
    "set": ["set_on_revision", "set_in_project", "set_in_article"],
    "speaker": ["speaker_in_project", "speaker_locality"],
    "claim": ["claim_in_project"],
    "relation": ["relation_in_project"],
    "review": ["review_in_project"],
    "mention": ["mention_in_project", "mention_in_set"],
    "quote": ["quote_in_project", "quote_in_set"],
    "occurrence": ["occurrence_in_project", "occurrence_in_set"],
    "evidence": ["evidence_in_project"],
    "article": ["article_in_project"],
    "revision": ["revision_in_article"],
    "publisher": ["publisher_in_project"],
}


def row(ground, kind):
    here, project = ground.here, ground.project
    match kind:
        case "relation":
            other = builders.make_claim(project)
            return ClaimRelation.objects.create(project=project, source=here.claim, target=other, type="entails")
        case "review":
            return ClaimReview.objects.create(project=project, claim=here.claim, url="x:", rating_text="False")
        case "membership":
            return builders.make_member(project, ground.user, "viewer")
        case "token":
            builders.make_token(ground.user)
            return ApiToken.objects.get()
    return getattr(here, kind)


@pytest.mark.parametrize(("rule", "kind", "column", "values"), VOCABULARIES)
def test_vocabulary(ground, rule, kind, column, values):
    one = row(ground, kind)
    for unknown in ("nonsense", "", values.values[0].upper(), f"{values.values[0]} "):
        with breaks(rule):
            change(one, **{column: unknown})
    for known in values.values:
        change(one, **{column: known})


@pytest.mark.parametrize(("rule", "kind", "column", "values"), LISTS)
def test_list_of_a_vocabulary(ground, rule, kind, column, values):
    one = row(ground, kind)
    for unknown in (["nonsense"], [values[0], ""], [*values, "more"]):
        with breaks(rule):
            change(one, **{column: unknown})
    for known in ([values[0]], values, values[::-1]):
        change(one, **{column: known})


def test_token_has_a_scope(ground):
    with breaks("token_scopes_known"):
        change(row(ground, "token"), scopes=[])
    change(ground.here.quote, medium=[])
    change(ground.here.claim, types=[])


@pytest.mark.parametrize(("rule", "kind", "column"), SCORES)
def test_score(ground, rule, kind, column):
    one = row(ground, kind)
    for beyond in (-0.0001, 1.0001, 2, float("inf"), float("-inf"), float("nan")):
        with breaks(rule):
            change(one, **{column: beyond})
    for within in (0, 0.5, 1, None):
        change(one, **{column: within})


@pytest.mark.parametrize(("rule", "kind"), EXTERNAL_IDS)
def test_external_id_is_unique_in_its_set(ground, rule, kind):
    one, other = getattr(ground.here, kind), getattr(builders, f"make_{kind}")(ground.here.set, "Ben")
    change(one, external_id="e1")
    with breaks(rule):
        change(other, external_id="e1")
    change(other, external_id="e2")
    change(getattr(ground.twin, kind), external_id="e1")
    change(one, external_id=None)
    change(other, external_id=None)


@pytest.mark.parametrize(("kind", "keys"), KEYS.items())
def test_keys_that_others_point_at(ground, kind, keys):
    """They hold the id, so that a row of another place can have none of them."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, indisunique, pg_get_indexdef(oid) FROM pg_index JOIN pg_class ON oid = indexrelid"
            " WHERE relname = ANY (%s)",
            [keys],
        )
        found = {name: (unique, text.partition("(")[2]) for name, unique, text in cursor.fetchall()}
    assert set(found) == set(keys)
    assert all(unique and "id" in columns.rstrip(")").split(", ") for unique, columns in found.values())


# Projects


@pytest.mark.parametrize("slug", ["", "A", "a_b", "a--b", "-a", "a-", "a b", "ä", "a\n", "a/b"])
def test_slug_form(db, slug):
    with breaks("project_slug_form"):
        Project.objects.create(slug=slug, name="Home")
    Project.objects.create(slug="2-b-1", name="Home")


def test_slug_membership_and_token_are_unique(ground):
    with breaks("project_slug_unique"):
        builders.make_project("home")
    member = row(ground, "membership")
    with breaks("membership_unique"):
        builders.make_member(ground.project, ground.user, "curator")
    Membership.objects.create(project=ground.abroad.project, user=ground.user, role=member.role)
    token = row(ground, "token")
    with breaks("token_digest_unique"):
        ApiToken.objects.create(user=ground.user, name="copy", digest=token.digest, hint="onr_", scopes=["read"])
    builders.make_token(ground.user)


def test_events_are_only_added(ground):
    event = Event.objects.latest("pk")
    edits: list[dict[str, Any]] = [
        {"comment": "edited"},
        {"seq": 1, "comment": "edited"},
        {"snapshot": {}},
        {"version": 9},
    ]
    for columns in edits:
        with breaks("event_append_only"):
            change(event, **columns)
    with breaks("event_append_only"):
        remove(event)
    change(event, seq=1)
    with breaks("event_append_only"):
        change(event, seq=2)
    with breaks("event_append_only"):
        change(event, seq=None)
    with breaks("event_append_only"):
        empty("projects_event")
    columns = {"action": "created", "type": "claim", "object_id": event.object_id, "version": 1, "snapshot": {}}
    with breaks("event_seq"):
        Event.objects.create(project_id=event.project_id, seq=1, **columns)


# Identities


@pytest.mark.parametrize("qid", ["", "Q", "Q0", "Q01", "q42", "42", "Q42 ", "Q42\n", " Q42", "L42"])
def test_wikidata_id_form(ground, qid):
    with breaks("speaker_qid_form"):
        change(ground.here.speaker, wikidata_qid=qid)
    change(ground.here.speaker, wikidata_qid="Q42")


def test_wikidata_id_is_unique_among_unmerged_speakers(ground):
    one, other, third = (builders.make_speaker(ground.project, name) for name in ("Ada", "A. Stern", "Stern"))
    change(one, wikidata_qid="Q42")
    with breaks("speaker_qid_unique"):
        change(other, wikidata_qid="Q42")
    change(ground.abroad.speaker, wikidata_qid="Q42")
    change(one, merged_into=third)
    change(other, wikidata_qid="Q42")
    with breaks("speaker_qid_unique"):
        change(one, merged_into=None)
    change(other, wikidata_qid=None)
    change(one, merged_into=None)


def test_relation_has_two_ends(ground):
    claim = ground.here.claim
    with breaks("relation_two_ends"):
        ClaimRelation.objects.create(project=ground.project, source=claim, target=claim, type="related")


@pytest.mark.parametrize("kind", choices.RelationType.values)
def test_relation_is_there_once(ground, kind):
    def relate(source, target):
        return ClaimRelation.objects.create(project=ground.project, source=source, target=target, type=kind)

    one, other = ground.here.claim, builders.make_claim(ground.project)
    relate(one, other)
    symmetric = kind in choices.SYMMETRIC
    with breaks("relation_unique"):
        relate(one, other)
    if symmetric:
        with breaks("relation_symmetric_unique"):
            relate(other, one)
    else:
        relate(other, one)
    relate(one, builders.make_claim(ground.project))
    another = "supports" if kind != "supports" else "entails"
    ClaimRelation.objects.create(project=ground.project, source=one, target=other, type=another)


def test_direction_cannot_be_turned_into_a_duplicate(ground):
    one, other = ground.here.claim, builders.make_claim(ground.project)
    make = ClaimRelation.objects.create
    make(project=ground.project, source=one, target=other, type="supports")
    back = make(project=ground.project, source=other, target=one, type="contradicts")
    change(back, type="supports")
    make(project=ground.project, source=one, target=other, type="contradicts")
    with breaks("relation_symmetric_unique"):
        change(back, type="contradicts")


# Sets and what is in them


def test_set_is_known_by_revision_annotator_kind_and_label(ground):
    def another(**columns):
        same = {f.attname: getattr(ground.here.set, f.attname) for f in AnnotationSet._meta.concrete_fields}
        return AnnotationSet.objects.create(**{**same, "id": uuid7(), **columns})

    with breaks("set_identity_unique"):
        another()
    with breaks("set_identity_unique"):
        another(status="closed")
    another(label="second pass")
    another(kind="adjudicated")
    another(annotator_version="2")
    another(annotator_name="someone else", annotator_user=None)
    with breaks("set_identity_unique"):
        another(annotator_name="someone else", annotator_user=None)


def test_mention_is_known_by_its_pieces(ground):
    here = ground.here.set
    builders.make_mention(here, ["Ben", "denied"])
    with breaks("mention_pieces_unique"):
        builders.make_mention(here, "Ada Stern")
    with breaks("mention_pieces_unique"):
        builders.make_mention(here, ["Ben", "denied"])
    builders.make_mention(here, ["Ben", "Okafor denied"])
    builders.make_mention(here, ["Ben", "Okafor", "denied"])
    builders.make_mention(here, "Ben Okafor denied")
    builders.make_mention(ground.twin.set, ["Ben", "denied"])
    text = Quote.objects.get(pk=ground.here.quote.pk)
    builders.make_quote(here, text.exact)


def test_mention_of_title_and_body_are_two(db):
    article = builders.make_article(builders.make_project("home"), "Ada", "Ada")
    annotation_set = builders.make_set(article, builders.make_user("annotator"))
    builders.make_mention(annotation_set, "Ada")
    builders.make_mention(annotation_set, "Ada", part="title")


def test_source_has_a_mention_or_a_speaker(ground):
    here = ground.here
    for columns in ({}, {"affiliation": here.speaker}, {"inherited": True, "speaker": here.speaker}):
        with breaks("source_mention_or_speaker"):
            builders.add_source(here.quote, **columns)
    builders.add_source(here.quote, mention=here.mention)
    builders.add_source(here.quote, mention=here.mention, speaker=here.speaker)
    builders.add_source(here.quote, speaker=here.speaker)


def test_places_in_an_order_are_taken_once(ground):
    here = ground.here
    with breaks("source_position_unique"):
        builders.add_source(here.quote, here.speaker, position=0)
    builders.add_source(here.quote, here.speaker, position=1)
    claimant = here.occurrence.claimants.model
    with breaks("claimant_position_unique"):
        claimant.objects.create(project=ground.project, occurrence=here.occurrence, position=0, is_author=True)
    claimant.objects.create(project=ground.project, occurrence=here.occurrence, position=1, is_author=True)


def test_claimant_is_somebody(ground):
    with breaks("claimant_somebody"):
        change(ground.here.claimant, speaker=None)
    change(ground.here.claimant, is_author=True)
    change(ground.here.claimant, speaker=None)


def test_evidence_rests_on_one_thing(ground):
    here = ground.here
    url = "https://example.org"
    for columns in (
        {},
        {"set": here.set},
        {"set": here.set, "exact": "Ben", "occurrence": here.occurrence},
        {"set": here.set, "exact": "Ben", "url": url},
        {"set": here.set, "occurrence": here.occurrence, "url": url},
        {"set": here.set, "occurrence": here.occurrence, "quote": here.quote},
        {"set": here.set, "url": url},
        {"set": here.set, "quote": here.quote},
        {"set": here.set, "quote": here.quote, "url": url},
        {"occurrence": here.occurrence},
        {"url": url, "quote": here.quote},
        {"url": url, "occurrence": here.occurrence},
    ):
        with breaks("evidence_one_ground"):
            builders.make_evidence(here.claim, **columns)
    builders.make_evidence(here.claim, here.set, "Ben")
    builders.make_evidence(here.claim, here.set, "Ben", quote=here.quote)
    builders.make_evidence(here.claim, here.set, occurrence=here.occurrence)
    builders.make_evidence(here.claim, url=url)


def test_evidence_names_its_place_whole(ground):
    here = ground.here
    for missing in ("article", "revision"):
        with breaks("evidence_set_whole"):
            change(here.evidence, **{missing: None})
    web = builders.make_evidence(here.claim, url="https://example.org")
    for beyond in ({"article": here.article}, {"revision": here.revision}):
        with breaks("evidence_set_whole"):
            change(web, **beyond)
