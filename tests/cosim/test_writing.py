"""Cells with dynamics, written by the emitted Verilog: the chip's own job, and a host's."""

import json
import os
import re
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from ohmloom_analog.chip import AnalogChip
from ohmloom_analog.spec import load_spec
from ohmloom_analog.write_verify import WriteStatus
from ohmloom_sim.job import Job
from ohmloom_sim.matrix_job import prepare_matrix
from ohmloom_sim.simulate import simulate
from ohmloom_sim.written_cells import program_figures

CHIP = """
name = "written"
weight_bits = 3
clock = 12e6
baud = 3000000
[[tile]]
count = 1
rows = 4
columns = 3
[tile.cell]
device = "skywater"
access = "1t1r"
r_access = 5e3
g_min = 1e-6
g_max = 40e-6
levels = 4
[tile.wires]
r_word = 1.0
r_bit = 1.0
[tile.write]
gate_read = 1.2
gate_threshold = 0.5
curve = 0.6
cycle_spread = 0.1
tolerance = 0.1
[tile.write.set]
drive = { start = 2.4, stop = 2.4 }
gate = { start = 0.74, stop = 1.1, step = 0.01 }
[tile.write.set_top]
drive = { start = 2.4, stop = 2.4 }
gate = { start = 1.5, stop = 1.9, step = 0.01 }
[tile.write.reset]
drive = { start = 1.4, stop = 2.6, step = 0.05 }
gate = { start = 3.0, stop = 3.0 }
width = { start = 84e-9, stop = 84e-9 }
[input]
bits = 4
slice_bits = 4
[adc]
bits = 10
columns_per_adc = 3
"""
WEIGHTS = np.array([[3, -2, 0, 1], [0, 1, -3, 2]])
COMMAND = [sys.executable, "-c", "from ohmloom_sim.cli import main; main()"]


@pytest.fixture(scope="module")
def chip(tmp_path_factory):
    path = tmp_path_factory.mktemp("chip") / "chip.toml"
    path.write_text(CHIP)
    return path


@pytest.mark.guarantee("G8", "convergence")
def test_cells_that_the_chip_wrote_are_within_tolerance_and_multiply(chip, tmp_path):
    spec = load_spec(chip)
    x = np.random.default_rng(5).integers(0, 16, (4, 4))
    job = prepare_matrix(spec, WEIGHTS, x)
    answer = simulate(
        Job.of(spec, job.mapping, job.inputs, seed=3, program="write-verify"),
        sim="icarus",
        folder=tmp_path,
    )
    written = answer.written
    step, code = 13e-6, 50e-6 / 1023
    wanted = np.zeros((4, 5))
    for column, row in np.ndindex(WEIGHTS.shape):
        weight = WEIGHTS[column, row]
        wanted[row, 2 * column : 2 * column + 2] = max(weight, 0), max(-weight, 0)
    used = [0, 1, 2, 3, 6]
    assert (written.cells.status[0][:, used] == WriteStatus.WRITTEN).all()
    assert (written.cells.target[0][:, [4, 5]] == -1).all()
    # Half a code more, since what is read is rounded.
    off = written.reached[0][:, used] - (1e-6 + step * wanted)
    assert np.abs(off).max() <= 0.1 * step + code
    # Each weight is a difference of two cells, and the reference line cancels in it; a code is
    # off by half of what it stands for at most, twice.
    lsb = 2**spec.adc_shift
    bound = 2 * (0.1 + code / step) * x.sum(axis=1, keepdims=True) + 2 * lsb
    assert (np.abs(answer.results - job.product) <= bound).all()
    assert (answer.results != 0).any()
    figures = program_figures(spec, written.cells, energy=written.energy, cycles=written.cycles)
    assert (figures.cells, figures.written, figures.failures) == (20, 20, ())
    assert figures.pulses > 0
    assert figures.energy > 0
    # What was saved is what was read.
    arrays = AnalogChip.from_state(spec, written.state, engine="nodal")
    assert arrays.cells[0].at_read(spec.dac.v_read) == pytest.approx(written.reached[0])


def ohmloom(*arguments):
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**os.environ, "COLUMNS": "200"},
    )


def done(result, status=0):
    assert result.returncode == status, result.stdout + result.stderr
    return result.stdout


def test_a_host_writes_a_virtual_board_and_is_killed_in_between(chip, tmp_path):
    np.save(tmp_path / "w.npy", WEIGHTS)
    serve = ["sim", "serve", "--chip", chip, "--writes", "--sim", "icarus"]
    with subprocess.Popen([*COMMAND, *serve], stdout=subprocess.PIPE, text=True) as board:
        try:
            assert "fresh array behind its array ports" in board.stdout.readline()
            address = re.search(r"tcp://\S+", board.stdout.readline())[0]
            host = ["host", "--port", address, "--chip", chip]
            program = [*host, "program", tmp_path / "w.npy", "--journal", tmp_path / "j"]
            with subprocess.Popen([*COMMAND, *program], stdout=subprocess.DEVNULL) as first:
                while not (tmp_path / "j").exists() and first.poll() is None:
                    time.sleep(0.02)
                time.sleep(1.0)
                first.send_signal(signal.SIGKILL)
            shown = done(ohmloom(*program, "--json", tmp_path / "f.json"))
            assert "20 of 20 (100.00 %)" in shown
            figures = json.loads((tmp_path / "f.json").read_text())
            assert (figures["written"], figures["failed"], figures["sessions"]) == (20, 0, 2)
            assert sum(figures["worn"]) == figures["pulses"] > 0
            for method in ("cells", "lstsq"):
                out = tmp_path / f"{method}.npy"
                read = [*host, "read-weights", "--method", method, "--out", out]
                done(ohmloom(*read, "--like", tmp_path / "w.npy"))
                assert np.abs(np.load(out) - WEIGHTS).max() < 0.35
        finally:
            board.send_signal(signal.SIGTERM)
            board.communicate(timeout=60)
    assert board.returncode == 0
