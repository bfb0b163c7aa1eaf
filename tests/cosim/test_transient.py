"""Emitted Verilog with arrays that are read in time."""

import numpy as np
from random_networks import random_inputs, random_network

from ohmloom_analog.spec import ChipSpec
from ohmloom_sim.job import Job
from ohmloom_sim.simulate import simulate


def test_chip_tells_how_far_its_reads_had_settled(tmp_path):
    spec = ChipSpec.parse(
        {
            "tile": [{"count": 2, "rows": 3, "columns": 2, "cell": {"levels": 4}}],
            "weight_bits": 3,
            "input": {"bits": 2, "slice_bits": 2},
            "adc": {"bits": 6, "columns_per_adc": 1, "conversion_time": 1e-7},
            "dac": {"settle_time": 2e-7},
            "tia": {"bandwidth": 10e6},
            "baud": 3_000_000,
        }
    )
    mapping = random_network(spec, [3, 2, 2], np.random.default_rng(0))
    inputs = random_inputs(spec, 3, 2, np.random.default_rng(1))
    answers = [
        simulate(
            Job.of(spec, mapping, inputs, engine=engine),
            sim=None,
            folder=tmp_path / engine,
        )
        for engine in ("nodal", "transient")
    ]
    assert answers[0].settling == {}
    assert set(answers[1].settling) == {0, 1}
    # Of the largest step, one pole of 10 MHz leaves exp(-4 pi) = 3.5e-6 after 200 ns; the solver's
    # own steps leave more.
    for worst in answers[1].settling.values():
        assert 0 < worst.relative < 1e-3
    # All currents are whole numbers of codes, far from where a code changes.
    np.testing.assert_array_equal(answers[1].recording.codes, answers[0].recording.codes)
