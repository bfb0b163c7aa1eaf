import re

import numpy as np
import pytest

from ohmloom_analog.chip import AnalogChip
from ohmloom_analog.errors import MappingError, StateError
from ohmloom_analog.spec import ChipSpec, load_spec


def _spec(**parts):
    tiles = [
        {"rows": 4, "columns": 3, "count": 2, "wires": {"r_word": 5.0, "r_bit": 7.0}},
        {"rows": 4, "columns": 3, "wires": {"r_word": 11.0, "r_source": 50.0}},
    ]
    for tile in tiles:
        tile["cell"] = parts.get("cell", {})
    return ChipSpec.parse({"tile": tiles, "adc": {"noise": 1.0}, "dac": {"noise": 1e-3}})


def _levels(spec, seed=0):
    return np.random.default_rng(seed).integers(0, 16, (spec.tiles, spec.rows, spec.lines))


def _run(chip):
    found = []
    for tile in chip.tiles:
        tile.apply([3, 0, 15, 7])
        found.append(tile.convert(range(6))[0].tolist())
    return found


def test_each_tile_has_the_wires_of_its_group():
    spec = _spec()
    chip = AnalogChip.build(spec, _levels(spec), engine="ideal", seed=1)
    assert [tile.crossbar.r_word for tile in chip.tiles] == [5.0, 5.0, 11.0]
    assert [tile.crossbar.r_bit for tile in chip.tiles] == [7.0, 7.0, 0.0]
    assert [tile.crossbar.r_source for tile in chip.tiles] == [0.0, 0.0, 50.0]


def test_seed_decides_everything():
    spec = _spec(cell={"spread": 0.05})
    runs = [
        _run(AnalogChip.build(spec, _levels(spec), engine="nodal", seed=seed)) for seed in (1, 1, 2)
    ]
    assert runs[0] == runs[1]
    assert runs[0] != runs[2]


def test_equal_levels_get_spreads_of_their_own():
    spec = _spec(cell={"spread": 0.05})
    levels = [np.full((spec.rows, spec.lines), 8)] * 3
    chip = AnalogChip.build(spec, levels, engine="ideal", seed=1)
    first, second, _ = (tile.crossbar.conductance for tile in chip.tiles)
    assert not np.array_equal(first, second)


def test_cells_do_not_depend_on_the_engine_nor_on_other_tiles():
    spec = _spec(cell={"spread": 0.05})
    levels = _levels(spec)
    changed = levels.copy()
    changed[0] = 0
    one = AnalogChip.build(spec, levels, engine="ideal", seed=1)
    other = AnalogChip.build(spec, changed, engine="nodal", seed=1)
    for k in (1, 2):
        np.testing.assert_array_equal(
            one.tiles[k].crossbar.conductance, other.tiles[k].crossbar.conductance
        )


def test_counters_are_sums_over_tiles():
    spec = _spec()
    chip = AnalogChip.build(spec, np.zeros_like(_levels(spec)), engine="ideal", seed=1)
    _run(chip)
    assert chip.conversions == 18
    assert chip.clipped == sum(tile.clipped for tile in chip.tiles) > 0


def test_levels_must_be_given_for_every_tile():
    spec = _spec()
    message = "levels must be given for 3 tiles, not 2"
    with pytest.raises(MappingError, match=f"^{re.escape(message)}$"):
        AnalogChip.build(spec, _levels(spec)[:2], engine="ideal", seed=1)


def test_fault_in_the_levels_names_the_tile():
    spec = _spec()
    levels = _levels(spec)
    levels[2, 1, 4] = 16
    message = "level of tile 2, row 1, line 4 must be in [0, 15], not 16"
    with pytest.raises(MappingError, match=f"^{re.escape(message)}$"):
        AnalogChip.build(spec, levels, engine="ideal", seed=1)


def test_nodal_and_ngspice_give_the_same_codes():
    spec = ChipSpec.parse(
        {
            "tile": [
                {
                    "rows": 16,
                    "columns": 8,
                    "cell": {"spread": 0.01},
                    "wires": {"r_word": 1.0, "r_bit": 2.0, "r_source": 50.0, "r_sense": 10.0},
                }
            ],
            "adc": {"bits": 12, "noise": 0.3},
            "dac": {"noise": 1e-4},
            "tia": {"gain_spread": 0.01, "offset_spread": 1e-3, "noise": 1e-4},
        }
    )
    levels = _levels(spec)
    vectors = np.random.default_rng(1).integers(0, 16, (70, 16))
    found = []
    for engine in ("nodal", "ngspice"):
        (tile,) = AnalogChip.build(spec, levels, engine=engine, seed=7).tiles
        codes = []
        for vector in vectors:
            tile.apply(vector)
            codes.append(tile.convert(range(spec.lines))[0])
        found.append(np.array(codes))
    difference = np.abs(found[0] - found[1])
    assert difference.size >= 1000
    assert (difference == 0).mean() >= 0.999
    assert difference.max() <= 1


def _written_spec(**effects):
    plain = load_spec("default").model_dump(mode="json", exclude_none=True)
    plain["tile"][0].update(rows=4, columns=3, count=2, effects=effects)
    return ChipSpec.parse(plain)


@pytest.mark.parametrize("effects", [{"read_noise": 0.02}, {"nonlinear": True}])
def test_read_only_chip_is_read_as_any_other(effects):
    spec = _written_spec(**effects)
    runs = [
        _run(
            AnalogChip.build(spec, _levels(spec), engine="nodal", seed=3, age=1e4, read_only=alone)
        )
        for alone in (False, True)
    ]
    assert runs[0] == runs[1]


def test_read_only_chip_is_neither_written_nor_saved():
    spec = _written_spec()
    chip = AnalogChip.build(spec, _levels(spec), engine="ideal", seed=3, read_only=True)
    assert not any(tile.writable for tile in chip.tiles)
    message = "chip 'default' must know its devices to have a state, not be read only"
    with pytest.raises(StateError, match=f"^{re.escape(message)}$"):
        chip.state()


def test_fresh_cells_that_nothing_writes_are_refused():
    spec = _written_spec()
    message = "fresh cells must be written before they are read, not be read only"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        AnalogChip.build(
            spec, _levels(spec), engine="ideal", seed=3, program="fresh", read_only=True
        )
