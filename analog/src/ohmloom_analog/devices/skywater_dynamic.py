"""SkyWater's cell with a temperature that follows the power in its own time.

::

    dT/dt = |v i|/C_th - (T - T_ambient)/tau_th,  tau_th = R_th C_th

The rest is `skywater`. It matters where a cell switches within a nanosecond; elsewhere the settled
temperature is the same and costs less. A pulse begins and ends at the ambient temperature: what
little moves while the filament cools without a voltage is left out.
"""

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.devices.physics import BOLTZMANN_EV, HOTTEST
from ohmloom_analog.devices.skywater import SkyWater, SkyWaterParameters
from ohmloom_analog.devices.spice_text import HELD
from ohmloom_analog.errors import EngineError

__all__ = ["SkyWaterDynamic", "skywater_dynamic"]

Floats = NDArray[np.float64]

_LARGEST_MOVE = 1e-3
_STEPS_A_TIME_CONSTANT = 16
_LAG = 0.05
_MOST_STEPS = 100_000


class SkyWaterDynamic(SkyWater):
    """The cell with a thermal time constant."""

    def __init__(self, parameters: SkyWaterParameters, *, name: str = "skywater-dynamic") -> None:
        super().__init__(parameters, name=name)

    def after(self, voltage: Floats, stored: Floats, width: float, temperature: float) -> Floats:
        """Return the filaments of cells, (n,), after a pulse without noise.

        Midpoint steps, the temperature relaxing exactly over each half. They are a fraction of
        the thermal time constant while the temperature lags, and as long as the filament allows
        where it doesn't.
        """
        span, tau = self.highest - self.lowest, self.parameters.tau_thermal
        stored = np.clip(np.array(stored), self.lowest, self.highest)
        hot = np.full(stored.shape, float(temperature))
        left = np.full(stored.shape, float(width))
        active = np.flatnonzero(left > 0)
        for _ in range(_MOST_STEPS):
            if not active.size:
                return stored
            v, f, now, time = voltage[active], stored[active], hot[active], left[active]
            goal = self.settled(v, f, temperature)
            lags = np.abs(goal - now) > _LAG
            speed = self._open(self.growth(v, f, now), f)
            with np.errstate(divide="ignore"):
                step = self.stride * _LARGEST_MOVE * span / np.abs(speed)
            shortest = self.stride * tau / _STEPS_A_TIME_CONSTANT
            step = np.where(lags, np.minimum(step, shortest), step)
            resting = ~lags & (np.abs(speed) * time <= 1e-9 * span)
            step = np.where(resting, time, np.minimum(step, time))
            middle = np.clip(f + speed * step / 2, self.lowest, self.highest)
            halfway = goal + (now - goal) * np.exp(-step / (2 * tau))
            f = f + step * self._open(self.growth(v, middle, halfway), f)
            stored[active] = np.clip(f, self.lowest, self.highest)
            goal = self.settled(v, middle, temperature)
            hot[active] = goal + (now - goal) * np.exp(-step / tau)
            left[active] = np.where(step >= time, 0.0, time - step)
            active = active[left[active] > 0]
        msg = f"filaments must come to the end of {width:g} s within {_MOST_STEPS} steps"
        raise EngineError(msg)

    def subcircuit(self, name: str) -> str:
        """Return the ngspice subcircuit; its node ``hot`` is the rise of the temperature [K]."""
        p = self.parameters
        most = f"({HOTTEST!r}-{{ambient}})/{p.r_thermal!r}"
        heat = (
            f"bheat 0 hot I=min(abs({HELD}*I(vsense)),{most})",
            f"rheat hot 0 {p.r_thermal!r}",
            f"cheat hot 0 {p.tau_thermal / p.r_thermal!r} ic=0",
        )
        return self._text(name, f"({BOLTZMANN_EV!r}*({{ambient}}+max(V(hot),0)))", heat)

    def _open(self, speed: Floats, stored: Floats) -> Floats:
        shut = (stored <= self.lowest) & (speed < 0) | (stored >= self.highest) & (speed > 0)
        return np.where(shut, 0.0, speed)


def skywater_dynamic() -> SkyWaterDynamic:
    """Return the cell with its published parameters."""
    return SkyWaterDynamic(SkyWaterParameters())
