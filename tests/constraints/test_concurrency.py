"""Two connections at once: what each may do alone, both together may not."""

from concurrent.futures import ThreadPoolExecutor
from queue import Queue
from time import monotonic, sleep

import pytest
from django.db import connection, transaction

from annotations.models import Quote, Speaker
from tests import builders
from tests.constraints.ground import Ground, broken_rule, change

pytestmark = pytest.mark.django_db(transaction=True)

BLOCKED = "SELECT pg_backend_pid() = ANY (pg_blocking_pids(%s))"


@pytest.fixture
def ground(transactional_db):
    return Ground()


def both(first, second):
    """Does `first`, and `second` on another connection before the first is committed: it has to wait.

    Gives the rule that `second` broke in the end."""
    pids: Queue[int] = Queue()

    def other():
        try:
            with transaction.atomic():
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_backend_pid()")
                    pids.put(cursor.fetchone()[0])
                second()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            first()
            future = pool.submit(other)
            waited = has_to_wait(pids.get(timeout=5), future)
        error = future.exception(timeout=10)
    assert waited, "the second did not wait for the first"
    assert error is None or broken_rule(error), error
    return broken_rule(error)


def has_to_wait(pid, future):
    deadline = monotonic() + 1.5  # less than the lock timeout
    while monotonic() < deadline and not future.done():
        with connection.cursor() as cursor:
            cursor.execute(BLOCKED, [pid])
            if cursor.fetchone()[0]:
                return True
        sleep(0.01)
    return False


def quotes(ground, count, parent=None):
    return [builders.make_quote(ground.here.set, "denied", parent=parent) for _ in range(count)]


def tower(ground, levels):
    parent, found = None, []
    for _ in range(levels):
        (parent,) = quotes(ground, 1, parent)
        found.append(parent)
    return found


def test_two_moves_close_no_circle(ground):
    one, other = quotes(ground, 2)
    assert both(lambda: change(one, parent=other), lambda: change(other, parent=one)) == "quote_no_cycle"
    assert list(Quote.objects.filter(parent__isnull=False)) == [one]


def test_two_moves_far_apart_close_no_circle(ground):
    """Neither touches a row that the other reads or writes, but for the set."""
    (top, middle, bottom), (head, _, tail) = tower(ground, 3), tower(ground, 3)
    assert both(lambda: change(top, parent=tail), lambda: change(head, parent=bottom)) == "quote_no_cycle"
    assert Quote.objects.get(pk=middle.pk).parent == top


def test_insert_under_a_quote_that_is_being_moved_deeper(ground):
    upper, lower = tower(ground, 4), tower(ground, 4)
    move, add = lambda: change(lower[0], parent=upper[-1]), lambda: quotes(ground, 1, parent=lower[-1])
    assert both(move, add) == "quote_depth"


def test_move_deeper_while_another_inserts_below(ground):
    upper, lower = tower(ground, 4), tower(ground, 4)
    move, add = lambda: change(lower[0], parent=upper[-1]), lambda: quotes(ground, 1, parent=lower[-1])
    assert both(add, move) == "quote_depth"


def test_moves_in_two_sets_do_not_meet(ground):
    one, other = quotes(ground, 2)
    third, fourth = (builders.make_quote(ground.twin.set, "denied") for _ in range(2))
    with pytest.raises(AssertionError, match="did not wait"):
        both(lambda: change(one, parent=other), lambda: change(third, parent=fourth))
    assert Quote.objects.filter(parent__isnull=False).count() == 2


def make_local(ground, speaker):
    return lambda: change(speaker, article=ground.article, is_named=False)


def foreign_uses(ground, speaker):
    there = ground.elsewhere
    return {
        "mention": lambda: builders.make_mention(there.set, "Ben", speaker=speaker),
        "source": lambda: builders.add_source(there.quote, speaker),
        "affiliation": lambda: builders.add_source(there.quote, there.speaker, affiliation=speaker),
        "claimant": lambda: builders.make_occurrence(there.set, "Ben", claimants=[speaker]),
        "speaker's affiliation": lambda: builders.make_speaker(ground.project, "Eve", affiliation=speaker),
        "update of a mention": lambda: change(there.mention, speaker=speaker),
    }


USES = ["mention", "source", "affiliation", "claimant", "speaker's affiliation", "update of a mention"]


@pytest.mark.parametrize("how", USES)
def test_speaker_is_made_local_while_another_uses_it_elsewhere(ground, how):
    speaker = builders.make_speaker(ground.project, "Ben")
    use = foreign_uses(ground, speaker)[how]
    assert both(use, make_local(ground, speaker)) == "speaker_local"


@pytest.mark.parametrize("how", USES)
def test_speaker_is_used_elsewhere_while_another_makes_it_local(ground, how):
    speaker = builders.make_speaker(ground.project, "Ben")
    use = foreign_uses(ground, speaker)[how]
    assert both(make_local(ground, speaker), use) == "speaker_local"


def test_named_speaker_is_merged_while_the_other_is_made_local(ground):
    one, other = (builders.make_speaker(ground.project, name) for name in ("Ben", "Okafor"))
    assert both(make_local(ground, other), lambda: change(one, merged_into=other)) == "merge_locality"


def test_speaker_is_made_local_while_a_named_one_is_merged_into_it(ground):
    one, other = (builders.make_speaker(ground.project, name) for name in ("Ben", "Okafor"))
    assert both(lambda: change(one, merged_into=other), make_local(ground, other)) == "speaker_local"


def test_speaker_moves_while_its_merge_s_end_is_made_local(ground):
    one = builders.make_speaker(ground.project, "she", article=ground.article)
    end = builders.make_speaker(ground.project, "Ada")
    change(one, merged_into=end)
    move = lambda: change(one, article=ground.elsewhere.article)  # noqa: E731
    assert both(make_local(ground, end), move) == "merge_locality"
    change(end, article=None, is_named=True)
    assert both(move, make_local(ground, end)) == "speaker_local"


def identities(ground, kind):
    if kind == "claim":
        return [builders.make_claim(ground.project, f"Claim {n}.") for n in range(3)]
    return [builders.make_speaker(ground.project, f"Speaker {n}") for n in range(3)]


@pytest.mark.parametrize("kind", ["speaker", "claim"])
@pytest.mark.parametrize("upper_first", [True, False])
def test_merges_of_two_links_of_a_chain_at_once(ground, kind, upper_first):
    a, b, c = identities(ground, kind)
    merges = [lambda: change(b, merged_into=c), lambda: change(a, merged_into=b)]
    assert both(*(merges if upper_first else merges[::-1])) is None
    assert set(type(a).objects.filter(pk__in=[a.pk, b.pk, c.pk]).values_list("canonical", flat=True)) == {c.pk}


@pytest.mark.parametrize("kind", ["speaker", "claim"])
def test_two_merges_close_no_circle(ground, kind):
    a, b, c = identities(ground, kind)
    assert both(lambda: change(a, merged_into=b), lambda: change(b, merged_into=a)) == "merge_no_cycle"
    change(b, merged_into=c)
    assert both(lambda: change(a, merged_into=None), lambda: change(c, merged_into=a)) is None


@pytest.mark.parametrize("unmerge_first", [True, False])
def test_merge_into_what_is_being_unmerged(ground, unmerge_first):
    a, b, c = identities(ground, "speaker")
    change(b, merged_into=c)
    changes = [lambda: change(b, merged_into=None), lambda: change(a, merged_into=b)]
    assert both(*(changes if unmerge_first else changes[::-1])) is None
    found = dict(Speaker.objects.filter(pk__in=[a.pk, b.pk, c.pk]).values_list("pk", "canonical_id"))
    assert found == {a.pk: b.pk, b.pk: b.pk, c.pk: c.pk}


def test_same_mention_twice_at_once(ground):
    add = lambda: builders.make_mention(ground.here.set, "denied it")  # noqa: E731
    assert both(add, add) == "mention_pieces_unique"


def test_speaker_is_deleted_while_another_comes_to_use_it(ground):
    speaker = builders.make_speaker(ground.project, "Ben")
    use = lambda: builders.make_mention(ground.here.set, "Ben", speaker=speaker)  # noqa: E731
    delete = lambda: Speaker.objects.filter(pk=speaker.pk)._raw_delete("default")  # noqa: E731
    assert both(use, delete) == "mention_speaker_fk"
