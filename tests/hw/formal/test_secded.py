"""SECDED for all data: every single error corrected, every double error noticed."""

import pytest
from amaranth.hdl import Assert, Assume, Elaboratable, Module, Signal

from ohmloom_hw.codes.secded import Secded

pytestmark = pytest.mark.guarantee("G5", "all-data")


class _Wires(Elaboratable):
    """Data through an encoder, up to two flips and a decoder; `spoilt` expects other data."""

    def __init__(self, data_bits, *, flips, spoilt=False):
        self.code, self.flips, self.spoilt = Secded(data_bits=data_bits), flips, spoilt
        self.data = Signal(data_bits)
        self.places = [Signal(range(self.code.code_bits), name=f"place_{n}") for n in range(flips)]

    def elaborate(self, platform):
        m = Module()
        m.submodules.decoder = decoder = self.code.create()
        word = self.code.encoded(self.data)
        for place in self.places:
            m.d.comb += Assume(place < self.code.code_bits)
            word = word ^ (1 << place)
        m.d.comb += decoder.word.eq(word)
        right = decoder.data == self.data
        if self.spoilt:
            right = decoder.data == (self.data ^ 1)
        match self.flips:
            case 0:
                m.d.comb += Assert(right & ~decoder.fixed & ~decoder.failed)
            case 1:
                m.d.comb += Assert(right & decoder.fixed & ~decoder.failed)
            case _:
                m.d.comb += Assume(self.places[0] != self.places[1])
                m.d.comb += Assert(~decoder.fixed & decoder.failed)
        return m

    def ports(self):
        return [self.data, *self.places]


@pytest.mark.parametrize("flips", [0, 1, 2])
# Widths of memories of the presets.
@pytest.mark.parametrize("data_bits", [8, 16, 19, 25, 32])
def test_all_data_with_all_errors(prove, data_bits, flips):
    wires = _Wires(data_bits, flips=flips)
    prove(wires, depth=2, ports=wires.ports())


def test_the_proof_can_fail(refute):
    wires = _Wires(8, flips=1, spoilt=True)
    refute(wires, depth=2, ports=wires.ports())
