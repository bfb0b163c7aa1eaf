import re
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ohmloom_analog.codes import Requantiser, cell_codes, input_slices, line_roles
from ohmloom_analog.spec import ChipSpec


def _chip(**data):
    tile = {"rows": 4, "columns": 3, "cell": {"levels": data.pop("levels", 16)}}
    return ChipSpec.parse({"tile": [tile], **data})


@st.composite
def _chips(draw):
    bits = draw(st.integers(1, 12))
    data = {
        "levels": 2 ** draw(st.integers(1, 6)),
        "encoding": draw(st.sampled_from(["diff_pair", "offset_column"])),
        "weight_bits": draw(st.integers(2, 9)),
        "input": {
            "bits": bits,
            "slice_bits": draw(st.integers(1, bits)),
            "signed": draw(st.booleans()),
        },
        "adc": {"bits": draw(st.integers(1, 8))},
    }
    try:
        return _chip(**data)
    except ValueError:
        assume(False)


def _described(chip, position):
    # What the docstrings of the roles say, written out for one line, without the code's loops.
    pair = 2 if chip.encoding == "diff_pair" else 1
    inside = position % (chip.weight_slices * pair)
    return position // (chip.weight_slices * pair), inside // pair, pair == 2 and inside % 2 == 1


@pytest.mark.guarantee("G2", "identity")
@given(chip=_chips(), data=st.data())
def test_cells_and_roles_put_the_weight_together_again(chip, data):
    weight = data.draw(st.integers(*chip.weight_range))
    cells = cell_codes(chip, weight)
    roles = line_roles(chip)[: len(cells)]
    assert len(cells) == chip.lines_per_column
    assert all(0 <= cell < 2**chip.cell_bits for cell in cells)
    total = Fraction(0)
    for cell, role in zip(cells, roles, strict=True):
        assert role.column == 0
        share = Fraction(cell * 2**role.shift, 2**chip.adc_shift)
        total += -share if role.negative else share
    assert total - chip.weight_offset == weight


@given(chip=_chips())
def test_roles_name_column_slice_and_sign(chip):
    roles = line_roles(chip)
    assert len(roles) == chip.lines
    for position, role in enumerate(roles):
        column, piece, negative = _described(chip, position)
        assert (role.column, role.negative) == (column, negative)
        assert role.shift == chip.adc_shift + piece * chip.cell_bits


@given(chip=_chips(), data=st.data())
def test_only_one_side_of_a_pair_is_used(chip, data):
    assume(chip.encoding == "diff_pair")
    weight = data.draw(st.integers(*chip.weight_range))
    cells = cell_codes(chip, weight)
    assert not any(cells[0::2]) or not any(cells[1::2])


@given(chip=_chips())
def test_weight_range_is_all_that_fits_the_bits(chip):
    low, high = chip.weight_range
    half = 2 ** (chip.weight_bits - 1)
    assert (low, high) == ((1 - half if chip.encoding == "diff_pair" else -half), half - 1)


@pytest.mark.parametrize(
    ("encoding", "weight", "low"), [("diff_pair", -16, -15), ("offset_column", 16, -16)]
)
def test_weight_out_of_range_is_refused(encoding, weight, low):
    message = f"weight must be in [{low}, 15], not {weight}"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        cell_codes(_chip(encoding=encoding, weight_bits=5), weight)


@pytest.mark.guarantee("G2", "identity")
@given(chip=_chips(), data=st.data())
def test_slices_put_the_magnitude_together_again(chip, data):
    most = 2**chip.input.bits - 1
    value = data.draw(st.integers(-most if chip.input.signed else 0, most))
    slices = input_slices(chip, value)
    assert len(slices) == -(-chip.input.bits // chip.input.slice_bits)
    assert all(0 <= piece < 2**chip.input.slice_bits for piece in slices)
    places = (piece * 2 ** (chip.input.slice_bits * k) for k, piece in enumerate(slices))
    assert sum(places) == abs(value)


@given(st.integers(-(2**40), 2**40), st.integers(0, 65535), st.integers(0, 63))
def test_requantiser_rounds_the_exact_product(value, multiplier, shift):
    exact = Fraction(value * multiplier, 2**shift)
    found = Requantiser(multiplier=multiplier, shift=shift).apply(value)
    # The nearest integer; where two are as near, the higher.
    assert -Fraction(1, 2) < found - exact <= Fraction(1, 2)


@given(st.floats(2.0**-48, 2.0**15))
def test_requantiser_is_near_its_scale(scale):
    made = Requantiser.of(scale)
    error = abs(Fraction(made.multiplier, 2**made.shift) / Fraction(scale) - 1)
    assert error <= Fraction(1, 2**15)


@pytest.mark.parametrize(
    ("multiplier", "shift", "message"),
    [
        (65536, 0, "multiplier must be in [0, 65535], not 65536"),
        (-1, 0, "multiplier must be in [0, 65535], not -1"),
        (1, 64, "shift must be in [0, 63], not 64"),
        (1, -1, "shift must be in [0, 63], not -1"),
    ],
)
def test_requantiser_outside_its_registers_is_refused(multiplier, shift, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Requantiser(multiplier=multiplier, shift=shift)


@pytest.mark.parametrize("scale", [0.0, -1.0, 2.0**-49, 40000.0, float("nan"), float("inf")])
def test_scale_out_of_range_is_refused(scale):
    message = f"scale must be in [2^-48, 2^15], not {scale!r}"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Requantiser.of(scale)
