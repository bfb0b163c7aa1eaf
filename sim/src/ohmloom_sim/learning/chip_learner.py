"""The walk of `learner`, over a chip at the end of a line: it makes the sums and the pulses."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.errors import SpecError
from ohmloom_analog.learning_fit import learning_size
from ohmloom_analog.spec import ChipSpec
from ohmloom_analog.table import LayerTable, Step
from ohmloom_hw.cell_engine import CellEngine
from ohmloom_hw.driver import Driver
from ohmloom_hw.learning.driver import LearningDriver
from ohmloom_hw.learning.rules import LearningSettings
from ohmloom_sim.learning.learner import Epoch, LearnedRun, judge
from ohmloom_sim.learning.tasks import LearningTask

__all__ = ["ChipLearner", "SeenSample", "check_learner"]

Integers = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class SeenSample:
    """A sample from which the chip has learnt."""

    inputs: tuple[int, ...]
    """As the chip took them."""
    sums: tuple[int, ...]
    """That the chip gave."""
    label: int
    """Its class."""
    given: int
    """Pulses on cells that had been given before it was learnt."""


def check_learner(spec: ChipSpec, task: LearningTask) -> None:
    """Refuse a chip that can't learn a task.

    Raises
    ------
    SpecError
        Naming what it lacks.
    """
    if spec.learning is None:
        msg = f"chip '{spec.name}' must have a section [learning] to learn, not none"
        raise SpecError(msg)
    if not spec.input.signed and (task.train_inputs < 0).any():
        msg = f"input.signed of chip '{spec.name}' must be true for inputs of both signs, not false"
        raise SpecError(msg)
    found, wanted = learning_size(spec, spec.learning), (task.inputs, task.classes)
    if found != wanted:
        msg = f"learning of chip '{spec.name}' must be for {wanted} inputs and outputs, not {found}"
        raise SpecError(msg)


class ChipLearner:
    """A chip that learns a task with the weights of its first tile.

    Parameters
    ----------
    driver
        To the chip.
    task
        What is learnt; inputs are driven at the largest code that the chip takes.
    pulsed
        Tells how many pulses cells have got so far.
    """

    def __init__(self, driver: Driver, task: LearningTask, pulsed: Callable[[], int]) -> None:
        self._driver, self._task, self._pulsed = driver, task, pulsed
        top = driver.spec.input.maximum
        self._scale = max(1, top // int(np.abs(task.train_inputs).max()))
        self.seen: list[SeenSample] = []
        """What has been learnt from, in order."""

    async def learn(
        self,
        settings: LearningSettings,
        *,
        epochs: int,
        rng: np.random.Generator,
        on_epoch: Callable[[int], None] | None = None,
    ) -> LearnedRun:
        """Walk over all samples until none is wrong, or the epochs are over.

        Parameters
        ----------
        settings
            The rule.
        epochs
            Walks at most, at least 1.
        rng
            Of the order of the samples.
        on_epoch
            Is told how many epochs are through.

        Raises
        ------
        HardwareError
            Where the chip stops with an error.
        """
        task, spec = self._task, self._driver.spec
        host = LearningDriver(self._driver, spec)
        await self._driver.load(LayerTable(steps=(self._step(),), biases=(0,), inputs=0, outputs=0))
        await host.begin(settings)
        async with CellEngine(self._driver, spec).armed():
            before, _ = judge(await self._all_sums(), task.test_labels)
            found: list[Epoch] = []
            for number in range(epochs):
                found.append(await self._epoch(host, rng))
                if on_epoch is not None:
                    on_epoch(number + 1)
                if found[-1].errors == 0:
                    break
            counts = await host.counts()
        return LearnedRun(
            rule=settings.rule,
            before=before,
            epochs=tuple(found),
            refused=counts.refused,
            pulses_per_weight=counts.pulses / (task.inputs * task.classes),
            most_wear=0,
        )

    async def _epoch(self, host: LearningDriver, rng: np.random.Generator) -> Epoch:
        task, before = self._task, (await host.counts()).pulses
        for sample in rng.permutation(len(task.train_labels)):
            inputs, label = task.train_inputs[sample], int(task.train_labels[sample])
            sums = await self._sums(inputs)
            driven, given = tuple(self._driven(inputs)), self._pulsed()
            seen = SeenSample(inputs=driven, sums=tuple(sums), label=label, given=given)
            self.seen.append(seen)
            await host.learn(label)
        accuracy, errors = judge(await self._all_sums(), task.test_labels)
        pulses = (await host.counts()).pulses - before
        return Epoch(accuracy=accuracy, errors=errors, pulses=pulses)

    def _step(self) -> Step:
        return Step.of_sums(0, rows=self._task.inputs, columns=self._task.classes, signed=True)

    def _driven(self, inputs: Integers) -> list[int]:
        return [int(value) for value in self._scale * inputs]

    async def _sums(self, inputs: Integers) -> list[int]:
        await self._driver.write_inputs(0, self._driven(inputs))
        await self._driver.run()
        return await self._driver.results(0, self._task.classes)

    async def _all_sums(self) -> Integers:
        return np.array([await self._sums(inputs) for inputs in self._task.test_inputs])
