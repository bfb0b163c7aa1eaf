"""How far a cell ends from its target after program-and-verify, as measured on arrays.

=======  ==========================================================  ====
symbol   name                                                        unit
=======  ==========================================================  ====
G        target conductance                                          S
G_s      scale of the fit                                            S
u        G / G_s                                                     1
sigma    standard deviation of the error                             S
=======  ==========================================================  ====

::

    sigma = G_s (c_0 + c_1 u + c_2 u^2 + ...),   G_programmed = max(G + sigma N(0, 1), 0)

A fit that is stated for a whole window is scaled with it; one that is stated in absolute
conductances isn't, and refuses targets outside its data.
"""

import dataclasses
import difflib
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ohmloom_analog.ranges import checked

__all__ = [
    "ProgrammingError",
    "cmo_relaxed",
    "programming_error",
    "programming_error_names",
]

Floats = NDArray[np.float64]

_MICRO = 1e-6


@dataclass(frozen=True, kw_only=True, slots=True)
class ProgrammingError:
    """One fit."""

    name: str
    """As `programming_error` takes it."""
    source: str
    """Publication."""
    coefficients: tuple[float, ...]
    """c_0, c_1, ... of sigma / scale against u."""
    scale: float
    """G_s [S]."""
    lowest: float
    """Lowest target of the fit [S]."""
    highest: float
    """Highest target of the fit [S]."""

    def sigma(self, target: ArrayLike) -> Floats:
        """Return the standard deviation at each target [S].

        Raises
        ------
        ValueError
            Where a target is outside the fit.
        """
        # Targets come from sums of steps, so they meet the ends of the range to rounding only.
        slack = 1e-9 * self.highest
        low, high = max(self.lowest - slack, 0.0), self.highest + slack
        goal = checked(
            f"target of the programming error '{self.name}'", target, low, high, unit="S"
        )
        u = goal / self.scale
        sigma = np.zeros(goal.shape)
        for coefficient in reversed(self.coefficients):
            sigma = sigma * u + coefficient
        return np.maximum(self.scale * sigma, 0.0)

    def programmed(self, target: ArrayLike, rng: np.random.Generator) -> Floats:
        """Return what cells with these targets conduct afterwards [S].

        Parameters
        ----------
        target
            Of any shape [S].
        rng
            Draws one number a cell.

        Raises
        ------
        ValueError
            Where a target is outside the fit.
        """
        goal = np.asarray(target, dtype=np.float64)
        return np.maximum(goal + self.sigma(goal) * rng.standard_normal(goal.shape), 0.0)


def _of_window(name: str, source: str, window: float, *microsiemens: float) -> ProgrammingError:
    """Return a fit of sigma in uS against the fraction of a window [S]."""
    relative = tuple(c * _MICRO / window for c in microsiemens)
    return ProgrammingError(
        name=name, source=source, coefficients=relative, scale=window, lowest=0.0, highest=window
    )


def _absolute(
    name: str, source: str, lowest: float, highest: float, *microsiemens: float
) -> ProgrammingError:
    """Return a fit of sigma in uS against G in uS, between two conductances [S]."""
    return ProgrammingError(
        name=name,
        source=source,
        coefficients=microsiemens,
        scale=_MICRO,
        lowest=lowest,
        highest=highest,
    )


_JOSHI = "Joshi et al., Nat. Commun. 11, 2473 (2020), as in IBM/aihwkit at 4545f11b52, pcm.py"
_MILO = "Milo et al., IRPS 2021, as in sandialabs/cross-sim at 0a2eb1eda1, RRAM_Milo.py"
_WAN = "Wan et al., Nature 608, 504 (2022), as in IBM/aihwkit at 4545f11b52, reram.py"
_CMO = "IBM's CMO/HfOx cells, as in IBM/aihwkit at 4545f11b52, reram.py"

_SCALED = {
    fit.name: fit
    for fit in (
        _of_window("pcm", _JOSHI, 25e-6, 0.26348, 1.9650, -1.1731),
        _of_window("neurram-1s", _WAN, 40e-6, 0.348, 16.030, -43.853, 45.393, -16.815),
        _of_window("neurram-1d", _WAN, 40e-6, 0.701, 22.086, -50.773, 47.095, -16.458),
        _of_window("neurram-2d", _WAN, 40e-6, 0.782, 20.274, -43.507, 37.062, -11.934),
    )
}
_FIXED = {
    fit.name: fit
    for fit in (
        _absolute("milo", _MILO, 50e-6, 225e-6, 4.782321, -0.009107),
        _absolute("cmo-0.2", _CMO, 8e-6, 90e-6, 0.00081107, 0.00106879),
        _absolute("cmo-2", _CMO, 8e-6, 90e-6, 0.01121854, 0.01129027),
    )
}
_FRACTIONS = {"relative": (0.0, 1.0), "uniform": (1.0,)}


def programming_error_names() -> tuple[str, ...]:
    """Return the names that `programming_error` takes."""
    return tuple(sorted((*_SCALED, *_FIXED, *_FRACTIONS)))


def programming_error(
    name: str, *, g_max: float | None = None, fraction: float | None = None
) -> ProgrammingError:
    """Return an error model.

    ``pcm`` and ``neurram-1s``, ``-1d``, ``-2d`` (time after programming) scale with the window.
    ``milo`` (50 to 225 uS), ``cmo-0.2`` and ``cmo-2`` (8 to 90 uS; acceptance window in percent)
    don't. ``relative`` is `fraction` of each target, ``uniform`` is `fraction` of `g_max`.

    Parameters
    ----------
    name
        One of `programming_error_names`.
    g_max
        Highest conductance of the window [S]; None for that of the fit. ``relative`` and
        ``uniform`` need it.
    fraction
        For ``relative`` and ``uniform`` alone: 0.05 for 5 percent.

    Raises
    ------
    ValueError
        Where the name is unknown, or a number is missing, superfluous or out of range.
    """
    if name not in programming_error_names():
        near = difflib.get_close_matches(name, programming_error_names(), n=1, cutoff=0.0)
        msg = (
            f"programming error must be one of {', '.join(programming_error_names())}, "
            f"not {name!r}; nearest: {near[0]}"
        )
        raise ValueError(msg)
    if g_max is not None and not 0 < g_max < np.inf:
        msg = f"g_max must be finite and above 0 S, not {g_max!r}"
        raise ValueError(msg)
    if name in _FRACTIONS:
        return _of_fraction(name, g_max, fraction)
    if fraction is not None:
        msg = f"fraction must be None with the programming error '{name}', not {fraction!r}"
        raise ValueError(msg)
    if name in _FIXED:
        fit = _FIXED[name]
        if g_max is not None and not fit.lowest <= g_max <= fit.highest * (1 + 1e-9):
            msg = (
                f"g_max must be from {fit.lowest:g} to {fit.highest:g} S "
                f"with the programming error '{name}', not {g_max!r}"
            )
            raise ValueError(msg)
        return fit
    fit = _SCALED[name]
    return fit if g_max is None else dataclasses.replace(fit, scale=g_max, highest=g_max)


def _of_fraction(name: str, g_max: float | None, fraction: float | None) -> ProgrammingError:
    if g_max is None:
        msg = f"g_max must be given with the programming error '{name}', not None"
        raise ValueError(msg)
    if fraction is None or not 0 <= fraction <= 1:
        msg = (
            f"fraction of the programming error '{name}' must be from 0 to 1 "
            f"(0.05 for 5 percent), not {fraction!r}"
        )
        raise ValueError(msg)
    return ProgrammingError(
        name=name,
        source="none: a plain normal error",
        coefficients=tuple(fraction * c for c in _FRACTIONS[name]),
        scale=g_max,
        lowest=0.0,
        highest=g_max,
    )


def cmo_relaxed(conductance: ArrayLike, age: float, rng: np.random.Generator) -> Floats:
    """Return what CMO/HfOx cells conduct some time after programming [S].

    They shift by -0.0890 ln t uS on average, with a standard deviation of 0.4118 + 0.0420 ln t
    uS, t in seconds; the fit begins at 1 s. Source: IBM/aihwkit at 4545f11b52, reram.py.

    Parameters
    ----------
    conductance
        As programmed, of any shape [S].
    age
        Time since then, at least 1 s [s].
    rng
        Draws one number a cell.

    Raises
    ------
    ValueError
        Where the age is below 1 s.
    """
    checked("age of a CMO/HfOx cell", age, 1.0, unit="s")
    begun = np.asarray(conductance, dtype=np.float64)
    log = math.log(age)
    sigma = (0.4118 + 0.0420 * log) * _MICRO
    shift = -0.0890 * log * _MICRO
    left: Floats = np.maximum(begun + shift + sigma * rng.standard_normal(begun.shape), 0.0)
    return left
