"""The host's end of the plain link, LiteX's serial bridge: words, without any protection.

`ohmloom_hw.uartbone` has the format. The bridge answers reads only, and with no word about how they
went. So each write is followed by a read of FRAME_ERRORS, which rises where the chip has refused a
request or got one that was cut short, and so is each read that brings a word of all ones, which is
what a refused read gives. What a line that errs does to a request that stays well formed can't be
seen: nothing is carried out once only, nothing is asked for again, and a word may be wrong. The
framed link has all that.
"""

from ohmloom_analog.errors import LinkError
from ohmloom_hw.frame import MOST_WORDS
from ohmloom_hw.register_model import RegisterTable
from ohmloom_hw.transport import Transport
from ohmloom_hw.uartbone import SILENCE_SECONDS

__all__ = ["BoneClient"]

_WRITE, _READ = 1, 2
_REFUSED = 0xFFFF_FFFF
_MOST_FAULTS = 0xFFFF
_MOST_STALE = 16


class BoneClient:
    """Read and write words of a chip; its methods are those of `ohmloom_hw.client.LinkClient`.

    Parameters
    ----------
    transport
        Line to the chip.
    table
        Address space; FRAME_ERRORS is looked up in it, and names for messages.
    reply_timeout
        How long a reply may take, and each pause in it [s].
    """

    def __init__(self, transport: Transport, table: RegisterTable, *, reply_timeout: float) -> None:
        self._transport, self._table, self._timeout = transport, table, reply_timeout
        self._received = bytearray()
        self._faults: int | None = None

    @property
    def sequence(self) -> int:
        """Number of the next request: 0, as this link has none."""
        return 0

    def describe_by(self, table: RegisterTable) -> None:
        """Take another address space for messages."""
        self._table = table

    async def resynchronise(self) -> None:
        """Begin anew: be silent until the chip has forgotten a request that was cut short.

        Raises
        ------
        LinkError
            Where the line isn't silent, or the chip doesn't answer.
        """
        self._received.clear()
        self._faults = None
        for _ in range(_MOST_STALE):
            try:
                await self._transport.read(2 * SILENCE_SECONDS)
            except LinkError as error:
                if "must come within" not in str(error):
                    raise
                break
        else:
            msg = f"the line must be silent for {2 * SILENCE_SECONDS:g} s once, not go on"
            raise LinkError(msg)
        self._faults = await self._count_faults("the first request")

    async def read(self, address: int, count: int) -> list[int]:
        """Return words at addresses that rise by 4.

        Raises
        ------
        LinkError
            Where the chip doesn't answer, or refuses an address.
        """
        words: list[int] = []
        for start, number in _requests(address, count):
            what = self._what("read", start, number)
            await self._begin(what, start)
            await self._transport.write(_request(_READ, start, number))
            words += await self._words(what, number)
            if _REFUSED in words[-number:]:
                place = start + 4 * words[-number:].index(_REFUSED)
                await self._check(what, f"at {self._table.describe(place)}")
        return words

    async def write(self, address: int, words: list[int]) -> None:
        """Write words at addresses that rise by 4.

        Raises
        ------
        LinkError
            Where the chip doesn't answer, so that it is unknown what was written, or refuses an
            address; the other words may have been written then.
        """
        for start, number in _requests(address, len(words)):
            what = self._what("write", start, number)
            await self._begin(what, start)
            place = (start - address) // 4
            payload = b"".join(word.to_bytes(4, "big") for word in words[place : place + number])
            await self._transport.write(_request(_WRITE, start, number) + payload)
            await self._check(what, "or cut short")

    def _what(self, verb: str, address: int, count: int) -> str:
        words = "1 word" if count == 1 else f"{count} words"
        return f"{verb} of {words} at {self._table.describe(address)}"

    async def _begin(self, what: str, address: int) -> None:
        if address % 4:
            msg = f"{what} must be at the address of a word, the only ones there are"
            raise LinkError(msg)
        # After a failure a late reply would be taken for that to the next request.
        if self._faults is None:
            await self.resynchronise()

    async def _check(self, what: str, where: str) -> None:
        before, self._faults = self._faults, None
        after = await self._count_faults(what)
        self._faults = after
        if after != before:
            msg = f"{what} must be allowed, not refused {where}"
            raise LinkError(msg)

    async def _count_faults(self, what: str) -> int:
        address = self._table.register("FRAME_ERRORS").offset
        await self._transport.write(_request(_READ, address, 1))
        (count,) = await self._words(what, 1)
        if count >= _MOST_FAULTS:
            msg = f"FRAME_ERRORS must be below {_MOST_FAULTS} to tell of refusals: reset the chip"
            raise LinkError(msg)
        return count

    async def _words(self, what: str, count: int) -> list[int]:
        try:
            while len(self._received) < 4 * count:
                self._received += await self._transport.read(self._timeout)
        except LinkError as error:
            self._faults = None
            msg = f"{what} must be answered, not lost: {error}"
            raise LinkError(msg) from None
        if len(self._received) > 4 * count:
            self._faults = None
            msg = f"{what} must be answered with {4 * count} bytes, not {len(self._received)}"
            raise LinkError(msg)
        data = bytes(self._received)
        self._received.clear()
        return [int.from_bytes(data[place : place + 4], "big") for place in range(0, 4 * count, 4)]


def _requests(address: int, count: int) -> list[tuple[int, int]]:
    """Split words into requests: address and number of words of each."""
    return [
        (address + 4 * place, min(MOST_WORDS, count - place))
        for place in range(0, count, MOST_WORDS)
    ]


def _request(command: int, address: int, count: int) -> bytes:
    return bytes([command, count]) + (address // 4).to_bytes(4, "big")
