import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ohmloom_analog.spec import ChipSpec, load_spec
from ohmloom_hw.packing import (
    pack_calibration,
    pack_entries,
    to_signed,
    to_word,
    unpack_entries,
)


def chip(bits=8, signed=False, rows=4, columns=3, count=2):
    return ChipSpec.parse(
        {
            "tile": [{"rows": rows, "columns": columns, "count": count}],
            "input": {"bits": bits, "slice_bits": 1, "signed": signed},
        }
    )


def test_entries_fill_words_from_the_low_bits():
    assert pack_entries(chip(), [1, 2, 3, 4, 255]) == [0x04030201, 0xFF]
    assert pack_entries(chip(bits=8, signed=True), [-1, 255, -255]) == [0x00FFFFFF, 0xFF01]
    assert pack_entries(chip(bits=7, signed=True), [-1, 127, -127, 0]) == [0x00817FFF]


@given(bits=st.integers(1, 12), signed=st.booleans(), rest=st.data())
def test_entries_come_back_from_their_words(bits, signed, rest):
    spec = chip(bits=bits, signed=signed)
    low = -spec.input.maximum if signed else 0
    values = rest.draw(st.lists(st.integers(low, spec.input.maximum), max_size=9))
    found = unpack_entries(spec, pack_entries(spec, values))
    assert found[: len(values)] == values
    assert set(found[len(values) :]) <= {0}


@pytest.mark.parametrize(
    ("signed", "value", "low"), [(False, -1, 0), (False, 256, 0), (True, -256, -255)]
)
def test_input_out_of_range_is_refused(signed, value, low):
    message = f"input must be in [{low}, 255], not {value}"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        pack_entries(chip(signed=signed), [0, value])


@given(value=st.integers(-(2**19), 2**19 - 1))
def test_signed_numbers_come_back_from_their_words(value):
    word = to_word(value, 20, "bias")
    assert word == int.from_bytes(value.to_bytes(4, "little", signed=True), "little")
    assert to_signed(word, 20) == to_signed(word, 32) == value


@pytest.mark.parametrize("value", [-9, 8])
def test_signed_number_that_does_not_fit_is_refused(value):
    message = f"bias must be in [-8, 7], not {value}"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        to_word(value, 4, "bias")


def test_calibration_is_offset_and_gain_of_each_column():
    spec = chip(count=1)
    assert pack_calibration(spec, [[0, -1, 5]], [[1.0, 0.5, 3.99999]]) == [
        0,
        0x4000,
        0xFFFFFFFF,
        0x2000,
        5,
        0xFFFF,
    ]


@pytest.mark.parametrize("gain", [-0.001, 4.0, float("nan"), float("inf")])
def test_gain_out_of_range_is_refused(gain):
    message = f"gain must be in [0, 4), not {gain!r}"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        pack_calibration(chip(count=1), [[0, 0, 0]], [[1.0, gain, 1.0]])


def test_calibration_of_a_wrong_shape_is_refused():
    message = "gains must have shape (2, 3), not (2, 2, 3)"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        pack_calibration(chip(), [[0] * 3] * 2, [[1.0] * 3, [1.0] * 2])


def test_gains_of_a_chip_with_an_arithmetic_code_are_refused():
    spec = load_spec("exact")
    offsets = [[0] * spec.columns] * spec.tiles
    ones = [[1.0] * spec.columns] * spec.tiles
    assert pack_calibration(spec, offsets, ones)
    gains = [*ones[1:], [1.5] * spec.columns]
    message = "^gains must be 1 on a chip with ecc.an, whose sums are whole$"
    with pytest.raises(ValueError, match=message):
        pack_calibration(spec, offsets, gains)
