"""Digital-to-analog converters at their pins: frames in, voltages out."""

import numpy as np
from numpy.typing import NDArray

from ohmloom_hw.converters.chips import DacChip
from ohmloom_sim.converters.serial_monitor import PortEvent, SerialMonitor, refuse

__all__ = ["DacBank"]

_PS = 1e12


class DacBank:
    """Chips that share clock, select and latch, each with a data line of its own.

    Times are those of the simulation [ps]; power comes up at 0. Every call takes the levels of
    pins at a time that is not before that of the last call.

    Parameters
    ----------
    chip
        The part.
    chips
        How many.
    reference
        Their full scale [V].

    Raises
    ------
    BridgeError
        By every method that takes a level: where the pins are not driven as the datasheet says.
    """

    def __init__(self, chip: DacChip, chips: int, reference: float) -> None:
        self._chip, self._chips, self._reference = chip, chips, reference
        self._monitor = SerialMonitor(chip.name, chip.port, chip.frame_bits)
        self._words = [0] * chips
        self._inputs = np.zeros((chips, chip.channels), dtype=np.int64)
        self._outputs = np.zeros((chips, chip.channels), dtype=np.int64)
        self._powered = np.full(chips, chip.name != "AD5628")
        self._shut = np.full((chips, chip.channels), chip.name == "MCP4822")
        self._latch_n: int | None = None
        self._latch_fall = 0
        self._deselected: int | None = None
        self.updated_ps = 0
        """When an output last changed."""
        self.highest = 0
        """Highest code that any output ever had."""

    @property
    def codes(self) -> NDArray[np.int64]:
        """Codes of the outputs, chip by chip, (chips x channels,)."""
        live = self._powered[:, None] & ~self._shut
        codes: NDArray[np.int64] = np.where(live, self._outputs, 0).reshape(-1)
        return codes

    @property
    def voltages(self) -> NDArray[np.float64]:
        """Voltages of the outputs, chip by chip, (chips x channels,) [V]."""
        return np.asarray(self.codes * (self._reference / (1 << self._chip.bits)), dtype=np.float64)

    def set_data(self, value: int, now: int) -> None:
        """Take the data lines, chip 0 in the low bit."""
        self._monitor.set_data(value, now)

    def set_clock(self, value: int, now: int) -> None:
        """Take the clock."""
        for event in self._monitor.set_clock(value, now):
            if event.kind == "counted":
                self._shift(event, now)

    def set_select(self, value: int, now: int) -> None:
        """Take select."""
        for event in self._monitor.set_select(value, now):
            if event.kind == "select":
                self._check_start(now)
                self._words = [0] * self._chips
            else:
                self._deselected = now
                if self._chip.name != "AD5628":
                    self._execute(now)

    def set_latch(self, value: int, now: int) -> None:
        """Take the latch pin, which updates all outputs while it is low."""
        before, self._latch_n = self._latch_n, value
        least = self._chip.latch
        if before is None or before == value or least is None:
            return
        if value == 0:
            self._latch_fall = now
            if self._deselected is not None:
                self._least("select to latch", self._chip.latch_setup, now - self._deselected, now)
            self._update(self._inputs.copy(), now)
        else:
            self._least("latch pulse", least, now - self._latch_fall, now)

    def _check_start(self, now: int) -> None:
        if now < self._chip.power_up * _PS:
            refuse(
                self._chip.name,
                "first frame",
                f"at least {self._chip.power_up * 1e6:g} us after power-up",
                f"{now / 1e6:g} us",
                now,
            )

    def _shift(self, event: PortEvent, now: int) -> None:
        data = self._monitor.data
        self._words = [word << 1 | data >> lane & 1 for lane, word in enumerate(self._words)]
        if event.bit == self._chip.frame_bits and self._chip.name == "AD5628":
            # It updates at the last clock edge, not when select rises.
            self._execute(now)

    def _execute(self, now: int) -> None:
        execute = {"AD5628": self._ad5628, "AD5541A": self._ad5541a, "MCP4822": self._mcp4822}
        outputs = self._outputs.copy()
        for lane, word in enumerate(self._words):
            execute[self._chip.name](lane, word, outputs, now)
        self._update(outputs, now)

    def _ad5628(self, lane: int, word: int, outputs: NDArray[np.int64], now: int) -> None:
        command, address, code = word >> 24 & 15, word >> 20 & 15, word >> 8 & 0xFFF
        chosen = slice(None) if address == 15 else slice(address, address + 1)
        if command in (0, 2, 3):
            if address not in (*range(8), 15):
                refuse(self._chip.name, "address", "0 to 7 or 15", str(address), now)
            self._inputs[lane, chosen] = code
            if command == 2:
                outputs[lane] = self._inputs[lane]
            elif command == 3:
                outputs[lane, chosen] = code
        elif command == 8:
            self._powered[lane] = bool(word & 1)
        else:
            refuse(self._chip.name, "command", "0, 2, 3 or 8", str(command), now)

    def _ad5541a(self, lane: int, word: int, outputs: NDArray[np.int64], now: int) -> None:
        # Its latch pin is tied low: the word shows as soon as select rises.
        outputs[lane, 0] = word

    def _mcp4822(self, lane: int, word: int, outputs: NDArray[np.int64], now: int) -> None:
        channel = word >> 15
        if not word >> 13 & 1:
            refuse(self._chip.name, "gain", "1", "2", now)
        self._inputs[lane, channel] = word & 0xFFF
        self._shut[lane, channel] = not word >> 12 & 1

    def _update(self, outputs: NDArray[np.int64], now: int) -> None:
        if not np.array_equal(outputs, self._outputs):
            self.updated_ps = now
        self._outputs = outputs
        self.highest = max(self.highest, int(self.codes.max()))

    def _least(self, what: str, required: float, found_ps: int, now: int) -> None:
        if found_ps < required * _PS - 2:
            refuse(
                self._chip.name,
                what,
                f"at least {required * 1e9:g} ns",
                f"{found_ps / 1000:g} ns",
                now,
            )
