"""Letters learnt by emitted Verilog, whose pulses move VTEAM devices behind wires."""

import numpy as np
import pytest
from learning_oracle import LearningOracle

from ohmloom_hw.learning.registers import learning_shape
from ohmloom_sim.learning.chip_run import LearningJob, simulate_learning
from ohmloom_sim.learning.device_pairs import letters_chip
from ohmloom_sim.learning.recipes import letters_on_devices
from ohmloom_sim.learning.tasks import letters_task


def expected_pulses(pulses):
    """Return the pulses on cells that pulses on weights are, each on the first cell first."""
    found = []
    for row, column, up, number in pulses:
        ways = ("SET", "RESET") if up else ("RESET", "SET")
        found += [(way, row, 2 * column + side) for side, way in enumerate(ways)] * number
    return found


@pytest.fixture(scope="module")
def learnt(tmp_path_factory):
    spec, folder = letters_chip(), tmp_path_factory.mktemp("letters")
    settings = letters_on_devices(spec, seed=3)
    job = LearningJob(spec=spec, settings=settings, epochs=20, engine="nodal", seed=3)
    return job, simulate_learning(job, sim="icarus", folder=folder)


@pytest.mark.guarantee("G12", "letters")
def test_no_letter_is_wrong_within_twenty_epochs(learnt, figure):
    _, found = learnt
    assert found.run.before < 0.9
    assert found.run.epochs[-1].errors == 0
    assert len(found.run.epochs) <= 20
    figure("epochs on emitted Verilog", len(found.run.epochs), merge="most")


@pytest.mark.guarantee("G12", "pulses")
def test_pulses_on_devices_are_those_of_the_oracle_for_what_the_chip_saw(learnt, figure):
    job, found = learnt
    oracle = LearningOracle(learning_shape(job.spec), job.settings)
    given, task = [], letters_task()
    for sample in found.samples:
        assert sample["given"] == len(given)
        given += expected_pulses(oracle.learn(sample["inputs"], sample["sums"], sample["label"]))
    assert list(found.pulses) == given
    assert len(given) == 2 * sum(epoch.pulses for epoch in found.run.epochs) > 0
    figure("pulses on devices behind emitted Verilog, equal", len(given))
    # Every epoch shows the chip each pattern once, at the largest code.
    seen = np.array([sample["inputs"] for sample in found.samples[:30]])
    assert np.array_equal(np.unique(seen, axis=0), np.unique(15 * task.train_inputs, axis=0))


def test_sums_move_the_way_that_pulses_say(learnt):
    _, found = learnt
    first = {tuple(s["inputs"]): s for s in found.samples[:30]}
    last = {tuple(s["inputs"]): s for s in found.samples[-30:]}
    if first is last or len(found.run.epochs) == 1:
        pytest.fail("learning must take more than one epoch for this seed")
    gained = [
        last[key]["sums"][sample["label"]] - max(np.delete(last[key]["sums"], sample["label"]))
        > sample["sums"][sample["label"]] - max(np.delete(sample["sums"], sample["label"]))
        for key, sample in first.items()
    ]
    assert np.mean(gained) > 0.6
