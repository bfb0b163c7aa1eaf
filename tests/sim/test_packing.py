"""Numbers packed into integers, and back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ohmloom_sim.packing import packed, unpacked


@given(st.data())
def test_each_number_takes_its_bits_and_comes_back(data):
    width = data.draw(st.integers(1, 40))
    values = data.draw(st.lists(st.integers(0, (1 << width) - 1), min_size=1, max_size=40))
    word = packed(values, width)
    assert word == sum(value << (width * place) for place, value in enumerate(values))
    assert unpacked(word, width, len(values)).tolist() == values


def test_flags_are_packed_as_bits():
    assert packed(np.array([True, False, True, True]), 1) == 0b1101


def test_integer_with_more_than_was_asked_for_is_refused():
    with pytest.raises(OverflowError):
        unpacked(1 << 16, 8, 2)
