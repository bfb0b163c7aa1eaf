"""SECDED: one wrong bit of a word is corrected, two are noticed.

It is Hamming's code with a parity bit over all. Bits have positions from 1; those at powers of two
check, the others hold data. The sum (XOR) of the positions of all ones is 0 in a codeword; with
one wrong bit it is that bit's position, and the parity is odd; with two it isn't 0, and the parity
is even.

======  ====================================  ====
symbol  name                                  unit
======  ====================================  ====
k       bits of the data                      bit
r       check bits, smallest with
        2^r >= k + r + 1                      bit
n       bits of a codeword, k + r + 1         bit
======  ====================================  ====
"""

from dataclasses import dataclass

from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

__all__ = ["Decoded", "Secded", "SecdedDecoder"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Decoded:
    """What a word stands for."""

    data: int
    """The data; without meaning if `failed`."""
    fixed: bool
    """One bit was wrong; also where it is a check bit."""
    failed: bool
    """More than one bit was wrong."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Secded:
    """The code for data of some width; a codeword holds data, check bits and parity, from low.

    Raises
    ------
    ValueError
        Where the width is below 1.
    """

    data_bits: int
    """Bits k of the data."""

    def __post_init__(self) -> None:
        """Check."""
        if self.data_bits < 1:
            msg = f"data_bits must be at least 1, not {self.data_bits}"
            raise ValueError(msg)

    @property
    def check_bits(self) -> int:
        """Check bits r, the parity left out."""
        bits = 2
        while 1 << bits < self.data_bits + bits + 1:
            bits += 1
        return bits

    @property
    def code_bits(self) -> int:
        """Bits n of a codeword."""
        return self.data_bits + self.check_bits + 1

    @property
    def positions(self) -> tuple[int, ...]:
        """Position of each bit of a codeword but the parity, from low."""
        data: list[int] = []
        position = 3
        while len(data) < self.data_bits:
            if position & (position - 1):
                data.append(position)
            position += 1
        return (*data, *(1 << check for check in range(self.check_bits)))

    def encode(self, data: int) -> int:
        """Return the codeword of data.

        Raises
        ------
        ValueError
            Where they have more bits.
        """
        if not 0 <= data < 1 << self.data_bits:
            msg = f"data must be in [0, 2^{self.data_bits}), not {data}"
            raise ValueError(msg)
        word = data | self._sum(data) << self.data_bits
        return word | (word.bit_count() & 1) << (self.code_bits - 1)

    def decode(self, word: int) -> Decoded:
        """Return what a word stands for.

        Raises
        ------
        ValueError
            Where it has more bits than a codeword.
        """
        if not 0 <= word < 1 << self.code_bits:
            msg = f"word must be in [0, 2^{self.code_bits}), not {word}"
            raise ValueError(msg)
        mask = (1 << self.data_bits) - 1
        found, odd = self._sum(word), bool(word.bit_count() & 1)
        if not odd:
            return Decoded(data=word & mask, fixed=False, failed=found != 0)
        if found and found not in self.positions:
            return Decoded(data=word & mask, fixed=False, failed=True)
        if found:
            word ^= 1 << self.positions.index(found)
        return Decoded(data=word & mask, fixed=True, failed=False)

    def encoded(self, data: Value) -> Value:
        """Return the codeword of data as gateware."""
        checks = Cat(
            _parity([data[i] for i in self.checked(check) if i < self.data_bits])
            for check in range(self.check_bits)
        )
        word = Cat(data[: self.data_bits], checks)
        return Cat(word, word.xor())

    def create(self) -> "SecdedDecoder":
        """Return a decoder."""
        return SecdedDecoder(self)

    def _sum(self, word: int) -> int:
        found = 0
        for bit, position in enumerate(self.positions):
            if word >> bit & 1:
                found ^= position
        return found

    def checked(self, check: int) -> list[int]:
        """Return the bits of a codeword that a check bit looks at, itself included."""
        return [bit for bit, position in enumerate(self.positions) if position >> check & 1]


class SecdedDecoder(wiring.Component):
    """From a word to what it stands for, without a clock.

    Parameters
    ----------
    code
        The code.
    """

    word: Signal
    """The word."""
    data: Signal
    """Its data; without meaning if `failed`."""
    fixed: Signal
    """One bit was wrong."""
    failed: Signal
    """More than one bit was wrong."""

    def __init__(self, code: Secded) -> None:
        self._code = code
        super().__init__(
            {
                "word": In(code.code_bits),
                "data": Out(code.data_bits),
                "fixed": Out(1),
                "failed": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the checks and one comparison a bit."""
        code, m = self._code, Module()
        found = Signal(code.check_bits)
        odd, known = Signal(), Signal()
        hits, turned = Signal(code.code_bits - 1), Signal(code.data_bits)
        m.d.comb += [
            *(
                found[check].eq(_parity([self.word[bit] for bit in code.checked(check)]))
                for check in range(code.check_bits)
            ),
            odd.eq(self.word.xor()),
            *(hits[bit].eq(found == position) for bit, position in enumerate(code.positions)),
            known.eq((found == 0) | hits.any()),
            self.fixed.eq(odd & known),
            self.failed.eq((found != 0) & (~odd | ~known)),
            turned.eq(Mux(odd, hits, 0)),
            self.data.eq(self.word ^ turned),
        ]
        return m


def _parity(bits: list[Value]) -> Value:
    return Cat(*bits).xor()
