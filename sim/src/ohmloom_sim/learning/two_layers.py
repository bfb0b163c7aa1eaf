"""Two layers that learn in place, the errors of the hidden one led back through the second.

======  ==================================================================  ====
symbol  name                                                                unit
======  ==================================================================  ====
x       inputs of a sample, with the bias last                              1
W, V    weights of the hidden and of the last layer, pairs of cells         1
h       what hidden units give: W^T x / 2^a, from 0 to 255; bias last       1
y       what the last layer gives: V^T h / 2^b                              1
e       its errors: the target less y                                       1
d       errors of the hidden units: V e / 2^c, a transposed read            1
======  ==================================================================  ====

A unit that is at an end of its range has no error. Both layers take their pulses from the threshold
rule with errors given, as the chip's engine does from what its host writes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ohmloom_hw.learning.reference import LearningReference
from ohmloom_hw.learning.rules import LearningRule, LearningSettings, LearningShape
from ohmloom_sim.learning.pair_cells import PairCells, PairModel

__all__ = ["TwoLayerSettings", "TwoLayers"]

Integers = NDArray[np.int64]

_TOP = 255


@dataclass(frozen=True, kw_only=True, slots=True)
class TwoLayerSettings:
    """How two layers learn.

    Raises
    ------
    ValueError
        Where a number is out of range.
    """

    hidden: int = 8
    """Hidden units."""
    hidden_shift: int = 6
    """a."""
    output_shift: int = 6
    """b."""
    error_shift: int = 6
    """c."""
    threshold: int = 2000
    """Products of input and error up to this size give no pulse."""
    target: int = 100
    """What the label's sum should be; the others should be its negative."""
    bias: int = 100
    """Last input of either layer."""
    back: bool = True
    """Whether the hidden layer learns, too."""

    def __post_init__(self) -> None:
        """Check the ranges."""
        for name, low, high in (
            ("hidden", 2, 1 << 12),
            ("hidden_shift", 0, 31),
            ("output_shift", 0, 31),
            ("error_shift", 0, 31),
            ("threshold", 0, (1 << 31) - 1),
            ("target", 1, 127),
            ("bias", 0, _TOP),
        ):
            value = getattr(self, name)
            if not low <= value <= high:
                msg = f"{name} must be in [{low}, {high}], not {value}"
                raise ValueError(msg)


class TwoLayers:
    """A network of two layers in exact arrays.

    Parameters
    ----------
    inputs, outputs
        Of the network, without the bias.
    settings
        How it learns.
    model
        How cells answer to pulses.
    rng
        Of what the cells are at first, and of their noise.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        settings: TwoLayerSettings,
        model: PairModel,
        rng: np.random.Generator,
    ) -> None:
        self._settings, self._outputs = settings, outputs
        self.first = PairCells(inputs + 1, settings.hidden, model, rng)
        """Cells of the hidden layer."""
        self.last = PairCells(settings.hidden + 1, outputs, model, rng)
        """Cells of the last layer."""
        self._rules = [
            LearningReference(
                LearningShape(inputs=rows, outputs=columns),
                LearningSettings(
                    rule=LearningRule.THRESHOLD, given=True, threshold=settings.threshold
                ),
            )
            for rows, columns in ((inputs + 1, settings.hidden), (settings.hidden + 1, outputs))
        ]

    def winners(self, samples: Integers) -> Integers:
        """Return the output with the largest sum of each sample (n, inputs); -1 for equal ones."""
        sums = self._run(samples)[1]
        best = np.sort(sums, axis=1)
        return np.where(best[:, -1] > best[:, -2], sums.argmax(axis=1), -1)

    def learn(self, samples: Integers, labels: Sequence[int]) -> None:
        """Learn from samples (n, inputs), one after the other."""
        for sample, label in zip(samples, labels, strict=True):
            self._learn(sample, label)

    def _run(self, samples: Integers) -> tuple[Integers, Integers]:
        """Return what the hidden units and the outputs give."""
        hidden = self.first.sums(self._with_bias(samples)) >> self._settings.hidden_shift
        hidden = np.clip(hidden, 0, _TOP)
        return hidden, self.last.sums(self._with_bias(hidden)) >> self._settings.output_shift

    def _learn(self, sample: Integers, label: int) -> None:
        settings = self._settings
        (hidden,), (outputs,) = self._run(sample[np.newaxis])
        targets = np.where(np.arange(self._outputs) == label, settings.target, -settings.target)
        errors = np.clip(targets - outputs, -_TOP, _TOP)
        # The transposed read comes before the pulses that move what it reads.
        levels = self.last.levels
        back = ((levels[0] - levels[1]) @ errors)[:-1] >> settings.error_shift
        inside = (hidden > 0) & (hidden < _TOP)
        led_back = np.where(inside, np.clip(back, -_TOP, _TOP), 0)
        self._pulse(self.last, 1, hidden, errors)
        if settings.back:
            self._pulse(self.first, 0, sample, led_back)

    def _pulse(self, cells: PairCells, layer: int, given: Integers, errors: Integers) -> None:
        inputs = self._with_bias(given[np.newaxis])[0]
        cells.apply(self._rules[layer].learn(inputs.tolist(), errors.tolist()))

    def _with_bias(self, samples: Integers) -> Integers:
        return np.hstack([samples, np.full((len(samples), 1), self._settings.bias)])
