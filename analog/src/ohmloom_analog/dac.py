"""The drivers of the word lines: from codes to voltages."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ohmloom_analog.spec import DacSpec

__all__ = ["Dac"]


class Dac:
    """One driver a word line, all alike.

    With u = code / highest code::

        v = offset + (1 + gain_error) v_lsb (code + 4 inl u (1 - u)) + noise N(0, 1)

    Parameters
    ----------
    spec
        The errors, and the voltage of the highest code.
    bits
        Bits of a code. With one bit there is nothing between the ends, so `inl` has no effect.
    """

    def __init__(self, spec: DacSpec, bits: int) -> None:
        self._noise = spec.noise
        self._maximum = (1 << bits) - 1
        code = np.arange(self._maximum + 1)
        position = code / self._maximum
        bow = 4 * spec.inl * position * (1 - position)
        lsb = spec.v_read / self._maximum
        self._voltages = spec.offset + (1 + spec.gain_error) * lsb * (code + bow)

    def voltages(self, codes: ArrayLike, rng: np.random.Generator) -> NDArray[np.float64]:
        """Return the voltages of the lines.

        Parameters
        ----------
        codes
            One integer a line, (R,).
        rng
            Draws the noise; R numbers where there is noise, else none.

        Returns
        -------
        NDArray
            (R,) [V].

        Raises
        ------
        ValueError
            Where a code isn't an integer in [0, highest code].
        """
        code = self._checked(codes)
        draws = rng.standard_normal(code.shape) if self.noisy else None
        return self.driven(code, draws)

    @property
    def noisy(self) -> bool:
        """Whether each setting of a line takes a number of noise."""
        return self._noise > 0

    def driven(
        self, codes: NDArray[np.integer], draws: NDArray[np.float64] | None
    ) -> NDArray[np.float64]:
        """Return the voltages of codes of any shape, with N(0, 1) drawn already [V].

        Parameters
        ----------
        draws
            In the shape of the codes; None where there is no noise.

        Raises
        ------
        ValueError
            Where a code isn't in [0, highest code].
        """
        voltages: NDArray[np.float64] = self._voltages[self._within(codes)]
        if draws is not None:
            voltages += self._noise * draws
        return voltages

    def _checked(self, codes: ArrayLike) -> NDArray[np.integer]:
        array = np.asarray(codes)
        if array.ndim != 1 or array.dtype.kind not in "iu":
            msg = f"codes must be a list of integers, not {array.dtype} of shape {array.shape}"
            raise ValueError(msg)
        return self._within(array)

    def _within(self, codes: NDArray[np.integer]) -> NDArray[np.integer]:
        if codes.size and not 0 <= codes.min() <= codes.max() <= self._maximum:
            wrong = np.argwhere((codes < 0) | (codes > self._maximum))[0]
            place = ", ".join(str(k) for k in wrong)
            msg = f"codes[{place}] must be in [0, {self._maximum}], not {int(codes[tuple(wrong)])}"
            raise ValueError(msg)
        return codes
