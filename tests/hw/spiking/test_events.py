import pytest
from hypothesis import given
from hypothesis import strategies as st

from ohmloom_hw.spiking.events import TICK, Event, EventKind, pack_event, unpack_event


@given(st.integers(0, 16383))
def test_a_spike_is_its_address_below_its_kind(address):
    word = pack_event(Event(kind=EventKind.SPIKE, address=address))
    assert word == 0x4000 | address
    assert unpack_event(word) == Event(kind=EventKind.SPIKE, address=address)


def test_a_tick_is_known():
    assert pack_event(TICK) == 0x8000
    assert unpack_event(0x8000) == TICK


@pytest.mark.parametrize("address", [-1, 16384])
def test_an_address_that_does_not_fit_is_refused(address):
    with pytest.raises(ValueError, match=rf"must be in \[0, 16383\], not {address}"):
        Event(kind=EventKind.SPIKE, address=address)


@pytest.mark.parametrize("word", [0xC000, 0x10000, -1])
def test_words_of_no_event_are_refused(word):
    with pytest.raises(ValueError, match="not"):
        unpack_event(word)
