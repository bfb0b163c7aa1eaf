import re
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ohmloom_analog.cell_fault import CellFault
from ohmloom_analog.codes import cell_codes
from ohmloom_analog.errors import MappingError
from ohmloom_analog.place_map import PlaceMap
from ohmloom_analog.repair import repair_tile, seen_levels
from ohmloom_analog.spec import ChipSpec


def chip(rows, columns, levels=16, spare_columns=0, spare_rows=0, **more):
    tile = {"rows": rows, "columns": columns, "cell": {"levels": levels}}
    spares = {"spare_columns": spare_columns, "spare_rows": spare_rows}
    return ChipSpec.parse({"tile": [tile], **spares, **more})


PAIR = {"weight_bits": 5}
OFFSET = {"weight_bits": 4, "levels": 4, "encoding": "offset_column"}


def random_levels(spec, rng):
    low, high = spec.weight_range
    weights = np.zeros((spec.rows, spec.columns), dtype=int)
    block = (spec.data_rows, spec.data_columns)
    weights[: block[0], : block[1]] = rng.integers(low, high + 1, block)
    levels = [[code for w in row for code in cell_codes(spec, int(w))] for row in weights]
    return weights, np.array(levels)


def weights_of(spec, levels):
    """Weights of levels, from the definition of the encodings."""
    base, share = spec.tile[0].cell.levels, spec.lines_per_column
    groups = levels.reshape(spec.rows, spec.columns, share)
    if spec.encoding == "diff_pair":
        groups = groups[:, :, ::2] - groups[:, :, 1::2]
    total = groups @ (base ** np.arange(groups.shape[2]))
    return total if spec.encoding == "diff_pair" else total - 2 ** (spec.weight_bits - 1)


def held(spec, levels, faults):
    """What the cells hold after they were written, stuck ones what they can."""
    top = spec.tile[0].cell.levels - 1
    cells = levels.copy()
    cells[(faults[:, :-1] & (1 | 4)) != 0] = 0
    cells[(faults[:, :-1] & (2 | 8)) != 0] = top
    return cells


def random_faults(spec, rng, share):
    kinds = rng.choice([1, 2, 4, 8], (spec.rows, spec.lines + 1))
    faults = np.where(rng.random(kinds.shape) < share, kinds, 0).astype(np.uint8)
    faults[:, -1] = 0
    return faults


@pytest.mark.parametrize("encoding", [PAIR, OFFSET])
@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32), share=st.sampled_from([0.0, 0.05, 0.3, 1.0]))
def test_what_the_datapath_sees_is_what_the_plan_says(encoding, seed, share):
    rng = np.random.default_rng(seed)
    spec = chip(6, 5, spare_columns=1, spare_rows=1, **encoding)
    weights, levels = random_levels(spec, rng)
    faults = random_faults(spec, rng, share)
    plan = repair_tile(spec, levels, faults)
    found = weights_of(spec, seen_levels(spec, plan.place, held(spec, plan.levels, faults)))
    wrong = (found - weights)[: spec.data_rows, : spec.data_columns]
    told = {(r.row, r.column): (r.weight, r.error) for r in plan.residue}
    assert told == {
        (int(r), int(c)): (int(weights[r, c]), int(wrong[r, c])) for r, c in np.argwhere(wrong)
    }
    assert plan.after == abs(wrong).sum() <= plan.before
    assert np.array_equal(plan.locked, faults[:, :-1] != 0)
    assert np.array_equal(held(spec, plan.levels, faults)[plan.locked], plan.levels[plan.locked])
    raw = weights_of(spec, held(spec, levels, faults)) - weights
    assert plan.before == abs(raw[: spec.data_rows, : spec.data_columns]).sum()


def test_without_faults_nothing_changes():
    spec = chip(4, 4, spare_columns=1)
    _, levels = random_levels(spec, np.random.default_rng(1))
    plan = repair_tile(spec, levels, np.zeros((4, 9), dtype=np.uint8))
    assert np.array_equal(plan.levels, levels)
    assert plan.place == PlaceMap.identity(spec)
    assert (plan.measures, plan.residue, plan.before, plan.reference) == ((), (), 0, ())


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32), data=st.data())
def test_as_many_bad_columns_as_spares_leave_nothing_wrong(seed, data):
    spec = chip(5, 6, spare_columns=2)
    bad = data.draw(st.sets(st.integers(0, 5), max_size=2))
    rng = np.random.default_rng(seed)
    weights, levels = random_levels(spec, rng)
    faults = np.zeros((5, 13), dtype=np.uint8)
    for column in bad:
        faults[:, 2 * column : 2 * column + 2] = rng.choice([1, 2], (5, 2))
    plan = repair_tile(spec, levels, faults)
    assert plan.residue == ()
    found = weights_of(spec, seen_levels(spec, plan.place, held(spec, plan.levels, faults)))
    assert np.array_equal(found[:, :4], weights[:, :4])


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32), data=st.data())
def test_as_many_bad_rows_as_spares_leave_nothing_wrong(seed, data):
    spec = chip(6, 4, spare_rows=2)
    bad = data.draw(st.sets(st.integers(0, 5), max_size=2))
    rng = np.random.default_rng(seed)
    weights, levels = random_levels(spec, rng)
    faults = np.zeros((6, 9), dtype=np.uint8)
    for row in bad:
        faults[row, :-1] = rng.choice([1, 2], 8)
        faults[row, -1] = rng.choice([0, 2])
    plan = repair_tile(spec, levels, faults)
    assert (plan.residue, plan.reference) == ((), ())
    found = weights_of(spec, seen_levels(spec, plan.place, held(spec, plan.levels, faults)))
    assert np.array_equal(found[:4], weights[:4])


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_no_order_of_columns_harms_less(seed):
    rng = np.random.default_rng(seed)
    spec = chip(4, 4)
    _, levels = random_levels(spec, rng)
    faults = random_faults(spec, rng, 0.3)
    plan = repair_tile(spec, levels, faults, maps=True)
    least = min(
        repair_tile(
            spec,
            levels.reshape(4, 4, 2)[:, list(order)].reshape(4, 8),
            faults,
            maps=False,
        ).after
        for order in permutations(range(4))
    )
    assert plan.after <= least
    if "rows" not in plan.measures:
        assert plan.after == least


def test_a_cheaper_measure_that_is_enough_is_taken_alone():
    spec = chip(2, 3, spare_columns=1, spare_rows=1)
    weights = np.array([[3, -2, 0], [0, 0, 0]])
    levels = np.array([[code for w in row for code in cell_codes(spec, int(w))] for row in weights])
    faults = np.zeros((2, 7), dtype=np.uint8)

    def measures(line, kind):
        faults[0, :-1] = 0
        faults[0, line] = kind
        return repair_tile(spec, levels, faults).measures

    assert measures(0, CellFault.STUCK_LRS) == ("absorption",)
    assert measures(0, CellFault.STUCK_HRS) == ("absorption", "columns")
    faults[0, 2] = CellFault.STUCK_LRS
    both = faults.copy()
    both[0, 0:4] = [1, 0, 1, 2]
    assert repair_tile(spec, levels, both).measures == ("absorption", "spare columns")
    both[0, :-1] = 1
    assert repair_tile(spec, levels, both).measures == ("absorption", "rows")


def test_a_cell_of_which_nothing_is_known_is_kept_out_of_the_way():
    spec = chip(2, 2, spare_columns=1)
    _, levels = random_levels(spec, np.random.default_rng(2))
    faults = np.zeros((2, 5), dtype=np.uint8)
    faults[0, 0] = CellFault.UP | CellFault.DOWN
    plan = repair_tile(spec, levels, faults)
    assert plan.place.columns == (1, 0)
    assert plan.residue == ()
    alone = repair_tile(spec, levels, faults, maps=False)
    assert [(r.row, r.column, abs(r.error)) for r in alone.residue] == [(0, 0, 15)]


def test_arrays_of_another_chip_are_refused():
    spec = chip(2, 3)
    message = "faults of a tile must have the shape (2, 7), not (2, 6)"
    with pytest.raises(MappingError, match=f"^{re.escape(message)}$"):
        repair_tile(spec, np.zeros((2, 6)), np.zeros((2, 6)))
    message = "levels of a tile must have the shape (2, 6), not (2, 7)"
    with pytest.raises(MappingError, match=f"^{re.escape(message)}$"):
        repair_tile(spec, np.zeros((2, 7)), np.zeros((2, 7)))
