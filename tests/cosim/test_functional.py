"""Twenty chips of many kinds, in emitted Verilog and as functional models, code by code.

OHMLOOM_MVMS=10000 sends so many products of a matrix and a vector through them; the default is a
number that takes a minute.
"""

import os
from pathlib import Path

import numpy as np
import pytest
from random_chips import DEFENCES, random_chip
from random_networks import random_inputs, random_network

from ohmloom_hw.emit import TOP, emit
from ohmloom_hw.features import Features
from ohmloom_sim.column_checks import job_checks
from ohmloom_sim.cosim import Bench, pass_bench
from ohmloom_sim.functional_chip import FunctionalChip
from ohmloom_sim.job import Job
from ohmloom_sim.recording import Recording
from ohmloom_sim.simulate import simulate
from ohmloom_sim.simulators import find_simulator

FOLDER = Path(__file__).parent / "functional"
PRODUCTS = int(os.environ.get("OHMLOOM_MVMS", "400"))
CHIPS = len(DEFENCES)
ECC_COUNTS = {"CHECK_CORRECTED": "corrected", "CHECK_DOUBTFUL": "doubtful"}


def _mapped(spec, rng):
    """Return a network of two layers, the first split over two tiles where rows are enough."""
    inputs = spec.data_rows + int(rng.integers(1, spec.data_rows, endpoint=True))
    hidden = int(rng.integers(1, min(spec.data_rows, spec.data_columns), endpoint=True))
    outputs = int(rng.integers(1, spec.data_columns, endpoint=True))
    signed = spec.input.signed
    mapping = random_network(spec, [inputs, hidden, outputs], rng, signed=signed)
    samples = -(-PRODUCTS // (CHIPS * len(mapping.placements)))
    return mapping, random_inputs(spec, max(samples, 2), inputs, rng, signed=signed)


def _co_simulated(job, folder, patch):
    patch.setenv("PYTHONPATH", str(FOLDER), prepend=os.pathsep)
    files = emit(job.spec, folder / "chip", features=Features(bus="wishbone"))
    job.save(folder)
    bench = Bench(
        sources=[files.verilog],
        top=TOP,
        module="replay_bench",
        folder=folder,
        environment={"REPLAY_JOB": str(folder.resolve())},
    )
    pass_bench(bench, find_simulator("icarus"))
    with np.load(folder / "found.npz") as found:
        return dict(found), Recording.load(folder / "recording.npz")


@pytest.mark.parametrize("number", range(CHIPS))
def test_codes_results_and_counts_are_those_of_the_verilog(number, tmp_path, monkeypatch):
    rng = np.random.default_rng((2026, number))
    spec = random_chip(number, rng)
    mapping, inputs = _mapped(spec, rng)
    seed = int(rng.integers(1 << 16))
    checks = job_checks(spec, mapping)
    job = Job.of(spec, mapping, inputs, engine="nodal", seed=seed, checks=checks)
    found, recording = _co_simulated(job, tmp_path, monkeypatch)
    model = FunctionalChip.build(spec, mapping, seed=seed).run(inputs)
    assert np.array_equal(recording.inputs, model.recording.inputs)
    assert np.array_equal(recording.tile, model.recording.tile)
    assert np.array_equal(recording.codes, model.recording.codes)
    assert np.array_equal(found["results"], model.results)
    assert np.array_equal(found["winners"], model.winners)
    assert found["counted"].tolist() == [model.conversions, model.clipped]
    counted = dict(zip(found["names"].tolist(), found["counts"].tolist(), strict=True))
    for register, name in ECC_COUNTS.items():
        if register in counted:
            assert counted[register] == getattr(model.counts, name)


def test_the_main_job_gives_the_same_over_its_serial_line(tmp_path):
    rng = np.random.default_rng(5)
    spec = random_chip(1, rng)
    mapping, inputs = _mapped(spec, rng)
    answer = simulate(Job.of(spec, mapping, inputs, seed=9), sim="icarus", folder=tmp_path)
    model = FunctionalChip.build(spec, mapping, seed=9).run(inputs)
    assert np.array_equal(answer.recording.codes, model.recording.codes)
    assert np.array_equal(answer.results, model.results)
    assert np.array_equal(answer.winners, model.winners)
    assert (answer.conversions, answer.clipped) == (model.conversions, model.clipped)
