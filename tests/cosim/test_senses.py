"""Motions through the emitted Verilog and the array: classes as in integers, sums near them."""

import numpy as np

from ohmloom_analog.spec import ChipSpec, load_spec
from ohmloom_sim.job import Job
from ohmloom_sim.simulate import simulate
from ohmloom_sim.tasks import prepare, sense_task

SAMPLES = 3


def test_chip_tells_motions_apart(tmp_path):
    # A tile a layer, which is all that is needed and quicker to simulate.
    spec = load_spec("default")
    group = spec.tile[0].model_copy(update={"count": 2})
    spec = ChipSpec.parse({**spec.model_dump(), "tile": [group.model_dump()]})
    prepared = prepare(spec, sense_task("basic-motions", 0), SAMPLES)
    job = Job.of(spec, prepared.mapping, prepared.inputs, engine="nodal", seed=0)
    answer = simulate(job, sim="icarus", folder=tmp_path)
    expected = prepared.integer.layers[-1]
    assert answer.winners.tolist() == expected.argmax(axis=1).tolist()
    assert answer.winners.tolist() == prepared.task.labels.tolist()
    assert len(set(answer.winners.tolist())) > 1
    assert answer.clipped == 0
    off = np.abs(answer.results - expected).max() / np.ptp(expected)
    assert 0 < off < 0.1
