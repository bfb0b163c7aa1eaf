"""Scaled rows on emitted Verilog: products over long bit lines, with and without."""

import numpy as np
from random_networks import random_inputs, random_network

from ohmloom_analog.place_map import PlaceMap
from ohmloom_analog.spec import ChipSpec
from ohmloom_sim.calibration_figures import calibration_figures
from ohmloom_sim.host.calibration import calibration_task
from ohmloom_sim.host.row_scale import row_scales
from ohmloom_sim.job import Job
from ohmloom_sim.passes import passes_of_steps
from ohmloom_sim.simulate import simulate

IMAGES, POINTS = 6, 24
PLAIN = {
    "name": "long-lines",
    "weight_bits": 5,
    "tile": [
        {
            "count": 2,
            "rows": 16,
            "columns": 4,
            "cell": {"g_min": 1e-6, "g_max": 40e-6, "levels": 16},
            "wires": {"r_word": 1.0, "r_bit": 40.0, "r_source": 20.0, "r_sense": 10.0},
        }
    ],
    "input": {"bits": 8, "slice_bits": 4},
    "adc": {"bits": 12, "columns_per_adc": 4, "offset": 4.0, "conversion_time": 3e-7},
    "dac": {"settle_time": 2e-7},
}


def mvm_errors(ecc, folder):
    spec = ChipSpec.parse({**PLAIN, "ecc": ecc})
    rng = np.random.default_rng(4)
    mapping = random_network(spec, [30, 4], rng)
    inputs = random_inputs(spec, IMAGES, 30, rng)
    typical = rng.uniform(0, 1, (80, 30)) * spec.input.maximum * mapping.network.input_lsb
    task = calibration_task(spec, mapping, typical, POINTS, np.random.default_rng(1))
    job = Job.of(spec, mapping, np.array(inputs), engine="nodal", calibration=task)
    answer = simulate(job, sim="icarus", folder=folder)
    figures = calibration_figures(
        spec,
        mapping,
        answer,
        passes_of_steps(spec, mapping.table, answer.recording, IMAGES),
        labels=np.zeros(IMAGES),
        integer=0.0,
    )
    return row_scales(spec, mapping.levels), figures.mvm_calibrated_lsb.rms


def test_scaled_rows_bring_calibrated_products_nearer(tmp_path):
    none, plain = mvm_errors({"drift_factor": True}, tmp_path / "plain")
    scales, scaled = mvm_errors({"row_scale": True}, tmp_path / "scaled")
    assert none is None
    assert scales.min() < 240
    assert scaled < plain / 1.3


def test_maps_take_scales_from_where_rows_are():
    spec = ChipSpec.parse({**PLAIN, "ecc": {"row_scale": True}})
    mapping = random_network(spec, [30, 4], np.random.default_rng(4))
    rows = tuple(range(15, -1, -1))
    place = PlaceMap(columns=tuple(range(4)), rows=rows)
    straight = row_scales(spec, mapping.levels)
    turned = row_scales(spec, mapping.levels, [place, place])
    assert np.array_equal(turned, straight[:, ::-1])
