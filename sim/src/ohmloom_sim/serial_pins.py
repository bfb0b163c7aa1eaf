"""Serial pins in a simulation, from edge to edge: a byte costs as many events as it has edges.

What `cocotbext-uart` does bit by bit takes longer than the chip's own simulation; a virtual board
carries much, and nobody looks at its bits.
"""

from bisect import bisect_right
from typing import Any

import cocotb
from cocotb.task import Task
from cocotb.triggers import Timer, ValueChange
from cocotb.utils import get_sim_time

__all__ = ["EdgeDecoder", "SerialPins", "runs_of"]

_FRAME_BITS = 10


def runs_of(byte: int) -> tuple[tuple[int, int], ...]:
    """Return the levels of a byte on the line, each with how many bits it lasts."""
    runs: list[tuple[int, int]] = []
    for place in range(_FRAME_BITS):
        level = (byte << 1 | 1 << 9) >> place & 1
        if runs and runs[-1][0] == level:
            runs[-1] = (level, runs[-1][1] + 1)
        else:
            runs.append((level, 1))
    return tuple(runs)


class EdgeDecoder:
    """Make bytes of the times at which a line changes; it rests high.

    Parameters
    ----------
    bit
        Time of a bit.
    """

    def __init__(self, bit: int) -> None:
        self.bit = bit
        """Time of a bit; it may change."""
        self._edges = list[int]()

    def add(self, time: int) -> None:
        """Note an edge."""
        self._edges.append(time)

    def take(self, now: int) -> bytes:
        """Return the bytes that are complete."""
        found = bytearray()
        while self._edges:
            start, half = self._edges[0], self.bit // 2
            stop = start + 9 * self.bit + half
            if now < stop:
                break
            byte = 0
            for place in range(8):
                before = bisect_right(self._edges, start + (place + 1) * self.bit + half)
                byte |= (1 - before % 2) << place
            within = bisect_right(self._edges, stop)
            if within % 2:
                # No stop bit: the line is low too long, and rests again from its next edge on.
                del self._edges[: within + 1]
                continue
            del self._edges[:within]
            found.append(byte)
        return bytes(found)


class SerialPins:
    """The host's end of the serial pins of a chip.

    Parameters
    ----------
    rx
        Pin on which the chip receives; it is set to rest at once.
    tx
        Pin on which the chip sends.
    bit_ps
        Time of a bit [ps].
    """

    def __init__(self, rx: Any, tx: Any, bit_ps: int) -> None:
        self._rx, self._tx = rx, tx
        self._bit_ps, self._timers = bit_ps, _timers(bit_ps)
        self._runs = [runs_of(byte) for byte in range(256)]
        self._decoder = EdgeDecoder(bit_ps)
        self._waiting = bytearray()
        self._sender: Task[None] | None = None
        rx.value = 1

    @property
    def sending(self) -> bool:
        """Whether bytes are still to be sent."""
        return self._sender is not None

    def set_bit(self, bit_ps: int) -> None:
        """Send and listen with another time of a bit [ps] from now on."""
        if bit_ps != self._bit_ps:
            self._bit_ps, self._timers = bit_ps, _timers(bit_ps)
            self._decoder.bit = bit_ps

    def start(self) -> None:
        """Listen from now on."""
        cocotb.start_soon(self._listen())

    def send(self, data: bytes) -> None:
        """Send bytes after those that wait."""
        self._waiting += data
        if self._waiting and self._sender is None:
            self._sender = cocotb.start_soon(self._send())

    def take(self) -> bytes:
        """Return what the chip has sent, perhaps nothing."""
        return self._decoder.take(_now_ps())

    async def _send(self) -> None:
        while self._waiting:
            data, self._waiting = self._waiting, bytearray()
            for byte in data:
                for level, bits in self._runs[byte]:
                    self._rx.value = level
                    await self._timers[bits]
        self._sender = None

    async def _listen(self) -> None:
        change = ValueChange(self._tx)
        while True:
            await change
            self._decoder.add(_now_ps())


def _timers(bit_ps: int) -> dict[int, Timer]:
    return {bits: Timer(bits * bit_ps, "ps") for bits in range(1, _FRAME_BITS)}


def _now_ps() -> int:
    return int(get_sim_time("ps"))
