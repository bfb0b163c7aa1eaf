r"""When each code is an exact integer, so that codes over integers make sense.

All that scatters a code adds up as variances,

.. math:: \sigma^2 = n_a^2 + m^2 (n_t^2 + o_t^2) + (f g_t)^2 + R f_1^2 (s_g^2 + s_d^2),

and three times that must stay within half a code.

==========  ===============================================================
symbol      name
==========  ===============================================================
n_a         noise of the ADC [LSB]
n_t, o_t    noise and spread of offsets of the amplifiers, of full scale
g_t         spread of gains of the amplifiers
m           highest code
f, f_1      largest current of a line and of one cell, in unit currents
R           rows
s_g         spread of a cell, as a fraction of what its levels span
s_d         noise of a word line, as a fraction of the read voltage
==========  ===============================================================
"""

import math
from typing import Literal, Protocol

from ohmloom_analog.array_spec import TileSpec
from ohmloom_analog.converter_spec import AdcSpec, DacSpec, TiaSpec

__all__ = ["MOST_NOISE", "code_noise", "inexact_reads"]

MOST_NOISE = 0.17
"""Noise of a conversion whose threefold stays within half a code [LSB]."""

_MOST_BITS = 2


class _Chip(Protocol):
    @property
    def adc(self) -> AdcSpec: ...
    @property
    def tia(self) -> TiaSpec: ...
    @property
    def dac(self) -> DacSpec: ...
    @property
    def tile(self) -> tuple[TileSpec, ...]: ...
    @property
    def encoding(self) -> Literal["diff_pair", "offset_column"]: ...
    @property
    def rows(self) -> int: ...
    @property
    def cell_bits(self) -> int: ...
    @property
    def adc_shift(self) -> int: ...
    @property
    def line_sum_maximum(self) -> int: ...
    @property
    def code_maximum(self) -> int: ...


def code_noise(chip: _Chip) -> float:
    """Return the standard deviation of a code where an ADC step is one unit current [LSB]."""
    cells = max(
        cell.spread * cell.g_max / (cell.g_max - cell.g_min)
        for cell in (group.cell for group in chip.tile)
    )
    one = chip.line_sum_maximum / chip.rows
    return math.hypot(
        chip.adc.noise,
        chip.code_maximum * chip.tia.noise,
        chip.code_maximum * chip.tia.offset_spread,
        chip.line_sum_maximum * chip.tia.gain_spread,
        math.sqrt(chip.rows) * one * cells,
        math.sqrt(chip.rows) * one * chip.dac.noise / chip.dac.v_read,
    )


def inexact_reads(chip: _Chip) -> str | None:
    """Return why codes aren't exact integers, as a sentence, or None where they are.

    What wires and time take away isn't counted; whether it stays below half a code, a run shows.
    """
    if chip.cell_bits > _MOST_BITS:
        return f"cell.levels must be at most {1 << _MOST_BITS}, not {1 << chip.cell_bits}"
    if chip.adc_shift > 0:
        return (
            f"an ADC step must be one unit current, not {1 << chip.adc_shift}: adc.bits must be "
            f"enough for {chip.line_sum_maximum} units"
        )
    if chip.adc.noise > MOST_NOISE:
        return f"adc.noise must be at most {MOST_NOISE} LSB, not {chip.adc.noise:g}"
    noise = code_noise(chip)
    if noise > MOST_NOISE:
        return (
            f"adc.noise, tia, dac.noise and cell.spread must scatter a code by at most "
            f"{MOST_NOISE} LSB together, not {noise:.3g}"
        )
    return _wrong_offset(chip)


def _wrong_offset(chip: _Chip) -> str | None:
    offset = chip.adc.offset
    if chip.encoding == "offset_column":
        # Nothing cancels it before the sum is decoded.
        if offset:
            return f"adc.offset must be 0 for the encoding offset_column, not {offset:g}"
        return None
    room = chip.code_maximum - chip.line_sum_maximum
    if offset != round(offset):
        return f"adc.offset must be a whole number of codes, not {offset:g}"
    if not 0 <= offset <= room:
        return f"adc.offset must leave room and be at most {room} codes, not {offset:g}"
    return None
