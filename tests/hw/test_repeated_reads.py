"""Redundant reads: one code for each line, whatever the pace; less noise, no spikes."""

import random
import statistics
from fractions import Fraction
from math import floor, sqrt

import numpy as np
import pytest
from amaranth.hdl import Elaboratable, Module, Signal
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.conversion import Conversion
from ohmloom_hw.repeated_reads import ReadCombiner, repeats

BITS = 7
TOP = 2**BITS - 1


def make_spec(lines: int, share: int, average: int, vote: int, bits: int = BITS) -> ChipSpec:
    return ChipSpec.parse(
        {
            "tile": [{"rows": 2, "columns": lines // 2}],
            "adc": {"bits": bits, "columns_per_adc": share},
            **({"ecc": {"average": average, "vote": vote}} if average * vote > 1 else {}),
        }
    )


def combined(codes: list[int], flags: list[int], vote: int) -> tuple[int, int]:
    count = len(codes) // vote
    parts = [slice(at * count, (at + 1) * count) for at in range(vote)]
    means = [floor(Fraction(sum(codes[part]), count) + Fraction(1, 2)) for part in parts]
    over = [max(flags[part]) for part in parts]
    return statistics.median(means), statistics.median(over)


class Clocked(Elaboratable):
    """A component without a clock, beside a register that has one."""

    def __init__(self, dut):
        self.dut = dut

    def elaborate(self, platform):
        m = Module()
        m.submodules.dut = self.dut
        m.d.sync += Signal().eq(1)
        return m


@pytest.mark.parametrize(("average", "vote"), [(1, 3), (4, 1), (4, 3), (64, 1)])
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(0, 2**32))
def test_a_code_is_the_median_of_means(average, vote, run_bench, seed):
    dut, count = ReadCombiner(make_spec(4, 2, average, vote)), average * vote
    rng = random.Random(seed)
    cases = [
        (
            [rng.choice([0, TOP, middle, middle + 1, rng.randrange(TOP)]) for _ in range(count)],
            [rng.randrange(2) for _ in range(count)],
            rng.choice([0, 1, TOP, rng.randrange(TOP)]),
        )
        for middle in [rng.randrange(TOP) for _ in range(30)]
    ]

    async def bench(ctx):
        parts = [slice(at * average, (at + 1) * average) for at in range(vote)]
        for codes, flags, limit in cases:
            over = sum(max(flags[part]) << at for at, part in enumerate(parts))
            ctx.set(dut.read, {"sums": [sum(codes[part]) for part in parts], "over_range": over})
            code, flag = combined(codes, flags, vote)
            if vote > 1:
                ctx.set(dut.limit, limit)
                means = [floor(Fraction(sum(codes[p]), average) + Fraction(1, 2)) for p in parts]
                outvoted = any(abs(mean - code) > limit for mean in means)
                assert ctx.get(dut.outvoted) == outvoted
            assert (ctx.get(dut.code), ctx.get(dut.over_range)) == (code, flag)

    run_bench(Clocked(dut), bench)


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(0, 2**32), used=st.integers(1, 10), pressure=st.booleans())
@example(seed=1, used=10, pressure=True)
@example(seed=1, used=1, pressure=False)
@pytest.mark.parametrize(
    ("lines", "share", "average", "vote"), [(10, 4, 2, 3), (10, 1, 4, 1), (10, 64, 1, 3)]
)
def test_every_used_line_comes_once(lines, share, average, vote, seed, used, pressure, run_bench):
    spec = make_spec(lines, share, average, vote)
    dut, rng, count = Conversion(spec), random.Random(seed), average * vote
    table = [[rng.choice([0, TOP, rng.randrange(TOP)]) for _ in range(count)] for _ in range(lines)]
    flags = [[int(rng.random() < 0.3) for _ in range(count)] for _ in range(lines)]
    selects, samples = [], []

    async def array(ctx):
        while True:
            while not ctx.get(dut.start):
                await ctx.tick()
            select = ctx.get(dut.select)
            turn = selects.count(select) % count
            selects.append(select)
            await ctx.tick().repeat(1 + (rng.randrange(5) if pressure else 0))
            served = list(range(select, lines, share))
            assert ctx.get(dut.select) == select
            word = sum(table[line][turn] << (BITS * at) for at, line in enumerate(served))
            ctx.set(dut.codes, word)
            ctx.set(dut.over_range, sum(flags[n][turn] << at for at, n in enumerate(served)))
            ctx.set(dut.done, 1)
            await ctx.tick()
            ctx.set(dut.done, 0)

    async def bench(ctx):
        ctx.set(dut.timeout, 12)
        for _ in range(2):
            selects.clear()
            samples.clear()
            ctx.set(dut.lines, used)
            ctx.set(dut.begin, 1)
            await ctx.tick()
            ctx.set(dut.begin, 0)
            while ctx.get(dut.busy):
                assert not ctx.get(dut.expired)
                assert not ctx.get(dut.unasked)
                ready = not pressure or rng.random() < 0.2
                ctx.set(dut.samples.ready, ready)
                if ctx.get(dut.samples.valid) and ready:
                    payload = ctx.get(dut.samples.payload)
                    samples.append((payload.line, payload.code, payload.over_range))
                await ctx.tick()
            ctx.set(dut.samples.ready, 0)
            expected = [(n, *combined(table[n], flags[n], vote)) for n in range(used)]
            assert sorted(samples) == expected
            rounds = range(min(share, used))
            assert selects == [select for select in rounds for _ in range(count)]

    run_bench(dut, bench, array)


async def convert(ctx, dut, lines, codes):
    """Collect the codes of all lines."""
    ctx.set(dut.begin, 1)
    await ctx.tick()
    ctx.set(dut.begin, 0)
    while ctx.get(dut.busy):
        if ctx.get(dut.samples.valid):
            codes.append(ctx.get(dut.samples.payload.code))
        await ctx.tick()


def collect(run_bench, spec, draw, times):
    """Return `times` codes of each line, of an array whose codes are drawn anew each time."""
    dut, codes = Conversion(spec), []

    async def array(ctx):
        while True:
            while not ctx.get(dut.start):
                await ctx.tick()
            await ctx.tick()
            drawn = draw(spec.adcs)
            ctx.set(dut.codes, sum(int(c) << (spec.adc.bits * at) for at, c in enumerate(drawn)))
            ctx.set(dut.done, 1)
            await ctx.tick()
            ctx.set(dut.done, 0)

    async def bench(ctx):
        ctx.set(dut.timeout, 1000)
        ctx.set(dut.lines, spec.lines)
        ctx.set(dut.samples.ready, 1)
        for _ in range(times):
            await convert(ctx, dut, spec.lines, codes)

    run_bench(dut, bench, array, most_cycles=200_000)
    assert len(codes) == times * spec.lines
    return np.array(codes)


@pytest.mark.parametrize("average", [1, 4, 16])
def test_the_mean_has_less_noise_by_the_root_of_its_reads(average, run_bench):
    spec = make_spec(64, 1, average, 1, bits=12)
    rng, sigma, middle = np.random.default_rng(average), 40.0, 2000

    def draw(count):
        return np.rint(rng.normal(middle, sigma, count))

    codes = collect(run_bench, spec, draw, 32)
    # 2048 codes give the spread to 1.6 %, here with five times as much room; rounding adds 1/12.
    expected = sqrt(sigma**2 / average + 1 / 12)
    assert codes.std() == pytest.approx(expected, rel=0.08)
    assert abs(codes.mean() - middle) < 5 * expected / sqrt(len(codes))


def test_a_vote_leaves_as_many_spikes_as_two_of_three_give(run_bench):
    spec = make_spec(64, 1, 1, 3, bits=12)
    rng, share, middle = np.random.default_rng(3), 0.1, 2000

    def draw(count):
        return np.where(rng.random(count) < share, 4000, middle)

    codes = collect(run_bench, spec, draw, 60)
    assert set(codes) == {middle, 4000}
    found, expected = float((codes == 4000).mean()), 3 * share**2 - 2 * share**3
    error = sqrt(expected * (1 - expected) / len(codes))
    assert found == pytest.approx(expected, abs=4 * error)
    # One read alone would show far more of them.
    assert found < share - 20 * error


def test_each_read_has_the_whole_timeout_and_no_more(run_bench):
    dut = Conversion(make_spec(4, 2, 4, 1))
    asked = []

    async def array(ctx):
        while True:
            while not ctx.get(dut.start):
                await ctx.tick()
            asked.append(1)
            await ctx.tick().repeat(40)
            if len(asked) == 3:
                return
            ctx.set(dut.done, 1)
            await ctx.tick()
            ctx.set(dut.done, 0)

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
        assert len(asked) == 3
        assert 2 * 40 + 50 <= waited <= 2 * 42 + 53
        await ctx.tick().repeat(100)
        assert not ctx.get(dut.busy)
        assert len(asked) == 3

    run_bench(dut, bench, array)


def test_an_answer_between_two_reads_is_noted(run_bench):
    dut = Conversion(make_spec(4, 2, 4, 1))

    async def bench(ctx):
        ctx.set(dut.timeout, 50)
        ctx.set(dut.lines, 4)
        ctx.set(dut.begin, 1)
        await ctx.tick()
        ctx.set(dut.begin, 0)
        await ctx.tick().repeat(2)
        ctx.set(dut.done, 1)
        assert not ctx.get(dut.unasked)
        await ctx.tick()
        assert ctx.get(dut.unasked)

    run_bench(dut, bench)


def test_no_read_begins_after_a_stop(run_bench):
    dut = Conversion(make_spec(4, 2, 16, 3))
    starts = []

    async def array(ctx):
        while True:
            while not ctx.get(dut.start):
                await ctx.tick()
            starts.append(1)
            await ctx.tick().repeat(3)
            ctx.set(dut.done, 1)
            await ctx.tick()
            ctx.set(dut.done, 0)

    async def bench(ctx):
        ctx.set(dut.timeout, 50)
        ctx.set(dut.lines, 4)
        ctx.set(dut.samples.ready, 1)
        ctx.set(dut.begin, 1)
        await ctx.tick()
        ctx.set(dut.begin, 0)
        await ctx.tick().repeat(20)
        ctx.set(dut.stop, 1)
        begun = len(starts)
        await ctx.tick().repeat(30)
        assert len(starts) <= begun + 1
        assert not ctx.get(dut.busy)

    run_bench(dut, bench, array)


@pytest.mark.parametrize(
    ("ecc", "count"), [(None, 1), ({"vote": 3}, 3), ({"average": 8, "vote": 3}, 24)]
)
def test_repeats_are_those_of_the_spec(ecc, count):
    spec = {"tile": [{"rows": 2, "columns": 2}], **({"ecc": ecc} if ecc else {})}
    assert repeats(ChipSpec.parse(spec)) == count
