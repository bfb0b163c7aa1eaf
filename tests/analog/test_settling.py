import numpy as np
import pytest

from ohmloom_analog.engines import ReadTiming, make_engine
from ohmloom_analog.settling import Settling
from ohmloom_analog.spec import ChipSpec
from ohmloom_analog.tile import AnalogTile


def test_worst_read_is_kept_in_codes_and_relative():
    # Settled 10, 20 and 4 A; the reference is off by 0.1 A, so that line 1 is off by 0.4 A.
    first = Settling().after(np.array([10.1, 19.7, 4.1]), np.array([0.1, -0.3, 0.1]), 0.2)
    assert first.lsb == pytest.approx(2.0)
    assert first.relative == pytest.approx(0.3 / 20)
    # A read of nothing: the error is part of what flowed before, and smaller in codes.
    second = first.after(np.array([0.5, 0.5, 0.5]), np.array([0.5, 0.5, 0.5]), 0.2)
    assert second.lsb == pytest.approx(2.0)
    assert second.relative == pytest.approx(0.5 / 20)
    assert second.to_json() == pytest.approx({"lsb": 2.0, "amperes": 0.5, "relative": 0.025})


def test_many_reads_at_once_are_as_one_after_the_other():
    rng = np.random.default_rng(0)
    currents, error = rng.normal(size=(5, 4)), rng.normal(size=(5, 4))
    one_by_one = Settling()
    for read, off in zip(currents, error, strict=True):
        one_by_one = one_by_one.after(read, off, 0.1)
    assert Settling().after(currents, error, 0.1) == one_by_one


def test_nothing_that_stays_nothing_is_no_error():
    assert Settling().after(np.zeros(3), np.zeros(3), 1.0).to_json() == {
        "lsb": 0.0,
        "amperes": 0.0,
        "relative": 0.0,
    }


def _tile(engine, settle_time=1e-7):
    spec = ChipSpec.parse(
        {
            "tile": [{"rows": 2, "columns": 1, "cell": {"g_min": 10e-6, "g_max": 40e-6}}],
            "weight_bits": 2,
            "input": {"bits": 4, "slice_bits": 4},
            "dac": {"v_read": 0.2, "settle_time": settle_time, "edge_time": 5e-9},
            "tia": {"bandwidth": 5e6},
        }
    )
    cells = np.array([[40e-6, 20e-6, 10e-6], [10e-6, 30e-6, 10e-6]])
    made = make_engine(engine, timing=ReadTiming.of(spec))
    return AnalogTile(spec, 0, cells, made, np.random.default_rng(0))


def test_first_read_is_off_by_what_one_pole_leaves():
    tile = _tile("transient")
    assert tile.settling is None
    tile.apply([15, 3])
    # The answer of a pole to a ramp of 5 ns, 100 ns after the ramp's start.
    tau, edge = 1 / (2 * np.pi * 5e6), 5e-9
    left = tau / edge * np.expm1(edge / tau) * np.exp(-1e-7 / tau)
    assert tile.settling.relative == pytest.approx(left, rel=0.02)
    # 40, 20 and 10 uS at 0.2 V, 10, 30 and 10 uS at 0.04 V.
    lines = np.array([8.4, 5.2, 2.4]) * 1e-6
    codes = (lines[:2] - lines[2]).max() * left / tile.lsb_current
    assert tile.settling.lsb == pytest.approx(codes, rel=0.02)


def test_reads_that_settle_better_leave_the_worst():
    tile = _tile("transient")
    tile.apply([15, 3])
    worst = tile.settling
    tile.apply([15, 2])
    assert tile.settling == worst


def test_engine_without_time_has_no_settling_error():
    tile = _tile("nodal")
    tile.apply([15, 3])
    assert tile.settling is None
