"""The transistor of a cell while it is written: an n-channel MOSFET of the square law.

==========  ===================================================  ======
symbol      name                                                 unit
==========  ===================================================  ======
k           transconductance parameter, mu C_ox W / L            A/V^2
V_t         threshold                                            V
V_g         voltage of the gate                                  V
V_d, V_s    voltages of the two ends                             V
r_a         its resistance at the gate voltage of a read         ohm
==========  ===================================================  ======

::

    i = k/2 ([V_g - V_t - V_s]^2 - [V_g - V_t - V_d]^2),  [x] = max(x, 0)
    k = 1 / (r_a (V_g,read - V_t))

This is SPICE's level 1 without channel-length modulation and body effect, written so that linear
range, saturation and the transistor that is off are one formula, and that the ends may change
places. Source: Shichman and Hodges, IEEE J. Solid-State Circuits 3(3), 285, 1968.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.array_spec import CellSpec
from ohmloom_analog.write_spec import WriteSpec

__all__ = ["Transistor"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Transistor:
    """Its parameters."""

    gain: float
    """k [A/V^2]."""
    threshold: float
    """V_t [V]."""

    def __post_init__(self) -> None:
        """Check."""
        if not 0 < self.gain < np.inf:
            msg = f"gain of a transistor must be finite and above 0 A/V^2, not {self.gain!r}"
            raise ValueError(msg)

    @classmethod
    def of(cls, cell: CellSpec, write: WriteSpec) -> Self:
        """Return that of a cell, which has its `r_access` at the gate voltage of a read."""
        overdrive = write.gate_read - write.gate_threshold
        return cls(gain=1 / (cell.r_access * overdrive), threshold=write.gate_threshold)

    def overdrives(self, gate: float, source: Floats, drain: Floats) -> tuple[Floats, Floats]:
        """Return V_g - V_t - V_s and V_g - V_t - V_d, at least 0 [V]."""
        above = gate - self.threshold
        return np.maximum(above - source, 0.0), np.maximum(above - drain, 0.0)

    def current(self, gate: float, source: Floats, drain: Floats) -> Floats:
        """Return i from drain to source [A]."""
        at_source, at_drain = self.overdrives(gate, source, drain)
        current: Floats = self.gain / 2 * (at_source**2 - at_drain**2)
        return current
