"""Verilog that was written by hand, with an array behind it."""

from pathlib import Path

import pytest

from ohmloom_sim.cosim import Bench, run_bench
from ohmloom_sim.simulators import find_simulator

FOLDER = Path(__file__).parent / "handwritten"


@pytest.mark.parametrize("sim", ["icarus", "verilator"])
@pytest.mark.parametrize("engine", ["ideal", "nodal"])
def test_bridge_serves_a_hand_written_controller(sim, engine, tmp_path, monkeypatch):
    if sim == "verilator" and engine == "nodal":
        # Without wires both engines give the same; one build is enough.
        engine = "ngspice"
    monkeypatch.setenv("PYTHONPATH", str(FOLDER))
    bench = Bench(
        sources=[FOLDER / "scanner.v"],
        top="scanner",
        module="scanner_bench",
        folder=tmp_path,
        environment={"ENGINE": engine, "SEED": "3"},
    )
    result = run_bench(bench, find_simulator(sim))
    assert result.passed == ("controller_reads_the_products",)
    fault = result.failed["start_before_settling_fails_the_test"]
    assert "levels must settle for 50 cycles before a start, not 6" in fault
