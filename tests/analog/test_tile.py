import re

import numpy as np
import pytest

from ohmloom_analog.engines import make_engine
from ohmloom_analog.errors import BridgeError, EngineError
from ohmloom_analog.spec import ChipSpec
from ohmloom_analog.tile import AnalogTile

LEVELS = np.array([[15, 0, 3, 1], [0, 7, 2, 1], [5, 5, 0, 15]])
STEP = 2e-6


def _spec(**parts):
    tile = {
        "rows": 3,
        "columns": 2,
        "cell": {"g_min": 10e-6, "g_max": 40e-6, "levels": 16},
        "wires": parts.pop("wires", {}),
    }
    data = {"tile": [tile], "input": {"bits": 4, "slice_bits": 4}, "adc": {"bits": 10}, **parts}
    return ChipSpec.parse(data)


def _conductance():
    return 10e-6 + STEP * np.hstack([LEVELS, np.zeros((3, 1))])


class _Counting:
    """The ideal engine, counting, and failing on demand."""

    name = "ideal"

    def __init__(self):
        self.solves = 0
        self.fails = False
        self._inner = make_engine("ideal")
        self.load = self._inner.load
        self.node_voltages = self._inner.node_voltages

    def currents(self, voltages):
        self.solves += 1
        if self.fails:
            raise EngineError("on demand")
        return self._inner.currents(voltages)


def _tile(spec=None, engine=None):
    return AnalogTile(
        spec or _spec(), 0, _conductance(), engine or _Counting(), np.random.default_rng(0)
    )


def test_codes_are_the_integer_products_in_adc_steps():
    # One ADC step is 2^k unit currents: 3 * 15 * 15 = 675 fits 1023 steps with k = 0.
    tile = _tile()
    tile.apply([15, 3, 8])
    codes, over_range = tile.convert([0, 1, 2, 3])
    assert codes.tolist() == (np.array([15, 3, 8]) @ LEVELS).tolist()
    assert not over_range.any()
    assert tile.lsb_current == pytest.approx(0.2 / 15 * STEP, rel=1e-12)


def test_currents_leave_out_those_of_the_lowest_level():
    tile = _tile()
    tile.apply([15, 0, 15])
    wanted = 0.2 * STEP * (LEVELS[0] + LEVELS[2])
    np.testing.assert_allclose(tile.currents, wanted, rtol=1e-12)
    np.testing.assert_allclose(tile.voltages, [0.2, 0.0, 0.2], rtol=1e-15)


def test_lines_come_in_the_order_asked_for():
    tile = _tile()
    tile.apply([1, 1, 1])
    assert tile.convert([3, 0, 3])[0].tolist() == [17, 20, 17]


def test_array_is_solved_only_when_the_lines_change():
    engine = _Counting()
    tile = _tile(engine=engine)
    for codes in ([1, 2, 3], [1, 2, 3], [1, 2, 4], [1, 2, 4], [1, 2, 3]):
        tile.apply(codes)
        tile.convert([0])
    assert engine.solves == 3


def test_noisy_drivers_are_drawn_at_each_change_of_the_lines():
    engine = _Counting()
    tile = _tile(_spec(dac={"noise": 1e-3}), engine)
    tile.apply([1, 2, 3])
    first = tile.voltages
    tile.apply([1, 2, 3])
    assert engine.solves == 2
    assert not np.array_equal(first, tile.voltages)


def test_conversions_and_clipped_ones_are_counted():
    tile = _tile(_spec(adc={"bits": 6, "range": 0.05}))
    tile.apply([15, 15, 15])
    codes, over_range = tile.convert([0, 1, 2, 3])
    assert codes.tolist() == [63, 63, 63, 63]
    assert over_range.tolist() == [True, True, True, True]
    tile.apply([0, 0, 0])
    tile.convert([0, 1])
    assert (tile.conversions, tile.clipped) == (6, 4)


def test_wires_reach_the_engine():
    wires = {"r_word": 1.0, "r_bit": 2.0, "r_source": 3.0, "r_sense": 4.0}
    crossbar = _tile(_spec(wires=wires)).crossbar
    found = (crossbar.r_word, crossbar.r_bit, crossbar.r_source, crossbar.r_sense)
    assert found == (1.0, 2.0, 3.0, 4.0)
    np.testing.assert_array_equal(crossbar.conductance, _conductance())


def test_noise_does_not_depend_on_the_engine():
    noisy = _spec(
        wires={"r_word": 100.0, "r_bit": 100.0},
        dac={"noise": 1e-3},
        tia={"noise": 1e-3, "gain_spread": 0.01, "offset_spread": 0.01},
        adc={"bits": 10, "noise": 1.0},
    )
    draws = [np.random.default_rng(5), np.random.default_rng(5)]
    tiles = [
        AnalogTile(noisy, 0, _conductance(), make_engine(name), rng)
        for name, rng in zip(("ideal", "nodal"), draws, strict=True)
    ]
    for tile in tiles:
        for codes in ([1, 2, 3], [15, 15, 15], [15, 15, 15]):
            tile.apply(codes)
            tile.convert([0, 1, 2, 3])
    np.testing.assert_array_equal(tiles[0].voltages, tiles[1].voltages)
    assert not np.array_equal(tiles[0].currents, tiles[1].currents)
    assert draws[0].random() == draws[1].random()


def test_reading_before_driving_is_refused():
    message = r"^the word lines of a tile must be driven before it is read$"
    tile = _tile()
    with pytest.raises(BridgeError, match=message):
        tile.convert([0])
    with pytest.raises(BridgeError, match=message):
        _ = tile.voltages


def test_failed_solve_leaves_no_old_currents():
    engine = _Counting()
    tile = _tile(engine=engine)
    tile.apply([1, 2, 3])
    engine.fails = True
    with pytest.raises(EngineError, match=r"^on demand$"):
        tile.apply([3, 2, 1])
    with pytest.raises(BridgeError, match=r"^the word lines of a tile must be driven"):
        tile.convert([0])
    engine.fails = False
    tile.apply([3, 2, 1])
    assert tile.convert([0])[0].tolist() == [50]


def test_refused_codes_leave_the_lines_as_they_are():
    tile = _tile()
    tile.apply([1, 1, 1])
    with pytest.raises(ValueError, match=r"^codes\[0\] must be in \[0, 15\], not 16$"):
        tile.apply([16, 0, 0])
    assert tile.convert([0])[0].tolist() == [20]


@pytest.mark.parametrize("line", [-1, 4])
def test_line_that_is_not_converted_is_refused(line):
    tile = _tile()
    tile.apply([1, 1, 1])
    with pytest.raises(ValueError, match=f"^{re.escape(f'line must be in [0, 3], not {line}')}$"):
        tile.convert([0, line])


def test_wrong_number_of_codes_is_refused():
    message = "codes must have the shape (3,), not (2,)"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        _tile().apply([1, 2])


def test_conductances_of_another_size_are_refused():
    message = "conductance of tile 0 must have the shape (3, 5), not (3, 4)"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        AnalogTile(_spec(), 0, LEVELS * STEP, _Counting(), np.random.default_rng(0))
