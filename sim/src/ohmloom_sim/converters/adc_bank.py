"""Analog-to-digital converters at their pins: voltages in, bits out."""

import math
from collections.abc import Callable, Sequence

from ohmloom_hw.converters.chips import AdcChip
from ohmloom_sim.converters.serial_monitor import PortEvent, SerialMonitor, refuse

__all__ = ["AdcBank", "Drive"]

_PS = 1e12
# Far below any noise, far above rounding.
_TIE = 1e-9

Drive = tuple[int, int]
"""A time [ps] and the level of all data lines from then on, chip 0 in the low bit."""


class AdcBank:
    """Chips that share clock, select and command, each with a data line of its own.

    Between the end of a bit and the latest time at which the next is valid, the data lines show
    the wrong level: who reads too early, reads wrongly.

    Parameters
    ----------
    chip
        The part.
    chips
        How many.
    reference
        Their full scale [V].
    inputs
        Gives the voltages at one channel of all chips at a time [ps].
    changed
        Gives the time at which an input last changed [ps].
    sampled
        Takes channel, time [ps] and codes of each conversion, one code a chip.

    Raises
    ------
    BridgeError
        By every method that takes a level: where the pins are not driven as the datasheet says.
    """

    def __init__(
        self,
        chip: AdcChip,
        chips: int,
        reference: float,
        *,
        inputs: Callable[[int, int], Sequence[float]],
        changed: Callable[[], int],
        sampled: Callable[[int, int, Sequence[int]], None] | None = None,
    ) -> None:
        self._chip, self._chips, self._reference = chip, chips, reference
        self._inputs, self._changed, self._sampled = inputs, changed, sampled
        self._monitor = SerialMonitor(chip.name, chip.port, chip.frame_bits)
        self._command = 0
        self._codes = [0] * chips
        self._frames = 0
        self._released: int | None = None
        self._tracking: int | None = None
        self._sampling = 0
        self.conversions = 0
        """Conversions so far, the first after power-up left out."""

    def set_command(self, value: int, now: int) -> None:
        """Take the data line to the chips."""
        self._monitor.set_data(value, now)

    def set_select(self, value: int, now: int) -> list[Drive]:
        """Take select; return what the chips drive from now on."""
        drives: list[Drive] = []
        for event in self._monitor.set_select(value, now):
            if event.kind == "select":
                self._check_start(now)
                self._command, self._frames = 0, self._frames + 1
                if self._chip.sampled_bit == 0:
                    self._sample(0, now)
                drives.append((now + round(self._chip.port.enable * _PS), self._level(0)))
        return drives

    def set_clock(self, value: int, now: int) -> list[Drive]:
        """Take the clock; return what the chips drive from now on."""
        drives: list[Drive] = []
        for event in self._monitor.set_clock(value, now):
            if event.kind == "counted":
                self._command = self._command << 1 | self._monitor.data & 1
                self._note(event, now)
            else:
                drives += self._shift_out(event, now)
        if value == 1 and self._monitor.active and self._tracking is None:
            self._tracking = now
        return drives

    def _note(self, event: PortEvent, now: int) -> None:
        if self._chip.sampled_bit and event.bit == self._chip.sampled_bit - 1:
            self._sampling = now
        if event.bit == self._chip.frame_bits:
            self._released = now + round(self._chip.release * _PS)
        # The AD7476A tracks again from the rising clock after the 13th falling one.
        self._tracking = None if event.bit <= 13 else self._tracking

    def _shift_out(self, event: PortEvent, now: int) -> list[Drive]:
        port = self._chip.port
        if event.bit == self._chip.sampled_bit and event.bit:
            header = self._command >> 1
            channel = self._channel(header, now)
            if self._changed() > self._sampling:
                late = (self._changed() - self._sampling) / 1000
                refuse(
                    self._chip.name,
                    "input",
                    "still from the start of sampling",
                    f"changed {late:g} ns after it",
                    now,
                )
            self._sample(channel, now)
        if event.bit >= self._chip.frame_bits:
            return []
        level = self._level(event.bit)
        wrong = level ^ ((1 << self._chips) - 1)
        return [(now + round(port.keep * _PS), wrong), (now + round(port.access * _PS), level)]

    def _channel(self, header: int, now: int) -> int:
        if header not in self._chip.headers:
            known = f"one of {self._chip.headers[0]:#b} to {self._chip.headers[-1]:#b}"
            refuse(self._chip.name, "command", known, f"{header:#b}", now)
        return self._chip.headers.index(header)

    def _sample(self, channel: int, now: int) -> None:
        quiet = now - self._changed()
        if quiet < self._chip.acquisition * _PS:
            refuse(
                self._chip.name,
                "input before it is sampled",
                f"still for at least {self._chip.acquisition * 1e9:g} ns",
                f"{quiet / 1000:g} ns",
                now,
            )
        if self._frames == 1:
            # The first code after power-up means nothing.
            self._codes = [0b1010_1010_1010] * self._chips
            return
        self._codes = [self._code(volts) for volts in self._inputs(channel, now)]
        self.conversions += 1
        if self._sampled is not None:
            self._sampled(channel, now, self._codes)

    def _code(self, volts: float) -> int:
        steps = volts / self._reference * (1 << self._chip.bits)
        code = math.floor(steps + 1 - self._chip.first_transition + _TIE)
        return min(max(code, 0), self._chip.maximum)

    def _level(self, bit: int) -> int:
        """Return the data lines during the bit after so many."""
        place = self._chip.frame_bits - 1 - bit
        if place >= self._chip.bits:
            return 0
        return sum((code >> place & 1) << lane for lane, code in enumerate(self._codes))

    def _check_start(self, now: int) -> None:
        name = self._chip.name
        if now < self._chip.power_up * _PS:
            required = f"at least {self._chip.power_up * 1e6:g} us after power-up"
            refuse(name, "first conversion", required, f"{now / 1e6:g} us", now)
        waits = (
            ("quiet time", self._chip.quiet, self._released),
            ("acquisition time", self._chip.acquisition, self._tracking),
        )
        for what, required_time, since in waits:
            if since is not None and now - since < required_time * _PS - 2:
                required = f"at least {required_time * 1e9:g} ns"
                refuse(name, what, required, f"{(now - since) / 1000:g} ns", now)
