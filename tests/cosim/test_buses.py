"""Exported buses, each driven by a master that others wrote."""

import os
from pathlib import Path

import pytest

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.emit import TOP, emit
from ohmloom_hw.features import Features
from ohmloom_sim.cosim import Bench, run_bench
from ohmloom_sim.simulators import find_simulator

FOLDER = Path(__file__).parent / "buses"
ACCESSES = 500
SPEC = ChipSpec.parse(
    {"tile": [{"rows": 4, "columns": 2}], "name": "small", "clock": 10e6, "baud": 2500000}
)


@pytest.mark.guarantee("G11", "masters")
@pytest.mark.parametrize("bus", ["wishbone", "axi4lite", "apb"])
def test_bus_agrees_with_a_public_model_under_stalls_beside_the_link(
    bus, tmp_path, monkeypatch, figure
):
    monkeypatch.setenv("PYTHONPATH", str(FOLDER), prepend=os.pathsep)
    files = emit(SPEC, tmp_path / "chip", features=Features(bus=bus))
    bench = Bench(
        sources=[files.verilog],
        top=TOP,
        module="bus_bench",
        folder=tmp_path / "bench",
        environment={"SPEC": str(files.spec), "BUS": bus, "SEED": "11", "ACCESSES": str(ACCESSES)},
        timeout=600,
    )
    result = run_bench(bench, find_simulator("icarus"))
    assert result.failed == {}
    assert result.passed == (
        "bus_and_link_read_and_write_what_they_should",
        "interrupt_tells_the_bus_of_the_end_of_a_run",
    )
    figure("accesses under stalls", ACCESSES)
    figure("buses", bus, merge="each")
