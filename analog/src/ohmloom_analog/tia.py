"""The transimpedance amplifiers: from line currents to fractions of the ADC's full scale."""

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.spec import TiaSpec

__all__ = ["SATURATION", "Tia"]

SATURATION = 1.25
"""Output at which an amplifier saturates, in either direction, as a fraction of full scale."""


class Tia:
    """One amplifier a bit line, each with a gain and offset of its own.

    The output is current-referred::

        y = (1 + gain_error[line]) (I[line] - I_ref) / I_full_scale + offset[line] + noise N(0, 1)

    and stays within +-`SATURATION`.

    Parameters
    ----------
    spec
        The errors, and their spread from line to line.
    lines
        How many amplifiers.
    full_scale
        Current of the highest ADC code [A].
    rng
        Draws the lines' gains and offsets, once: 2 lines numbers, whatever the spec.
    """

    def __init__(
        self, spec: TiaSpec, lines: int, full_scale: float, rng: np.random.Generator
    ) -> None:
        self._full_scale = full_scale
        self._noise = spec.noise
        gain, offset = rng.standard_normal((2, lines))
        self.gain_error: NDArray[np.float64] = spec.gain_error + spec.gain_spread * gain
        """Relative error of each line's transimpedance, (lines,)."""
        self.offset: NDArray[np.float64] = spec.offset + spec.offset_spread * offset
        """Output of each line without current, (lines,), as a fraction of full scale."""

    def outputs(
        self, lines: NDArray[np.intp], currents: NDArray[np.float64], rng: np.random.Generator
    ) -> NDArray[np.float64]:
        """Return the outputs of some lines.

        Parameters
        ----------
        lines
            Which amplifiers, (n,).
        currents
            Of these lines, that of the reference line subtracted, (n,) [A].
        rng
            Draws the noise; n numbers where there is noise, else none.

        Returns
        -------
        NDArray
            (n,), as fractions of full scale.
        """
        draws = rng.standard_normal(currents.shape) if self.noisy else None
        return self.response(lines, currents, draws)

    @property
    def noisy(self) -> bool:
        """Whether each output takes a number of noise."""
        return self._noise > 0

    def response(
        self,
        lines: NDArray[np.intp],
        currents: NDArray[np.float64],
        draws: NDArray[np.float64] | None,
    ) -> NDArray[np.float64]:
        """Return the outputs of lines (n,) for currents (..., n) [A], with N(0, 1) drawn already.

        Parameters
        ----------
        draws
            In the shape of the currents; None where there is no noise.
        """
        outputs = (1 + self.gain_error[lines]) * (currents / self._full_scale)
        outputs += self.offset[lines]
        if draws is not None:
            outputs += self._noise * draws
        bounded: NDArray[np.float64] = np.minimum(np.maximum(outputs, -SATURATION), SATURATION)
        return bounded
