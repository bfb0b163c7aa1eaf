"""Learning as the issue asks for it, and step by step against a loop written on its own."""

import numpy as np
import pytest

from ohmloom_hw.learning.rules import LearningRule, LearningSettings
from ohmloom_sim.learning.campaign import run_learning
from ohmloom_sim.learning.learner import learn
from ohmloom_sim.learning.pair_cells import PairCells, PairModel
from ohmloom_sim.learning.recipes import DIGITS_RULES, digits_settings
from ohmloom_sim.learning.tasks import digits_task, letters_task

SEEDS = 5


@pytest.mark.guarantee("G12", "digits")
def test_digits_are_learnt_from_random_conductances(figure):
    campaign = run_learning("digits", LearningRule.PERCEPTRON, PairModel(), epochs=10, runs=SEEDS)
    accuracies = [run.accuracy for run in campaign.runs]
    assert min(accuracies) >= 0.92, accuracies
    assert max(run.before for run in campaign.runs) < 0.3
    assert max(run.pulses_per_weight for run in campaign.runs) < 200
    figure("seeds", len(accuracies))
    figure("worst accuracy after 10 epochs", float(min(accuracies)), merge="least")


def test_digits_are_learnt_around_stuck_cells():
    model = PairModel(stuck=0.05)
    campaign = run_learning("digits", LearningRule.PERCEPTRON, model, epochs=10, runs=SEEDS)
    accuracies = [run.accuracy for run in campaign.runs]
    assert min(accuracies) >= 0.90, accuracies


def test_pulses_are_those_of_a_plain_loop():
    task, seed = digits_task(0), 4
    first, _ = np.random.default_rng(seed).spawn(2)
    pair = PairCells(65, 10, PairModel(), first).levels.astype(np.int64)
    settings = LearningSettings(theta=7, margin=600)
    array = PairCells(65, 10, PairModel(), np.random.default_rng(seed).spawn(2)[0])
    run = learn(task, array, settings, epochs=2, rng=np.random.default_rng(seed))
    order, pulses = np.random.default_rng(seed), []
    for _ in range(2):
        given = 0
        for k in order.permutation(len(task.train_labels)):
            x, label = task.train_inputs[k], int(task.train_labels[k])
            y = x @ (pair[0] - pair[1])
            winner = max((j for j in range(10) if j != label), key=lambda j: y[j])
            if y[label] > y[winner] + 600:
                continue
            bright = x > 7
            for column, way in ((label, 1), (winner, -1)):
                pair[0, bright, column] += way
                pair[1, bright, column] -= way
            pair = np.clip(pair, 0, 127)
            given += 2 * int(bright.sum())
        pulses.append(given)
    assert [epoch.pulses for epoch in run.epochs] == pulses
    assert (array.levels == pair).all()


def test_a_spent_budget_ends_learning_and_counts_what_it_refused():
    campaign = run_learning("digits", LearningRule.PERCEPTRON, PairModel(), epochs=2, budget=5_000)
    (run,) = campaign.runs
    assert sum(epoch.pulses for epoch in run.epochs) == 5_000
    assert run.epochs[-1].pulses == 0
    assert run.refused > 0


@pytest.mark.parametrize("rule", [LearningRule.MANHATTAN, LearningRule.PERCEPTRON])
def test_letters_are_learnt_without_an_error_within_twenty_epochs(rule):
    for model in (PairModel(bits=6), PairModel(bits=6, noise=0.5)):
        campaign = run_learning("letters", rule, model, epochs=20, runs=20)
        for run in campaign.runs:
            assert run.epochs[-1].errors == 0
            assert run.perfect_after == len(run.epochs)


@pytest.mark.parametrize("rule", [LearningRule.THRESHOLD, LearningRule.STOCHASTIC])
def test_other_rules_learn_the_digits_too(rule):
    campaign = run_learning("digits", rule, PairModel(), epochs=1)
    assert campaign.runs[0].accuracy > 0.8


def test_settings_follow_the_bits_of_a_cell_and_the_seed():
    base = DIGITS_RULES[LearningRule.THRESHOLD]
    wide = digits_settings(LearningRule.THRESHOLD, bits=9, seed=3, budget=7)
    assert (wide.sum_shift, wide.threshold) == (base.sum_shift + 2, base.threshold)
    assert (wide.row_seed, wide.column_seed, wide.budget) == (7, 4, 7)
    assert digits_settings(LearningRule.PERCEPTRON, bits=5, seed=0, budget=1).margin == 150
    highest = digits_settings(LearningRule.PERCEPTRON, bits=7, seed=2**32 - 1, budget=1)
    assert highest.row_seed > 0
    assert highest.column_seed > 0


def test_what_makes_no_sense_is_refused():
    with pytest.raises(ValueError, match="^rule must be one of perceptron, .*, not stdp$"):
        run_learning("letters", LearningRule.STDP, PairModel(), epochs=1)
    with pytest.raises(ValueError, match="^task and runs must be .*, not words and 1$"):
        run_learning("words", LearningRule.PERCEPTRON, PairModel(), epochs=1)
    task, rng = letters_task(), np.random.default_rng(0)
    array = PairCells(10, 3, PairModel(), rng)
    with pytest.raises(ValueError, match="^epochs must be at least 1, not 0$"):
        learn(task, array, LearningSettings(), epochs=0, rng=rng)
