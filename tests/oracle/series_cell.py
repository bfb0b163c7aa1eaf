"""A memory behind a transistor, as textbooks write it, integrated by scipy."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.integrate import solve_ivp
from scipy.optimize import brentq


@dataclass(frozen=True, kw_only=True)
class SeriesCell:
    """The circuit, and one state variable between its stops."""

    device: Any
    gain: float
    threshold: float
    voltage: float
    gate: float
    resets: bool
    r_word: float
    r_bit: float

    def through(self, source: float, drain: float) -> float:
        """Return the current of the transistor, by its regions [A]."""
        over = self.gate - self.threshold - source
        across = drain - source
        if over <= 0:
            return 0.0
        if across < over:
            return self.gain * (over * across - across**2 / 2)
        return self.gain * over**2 / 2

    def drawn(self, u: float, x: float) -> float:
        """Return the magnitude of the memory's current [A]."""
        signed = -u if self.resets else u
        return abs(float(self.device.current_of(np.array(signed), np.array(x))[0]))

    def across(self, x: float) -> float:
        """Return the voltage across the memory, with its sign [V]."""

        def miss(u: float) -> float:
            i = self.drawn(u, x)
            if self.resets:
                return i - self.through(u + self.r_word * i, self.voltage - self.r_bit * i)
            return i - self.through(self.r_bit * i, self.voltage - self.r_word * i - u)

        u = float(brentq(miss, 0.0, self.voltage, xtol=1e-15, rtol=1e-14))
        return -u if self.resets else u

    def after(self, x0: float, width: float) -> tuple[float, float]:
        """Return state and energy [J] after a pulse."""
        low, high = sorted((self.device.lowest, self.device.highest))

        def slope(_: float, y: np.ndarray) -> list[float]:
            x = float(np.clip(low + (high - low) * y[0], low, high))
            u = self.across(x)
            rate = float(self.device.rate_of(np.array(u), np.array(x), 300.0))
            if (x <= low and rate < 0) or (x >= high and rate > 0):
                rate = 0.0
            power = self.voltage * self.drawn(abs(u), x)
            return [rate * width / (high - low), power * width]

        y0 = [(x0 - low) / (high - low), 0.0]
        found = solve_ivp(slope, (0.0, 1.0), y0, method="LSODA", rtol=1e-8, atol=[1e-10, 1e-18])
        assert found.success
        return low + (high - low) * float(np.clip(found.y[0, -1], 0.0, 1.0)), float(found.y[1, -1])
