"""Predictions of remainders, and their comparison with sums, beside Python's own arithmetic."""

import numpy as np
import pytest

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.residue_pass import ResiduePass

SHAPES = [(3, 4, 1, 2), (7, 5, 6, 3), (15, 8, 5, 1)]


def _spec(modulus, columns, rows, tiles, **more):
    return ChipSpec.parse(
        {
            "tile": [{"count": tiles, "rows": rows, "columns": columns, "cell": {"levels": 4}}],
            "input": {"bits": 4, "slice_bits": 2, "signed": True},
            "adc": {"bits": 8},
            "ecc": {"residue": modulus, **more},
        }
    )


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize(("modulus", "columns", "rows", "tiles"), SHAPES)
def test_sums_that_leave_another_remainder_are_flagged(
    modulus, columns, rows, tiles, late, run_bench
):
    spec = _spec(modulus, columns, rows, tiles)
    dut = ResiduePass(spec)
    rng = np.random.default_rng((modulus, late))
    low, high = spec.weight_range
    weights = rng.integers(low, high, (tiles, columns, rows), endpoint=True)

    async def bench(ctx):
        for place, weight in enumerate(weights.flatten().tolist()):
            ctx.set(dut.window.addr, place)
            ctx.set(dut.window.w_data, weight % modulus)
            ctx.set(dut.window.w_en, 1)
            await ctx.tick()
        ctx.set(dut.window.w_en, 0)
        ctx.set(dut.running, 1)
        ctx.set(dut.on, 1)
        for turn in range(12):
            tile, used = turn % tiles, int(rng.integers(1, columns, endpoint=True))
            top = spec.input.maximum
            inputs = rng.integers(-top, top, rows, endpoint=True)
            sums = weights[tile] @ inputs
            errors = rng.choice([0, 0, 1, -2, 64, modulus, -5 * modulus], columns)
            wrong = int((errors[:used] % modulus != 0).sum())
            ctx.set(dut.tile, tile)
            ctx.set(dut.columns, used)
            ctx.set(dut.begin, 1)
            await ctx.tick()
            ctx.set(dut.begin, 0)
            for x in inputs.tolist():
                if turn % 2:
                    await ctx.tick().repeat(int(rng.integers(1, 4)))
                ctx.set(dut.x_en, 1)
                ctx.set(dut.x_value, x)
                await ctx.tick()
                ctx.set(dut.x_en, 0)
            if late:
                await ctx.tick().repeat(ResiduePass.predicting(spec))
            ctx.set(dut.start, 1)
            await ctx.tick()
            ctx.set(dut.start, 0)
            cycles, flagged, shown = 0, 0, 0
            while ctx.get(dut.busy):
                ctx.set(dut.total, int(sums[shown] + errors[shown]))
                await ctx.delay(1e-9)
                flagged += ctx.get(dut.flagged)
                shown = min(ctx.get(dut.column), columns - 1)
                await ctx.tick()
                cycles += 1
            assert flagged == wrong
            assert ctx.get(dut.doubt) == (wrong > 0)
            assert cycles <= ResiduePass.comparing(spec) + (
                0 if late else ResiduePass.predicting(spec)
            )

    run_bench(dut, bench, most_cycles=20_000)


def test_switched_off_it_flags_nothing(run_bench):
    dut = ResiduePass(_spec(7, 3, 2, 1))

    async def bench(ctx):
        ctx.set(dut.columns, 3)
        ctx.set(dut.total, 1)
        ctx.set(dut.start, 1)
        await ctx.tick()
        ctx.set(dut.start, 0)
        while ctx.get(dut.busy):
            assert not ctx.get(dut.flagged)
            await ctx.tick()
        assert not ctx.get(dut.doubt)

    run_bench(dut, bench, most_cycles=100)


def test_it_does_not_wait_once_the_run_is_stopped(run_bench):
    dut = ResiduePass(_spec(7, 3, 2, 1))

    async def bench(ctx):
        # Inputs are announced that never come.
        ctx.set(dut.begin, 1)
        await ctx.tick()
        ctx.set(dut.begin, 0)
        ctx.set(dut.start, 1)
        await ctx.tick()
        ctx.set(dut.start, 0)
        await ctx.tick().repeat(20)
        assert ctx.get(dut.busy)
        ctx.set(dut.stop, 1)
        await ctx.tick().repeat(2)
        assert not ctx.get(dut.busy)

    run_bench(dut, bench, most_cycles=100)
