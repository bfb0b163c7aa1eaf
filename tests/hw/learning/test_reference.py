"""The reference against an oracle that works on matrices and on polynomials."""

import random

import pytest
from hypothesis import given, settings
from learning_oracle import LearningOracle
from learning_samples import engines, samples_for

from ohmloom_hw.learning.reference import LearningReference
from ohmloom_hw.learning.rules import LearningRule, LearningSettings, LearningShape

SHAPE = LearningShape(inputs=3, outputs=2)


@pytest.mark.guarantee("G12", "pulses")
@settings(deadline=None, max_examples=150)
@given(engine=engines())
def test_pulse_lists_are_those_of_the_oracle(engine):
    shape, chosen, seed = engine
    model, oracle = LearningReference(shape, chosen), LearningOracle(shape, chosen)
    for sample in samples_for(shape, chosen, random.Random(seed), 6):
        assert [tuple(pulse) for pulse in model.learn(*sample)] == oracle.learn(*sample)
    assert (model.remaining, model.refused) == (oracle.left, oracle.refused)
    assert model.mistakes == oracle.mistakes


def test_a_right_answer_gives_no_pulse_and_a_wrong_one_moves_two_columns():
    model = LearningReference(SHAPE, LearningSettings())
    assert model.learn([5, 0, -5], [10, 9], 0) == []
    assert model.learn([5, 0, -5], [9, 10], 0) == [
        (0, 0, True, 1),
        (2, 0, False, 1),
        (0, 1, False, 1),
        (2, 1, True, 1),
    ]
    assert model.mistakes == 1


def test_equal_sums_are_a_mistake():
    model = LearningReference(SHAPE, LearningSettings())
    assert model.learn([1, 1, 1], [4, 4], 1)
    assert model.mistakes == 1


def test_the_budget_cuts_a_list_and_what_is_cut_is_counted():
    model = LearningReference(
        SHAPE,
        LearningSettings(
            rule=LearningRule.STOCHASTIC, given=True, slots=8, input_gain=8, error_gain=8, budget=13
        ),
    )
    assert model.learn([1, 1, 1], [1, 0]) == [(0, 0, True, 8), (1, 0, True, 5)]
    assert (model.remaining, model.refused) == (0, 11)
    assert model.learn([1, 1, 1], [1, 0]) == []
    assert model.refused == 35


@pytest.mark.parametrize(
    ("sample", "message"),
    [
        (([1, 2], [3, 4], 0), "inputs and sums must be 3 and 2, not 2 and 2"),
        (([1, 2, 3], [3], 0), "inputs and sums must be 3 and 2, not 3 and 1"),
        (([1, 2, 3], [3, 4], 2), r"label must be in \[0, 1\], not 2"),
    ],
)
def test_samples_that_do_not_fit_are_refused(sample, message):
    model = LearningReference(SHAPE, LearningSettings())
    with pytest.raises(ValueError, match=f"^{message}$"):
        model.learn(*sample)


def test_more_slots_than_there_are_are_refused():
    shape = LearningShape(inputs=3, outputs=2, slots=4)
    with pytest.raises(ValueError, match="^slots must be at most the engine's 4, not 8$"):
        LearningReference(shape, LearningSettings())
