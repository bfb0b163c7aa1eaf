import gc
import re

import numpy as np
import pytest

from ohmloom_analog.engines.simulator import Circuit, simulator
from ohmloom_analog.engines.stepping import SteppedTransient
from ohmloom_analog.errors import EngineError

TAU = 1e-9
STEP = 2e-11


def low_pass(extra="", step=STEP, level=0.0):
    title = simulator().new_title()
    text = (
        f"{title}\nv1 a 0 pwl(0 0 1 0)\nr1 a b 1000\nc1 b 0 1e-12 ic={level!r}\n{extra}\n"
        ".save v(a) v(b)\n.options method=gear reltol=1e-6 chgtol=1e-20 vntol=1e-12\n.end\n"
    )
    return SteppedTransient(simulator(), text, {"v1": level}, {"c1": "b"}, longest_step=step)


def ramp_response(time, start, duration, height):
    """Closed form of a first-order low pass behind a ramp."""

    def integral(since):
        return since - TAU * (1 - np.exp(-since / TAU)) if since > 0 else 0.0

    return height * (integral(time - start) - integral(time - start - duration)) / duration


@pytest.mark.parametrize("duration", [1e-12, 1e-10, 1.7e-9])
def test_low_pass_follows_a_ramp_as_the_closed_form_says(duration):
    transient = low_pass()
    transient.ramp({"v1": 0.7}, duration, start=0.5e-9)
    for until in (0.3e-9, 0.6001e-9, 1.3333e-9, 4e-9):
        transient.advance(until)
        wanted = ramp_response(until, 0.5e-9, duration, 0.7)
        assert transient.values(["b"])["b"] == pytest.approx(wanted, abs=1e-3 * 0.7)


def test_error_falls_with_the_step():
    errors = []
    for step in (2e-10, 2e-11):
        transient = low_pass(step=step)
        transient.ramp({"v1": 1.0}, 1e-10, start=1e-9)
        transient.advance(2e-9)
        found = transient.values(["b"])["b"]
        errors.append(abs(found - ramp_response(2e-9, 1e-9, 1e-10, 1.0)))
    assert errors[1] < errors[0] / 5


def test_stops_and_corners_are_time_points():
    """Times that share no step: each is hit to far less than one."""
    transient = low_pass()
    wanted = []
    for start, stop in ((0.12345e-9, 0.777e-9), (0.9e-9, 1.00001e-9), (2.5e-9, 3.1416e-9)):
        transient.ramp({"v1": start * 1e9}, 0.0333e-9, start=start)
        transient.advance(stop)
        assert transient.time == pytest.approx(stop, abs=1e-20)
        wanted += [start, start + 0.0333e-9, stop]
    times, _ = transient.since(0, "b")
    for time in wanted:
        assert np.abs(times - time).min() < 1e-18


def test_ramp_that_interrupts_another_begins_where_that_one_is():
    transient = low_pass()
    transient.ramp({"v1": 1.0}, 1e-9, start=1e-9)
    transient.advance(1.5e-9)
    transient.ramp({"v1": 0.0}, 1e-9, start=1.5e-9)
    transient.advance(2e-9)
    times, values = transient.since(0, "a")
    np.testing.assert_allclose(np.interp(1.5e-9, times, values), 0.5, rtol=1e-9)
    np.testing.assert_allclose(values[-1], 0.25, rtol=1e-9)


def test_ramp_that_should_have_begun_is_under_way():
    transient = low_pass()
    transient.advance(1e-9)
    transient.ramp({"v1": 1.0}, 1e-9, start=0.5e-9)
    transient.advance(1.25e-9)
    assert transient.values(["a"])["a"] == pytest.approx(0.75, rel=1e-9)


def test_time_that_has_passed_is_now():
    transient = low_pass()
    transient.advance(1e-9)
    points = transient.points
    transient.advance(0.5e-9)
    transient.advance(1e-9)
    assert transient.time == pytest.approx(1e-9, abs=1e-20)
    assert transient.points == points


def test_restart_forgets_the_past_and_keeps_the_state():
    plain, restarted = low_pass(), low_pass()
    for transient in (plain, restarted):
        transient.ramp({"v1": 1.0}, 1e-9, start=0.2e-9)
        transient.advance(0.8e-9)
        if transient is restarted:
            points = transient.points
            transient.restart()
            assert transient.points < points / 4
        transient.ramp({"v1": -1.0}, 2e-10, start=2e-9)
        transient.advance(3e-9)
    found = [transient.values(["a", "b"]) for transient in (plain, restarted)]
    assert found[0]["a"] == pytest.approx(found[1]["a"], abs=1e-12)
    assert found[0]["b"] == pytest.approx(found[1]["b"], abs=1e-4)


def test_what_came_after_a_time_can_be_taken_back():
    transient = low_pass()
    transient.ramp({"v1": 1.0}, 1e-10, start=1e-9)
    transient.advance(2e-9)
    transient.advance(9e-9)
    transient.restart(3e-9)
    assert transient.time == pytest.approx(3e-9, abs=STEP)
    transient.ramp({"v1": 0.0}, 1e-10, start=3e-9)
    transient.advance(4e-9)
    wanted = ramp_response(4e-9, 1e-9, 1e-10, 1.0) - ramp_response(4e-9, 3e-9, 1e-10, 1.0)
    assert transient.values(["b"])["b"] == pytest.approx(wanted, abs=2e-3)


def test_time_before_the_last_advance_can_not_be_had_back():
    transient = low_pass()
    transient.advance(1e-9)
    transient.advance(2e-9)
    message = "time must be from 1e-09 to 2e-09 s, not 5e-10"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        transient.restart(5e-10)


def test_transients_and_operating_points_take_turns():
    """ngspice can resume one transient; the others begin anew where they were."""
    title = simulator().new_title()
    divider = Circuit(
        simulator(), title, f"{title}\nvd a 0 0\nr1 a b 1\nr2 b 0 3\n.save v(b)\n.end\n"
    )
    transients = [low_pass() for _ in range(3)]
    for index, transient in enumerate(transients):
        transient.ramp({"v1": 1.0 + index}, 1e-10, start=1e-9)
    for until in (0.5e-9, 1.2e-9, 3e-9):
        for index, transient in enumerate(transients):
            transient.advance(until)
            wanted = ramp_response(until, 1e-9, 1e-10, 1.0 + index)
            assert transient.values(["b"])["b"] == pytest.approx(wanted, abs=3e-3)
            assert divider.solve({"vd": until * 4e9})["b"] == pytest.approx(until * 3e9)


def test_transients_that_are_dropped_leave_nothing_behind():
    for _ in range(3):
        low_pass().advance(1e-9)
    gc.collect()
    low_pass().advance(1e-9)
    before = len(simulator().command("setcirc").splitlines())
    for _ in range(5):
        low_pass().advance(1e-9)
        gc.collect()
    assert len(simulator().command("setcirc").splitlines()) <= before + 1


@pytest.mark.parametrize(
    ("element", "words"),
    [
        ("b1 b 0 i=time>5e-9 ? -1e9*V(b)*V(b)-1e-3 : 0", "Timestep too small"),
        ("b1 b 0 v=time>5e-9 ? sqrt(5e-9-time) : 0", "out of range for sqrt"),
    ],
)
def test_abort_on_the_way_is_an_error_in_the_words_of_ngspice(element, words):
    transient = low_pass(element, step=1e-10)
    transient.ramp({"v1": 1.0}, 1e-10, start=4e-9)
    transient.advance(4.5e-9)
    with pytest.raises(EngineError, match=rf"^ngspice refused to go on to 8e-09 s: .*{words}"):
        transient.advance(8e-9)
    # The next one isn't stopped by what was left of it.
    after = low_pass()
    after.advance(9e-9)
    assert after.time == pytest.approx(9e-9, abs=1e-20)


def test_circuit_without_a_solution_is_an_error():
    with pytest.raises(EngineError, match=r"^ngspice refused .*singular matrix"):
        low_pass("b1 b 0 v=V(b)+1")


def test_vector_that_is_not_saved_is_an_error():
    transient = low_pass("r9 b z 1\nr8 z 0 1")
    message = "ngspice must hold the vector z: it has aborted, or doesn't save it"
    with pytest.raises(EngineError, match=f"^{re.escape(message)}$"):
        transient.values(["z"])


@pytest.mark.parametrize(
    ("levels", "duration", "message"),
    [
        ({"v2": 1.0}, 1e-9, "source must be one of v1, not 'v2'"),
        ({"v1": np.nan}, 1e-9, "level of a source must be finite, not nan"),
        ({"v1": 1.0}, 0.0, "duration of a ramp must be above 1e-15 s at this step, not 0.0"),
    ],
)
def test_impossible_ramp_is_refused(levels, duration, message):
    transient = low_pass()
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        transient.ramp(levels, duration, start=0.0)


def test_endless_time_is_refused():
    message = "time must be before 1000 s, not inf"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        low_pass().advance(np.inf)


def test_impossible_step_is_refused():
    message = "longest step must be finite and above 0 s, not 0.0"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        low_pass(step=0.0)
