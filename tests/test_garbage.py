"""The collector rests while bulk work is done, and only then."""

import gc

import pytest

from backend import garbage


def test_it_rests_until_the_last_one_has_left():
    assert gc.isenabled()
    with garbage.put_off():
        with garbage.put_off():
            assert not gc.isenabled()
        assert not gc.isenabled(), "another thread's bulk call is still at work"
    assert gc.isenabled()


def test_it_works_again_after_a_refusal():
    with pytest.raises(ValueError, match="refused"), garbage.put_off():
        raise ValueError("refused")
    assert gc.isenabled()
