"""Waves of a co-simulation against what the array ports saw and what the arrays are."""

import os
from pathlib import Path

import numpy as np
import pytest
from random_networks import random_inputs, random_network
from vcd_reader import read_vcd, value_at

from ohmloom_analog.dac import Dac
from ohmloom_analog.spec import ChipSpec
from ohmloom_sim.job import Job
from ohmloom_sim.simulate import simulate
from ohmloom_sim.waves.file import WavesPlan, hand_over

SPEC = ChipSpec.parse(
    {
        "tile": [
            {
                "count": 2,
                "rows": 4,
                "columns": 3,
                "cell": {"levels": 4, "spread": 0.02},
                "wires": {"r_word": 2.0, "r_bit": 2.0},
            }
        ],
        "weight_bits": 3,
        "input": {"bits": 4, "slice_bits": 2},
        "dac": {"settle_time": 1e-7},
        "adc": {"bits": 8, "columns_per_adc": 3, "conversion_time": 1e-7, "noise": 0.3},
        "baud": 3_000_000,
    }
)
SIMULATORS = ("icarus", "verilator") if os.environ.get("OHMLOOM_VERILATOR") else ("icarus",)


@pytest.fixture(scope="module", params=SIMULATORS)
def looked(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("waves")
    rng = np.random.default_rng(0)
    mapping = random_network(SPEC, [4, 3, 3], rng)
    inputs = random_inputs(SPEC, 3, 4, rng)[1:]
    job = Job.of(SPEC, mapping, inputs, seed=4, waves=WavesPlan(samples=1))
    answer = simulate(job, sim=request.param, folder=folder)
    path = folder / "out" / "look.vcd"
    views = hand_over(folder, path)
    return job, answer, path, views


def _real(changes, tile, name, time):
    return float(value_at(changes[f"analog.tile{tile}.{name}"], time))


def test_voltages_of_word_lines_are_those_of_their_codes_when_a_conversion_starts(looked):
    _, answer, path, _ = looked
    changes, scale = read_vcd(path)
    assert scale == "1 ps"
    dac = Dac(SPEC.dac, SPEC.input.slice_bits)
    passes = len(answer.recording.tile) // 2
    for number in range(passes):
        tile, start = answer.recording.tile[number], answer.recording.start_ps[number]
        wanted = dac.voltages(answer.recording.inputs[number], np.random.default_rng(0))
        found = [_real(changes, tile, f"word_{row:03}_V", start + 1) for row in range(4)]
        assert found == pytest.approx(wanted.tolist(), abs=1e-12)


def test_currents_and_converter_inputs_are_those_of_the_array(looked):
    job, answer, path, _ = looked
    changes, _ = read_vcd(path)
    chip = job.analog_chip()
    for number in range(len(answer.recording.tile) // 2):
        tile, start = int(answer.recording.tile[number]), int(answer.recording.start_ps[number])
        end = int(answer.recording.end_ps[number]) + 1
        array = chip.tiles[tile]
        array.apply(answer.recording.inputs[number])
        codes = answer.recording.codes[number]
        for line in np.flatnonzero(codes >= 0):
            current = _real(changes, tile, f"line_{line:03}_A", start + 1)
            assert current == pytest.approx(array.currents[line], rel=1e-6)
            given = _real(changes, tile, f"adc_in_{line:03}_FS", end)
            assert given == pytest.approx(current / SPEC.full_scale_current(tile), rel=1e-9)
            assert abs(given * SPEC.code_maximum - codes[line]) < 5 * SPEC.adc.noise + 1


def test_codes_at_the_port_are_those_recorded(looked):
    _, answer, path, _ = looked
    changes, _ = read_vcd(path)
    for number in range(len(answer.recording.tile) // 2):
        tile, end = answer.recording.tile[number], answer.recording.end_ps[number]
        word = int(value_at(changes[f"ohmloom.array_{tile}__codes"], int(end) + 1), 2)
        last = answer.recording.codes[number][2::3]
        mask = SPEC.code_maximum
        bits = SPEC.adc.bits
        assert [(word >> (bits * k)) & mask for k in range(len(last))] == last.tolist()


def test_cells_are_there_as_they_are(looked):
    job, _, path, _ = looked
    changes, _ = read_vcd(path)
    for tile, held in enumerate(job.analog_chip().cells):
        for (row, line), siemens in np.ndenumerate(held.conductance):
            ((_, text),) = changes[f"analog.tile{tile}.cell_{row:03}_{line:03}_S"]
            assert float(text) == pytest.approx(siemens, rel=1e-12)


def test_only_the_first_sample_is_seen(looked):
    _, answer, path, _ = looked
    changes, _ = read_vcd(path)
    half = len(answer.recording.tile) // 2
    last = max(when for held in changes.values() for when, _ in held)
    assert answer.recording.end_ps[half - 1] < last < answer.recording.start_ps[half]


def test_states_of_the_sequencer_have_their_names(looked):
    _, _, path, _ = looked
    changes, _ = read_vcd(path)
    names = [name for _, name in changes["ohmloom.sequencer.state"]]
    assert names[0] == "IDLE"
    assert names[1:4] == ["FETCH", "CHECK", "CLEAR"]
    assert names[-1] == "IDLE"
    assert {"GATHER", "APPLY", "SETTLE", "CONVERT", "COLUMNS"} < set(names)


def test_views_name_only_what_is_in_the_file(looked):
    _, _, path, views = looked
    changes, _ = read_vcd(path)
    gtkwave, surfer = (view.read_text().splitlines() for view in views)
    assert '[dumpfile] "look.vcd"' in gtkwave
    shown = [line.split("[")[0] for line in gtkwave if line.startswith(("ohmloom.", "analog."))]
    assert surfer[0] == "load_file look.vcd"
    added = [line.split()[1] for line in surfer if line.startswith("variable_add ")]
    assert added == shown
    assert len(added) > 20
    assert set(added) <= set(changes)
    assert Path(views[0]).parent == path.parent
