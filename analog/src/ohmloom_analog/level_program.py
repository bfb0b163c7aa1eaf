"""The pulses of each level as the integers that the chip works with.

=========  ====================================  =====
symbol     name                                  unit
=========  ====================================  =====
G          conductance of a whole cell           S
G_f        conductance at the full scale         S
b          bits of a verify code                 1
=========  ====================================  =====

A verify read gives round(G / G_f (2^b - 1)), where G_f is `WriteSpec.headroom` times g_max and b
is the bits of the ADC, at most 12. No reference line is subtracted, so that this line, too, can be
written.
"""

import math
from dataclasses import dataclass

from ohmloom_analog.errors import SpecError
from ohmloom_analog.spec import ChipSpec
from ohmloom_analog.write_spec import CODE_BITS, PulseSpec, RampOrder, RampSpec, WriteSpec

__all__ = [
    "LevelProgram",
    "PulsePlan",
    "Ramp",
    "Timing",
    "form_plan",
    "level_programs",
    "target_code",
    "verify_bits",
    "verify_full_scale",
    "write_spec_of",
    "write_timing",
]

_TOP = (1 << CODE_BITS) - 1
_WIDTH_BITS = 16


@dataclass(frozen=True, kw_only=True, slots=True)
class Ramp:
    """Codes, or clock cycles, from `start` by `step` up to `stop`."""

    start: int
    """The first."""
    stop: int
    """The last; what a step would carry beyond it is cut off."""
    step: int
    """From one to the next."""

    def after(self, value: int) -> int:
        """Return what follows a value."""
        return min(value + self.step, self.stop)


@dataclass(frozen=True, kw_only=True, slots=True)
class PulsePlan:
    """The pulses of one direction and level."""

    drive: Ramp
    """Codes of the drivers."""
    gate: Ramp
    """Codes of the gate."""
    width: Ramp
    """Clock cycles, at least 1."""
    order: RampOrder
    """Which grows first, second and last."""
    restart: bool
    """Whether those that grew before start anew when the next grows."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LevelProgram:
    """What it takes to bring a cell to one level."""

    set: PulsePlan
    """Pulses that raise the conductance."""
    reset: PulsePlan
    """Pulses that lower it."""
    below: int
    """How far a code may be below its target."""
    above: int
    """How far a code may be above its target."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Timing:
    """Of write-verify, in clock cycles."""

    rail: int
    """From the switching of the lines to a pulse or a read, at least 1."""
    discharge: int
    """From the end of a pulse to the next switching, at least 1."""
    relax: int
    """From the last read of a good cell to its check; 0 for no check."""


def write_spec_of(spec: ChipSpec, tile: int) -> WriteSpec:
    """Return how a tile's cells are written.

    Raises
    ------
    SpecError
        Where the chip doesn't say.
    """
    write = spec.tile_specs[tile].write
    if write is None:
        msg = f"tile {tile} of chip '{spec.name}' must have a section 'write' to be written"
        raise SpecError(msg)
    return write


def verify_bits(spec: ChipSpec) -> int:
    """Return the bits of a verify code."""
    return min(spec.adc.bits, CODE_BITS)


def verify_full_scale(spec: ChipSpec, tile: int) -> float:
    """Return the conductance of the highest verify code [S]."""
    return write_spec_of(spec, tile).headroom * spec.tile_specs[tile].cell.g_max


def target_code(spec: ChipSpec, tile: int, conductance: float) -> int:
    """Return the verify code of a conductance [S] of a whole cell.

    Raises
    ------
    ValueError
        Where it lies outside the range of a verify read.
    """
    full = verify_full_scale(spec, tile)
    if not 0 <= conductance <= full:
        msg = f"conductance must be from 0 to {full:g} S to be verified, not {conductance!r} S"
        raise ValueError(msg)
    return round(conductance / full * ((1 << verify_bits(spec)) - 1))


def write_timing(spec: ChipSpec, tile: int) -> Timing:
    """Return the times between pulses and reads."""
    write = write_spec_of(spec, tile)
    return Timing(
        rail=max(1, _cycles(spec, write.rail_time)),
        discharge=max(1, _cycles(spec, write.discharge_time)),
        relax=_cycles(spec, write.relax_time),
    )


def level_programs(spec: ChipSpec, tile: int) -> tuple[LevelProgram, ...]:
    """Return the pulses of every level of a tile, level 0 first.

    Raises
    ------
    SpecError
        Where the chip doesn't say how it is written, or a tolerance is below one code.
    """
    write, cell = write_spec_of(spec, tile), spec.tile_specs[tile].cell
    code = verify_full_scale(spec, tile) / ((1 << verify_bits(spec)) - 1)
    reach = math.floor(write.tolerance * cell.g_step / code)
    if reach < 1:
        msg = (
            f"write.tolerance must be at least one verify code ({code / cell.g_step:.3g} levels), "
            f"not {write.tolerance:g}"
        )
        raise SpecError(msg)
    found = []
    for level in range(cell.levels):
        share = (level / (cell.levels - 1)) ** write.curve
        found.append(
            LevelProgram(
                set=_plan(spec, write, write.set, write.set_top, share),
                reset=_plan(spec, write, write.reset, write.reset_top, share),
                below=reach,
                above=reach,
            )
        )
    return tuple(found)


def form_plan(spec: ChipSpec, tile: int) -> PulsePlan | None:
    """Return the pulses that form a fresh cell, or None."""
    write = write_spec_of(spec, tile)
    return None if write.form is None else _plan(spec, write, write.form, None, 0.0)


def _plan(
    spec: ChipSpec, write: WriteSpec, low: PulseSpec, high: PulseSpec | None, share: float
) -> PulsePlan:
    top = low if high is None else high
    drive = _TOP / write.drive_full
    gate = _TOP / write.gate_full
    return PulsePlan(
        drive=_ramp(low.drive, top.drive, share, drive, (0, _TOP)),
        gate=_ramp(low.gate, top.gate, share, gate, (0, _TOP)),
        width=_ramp(low.width, top.width, share, spec.clock, (1, (1 << _WIDTH_BITS) - 1)),
        order=low.order,
        restart=low.restart,
    )


def _ramp(
    low: RampSpec, high: RampSpec, share: float, scale: float, bounds: tuple[int, int]
) -> Ramp:
    start, stop, step = (
        round(scale * ((1 - share) * getattr(low, name) + share * getattr(high, name)))
        for name in ("start", "stop", "step")
    )
    start, stop = (min(max(value, bounds[0]), bounds[1]) for value in (start, stop))
    # A step too fine for the codes would stand still for ever.
    return Ramp(start=start, stop=stop, step=max(step, 1) if stop > start else 0)


def _cycles(spec: ChipSpec, seconds: float) -> int:
    return math.ceil(seconds * spec.clock - 1e-9)
