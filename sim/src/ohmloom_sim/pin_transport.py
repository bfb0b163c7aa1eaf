"""The host's end of the serial line for jobs that carry much: a `Transport`, from edge to edge."""

from typing import Any

from cocotb.triggers import Timer
from cocotb.utils import get_sim_time

from ohmloom_analog.errors import LinkError
from ohmloom_sim.serial_pins import SerialPins

__all__ = ["PinTransport"]


class PinTransport:
    """Send and receive bytes in fewer events than `UartTransport`, which looks at each bit.

    Parameters
    ----------
    rx
        Pin on which the chip receives.
    tx
        Pin on which the chip sends.
    bit_ps
        Time of a bit [ps].
    """

    def __init__(self, rx: Any, tx: Any, bit_ps: int) -> None:
        self._pins = SerialPins(rx, tx, bit_ps)
        self._pins.start()
        self._byte = Timer(10 * bit_ps, "ps")

    async def write(self, data: bytes) -> None:
        """Send bytes; returns when the last is out."""
        self._pins.send(data)
        while self._pins.sending:
            await self._byte

    async def read(self, timeout: float) -> bytes:
        """Return what has come, at least a byte.

        Raises
        ------
        LinkError
            Where nothing comes within `timeout` [s] of simulated time.
        """
        latest = _now_ps() + timeout * 1e12
        while not (found := self._pins.take()):
            if _now_ps() > latest:
                msg = f"a reply must come within {timeout:g} s, not later"
                raise LinkError(msg)
            await self._byte
        return found


def _now_ps() -> int:
    return int(get_sim_time("ps"))
