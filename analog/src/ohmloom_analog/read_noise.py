"""Noise of the reads of a tile, added to the currents of its lines.

=========  ==================================================================  ====
symbol     name                                                                unit
=========  ==================================================================  ====
V_i        voltage of word line i                                              V
g, dg      conductance of a memory, and its deviation                          S
S          current of its cell per volt and unit of dg/g                       S
dI_j       deviation of the current of line j                                  A
B          noise bandwidth of a conversion                                     Hz
=========  ==================================================================  ====

::

    dI_j = sum_i V_i S_ij dg_ij / g_ij,    S = (i / v) (1 - share of the access device)

This is exact where the wires have no resistance, and of first order in the deviations: what the
wires take from a cell's voltage, they also take from its noise, and that is left out. The array
isn't solved again. Independent normal deviations of the cells add up to one normal deviation of
their line, which is drawn instead. White noise, 1/f noise and traps belong to a pass, from one
change of the word lines to the next, and so to all conversions in it; thermal and shot noise are
drawn at each conversion. Line and reference line are drawn apart.

In a transposed read bit lines take the place of word lines, and the other way round; the traps are
the same, and the reference has no noise.
"""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.noise import bandwidth_of_integration, johnson_sigma, shot_sigma
from ohmloom_analog.programming import window
from ohmloom_analog.read_order import ReadOrder
from ohmloom_analog.seeds import stream
from ohmloom_analog.spec import ChipSpec
from ohmloom_analog.telegraph import (
    telegraph_amplitude,
    telegraph_dwell,
    telegraph_start,
    telegraph_step,
)

__all__ = ["ReadNoise"]

Floats = NDArray[np.float64]


class ReadNoise:
    """The noise of one tile.

    Parameters
    ----------
    spec, index
        The chip, and which of its tiles.
    programmed
        Conductance of each memory before it aged, (R, lines + 1) [S].
    sensitivity
        S of each cell, (R, lines + 1) [S].
    seed
        Of the chip; each kind of noise has a stream of its own.
    age
        Since programming [s].
    temperature
        [K].
    """

    def __init__(
        self,
        spec: ChipSpec,
        index: int,
        programmed: Floats,
        sensitivity: Floats,
        *,
        seed: int,
        age: float,
        temperature: float,
    ) -> None:
        self._effects = spec.tile_specs[index].effects
        self._temperature = temperature
        self._bandwidth = self._effects.bandwidth or bandwidth_of_integration(
            spec.adc.conversion_time
        )
        self._pass_time = spec.dac.settle_time + spec.adc.conversion_time * min(
            spec.adc.columns_per_adc, spec.lines
        )
        self._sensitivity = sensitivity
        self._streams = {
            name: stream(seed, index, name)
            for name in ("read_noise", "flicker", "telegraph", "johnson", "shot")
        }
        self.touched: Mapping[str, int] = self._prepare(programmed / window(spec, index)[1], age)
        """Cells that each kind of noise reaches; one that is off isn't listed."""

    def _prepare(self, share: Floats, age: float) -> dict[str, int]:
        effects, shape = self._effects, share.shape
        carrying = int(np.count_nonzero(self._sensitivity))
        touched = {}
        self._variance: dict[str, Floats] = {}
        if effects.read_noise > 0:
            self._variance["read_noise"] = (effects.read_noise * self._sensitivity) ** 2
            touched["read_noise"] = carrying
        flicker = effects.flicker
        if flicker.q > 0:
            u = np.maximum(share, 1e-12)
            q = np.minimum(flicker.q / u**flicker.power, flicker.most)
            # Cells are verified some time after they were programmed, as for their drift.
            time = max(age + effects.drift.start, flicker.read_time)
            spread = q * np.sqrt(np.log((time + flicker.read_time) / (2 * flicker.read_time)))
            self._variance["flicker"] = (spread * self._sensitivity) ** 2
            touched["flicker"] = int(np.count_nonzero(self._variance["flicker"]))
        self._traps: tuple[Floats, Floats] | None = None
        traps = effects.telegraph
        if traps.fraction > 0:
            rng = self._streams["telegraph"]
            there = rng.random(shape) < traps.fraction
            amplitude = telegraph_amplitude(
                np.full(shape, traps.amplitude), rng, sigma=traps.spread
            )
            dwell = telegraph_dwell(shape, rng, shortest=traps.fastest, longest=traps.slowest)
            self._traps = (np.where(there, amplitude, 0.0) * self._sensitivity, dwell)
            self._occupied = telegraph_start(dwell, dwell, rng)
            touched["telegraph"] = int(np.count_nonzero(self._traps[0]))
        for name in ("johnson", "shot"):
            if getattr(effects, name):
                touched[name] = carrying
        return touched

    @property
    def of_pass(self) -> bool:
        """Whether there is noise that a pass holds."""
        return bool(self._variance) or self._traps is not None

    def held(self, voltages: Floats, *, transposed: bool = False) -> Floats:
        """Draw what a pass under these voltages (R,) adds to the currents, (lines + 1,) [A].

        Parameters
        ----------
        transposed
            Whether the voltages are those of bit lines (lines + 1,), and the currents (R,).
        """
        turn = np.transpose if transposed else np.asarray
        added = np.zeros(turn(self._sensitivity).shape[1])
        power = voltages**2
        for name, variance in self._variance.items():
            draws = self._streams[name].standard_normal(added.shape)
            added += np.sqrt(power @ turn(variance)) * draws
        if self._traps is not None:
            added -= self._trapped(voltages, turn)
        return added

    def _trapped(self, voltages: Floats, turn: Callable[[Floats], Floats]) -> Floats:
        """Return what filled traps take from the currents of a pass [A]."""
        assert self._traps is not None
        drop, dwell = self._traps
        self._occupied = telegraph_step(
            self._occupied, self._pass_time, dwell, dwell, self._streams["telegraph"]
        )
        return voltages @ turn(drop * self._occupied)

    def held_of_passes(self, voltages: Floats) -> Floats:
        """Draw what passes under voltages, passes x R [V], add, passes x (lines + 1) [A].

        The numbers are those that `held` draws for one pass after the other.
        """
        added = np.zeros((len(voltages), self._sensitivity.shape[1]))
        for name, variance in self._variance.items():
            draws = self._streams[name].standard_normal(added.shape)
            added += np.sqrt(voltages**2 @ variance) * draws
        if self._traps is not None:
            for place, driven in enumerate(voltages):
                added[place] -= self._trapped(driven, np.asarray)
        return added

    def sampled(self, currents: Floats, lines: NDArray[np.intp]) -> Floats:
        """Draw what one conversion of some lines adds to their currents less the reference's [A].

        Parameters
        ----------
        currents
            Of all lines, the reference line last, (lines + 1,) [A].
        lines
            Those that are converted together, (n,).

        Returns
        -------
        NDArray
            (n,) [A].
        """
        every = np.append(lines, len(currents) - 1)
        added = self._drawn(currents[every], self._sensitivity.sum(axis=0)[every])
        difference: Floats = added[:-1] - added[-1]
        return difference

    def sampled_of_passes(self, currents: Floats, order: ReadOrder) -> Floats:
        """Draw what the conversions of passes add, passes x reads x lines [A].

        The numbers are those that `sampled` draws for one conversion after the other.

        Parameters
        ----------
        currents
            Of all lines, the reference line last, passes x (lines + 1) [A].
        """
        added = np.zeros((len(currents), order.reads, len(order.lines)))
        conductance = self._sensitivity.sum(axis=0)
        last = np.full(len(order.lines), currents.shape[1] - 1)
        if self._effects.johnson:
            line, reference = self._conversion_draws("johnson", len(currents), order)
            added += self._johnson(conductance[order.lines]) * line
            added -= self._johnson(conductance[last]) * reference
        if self._effects.shot:
            line, reference = self._conversion_draws("shot", len(currents), order)
            added += shot_sigma(currents[:, np.newaxis, order.lines], self._bandwidth) * line
            added -= shot_sigma(currents[:, np.newaxis, last], self._bandwidth) * reference
        return added

    def _conversion_draws(self, name: str, passes: int, order: ReadOrder) -> tuple[Floats, Floats]:
        """Draw the deviates of lines and of the reference line, passes x reads x lines each."""
        count = order.conversions + order.reads * len(order.rounds)
        draws = self._streams[name].standard_normal((passes, count))
        return draws[:, order.places(1, 0, extra=1)], draws[:, order.last_places()]

    def _johnson(self, conductance: Floats) -> Floats:
        return johnson_sigma(conductance, self._bandwidth, self._temperature)

    def sampled_rows(self, currents: Floats, rows: NDArray[np.intp]) -> Floats:
        """Draw what one conversion of some rows of a transposed read adds to their currents [A].

        Parameters
        ----------
        currents
            Of all rows, (R,) [A].
        rows
            Those that are converted together, (n,).
        """
        return self._drawn(currents[rows], self._sensitivity.sum(axis=1)[rows])

    def _drawn(self, currents: Floats, conductance: Floats) -> Floats:
        added = np.zeros(len(currents))
        if self._effects.johnson:
            added += self._johnson(conductance) * self._streams["johnson"].standard_normal(
                len(currents)
            )
        if self._effects.shot:
            sigma = shot_sigma(currents, self._bandwidth)
            added += sigma * self._streams["shot"].standard_normal(len(currents))
        return added
