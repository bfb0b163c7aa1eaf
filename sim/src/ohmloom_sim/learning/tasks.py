"""What is learnt: digits, and the three letters of a published experiment, as integers.

The letters z, v and n on 3 x 3 pixels, each as it is and with each pixel flipped, are the task of
Prezioso et al., Nature 521, 61 (2015): 30 patterns, ten weights a class, whose inputs are 1 or -1.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ohmloom_sim.digits import load_digits_split

__all__ = ["LearningTask", "digits_task", "letters_task"]

Integers = NDArray[np.int64]

_PIXEL_TOP = 15
_LETTERS = {"z": "111 010 111", "v": "101 101 010", "n": "010 101 101"}


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class LearningTask:
    """Samples to learn from, and samples to judge by; the last input is the bias."""

    train_inputs: Integers
    """Samples x inputs."""
    train_labels: Integers
    """Their classes."""
    test_inputs: Integers
    """Samples that accuracy is counted on."""
    test_labels: Integers
    """Their classes."""
    classes: int
    """Number of classes."""

    @property
    def inputs(self) -> int:
        """Inputs of a sample, with the bias."""
        return int(self.train_inputs.shape[1])


def digits_task(seed: int) -> LearningTask:
    """Return the digits with pixels of 4 bits, a fifth of them held out.

    Parameters
    ----------
    seed
        Of the split.
    """
    train_x, test_x, train_y, test_y = load_digits_split(seed)
    train, test = (
        _with_bias(np.rint(pixels * _PIXEL_TOP).astype(np.int64), _PIXEL_TOP)
        for pixels in (train_x, test_x)
    )
    return LearningTask(
        train_inputs=train,
        train_labels=train_y,
        test_inputs=test,
        test_labels=test_y,
        classes=10,
    )


def letters_task() -> LearningTask:
    """Return the letters; what is learnt from is what is judged by, as in the experiment."""
    patterns, labels = [], []
    for label, drawing in enumerate(_LETTERS.values()):
        letter = np.array([1 if pixel == "1" else -1 for pixel in drawing.replace(" ", "")])
        patterns.append(letter)
        patterns += [np.where(np.arange(letter.size) == k, -letter, letter) for k in range(9)]
        labels += [label] * 10
    inputs, classes = _with_bias(np.array(patterns, dtype=np.int64), 1), np.array(labels)
    return LearningTask(
        train_inputs=inputs,
        train_labels=classes,
        test_inputs=inputs,
        test_labels=classes,
        classes=len(_LETTERS),
    )


def _with_bias(samples: Integers, bias: int) -> Integers:
    return np.hstack([samples, np.full((len(samples), 1), bias, dtype=np.int64)])
