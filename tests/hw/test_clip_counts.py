"""Counters of columns: exact at any pace, full at their end, cleared at once."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.clip_counts import ClipCounts

TILES, COLUMNS, STRIDE = 3, 5, 8


def make(secded):
    tiles = [{"count": TILES, "rows": 4, "columns": COLUMNS}]
    return ClipCounts(ChipSpec.parse({"tile": tiles, "ecc": {"reissue": True, "secded": secded}}))


async def read(ctx, dut, tile, column):
    ctx.set(dut.running, 0)
    ctx.set(dut.window.addr, tile * STRIDE + column)
    ctx.set(dut.window.r_en, 1)
    await ctx.tick()
    ctx.set(dut.window.r_en, 0)
    return ctx.get(dut.window.r_data)


async def begin(ctx, dut, tile):
    """Begin a step, with the sums set to zero."""
    ctx.set(dut.running, 1)
    ctx.set(dut.tile, tile)
    ctx.set(dut.wipe, 1)
    for column in range(COLUMNS):
        ctx.set(dut.wiped, column)
        await ctx.tick()
    ctx.set(dut.wipe, 0)


async def clear(ctx, dut):
    ctx.set(dut.clear, 1)
    await ctx.tick()
    ctx.set(dut.clear, 0)


STEP = st.tuples(
    st.integers(0, TILES - 1),
    st.booleans(),
    st.lists(st.none() | st.integers(0, COLUMNS - 1), max_size=12),
)


@pytest.mark.parametrize("secded", [False, True])
@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=st.lists(STEP, max_size=8))
def test_every_clip_is_counted_at_its_column(steps, secded, run_bench):
    dut = make(secded)
    expected = [[0] * COLUMNS for _ in range(TILES)]

    async def bench(ctx):
        for tile, cleared, columns in steps:
            if cleared:
                await clear(ctx, dut)
                expected[:] = [[0] * COLUMNS for _ in range(TILES)]
            await begin(ctx, dut, tile)
            for column in columns:
                ctx.set(dut.clipped, column is not None)
                ctx.set(dut.column, column or 0)
                await ctx.tick()
                if column is not None:
                    expected[tile][column] += 1
            ctx.set(dut.clipped, 0)
            await ctx.tick().repeat(2)
        for tile in range(TILES):
            for column in range(COLUMNS):
                assert await read(ctx, dut, tile, column) == expected[tile][column]

    run_bench(dut, bench)


def test_a_counter_stays_at_its_highest_value(run_bench):
    dut = make(secded=False)

    async def bench(ctx):
        await begin(ctx, dut, 1)
        ctx.set(dut.column, 2)
        ctx.set(dut.clipped, 1)
        await ctx.tick().repeat(65534)
        ctx.set(dut.clipped, 0)
        await ctx.tick().repeat(2)
        assert await read(ctx, dut, 1, 2) == 65534
        ctx.set(dut.running, 1)
        ctx.set(dut.clipped, 1)
        await ctx.tick().repeat(3)
        ctx.set(dut.clipped, 0)
        await ctx.tick().repeat(2)
        assert await read(ctx, dut, 1, 2) == 65535

    run_bench(dut, bench, most_cycles=70_000)
