import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from ohmloom_analog.spec import ChipSpec, load_spec, preset_names
from ohmloom_hw.emit import TOP, emit, verilog_text
from ohmloom_hw.features import Features
from ohmloom_sim.simulators import find_simulator

WAIVERS = Path(__file__).parents[2] / "constraints" / "verilator.vlt"

SIGNED = {
    "name": "signed",
    "tile": [{"count": 3, "rows": 5, "columns": 3, "cell": {"levels": 4}}],
    "encoding": "offset_column",
    "weight_bits": 6,
    "input": {"bits": 9, "slice_bits": 2, "signed": True},
    "adc": {"bits": 8, "columns_per_adc": 4},
}
ONE_CELL = {
    "name": "one cell",
    "tile": [{"rows": 1, "columns": 1, "cell": {"levels": 2}}],
    "encoding": "offset_column",
    "weight_bits": 2,
    "input": {"bits": 1, "slice_bits": 1},
    "adc": {"bits": 1, "columns_per_adc": 1},
}


def chips() -> list[ChipSpec]:
    return [load_spec(name) for name in preset_names()] + [
        ChipSpec.parse(plain) for plain in (SIGNED, ONE_CELL)
    ]


def test_emitting_twice_gives_the_same_bytes(tmp_path):
    spec = load_spec("default")
    first, second = emit(spec, tmp_path / "a"), emit(spec, tmp_path / "b")
    for name in ("verilog", "manual", "registers", "header", "svd", "core", "spec"):
        one, other = getattr(first, name), getattr(second, name)
        assert one.read_bytes() == other.read_bytes()
        assert one.read_bytes()
    assert not list(tmp_path.rglob("*.part"))


def test_emitted_files_name_the_chip_and_give_it_back(tmp_path):
    spec = ChipSpec.parse(SIGNED)
    files = emit(spec, tmp_path)
    assert spec.hash in files.verilog.read_text()
    assert load_spec(files.spec) == spec
    assert load_spec(files.spec).hash == spec.hash
    names = {register["name"] for register in json.loads(files.registers.read_text())["registers"]}
    assert {"ID", "CTRL", "STATUS", "HASH0"} <= names


def test_no_path_of_the_machine_is_emitted():
    text = verilog_text(load_spec("default"))
    assert not re.search(r"[\"'(]/\w+/", text)
    assert "(* src" not in text


@pytest.mark.parametrize("spec", chips(), ids=lambda spec: spec.name)
def test_icarus_warns_of_nothing(spec, tmp_path):
    files = emit(spec, tmp_path)
    simulator = find_simulator("icarus")
    command = [simulator.executable, "-g2005", "-Wall", "-s", TOP, "-o", os.devnull, files.verilog]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)


@pytest.mark.parametrize("spec", chips(), ids=lambda spec: spec.name)
def test_verilator_lint_passes_with_the_waivers(spec, tmp_path):
    files = emit(spec, tmp_path)
    simulator = find_simulator("verilator")
    command = [
        simulator.executable, "--lint-only", "-Wall", "--top-module", TOP, WAIVERS, files.verilog,
    ]  # fmt: skip
    environment = {**os.environ, **simulator.environment}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    assert "%Warning" not in done.stderr


def test_chip_that_writes_its_cells_passes_both(tmp_path):
    pulses = {"drive": {"start": 1.0, "stop": 2.0, "step": 0.1}}
    cell = {"device": "skywater", "access": "1t1r", "r_access": 5e3}
    write = {"set": pulses, "reset": pulses}
    tile = {"rows": 3, "columns": 2, "count": 2, "cell": cell, "write": write}
    files = emit(ChipSpec.parse({"tile": [tile]}), tmp_path, features=Features(writes=True))
    assert "write_enable" in files.verilog.read_text()
    icarus, verilator = (find_simulator(name) for name in ("icarus", "verilator"))
    commands = (
        [icarus.executable, "-g2005", "-Wall", "-s", TOP, "-o", os.devnull, files.verilog],
        [verilator.executable, "--lint-only", "-Wall", "--top-module", TOP, WAIVERS, files.verilog],
    )
    environment = {**os.environ, **verilator.environment}
    for command in commands:
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
        assert done.returncode == 0, done.stderr
        assert "arning" not in done.stderr
