"""A task without spikes: a network of one hidden layer on values from 0 to 1."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.network import Network
from ohmloom_sim.digits import train_digits
from ohmloom_sim.senses.samples import train_sense
from ohmloom_sim.spiking.series import check_task

__all__ = ["DenseTask", "dense_task"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class DenseTask:
    """Values, and a network trained on them."""

    network: Network
    """One hidden layer of ReLU."""
    train: Floats
    """Values that it was trained on, (samples, lines)."""
    test: Floats
    """Values that it has not seen, (samples, lines)."""
    test_labels: Integers
    """Their classes."""

    @property
    def predictions(self) -> Integers:
        """Classes that it finds in what it has not seen."""
        found = self.network.activations(self.test)[-1].argmax(axis=1)
        return np.asarray(found, dtype=np.int64)


def dense_task(name: str, seed: int) -> DenseTask:
    """Train the dense network of a task, in some seconds.

    Parameters
    ----------
    name
        One of `ohmloom_sim.spiking.series.SERIES`; samples come in the order of `load_series`.
    seed
        Of the training and of the samples' order, and of the split of the digits.

    Raises
    ------
    ValueError
        Where there is no such task.
    ToolError
        Where the data sets aren't installed.
    """
    check_task(name)
    if name == "digits":
        digits = train_digits(seed)
        return DenseTask(
            network=digits.network,
            train=digits.train_inputs,
            test=digits.held_out_inputs,
            test_labels=digits.held_out_labels,
        )
    sense = train_sense(name, seed)
    return DenseTask(
        network=sense.network,
        train=sense.split.train_inputs,
        test=sense.split.test_inputs,
        test_labels=sense.split.test_labels,
    )
