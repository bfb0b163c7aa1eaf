"""What the host driver needs of a line to the chip."""

from typing import Protocol

__all__ = ["Transport"]


class Transport(Protocol):
    """A line that carries bytes both ways, in order.

    The driver only awaits; what it awaits is the transport's choice. So the same driver runs in a
    simulator, on its triggers, and on a serial port.
    """

    async def write(self, data: bytes) -> None:
        """Send bytes."""
        ...

    async def read(self, timeout: float) -> bytes:
        """Return what has come, at least a byte.

        Parameters
        ----------
        timeout
            How long to wait for the first byte [s].

        Raises
        ------
        LinkError
            Where nothing comes in that time.
        """
        ...
