"""Curves of phase-change cells, magnetic junctions and measured devices."""

import numpy as np
import pytest

from ohmloom_analog.devices import device
from ohmloom_sim.device_curves import loop, staircase
from ohmloom_sim.memory_curves import (
    measured_staircase,
    one_pulse,
    resistances,
    switching,
    unipolar_loop,
    unipolar_staircase,
)


def test_loop_of_a_phase_change_cell_sets_and_then_melts():
    found = unipolar_loop(device("pcm"), np.random.default_rng(0))
    turn = len(found.state) // 2
    assert found.state[0] == 0
    assert found.state[turn] > 0.5
    assert found.state[-1] < 0.2
    assert found.voltage.max() > 1.0
    assert found.voltage.min() < -2.0
    slow, fast = found.duration
    assert slow > fast


def test_staircase_of_a_phase_change_cell_ends_with_one_reset():
    subject, rng = device("pcm"), np.random.default_rng(0)
    found = unipolar_staircase(subject, 0.2, staircase(subject, 0.2, rng), rng)
    assert len(found.conductance) == found.sets + 2
    assert found.conductance[found.sets] > 15e-6
    # A tenth of 0.1 uS is what the RESET of single cells deviates, and cells are 200.
    assert found.conductance[-1] == pytest.approx(0.1e-6, rel=0.03)


def test_one_pulse_sets_between_the_thresholds_and_melts_above():
    found = one_pulse(device("pcm"), 0.2, 50e-9, np.random.default_rng(0))
    below, above = found.voltage < 1.0, found.voltage > 2.0
    between = ~below & ~above & (found.voltage != 2.0)
    assert (found.from_lowest[below] == found.from_lowest[0]).all()
    assert (found.from_lowest[between] > 20 * found.from_lowest[0]).all()
    for ends in (found.from_lowest, found.from_highest):
        assert ends[above] == pytest.approx(0.1e-6, rel=0.03)


def test_resistances_of_a_junction_are_those_of_the_golden_list():
    found = resistances(device("mtj"))
    assert found.lowest == pytest.approx(5570.42, rel=1e-5)
    assert found.highest.max() == pytest.approx(13926.06, rel=1e-3)
    assert found.highest[[0, -1]] == pytest.approx(9748.24, rel=1e-5)


def test_junctions_switch_the_more_the_longer_the_pulse():
    found = switching(device("mtj"), np.random.default_rng(0))
    assert set(found.share[2e-9][np.abs(found.voltage) < 0.1]) == {0.0}
    totals = [share.sum() for share in found.share.values()]
    assert totals == sorted(totals)
    # 1 V over 5570 (1 + 1.5/5) ohm is 5.5 times the critical current.
    assert found.share[1e-8][-1] == 1.0


def test_loop_of_junctions_is_open():
    found = loop(device("mtj"), np.random.default_rng(0))
    assert found.state.max() > 0.8
    assert found.state[-1] < 0.2


def test_staircase_of_a_table_is_the_table(tmp_path):
    path = tmp_path / "ours.csv"
    path.write_text(
        "branch,pulse,conductance\nset,0,1e-6\nset,1,6e-6\nset,2,9e-6\n"
        "reset,0,9e-6\nreset,1,4e-6\nreset,2,2e-6\nreset,3,1e-6\n"
    )
    found = measured_staircase(device(str(path)), 0.2, np.random.default_rng(0))
    assert found.conductance * 1e6 == pytest.approx([1, 6, 9, 4, 2, 1], rel=1e-12)
    assert found.sets == 2
    drawn = loop(device(str(path)), np.random.default_rng(0))
    assert drawn.state.max() == pytest.approx(1.0)
