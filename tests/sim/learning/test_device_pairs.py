"""Letters learnt by devices that move, behind wires and converters."""

import numpy as np
import pytest

from ohmloom_analog.errors import SpecError
from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.learning.rules import LearningRule, LearningSettings, Pulse
from ohmloom_sim.learning.device_pairs import DevicePairs, letters_chip
from ohmloom_sim.learning.learner import learn
from ohmloom_sim.learning.tasks import letters_task

RULE = LearningSettings(
    rule=LearningRule.MANHATTAN, batch=30, sum_shift=2, target_high=64, target_low=-64
)


def _conductance(array):
    return np.array(array.chip.tiles[0].writer.cells.conductance)


@pytest.mark.guarantee("G12", "letters")
def test_letters_are_learnt_without_an_error_within_twenty_epochs_from_twenty_seeds(figure):
    epochs = []
    for seed in range(20):
        array = DevicePairs(letters_chip(), engine="nodal", seed=seed)
        rng = np.random.default_rng(seed)
        run = learn(letters_task(), array, RULE, epochs=20, rng=rng, until_perfect=True)
        assert run.before < 0.9
        assert run.epochs[-1].errors == 0
        # An epoch gives each weight one pulse at most.
        assert run.most_wear <= len(run.epochs)
        assert array.chip.clipped == 0
        epochs.append(len(run.epochs))
    # The published mean is about 23.
    assert np.mean(epochs) < 23
    figure("seeds on models of devices", len(epochs))
    figure("epochs on models of devices", max(epochs), merge="most")


@pytest.mark.parametrize("up", [True, False])
def test_a_pulse_moves_the_two_cells_of_its_weight_against_each_other_and_no_other(up):
    array = DevicePairs(letters_chip(), engine="nodal", seed=0)
    before = _conductance(array)
    array.apply([Pulse(4, 1, up, 2)])
    moved = _conductance(array) - before
    way = 1 if up else -1
    assert moved[4, 2] * way > 0
    assert moved[4, 3] * way < 0
    others = np.ones(moved.shape, dtype=bool)
    others[4, 2:4] = False
    assert np.abs(moved[others]).max() < 1e-6 * before.max()
    assert array.wear[:, 4, 1].tolist() == [2, 2]
    assert array.wear.sum() == 4


def test_sums_follow_the_conductances():
    spec = letters_chip()
    array = DevicePairs(spec, engine="nodal", seed=2)
    held = _conductance(array)[:, :-1]
    inputs = letters_task().train_inputs
    lsb = spec.full_scale_current(0) / spec.code_maximum
    expected = inputs @ (held[:, 0::2] - held[:, 1::2]) * spec.dac.v_read / lsb
    # Wires take little of it, offsets of amplifiers cancel between the passes.
    assert np.abs(array.sums(inputs) - expected).max() < 0.02 * np.abs(expected).max() + 6


def test_a_chip_without_pairs_is_refused():
    data = letters_chip().model_dump()
    spec = ChipSpec.parse(data | {"encoding": "offset_column", "learning": None})
    with pytest.raises(SpecError, match="^encoding of a chip that learns must be diff_pair, not "):
        DevicePairs(spec, engine="nodal", seed=0)
