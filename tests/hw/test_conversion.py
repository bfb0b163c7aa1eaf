import random

import pytest

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.conversion import Conversion


def make_spec(lines: int, share: int) -> ChipSpec:
    # A differential pair in one cell slice takes two lines a column.
    return ChipSpec.parse(
        {
            "tile": [{"rows": 2, "columns": lines // 2}],
            "adc": {"bits": 7, "columns_per_adc": share},
        }
    )


@pytest.mark.parametrize("pressure", [False, True])
@pytest.mark.parametrize(
    ("lines", "share", "used"),
    [(8, 4, 8), (8, 4, 5), (8, 4, 3), (6, 1, 6), (6, 1, 2), (10, 4, 10), (4, 64, 3), (2, 2, 1)],
)
def test_every_used_line_comes_once_with_its_code(lines, share, used, pressure, run_bench):
    spec = make_spec(lines, share)
    dut = Conversion(spec)
    rng = random.Random(lines * 100 + used)
    table = [rng.randrange(128) for _ in range(lines)]
    flags = [rng.randrange(2) for _ in range(lines)]
    selects, samples = [], []

    async def array(ctx):
        while True:
            while not ctx.get(dut.start):
                await ctx.tick()
            select = ctx.get(dut.select)
            selects.append(select)
            await ctx.tick().repeat(1 + (rng.randrange(9) if pressure else 2))
            served = list(range(select, lines, share))
            assert ctx.get(dut.select) == select
            ctx.set(dut.codes, sum(table[line] << (7 * at) for at, line in enumerate(served)))
            ctx.set(dut.over_range, sum(flags[line] << at for at, line in enumerate(served)))
            ctx.set(dut.done, 1)
            await ctx.tick()
            ctx.set(dut.done, 0)

    async def bench(ctx):
        ctx.set(dut.timeout, 1000)
        for _ in range(2):
            selects.clear()
            samples.clear()
            ctx.set(dut.lines, used)
            ctx.set(dut.begin, 1)
            await ctx.tick()
            ctx.set(dut.begin, 0)
            while ctx.get(dut.busy):
                ready = not pressure or rng.random() < 0.2
                ctx.set(dut.samples.ready, ready)
                if ctx.get(dut.samples.valid) and ready:
                    payload = ctx.get(dut.samples.payload)
                    samples.append((payload.line, payload.code, payload.over_range))
                await ctx.tick()
            ctx.set(dut.samples.ready, 0)
            assert not ctx.get(dut.samples.valid)
            assert sorted(samples) == [(n, table[n], flags[n]) for n in range(used)]
            assert selects == list(range(min(share, used)))

    run_bench(dut, bench, array)


def test_next_conversion_runs_while_the_last_is_handed_out(run_bench):
    dut = Conversion(make_spec(8, 2))
    overlapped = []

    async def array(ctx):
        while True:
            while not ctx.get(dut.start):
                await ctx.tick()
            await ctx.tick().repeat(6)
            ctx.set(dut.done, 1)
            await ctx.tick()
            ctx.set(dut.done, 0)

    async def bench(ctx):
        ctx.set(dut.timeout, 1000)
        ctx.set(dut.lines, 8)
        ctx.set(dut.samples.ready, 1)
        ctx.set(dut.begin, 1)
        await ctx.tick()
        ctx.set(dut.begin, 0)
        while ctx.get(dut.busy):
            overlapped.append(ctx.get(dut.converting) and ctx.get(dut.samples.valid))
            await ctx.tick()

    run_bench(dut, bench, array)
    # Four converters hand out four codes of the first round during the second.
    assert sum(overlapped) >= 3


def test_silent_array_expires_after_the_timeout(run_bench):
    dut = Conversion(make_spec(4, 2))

    async def bench(ctx):
        ctx.set(dut.timeout, 50)
        ctx.set(dut.lines, 4)
        ctx.set(dut.begin, 1)
        await ctx.tick()
        ctx.set(dut.begin, 0)
        waited = 0
        while not ctx.get(dut.expired):
            await ctx.tick()
            waited += 1
        assert 50 <= waited <= 53
        await ctx.tick()
        assert not ctx.get(dut.busy)

    run_bench(dut, bench)


def test_answer_without_question_is_noted(run_bench):
    dut = Conversion(make_spec(4, 2))

    async def bench(ctx):
        assert not ctx.get(dut.unasked)
        ctx.set(dut.done, 1)
        assert ctx.get(dut.unasked)

    run_bench(dut, bench)
