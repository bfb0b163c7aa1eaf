"""From times of a datasheet to cycles of the board's clock."""

import math
from dataclasses import dataclass

from ohmloom_hw.converters.chips import AdcChip, DacChip, SerialPort

__all__ = ["FrameCycles", "adc_cycles", "cycles", "dac_cycles"]


def cycles(time: float, clock: float, *, least: int = 0) -> int:
    """Return the fewest clock cycles that take at least a time [s], and at least so many."""
    return max(least, math.ceil(time * clock - 1e-9))


@dataclass(frozen=True, kw_only=True, slots=True)
class FrameCycles:
    """A frame in clock cycles."""

    lead: int
    """From select falling to the first bit."""
    half: int
    """Half a bit."""
    trail: int
    """From the end of the last bit to select rising."""
    gap: int
    """Select high after it."""
    bits: int
    """Bits of the frame."""

    @property
    def busy(self) -> int:
        """From the cycle after the start to that in which the next may start."""
        return self.selected + self.gap

    @property
    def selected(self) -> int:
        """Select low."""
        return self.lead + 2 * self.half * self.bits + self.trail


def dac_cycles(chip: DacChip, clock: float, board_delay: float) -> FrameCycles:
    """Return the frame of a DAC at a clock [Hz].

    Raises
    ------
    ValueError
        Where the clock makes no frame that the chip takes.
    """
    return _frame(chip.name, chip.port, clock, board_delay, bits=chip.frame_bits, rest=0.0)


def adc_cycles(chip: AdcChip, clock: float, board_delay: float) -> FrameCycles:
    """Return the frame of an ADC at a clock [Hz].

    Raises
    ------
    ValueError
        Where the clock makes no frame that the chip takes.
    """
    rest = max(chip.quiet + chip.release, chip.acquisition)
    return _frame(chip.name, chip.port, clock, board_delay, bits=chip.frame_bits, rest=rest)


def _frame(
    name: str, port: SerialPort, clock: float, delay: float, *, bits: int, rest: float
) -> FrameCycles:
    half = max(
        cycles(max(port.high, port.low, port.setup, port.hold), clock, least=1),
        cycles(0.5 / port.clock_maximum, clock),
    )
    if port.capture == "first":
        half = max(half, -(-cycles(port.access + delay, clock) // 2))
    elif port.capture == "second":
        half = max(half, cycles(port.access + delay, clock))
    if clock < 2 * half * port.clock_minimum:
        msg = (
            f"clock of {name} must be at least {port.clock_minimum:g} Hz, "
            f"not {clock / (2 * half):g} Hz"
        )
        raise ValueError(msg)
    # Where the clock doesn't change at the start of a bit, the first edge comes half a bit later.
    first_edge = half if port.first == port.idle else 0
    lead = max(1, cycles(max(port.select_to_clock, port.enable + delay), clock) - first_edge)
    trail = max(1, cycles(port.clock_to_deselect, clock) - half)
    gap = cycles(max(port.deselected, port.idle_to_select, rest), clock, least=1)
    return FrameCycles(lead=lead, half=half, trail=trail, gap=gap, bits=bits)
