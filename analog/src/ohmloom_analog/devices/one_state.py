"""What devices with a single state variable share: window, inversion, pulses.

A concrete device gives its current and rate as functions of the *stored quantity*, in its own
unit and between its own stops; everything else follows here.

What varies from cycle to cycle is a walk on top of the mean: motion goes in hops of a length h, so
a state that has moved by D has a variance of h D. That is a noise s sqrt(dt) with s^2 = h |dx/dt|,
so it doesn't depend on how a pulse is cut into steps, and a cell that doesn't move doesn't walk.
"""

from abc import ABC, abstractmethod
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ohmloom_analog.devices.integrate import advance, advance_evenly
from ohmloom_analog.devices.protocol import ParameterRange, State

__all__ = ["OneStateDevice"]

Floats = NDArray[np.float64]

_BISECTIONS = 60


class OneStateDevice(ABC):
    """A device whose state is one number, with stops at which conductance is least and most.

    Parameters
    ----------
    name
        As registered.
    valid
        Source and range of the parameters.
    lowest, highest
        The stored quantity at lowest and at highest conductance, in its own unit.
    hop
        Length of the hops that make pulses vary, in the same unit; 0 for none.
    """

    technology: Literal["rram", "pcm", "mram"] = "rram"
    stored: ClassVar[str]
    """Name of the stored quantity."""
    even: ClassVar[bool] = False
    """Whether the rate depends on the voltage alone."""
    linear: bool = False

    def __init__(
        self,
        *,
        name: str,
        valid: ParameterRange,
        lowest: float,
        highest: float,
        hop: float = 0.0,
    ) -> None:
        if not 0 <= hop < abs(highest - lowest):
            msg = (
                f"hop must be at least 0 and below the range of the state, "
                f"{abs(highest - lowest):g}, not {hop!r}"
            )
            raise ValueError(msg)
        self.name, self.valid = name, valid
        self.lowest, self.highest, self.hop = lowest, highest, hop
        self.state_names: tuple[str, ...] = (self.stored,)
        self.stride = 1.0
        """How many times longer the steps of a pulse are than accurate ones, for pictures."""

    @abstractmethod
    def current_of(self, voltage: Floats, stored: Floats) -> tuple[Floats, Floats]:
        """Return current [A] and dI/dV [S]."""

    @abstractmethod
    def rate_of(self, voltage: Floats, stored: Floats, temperature: float) -> Floats:
        """Return the change of the stored quantity with time [its unit/s]."""

    def stops_of(self, voltage: Floats, stored: Floats) -> tuple[Floats, Floats]:
        """Return between which states each cell can move under its voltage, as (low, high)."""
        low, high = sorted((self.lowest, self.highest))
        return np.full(stored.shape, low), np.full(stored.shape, high)

    def after(self, voltage: Floats, stored: Floats, width: float, temperature: float) -> Floats:
        """Return the stored quantity of cells, (n,), after a pulse without noise."""
        low, high = self.stops_of(voltage, stored)
        if self.even:
            rate = self.rate_of(voltage, stored, temperature)
            return advance_evenly(rate, stored, width, low, high)
        return advance(
            lambda x, which: self.rate_of(voltage[which], x, temperature),
            stored,
            width,
            low,
            high,
            stride=self.stride,
        )

    def window(self, v_read: float) -> tuple[float, float]:
        """Return the lowest and highest conductance, I/V at `v_read` [S]."""
        ends = self.conductance({self.stored: np.array([self.lowest, self.highest])}, v_read)
        return float(ends[0]), float(ends[1])

    def conductance(self, state: State, v_read: float) -> Floats:
        """Return I/V at `v_read` [S].

        Raises
        ------
        ValueError
            Where `v_read` is 0 or no number.
        """
        if not (np.isfinite(v_read) and v_read != 0):
            msg = f"v_read must be a finite voltage other than 0 V, not {v_read!r}"
            raise ValueError(msg)
        return self.current(v_read, state) / v_read

    def state_for(self, conductance: ArrayLike, v_read: float) -> State:
        """Return the state in which I/V at `v_read` is `conductance` [S].

        Raises
        ------
        ValueError
            Where a conductance is outside the window.
        """
        wanted = np.asarray(conductance, dtype=np.float64)
        least, most = self.window(v_read)
        wrong = np.flatnonzero(~((wanted >= least * (1 - 1e-9)) & (wanted <= most * (1 + 1e-9))))
        if wrong.size:
            msg = (
                f"conductance of a {self.name} cell must be from {least:.4g} to {most:.4g} S "
                f"at {v_read:g} V, not {float(wanted.ravel()[wrong[0]])!r}"
            )
            raise ValueError(msg)
        low, high = np.zeros(wanted.shape), np.ones(wanted.shape)
        for _ in range(_BISECTIONS):
            middle = (low + high) / 2
            below = self.conductance(self.from_normalised(middle), v_read) < wanted
            low, high = np.where(below, middle, low), np.where(below, high, middle)
        return self.from_normalised((low + high) / 2)

    def current(self, voltage: ArrayLike, state: State) -> Floats:
        """Return the current while the state stands still [A]; exactly 0 at 0 V."""
        return self.current_and_slope(voltage, state)[0]

    def current_and_slope(self, voltage: ArrayLike, state: State) -> tuple[Floats, Floats]:
        """Return current [A] and dI/dV [S] while the state stands still."""
        return self.current_of(np.asarray(voltage, dtype=np.float64), state[self.stored])

    def pulse(
        self,
        state: State,
        voltage: ArrayLike,
        width: float,
        *,
        rng: np.random.Generator | None = None,
        temperature: float = 300.0,
    ) -> State:
        """Return the state after a rectangular pulse; the protocol tells the parameters."""
        stored = np.asarray(state[self.stored], dtype=np.float64)
        volts = np.broadcast_to(np.asarray(voltage, dtype=np.float64), stored.shape)
        self._check(stored, volts, width, temperature)
        before = stored.ravel()
        after = self.after(volts.ravel(), before, width, temperature)
        if rng is not None:
            after = self.walked(before, after, rng)
        return {self.stored: after.reshape(stored.shape)}

    def walked(self, before: Floats, after: Floats, rng: np.random.Generator) -> Floats:
        """Return where the hops lead on a way whose mean goes from `before` to `after`, (n,)."""
        if self.hop == 0:
            return after
        walk = np.sqrt(self.hop * np.abs(after - before)) * rng.standard_normal(after.shape)
        return self._reflected(after + walk)

    def normalised(self, state: State) -> Floats:
        """Return the stored quantity in [0, 1], 1 at the highest conductance."""
        return (state[self.stored] - self.lowest) / (self.highest - self.lowest)

    def from_normalised(self, x: ArrayLike) -> State:
        """Return the state whose stored quantity is `x` in [0, 1]."""
        x = np.asarray(x, dtype=np.float64)
        wrong = np.flatnonzero(~((x >= 0) & (x <= 1)))
        if wrong.size:
            msg = f"normalised state must be in [0, 1], not {float(x.ravel()[wrong[0]])!r}"
            raise ValueError(msg)
        return {self.stored: self.lowest + (self.highest - self.lowest) * x}

    def _reflected(self, stored: Floats) -> Floats:
        # Cut off at its stops, half of the cells of an array would share one state exactly.
        low, high = sorted((self.lowest, self.highest))
        mirrored = np.where(stored < low, 2 * low - stored, stored)
        mirrored = np.where(mirrored > high, 2 * high - mirrored, mirrored)
        return np.clip(mirrored, low, high)

    def _check(self, stored: Floats, voltage: Floats, width: float, temperature: float) -> None:
        low, high = sorted((self.lowest, self.highest))
        slack = 1e-9 * (high - low)
        wrong = np.flatnonzero(~((stored >= low - slack) & (stored <= high + slack)))
        if wrong.size:
            msg = (
                f"{self.stored} of a {self.name} cell must be from {low:g} to {high:g}, "
                f"not {float(stored.ravel()[wrong[0]])!r}"
            )
            raise ValueError(msg)
        if not 0 <= width < np.inf:
            msg = f"width of a pulse must be finite and at least 0 s, not {width!r}"
            raise ValueError(msg)
        least, most = self.valid.voltage
        wrong = np.flatnonzero(~((voltage >= least) & (voltage <= most)))
        if wrong.size:
            msg = (
                f"voltage across a {self.name} cell must be from {least:g} to {most:g} V, "
                f"not {float(voltage.ravel()[wrong[0]])!r}"
            )
            raise ValueError(msg)
        coldest, hottest = self.valid.temperature
        if not coldest <= temperature <= hottest:
            msg = (
                f"temperature of a {self.name} cell must be from {coldest:g} to {hottest:g} K, "
                f"not {temperature!r}"
            )
            raise ValueError(msg)
