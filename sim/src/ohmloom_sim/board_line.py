"""The host's side of a virtual board: a pseudo-terminal and a TCP port that carry its bytes.

Only this machine reaches them. Nothing that a client does ends the board: what can't be delivered
is dropped, as on a wire, and a client that leaves makes room for the next.
"""

import errno
import os
import select
import socket
import tty
from contextlib import suppress

__all__ = ["BoardLine"]

_LOOPBACK = "127.0.0.1"
_MOST_BYTES = 4096


class BoardLine:
    """Take bytes from whoever sends some, and give the chip's to all who are there.

    Parameters
    ----------
    port
        TCP port; 0 for any that is free.
    end
        A file that is closed when the board is to end.

    Raises
    ------
    OSError
        Where the port is taken.
    """

    def __init__(self, port: int, end: int) -> None:
        self._end = end
        self._listener = socket.create_server((_LOOPBACK, port))
        # The far end stays open here too, so that a terminal may come and go.
        self._near, self._far = os.openpty()
        tty.setraw(self._far)
        os.set_blocking(self._near, False)
        self._client: socket.socket | None = None
        self.ended = False
        """Whether the board is to end."""

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
        if self._client is not None and self._client in ready:
            data += self._read_client(self._client)
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
