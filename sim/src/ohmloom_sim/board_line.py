"""The host's side of a virtual board: a pseudo-terminal and a TCP port that carry its bytes.

Only this machine reaches them. The terminal has a rate, which its client sets as on a serial line;
bytes over TCP have none. Nothing that a client does ends the board: what can't be delivered
is dropped, as on a wire, and a client that leaves makes room for the next.
"""

import errno
import os
import select
import socket
import termios
import tty
from contextlib import suppress

__all__ = ["BoardLine"]

_LOOPBACK = "127.0.0.1"
_MOST_BYTES = 4096
_NAMED_RATES = {
    getattr(termios, name): int(name[1:])
    for name in dir(termios)
    if name.startswith("B") and name[1:].isdigit()
}
_SPEEDS = slice(4, 6)


class BoardLine:
    """Take bytes from whoever sends some, and give the chip's to all who are there.

    Parameters
    ----------
    port
        TCP port; 0 for any that is free.
    end
        A file that is closed when the board is to end.
    baud
        Rate of the chip [bit/s], which the terminal has until a client sets another.

    Raises
    ------
    OSError
        Where the port is taken.
    """

    def __init__(self, port: int, end: int, baud: int) -> None:
        self._end, self._baud = end, baud
        self._listener = socket.create_server((_LOOPBACK, port))
        # The far end stays open here too, so that a terminal may come and go.
        self._near, self._far = os.openpty()
        tty.setraw(self._far)
        self._set_rate()
        os.set_blocking(self._near, False)
        self._client: socket.socket | None = None
        self.ended = False
        """Whether the board is to end."""
        self.rate = baud
        """Rate at which the bytes came that `receive` gave last [bit/s]."""

    @property
    def port(self) -> int:
        """The TCP port."""
        return int(self._listener.getsockname()[1])

    @property
    def terminal(self) -> str:
        """Path of the pseudo-terminal."""
        return os.ttyname(self._far)

    def receive(self, timeout: float | None) -> bytes:
        """Return what has come, perhaps nothing.

        Parameters
        ----------
        timeout
            How long to wait [s]; None waits for something to happen, in sleep.
        """
        watched: list[int | socket.socket] = [self._listener, self._near, self._end]
        if self._client is not None:
            watched.append(self._client)
        ready, _, _ = select.select(watched, [], [], timeout)
        if self._end in ready and not os.read(self._end, _MOST_BYTES):
            self.ended = True
        if self._listener in ready:
            self._accept()
        data = self._read_terminal() if self._near in ready else b""
        if data:
            self.rate = self._terminal_rate()
        if self._client is not None and self._client in ready:
            data += self._read_client(self._client)
            self.rate = self._baud
        return data

    def send(self, data: bytes) -> None:
        """Give bytes of the chip to all who are there."""
        with suppress(BlockingIOError):
            os.write(self._near, data)
        if self._client is not None:
            try:
                self._client.send(data)
            except BlockingIOError:
                return
            except OSError:
                self._drop()

    def close(self) -> None:
        """Close all."""
        self._drop()
        self._listener.close()
        os.close(self._near)
        os.close(self._far)

    def _set_rate(self) -> None:
        for speed, rate in _NAMED_RATES.items():
            if rate == self._baud:
                settings = termios.tcgetattr(self._far)
                settings[_SPEEDS] = [speed, speed]
                termios.tcsetattr(self._far, termios.TCSANOW, settings)

    def _terminal_rate(self) -> int:
        # Rates that the system has no name for can't be told apart, so they pass for the chip's.
        if self._baud not in _NAMED_RATES.values():
            return self._baud
        return _NAMED_RATES.get(termios.tcgetattr(self._far)[5], self._baud)

    def _accept(self) -> None:
        client, _ = self._listener.accept()
        if self._client is not None:
            client.close()
            return
        client.setblocking(False)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._client = client

    def _read_terminal(self) -> bytes:
        try:
            return os.read(self._near, _MOST_BYTES)
        except OSError as error:
            if error.errno not in (errno.EIO, errno.EAGAIN):
                raise
            return b""

    def _read_client(self, client: socket.socket) -> bytes:
        try:
            data = client.recv(_MOST_BYTES)
        except BlockingIOError:
            return b""
        except OSError:
            data = b""
        if not data:
            self._drop()
        return data

    def _drop(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None
