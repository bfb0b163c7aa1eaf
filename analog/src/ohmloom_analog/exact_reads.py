"""When each code is an exact integer, so that codes over integers make sense."""

from typing import Protocol

from ohmloom_analog.converter_spec import AdcSpec

__all__ = ["MOST_NOISE", "inexact_reads"]

MOST_NOISE = 0.17
"""Noise of a conversion whose threefold stays within half a code [LSB]."""

_MOST_BITS = 2


class _Chip(Protocol):
    @property
    def adc(self) -> AdcSpec: ...
    @property
    def cell_bits(self) -> int: ...
    @property
    def adc_shift(self) -> int: ...
    @property
    def line_sum_maximum(self) -> int: ...
    @property
    def code_maximum(self) -> int: ...


def inexact_reads(chip: _Chip) -> str | None:
    """Return why codes aren't exact integers, as a sentence, or None where they are.

    Spread and wires are the array's; whether they stay below half a code, a run shows.
    """
    if chip.cell_bits > _MOST_BITS:
        return f"cell.levels must be at most {1 << _MOST_BITS}, not {1 << chip.cell_bits}"
    if chip.adc_shift > 0:
        return (
            f"an ADC step must be one unit current, not {1 << chip.adc_shift}: adc.bits must be "
            f"enough for {chip.line_sum_maximum} units"
        )
    room = chip.code_maximum - chip.line_sum_maximum
    if chip.adc.offset > room:
        return f"adc.offset must leave room and be at most {room} codes, not {chip.adc.offset:g}"
    if chip.adc.noise > MOST_NOISE:
        return f"adc.noise must be at most {MOST_NOISE} LSB, not {chip.adc.noise:g}"
    return None
