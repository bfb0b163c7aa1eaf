"""What time, temperature and cycling do to programmed cells.

=======  ==========================================================  ====
symbol   name                                                        unit
=======  ==========================================================  ====
G        conductance                                                 S
t        time since programming was verified                         s
t_0      time from programming to verification, usually 20 s         s
nu       drift exponent                                              1
E_a      activation energy                                           eV
T        temperature; T_0 where a number was measured                K
n        programming cycles                                          1
=======  ==========================================================  ====

::

    drift:       G(t) = G ((t + t_0) / t_0)^-nu
    retention:   t_fail(T) = t_fail(T_0) exp(E_a/k (1/T - 1/T_0))
    metallic:    G(T) = G / (1 + a (T - T_0))            low-resistance states, wires
    activated:   G(T) = G exp(-E_a/k (1/T - 1/T_0))      high-resistance states
    endurance:   P(fails before n) = 1 - exp(-(n / n_63)^m)
    narrowing:   G_HRS (1 + (n / n_50)^m)
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ohmloom_analog.devices.physics import BOLTZMANN_EV
from ohmloom_analog.ranges import checked

__all__ = [
    "METAL_COEFFICIENT",
    "WIRE_COEFFICIENT",
    "at_temperature",
    "cycles_to_failure",
    "drifted",
    "retained",
    "retention_failures",
    "retention_time",
    "wire_resistance",
    "worn_hrs",
]

Floats = NDArray[np.float64]

METAL_COEFFICIENT = 1.5e-3
"""Of the resistance of a metallic filament; 1 to 2e-3 in the literature [1/K]."""
WIRE_COEFFICIENT = 0.00451
"""Of the resistivity of copper lines, neurosim/DNN_NeuroSim_V1.4 at ac828e6723 [1/K]."""


def drifted(
    conductance: ArrayLike, age: float, exponent: ArrayLike, reference: float = 20.0
) -> Floats:
    """Return what cells conduct after a drift by a power of time [S].

    Parameters
    ----------
    conductance
        As verified at age 0 [S].
    age
        Time since then [s].
    exponent
        nu of each cell, or of all.
    reference
        t_0 [s].

    Raises
    ------
    ValueError
        Where the age is negative or the reference isn't above 0.
    """
    if not 0 < reference < np.inf:
        msg = f"reference time of a drift must be finite and above 0 s, not {reference!r}"
        raise ValueError(msg)
    seconds = checked("age", age, 0.0, unit="s")
    left: Floats = np.asarray(conductance, dtype=np.float64) * (1 + seconds / reference) ** -(
        np.asarray(exponent, dtype=np.float64)
    )
    return left


def retention_time(
    reference_time: ArrayLike, activation: float, temperature: float, reference: float
) -> Floats:
    """Return how long cells hold at a temperature, by Arrhenius's law [s].

    Parameters
    ----------
    reference_time
        How long they hold at the reference temperature [s].
    activation
        E_a, 1.1 to 1.6 eV in the literature [eV].
    temperature, reference
        Where they are, and where that time was measured [K].

    Raises
    ------
    ValueError
        Where a number is negative, or a temperature below 1 K.
    """
    seconds = checked("retention time", reference_time, 0.0, unit="s")
    barrier = checked("activation energy", activation, 0.0, unit="eV") / BOLTZMANN_EV
    here, there = _kelvin(temperature), _kelvin(reference)
    return np.asarray(seconds * np.exp(barrier * (1 / here - 1 / there)), dtype=np.float64)


def retained(
    conductance: ArrayLike, age: float, hold: ArrayLike, floor: float = 0.0, loss: float = 0.1
) -> Floats:
    """Return what cells conduct after their excess over `floor` decays exponentially [S].

    Parameters
    ----------
    conductance
        As programmed [S].
    age
        Time since then [s].
    hold
        Time in which a cell loses the fraction `loss` of its excess [s].
    floor
        What it decays to [S].
    loss
        The fraction that `hold` is about; 10 percent is the usual end of retention.

    Raises
    ------
    ValueError
        Where the age is negative, a hold isn't above 0, or the loss isn't within (0, 1).
    """
    if not 0 < loss < 1:
        msg = f"loss at the end of retention must be within 0 and 1, not {loss!r}"
        raise ValueError(msg)
    seconds = checked("age", age, 0.0, unit="s")
    limit = checked("retention time", hold, float(np.finfo(np.float64).tiny), unit="s")
    kept = (1 - loss) ** (seconds / limit)
    left: Floats = floor + (np.asarray(conductance, dtype=np.float64) - floor) * kept
    return left


def retention_failures(
    shape: tuple[int, ...], age: float, hold: ArrayLike, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Return which two-state cells have flipped by themselves at least once.

    The chance is 1 - exp(-age / hold); one uniform number a cell.
    """
    seconds = checked("age", age, 0.0, unit="s")
    limit = checked("retention time", hold, float(np.finfo(np.float64).tiny), unit="s")
    failed: NDArray[np.bool_] = rng.random(shape) < -np.expm1(-seconds / limit)
    return failed


def at_temperature(
    conductance: ArrayLike,
    temperature: float,
    g_min: float,
    g_max: float,
    *,
    coefficient: float = METAL_COEFFICIENT,
    activation: float = 0.1,
    reference: float = 300.0,
) -> Floats:
    """Return what cells conduct at another temperature [S].

    The highest state is metallic, the lowest one activated. A state between them is taken as
    both in parallel: the activated share of `g_min` shrinks in proportion as the cell rises
    towards `g_max`.

    Parameters
    ----------
    conductance
        At the reference temperature [S].
    temperature, reference
        Where the cells are, and where they were measured [K].
    g_min, g_max
        Window at the reference temperature [S].
    coefficient
        a of the metallic part [1/K].
    activation
        E_a of the activated part, 0.03 to 0.15 eV in the literature [eV].

    Raises
    ------
    ValueError
        Where a number is out of range, or the metallic resistance would fall to 0.
    """
    if not 0 <= g_min < g_max:
        msg = f"g_min must be from 0 to below g_max = {g_max:g} S, not {g_min!r}"
        raise ValueError(msg)
    siemens = checked("conductance", conductance, 0.0, unit="S")
    barrier = checked("activation energy", activation, 0.0, unit="eV") / BOLTZMANN_EV
    here, there = _kelvin(temperature), _kelvin(reference)
    share = np.clip((g_max - siemens) / (g_max - g_min), 0.0, 1.0)
    cold = np.minimum(share * g_min, siemens)
    metallic = (siemens - cold) / _metal(coefficient, here - there)
    moved: Floats = metallic + cold * np.exp(-barrier * (1 / here - 1 / there))
    return moved


def wire_resistance(
    resistance: ArrayLike,
    temperature: float,
    *,
    coefficient: float = WIRE_COEFFICIENT,
    reference: float = 300.0,
) -> Floats:
    """Return what a wire resists at another temperature, less where it is colder [ohm]."""
    ohms = checked("wire resistance", resistance, 0.0, unit="ohm")
    grown: Floats = ohms * _metal(coefficient, _kelvin(temperature) - _kelvin(reference))
    return grown


def cycles_to_failure(
    shape: tuple[int, ...], scale: float, rng: np.random.Generator, *, slope: float = 1.5
) -> Floats:
    """Return after how many programming cycles each cell fails, by Weibull's distribution.

    Parameters
    ----------
    shape
        Of the array.
    scale
        Cycles after which 63 percent have failed: 1e5 to 1e7 for HfOx, 1e10 to 1e12 for the best
        TaOx, 1e6 to 1e9 for PCM, 1e10 to 1e15 for STT-MRAM.
    rng
        Draws one number a cell.
    slope
        Weibull's shape m, 1 to 2 in the literature.

    Raises
    ------
    ValueError
        Where scale or slope isn't finite and above 0.
    """
    for name, value in (("scale", scale), ("slope", slope)):
        if not 0 < value < np.inf:
            msg = f"{name} of an endurance must be finite and above 0, not {value!r}"
            raise ValueError(msg)
    cycles: Floats = scale * rng.weibull(slope, shape)
    return cycles


def worn_hrs(g_hrs: ArrayLike, cycles: ArrayLike, half: float, exponent: float = 1.0) -> Floats:
    """Return the lowest conductance of cells that have been cycled [S]; not held below LRS.

    Parameters
    ----------
    g_hrs
        Of new cells [S].
    cycles
        Programming cycles of each.
    half
        n_50, after which it has doubled.
    exponent
        m.
    """
    if not 0 < half < np.inf:
        msg = f"cycles that double the lowest conductance must be finite and above 0, not {half!r}"
        raise ValueError(msg)
    seen = checked("cycles", cycles, 0.0)
    worn: Floats = np.asarray(g_hrs, dtype=np.float64) * (1 + (seen / half) ** exponent)
    return worn


def _kelvin(temperature: float) -> float:
    return float(checked("temperature", temperature, 1.0, unit="K"))


def _metal(coefficient: float, above: float) -> float:
    factor = 1 + coefficient * above
    if not factor > 0:
        msg = (
            f"temperature must leave a positive resistance, not {above:+g} K from its reference "
            f"at {coefficient:g} 1/K"
        )
        raise ValueError(msg)
    return factor
