"""The host's end of the serial line in a simulation: a `Transport` over the pins of the chip."""

import logging
from typing import Any

import numpy as np
from cocotb.triggers import Timer
from cocotbext.uart import UartSink, UartSource

from ohmloom_analog.errors import LinkError

__all__ = ["UartTransport"]


class UartTransport:
    """Send and receive bytes, bit by bit, at the baud rate of the chip.

    Parameters
    ----------
    rx
        Pin on which the chip receives.
    tx
        Pin on which the chip sends.
    baud
        Rate [bit/s].
    pauses
        Where given, up to ten bit times of silence, drawn from it, come before each byte.
    """

    def __init__(
        self, rx: Any, tx: Any, baud: int, *, pauses: np.random.Generator | None = None
    ) -> None:
        self._source, self._sink = UartSource(rx, baud=baud), UartSink(tx, baud=baud)
        for end in (self._source, self._sink):
            end.log.setLevel(logging.WARNING)
        self._bit_ns, self._pauses = 1e9 / baud, pauses

    async def write(self, data: bytes) -> None:
        """Send bytes; returns when the last is out."""
        if self._pauses is None:
            await self._source.write(data)
            await self._source.wait()
            return
        for byte in data:
            silence = int(self._pauses.integers(0, 10, endpoint=True))
            if silence:
                await Timer(round(silence * self._bit_ns * 1000), "ps")
            await self._source.write(bytes([byte]))
            await self._source.wait()

    async def read(self, timeout: float) -> bytes:
        """Return what has come, at least a byte.

        Raises
        ------
        LinkError
            Where nothing comes within `timeout` [s] of simulated time.
        """
        if self._sink.empty():
            await self._sink.wait(max(1, round(timeout * 1e9)), "ns")
        if self._sink.empty():
            msg = f"a reply must come within {timeout:g} s, not later"
            raise LinkError(msg)
        return bytes(self._sink.read_nowait())
