"""What a tile's cells conduct at an age and a temperature, and which of its lines are broken.

As in `ohmloom_analog.effects`, everything follows from what was programmed, the seed and the
description: ageing to a day is one step from programming, and so is ageing to a day twice.
Stuck cells don't age; they follow the temperature like all others.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.ageing import at_temperature, drifted, retained, retention_time
from ohmloom_analog.device_cells import after_pulse, within_device
from ohmloom_analog.devices.pcm import drift_exponent_sample
from ohmloom_analog.effects import Programmed, Touched
from ohmloom_analog.effects_spec import DriftSpec
from ohmloom_analog.faults import broken_lines
from ohmloom_analog.programming import window
from ohmloom_analog.programming_error import cmo_relaxed, programming_error
from ohmloom_analog.seeds import stream
from ohmloom_analog.spec import ChipSpec
from ohmloom_analog.state import CellFlag

__all__ = ["AMBIENT", "Cuts", "Lived", "aged", "cuts"]

Floats = NDArray[np.float64]

AMBIENT = 300.0
"""Temperature at which cells are programmed, and that all conductances are for [K]."""

_STUCK = np.uint8(CellFlag.STUCK_HRS | CellFlag.STUCK_LRS)


@dataclass(frozen=True, kw_only=True, slots=True)
class Cuts:
    """Broken lines, as `ohmloom_analog.crossbar` takes them."""

    word: tuple[tuple[int, int], ...] = ()
    """Cells on whose left the word line is cut."""
    bit: tuple[tuple[int, int], ...] = ()
    """Cells below which the bit line is cut."""

    def lost(self, shape: tuple[int, int]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Return which cells have lost their driver, and which their sense circuit, (R, L)."""
        driver, sense = np.zeros(shape, dtype=np.bool_), np.zeros(shape, dtype=np.bool_)
        for row, line in self.word:
            driver[row, line:] = True
        for row, line in self.bit:
            sense[: row + 1, line] = True
        return driver, sense


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class Lived:
    """Cells at an age and a temperature."""

    conductance: Floats
    """Of each memory at the temperature, (R, lines + 1) [S]."""
    ambient: Floats
    """Of each memory, were it at 300 K: what its state is, (R, lines + 1) [S]."""
    touched: Mapping[str, int]
    """Cells that each effect changed; an effect that is off isn't listed."""


def cuts(spec: ChipSpec, index: int, seed: int) -> Cuts:
    """Return the broken lines of a tile; each is cut at one of its cells."""
    effects = spec.tile_specs[index].effects
    rows, lines = spec.rows, spec.lines + 1
    found = []
    for name, count, cells in (("broken_word", rows, lines), ("broken_bit", lines, rows)):
        rng = stream(seed, index, name)
        broken = broken_lines(count, getattr(effects, name), rng)
        places = rng.integers(0, cells, count)
        found.append([(int(k), int(places[k])) for k in np.flatnonzero(broken)])
    word, bit = found
    return Cuts(word=tuple(word), bit=tuple((row, line) for line, row in bit))


def aged(
    spec: ChipSpec, index: int, programmed: Programmed, seed: int, *, age: float, temperature: float
) -> Lived:
    """Return what cells conduct some time after they were programmed.

    Parameters
    ----------
    spec, index
        The chip, and which of its tiles.
    programmed
        The cells at age 0 and 300 K.
    seed
        Of the chip.
    age
        Time since programming [s].
    temperature
        Of the chip since then, and at the read [K].

    Raises
    ------
    ValueError
        Where age or temperature are outside what the models hold for.
    """
    group = spec.tile_specs[index]
    effects = group.effects
    low, high = window(spec, index)
    free = (programmed.flags & _STUCK) == 0
    cells = Touched(programmed.conductance, high)
    if effects.drift.model != "none":
        rng = stream(seed, index, "drift")
        if effects.drift.model in ("neurram", "cmo"):
            after = _relaxed(effects.drift.model, cells.conductance, high, age, rng)
        else:
            exponent = _exponents(effects.drift, cells.conductance, high, rng)
            after = drifted(cells.conductance, age, exponent, effects.drift.start)
        after = within_device(spec, index, np.where(free, after, cells.conductance))
        cells.take("drift", after)
    keeping = effects.retention
    if keeping.model != "none":
        if keeping.model == "arrhenius":
            reference = keeping.temperature
            hold = retention_time(keeping.time, keeping.activation, temperature, reference)
            excess = np.maximum(cells.conductance - programmed.lowest, 0.0)
            after = cells.conductance - excess + retained(excess, age, hold)
        elif age > 0:
            rng = stream(seed, index, "retention")
            after = after_pulse(
                spec, index, cells.conductance, 0.0, age, rng=rng, temperature=temperature
            )
        else:
            after = cells.conductance
        cells.take("retention", np.where(free, after, cells.conductance))
    ambient = cells.conductance = within_device(spec, index, cells.conductance)
    if effects.temperature.on:
        after = at_temperature(
            cells.conductance,
            temperature,
            low,
            high,
            coefficient=effects.temperature.lrs,
            activation=effects.temperature.hrs,
            reference=AMBIENT,
        )
        cells.take("temperature", after)
    return Lived(conductance=cells.conductance, ambient=ambient, touched=cells.counts)


def _exponents(drift: DriftSpec, cells: Floats, high: float, rng: np.random.Generator) -> Floats:
    if drift.model == "pcm":
        return drift_exponent_sample(cells, high, rng)
    return np.abs(drift.exponent + drift.spread * rng.standard_normal(cells.shape))


def _relaxed(
    model: str, cells: Floats, high: float, age: float, rng: np.random.Generator
) -> Floats:
    """Return filaments some time after they were verified [S].

    Of NeuRRAM's cells the spread is known after 1 s and after a day. The variance that comes on
    top in between is taken as linear in the logarithm of the age, our own interpolation, and goes
    on so afterwards.
    """
    if model == "cmo":
        return cmo_relaxed(cells, age, rng) if age > 0 else cells
    target = np.minimum(cells, high)
    second, day = (
        programming_error(f"neurram-{when}", g_max=high).sigma(target) ** 2 for when in ("1s", "1d")
    )
    grown = np.maximum(day - second, 0.0) * np.log1p(age) / np.log1p(86400.0)
    walked: Floats = np.maximum(cells + np.sqrt(grown) * rng.standard_normal(cells.shape), 0.0)
    return walked
