"""Random draws for rows and for columns: two shift registers that don't know of each other.

A draw is the upper byte of a register; then the register goes on by eight steps, so that no bit is
drawn twice as it is. The rows' register has degree 32 and the polynomial of CRC-32, the columns'
degree 31 and a polynomial of 17 terms; both are primitive, so their periods are 2^32 - 1 and
2^31 - 1. These share no factor: run together, the two go through every pair of states before a pair
comes again, whatever the seeds. Over that time rows and columns are uncorrelated exactly, which two
registers of one length, or two phases of one, aren't. Polynomials with few terms are avoided, since
their draws hang together a few steps apart.
"""

from dataclasses import dataclass
from functools import cache

from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

__all__ = ["COLUMN_DRAWS", "ROW_DRAWS", "DrawRegister", "Draws"]

_DRAW_BITS = 8


@dataclass(frozen=True, kw_only=True, slots=True)
class Draws:
    """A sequence of bytes: what a shift register of Galois' form draws."""

    degree: int
    """Bits of the register."""
    polynomial: int
    """Terms below the highest, as bits; bit 0 is the term 1."""

    def draw(self, state: int) -> int:
        """Return the byte that a state draws."""
        return state >> (self.degree - _DRAW_BITS)

    def after(self, state: int) -> int:
        """Return the state after a draw."""
        kept = state << _DRAW_BITS & ((1 << self.degree) - 1)
        return kept ^ _returns(self.degree, self.polynomial)[self.draw(state)]


@cache
def _returns(degree: int, polynomial: int) -> tuple[int, ...]:
    """Return what each byte brings back into the register when it is shifted out."""
    found = []
    for byte in range(1 << _DRAW_BITS):
        state = byte << (degree - _DRAW_BITS)
        for _ in range(_DRAW_BITS):
            state <<= 1
            if state >> degree:
                state ^= 1 << degree | polynomial
        found.append(state)
    return tuple(found)


ROW_DRAWS = Draws(degree=32, polynomial=0x04C11DB7)
"""Those of rows."""

COLUMN_DRAWS = Draws(degree=31, polynomial=0x1A3B1CF1)
"""Those of columns."""


class DrawRegister(wiring.Component):
    """Draw bytes, one when asked."""

    seed: Signal
    """First state, not 0; 0 is taken for 1."""
    load: Signal
    """One cycle: the state becomes the seed."""
    draw: Signal
    """One cycle: go on to the next byte."""
    value: Signal
    """The byte; it changes in the cycle after `draw` or `load`."""

    def __init__(self, draws: Draws) -> None:
        self._draws = draws
        super().__init__(
            {
                "seed": In(draws.degree),
                "load": In(1),
                "draw": In(1),
                "value": Out(_DRAW_BITS),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the register and eight of its steps in one."""
        m = Module()
        degree = self._draws.degree
        state = Signal(degree, init=1)
        step: Value = state
        for _ in range(_DRAW_BITS):
            shifted = Cat(0, step[: degree - 1])
            step = shifted ^ Mux(step[degree - 1], self._draws.polynomial, 0)
        with m.If(self.load):
            m.d.sync += state.eq(Mux(self.seed == 0, 1, self.seed))
        with m.Elif(self.draw):
            m.d.sync += state.eq(step)
        m.d.comb += self.value.eq(state[degree - _DRAW_BITS :])
        return m
