"""A serial port seen from its chips: bits in, and every time of the datasheet checked."""

from dataclasses import dataclass
from typing import NoReturn

from ohmloom_analog.errors import BridgeError
from ohmloom_hw.converters.chips import SerialPort

__all__ = ["PortEvent", "SerialMonitor", "refuse"]

_PS = 1e12
# Edges are known to a picosecond, so a period of 83 333.3 ps may look shorter by one.
_TOLERANCE_PS = 2


def refuse(chip: str, what: str, required: str, found: str, now: int) -> NoReturn:
    """Raise the error of a chip that isn't driven as its datasheet says.

    Raises
    ------
    BridgeError
        Always.
    """
    msg = f"{chip} at {now} ps: {what} must be {required}, not {found}"
    raise BridgeError(msg)


@dataclass(frozen=True, kw_only=True, slots=True)
class PortEvent:
    """What a change of a pin means to the chips."""

    kind: str
    """`select`, `deselect`, `counted` (the edge that counts a bit), or `falling` of the clock."""
    bit: int
    """Bits counted in the frame so far."""


class SerialMonitor:
    """Clock, select and data of chips that share clock and select.

    Parameters
    ----------
    chip
        Name of the part, for messages.
    port
        Its serial port.
    bits
        Bits of a frame.
    """

    def __init__(self, chip: str, port: SerialPort, bits: int) -> None:
        self._chip, self._port, self._bits = chip, port, bits
        self._counted_level = port.first if port.capture == "first" else 1 - port.first
        self._sclk: int | None = None
        self._select_n: int | None = None
        self._rise: int | None = None
        self._fall: int | None = None
        self._clock_change: int | None = None
        self._counted: int | None = None
        self._selected: int | None = None
        self._deselected: int | None = None
        self._data_change: int | None = None
        self._bit = 0
        self.data = 0
        """Data to the chips, one bit each."""

    @property
    def active(self) -> bool:
        """Whether a frame is under way."""
        return self._select_n == 0

    def set_data(self, value: int, now: int) -> None:
        """Take a change of the data lines at a time [ps]."""
        if value == self.data:
            return
        if self.active and self._counted is not None:
            self._least("data hold", self._port.hold, now - self._counted, now)
        self.data = value
        self._data_change = now

    def set_clock(self, value: int, now: int) -> tuple[PortEvent, ...]:
        """Take the clock's level at a time [ps]."""
        before, self._sclk = self._sclk, value
        if before is None or before == value:
            return ()
        if self.active:
            self._check_clock(value, now)
        if value:
            self._rise = now
        else:
            self._fall = now
        self._clock_change = now
        if not self.active:
            return ()
        events = []
        if value == self._counted_level:
            self._count(now)
            events.append(PortEvent(kind="counted", bit=self._bit))
        if value == 0:
            events.append(PortEvent(kind="falling", bit=self._bit))
        return tuple(events)

    def set_select(self, value: int, now: int) -> tuple[PortEvent, ...]:
        """Take the level of select, which is low during a frame, at a time [ps]."""
        before, self._select_n = self._select_n, value
        if before is None or before == value:
            return ()
        return (self._deselect(now),) if value else (self._select(now),)

    def _select(self, now: int) -> PortEvent:
        if self._sclk is not None and self._sclk != self._port.idle:
            refuse(self._chip, "clock at select", str(self._port.idle), str(self._sclk), now)
        if self._deselected is not None:
            self._least("select high", self._port.deselected, now - self._deselected, now)
        if self._clock_change is not None:
            idle = self._port.idle_to_select
            self._least("clock idle before select", idle, now - self._clock_change, now)
        self._selected, self._bit, self._counted = now, 0, None
        return PortEvent(kind="select", bit=0)

    def _deselect(self, now: int) -> PortEvent:
        if self._bit != self._bits:
            refuse(self._chip, "bits of a frame", str(self._bits), str(self._bit), now)
        if self._counted is not None:
            hold = self._port.clock_to_deselect
            self._least("clock to select rising", hold, now - self._counted, now)
        self._deselected = now
        return PortEvent(kind="deselect", bit=self._bit)

    def _count(self, now: int) -> None:
        if self._counted is None and self._selected is not None:
            setup = self._port.select_to_clock
            self._least("select to clock", setup, now - self._selected, now)
        if self._data_change is not None:
            self._least("data setup", self._port.setup, now - self._data_change, now)
        self._counted = now
        self._bit += 1
        if self._bit > self._bits:
            refuse(self._chip, "bits of a frame", str(self._bits), str(self._bit), now)

    def _check_clock(self, value: int, now: int) -> None:
        port = self._port
        other, same = (self._fall, self._rise) if value else (self._rise, self._fall)
        last = now - other if other is not None and self._inside(other) else None
        if last is not None:
            name, least = ("clock low", port.low) if value else ("clock high", port.high)
            self._least(name, least, last, now)
        if same is None or not self._inside(same):
            return
        period = now - same
        frequency = _PS / period
        if period < _PS / port.clock_maximum - _TOLERANCE_PS:
            most = f"at most {port.clock_maximum:g} Hz"
            refuse(self._chip, "clock", most, f"{frequency:g} Hz", now)
        if frequency < port.clock_minimum:
            least_rate = f"at least {port.clock_minimum:g} Hz"
            refuse(self._chip, "clock", least_rate, f"{frequency:g} Hz", now)
        if last is not None:
            for share in (last / period, 1 - last / period):
                if share < port.duty - _TOLERANCE_PS / period:
                    least_share = f"at least {port.duty:g} of a period"
                    refuse(self._chip, "each level of the clock", least_share, f"{share:.3f}", now)

    def _inside(self, time: int) -> bool:
        return self._selected is not None and time >= self._selected

    def _least(self, what: str, required: float, found_ps: int, now: int) -> None:
        if found_ps < required * _PS - _TOLERANCE_PS:
            refuse(
                self._chip, what, f"at least {required * 1e9:g} ns", f"{found_ps / 1000:g} ns", now
            )
