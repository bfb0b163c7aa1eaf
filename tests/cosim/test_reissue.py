"""Figures of a run whose conversions clip, on a chip that reads such steps again in half slices."""

import numpy as np
from random_networks import random_inputs, random_network

from ohmloom_analog.integer import run_integers
from ohmloom_analog.spec import ChipSpec
from ohmloom_sim.job import Job
from ohmloom_sim.metrics import measure
from ohmloom_sim.simulate import simulate

SAMPLES = 8
# All rows at once give up to 288 units, of which the converters tell 127.
SPEC = ChipSpec.parse(
    {
        "tile": [{"count": 4, "rows": 8, "columns": 6, "cell": {"levels": 4}}],
        "weight_bits": 3,
        "input": {"bits": 8, "slice_bits": 4},
        "dac": {"settle_time": 1e-7},
        "adc": {"bits": 7, "range": 0.35, "columns_per_adc": 4, "conversion_time": 1e-7},
        "ecc": {"reissue": True},
    }
)


def test_sums_of_steps_that_clipped_are_exact_in_the_figures(tmp_path):
    rng = np.random.default_rng(3)
    mapping = random_network(SPEC, [16, 6, 6], rng)
    inputs = np.array(random_inputs(SPEC, SAMPLES, 16, rng))
    job = Job.of(SPEC, mapping, inputs, engine="ideal")
    answer = simulate(job, sim="icarus", folder=tmp_path)
    expected = run_integers(SPEC, mapping, inputs)
    assert np.array_equal(answer.results, expected.layers[-1])
    steps = SAMPLES * len(mapping.table.steps)
    assert 0 < expected.reissued < steps
    assert answer.ecc_counts["REISSUED"] == expected.reissued
    found = measure(
        SPEC,
        mapping,
        answer,
        expected,
        labels=np.zeros(SAMPLES, dtype=np.int64),
        float_predictions=np.zeros(SAMPLES, dtype=np.int64),
        seed=0,
        engine="ideal",
        sim="icarus",
    )
    assert answer.recording.halved.sum() == expected.reissued * SPEC.input.slices
    assert found.mvm_error_lsb.max == 0
    assert found.code_error_lsb.max == 0
