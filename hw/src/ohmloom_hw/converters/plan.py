"""The arithmetic of a chip behind converters: codes, limits and clock cycles, in one place.

Gateware, registers and models are built from it.

===============  ==========================================================  ====
symbol           name                                                        unit
===============  ==========================================================  ====
N                bits of the DAC                                             bit
M                bits of the ADC                                             bit
b                bits of a code of the array port                            bit
s                shift of the ADC's codes, M - b                             bit
v                bits of a slice of an input                                 bit
V_fs             voltage of a word line at DAC code 2^N                      V
===============  ==========================================================  ====
"""

import math
from dataclasses import dataclass

from ohmloom_analog.errors import SpecError
from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.converters.chips import AdcChip, DacChip
from ohmloom_hw.converters.profile import ConverterProfile
from ohmloom_hw.converters.timing import FrameCycles, adc_cycles, cycles, dac_cycles

__all__ = ["OFFSET_BITS", "ConverterPlan"]

OFFSET_BITS = 10
"""Width of an offset, its sign included [LSB of the converter]."""

_REGISTER_MAXIMUM = 0xFFFF
_CONVERSION_OVERHEAD = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class ConverterPlan:
    """How one tile of a chip is served by the converters of a board.

    Raises
    ------
    SpecError
        Where the converters can't serve the chip.
    """

    spec: ChipSpec
    """The chip."""
    profile: ConverterProfile
    """The board."""

    def __post_init__(self) -> None:
        """Check that the two fit."""
        self._check_bits()
        self._check_maps()
        self._check_range()
        for name, needed in (("SETTLE", self.settle_cycles), ("TIMEOUT", self.timeout_cycles)):
            if needed > _REGISTER_MAXIMUM:
                self._refuse(f"{name} must be at most {_REGISTER_MAXIMUM} cycles, not {needed}")

    @property
    def dac(self) -> DacChip:
        """The part that drives the word lines."""
        return self.profile.dac_chip

    @property
    def adc(self) -> AdcChip:
        """The part at the bit lines."""
        return self.profile.adc_chip

    @property
    def dac_chips(self) -> int:
        """DACs of a tile, each with a data line."""
        highest = max(self.profile.word_map or (self.spec.rows - 1,))
        return highest // self.dac.channels + 1

    @property
    def adc_chips(self) -> int:
        """ADCs of a tile, each with a data line."""
        return max(self.profile.line_map or (self.spec.adcs - 1,)) + 1

    @property
    def rows_of_outputs(self) -> tuple[int | None, ...]:
        """Row at each output of the DACs, chip by chip; None where there is none."""
        places = self.profile.word_map or range(self.spec.rows)
        rows = {place: row for row, place in enumerate(places)}
        return tuple(rows.get(place) for place in range(self.dac_chips * self.dac.channels))

    @property
    def chips_of_converters(self) -> tuple[int, ...]:
        """ADC of each converter of the array port."""
        return tuple(self.profile.line_map or range(self.spec.adcs))

    @property
    def channel_bits(self) -> int:
        """Low bits of `select` that are the ADC's channel; the others set the analog switches."""
        return (self.adc.channels - 1).bit_length()

    @property
    def offset_place_bits(self) -> int:
        """Width of the place of an offset among those of a tile's outputs, or of its lines."""
        lines = self.spec.adcs * self.spec.adc.columns_per_adc
        return max(1, (max(self.dac_chips * self.dac.channels, lines) - 1).bit_length())

    @property
    def mux_bits(self) -> int:
        """Width of the address of the analog switches; 0 where there are none."""
        share = min(self.spec.adc.columns_per_adc, self.spec.lines)
        return max(0, (share - 1).bit_length() - self.channel_bits)

    @property
    def dac_reference(self) -> float:
        """Full scale of the DAC [V]."""
        return self.profile.dac_reference or self.dac.reference

    @property
    def adc_reference(self) -> float:
        """Full scale of the ADC [V]."""
        return self.profile.adc_reference or self.adc.reference

    @property
    def word_full_scale(self) -> float:
        """The V_fs [V]."""
        if self.profile.word_full_scale is not None:
            return self.profile.word_full_scale
        levels = 1 << self.spec.input.slice_bits
        return self.spec.dac.v_read * levels / (levels - 1)

    @property
    def driver_gain(self) -> float:
        """Voltage of a word line by that of its DAC."""
        return self.word_full_scale / self.dac_reference

    def dac_scale(self, *, write: bool) -> tuple[int, int]:
        """Return factor and right shift from a slice code to a DAC code, to the nearest.

        The highest slice code is the read voltage, or the write limit for an operation that
        writes.
        """
        bits = self.spec.input.slice_bits
        if not write and self.profile.word_full_scale is None:
            return 1 << (self.dac.bits - bits), 0
        volts = self.profile.write_limit if write else self.spec.dac.v_read
        shift = self.dac.bits
        per_code = volts / ((1 << bits) - 1) / self.word_full_scale
        return round(per_code * 2.0 ** (self.dac.bits + shift)), shift

    def dac_code(self, level: int, offset: int = 0, *, write: bool = False) -> int:
        """Return the DAC code of a slice code, before its limit."""
        factor, shift = self.dac_scale(write=write)
        code = (level * factor + ((1 << shift) >> 1)) >> shift
        return min(max(code + offset, 0), self.dac.maximum)

    def limit_code(self, volts: float) -> int:
        """Return the highest DAC code that leaves a word line at or below a voltage [V]."""
        steps = volts / self.word_full_scale * (1 << self.dac.bits)
        return min(math.floor(steps + 1e-9), self.dac.maximum)

    @property
    def read_ceiling(self) -> int:
        """DAC code that a read never exceeds, whatever the registers hold."""
        return self.limit_code(self.spec.dac.v_read * (1 + self.profile.read_margin))

    @property
    def write_ceiling(self) -> int:
        """DAC code that nothing ever exceeds, whatever the registers hold."""
        return max(self.limit_code(self.profile.write_limit), 0)

    @property
    def adc_shift(self) -> int:
        """The s."""
        return self.adc.bits - self.spec.adc.bits

    def code(self, raw: int, offset: int = 0) -> tuple[int, bool]:
        """Return code and over-range flag of the array port for a code of the ADC.

        The offset is subtracted, then half a step of the result added and the low bits cut off,
        so a tie goes up, as in the array port's own rule. What isn't in [0, 2^b - 1] is clipped
        and flagged, and so is the ADC's highest code.
        """
        rounded = (raw - offset + ((1 << self.adc_shift) >> 1)) >> self.adc_shift
        code = min(max(rounded, 0), self.spec.code_maximum)
        return code, code != rounded or raw == self.adc.maximum

    def adc_input(self, fraction: float) -> float:
        """Return the ADC's input for a fraction of the full-scale current [V].

        The amplifier is trimmed by less than one step of the ADC, so that the ADC's thresholds
        are those of the array port; a board without that trim is off by 2^-(s + 1) codes.
        """
        step = 1 << self.adc_shift
        # With a shift the half step is added to whole codes, without one it is in the input.
        trim = self.adc.first_transition - (1.0 if self.adc_shift else 0.5)
        steps = (fraction * self.spec.code_maximum + self.spec.adc.offset) * step + trim
        return steps * self.adc_reference / (1 << self.adc.bits)

    @property
    def dac_frame(self) -> FrameCycles:
        """A frame to the DACs."""
        return dac_cycles(self.dac, self.spec.clock, self.profile.board_delay)

    @property
    def adc_frame(self) -> FrameCycles:
        """A frame of the ADCs."""
        return adc_cycles(self.adc, self.spec.clock, self.profile.board_delay)

    @property
    def latch_cycles(self) -> int:
        """Length of the pulse that updates the outputs; 0 without such a pin."""
        return 0 if self.dac.latch is None else cycles(self.dac.latch, self.spec.clock, least=1)

    @property
    def latch_setup_cycles(self) -> int:
        """From select rising to that pulse."""
        return cycles(self.dac.latch_setup, self.spec.clock)

    @property
    def channel_cycles(self) -> int:
        """Cycles to collect and send one channel of all DACs."""
        return self.dac_chips + 3 + self.dac_frame.busy

    @property
    def pass_cycles(self) -> int:
        """Longest time from a change of the levels to the last update of an output."""
        latch = self.latch_setup_cycles + self.latch_cycles + 2 if self.latch_cycles else 0
        return 1 + self.dac.channels * self.channel_cycles + latch

    @property
    def analog_settle_cycles(self) -> int:
        """From the last update of an output to bit lines that can be converted."""
        time = self.dac.settle_time + self.profile.line_settle + self.spec.dac.settle_time
        return cycles(time, self.spec.clock, least=1)

    @property
    def mux_cycles(self) -> int:
        """From a start to an ADC's input that can be sampled."""
        return cycles(self.profile.mux_settle, self.spec.clock, least=1) if self.mux_bits else 1

    @property
    def conversion_cycles(self) -> int:
        """From a start to done, with lines that have settled and ADCs that have rested."""
        return self.mux_cycles + self.adc_frame.selected + self.spec.adcs + _CONVERSION_OVERHEAD

    @property
    def settle_cycles(self) -> int:
        """What SETTLE holds after reset: a start then finds lines that have settled.

        Between two passes the lines may show another pass's codes, whose writing isn't cut short.
        """
        return 2 * self.pass_cycles + self.analog_settle_cycles + 2

    @property
    def timeout_cycles(self) -> int:
        """What TIMEOUT holds after reset: a conversion that had to wait for everything."""
        return 2 * (self.settle_cycles + self.conversion_cycles + self.adc_frame.gap)

    @property
    def safe_cycles(self) -> int:
        """Longest time from a release of the levels, or from SAFE, to all outputs at code 0."""
        return self.conversion_cycles + self.adc_frame.gap + 2 * self.pass_cycles

    @property
    def power_up_cycles(self) -> int:
        """From reset to the first frame."""
        return cycles(max(self.dac.power_up, self.adc.power_up), self.spec.clock, least=1)

    def _check_bits(self) -> None:
        if self.spec.adc.bits > self.adc.bits:
            self._refuse(
                f"adc.bits must be at most {self.adc.bits} with the {self.adc.name}, "
                f"not {self.spec.adc.bits}"
            )
        if self.spec.input.slice_bits > self.dac.bits:
            self._refuse(
                f"input.slice_bits must be at most {self.dac.bits} with the {self.dac.name}, "
                f"not {self.spec.input.slice_bits}"
            )

    def _check_maps(self) -> None:
        maps = (
            ("word_map", self.profile.word_map, self.spec.rows, "rows"),
            ("line_map", self.profile.line_map, self.spec.adcs, "converters"),
        )
        for name, places, needed, what in maps:
            if places is not None and len(places) != needed:
                self._refuse(f"{name} must hold a place for {needed} {what}, not {len(places)}")

    def _check_range(self) -> None:
        top = (1 << self.spec.input.slice_bits) - 1
        factor, shift = self.dac_scale(write=False)
        code = (top * factor + ((1 << shift) >> 1)) >> shift
        if code > self.dac.maximum:
            self._refuse(
                f"word_full_scale must be above the read voltage of {self.spec.dac.v_read:g} V, "
                f"not {self.word_full_scale:g} V"
            )
        if code < top:
            self._refuse(
                f"word_full_scale must leave the DAC at least {top} steps up to the read voltage, "
                f"not {code}"
            )
        if self.profile.write_limit > self.word_full_scale:
            self._refuse(
                f"write_limit must be at most {self.word_full_scale:g} V, which the word lines "
                f"can reach, not {self.profile.write_limit:g} V"
            )

    def _refuse(self, what: str) -> None:
        msg = f"converters {self.profile.name}: {what}"
        raise SpecError(msg)
