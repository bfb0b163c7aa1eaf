"""A tile with stuck cells, tested, repaired and used by the host alone, through the serial pins."""

import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ohmloom_analog.spec import ChipSpec, load_spec, write_spec
from ohmloom_hw.emit import TOP, emit
from ohmloom_hw.features import Features
from ohmloom_sim.cosim import Bench, run_bench
from ohmloom_sim.simulators import find_simulator

FOLDER = Path(__file__).parent / "repair"


def small_chip() -> ChipSpec:
    """A tile of the preset 'default' with two spare columns, a spare row and stuck cells."""
    plain = load_spec("default").model_dump(mode="json", exclude_none=True)
    plain["tile"][0] |= {"count": 1, "rows": 9, "columns": 6}
    plain["tile"][0]["effects"] |= {"p_stuck_hrs": 0.08, "p_stuck_lrs": 0.04}
    return ChipSpec.parse(plain | {"spare_columns": 2, "spare_rows": 1})


@pytest.mark.guarantee("G9", "bypass")
def test_march_finds_the_stuck_cells_and_repair_makes_up_for_them(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(FOLDER), prepend=os.pathsep)
    spec = small_chip()
    write_spec(spec, tmp_path / "chip.toml")
    files = emit(spec, tmp_path / "chip", features=replace(Features(), writes=True))
    bench = Bench(
        sources=[files.verilog],
        top=TOP,
        module="repair_bench",
        folder=tmp_path,
        environment={"OHMLOOM_REPAIR": str(tmp_path)},
        timeout=900.0,
    )
    result = run_bench(bench, find_simulator("verilator"))
    assert result.failed == {}
    answer = json.loads((tmp_path / "answer.json").read_text(encoding="utf-8"))
    stuck = np.array(answer["stuck"])
    assert np.array_equal(answer["march"], stuck)
    assert (stuck == 1).sum() >= 3
    assert (stuck == 2).sum() >= 2
    assert answer["planned"][0] > 20
    assert answer["planned"][1] == 0
    assert answer["after"] < answer["before"] / 4
    assert len(answer["signature"]) == 2 * spec.lines
    assert answer["suspects"] == 0
