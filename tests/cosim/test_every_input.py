"""Chips of 16 input bits with an array in the FPGA: every input vector there is, as Verilog.

Transactions go to the registers directly, without a link, so that 65536 runs take seconds.
"""

import itertools
import subprocess
from pathlib import Path

import numpy as np
import pytest
from amaranth.back import verilog
from random_networks import random_network
from verilated import verilated

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.core import Core
from ohmloom_hw.features import Features
from ohmloom_hw.registers import register_table
from ohmloom_hw.step_words import pack_step
from ohmloom_hw.twin_cells import pack_levels

FEATURES = Features(behind="twin", lanes=4)
WRITE, READ, WAIT = range(3)

# Rows and bits of an input make 16, and each converter tells all sums of a slice apart.
CHIPS = {
    "four rows of four bits in two slices": {
        "tile": [{"rows": 4, "columns": 3, "cell": {"levels": 4}}],
        "weight_bits": 5,
        "input": {"bits": 4, "slice_bits": 2},
        "adc": {"bits": 6, "conversion_time": 1e-7},
    },
    "sixteen rows of one bit, offset": {
        "tile": [{"rows": 16, "columns": 3, "cell": {"levels": 2}}],
        "encoding": "offset_column",
        "weight_bits": 3,
        "input": {"bits": 1, "slice_bits": 1},
        "adc": {"bits": 5, "conversion_time": 1e-7},
    },
}


def script(spec, mapping, vectors):
    """Return transactions that load a chip and run each vector, as rows of three words."""
    table = register_table(spec, FEATURES)
    places = {r.name: r.offset for r in table.registers}
    places |= {w.name: w.base for w in table.windows}
    levels = [tile.tolist() for tile in mapping.levels]
    loads = {
        "STEP": [word for step in mapping.table.steps for word in pack_step(step)],
        "BIAS": mapping.table.biases,
        "CONDUCTANCE": pack_levels(spec, FEATURES.lanes, levels),
        "STEPS": [len(mapping.table.steps)],
    }
    for name, words in loads.items():
        for index, word in enumerate(words):
            yield WRITE, places[name] + 4 * index, word
    lanes = 32 // spec.entry_bits
    shifts = spec.entry_bits * np.arange(lanes)
    for vector in vectors:
        for at in range(0, len(vector), lanes):
            part = vector[at : at + lanes]
            yield WRITE, places["INPUT"] + at // lanes * 4, int((part << shifts[: len(part)]).sum())
        yield WRITE, places["CTRL"], 1
        # Done, neither busy nor ended by an error.
        yield WAIT, places["STATUS"], 2
        for index in range(spec.columns):
            yield READ, places["RESULT"] + 4 * index, 0


def build(spec, folder):
    (folder / "core.v").write_text(verilog.convert(Core(spec, FEATURES), name="core"))
    return verilated(folder, Path(__file__).parent / "every_input.cpp", "core")


@pytest.mark.guarantee("G1", "exhaustive")
@pytest.mark.parametrize("name", CHIPS)
def test_every_input_vector_gives_the_product_of_plain_integers(name, tmp_path, figure):
    spec = ChipSpec.parse(CHIPS[name])
    rows, top = spec.rows, spec.input.maximum
    assert rows * spec.input.bits == 16
    assert spec.adc_shift == 0
    mapping = random_network(spec, [rows, spec.columns], np.random.default_rng(len(name)))
    vectors = np.array(list(itertools.product(range(top + 1), repeat=rows)))
    steps = np.array(list(script(spec, mapping, vectors))) % 2**32
    steps.astype("<u4").tofile(tmp_path / "script")
    ran = subprocess.run(
        [str(build(spec, tmp_path)), "script", "answers"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    found = np.fromfile(tmp_path / "answers", "<i4").reshape(-1, spec.columns)
    (layer,) = mapping.network.layers
    assert len(found) == 2**16
    assert np.array_equal(found, vectors @ layer.weights.T + layer.bias)
    figure("input vectors, all that there are", len(found))
