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
        self._spec = spec
        self._maximum = (1 << bits) - 1

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
        position = code / self._maximum
        bow = 4 * self._spec.inl * position * (1 - position)
        lsb = self._spec.v_read / self._maximum
        voltages = self._spec.offset + (1 + self._spec.gain_error) * lsb * (code + bow)
        if self._spec.noise > 0:
            voltages += self._spec.noise * rng.standard_normal(code.shape)
        return voltages

    def _checked(self, codes: ArrayLike) -> NDArray[np.int64]:
        array = np.asarray(codes)
        if array.ndim != 1 or array.dtype.kind not in "iu":
            msg = f"codes must be a list of integers, not {array.dtype} of shape {array.shape}"
            raise ValueError(msg)
        wrong = np.flatnonzero((array < 0) | (array > self._maximum))
        if wrong.size:
            row = int(wrong[0])
            msg = f"codes[{row}] must be in [0, {self._maximum}], not {int(array[row])}"
            raise ValueError(msg)
        return array.astype(np.int64)
