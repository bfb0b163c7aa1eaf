from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ohmloom_analog.absorption import CellGroup, absorb
from ohmloom_analog.codes import cell_codes
from ohmloom_analog.spec import ChipSpec

CHIPS = {
    "pair": {"weight_bits": 5},
    "pair of two slices": {"weight_bits": 5, "levels": 4},
    "pair of three slices": {"weight_bits": 4, "levels": 2},
    "offset of two slices": {"weight_bits": 4, "levels": 4, "encoding": "offset_column"},
    "offset of four slices": {"weight_bits": 4, "levels": 2, "encoding": "offset_column"},
}


def chip(name: str) -> ChipSpec:
    plain = dict(CHIPS[name])
    cell = {"levels": plain.pop("levels", 16)}
    return ChipSpec.parse({"tile": [{"rows": 2, "columns": 2, "cell": cell}], **plain})


def value(spec: ChipSpec, levels: tuple[int, ...]) -> int:
    """The stored weight, from the definition of the encodings."""
    base = spec.tile[0].cell.levels
    if spec.encoding == "diff_pair":
        pairs = zip(levels[::2], levels[1::2], strict=True)
        return sum(base**place * (plus - minus) for place, (plus, minus) in enumerate(pairs))
    return sum(base**place * level for place, level in enumerate(levels))


@pytest.mark.parametrize("name", CHIPS)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_choice_of_levels_is_nearer(name, data):
    spec = chip(name)
    low, high = spec.weight_range
    wanted = cell_codes(spec, data.draw(st.integers(low, high)))
    level = st.integers(0, spec.tile[0].cell.levels - 1)
    held = tuple(data.draw(st.one_of(st.none(), level)) for _ in wanted)
    found = absorb(CellGroup.of(spec), wanted, held)
    every = product(
        *(range(spec.tile[0].cell.levels) if fixed is None else (fixed,) for fixed in held)
    )
    least = min(abs(value(spec, levels) - value(spec, wanted)) for levels in every)
    assert all(fixed in (None, level) for fixed, level in zip(held, found.levels, strict=True))
    assert value(spec, found.levels) - value(spec, wanted) == found.error
    assert abs(found.error) == least


@pytest.mark.parametrize("name", CHIPS)
def test_without_a_fault_levels_stay_as_they_are(name):
    spec = chip(name)
    low, high = spec.weight_range
    for weight in range(low, high + 1):
        wanted = cell_codes(spec, weight)
        found = absorb(CellGroup.of(spec), wanted, (None,) * len(wanted))
        assert (found.levels, found.error) == (wanted, 0)


@pytest.mark.parametrize(
    ("weight", "held", "levels", "error"),
    [
        (3, (15, None), (15, 12), 0),
        (-3, (15, None), (15, 15), 3),
        (-3, (0, None), (0, 3), 0),
        (3, (0, None), (0, 0), -3),
        (-4, (None, 15), (11, 15), 0),
        (0, (None, 15), (15, 15), 0),
    ],
)
def test_the_partner_takes_what_the_stuck_cell_holds_less_the_weight(weight, held, levels, error):
    spec = chip("pair")
    found = absorb(CellGroup.of(spec), cell_codes(spec, weight), held)
    assert (found.levels, found.error) == (levels, error)
