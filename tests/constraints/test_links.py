"""Composite keys: no link crosses a set, an article or a project, and what is in use is not deleted."""

import pytest
from django.db import connection

from annotations.models import (
    Claim,
    Claimant,
    ClaimRelation,
    ClaimReview,
    Mention,
    QuoteSource,
    SetParent,
    Speaker,
)
from articles.models import Article, Capture, Chunk, Publisher, Revision
from projects.ids import uuid7
from tests import builders
from tests.constraints.ground import breaks, change, make_article, remove

# rule, row, link, what it may not point at
WITHIN_A_SET = [
    ("quote_parent_fk", "quote", "parent", "quote"),
    ("source_mention_fk", "source", "mention", "mention"),
    ("occurrence_quote_fk", "occurrence", "quote", "quote"),
    ("evidence_quote_fk", "evidence", "quote", "quote"),
    ("evidence_occurrence_fk", "on_occurrence", "occurrence", "occurrence"),
]
WITHIN_A_PROJECT = [
    ("mention_speaker_fk", "mention", "speaker", "speaker"),
    ("source_speaker_fk", "implicit", "speaker", "speaker"),
    ("source_affiliation_fk", "source", "affiliation", "speaker"),
    ("claimant_speaker_fk", "claimant", "speaker", "speaker"),
    ("speaker_affiliation_fk", "speaker", "affiliation", "speaker"),
    ("speaker_merged_into_fk", "speaker", "merged_into", "speaker"),
    ("claim_merged_into_fk", "claim", "merged_into", "claim"),
    ("occurrence_claim_fk", "occurrence", "claim", "claim"),
    ("evidence_claim_fk", "evidence", "claim", "claim"),
    ("relation_source_fk", "relation", "source", "claim"),
    ("relation_target_fk", "relation", "target", "claim"),
    ("review_claim_fk", "review", "claim", "claim"),
    ("article_publisher_fk", "article", "publisher", "publisher"),
    ("article_republisher_fk", "article", "republisher", "publisher"),
]
DERIVED = [
    ("mention_derived_from_fk", "mention"),
    ("quote_derived_from_fk", "quote"),
    ("occurrence_derived_from_fk", "occurrence"),
]
IN_A_SET = [
    ("mention_set_fk", "mention"),
    ("quote_set_fk", "quote"),
    ("occurrence_set_fk", "occurrence"),
    ("evidence_set_fk", "evidence"),
]


@pytest.fixture
def rows(ground):
    """A row of each kind that has links."""
    here = ground.here
    return {
        **{kind: getattr(here, kind) for kind in ("mention", "quote", "source", "occurrence", "evidence", "claimant")},
        **{kind: getattr(here, kind) for kind in ("speaker", "claim", "article")},
        "implicit": builders.add_source(here.quote, here.speaker),
        "on_occurrence": builders.make_evidence(here.claim, here.set, occurrence=here.occurrence),
        "relation": ClaimRelation.objects.create(
            project=ground.project, source=here.claim, target=builders.make_claim(ground.project), type="entails"
        ),
        "review": ClaimReview.objects.create(
            project=ground.project, claim=here.claim, url="https://example.org", rating_text="False"
        ),
    }


def fresh(kind, annotation_set):
    """An object that nothing refers to yet, in the project and where it applies in the set."""
    project = annotation_set.project
    match kind:
        case "speaker":
            return builders.make_speaker(project, "Ben Okafor")
        case "claim":
            return builders.make_claim(project, "Taxes rise.")
        case "publisher":
            return Publisher.objects.create(project=project, name="The Post")
        case "quote":
            return builders.make_quote(annotation_set, "denied it")
        case "mention":
            return builders.make_mention(annotation_set, "Ben Okafor")
    return builders.make_occurrence(annotation_set, "denied it")


@pytest.mark.parametrize(("rule", "kind", "link", "target"), WITHIN_A_SET + WITHIN_A_PROJECT)
def test_link_stays_at_home(ground, rows, rule, kind, link, target):
    row, away = rows[kind], "twin" if (rule, kind, link, target) in WITHIN_A_SET else "abroad"
    foreign = fresh(target, getattr(ground, away).set)
    with breaks(rule):
        change(row, **{link: foreign.pk})
    with breaks(rule):
        change(row, **{link: uuid7()})
    change(row, **{link: fresh(target, ground.here.set).pk})


@pytest.mark.parametrize(("rule", "kind", "link", "target"), WITHIN_A_SET + WITHIN_A_PROJECT)
def test_what_is_in_use_is_not_deleted(ground, rows, rule, kind, link, target):
    row, used = rows[kind], fresh(target, ground.here.set)
    before = getattr(row, f"{link}_id")
    change(row, **{link: used.pk})
    with breaks(rule):
        remove(used)
    change(row, **{link: before})
    remove(used)


@pytest.mark.parametrize(("rule", "kind"), DERIVED)
def test_origin_may_be_in_any_set_of_the_project(ground, rows, rule, kind):
    with breaks(rule):
        change(rows[kind], derived_from=getattr(ground.abroad, kind))
    change(rows[kind], derived_from=getattr(ground.elsewhere, kind))


@pytest.mark.parametrize(("rule", "kind"), DERIVED)
def test_origin_that_goes_leaves_null(ground, rows, rule, kind):
    origin = fresh(kind, ground.elsewhere.set)
    change(rows[kind], derived_from=origin, note="kept")
    remove(origin)
    rows[kind].refresh_from_db()
    assert (rows[kind].derived_from_id, rows[kind].note, rows[kind].project) == (None, "kept", ground.project)


@pytest.mark.parametrize(("rule", "kind"), IN_A_SET)
def test_annotation_is_in_a_set_on_its_revision(ground, rule, kind):
    row, elsewhere = lonely(kind, ground.here), ground.elsewhere
    later = builders.make_set(ground.article, ground.user, label="later")
    change(later, revision=ground.revise())
    for foreign in (later.pk, elsewhere.set.pk, uuid7()):
        with breaks(rule):
            change(row, set=foreign)
    change(row, set=ground.twin.set)


@pytest.mark.parametrize("kind", ["mention", "quote", "occurrence", "evidence"])
def test_annotation_stays_on_its_revision(ground, kind):
    row, elsewhere = lonely(kind, ground.here), ground.elsewhere
    later = builders.make_set(ground.article, ground.user, label="later")
    change(later, revision=ground.revise())
    with breaks("annotation_stays"):
        change(row, set=later, revision=ground.article.head)
    with breaks("annotation_stays"):
        change(row, set=elsewhere.set, revision=elsewhere.revision, article=elsewhere.article)
    change(row, set=row.set_id, revision=row.revision_id, article=row.article_id)


def lonely(kind, place):
    """An annotation that no other refers to, and that refers to none."""
    if kind == "evidence":
        return builders.make_evidence(place.claim, place.set, "denied")
    return getattr(builders, f"make_{kind}")(place.set, "Ben")


@pytest.mark.parametrize(("rule", "kind"), IN_A_SET)
def test_set_with_annotations_is_not_deleted(ground, rule, kind):
    annotation_set = builders.make_set(ground.article, ground.user, label="one")
    row = fresh(kind, annotation_set) if kind != "evidence" else None
    row = row or builders.make_evidence(ground.here.claim, annotation_set, "denied it")
    with breaks(rule):
        remove(annotation_set)
    later = ground.revise()
    with breaks(rule):
        change(annotation_set, revision=later)
    remove(row)
    remove(annotation_set)


def test_annotation_goes_to_no_other_project(ground):
    """Whichever of its keys is asked first."""
    abroad = ground.abroad
    with breaks("mention_set_fk"):
        change(lonely("mention", ground.here), project=abroad.project)
    with breaks("occurrence_set_fk"):
        change(lonely("occurrence", ground.here), project=abroad.project)


def test_set_is_on_a_revision_of_its_article(ground):
    annotation_set = builders.make_set(ground.article, ground.user, label="empty")
    with breaks("set_revision_fk"):
        change(annotation_set, revision=ground.elsewhere.revision)
    with breaks("set_revision_fk"):
        change(annotation_set, project=ground.abroad.project)
    with breaks("set_revision_fk"):
        change(annotation_set, article=ground.elsewhere.article)
    change(annotation_set, revision=ground.revise())


def test_article_with_annotations_is_not_deleted(ground):
    with breaks("set_revision_fk"):
        remove(ground.article.head)
    article = make_article(ground.project)
    remove(article.head)
    remove(article)
    connection.check_constraints()
    assert not Chunk.objects.filter(revision=article.head_id).exists()


def test_article_and_its_revisions_hold_each_other(ground):
    article = make_article(ground.project)
    with breaks("revision_article_fk"):
        remove(article)
    with breaks("article_head_fk"):
        remove(article.head)
    with breaks("article_head_fk"):
        change(article, head=ground.article.head_id)
    with breaks("revision_article_fk"):
        copy = Revision(**{f.attname: getattr(article.head, f.attname) for f in Revision._meta.concrete_fields})
        copy.id, copy.number, copy.article_id = uuid7(), 2, ground.abroad.article.pk
        copy.save(force_insert=True)
    with breaks("article_head_fk"):
        Article.objects.create(project=ground.project, head_id=uuid7())


def test_capture_goes_with_its_article(ground):
    article = make_article(ground.project, capture="<p>…")
    with breaks("capture_article_fk"):
        change(Capture.objects.get(pk=article.pk), project=ground.abroad.project)
    with breaks("capture_article_fk"):
        Capture.objects.create(article_id=uuid7(), project=ground.project, text="", sha256="")
    remove(article.head)
    remove(article)
    assert not Capture.objects.filter(pk=article.pk).exists()


@pytest.mark.parametrize(
    ("rule", "make"),
    [
        ("publisher_project_fk", lambda project: Publisher.objects.create(project_id=project, name="The Post")),
        ("article_project_fk", lambda project: Article.objects.create(project_id=project, head_id=uuid7())),
        ("speaker_project_fk", lambda project: Speaker.objects.create(project_id=project, name="Ada")),
        ("claim_project_fk", lambda project: Claim.objects.create(project_id=project, text="So it is.")),
    ],
)
def test_project_is_there(ground, rule, make):
    with breaks(rule):
        make(uuid7())
    if rule != "article_project_fk":  # an article needs more than its project
        make(ground.project.pk)


def test_project_with_contents_is_not_deleted(ground):
    project = builders.make_project("empty")
    speaker = builders.make_speaker(project)
    with breaks("speaker_project_fk"):
        remove(project)
    remove(speaker)
    remove(project)


def test_unnamed_speaker_is_of_an_article_of_its_project(ground):
    with breaks("speaker_article_fk"):
        builders.make_speaker(ground.project, "she", article=ground.abroad.article)
    article = make_article(ground.project)
    speaker = builders.make_speaker(ground.project, "she", article=article)
    remove(article.head)
    with breaks("speaker_article_fk"):
        remove(article)
    remove(speaker)
    remove(article)


def test_source_is_in_the_set_of_its_quote(ground):
    with breaks("source_quote_fk"):
        change(builders.add_source(ground.here.quote, ground.here.speaker), set=ground.twin.set)
    with breaks("source_quote_fk"):
        change(builders.add_source(ground.here.quote, ground.here.speaker), quote=ground.twin.quote)
    builders.add_source(ground.twin.quote, ground.here.speaker)
    with breaks("source_quote_fk"):
        change(ground.here.quote, set=ground.twin.set, parent=None)


def test_claimant_is_in_the_project_of_its_occurrence(ground):
    with breaks("claimant_occurrence_fk"):
        change(ground.here.claimant, occurrence=ground.abroad.occurrence, position=1)
    with breaks("claimant_occurrence_fk"):
        change(ground.here.claimant, occurrence=uuid7())
    change(ground.here.claimant, occurrence=ground.elsewhere.occurrence, position=1)


def test_parents_of_a_set_are_on_its_article(ground):
    here, twin, elsewhere = (place.set for place in (ground.here, ground.twin, ground.elsewhere))
    with breaks("set_parent_parent_fk"):
        SetParent.objects.create(set=here, article=ground.article, parent=elsewhere, position=0)
    with breaks("set_parent_set_fk"):
        SetParent.objects.create(set=here, article=elsewhere.article, parent=elsewhere, position=0)
    with breaks("set_parent_not_itself"):
        SetParent.objects.create(set=here, article=ground.article, parent=here, position=0)
    SetParent.objects.create(set=here, article=ground.article, parent=twin, position=0)
    with breaks("set_parent_once"):
        SetParent.objects.create(set=here, article=ground.article, parent=twin, position=1)


@pytest.mark.parametrize("going", ["child", "parent"])
def test_set_takes_its_parentage_with_it(ground, going):
    sets = {label: builders.make_set(ground.article, ground.user, label=label) for label in ("child", "parent")}
    SetParent.objects.create(set=sets["child"], article=ground.article, parent=sets["parent"], position=0)
    remove(sets.pop(going))
    assert not SetParent.objects.exists()
    (left,) = sets.values()
    assert type(left).objects.filter(pk=left.pk).exists()


def test_quote_takes_its_sources_with_it_and_no_mention(ground):
    quote = builders.make_quote(ground.here.set, "denied it", sources=[ground.here.mention, ground.here.speaker])
    remove(quote)
    assert QuoteSource.objects.filter(quote=quote.pk).count() == 0
    assert Mention.objects.filter(pk=ground.here.mention.pk).exists()
    assert Speaker.objects.filter(pk=ground.here.speaker.pk).exists()


def test_occurrence_takes_its_claimants_with_it(ground):
    occurrence = builders.make_occurrence(ground.here.set, "denied it", claimants=[ground.here.speaker, None])
    remove(occurrence)
    assert Claimant.objects.filter(occurrence=occurrence.pk).count() == 0


def test_evidence_without_a_set_is_in_the_project_of_its_claim(ground):
    evidence = builders.make_evidence(ground.here.claim, url="https://example.org")
    with breaks("evidence_claim_fk"):
        change(evidence, project=ground.abroad.project)
    with breaks("evidence_claim_fk"):
        change(evidence, claim=ground.abroad.claim)
