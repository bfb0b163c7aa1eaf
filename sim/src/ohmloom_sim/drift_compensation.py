"""What the drift of phase-change cells does to products, and what simple corrections give back.

Arrays of differential pairs are programmed with random weights, and read again with the same
inputs when they have aged; the drift of each cell is that of `ohmloom_analog.devices.pcm`.

==========  =====================================================================================
correction  what is measured with the aged array
==========  =====================================================================================
none        nothing
global      one factor for all columns, sum |y_ref(0)| / sum |y_ref(t)| over reads of single rows
column      one factor a column, by least squares over reference reads
line        factor and offset a column, likewise: `ohmloom_analog.calibration_fit`
==========  =====================================================================================

The error of products is relative: root mean square of what they are off by, over that of what they
were when the array was young.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.calibration_fit import fit_columns
from ohmloom_analog.devices.pcm import (
    DRIFT_REFERENCE,
    drift_exponent_sample,
    read_noise_sigma,
)

__all__ = ["CORRECTIONS", "DriftError", "drift_errors"]

Floats = NDArray[np.float64]

CORRECTIONS = ("none", "global", "column", "line")
"""From the least to the most that is measured."""

_G_MAX = 25e-6
_REFERENCE_READS, _PRODUCTS = 64, 256


@dataclass(frozen=True, kw_only=True, slots=True)
class DriftError:
    """Errors of products at one age with one correction."""

    age: float
    """Time since programming [s]."""
    correction: str
    """One of `CORRECTIONS`."""
    errors: tuple[float, ...]
    """Relative error, one an array."""

    @property
    def mean(self) -> float:
        """Mean over the arrays."""
        return float(np.mean(self.errors))

    @property
    def spread(self) -> float:
        """Standard deviation over the arrays."""
        return float(np.std(self.errors, ddof=1))


def drift_errors(
    ages: Sequence[float],
    *,
    size: int = 32,
    arrays: int = 20,
    seed: int = 0,
    read_noise: bool = True,
    on_progress: Callable[[int], None] | None = None,
) -> tuple[DriftError, ...]:
    """Age arrays and correct them.

    Parameters
    ----------
    ages
        Times since programming [s].
    size
        Rows and columns of an array.
    arrays
        How many there are.
    seed
        Of weights, drift, noise and inputs.
    read_noise
        Whether the 1/f noise of the cells is there, which grows with age.
    on_progress
        Is told how many arrays are through.

    Raises
    ------
    ValueError
        Where an age is negative, there is none, or an array has less than two rows, or there are
        less than two arrays.
    """
    if not ages or min(ages) < 0 or not np.isfinite(ages).all():
        msg = f"ages must be at least one, none negative, not {list(ages)}"
        raise ValueError(msg)
    if size < 2 or arrays < 2:
        msg = f"size and arrays must be at least 2, not {size} and {arrays}"
        raise ValueError(msg)
    found: dict[tuple[float, str], list[float]] = {
        (age, name): [] for age in ages for name in CORRECTIONS
    }
    for number, rng in enumerate(np.random.default_rng(seed).spawn(arrays)):
        weights = rng.uniform(-1, 1, (size, size))
        pairs = np.stack([np.maximum(weights, 0), np.maximum(-weights, 0)]) * _G_MAX
        nu = drift_exponent_sample(pairs, _G_MAX, rng)
        noise = rng.standard_normal(pairs.shape)
        reads = rng.uniform(-1, 1, (_REFERENCE_READS, size))
        inputs = rng.uniform(-1, 1, (_PRODUCTS, size))
        for age in ages:
            aged = pairs * ((age + DRIFT_REFERENCE) / DRIFT_REFERENCE) ** -nu
            if read_noise:
                # So slow that all reads at an age see the same.
                aged += read_noise_sigma(pairs, aged, age, _G_MAX) * noise
            then = (aged[0] - aged[1]) / _G_MAX
            for name in CORRECTIONS:
                correct = _correction(name, weights, then, reads)
                right, given = inputs @ weights, correct(inputs @ then)
                error = np.sqrt(((given - right) ** 2).mean() / (right**2).mean())
                found[age, name].append(float(error))
        if on_progress is not None:
            on_progress(number + 1)
    return tuple(
        DriftError(age=age, correction=name, errors=tuple(errors))
        for (age, name), errors in found.items()
    )


def _correction(
    name: str, young: Floats, aged: Floats, reads: Floats
) -> Callable[[Floats], Floats]:
    before, now = reads @ young, reads @ aged
    if name == "global":
        # Reads of single rows: what a pair holds can't cancel itself out.
        factor = float(np.abs(young).sum() / np.abs(aged).sum())
        return lambda products: products * factor
    if name == "column":
        factors = (before * now).sum(axis=0) / (now**2).sum(axis=0)
        return lambda products: products * factors
    if name == "line":
        fit = fit_columns(now, before)
        return lambda products: np.asarray((products - fit.offset) * fit.gain)
    return lambda products: products
