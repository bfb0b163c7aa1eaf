import random
from fractions import Fraction
from math import floor

import pytest

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.columns import ColumnPass

SPEC = ChipSpec.parse(
    {
        "tile": [{"count": 2, "rows": 4, "columns": 6}],
        "input": {"bits": 6, "slice_bits": 3, "signed": True},
    }
)
TOP = 2 ** (SPEC.total_bits - 1)


def clipped(value: int) -> int:
    return max(-TOP, min(TOP - 1, value))


@pytest.mark.parametrize("extreme", [False, True])
def test_columns_add_up_over_tiles_and_are_stored_when_finished(extreme, run_bench):
    dut = ColumnPass(SPEC)
    rng = random.Random(extreme)
    most = 2 ** (SPEC.accumulator_bits - 1)

    def draw():
        return rng.choice([-most, most - 1]) if extreme else rng.randrange(-5000, 5000)

    async def bench(ctx):
        for _ in range(4):
            columns = rng.randrange(1, 7)
            totals = [0] * columns
            common = rng.randrange(-50, 50)
            bias = [rng.choice([-TOP, TOP - 1]) if extreme else draw() for _ in range(6)]
            scale = rng.randrange(1 << 14, 1 << 15), rng.randrange(18, 24)
            relu = bool(rng.randrange(2))
            for tile in range(3):
                sums = [draw() for _ in range(6)]
                offsets = [rng.randrange(-20, 20) for _ in range(6)]
                gains = [65535 if extreme else rng.randrange(1 << 13, 1 << 15) for _ in range(6)]
                for column in range(columns):
                    exact = Fraction(
                        (sums[column] - common - offsets[column]) * gains[column], 2**14
                    )
                    before = totals[column] if tile else 0
                    totals[column] = clipped(before + floor(exact + Fraction(1, 2)))
                ctx.set(dut.columns, columns)
                ctx.set(dut.first, tile == 0)
                ctx.set(dut.finish, tile == 2)
                ctx.set(dut.multiplier, scale[0])
                ctx.set(dut.shift, scale[1])
                ctx.set(dut.relu, relu)
                ctx.set(dut.common, common)
                ctx.set(dut.start, 1)
                await ctx.tick()
                ctx.set(dut.start, 0)
                stored = {}
                cycles = 0
                while ctx.get(dut.busy):
                    # The memories of the chip answer a cycle after they are asked.
                    column = ctx.get(dut.column)
                    if ctx.get(dut.stored):
                        stored[ctx.get(dut.place)] = ctx.get(dut.entry), ctx.get(dut.result)
                    await ctx.tick()
                    cycles += 1
                    ctx.set(dut.total, sums[column])
                    ctx.set(dut.offset, offsets[column])
                    ctx.set(dut.gain, gains[column])
                    ctx.set(dut.bias, bias[column])
                assert cycles == columns + dut.latency
                assert len(stored) == (columns if tile == 2 else 0)
            for column in range(columns):
                result = clipped(totals[column] + bias[column])
                scaled = floor(Fraction(result * scale[0], 2 ** scale[1]) + Fraction(1, 2))
                entry = max(0 if relu else -63, min(63, scaled))
                assert stored[column] == (entry, result)

    run_bench(dut, bench)
