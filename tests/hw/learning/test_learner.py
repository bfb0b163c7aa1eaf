"""The learner on buffers of any width: entries of 8 and 16 bits, with and without a sign."""

import random

import pytest
from learning_chip import cell_pulses, learning_chip
from learning_oracle import LearningOracle

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.learning.learner import Learner
from ohmloom_hw.learning.registers import learning_shape
from ohmloom_hw.learning.rules import LearningRule, LearningSettings
from ohmloom_hw.learning.settings_layout import settings_values

CHOSEN = LearningSettings(rule=LearningRule.THRESHOLD, sum_shift=2, threshold=300)


def chip(bits, signed):
    plain = learning_chip(rule="threshold").model_dump(exclude_none=True)
    plain["input"] = {"bits": bits, "slice_bits": 4, "signed": signed}
    return ChipSpec.parse(plain)


class Buffers:
    """Input and result buffer, and an operator that does at once what it is asked for."""

    def __init__(self, dut, bits):
        self.dut, self.bits = dut, bits
        self.entries, self.totals, self.done = [0] * 16, [0] * 4, []

    async def serve(self, ctx):
        dut, lanes = self.dut, 32 // self.bits
        while True:
            first, place = lanes * ctx.get(dut.address), ctx.get(dut.place)
            asked = ctx.get(dut.request.valid)
            if asked:
                names = ("op", "tile", "row", "line")
                op, *where = (ctx.get(getattr(dut.request, name)) for name in names)
                self.done.append((op.value, *where))
            ctx.set(dut.request.done, asked)
            await ctx.tick()
            ctx.set(dut.request.done, 0)
            held = self.entries[first : first + lanes]
            mask = (1 << self.bits) - 1
            word = sum((value & mask) << self.bits * lane for lane, value in enumerate(held))
            ctx.set(dut.word, word)
            ctx.set(dut.total, self.totals[place])


@pytest.mark.parametrize(
    ("bits", "signed", "entry_bits"), [(8, False, 8), (8, True, 16), (7, True, 8), (4, False, 8)]
)
def test_samples_are_taken_from_their_places_with_their_signs(bits, signed, entry_bits, run_bench):
    spec = chip(bits, signed)
    assert spec.entry_bits == entry_bits
    dut, rng, top = Learner(spec), random.Random(bits), 2**bits - 1
    shape = learning_shape(spec)
    oracle, buffers = LearningOracle(shape, CHOSEN), Buffers(dut, entry_bits)

    async def bench(ctx):
        ctx.set(dut.settings, settings_values(CHOSEN))
        ctx.set(dut.restart, 1)
        await ctx.tick()
        ctx.set(dut.restart, 0)
        for number in range(6):
            # The largest entries, then any; wherever they stand.
            low = -top if signed else 0
            inputs = [top, low, top] if number == 0 else [rng.randint(low, top) for _ in range(3)]
            sums, label = [rng.randint(-600, 600) for _ in range(2)], rng.randrange(2)
            first, place = rng.randrange(spec.input_entries - 3), rng.randrange(3)
            buffers.entries = [rng.randint(low, top) for _ in range(16)]
            buffers.entries[first : first + 3] = inputs
            buffers.totals = [rng.randint(-600, 600) for _ in range(4)]
            buffers.totals[place : place + 2] = sums
            buffers.done.clear()
            for name, value in (("input_base", first), ("result_base", place), ("label", label)):
                ctx.set(getattr(dut, name), value)
            ctx.set(dut.start, 1)
            await ctx.tick()
            ctx.set(dut.start, 0)
            while not ctx.get(dut.finished):
                assert ctx.get(dut.busy)
                await ctx.tick()
            await ctx.tick()
            assert not ctx.get(dut.busy)
            assert buffers.done == cell_pulses(oracle.learn(inputs, sums, label))
        assert oracle.left < CHOSEN.budget

    run_bench(dut, bench, buffers.serve)
