"""The host's end of the link: words are read and written, and nothing is lost in silence."""

from ohmloom_analog.errors import LinkError
from ohmloom_hw.frame import (
    MOST_WORDS,
    Command,
    Reply,
    Request,
    Status,
    decode_reply,
    encode_request,
)
from ohmloom_hw.register_model import RegisterTable
from ohmloom_hw.transport import Transport

__all__ = ["LinkClient"]

_MOST_STALE = 16
_MOST_TRIES = 3


class LinkClient:
    """Read and write words of a chip, in as many frames as it takes.

    Parameters
    ----------
    transport
        Line to the chip.
    table
        Address space, for messages.
    reply_timeout
        How long a reply may take, and each pause in it [s].
    """

    def __init__(self, transport: Transport, table: RegisterTable, *, reply_timeout: float) -> None:
        self._transport, self._table, self._timeout = transport, table, reply_timeout
        self._sequence = 0
        self._received = bytearray()

    @property
    def sequence(self) -> int:
        """Number of the next request."""
        return self._sequence

    def describe_by(self, table: RegisterTable) -> None:
        """Take another address space for messages."""
        self._table = table

    async def resynchronise(self) -> None:
        """Begin anew: the next frame is taken whatever came before, and gets the number 0."""
        self._sequence = 0
        await self._end_frame()

    async def _end_frame(self) -> None:
        self._received.clear()
        await self._transport.write(b"\0")

    async def read(self, address: int, count: int) -> list[int]:
        """Return words at addresses that rise by 4; a lost reply is asked for again.

        Raises
        ------
        LinkError
            Where the chip doesn't answer several times, or refuses an address.
        """
        words: list[int] = []
        for place, number in _frames(count):
            start = address + 4 * place
            what = f"read of {_words(number)} at {self._table.describe(start)}"
            reply = await self._ask(self._request(Command.READ, start, number, ()), what)
            words += self._check(reply, what, number)
        return words

    async def write(self, address: int, words: list[int]) -> None:
        """Write words at addresses that rise by 4, each once even if its reply is lost.

        Raises
        ------
        LinkError
            Where the chip doesn't answer, so that it is unknown what was written, or refuses an
            address; the words before that have been written.
        """
        for place, number in _frames(len(words)):
            start = address + 4 * place
            what = f"write of {_words(number)} at {self._table.describe(start)}"
            payload = tuple(words[place : place + number])
            reply = await self._ask(self._request(Command.WRITE, start, number, payload), what)
            self._check(reply, what, 0)

    async def _ask(self, request: Request, what: str) -> Reply:
        # The chip carries the same frame out once, however often it comes; only the first frame of
        # a host, number 0, it takes for a new one each time.
        tries = 1 if request.sequence == 0 and request.command == Command.WRITE else _MOST_TRIES
        for left in reversed(range(tries)):
            try:
                return await self._exchange(request, what)
            except LinkError:
                await self._end_frame()
                if not left:
                    raise
        raise AssertionError

    def _request(
        self, command: Command, address: int, count: int, words: tuple[int, ...]
    ) -> Request:
        sequence, self._sequence = self._sequence, self._sequence % 255 + 1
        return Request(
            sequence=sequence, command=command, address=address, count=count, words=words
        )

    async def _exchange(self, request: Request, what: str) -> Reply:
        await self._transport.write(encode_request(request))
        stale = 0
        while True:
            try:
                reply = decode_reply(await self._frame())
            except LinkError as error:
                msg = f"{what} must be answered, not lost: {error}"
                raise LinkError(msg) from None
            if reply.sequence == request.sequence:
                return reply
            # The reply to a request that was given up may still come.
            stale += 1
            if stale == _MOST_STALE:
                msg = f"{what} must be answered by number {request.sequence}, not {reply.sequence}"
                raise LinkError(msg)

    async def _frame(self) -> bytes:
        while True:
            frame, end, rest = bytes(self._received).partition(b"\0")
            if end:
                self._received[:] = rest
                if frame:
                    return frame
            else:
                self._received += await self._transport.read(self._timeout)

    def _check(self, reply: Reply, what: str, count: int) -> tuple[int, ...]:
        if reply.status == Status.BUS_ERROR and len(reply.words) == 1:
            msg = f"{what} must be allowed, not refused at {self._table.describe(reply.words[0])}"
            raise LinkError(msg)
        if reply.status != Status.OK:
            msg = f"{what} must end with status 0, not {reply.status}"
            raise LinkError(msg)
        if len(reply.words) != count:
            msg = f"{what} must be answered with {_words(count)}, not {len(reply.words)}"
            raise LinkError(msg)
        return reply.words


def _frames(count: int) -> list[tuple[int, int]]:
    """Split words into frames: place of the first, and number of words, of each."""
    return [(place, min(MOST_WORDS, count - place)) for place in range(0, count, MOST_WORDS)]


def _words(count: int) -> str:
    return "1 word" if count == 1 else f"{count} words"
