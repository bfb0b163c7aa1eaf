"""Ports to a chip: a serial line of the machine, or a TCP socket that carries its bytes."""

import importlib
import re
from typing import Any

from ohmloom_analog.errors import LinkError

__all__ = ["PortTransport", "port_url"]

_WRITE_TIMEOUT = 10.0


def port_url(name: str) -> str:
    """Return what pyserial calls a port, from what a user does.

    Raises
    ------
    ValueError
        Where a TCP address lacks its port.
    """
    if not name.startswith("tcp://"):
        return name
    if re.fullmatch(r"tcp://[^/:]+:\d+", name) is None:
        msg = f"TCP port must be tcp://HOST:PORT, not '{name}'"
        raise ValueError(msg)
    return "socket" + name.removeprefix("tcp")


class PortTransport:
    """A `Transport` over pyserial.

    It waits in the call itself and never suspends its coroutine, so no event loop is needed:
    the host does one thing at a time.

    Parameters
    ----------
    name
        Device, such as /dev/ttyUSB0, or tcp://HOST:PORT.
    baud
        Rate of a serial line [bit/s].

    Raises
    ------
    LinkError
        Where the port can't be opened.
    """

    def __init__(self, name: str, baud: int) -> None:
        self._name = name
        # Commands that need no port needn't wait for its import.
        serial: Any = importlib.import_module("serial")
        self._failures = (serial.SerialException, OSError)
        try:
            self._serial = serial.serial_for_url(
                port_url(name), baudrate=baud, timeout=0, write_timeout=_WRITE_TIMEOUT
            )
        except self._failures as error:
            msg = f"port {name} must open, not fail: {_reason(error)}"
            raise LinkError(msg) from None

    async def write(self, data: bytes) -> None:
        """Send bytes.

        Raises
        ------
        LinkError
            Where the port has gone.
        """
        try:
            self._serial.write(data)
        except self._failures as error:
            raise self._gone(error) from None

    async def read(self, timeout: float) -> bytes:
        """Return what has come, at least a byte.

        Raises
        ------
        LinkError
            Where nothing comes within `timeout` [s], or the port has gone.
        """
        try:
            if self._serial.timeout != timeout:
                self._serial.timeout = timeout
            data = bytes(self._serial.read(max(1, self._serial.in_waiting)))
        except self._failures as error:
            raise self._gone(error) from None
        if not data:
            msg = f"a reply must come within {timeout:g} s, not later"
            raise LinkError(msg)
        return data

    def close(self) -> None:
        """Close the port."""
        self._serial.close()

    def _gone(self, error: Exception) -> LinkError:
        return LinkError(f"port {self._name} must stay connected, not fail: {_reason(error)}")


def _reason(error: Exception) -> str:
    # Messages of pyserial carry those of the system, number and all: the last words tell the cause.
    inner = re.findall(r"\[Errno -?\d+\] ([^:'\"\[\]]+)", str(error))
    return (
        inner[-1] if inner else str(error).removeprefix("read failed: ")
    ).strip().lower() or type(error).__name__
