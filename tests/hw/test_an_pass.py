"""The walk of the decoder over the sums of a tile."""

import pytest
from amaranth.sim import Simulator

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.an_pass import AnPass
from ohmloom_hw.codes.an import AnCode


def chip(code):
    return ChipSpec.parse(
        {
            "tile": [{"rows": 8, "columns": 4, "cell": {"levels": 2}}],
            "input": {"bits": 2, "slice_bits": 1},
            "adc": {"bits": 4},
            "weight_bits": 3,
            "ecc": {"an": code},
        }
    )


@pytest.mark.parametrize("code", ["an", "abn"])
@pytest.mark.parametrize("used", [1, 3, 4])
def test_used_columns_are_decoded_in_as_many_cycles_as_stated(code, used):
    spec = chip(code)
    walk, words = AnPass(spec), [5, -7, 0, 12]
    sums = [AnCode.of(spec).encode(word) for word in words]
    expected = [*words[:used], *sums[used:]]

    async def memory(ctx):
        address = 0
        while True:
            ctx.set(walk.total, sums[address])
            if ctx.get(walk.w_en):
                sums[ctx.get(walk.column)] = ctx.get(walk.w_total)
            address = ctx.get(walk.column)
            await ctx.tick()

    async def bench(ctx):
        ctx.set(walk.columns, used)
        ctx.set(walk.start, 1)
        await ctx.tick()
        ctx.set(walk.start, 0)
        cycles = 0
        while ctx.get(walk.busy):
            await ctx.tick()
            cycles += 1
        assert cycles == walk.shortest(spec) * used // spec.columns
        assert sums == expected
        assert not ctx.get(walk.doubt)

    simulator = Simulator(walk)
    simulator.add_clock(1e-6)
    simulator.add_testbench(memory, background=True)
    simulator.add_testbench(bench)
    simulator.run_until((walk.longest + 9) * 1e-6)
    assert sums == expected
