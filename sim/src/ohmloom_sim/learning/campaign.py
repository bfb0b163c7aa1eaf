"""A task learnt again and again, each time from other conductances."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ohmloom_hw.learning.rules import LearningRule
from ohmloom_sim.learning.learner import LearnedRun, LearningArray, learn
from ohmloom_sim.learning.pair_cells import PairCells, PairModel
from ohmloom_sim.learning.recipes import digits_settings, letters_settings
from ohmloom_sim.learning.tasks import LearningTask, digits_task, letters_task
from ohmloom_sim.learning.tiki_taka import TikiTakaArrays, TikiTakaSettings

__all__ = ["LearningCampaign", "run_learning"]


@dataclass(frozen=True, kw_only=True, slots=True)
class LearningCampaign:
    """Runs of one task with one rule."""

    task: str
    """``digits`` or ``letters``."""
    rule: LearningRule
    """The rule."""
    model: PairModel | None
    """How cells answer to pulses; None where they are devices that a chip moves."""
    tiki_taka: TikiTakaSettings | None = None
    """How a fast array was handed over; None for one array."""
    seeds: tuple[int, ...]
    """Of each run: split, first conductances, stuck cells, noise, order and draws."""
    runs: tuple[LearnedRun, ...]
    """One a seed."""

    @property
    def rule_name(self) -> str:
        """The rule, and that there are two arrays if so."""
        name = self.rule.name.lower()
        return name if self.tiki_taka is None else f"tiki-taka, {name}"

    def to_json(self) -> Mapping[str, Any]:
        """Return all of it."""
        found = asdict(self)
        found["rule"] = self.rule.name.lower()
        for run, given in zip(found["runs"], self.runs, strict=True):
            run["rule"] = self.rule.name.lower()
            run["accuracy"], run["perfect_after"] = given.accuracy, given.perfect_after
        return found


def run_learning(
    task: str,
    rule: LearningRule,
    model: PairModel,
    *,
    epochs: int,
    seed: int = 0,
    runs: int = 1,
    budget: int = (1 << 32) - 1,
    tiki_taka: TikiTakaSettings | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> LearningCampaign:
    """Learn a task from random conductances, once a seed.

    Parameters
    ----------
    task
        ``digits``, judged by the held-out fifth, or ``letters``, which end when all are right.
    rule
        The rule.
    model
        How cells answer to pulses.
    epochs
        Walks over all samples, at least 1.
    seed
        Of the first run; each later one has the next.
    runs
        How many.
    budget
        Pulses that may be given in a run.
    tiki_taka
        When a fast array, which takes the rule's pulses, is handed over to the one that is used;
        None for one array.
    on_progress
        Is told how many epochs are through.

    Raises
    ------
    ValueError
        Where there is no such task, no run, or the rule isn't for classes.
    """
    if task not in {"digits", "letters"} or runs < 1:
        msg = f"task and runs must be digits or letters, and at least 1, not {task} and {runs}"
        raise ValueError(msg)
    seeds = tuple(range(seed, seed + runs))
    found = []
    for number, one in enumerate(seeds):
        samples = digits_task(one) if task == "digits" else letters_task()
        make = digits_settings if task == "digits" else letters_settings
        settings = make(rule, bits=model.bits, seed=one, budget=budget)
        cells, order = np.random.default_rng(one).spawn(2)
        array = _array(samples, model, cells, tiki_taka)

        def moved(done: int, before: int = number * epochs) -> None:
            if on_progress is not None:
                on_progress(before + done)

        found.append(
            learn(
                samples,
                array,
                settings,
                epochs=epochs,
                rng=order,
                until_perfect=task == "letters",
                on_epoch=moved,
            )
        )
    return LearningCampaign(
        task=task, rule=rule, model=model, tiki_taka=tiki_taka, seeds=seeds, runs=tuple(found)
    )


def _array(
    task: LearningTask,
    model: PairModel,
    rng: np.random.Generator,
    tiki_taka: TikiTakaSettings | None,
) -> LearningArray:
    if tiki_taka is None:
        return PairCells(task.inputs, task.classes, model, rng)
    fast, slow = (PairCells(task.inputs, task.classes, model, one) for one in rng.spawn(2))
    return TikiTakaArrays(fast, slow, tiki_taka)
