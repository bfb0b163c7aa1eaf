"""A crossbar: its cells, and the resistances of its lines.

The wire convention, for R word lines (inputs, rows) and L bit lines (outputs)::

    V[i] --r_source--+--r_word--o--r_word--o-- ... --o   (far end open)
                                |          |         |
                              G[i,0]     G[i,1]   G[i,L-1]
                                |          |         |
                                o          o         o   bit lines, downwards:
                              r_bit      r_bit     r_bit
                                |          |         |
                               ...        ...       ...  after the last row one more
                              r_bit      r_bit     r_bit
                                |          |         |
                             r_sense    r_sense   r_sense
                                |          |         |
                               I[0]       I[1]     I[L-1]   into virtual ground

A word line is driven at its left end by an ideal source, through r_source and one segment r_word
before the first cell; neighbouring cells are one r_word apart. A bit line has one r_bit between
neighbouring cells and one after the last row, then r_sense, then the virtual ground; the output
is the current into that ground. The other ends of both lines are open.
"""

from dataclasses import KW_ONLY, dataclass, fields

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["Crossbar"]


@dataclass(frozen=True, eq=False, slots=True)
class Crossbar:
    """Linear cells between word and bit lines; the module states how they are wired.

    Parameters
    ----------
    conductance
        Anything that makes an (R, L) array of numbers; it is copied and can't be written to.

    Raises
    ------
    ValueError
        Where a conductance or resistance is negative, infinite or NaN, or the conductances
        aren't a matrix with at least one row and one line.
    """

    conductance: NDArray[np.float64]
    """Conductance of each cell, (R, L) [S]."""
    _: KW_ONLY
    r_word: float = 0.0
    """One segment of a word line [ohm]."""
    r_bit: float = 0.0
    """One segment of a bit line [ohm]."""
    r_source: float = 0.0
    """Driver at the left end of each word line [ohm]."""
    r_sense: float = 0.0
    """Input of the sense circuit at the bottom end of each bit line [ohm]."""

    def __post_init__(self) -> None:
        """Copy and check."""
        object.__setattr__(self, "conductance", _conductances(self.conductance))
        for field in fields(self):
            if field.name.startswith("r_"):
                value = float(getattr(self, field.name))
                if not 0 <= value < np.inf:
                    msg = f"{field.name} must be finite and at least 0 ohm, not {value!r}"
                    raise ValueError(msg)
                object.__setattr__(self, field.name, value)

    @property
    def rows(self) -> int:
        """Word lines R."""
        return int(self.conductance.shape[0])

    @property
    def lines(self) -> int:
        """Bit lines L."""
        return int(self.conductance.shape[1])


def _conductances(given: ArrayLike) -> NDArray[np.float64]:
    try:
        array = np.asarray(given)
        if array.dtype.kind not in "biuf":
            msg = f"conductance must be real numbers, not {array.dtype}"
            raise ValueError(msg)
        array = array.astype(np.float64)
    except ValueError as error:
        if "inhomogeneous" not in str(error):
            raise
        msg = "conductance must have rows of equal length"
        raise ValueError(msg) from None
    if array.ndim != 2 or 0 in array.shape:
        msg = f"conductance must be a matrix of at least one row and one line, not {array.shape}"
        raise ValueError(msg)
    wrong = np.argwhere(~((array >= 0) & (array < np.inf)))
    if wrong.size:
        row, line = (int(k) for k in wrong[0])
        value = float(array[row, line])
        msg = f"conductance[{row}, {line}] must be finite and at least 0 S, not {value!r}"
        raise ValueError(msg)
    array.setflags(write=False)
    return array
