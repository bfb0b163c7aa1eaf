import re

import numpy as np
import pytest
from device_circuit import driven, pulses

from ohmloom_analog.devices import device, device_names, register, registry
from ohmloom_analog.devices.measured import MeasuredDevice, load_measured

TABLE = """# a device of ours
branch,pulse,conductance
set,0,1e-6
set,1,5e-6
set,2,8e-6
set,3,10e-6
set,4,11e-6
reset,0,11e-6
reset,1,4e-6
reset,2,2e-6

reset,3,1e-6
"""


@pytest.fixture
def table(tmp_path):
    def write(text):
        path = tmp_path / "pulses.csv"
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture
def subject(table):
    return MeasuredDevice(load_measured(table(TABLE)), width=1e-6)


def test_pulses_walk_along_both_branches(subject):
    assert subject.window(0.2) == (1e-6, 11e-6)
    state = subject.from_normalised([0.0])
    seen = []
    for volts in (1.0, 1.0, 1.0, 1.0, 1.0, -1.0, -1.0, -1.0, -1.0):
        state = subject.pulse(state, volts, 1e-6)
        seen.append(float(state["conductance"][0]) * 1e6)
    np.testing.assert_allclose(seen, [5, 8, 10, 11, 11, 4, 2, 1, 1], rtol=1e-12)


def test_branch_is_joined_where_the_conductance_lies_on_it(subject):
    """6.5 uS is half way between the first and second SET pulse: the next goes half way on."""
    state = subject.state_for([6.5e-6], 0.2)
    after = subject.pulse(state, 1.0, 1e-6)
    assert float(after["conductance"][0]) == pytest.approx(9e-6, rel=1e-12, abs=0)
    # And 3 uS between the first and second RESET pulse.
    after = subject.pulse(subject.state_for([3e-6], 0.2), -1.0, 1e-6)
    assert float(after["conductance"][0]) == pytest.approx(1.5e-6, rel=1e-12, abs=0)


def test_pulse_of_another_width_is_a_share_of_one(subject):
    begun = subject.from_normalised([0.0])
    half = subject.pulse(begun, 1.0, 0.5e-6)
    assert float(half["conductance"][0]) == pytest.approx(3e-6, rel=1e-12, abs=0)
    double = subject.pulse(begun, 1.0, 2e-6)
    assert float(double["conductance"][0]) == pytest.approx(8e-6, rel=1e-12, abs=0)


def test_voltage_below_the_measured_one_changes_nothing(subject):
    state = subject.from_normalised([0.3])
    for volts in (-0.9, 0.0, 0.9):
        after = subject.pulse(state, volts, 1e-3, rng=np.random.default_rng(0))
        assert after["conductance"].tolist() == state["conductance"].tolist()


def test_spread_of_repetitions_is_that_of_a_step(table):
    """Random walks with steps of 2 +- 0.3 uS, 400 times repeated."""
    rng = np.random.default_rng(1)
    up = np.cumsum(np.vstack([np.zeros(400), rng.normal(2.0, 0.3, (10, 400))]), axis=0) + 1
    rows = ["branch,pulse,conductance," + ",".join(f"again{k}" for k in range(1, 400))]
    for name, values in (("set", up), ("reset", up[::-1])):
        rows += [
            f"{name},{n}," + ",".join(f"{g * 1e-6!r}" for g in map(float, row))
            for n, row in enumerate(values)
        ]
    subject = MeasuredDevice(load_measured(table("\n".join(rows))))
    state = subject.state_for(np.full(100_000, 10e-6), 0.2)
    cells = subject.pulse(state, 1.0, 1e-6, rng=np.random.default_rng(2))["conductance"] * 1e6
    sigma = subject.pulses.set.step_sigma * 1e6
    assert sigma == pytest.approx(0.3, rel=0.04)
    assert abs(cells.std() - sigma) < 3 * sigma / np.sqrt(2 * cells.size)
    assert abs(cells.mean() - 12.0) < 0.1


def test_one_measurement_has_no_spread(subject):
    state = subject.from_normalised(np.full(100, 0.2))
    after = subject.pulse(state, 1.0, 1e-6, rng=np.random.default_rng(0))["conductance"]
    assert (after == after[0]).all()


def test_branch_that_stands_still_or_turns_back_is_drawn_straight_through(table):
    rows = "branch,pulse,conductance\nset,0,1\nset,1,3\nset,2,2.4\nset,3,2.6\nset,4,4\n"
    found = load_measured(table(rows + "reset,0,4\nreset,1,1\n"))
    steps = np.diff(found.set.conductance)
    assert (steps > 0).all()
    # The three in the middle count as their mean, at the pulse in their middle.
    assert float(found.set.conductance[2]) == pytest.approx(8 / 3, rel=1e-12)
    assert found.set.conductance[[0, -1]].tolist() == [1.0, 4.0]


def test_cell_beyond_the_end_of_a_branch_is_not_brought_back(table):
    rows = "branch,pulse,conductance\nset,0,2e-6\nset,1,9e-6\nreset,0,10e-6\nreset,1,1e-6\n"
    subject = MeasuredDevice(load_measured(table(rows)))
    state = subject.state_for([10e-6, 1e-6], 0.2)
    after = subject.pulse(state, 1.0, 1e-6)["conductance"]
    np.testing.assert_allclose(after, [10e-6, 9e-6], rtol=1e-12)


def test_cell_is_a_resistor(subject):
    state = subject.state_for([2e-6, 7e-6], 0.2)
    current, slope = subject.current_and_slope(0.5, state)
    np.testing.assert_allclose(current, [1e-6, 3.5e-6], rtol=1e-12)
    np.testing.assert_allclose(slope, [2e-6, 7e-6], rtol=1e-12)
    assert subject.current(0.0, state).tolist() == [0.0, 0.0]


@pytest.mark.parametrize(("x0", "volts"), [(0.0, 1.05), (1.0, -1.05)])
def test_subcircuit_walks_the_same_branch(subject, x0, volts):
    source, stop = pulses(volts, 1e-6, 3)
    times, _, x = driven(subject, x0, source, stop, 5e-9)
    state = subject.from_normalised([x0])
    for n in range(3):
        state = subject.pulse(state, volts, 1e-6)
        found = float(np.interp((2 * n + 1.5) * 1e-6, times, x))
        assert found == pytest.approx(float(subject.normalised(state)[0]), abs=0.01)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "header of measured pulses '{}' must begin with branch,pulse,conductance, not ''"),
        (
            "pulse,conductance\n0,1e-6\n",
            (
                "header of measured pulses '{}' must begin with branch,pulse,conductance, "
                "not 'pulse,conductance'"
            ),
        ),
        (
            "branch,pulse,conductance\nset,0,1e-6,3\n",
            "line 2 of measured pulses '{}' must have 3 fields, not 4",
        ),
        (
            "branch,pulse,conductance\n\nup,0,1e-6\n",
            "branch in line 3 of measured pulses '{}' must be set or reset, not 'up'",
        ),
        (
            "branch,pulse,conductance\nset,0,1e-6\nset,2,2e-6\n",
            "pulse in line 3 of measured pulses '{}' must be 1, the next of its branch, not '2'",
        ),
        (
            "branch,pulse,conductance\nset,0,many\n",
            (
                "conductance in line 2 of measured pulses '{}' must be a finite number "
                "of at least 0 S, not 'many'"
            ),
        ),
        (
            "branch,pulse,conductance\nset,0,-1e-6\n",
            (
                "conductance in line 2 of measured pulses '{}' must be a finite number "
                "of at least 0 S, not '-1e-6'"
            ),
        ),
        (
            "branch,pulse,conductance\nset,0,nan\n",
            (
                "conductance in line 2 of measured pulses '{}' must be a finite number "
                "of at least 0 S, not 'nan'"
            ),
        ),
        (
            "branch,pulse,conductance\nset,0,1e-6\nset,1,2e-6\n",
            "branch reset of measured pulses '{}' must have at least 2 lines, not 0",
        ),
        (
            "branch,pulse,conductance\nset,0,2e-6\nset,1,1e-6\nreset,0,1\nreset,1,0\n",
            "branch set of measured pulses '{}' must rise, not go from 2e-06 to 1e-06 S",
        ),
    ],
)
def test_table_that_is_none_is_refused_by_its_line(table, text, message):
    path = table(text)
    with pytest.raises(ValueError, match=f"^{re.escape(message.format(path))}$"):
        load_measured(path)


def test_missing_file_is_refused(tmp_path):
    path = tmp_path / "none.csv"
    message = f"measured pulses must be an existing CSV file, not '{path}'"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        load_measured(path)


def test_file_that_is_no_text_is_refused(tmp_path):
    path = tmp_path / "pulses.csv"
    path.write_bytes(b"branch,pulse,conductance\nset,0,\xff\xfe\n")
    message = f"measured pulses '{path}' must be UTF-8 text"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        load_measured(path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"voltage": 1.2}, "voltage across a measured cell must be from -1.1 to 1.1 V, not 1.2"),
        (
            {"temperature": 350.0},
            "temperature of a measured cell must be from 290 to 310 K, not 350.0",
        ),
        ({"width": -1.0}, "width of a pulse must be finite and at least 0 s, not -1.0"),
    ],
)
def test_pulse_that_was_not_measured_is_refused(subject, changes, message):
    arguments = {"voltage": 1.0, "width": 1e-6} | changes
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        subject.pulse(subject.from_normalised([0.5]), **arguments)


def test_conductance_that_was_not_measured_is_refused(subject):
    message = "conductance of a measured cell must be from 1e-06 to 1.1e-05 S, not 2e-05"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        subject.state_for([2e-5], 0.2)


def test_it_can_be_registered_under_a_name_of_ones_own(subject, monkeypatch):
    monkeypatch.setattr(registry, "_FACTORIES", dict(registry._FACTORIES))
    register("ours", lambda: subject)
    assert device("ours") is subject
    assert "ours" in device_names()


def test_voltage_of_no_pulse_is_refused(subject):
    message = "v_reset of measured pulses must be finite and above 0 V, not -1.0"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        MeasuredDevice(subject.pulses, v_reset=-1.0)
