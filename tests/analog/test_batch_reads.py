import re

import numpy as np
import pytest

from ohmloom_analog.chip import AnalogChip
from ohmloom_analog.read_order import ReadOrder
from ohmloom_analog.spec import ChipSpec

NOISY = {
    "dac": {"noise": 1e-3, "inl": 0.2, "offset": 1e-3},
    "tia": {"noise": 2e-3, "gain_spread": 0.02, "offset_spread": 0.01},
    "adc": {"bits": 8, "noise": 0.4, "inl": 0.3, "columns_per_adc": 3},
}
EFFECTS = {
    "none": {},
    "white": {"read_noise": 0.02},
    "flicker and shot": {"flicker": {"q": 0.02}, "shot": True},
    "traps": {"telegraph": {"fraction": 0.5, "amplitude": 0.1}},
    "thermal and shot": {"johnson": True, "shot": True, "bandwidth": 1e12},
}


def _chip(engine="nodal", effects=None, **parts):
    tile = {
        "rows": 5,
        "columns": 4,
        "cell": {"g_min": 1e-6, "g_max": 4e-5, "levels": 16, "spread": 0.05},
        "wires": {"r_word": 3.0, "r_bit": 2.0, "r_source": 40.0, "r_sense": 5.0},
        "effects": effects or {},
    }
    data = {"tile": [tile], "input": {"bits": 4, "slice_bits": 4}, **parts}
    spec = ChipSpec.parse(data)
    levels = np.random.default_rng(7).integers(0, 16, (spec.rows, spec.lines))
    return AnalogChip.build(spec, [levels], engine=engine, seed=3)


def _one_by_one(tile, codes, order):
    """Return what single reads give, in the order in which a chip makes them."""
    found = np.zeros((len(codes), order.reads, len(order.lines)), dtype=np.int64)
    clipped = np.zeros(found.shape, dtype=bool)
    for place, driven in enumerate(codes):
        tile.apply(driven)
        first = 0
        for lines in order.rounds:
            for read in range(order.reads):
                there = slice(first, first + len(lines))
                found[place, read, there], clipped[place, read, there] = tile.convert(lines)
            first += len(lines)
    return found, clipped


def _rounds(lines, share):
    return [np.arange(first, lines, share) for first in range(share)]


@pytest.mark.parametrize("effects", EFFECTS.values(), ids=EFFECTS)
@pytest.mark.parametrize("reads", [1, 3])
@pytest.mark.parametrize("quiet", ["", "dac", "tia", "adc"])
def test_codes_are_those_of_single_reads(effects, reads, quiet):
    parts = {name: dict(part) for name, part in NOISY.items()}
    if quiet:
        parts[quiet]["noise"] = 0.0
    codes = np.random.default_rng(1).integers(0, 16, (30, 5))
    codes[4] = codes[3]
    order = ReadOrder(rounds=_rounds(8, 3), reads=reads)
    batch, single = (_chip(effects=effects, **parts).tiles[0] for _ in range(2))
    expected, clipped = _one_by_one(single, codes, order)
    found, over_range = batch.read_passes(codes, order)
    assert np.array_equal(found, expected)
    assert np.array_equal(over_range, clipped)
    assert (batch.conversions, batch.clipped) == (single.conversions, single.clipped)
    assert len(np.unique(found)) > 10


def test_batches_and_single_reads_take_turns_at_the_same_streams():
    codes = np.random.default_rng(2).integers(0, 16, (9, 5))
    order = ReadOrder(rounds=_rounds(8, 4)[:2])
    mixed, single = (_chip(effects=EFFECTS["traps"], **NOISY).tiles[0] for _ in range(2))
    expected, _ = _one_by_one(single, codes, order)
    parts = [
        mixed.read_passes(codes[:4], order)[0],
        _one_by_one(mixed, codes[4:6], order)[0],
        mixed.read_passes(codes[6:], order)[0],
    ]
    assert np.array_equal(np.concatenate(parts), expected)


def test_each_setting_of_the_word_lines_is_solved_once():
    asked = []
    chip = _chip(adc={"bits": 8})
    tile = chip.tiles[0]
    engine = tile._engine
    currents = engine.currents
    engine.currents = lambda volts: asked.append(len(volts)) or currents(volts)
    codes = np.array([[1, 2, 3, 4, 5], [5, 4, 3, 2, 1], [1, 2, 3, 4, 5]])
    tile.read_passes(codes, ReadOrder(rounds=[np.arange(8)]))
    assert asked == [2]


def test_wrong_shape_is_refused():
    message = "codes must have the shape (passes, 5), not (2, 4)"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        _chip().tiles[0].read_passes(np.zeros((2, 4), np.int64), ReadOrder(rounds=[np.arange(8)]))


def test_wrong_code_is_refused():
    codes = np.zeros((2, 5), np.int64)
    codes[1, 3] = 16
    message = "codes[1, 3] must be in [0, 15], not 16"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        _chip().tiles[0].read_passes(codes, ReadOrder(rounds=[np.arange(8)]))


def test_engine_that_knows_time_is_refused():
    class Timed:
        name = "slow"
        settling_error = np.zeros(1)

        def load(self, crossbar):
            """Take nothing."""

        def currents(self, voltages):
            raise AssertionError

    tile = _chip().tiles[0]
    tile._engine = Timed()
    message = "an engine that reads many passes at once must know no time, not slow"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        tile.read_passes(np.zeros((1, 5), np.int64), ReadOrder(rounds=[np.arange(8)]))


@pytest.mark.parametrize(("rounds", "reads"), [([], 1), ([np.arange(2)], 0)])
def test_order_without_a_conversion_is_refused(rounds, reads):
    message = f"rounds and reads must be at least 1, not {len(rounds)} rounds of {reads} reads"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        ReadOrder(rounds=rounds, reads=reads)
