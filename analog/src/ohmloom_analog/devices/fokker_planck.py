"""Thermal switching of a uniaxial magnet under spin torque: the Fokker-Planck equation.

=======  ==============================================================  ====
symbol   name                                                            unit
=======  ==============================================================  ====
m        cosine of the angle between free layer and easy axis            1
rho      probability density of m                                        1
Delta    barrier over k T                                                1
i        current over the critical current, positive away from m = 1     1
tau      time over the characteristic time tau_D                         1
=======  ==============================================================  ====

::

    d rho / d tau = -d/dm { (1 - m^2) [(m - i) rho - (1 / (2 Delta)) d rho / dm] }

It begins at equilibrium within the well m > 0; what is at m < 0 at the end of a pulse has
switched. Finite volumes on an even grid of angles, with exponentially fitted fluxes, which keep
rho positive and the equilibrium exact; in time the L-stable two-stage method of order 2.
"""

import functools
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import solve_banded

__all__ = ["SwitchingTable", "switching_table"]

Floats = NDArray[np.float64]

_CELLS = 320
_TIMES = np.geomspace(1e-2, 1e3, 220)
# Finer where ln P bends more: its second derivative in i is about 2 Delta below i = 1.
_CURRENTS = np.concatenate([np.linspace(0.5, 1.5, 41), np.linspace(1.6, 2.5, 10)])
_GAMMA = 1 - np.sqrt(0.5)
# Bounds of what has switched and of what is left: below lies rounding alone.
_SMALLEST, _LEAST = 1e-300, 1e-18


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class SwitchingTable:
    """Probabilities for one barrier, from i = 0.5 to 2.5 and for any duration."""

    barrier: float
    """Delta."""
    log_hazard: Floats
    """ln(-ln(1 - P)), (currents, times)."""
    rate: Floats
    """At which what is left switches after the last time, by current, (currents,) [1/tau_D]."""

    def probability(self, current: ArrayLike, duration: ArrayLike) -> Floats:
        """Return the chance to have switched.

        Parameters
        ----------
        current
            i, held within [0.5, 2.5].
        duration
            tau, at least 0.
        """
        i, tau = np.broadcast_arrays(
            np.asarray(current, dtype=np.float64), np.asarray(duration, dtype=np.float64)
        )
        x = np.interp(i, _CURRENTS, np.arange(len(_CURRENTS)))
        left = np.minimum(x.astype(np.intp), len(_CURRENTS) - 2)
        part = x - left
        hazard = (1 - part) * self._along(left, tau) + part * self._along(left + 1, tau)
        probability: Floats = np.where(tau > 0, -np.expm1(-np.exp(hazard)), 0.0)
        return probability

    def _along(self, row: NDArray[np.intp], tau: Floats) -> Floats:
        """Return ln(-ln(1 - P)) at tabulated currents."""
        step = np.log(_TIMES[1] / _TIMES[0])
        inside = np.clip(tau, _TIMES[0], _TIMES[-1])
        y = np.clip(np.log(inside / _TIMES[0]) / step, 0, len(_TIMES) - 1)
        left = np.minimum(y.astype(np.intp), len(_TIMES) - 2)
        part = y - left
        found = (1 - part) * self.log_hazard[row, left] + part * self.log_hazard[row, left + 1]
        # After the last time what is left goes exponentially, which is exact by then.
        later: Floats = np.log(np.exp(found) + self.rate[row] * np.maximum(tau - _TIMES[-1], 0))
        return later


@functools.lru_cache(maxsize=32)
def switching_table(barrier: float) -> SwitchingTable:
    """Return the solution for a barrier; the first call of each takes a fraction of a second.

    Raises
    ------
    ValueError
        Where the barrier is outside [20, 200]: below, the wells aren't apart.
    """
    if not 20 <= barrier <= 200:
        msg = f"barrier of a magnet must be from 20 to 200 k T, not {barrier!r}"
        raise ValueError(msg)
    hazard = _solved(barrier, _CURRENTS, _TIMES)
    rate = (hazard[:, -1] - hazard[:, -2]) / (_TIMES[-1] - _TIMES[-2])
    return SwitchingTable(barrier=barrier, log_hazard=np.log(hazard), rate=rate)


def _solved(barrier: float, currents: Floats, times: Floats) -> Floats:
    """Return -ln(1 - P), (currents, times)."""
    edges = -np.cos(np.linspace(0, np.pi, _CELLS + 1))
    middles, widths = (edges[1:] + edges[:-1]) / 2, np.diff(edges)
    lower, diagonal, upper = _rates(barrier, currents, edges, middles)
    start = np.where(middles > 0, np.exp(barrier * (middles**2 - 1)) * widths, 0.0)
    density = np.tile(start / start.sum() / widths, len(currents))
    columns, before = [], 0.0
    for time in times:
        density = _stepped(density, time - before, lower, diagonal, upper)
        before = time
        share = density.reshape(len(currents), -1) * widths
        switched, left = share[:, middles < 0].sum(axis=1), share[:, middles > 0].sum(axis=1)
        # Each in the way that keeps its digits: what has switched at first, what is left at last.
        few = -np.log1p(-np.clip(switched, _SMALLEST, 0.5))
        columns.append(np.where(switched < 0.5, few, -np.log(np.maximum(left, _LEAST))))
    return np.maximum.accumulate(np.array(columns).T, axis=1)


def _rates(
    barrier: float, currents: Floats, edges: Floats, middles: Floats
) -> tuple[Floats, Floats, Floats]:
    """Return the three diagonals of d rho / d tau, the systems of all currents in one."""
    widths, apart, inner = np.diff(edges), np.diff(middles), edges[1:-1]
    conduction = (1 - inner**2) / (2 * barrier * apart)
    peclet = 2 * barrier * apart * (inner - currents[:, np.newaxis])
    forth, back = conduction * _bernoulli(-peclet), conduction * _bernoulli(peclet)
    lower, diagonal, upper = (np.zeros((len(currents), len(middles))) for _ in range(3))
    lower[:, :-1] = forth / widths[1:]
    upper[:, 1:] = back / widths[:-1]
    diagonal[:, :-1] -= forth / widths[:-1]
    diagonal[:, 1:] -= back / widths[1:]
    return lower.ravel(), diagonal.ravel(), upper.ravel()


def _bernoulli(x: Floats) -> Floats:
    """Return x / (e^x - 1)."""
    near = np.abs(x) < 1e-6
    safe = np.where(near, 1.0, x)
    return np.where(near, 1 - x / 2, safe / np.expm1(safe))


def _stepped(rho: Floats, step: float, lower: Floats, diagonal: Floats, upper: Floats) -> Floats:
    def change(values: Floats) -> Floats:
        found = diagonal * values
        found[1:] += lower[:-1] * values[:-1]
        found[:-1] += upper[1:] * values[1:]
        return found

    matrix = np.vstack(
        [-_GAMMA * step * upper, 1 - _GAMMA * step * diagonal, -_GAMMA * step * lower]
    )
    first = solve_banded((1, 1), matrix, change(rho))
    second = solve_banded((1, 1), matrix, change(rho + (1 - _GAMMA) * step * first))
    after: Floats = rho + step * ((1 - _GAMMA) * first + _GAMMA * second)
    return after
