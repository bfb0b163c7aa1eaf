"""Epoch after epoch: sums of an array, pulses of a rule, and how much is right afterwards."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ohmloom_hw.learning.reference import LearningReference
from ohmloom_hw.learning.rules import LearningRule, LearningSettings, LearningShape, Pulse
from ohmloom_sim.learning.tasks import LearningTask

__all__ = ["Epoch", "LearnedRun", "LearningArray", "judge", "learn"]

Integers = NDArray[np.int64]


class LearningArray(Protocol):
    """Weights that give sums, and that pulses move."""

    @property
    def wear(self) -> Integers:
        """Pulses that each cell has got, (2, inputs, outputs)."""
        ...

    def sums(self, inputs: Integers) -> Integers:
        """Return the sums of samples, (samples, outputs), for inputs (samples, inputs)."""
        ...

    def apply(self, pulses: Sequence[Pulse]) -> None:
        """Give pulses, in their order."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Epoch:
    """What came of one walk over all samples."""

    accuracy: float
    """Share of the test samples whose class has the largest sum, after the epoch."""
    errors: int
    """Test samples of which that isn't so; equal sums count as wrong."""
    pulses: int
    """Pulses on weights in this epoch; each is one on either cell of a pair."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LearnedRun:
    """A run from its first conductances to its last epoch."""

    rule: LearningRule
    """The rule."""
    before: float
    """Accuracy with the first conductances."""
    epochs: tuple[Epoch, ...]
    """Epoch after epoch."""
    refused: int
    """Pulses that the budget didn't allow."""
    pulses_per_weight: float
    """Mean over the weights."""
    most_wear: int
    """Pulses of the cell that got most."""

    @property
    def accuracy(self) -> float:
        """Accuracy after the last epoch."""
        return self.epochs[-1].accuracy

    @property
    def perfect_after(self) -> int | None:
        """Epochs after which nothing was wrong for the first time; None if that never was."""
        errors = [epoch.errors for epoch in self.epochs]
        return errors.index(0) + 1 if 0 in errors else None


def learn(
    task: LearningTask,
    array: LearningArray,
    settings: LearningSettings,
    *,
    epochs: int,
    rng: np.random.Generator,
    until_perfect: bool = False,
    on_epoch: Callable[[int], None] | None = None,
) -> LearnedRun:
    """Learn a task with an array.

    Parameters
    ----------
    task
        What is learnt.
    array
        Holds the weights.
    settings
        The rule.
    epochs
        Walks over all samples, at least 1.
    rng
        Of the order of the samples.
    until_perfect
        Whether to end as soon as no test sample is wrong.
    on_epoch
        Is told how many epochs are through.

    Raises
    ------
    ValueError
        Where there is no epoch.
    """
    if epochs < 1:
        msg = f"epochs must be at least 1, not {epochs}"
        raise ValueError(msg)
    shape = LearningShape(inputs=task.inputs, outputs=task.classes)
    chip = LearningReference(shape, settings)
    first, _ = judge(array.sums(task.test_inputs), task.test_labels)
    found: list[Epoch] = []
    for number in range(epochs):
        given = 0
        for sample in rng.permutation(len(task.train_labels)):
            inputs = task.train_inputs[sample]
            sums = array.sums(inputs[None])[0]
            pulses = chip.learn(inputs.tolist(), sums.tolist(), int(task.train_labels[sample]))
            array.apply(pulses)
            given += sum(pulse.number for pulse in pulses)
        accuracy, errors = judge(array.sums(task.test_inputs), task.test_labels)
        found.append(Epoch(accuracy=accuracy, errors=errors, pulses=given))
        if on_epoch is not None:
            on_epoch(number + 1)
        if until_perfect and errors == 0:
            break
    return LearnedRun(
        rule=settings.rule,
        before=first,
        epochs=tuple(found),
        refused=chip.refused,
        pulses_per_weight=sum(epoch.pulses for epoch in found) / (shape.inputs * shape.outputs),
        most_wear=int(array.wear.max()),
    )


def judge(sums: Integers, labels: Integers) -> tuple[float, int]:
    """Return the share of samples whose class has the largest sum, and how many others there are.

    Parameters
    ----------
    sums
        Sums of each sample, (samples, classes); where the class's is only as large as another, the
        sample counts as wrong.
    labels
        Classes, (samples,).
    """
    places = np.arange(len(sums))
    right = sums[places, labels]
    others = sums.copy()
    others[places, labels] = np.iinfo(others.dtype).min
    errors = int((right <= others.max(axis=1)).sum())
    return 1 - errors / len(sums), errors
