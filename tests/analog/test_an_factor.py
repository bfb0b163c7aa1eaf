"""Factors of arithmetic codes, against the tables of the design sheets and by brute force."""

import pytest

from ohmloom_analog.an_factor import error_table, shifts, smallest_factor
from ohmloom_analog.errors import SpecError
from ohmloom_analog.spec import ChipSpec

# Least A for which +-2^i differ over n positions.
PUBLISHED = {4: 11, 5: 11, 6: 13, 8: 19, 9: 19, 10: 23, 11: 23, 12: 29, 14: 29, 16: 37, 20: 47}
PUBLISHED |= {21: 47, 24: 53, 26: 53, 32: 67, 48: 101, 64: 131, 128: 263}


@pytest.mark.parametrize(("positions", "factor"), PUBLISHED.items())
def test_smallest_factor_of_so_many_positions_is_the_published_one(positions, factor):
    found = next(a for a in range(3, 600, 2) if error_table(a, range(positions)) is not None)
    assert found == factor


@pytest.mark.parametrize(
    ("bits", "factor", "coded"), [(4, 19, 9), (8, 29, 13), (16, 47, 22), (32, 79, 39)]
)
def test_factor_of_stored_bits_counts_the_bits_that_it_adds(bits, factor, coded):
    top = (1 << bits) - 1
    assert smallest_factor(top) == factor
    assert (top * factor).bit_length() == coded


@pytest.mark.guarantee("G6", "long-words")
@pytest.mark.parametrize("bits", [12, 16, 24, 32, 64, 128])
def test_no_two_errors_of_long_words_are_taken_for_each_other(bits, figure):
    factor = smallest_factor((1 << bits) - 1)
    coded = (((1 << bits) - 1) * factor).bit_length()
    errors = [sign << place for place in range(coded) for sign in (1, -1)]
    # By differences: neither an error nor what tells two of them apart is a codeword.
    assert all(error % factor for error in errors)
    for index, first in enumerate(errors):
        assert all((first - second) % factor for second in errors[:index])
    figure("pairs of errors told apart", len(errors) * (len(errors) - 1) // 2)
    figure("bits of a word", bits, merge="range")


def test_bits_that_come_one_after_the_other_add_positions():
    assert smallest_factor(255, input_slices=8) == 47
    assert shifts(14, cell_bits=1, input_slices=8, input_slice_bits=1) == tuple(range(21))


def test_cells_of_two_bits_leave_every_other_position_out():
    assert shifts(5, cell_bits=2, input_slices=1, input_slice_bits=1) == (0, 2, 4)


TOGETHER = (
    "adc.noise, tia, dac.noise and cell.spread must scatter a code by at most 0.17 LSB together, "
    "not"
)


def _parse(**more):
    plain = {
        "tile": [{"rows": 8, "columns": 4, "cell": {"levels": 2}}],
        "input": {"bits": 4, "slice_bits": 1},
        "adc": {"bits": 4},
        "weight_bits": 3,
        "ecc": {"an": "an"},
    }
    return ChipSpec.parse(plain | more)


def test_weights_take_the_cells_of_their_codewords():
    spec = _parse()
    # Six stored bits and three turns of inputs are nine positions.
    assert spec.weight_factor == 19
    assert spec.weight_slices == (3 * 19).bit_length() == 6


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (
            {"tile": [{"rows": 8, "columns": 4, "cell": {"levels": 8}}]},
            "cell.levels must be at most 4, not 8",
        ),
        (
            {"adc": {"bits": 3}},
            "an ADC step must be one unit current, not 2: adc.bits must be enough for 8 units",
        ),
        (
            {"adc": {"bits": 4, "offset": 9.0}},
            "adc.offset must leave room and be at most 7 codes, not 9",
        ),
        (
            {"adc": {"bits": 4, "offset": 0.5}},
            "adc.offset must be a whole number of codes, not 0.5",
        ),
        (
            {"adc": {"bits": 4, "offset": 1.0}, "encoding": "offset_column"},
            "adc.offset must be 0 for the encoding offset_column, not 1",
        ),
        ({"adc": {"bits": 4, "noise": 0.2}}, "adc.noise must be at most 0.17 LSB, not 0.2"),
        (
            # Eight cells, each off by 0.07 of 40 uS where a level is 39 uS.
            {"tile": [{"rows": 8, "columns": 4, "cell": {"levels": 2, "spread": 0.07}}]},
            f"{TOGETHER} 0.203",
        ),
        (
            {"tia": {"noise": 0.02}},
            f"{TOGETHER} 0.3",
        ),
    ],
)
def test_reads_that_are_not_exact_are_refused(change, reason):
    message = f"^chip: reads must be exact for ecc.an: {reason}$"
    with pytest.raises(SpecError, match=message):
        _parse(**change)
