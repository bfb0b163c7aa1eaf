import pytest

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.analyser import Analyser
from ohmloom_hw.analyser_registers import probes, sample_bits, words_per_sample
from ohmloom_hw.features import Features
from ohmloom_hw.registers import register_table

SPEC = ChipSpec.parse({"tile": [{"rows": 4, "columns": 3, "count": 2}]})


async def read_samples(ctx, dut, depth, words):
    first = ctx.get(dut.first)
    found = []
    for place in range(depth):
        sample = 0
        for word in range(words):
            ctx.set(dut.window.addr, (first + place) % depth * words + word)
            ctx.set(dut.window.r_en, 1)
            await ctx.tick()
            sample |= ctx.get(dut.window.r_data) << 32 * word
        found.append(sample)
    ctx.set(dut.window.r_en, 0)
    return found


async def arm(ctx, dut, **settings):
    for name, value in settings.items():
        ctx.set(getattr(dut, name), value)
    ctx.set(dut.arm, 1)
    await ctx.tick()
    ctx.set(dut.arm, 0)


async def count(ctx, dut, start):
    """Show rising numbers until the recording is complete; return the first that wasn't shown."""
    number = start
    while not ctx.get(dut.done):
        ctx.set(dut.sample, number)
        await ctx.tick()
        number += 1
    return number


@pytest.mark.parametrize("before", [0, 1, 5, 7])
def test_the_trigger_stands_after_the_samples_kept_from_before_it(run_bench, before):
    dut = Analyser(bits=20, words=1, depth=8)

    async def bench(ctx):
        await arm(ctx, dut, mask=0xFFFFFFFF, value=1000, before=before, period=1)
        await count(ctx, dut, 980)
        samples = await read_samples(ctx, dut, 8, 1)
        assert samples == list(range(1000 - before, 1008 - before))
        assert ctx.get(dut.triggered)
        assert not ctx.get(dut.armed)

    run_bench(dut, bench)


def test_only_masked_bits_are_compared(run_bench):
    dut = Analyser(bits=20, words=1, depth=4)

    async def bench(ctx):
        await arm(ctx, dut, mask=0xF0, value=0xFF, before=0, period=1)
        await count(ctx, dut, 0)
        assert (await read_samples(ctx, dut, 4, 1))[0] == 0xF0

    run_bench(dut, bench)


def test_wide_samples_take_several_words(run_bench):
    dut = Analyser(bits=50, words=2, depth=4)
    start = (3 << 44) + 100

    async def bench(ctx):
        await arm(ctx, dut, mask=0xFFFFFFFF, value=104, before=2, period=1)
        await count(ctx, dut, start)
        assert await read_samples(ctx, dut, 4, 2) == [start + n for n in (2, 3, 4, 5)]

    run_bench(dut, bench)


def test_a_period_spreads_samples_and_keeps_the_trigger(run_bench):
    dut = Analyser(bits=16, words=1, depth=8)

    async def bench(ctx):
        await arm(ctx, dut, mask=0xFFFF, value=503, before=3, period=10)
        await count(ctx, dut, 400)
        samples = await read_samples(ctx, dut, 8, 1)
        assert samples[3:] == [503, 513, 523, 533, 543]
        assert samples[2] - samples[1] == samples[1] - samples[0] == 10
        assert 0 < 503 - samples[2] <= 10

    run_bench(dut, bench)


def test_a_forced_trigger_ends_a_wait(run_bench):
    dut = Analyser(bits=16, words=1, depth=4)

    async def bench(ctx):
        await arm(ctx, dut, mask=1, value=1, before=1, period=1)
        await ctx.tick().repeat(20)
        assert ctx.get(dut.armed)
        assert not ctx.get(dut.triggered)
        ctx.set(dut.force, 1)
        await ctx.tick()
        ctx.set(dut.force, 0)
        await ctx.tick().repeat(8)
        assert ctx.get(dut.done)

    run_bench(dut, bench)


def test_a_recording_can_be_made_again(run_bench):
    dut = Analyser(bits=16, words=1, depth=4)

    async def bench(ctx):
        for start in (10, 200):
            await arm(ctx, dut, mask=0xFFFF, value=start + 9, before=2, period=1)
            await count(ctx, dut, start)
            assert await read_samples(ctx, dut, 4, 1) == [start + n for n in (7, 8, 9, 10)]

    run_bench(dut, bench)


def test_probes_fill_a_sample_without_gaps():
    found = probes(SPEC)
    assert [probe.low for probe in found] == [
        sum(before.width for before in found[:place]) for place in range(len(found))
    ]
    assert sample_bits(SPEC) == found[-1].low + found[-1].width
    assert words_per_sample(SPEC) * 32 >= sample_bits(SPEC)
    assert {"busy", "error", "start", "done", "select", "level", "code"} <= {p.name for p in found}


@pytest.mark.parametrize("depth", [0, 2, 1024])
def test_table_has_the_analyser_where_the_chip_has_one(depth):
    table = register_table(SPEC, Features(analyser_depth=depth))
    names = [window.name for window in table.windows]
    assert ("ANALYSER" in names) == bool(depth)
