"""By how much reads were sampled before they had settled, kept as the worst of many.

========  =====================================================  ====
symbol    name                                                   unit
========  =====================================================  ====
I         settled currents of all lines, the reference line last  A
e         sampled less settled currents, in the same order        A
I_LSB     current between two ADC codes                           A
========  =====================================================  ====

::

    in codes:    max |e - e_reference| / I_LSB
    relative:    max |e| / max |I|

Both maxima of the second are over all reads: a read of nothing after one of much leaves an error
too, which is no part of a current of its own. Only an engine that knows of time has such an error,
see `ohmloom_analog.engines.transient`.
"""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

__all__ = ["Settling"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Settling:
    """The worst of the reads of one array."""

    lsb: float = 0.0
    """Largest error of a converted line, that of the reference subtracted [LSB]."""
    error: float = 0.0
    """Largest error of a line [A]."""
    largest: float = 0.0
    """Largest settled current of a line [A]."""

    @property
    def relative(self) -> float:
        """Largest error over the largest settled current; 0 where nothing flows."""
        return self.error / self.largest if self.largest > 0 else 0.0

    def after(self, currents: Floats, error: Floats, lsb_current: float) -> Self:
        """Return the worst with more reads.

        Parameters
        ----------
        currents
            As sampled, the reference line last, (lines + 1,) or (n, lines + 1) [A].
        error
            Of them against the settled ones, in the same shape [A].
        lsb_current
            I_LSB [A]; infinite where there are no codes.
        """
        codes = np.abs(error[..., :-1] - error[..., -1:]).max(initial=0.0) / lsb_current
        return type(self)(
            lsb=max(self.lsb, float(codes)),
            error=max(self.error, float(np.abs(error).max())),
            largest=max(self.largest, float(np.abs(currents - error).max())),
        )

    def to_json(self) -> dict[str, Any]:
        """Return the figures as plain data."""
        return {"lsb": self.lsb, "amperes": self.error, "relative": self.relative}
