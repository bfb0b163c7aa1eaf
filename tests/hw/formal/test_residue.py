"""Remainders for all words of the width of a sum: what is left, and what an error changes."""

import pytest
from amaranth.hdl import Assert, Assume, Elaboratable, Module, Signal, signed

from ohmloom_hw.codes.residue import MODULI, ResidueCode

WIDTH = 20


class _Remainder(Elaboratable):
    """A word put together from a multiple and a rest; `spoilt` expects another rest."""

    def __init__(self, modulus, *, spoilt=False):
        self.code, self.spoilt = ResidueCode(modulus=modulus), spoilt
        self.multiple = Signal(signed(WIDTH))
        self.rest = Signal(self.code.bits)

    def elaborate(self, platform):
        m = Module()
        word, whole = Signal(signed(WIDTH)), Signal(signed(WIDTH + 5))
        m.d.comb += [
            whole.eq(self.multiple * self.code.modulus + self.rest),
            word.eq(whole),
            Assume(word == whole),
            Assume(self.rest < self.code.modulus),
            Assert(self.code.reduced(word) == (self.rest ^ self.spoilt)),
        ]
        return m

    def ports(self):
        return [self.multiple, self.rest]


@pytest.mark.parametrize("modulus", MODULI)
def test_the_rest_of_every_word_is_found(modulus, prove):
    remainder = _Remainder(modulus)
    prove(remainder, depth=2, ports=remainder.ports())


def test_the_proof_can_fail(refute):
    remainder = _Remainder(7, spoilt=True)
    refute(remainder, depth=2, ports=remainder.ports())
