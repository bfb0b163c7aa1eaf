"""Delays from Verilog into SPICE and back: right to one step, whatever the setting."""

import os
from pathlib import Path

from ohmloom_sim.cosim import Bench, run_bench
from ohmloom_sim.simulators import find_simulator

FOLDER = Path(__file__).parent / "loop"


def test_delays_are_right_to_one_step_and_aborts_are_loud(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(FOLDER), prepend=os.pathsep)
    bench = Bench(
        sources=[FOLDER / "loop.v"],
        top="loop",
        module="loop_bench",
        folder=tmp_path,
        timeout=300.0,
    )
    result = run_bench(bench, find_simulator("icarus"))
    faults = dict(result.failed)
    assert "Timestep too small" in faults.pop("circuit_that_aborts_fails_the_test")
    assert "drive of v1 must be 0 or 1" in faults.pop("unknown_pin_fails_the_test")
    assert "must hold the vector nowhere" in faults.pop("node_that_is_not_saved_fails_the_test")
    assert faults == {}
    # Seven settings each.
    for name in ("every_edge_comes_back", "ring_has_the_period"):
        assert sum(name in passed for passed in result.passed) == 7
