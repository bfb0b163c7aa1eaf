"""What stands across a memory while a pulse stands on the two lines of its cell.

======  =====================================================  ====
symbol  name                                                   unit
======  =====================================================  ====
V       voltage between the driven ends of the lines           V
u       voltage across the memory, its magnitude               V
i(u)    current of the memory, its magnitude                   A
s       di/du                                                  S
r_w     resistance of the word line up to the cell             ohm
r_b     resistance of the bit line up to the cell              ohm
I_s     current scale of a selector                            A
v_s     voltage scale of a selector                            V
======  =====================================================  ====

::

    SET:    word line at V, bit line at 0:   V - r_w - memory - transistor - r_b - 0
    RESET:  bit line at V, word line at 0:   V - r_b - transistor - memory - r_w - 0
    without a transistor:                    u + (r_w + r_b) i + v_s asinh(i / I_s) = V

In a SET the transistor's source is at the bit line, so that the gate limits the current; in a
RESET it is at the memory and follows it. All other lines float, so that this is all of the
circuit. What the memory draws rises with u, and what the rest lets through falls, so that there is
one u in [0, V], which Newton's method finds within brackets.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.cells import Selected
from ohmloom_analog.errors import EngineError
from ohmloom_analog.transistor import Transistor

__all__ = ["Carried", "LoadLine"]

Floats = NDArray[np.float64]

Carried = Callable[[Floats], tuple[Floats, Floats]]
"""Takes voltages across memories [V]; returns currents [A] and slopes [S]."""

_STEPS = 100
_CLOSE = 1e-7


@dataclass(frozen=True, kw_only=True, slots=True)
class LoadLine:
    """What lies between two drivers, the memory apart."""

    voltage: float
    """V, at least 0 [V]."""
    resets: bool = False
    """Whether the bit line is the one that is driven."""
    r_word: float = 0.0
    """r_w [ohm]."""
    r_bit: float = 0.0
    """r_b [ohm]."""
    transistor: Transistor | None = None
    """None where there is none."""
    gate: float = 0.0
    """Voltage of its gate [V]."""
    selector: Selected | None = None
    """In the place of a transistor; None where there is none."""

    def across(self, carried: Carried, start: Floats) -> tuple[Floats, Floats]:
        """Return the voltages across memories [V] and their currents [A].

        Both are negative in a RESET.

        Parameters
        ----------
        carried
            What the memories draw, each at its state.
        start
            Where to begin, (n,), magnitudes [V].

        Raises
        ------
        EngineError
            Where there is no such voltage, since a current is no number.
        """
        sign = -1.0 if self.resets else 1.0
        low, high = np.zeros(start.shape), np.full(start.shape, self.voltage)
        u = np.minimum(np.maximum(start, 0.0), self.voltage)
        close = _CLOSE * self.voltage
        for _ in range(_STEPS):
            drawn, slope = carried(sign * u)
            miss, steep = self._miss(u, sign * drawn, slope)
            moved = -miss / steep
            # Newton's steps square their error, so that after one this short the next is none.
            if np.abs(moved).max() <= close:
                return sign * (u + moved), drawn + slope * (sign * moved)
            above = miss > 0
            high, low = np.where(above, u, high), np.where(above, low, u)
            u = u + moved
            outside = (u < low) | (u > high)
            if outside.any():
                u = np.where(outside, (low + high) / 2, u)
        msg = f"the voltage across a memory must be found in {_STEPS} steps at {self.voltage:g} V"
        raise EngineError(msg)

    def _miss(self, u: Floats, i: Floats, slope: Floats) -> tuple[Floats, Floats]:
        """Return what the memory draws beyond what the rest lets through, and its slope.

        Without a transistor it is a voltage, with one a current.
        """
        if self.transistor is None:
            series = self.r_word + self.r_bit
            miss, steep = u + series * i - self.voltage, 1 + series * slope
            if self.selector is not None:
                i_s, v_s = self.selector.i_s, self.selector.v_s
                miss = miss + v_s * np.arcsinh(i / i_s)
                steep = steep + v_s * slope / np.hypot(i_s, i)
            return miss, steep
        k = self.transistor.gain
        if self.resets:
            source, drain = u + self.r_word * i, self.voltage - self.r_bit * i
            source_slope, drain_slope = 1 + self.r_word * slope, self.r_bit * slope
        else:
            source, drain = self.r_bit * i, self.voltage - self.r_word * i - u
            source_slope, drain_slope = self.r_bit * slope, 1 + self.r_word * slope
        at_source, at_drain = self.transistor.overdrives(self.gate, source, drain)
        let_through = k / 2 * (at_source**2 - at_drain**2)
        steep = slope + k * (at_source * source_slope + at_drain * drain_slope)
        # Where nothing carries anything any voltage fits, and the lowest is taken.
        steep = np.where(steep > 0, steep, 1.0)
        return i - let_through, steep
