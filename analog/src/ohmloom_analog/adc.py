"""The converters at the bit lines: from fractions of full scale to codes."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ohmloom_analog.errors import EngineError
from ohmloom_analog.spec import AdcSpec

__all__ = ["Adc"]

# Far below any noise, far above rounding: what is an exact tie in real numbers, or an exact
# integer, then becomes the same code on every machine and in every engine.
_TIE = 1e-9


class Adc:
    """Converters, all alike.

    With y the input as a fraction of full scale, u = y within [0, 1] and x in LSB::

        x = offset + (1 + gain_error) y (2^bits - 1) + 4 inl u (1 - u) + noise N(0, 1)
        code = floor(x + 0.5 + 1e-9), within [0, 2^bits - 1]

    so a tie goes up, also where it is missed by less than 1e-9 LSB.
    """

    def __init__(self, spec: AdcSpec) -> None:
        self._spec = spec
        self._maximum = (1 << spec.bits) - 1

    def convert(
        self, inputs: ArrayLike, rng: np.random.Generator
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Return the codes, and which of them are clipped.

        Parameters
        ----------
        inputs
            Fractions of full scale, (n,).
        rng
            Draws the noise; n numbers where there is noise, else none.

        Returns
        -------
        codes
            (n,), within [0, 2^bits - 1].
        over_range
            (n,), whether the code would have been outside.

        Raises
        ------
        EngineError
            Where an input is NaN.
        """
        fraction = np.asarray(inputs, dtype=np.float64)
        draws = rng.standard_normal(fraction.shape) if self.noisy else None
        return self.codes(fraction, draws)

    @property
    def noisy(self) -> bool:
        """Whether each conversion takes a number of noise."""
        return self._spec.noise > 0

    def codes(
        self, fraction: NDArray[np.float64], draws: NDArray[np.float64] | None
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Return codes, and which are clipped, of inputs of any shape with N(0, 1) drawn already.

        Parameters
        ----------
        fraction
            Fractions of full scale.
        draws
            In their shape; None where there is no noise.

        Raises
        ------
        EngineError
            Where an input is NaN.
        """
        value = fraction * (self._maximum * (1 + self._spec.gain_error)) + self._spec.offset
        if self._spec.inl:
            inside = np.clip(fraction, 0.0, 1.0)
            value += 4 * self._spec.inl * inside * (1 - inside)
        if draws is not None:
            value += self._spec.noise * draws
        nearest = np.floor(value + (0.5 + _TIE))
        codes = np.minimum(np.maximum(nearest, 0), self._maximum)
        over_range = codes != nearest
        # NaN passes through the bounds and differs from itself, so it is among these if anywhere.
        if over_range.any() and np.isnan(nearest).any():
            place = int(np.flatnonzero(np.isnan(nearest))[0])
            msg = f"input {place} of the ADC must be a number, not nan"
            raise EngineError(msg)
        return codes.astype(np.int64), over_range
