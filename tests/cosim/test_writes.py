"""The bridge at a port that writes: what reaches the model, and what is refused."""

import os
from pathlib import Path

from ohmloom_sim.cosim import Bench, run_bench
from ohmloom_sim.simulators import find_simulator

FOLDER = Path(__file__).parent / "writes"

GOOD = {
    "good_reads_and_pulses_reach_the_model",
    "pulse_that_is_cut_off_acts_as_long_as_it_stood",
}
REFUSED = {
    "pulse_too_long": "pulse must be 4 cycles long, not 5",
    "pulse_too_long_where_jobs_are_cut_off": "pulse must be 4 cycles long, not 5",
    "pulse_too_short": "pulse must be 4 cycles long, not 3",
    "rail_time_too_short": "rail time must be at least 3 cycles, not 2",
    "discharge_too_short": "discharge time must be at least 2 cycles, not 1",
    "levels_not_at_rest": "levels must be 0 in a pulse, not 0x31",
    "operation_without_a_pulse": "op of a pulse must be SET, RESET or FORM, not VERIFY",
    "unknown_operation": "op of a pulse must be SET, RESET or FORM, not 7",
    "line_that_moves": "line must keep still while rails are high, not change",
    "line_that_is_none": "line must be below 3, not 3",
    "pulse_without_rails": "pulse must be low while rails are, not rise",
    "second_pulse_on_the_same_rails": "pulse must rise once while rails are high, not again",
    "unknown_drive": "drive must be known in a pulse, not XXXXXXXXXXXX",
    "verify_of_a_cell_just_selected": (
        "settle time of a verify read must be at least 3 cycles, not 2"
    ),
    "verify_with_levels": "levels must be 0 in a verify read, not 0x1",
    "verify_under_voltage": "rails must be low during a verify read",
    "start_of_a_pulse": "op of a start must be READ or VERIFY, not SET",
}


def run(sim, folder, pattern=None):
    bench = Bench(
        sources=[FOLDER / "port.v"],
        top="port",
        module="writes_bench",
        folder=folder,
        pattern=pattern,
        timeout=300.0,
    )
    return run_bench(bench, find_simulator(sim))


def test_pulses_and_reads_are_served_and_broken_ones_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(FOLDER), prepend=os.pathsep)
    result = run("icarus", tmp_path)
    assert set(result.passed) == GOOD
    assert set(result.failed) == set(REFUSED)
    for name, message in REFUSED.items():
        assert message in result.failed[name], name


def test_verilator_times_pulses_alike(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(FOLDER), prepend=os.pathsep)
    result = run("verilator", tmp_path, "good_reads|cut_off_acts|pulse_too_short")
    assert set(result.passed) == GOOD
    assert set(result.failed) == {"pulse_too_short"}
    assert REFUSED["pulse_too_short"] in result.failed["pulse_too_short"]
