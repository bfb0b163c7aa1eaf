import re

import numpy as np
import pytest

from ohmloom_analog.errors import MappingError
from ohmloom_analog.programming import program_tile
from ohmloom_analog.spec import CellSpec, ChipSpec, TileSpec


def _spec(rows=3, columns=2, **cell):
    return ChipSpec(tile=(TileSpec(rows=rows, columns=columns, cell=CellSpec(**cell)),))


def test_levels_are_evenly_spaced_and_the_reference_line_is_last():
    spec = _spec(rows=1, columns=1, g_min=1e-6, g_max=31e-6, levels=16)
    found = program_tile(spec, 0, [[15, 4]], np.random.default_rng(0))
    np.testing.assert_allclose(found, [[31e-6, 9e-6, 1e-6]], rtol=1e-14)


def test_spread_is_that_of_the_cell():
    spec = _spec(rows=256, columns=256, g_min=10e-6, g_max=40e-6, spread=0.01)
    levels = np.random.default_rng(0).integers(0, 16, (spec.rows, spec.lines))
    found = program_tile(spec, 0, levels, np.random.default_rng(1))
    wanted = 10e-6 + 2e-6 * np.hstack([levels, np.zeros((256, 1), dtype=int)])
    deviation = (found - wanted) / 40e-6
    # 5 sigma of the estimates, so that one correct build in a million fails.
    assert deviation.std() == pytest.approx(0.01, rel=5 / np.sqrt(2 * deviation.size))
    assert abs(deviation.mean()) < 5 * 0.01 / np.sqrt(deviation.size)
    assert (np.abs(deviation) < 0.01).mean() == pytest.approx(
        0.682689, abs=5 * np.sqrt(0.6827 * 0.3173 / deviation.size)
    )


def test_conductance_never_falls_below_zero():
    spec = _spec(rows=64, columns=16, g_min=0.0, spread=0.2)
    found = program_tile(
        spec, 0, np.zeros((spec.rows, spec.lines), dtype=int), np.random.default_rng(0)
    )
    assert found.min() == 0
    # Half of a symmetric spread about zero is clipped; 5 sigma of a binomial share.
    assert (found == 0).mean() == pytest.approx(0.5, abs=2.5 / np.sqrt(found.size))


def test_seed_alone_decides_the_spread():
    spec = _spec(spread=0.1)
    levels = np.ones((3, 4), dtype=int)
    one, same, other = (
        program_tile(spec, 0, levels, np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_each_tile_has_its_own_cells():
    tile = {"rows": 1, "columns": 1}
    spec = ChipSpec(
        tile=(
            TileSpec(**tile, cell=CellSpec(g_min=0, g_max=15e-6)),
            TileSpec(**tile, cell=CellSpec(g_min=0, g_max=30e-6)),
        )
    )
    for index, wanted in enumerate((15e-6, 30e-6)):
        found = program_tile(spec, index, [[15, 0]], np.random.default_rng(0))
        np.testing.assert_allclose(found, [[wanted, 0, 0]], rtol=1e-14)


@pytest.mark.parametrize("level", [-1, 16])
def test_level_outside_is_refused_with_its_place(level):
    levels = np.zeros((3, 4), dtype=int)
    levels[2, 1] = level
    message = f"level of tile 0, row 2, line 1 must be in [0, 15], not {level}"
    with pytest.raises(MappingError, match=f"^{re.escape(message)}$"):
        program_tile(_spec(), 0, levels, np.random.default_rng(0))


@pytest.mark.parametrize("shape", [(4, 3), (3, 5), (12,)])
def test_wrong_shape_is_refused(shape):
    message = f"levels of tile 0 must have the shape (3, 4), not {shape}"
    with pytest.raises(MappingError, match=f"^{re.escape(message)}$"):
        program_tile(_spec(), 0, np.zeros(shape, dtype=int), np.random.default_rng(0))


def test_fractional_levels_are_refused():
    with pytest.raises(MappingError, match=r"^levels of tile 0 must be integers, not float64$"):
        program_tile(_spec(), 0, np.zeros((3, 4)), np.random.default_rng(0))
