from fractions import Fraction
from math import floor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.activation import Argmax, Requantise

SPEC = ChipSpec.parse({"tile": [{"rows": 8, "columns": 4}], "input": {"bits": 6, "slice_bits": 3}})
TOP = 2 ** (SPEC.total_bits - 1)
SUMS = st.one_of(st.integers(-TOP, TOP - 1), st.sampled_from([-TOP, TOP - 1, 0, -1, 1]))


@pytest.mark.parametrize("relu", [False, True])
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    totals=st.lists(SUMS, min_size=1, max_size=20),
    multiplier=st.integers(0, 65535),
    shift=st.integers(0, 63),
)
def test_entry_is_the_scaled_rounded_and_clipped_sum(relu, totals, multiplier, shift, run_bench):
    dut = Requantise(SPEC)

    def expected(total: int) -> int:
        # Half a unit that is no integer is left out: a shift of 0 rounds nothing.
        half = Fraction(1, 2) if shift else 0
        scaled = floor(Fraction(total * multiplier, 2**shift) + half)
        return max(0 if relu else -63, min(63, scaled))

    async def bench(ctx):
        ctx.set(dut.multiplier, multiplier)
        ctx.set(dut.shift, shift)
        ctx.set(dut.relu, relu)
        for number in range(len(totals) + dut.latency):
            if number < len(totals):
                ctx.set(dut.total, totals[number])
            if number >= dut.latency:
                assert ctx.get(dut.entry) == expected(totals[number - dut.latency])
            await ctx.tick()

    run_bench(dut, bench)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(totals=st.lists(SUMS, min_size=1, max_size=8), gap=st.booleans())
def test_argmax_is_the_first_of_the_largest(totals, gap, run_bench):
    totals = totals[: SPEC.result_entries]
    dut = Argmax(SPEC)

    async def bench(ctx):
        for _ in range(2):
            ctx.set(dut.clear, 1)
            await ctx.tick()
            ctx.set(dut.clear, 0)
            for index, total in enumerate(totals):
                ctx.set(dut.valid, 1)
                ctx.set(dut.total, total)
                ctx.set(dut.index, index)
                await ctx.tick()
                ctx.set(dut.valid, 0)
                if gap:
                    ctx.set(dut.total, TOP - 1)
                    await ctx.tick()
            assert ctx.get(dut.winner) == totals.index(max(totals))

    run_bench(dut, bench)
