"""Unnamed speakers live in one article. Merges end somewhere, and `canonical` is where."""

import pytest

from annotations.models import Claim, QuoteSource, Speaker
from projects.ids import uuid7
from tests import builders
from tests.constraints.ground import breaks, change


def local(place, name="an official"):
    return builders.make_speaker(place.project, name, article=place.article)


def named(place, name="Ben Okafor"):
    return builders.make_speaker(place.project, name)


USES = ["mention", "source", "affiliation of a source", "claimant", "affiliation"]


def use(place, speaker, how):
    """Makes a new row in the place that uses the speaker."""
    match how:
        case "mention":
            return builders.make_mention(place.set, "Ben", speaker=speaker)
        case "source":
            return builders.add_source(place.quote, speaker)
        case "affiliation of a source":
            return builders.add_source(place.quote, place.speaker, affiliation=speaker)
        case "claimant":
            return builders.make_occurrence(place.set, "denied", claimants=[speaker])
    return builders.make_speaker(place.project, "a member", article=place.article, affiliation=speaker)


def test_unnamed_means_of_one_article(ground):
    with breaks("speaker_unnamed_is_local"):
        builders.make_speaker(ground.project, "an official", is_named=False)
    with breaks("speaker_unnamed_is_local"):
        builders.make_speaker(ground.project, "Ada", article=ground.article, is_named=True)
    local(ground.here)
    named(ground.here)


@pytest.mark.parametrize("how", USES)
def test_unnamed_speaker_is_used_at_home(ground, how):
    speaker = local(ground.here)
    with breaks("speaker_local"):
        use(ground.elsewhere, speaker, how)
    use(ground.here, speaker, how)
    use(ground.elsewhere, local(ground.elsewhere), how)


def test_link_is_not_turned_to_an_unnamed_speaker_of_another_article(ground):
    here, foreign, own = ground.here, local(ground.elsewhere), local(ground.here)
    other = local(ground.here)
    for row, link in (
        (here.mention, "speaker"),
        (builders.add_source(here.quote, here.speaker), "speaker"),
        (here.source, "affiliation"),
        (here.claimant, "speaker"),
        (other, "affiliation"),
    ):
        with breaks("speaker_local"):
            change(row, **{link: foreign})
        change(row, **{link: own})


def test_named_speaker_has_no_unnamed_affiliation(ground):
    group = local(ground.here, "the committee")
    with breaks("speaker_local"):
        builders.make_speaker(ground.project, "Ada", affiliation=group)
    builders.make_speaker(ground.project, "a member", article=ground.article, affiliation=group)


def test_unnamed_speaker_does_not_leave_its_affiliation_behind(ground):
    member = builders.make_speaker(
        ground.project, "a member", article=ground.article, affiliation=local(ground.here, "the committee")
    )
    with breaks("speaker_local"):
        change(member, article=ground.elsewhere.article)
    with breaks("speaker_local"):
        change(member, article=None, is_named=True)
    change(member, article=ground.elsewhere.article, affiliation=local(ground.elsewhere))


@pytest.mark.parametrize("how", USES)
def test_speaker_is_not_made_local_while_it_is_used_elsewhere(ground, how):
    speaker = named(ground.here)
    use(ground.elsewhere, speaker, how)
    with breaks("speaker_local"):
        change(speaker, article=ground.article, is_named=False)
    change(speaker, article=ground.elsewhere.article, is_named=False)
    with breaks("speaker_local"):
        change(speaker, article=ground.article)
    change(speaker, article=None, is_named=True)


def test_speaker_is_not_made_local_while_a_named_one_is_merged_into_it(ground):
    end = named(ground.here)
    change(named(ground.here), merged_into=end)
    with breaks("speaker_local"):
        change(end, article=ground.article, is_named=False)
    change(Speaker.objects.get(merged_into=end), merged_into=None)
    change(local(ground.here), merged_into=end)
    change(end, article=ground.article, is_named=False)


def test_source_follows_its_mention(ground):
    here, other = ground.here, named(ground.here)
    own = builders.add_source(here.quote, mention=here.mention, speaker=here.speaker)
    change(here.mention, speaker=other)
    assert QuoteSource.objects.get(pk=here.source.pk).speaker == other
    assert QuoteSource.objects.get(pk=own.pk).speaker == here.speaker
    change(here.mention, speaker=None)
    assert QuoteSource.objects.get(pk=here.source.pk).speaker is None


# Merges


@pytest.fixture(params=["speaker", "claim"])
def chain(ground, request):
    """Makes any number of identities: three speakers, four claims."""

    def make(count):
        if request.param == "claim":
            return [builders.make_claim(ground.project, f"Claim {n}.") for n in range(count)]
        return [builders.make_speaker(ground.project, f"Speaker {n}") for n in range(count)]

    return make


def ends(rows):
    """Where each row's merges end, as its position among the rows."""
    found = dict(type(rows[0]).objects.values_list("pk", "canonical_id"))
    return [[row.pk for row in rows].index(found[row.pk]) for row in rows]


def test_alone_it_is_its_own_end(chain):
    assert ends(chain(2)) == [0, 1]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2), (0, 2, 1), (2, 0, 1)])
def test_end_of_a_chain_whatever_its_order(chain, order):
    rows = chain(4)
    for n in order:
        change(rows[n], merged_into=rows[n + 1])
    assert ends(rows) == [3, 3, 3, 3]


def test_unmerge_in_the_middle(chain):
    rows = chain(5)
    for n in (0, 1, 2, 3):
        change(rows[n], merged_into=rows[n + 1])
    change(rows[2], merged_into=None)
    assert ends(rows) == [2, 2, 2, 4, 4]
    change(rows[2], merged_into=rows[4])
    assert ends(rows) == [4, 4, 4, 4, 4]
    change(rows[1], merged_into=rows[3])
    change(rows[2], merged_into=None)
    assert ends(rows) == [4, 4, 2, 4, 4]


def test_tree_turns_with_its_root(chain):
    rows = chain(5)
    for n in (0, 1):
        change(rows[n], merged_into=rows[2])
    change(rows[3], merged_into=rows[4])
    change(rows[2], merged_into=rows[3])
    assert ends(rows) == [4, 4, 4, 4, 4]
    change(rows[2], merged_into=None)
    assert ends(rows) == [2, 2, 2, 4, 4]


def test_no_merge_closes_a_circle(chain):
    rows = chain(3)
    with breaks("merge_no_cycle"):
        change(rows[0], merged_into=rows[0])
    change(rows[0], merged_into=rows[1])
    with breaks("merge_no_cycle"):
        change(rows[1], merged_into=rows[0])
    change(rows[1], merged_into=rows[2])
    with breaks("merge_no_cycle"):
        change(rows[2], merged_into=rows[0])
    assert ends(rows) == [2, 2, 2]


def test_canonical_is_not_written_by_hand(chain):
    rows = chain(3)
    change(rows[0], merged_into=rows[1])
    change(rows[0], canonical=rows[2])
    change(rows[1], canonical=rows[2])
    assert ends(rows) == [1, 1, 2]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2)])
@pytest.mark.parametrize("model", [Speaker, Claim])
def test_merges_of_one_insert(ground, model, order):
    ids = [uuid7() for _ in range(3)]
    text = "name" if model is Speaker else "text"

    def row(n, into):
        return model(id=ids[n], project=ground.project, merged_into_id=into, **{text: f"No. {n}"})

    with breaks("merge_no_cycle"):
        model.objects.bulk_create(row(n, ids[(n + 1) % 3]) for n in order)
    with breaks("merge_no_cycle"):
        model.objects.bulk_create([row(0, ids[0])])
    model.objects.bulk_create(row(n, ids[n + 1] if n < 2 else None) for n in order)
    assert ends([model.objects.get(pk=pk) for pk in ids]) == [2, 2, 2]


def test_merges_of_one_update(chain):
    rows = chain(4)
    with breaks("merge_no_cycle"):
        type(rows[0]).objects.filter(pk__in=[row.pk for row in rows]).update(merged_into=rows[0])
    type(rows[0]).objects.filter(pk__in=[row.pk for row in rows[1:]]).update(merged_into=rows[0])
    assert ends(rows) == [0, 0, 0, 0]


def test_what_may_merge_into_an_unnamed_speaker(ground):
    end = local(ground.here)
    for speaker in (named(ground.here), local(ground.elsewhere)):
        with breaks("merge_locality"):
            change(speaker, merged_into=end)
        change(speaker, merged_into=named(ground.here, "Somebody"))
    change(local(ground.here), merged_into=end)
    change(end, merged_into=named(ground.here, "Somebody else"))


def test_merges_of_one_insert_stay_local(ground):
    pk = uuid7()
    target = Speaker(id=pk, project=ground.project, name="she", is_named=False, article=ground.article)
    with breaks("merge_locality"):
        Speaker.objects.bulk_create([Speaker(project=ground.project, name="Ada", merged_into_id=pk), target])
    own = Speaker(project=ground.project, name="her", is_named=False, article=ground.article, merged_into_id=pk)
    Speaker.objects.bulk_create([own, target])


def test_merged_speaker_does_not_leave_its_article(ground):
    speaker = local(ground.here)
    change(speaker, merged_into=local(ground.here))
    with breaks("merge_locality"):
        change(speaker, article=ground.elsewhere.article)
    with breaks("merge_locality"):
        change(speaker, article=None, is_named=True)
    change(speaker, merged_into=None, article=None, is_named=True)
