"""What devices with a single state variable share: window, inversion, pulses.

A concrete device gives its current and rate as functions of the *stored quantity*, in its own
unit and between its own stops; everything else follows here.
"""

from abc import ABC, abstractmethod
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ohmloom_analog.devices.integrate import advance
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
    """

    technology: Literal["rram", "pcm", "mram"] = "rram"
    stored: ClassVar[str]
    """Name of the stored quantity."""
    linear: bool = False

    def __init__(self, *, name: str, valid: ParameterRange, lowest: float, highest: float) -> None:
        self.name, self.valid = name, valid
        self.lowest, self.highest = lowest, highest
        self.state_names = (self.stored,)

    @abstractmethod
    def current_of(self, voltage: Floats, stored: Floats) -> tuple[Floats, Floats]:
        """Return current [A] and dI/dV [S]."""

    @abstractmethod
    def rate_of(self, voltage: Floats, stored: Floats, temperature: float) -> Floats:
        """Return the change of the stored quantity with time [its unit/s]."""

    def window(self, v_read: float) -> tuple[float, float]:
        """Return the lowest and highest conductance, I/V at `v_read` [S]."""
        ends = self.conductance({self.stored: np.array([self.lowest, self.highest])}, v_read)
        return float(ends[0]), float(ends[1])

    def conductance(self, state: State, v_read: float) -> Floats:
        """Return I/V at `v_read` [S]."""
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
        """Return the state after a rectangular pulse; the protocol tells the parameters.

        The model is deterministic, so `rng` draws nothing.
        """
        del rng
        stored = np.asarray(state[self.stored], dtype=np.float64)
        volts = np.broadcast_to(np.asarray(voltage, dtype=np.float64), stored.shape)
        self._check(volts, width, temperature)
        flat, drive = stored.ravel(), volts.ravel()
        after = advance(
            lambda x, which: self.rate_of(drive[which], x, temperature),
            flat,
            width,
            min(self.lowest, self.highest),
            max(self.lowest, self.highest),
        )
        return {self.stored: after.reshape(stored.shape)}

    def normalised(self, state: State) -> Floats:
        """Return the stored quantity in [0, 1], 1 at the highest conductance."""
        return (state[self.stored] - self.lowest) / (self.highest - self.lowest)

    def from_normalised(self, x: ArrayLike) -> State:
        """Return the state whose stored quantity is `x` in [0, 1]."""
        x = np.asarray(x, dtype=np.float64)
        if not ((x >= 0) & (x <= 1)).all():
            msg = f"normalised state must be in [0, 1], not {x.tolist()!r}"
            raise ValueError(msg[:200])
        return {self.stored: self.lowest + (self.highest - self.lowest) * x}

    def _check(self, voltage: Floats, width: float, temperature: float) -> None:
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
