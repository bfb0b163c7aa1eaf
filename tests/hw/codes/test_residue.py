"""Remainders by 3, 7 and 15, in Python and in gateware."""

import pytest
from amaranth.hdl import Elaboratable, Module, Signal, signed, unsigned

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.codes.residue import MODULI, ResidueCode


class _Reduced(Elaboratable):
    def __init__(self, modulus, shape):
        self.value = Signal(shape)
        self.code = ResidueCode(modulus=modulus)
        self.found = Signal(self.code.bits)

    def elaborate(self, platform):
        m = Module()
        m.d.sync += self.found.eq(self.code.reduced(self.value))
        return m


@pytest.mark.parametrize("modulus", MODULI)
@pytest.mark.parametrize(
    "shape", [unsigned(1), signed(1), signed(4), unsigned(5), signed(9), unsigned(10)], ids=str
)
def test_gateware_leaves_what_division_leaves_for_every_word(modulus, shape, run_bench):
    dut = _Reduced(modulus, shape)
    low = -(1 << shape.width - 1) if shape.signed else 0

    async def bench(ctx):
        for value in range(low, low + (1 << shape.width)):
            ctx.set(dut.value, value)
            await ctx.tick()
            left = ctx.get(dut.found)
            assert left < modulus
            assert (value - left) % modulus == 0
            assert left == dut.code.residue(value)

    run_bench(dut, bench, most_cycles=1100)


@pytest.mark.parametrize("modulus", MODULI)
def test_every_power_of_two_is_noticed_and_multiples_are_not(modulus):
    code = ResidueCode(modulus=modulus)
    assert all(code.notices(sign << p) for p in range(40) for sign in (1, -1))
    missed = {error for error in range(-300, 301) if not code.notices(error)}
    assert missed == {sign * modulus * k for sign in (1, -1) for k in range(300 // modulus + 1)}


@pytest.mark.parametrize("modulus", MODULI)
def test_predictions_take_remainders_of_weights_in_place_of_weights(modulus):
    code = ResidueCode(modulus=modulus)
    weights, inputs = [-15, 7, 0, 11, -4], [3, -60, 63, 1, -17]
    exact = sum(w * x for w, x in zip(weights, inputs, strict=True))
    assert code.predict([code.residue(w) for w in weights], inputs) == exact % modulus


def test_other_moduli_and_chips_without_the_check_are_refused():
    with pytest.raises(ValueError, match="^modulus must be one of 3, 7, 15, not 5$"):
        ResidueCode(modulus=5)
    spec = ChipSpec.parse({"tile": [{"rows": 4, "columns": 2}]})
    with pytest.raises(ValueError, match="^chip 'chip' must have ecc.residue, not 0$"):
        ResidueCode.of(spec)
