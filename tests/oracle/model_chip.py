"""A chip of plain numbers at the end of a line, which computes nothing, and which can be broken."""

from typing import Any

from cobs import cobs

from ohmloom_analog.errors import LinkError


def crc(data: bytes) -> int:
    """Return the checksum of the link, bit by bit."""
    rest = 0xFFFF
    for byte in data:
        rest ^= byte << 8
        for _ in range(8):
            rest = (rest << 1) ^ (0x11021 if rest & 0x8000 else 0)
    return rest & 0xFFFF


class ModelChip:
    """Words by address, behind the framed link.

    `kept` masks what a word keeps, `broken` changes what is read, `moved` where a write goes.
    """

    def __init__(self, constants: dict[int, int], free: dict[int, int]) -> None:
        self.constants, self.words = constants, dict.fromkeys(free, 0)
        self.kept = dict(free)
        self.broken: dict[int, Any] = {}
        self.moved: dict[int, int] = {}
        self.line, self.out = bytearray(), bytearray()
        self.counts = {0x48: 0, 0x4C: 0, 0x80: 0}
        self.count_errors = self.check = True
        self.last: tuple[bytes, bytes] | None = None
        self.closed = False
        self.writes: list[tuple[int, int]] = []

    async def write(self, data: bytes) -> None:
        """Take bytes of the host."""
        self.line += data
        while b"\0" in self.line:
            encoded, _, rest = bytes(self.line).partition(b"\0")
            self.line[:] = rest
            if encoded:
                self.take(encoded)

    async def read(self, timeout: float) -> bytes:
        """Give bytes to the host."""
        if not self.out:
            message = f"a reply must come within {timeout:g} s, not later"
            raise LinkError(message)
        taken = bytes(self.out)
        self.out.clear()
        return taken

    def close(self) -> None:
        """End the line."""
        self.closed = True

    def take(self, encoded: bytes) -> None:
        """Take a frame."""
        try:
            frame = cobs.decode(encoded)
        except cobs.DecodeError:
            self.count(0x4C)
            return
        if len(frame) < 8:
            self.count(0x4C)
            return
        if self.check and crc(frame[:-2]) != int.from_bytes(frame[-2:], "little"):
            self.count(0x48)
            return
        if self.last is not None and self.last[0] == frame and frame[0]:
            self.count(0x80)
            self.out += self.last[1]
            return
        body = bytes([frame[0], *self.execute(frame[1:-2])])
        reply = cobs.encode(body + crc(body).to_bytes(2, "little")) + b"\0"
        self.last = (frame, reply)
        self.out += reply

    def count(self, address: int) -> None:
        """Count an event of the link."""
        self.counts[address] += self.count_errors

    def execute(self, request: bytes) -> bytes:
        """Carry a request out."""
        command, address, number = request[0], int.from_bytes(request[1:4], "little"), request[4]
        found = b""
        for place in range(number):
            where = address + 4 * place
            if command == 2:
                if where not in self.words:
                    return bytes([1, 1]) + where.to_bytes(4, "little")
                word = int.from_bytes(request[5 + 4 * place :][:4], "little")
                where = self.moved.get(where, where)
                self.words[where] = word & self.kept[where]
                self.writes.append((where, word))
            else:
                known = {**self.constants, **self.counts, **self.words}
                if where not in known:
                    return bytes([1, 1]) + where.to_bytes(4, "little")
                word = self.broken.get(where, lambda held: held)(known[where])
                found += word.to_bytes(4, "little")
        return bytes([0, number if command == 1 else 0]) + found
