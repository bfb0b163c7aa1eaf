"""Every output of every layer, in emitted Verilog with ideal arrays, against plain integers."""

import functools
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from random_networks import random_inputs, random_network, reference

from ohmloom_analog.mapping import map_network
from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.emit import TOP, emit
from ohmloom_sim.cosim import Bench, run_bench
from ohmloom_sim.job import Answer, Job
from ohmloom_sim.simulate import simulate
from ohmloom_sim.simulators import find_simulator

FOLDER = Path(__file__).parent / "exactness"
PRESSURE = {"speed": False, "pressure": True}

# The serial line takes most of the time, so a sample is led through many products, and few
# samples are sent.
SAMPLES = {
    "smallest": 4,
    "serial pairs": 10,
    "serial offset": 10,
    "parallel pairs": 12,
    "parallel offset": 12,
    "four layers": 12,
    "coarse converter": 10,
    "clipping converter": 10,
    "signed pairs": 10,
    "signed offset, wide inputs": 10,
    "wide tile": 4,
    "tall tile": 4,
}

# Name, chip, layer sizes. Times are short: the protocol doesn't depend on them.
FAST = {"dac": {"settle_time": 1e-7}, "baud": 3_000_000}
CHIPS: dict[str, tuple[dict[str, Any], list[int]]] = {
    "smallest": (
        {
            "tile": [{"rows": 2, "columns": 1, "cell": {"levels": 2}}],
            "weight_bits": 2,
            "input": {"bits": 1, "slice_bits": 1},
            "adc": {"bits": 3, "columns_per_adc": 1, "conversion_time": 1e-7},
        },
        [2, 1],
    ),
    "serial pairs": (
        {
            "tile": [{"count": 10, "rows": 8, "columns": 6, "cell": {"levels": 4}}],
            "weight_bits": 5,
            "input": {"bits": 8, "slice_bits": 1},
            "adc": {"bits": 5, "columns_per_adc": 8, "conversion_time": 2e-7},
        },
        [15, 12, 12, 6],
    ),
    "serial offset": (
        {
            "tile": [{"count": 8, "rows": 16, "columns": 5, "cell": {"levels": 2}}],
            "encoding": "offset_column",
            "weight_bits": 4,
            "input": {"bits": 6, "slice_bits": 1},
            "adc": {"bits": 5, "columns_per_adc": 4, "conversion_time": 2e-7},
        },
        [30, 10, 10, 9],
    ),
    "parallel pairs": (
        {
            "tile": [{"count": 12, "rows": 12, "columns": 8}],
            "weight_bits": 5,
            "input": {"bits": 6, "slice_bits": 6},
            "adc": {"bits": 14, "columns_per_adc": 16, "conversion_time": 3e-7},
        },
        [24, 16, 16, 16],
    ),
    "parallel offset": (
        {
            "tile": [{"count": 16, "rows": 10, "columns": 4}],
            "encoding": "offset_column",
            "weight_bits": 8,
            "input": {"bits": 8, "slice_bits": 8},
            "adc": {"bits": 16, "columns_per_adc": 2, "conversion_time": 1e-7},
        },
        [20, 8, 20, 4],
    ),
    "four layers": (
        {
            "tile": [{"count": 12, "rows": 8, "columns": 8, "cell": {"levels": 8}}],
            "weight_bits": 7,
            "input": {"bits": 5, "slice_bits": 3},
            "adc": {"bits": 9, "columns_per_adc": 8, "conversion_time": 2e-7},
        },
        [8, 16, 10, 9, 4],
    ),
    "coarse converter": (
        {
            "tile": [{"count": 8, "rows": 20, "columns": 6}],
            "input": {"bits": 8, "slice_bits": 4},
            "adc": {"bits": 6, "columns_per_adc": 6, "conversion_time": 2e-7},
        },
        [35, 12, 12, 12],
    ),
    "clipping converter": (
        {
            "tile": [{"count": 9, "rows": 14, "columns": 4, "cell": {"levels": 8}}],
            "encoding": "offset_column",
            "weight_bits": 6,
            "input": {"bits": 6, "slice_bits": 2},
            "adc": {"bits": 5, "range": 0.2, "columns_per_adc": 3, "conversion_time": 2e-7},
        },
        [28, 8, 8, 8, 4],
    ),
    "signed pairs": (
        {
            "tile": [{"count": 16, "rows": 6, "columns": 4}],
            "input": {"bits": 7, "slice_bits": 4, "signed": True},
            "adc": {"bits": 11, "columns_per_adc": 8, "conversion_time": 2e-7},
        },
        [12, 12, 12, 8],
    ),
    "signed offset, wide inputs": (
        {
            "tile": [{"count": 6, "rows": 5, "columns": 3, "cell": {"levels": 4}}],
            "encoding": "offset_column",
            "weight_bits": 6,
            "input": {"bits": 12, "slice_bits": 5, "signed": True},
            "adc": {"bits": 10, "columns_per_adc": 4, "conversion_time": 2e-7},
        },
        [10, 6, 3],
    ),
    "wide tile": (
        {
            "tile": [{"count": 2, "rows": 32, "columns": 32}],
            "input": {"bits": 4, "slice_bits": 4},
            "adc": {"bits": 13, "columns_per_adc": 16, "conversion_time": 4e-7},
        },
        [32, 32, 10],
    ),
    "tall tile": (
        {
            "tile": [{"count": 2, "rows": 64, "columns": 8, "cell": {"levels": 8}}],
            "weight_bits": 4,
            "input": {"bits": 8, "slice_bits": 2},
            "adc": {"bits": 11, "columns_per_adc": 64, "conversion_time": 1e-7},
        },
        [128, 8],
    ),
}


def prepared(name: str) -> tuple[ChipSpec, Any, Any]:
    plain, sizes = CHIPS[name]
    spec = ChipSpec.parse({"name": name, **FAST, **plain})
    rng = np.random.default_rng(sorted(CHIPS).index(name))
    mapping = random_network(spec, sizes, rng, signed=spec.input.signed)
    inputs = random_inputs(spec, SAMPLES[name], sizes[0], rng, signed=spec.input.signed)
    return spec, mapping, inputs


@pytest.mark.guarantee("G1", "layers")
def test_jobs_hold_a_thousand_products_on_twelve_chips():
    products = 0
    for name in CHIPS:
        _, mapping, inputs = prepared(name)
        products += len(mapping.table.steps) * len(inputs)
    assert len(CHIPS) == 12
    assert products >= 1000


@pytest.fixture(scope="module")
def emitted(tmp_path_factory):
    # Both simulators take the same files.
    @functools.cache
    def verilog(name):
        return emit(prepared(name)[0], tmp_path_factory.mktemp("chip")).verilog

    return verilog


@pytest.mark.guarantee("G1", "layers")
@pytest.mark.guarantee("G2", "products")
@pytest.mark.parametrize("sim", ["icarus", "verilator"])
@pytest.mark.parametrize("name", CHIPS)
def test_every_output_of_every_layer_is_exact(name, sim, emitted, tmp_path, monkeypatch, figure):
    spec, mapping, inputs = prepared(name)
    expected = [reference(spec, mapping, sample) for sample in inputs]
    for folder, pressure in PRESSURE.items():
        job = Job.of(spec, mapping, inputs, engine="ideal", seed=5, pressure=pressure, probe=True)
        (tmp_path / folder).mkdir()
        job.save(tmp_path / folder)
    # Both jobs in one run: most of a run's time goes into making the chip and starting.
    monkeypatch.setenv("PYTHONPATH", str(FOLDER), prepend=os.pathsep)
    bench = Bench(
        sources=[emitted(name)],
        top=TOP,
        module="exactness_bench",
        folder=tmp_path / "bench",
        environment={"OHMLOOM_JOBS": str(tmp_path)},
    )
    result = run_bench(bench, find_simulator(sim))
    assert result.failed == {}
    assert result.passed == ("at_full_speed", "under_pressure")
    for folder in PRESSURE:
        answer = Answer.load(tmp_path / folder)
        assert answer.results.tolist() == [outcome.layers[-1] for outcome in expected]
        firsts = [max(o.layers[-1]) for o in expected]
        best = [o.layers[-1].index(m) for o, m in zip(expected, firsts, strict=True)]
        assert answer.winners.tolist() == best
        for sample, outcome in zip(answer.buffer, expected, strict=True):
            for base, layer in zip(mapping.input_bases[1:], outcome.layers, strict=False):
                assert sample[base : base + len(layer)].tolist() == layer
        assert answer.clipped == sum(outcome.clipped for outcome in expected)
        assert len(answer.recording.tile) > 0
        figure("products of a tile, exact", len(mapping.table.steps) * len(inputs))
        figure("outputs of layers, exact", sum(map(len, expected[0].layers)) * len(inputs))
        figure("simulators", sim, merge="each")


def test_a_job_by_itself_runs_on_verilator_under_pressure(tmp_path):
    spec, mapping, inputs = prepared("smallest")
    job = Job.of(spec, mapping, inputs, engine="ideal", seed=5, pressure=True)
    answer = simulate(job, sim="verilator", folder=tmp_path)
    expected = [reference(spec, mapping, sample).layers[-1] for sample in inputs]
    assert answer.results.tolist() == expected


def test_mapping_is_refused_where_tiles_are_too_few():
    spec, mapping, _ = prepared("tall tile")
    small = spec.model_copy(update={"tile": (spec.tile[0].model_copy(update={"count": 1}),)})
    message = "^network must fit the 1 tiles of 64x8, not need 2 \\(layers 128x8\\)$"
    with pytest.raises(ValueError, match=message):
        map_network(small, mapping.network)
