"""What every device offers: its current, what a pulse does to it, and how SPICE writes it.

The sign convention, everywhere: v = V(top) - V(bottom), the current flows into the top terminal,
and v > 0 sets, towards high conductance.

A device holds parameters only. The state of its cells is data that the caller keeps: one array a
named quantity, all of one shape, so that one device object serves a whole tile.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["Device", "ParameterRange", "State"]

Floats = NDArray[np.float64]

State = Mapping[str, Floats]
"""One array a state quantity, all of one shape; never changed in place."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ParameterRange:
    """Where a parameter set was fitted or measured; outside it a device refuses."""

    source: str
    """Publication or file with its figure or table."""
    voltage: tuple[float, float]
    """Lowest and highest voltage across the device [V]."""
    temperature: tuple[float, float]
    """Lowest and highest ambient temperature [K]."""


class Device(Protocol):
    """A two-terminal memory, one physics in one file."""

    name: str
    """As registered."""
    technology: Literal["rram", "pcm", "mram"]
    """Family, for reports."""
    valid: ParameterRange
    """Source and range of the parameters."""
    state_names: tuple[str, ...]
    """The quantities of the state; the first is the one that stores."""
    linear: bool
    """Whether the current is proportional to the voltage while the state stands still."""

    def window(self, v_read: float) -> tuple[float, float]:
        """Return the lowest and highest conductance, I/V at `v_read` [S]."""
        ...

    def state_for(self, conductance: ArrayLike, v_read: float) -> State:
        """Return the state in which I/V at `v_read` is `conductance` [S].

        Raises
        ------
        ValueError
            Where a conductance is outside the window.
        """
        ...

    def current(self, voltage: ArrayLike, state: State) -> Floats:
        """Return the current while the state stands still [A]; exactly 0 at 0 V."""
        ...

    def current_and_slope(self, voltage: ArrayLike, state: State) -> tuple[Floats, Floats]:
        """Return current [A] and dI/dV [S] while the state stands still."""
        ...

    def pulse(
        self,
        state: State,
        voltage: ArrayLike,
        width: float,
        *,
        rng: np.random.Generator | None = None,
        temperature: float = 300.0,
    ) -> State:
        """Return the state after a rectangular pulse across each device.

        Parameters
        ----------
        state
            Before it.
        voltage
            Across the device, of the state's shape or one for all [V].
        width
            How long [s].
        rng
            Draws what varies from pulse to pulse; None for the mean behaviour. A device that is
            stochastic by nature refuses None.
        temperature
            Ambient [K].

        Raises
        ------
        ValueError
            Where voltage or temperature are outside the valid range, or the width is negative.
        """
        ...

    def subcircuit(self, name: str) -> str | None:
        """Return the ngspice subcircuit of one device, or None where SPICE can't write it.

        Its nodes are ``top bottom state``: the third carries the stored quantity, normalised to
        [0, 1] with 1 at the highest conductance, as a voltage. Its parameter ``x0`` is that
        value at the start, with ``uic``; ``frozen=1`` holds it there. The parameters are those
        of this object, written as numbers.
        """
        ...

    def normalised(self, state: State) -> Floats:
        """Return what the subcircuit's state node carries, in [0, 1]."""
        ...

    def from_normalised(self, x: ArrayLike) -> State:
        """Return the state whose stored quantity is `x` in [0, 1]."""
        ...
