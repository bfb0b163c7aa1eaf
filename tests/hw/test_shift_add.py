import itertools
import random

import pytest

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.shift_add import ShiftAdd

SPECS = {
    "pairs": {
        "tile": [{"rows": 4, "columns": 3, "cell": {"levels": 4}}],
        "weight_bits": 6,
        "input": {"bits": 6, "slice_bits": 2, "signed": True},
        "adc": {"bits": 5},
    },
    "offset": {
        "tile": [{"rows": 9, "columns": 2, "cell": {"levels": 2}}],
        "encoding": "offset_column",
        "weight_bits": 4,
        "input": {"bits": 4, "slice_bits": 4},
        "adc": {"bits": 4},
    },
    "single": {
        "tile": [{"rows": 1, "columns": 1, "cell": {"levels": 16}}],
        "weight_bits": 5,
        "input": {"bits": 1, "slice_bits": 1},
        "adc": {"bits": 8},
    },
}


def naive_weight(spec: ChipSpec, line: int) -> tuple[int, int]:
    """Column and factor of a line, from the words of the encoding's definition."""
    pair = spec.encoding == "diff_pair"
    stored = spec.weight_bits - 1 if pair else spec.weight_bits
    cell_bits = {2: 1, 4: 2, 16: 4}[spec.tile[0].cell.levels]
    pieces = -(-stored // cell_bits)
    per_column = pieces * (2 if pair else 1)
    column, inside = divmod(line, per_column)
    if pair:
        piece, side = divmod(inside, 2)
        return column, (-1) ** side * 2 ** (cell_bits * piece)
    return column, 2 ** (cell_bits * inside)


@pytest.mark.guarantee("G3", "order")
@pytest.mark.parametrize("name", SPECS)
@pytest.mark.parametrize("gaps", [False, True])
def test_sums_are_those_of_plain_arithmetic(name, gaps, run_bench):
    spec = ChipSpec.parse(SPECS[name])
    dut = ShiftAdd(spec)
    rng = random.Random(name)
    lines = spec.columns * len([n for n in range(64) if naive_weight(spec, n)[0] == 0])
    assert lines == spec.lines
    largest = spec.rows * (2**spec.input.slice_bits - 1) * (spec.tile[0].cell.levels - 1)
    step = 1
    while (2**spec.adc.bits - 1) * step < largest:
        step *= 2

    async def bench(ctx):
        for _ in range(3):
            expected = [0] * spec.columns
            for column in range(spec.columns):
                ctx.set(dut.clear, 1)
                ctx.set(dut.column, column)
                await ctx.tick()
            ctx.set(dut.clear, 0)
            for piece in range(-(-spec.input.bits // spec.input.slice_bits)):
                for negative in (False, True) if spec.input.signed else (False,):
                    ctx.set(dut.piece, piece)
                    ctx.set(dut.negative, negative)
                    for line in rng.sample(range(lines), lines):
                        code = rng.choice(
                            [0, 2**spec.adc.bits - 1, rng.randrange(2**spec.adc.bits)]
                        )
                        column, factor = naive_weight(spec, line)
                        sign = -1 if negative else 1
                        expected[column] += (
                            sign * factor * code * step * 2 ** (spec.input.slice_bits * piece)
                        )
                        ctx.set(dut.samples.payload, {"line": line, "code": code})
                        ctx.set(dut.samples.valid, 1)
                        assert ctx.get(dut.samples.ready)
                        await ctx.tick()
                        if gaps and rng.random() < 0.4:
                            ctx.set(dut.samples.valid, 0)
                            await ctx.tick().repeat(rng.randrange(1, 4))
                    ctx.set(dut.samples.valid, 0)
                    await ctx.tick().repeat(dut.latency)
                    assert not ctx.get(dut.busy)
            for column in range(spec.columns):
                ctx.set(dut.column, column)
                await ctx.tick()
                assert ctx.get(dut.total) == expected[column]

    run_bench(dut, bench)


FOUR_BITS = {
    "tile": [{"rows": 1, "columns": 1, "cell": {"levels": 2}}],
    "input": {"bits": 4, "slice_bits": 1, "signed": True},
    "adc": {"bits": 1},
}


@pytest.mark.guarantee("G3", "exhaustive")
@pytest.mark.parametrize("order", ["rising", "falling", "random"])
@pytest.mark.parametrize(("encoding", "weight_bits"), [("diff_pair", 4), ("offset_column", 4)])
def test_every_weight_times_every_input_is_their_product(
    encoding, weight_bits, order, run_bench, figure
):
    spec = ChipSpec.parse({**FOUR_BITS, "encoding": encoding, "weight_bits": weight_bits})
    dut, rng, pairs = ShiftAdd(spec), random.Random(order), []
    # A pair holds three bits on either side; an offset column the weight plus 8 as four bits.
    low, added = (-7, 0) if encoding == "diff_pair" else (-8, 8)

    def arranged(numbers):
        numbers = sorted(numbers, reverse=order == "falling")
        return rng.sample(numbers, len(numbers)) if order == "random" else numbers

    async def bench(ctx):
        for weight, value in itertools.product(range(low, 8), range(-8, 8)):
            ctx.set(dut.samples.valid, 0)
            ctx.set(dut.clear, 1)
            await ctx.tick()
            ctx.set(dut.clear, 0)
            ctx.set(dut.negative, value < 0)
            ctx.set(dut.samples.valid, 1)
            for piece in arranged(range(4)):
                ctx.set(dut.piece, piece)
                for line in arranged(range(spec.lines)):
                    factor = naive_weight(spec, line)[1]
                    held = (weight + added) * (1 if factor > 0 else -1)
                    bit = max(held, 0) // abs(factor) % 2 * (abs(value) >> piece & 1)
                    ctx.set(dut.samples.payload, {"line": line, "code": bit})
                    await ctx.tick()
                ctx.set(dut.samples.valid, 0)
                await ctx.tick().repeat(dut.latency)
                ctx.set(dut.samples.valid, 1)
            ctx.set(dut.samples.valid, 0)
            await ctx.tick()
            assert ctx.get(dut.total) == (weight + added) * value, (weight, value)
            pairs.append((weight, value))

    run_bench(dut, bench, most_cycles=60_000)
    assert len(set(pairs)) == (8 - low) * 16
    figure("pairs of weight and input in an order", len(pairs))


@pytest.mark.guarantee("G1", "no-overflow")
def test_largest_sums_fit(run_bench):
    spec = ChipSpec.parse(SPECS["pairs"])
    dut = ShiftAdd(spec)
    per_column = spec.lines // spec.columns

    async def bench(ctx):
        ctx.set(dut.clear, 1)
        await ctx.tick()
        ctx.set(dut.clear, 0)
        expected = 0
        for piece in range(3):
            ctx.set(dut.piece, piece)
            for line in range(0, per_column, 2):
                ctx.set(dut.samples.payload, {"line": line, "code": 31})
                ctx.set(dut.samples.valid, 1)
                await ctx.tick()
                # 4 rows of 3 x 3 unit currents take two of them a step.
                expected += 31 * 2 * 4 ** (line // 2) * 4**piece
            ctx.set(dut.samples.valid, 0)
            await ctx.tick().repeat(2)
        await ctx.tick()
        assert ctx.get(dut.total) == expected

    run_bench(dut, bench)


def test_upper_halves_are_shifted_and_clips_have_their_column(run_bench):
    spec = ChipSpec.parse({**SPECS["pairs"], "ecc": {"reissue": True}})
    dut, rng = ShiftAdd(spec), random.Random(1)
    clips, expected_clips = [], []

    async def watch(ctx):
        while True:
            if ctx.get(dut.clipped):
                clips.append(ctx.get(dut.clipped_column))
            await ctx.tick()

    async def bench(ctx):
        expected = [0] * spec.columns
        for column in range(spec.columns):
            ctx.set(dut.clear, 1)
            ctx.set(dut.column, column)
            await ctx.tick()
        ctx.set(dut.clear, 0)
        for piece, half in [(p, h) for p in range(3) for h in (0, 1)]:
            ctx.set(dut.piece, piece)
            ctx.set(dut.half, half)
            for line in rng.sample(range(spec.lines), spec.lines):
                code, over = rng.choice([31, rng.randrange(32)]), rng.randrange(2)
                column, factor = naive_weight(spec, line)
                # 4 rows of 3 x 3 unit currents take two of them a step; a half has one bit.
                expected[column] += factor * code * 2 * 4**piece * 2**half
                expected_clips.extend([column] * over)
                sample = {"line": line, "code": code, "over_range": over}
                ctx.set(dut.samples.payload, sample)
                ctx.set(dut.samples.valid, 1)
                await ctx.tick()
                if rng.random() < 0.3:
                    ctx.set(dut.samples.valid, 0)
                    await ctx.tick()
            ctx.set(dut.samples.valid, 0)
            await ctx.tick().repeat(dut.latency)
        for column in range(spec.columns):
            ctx.set(dut.column, column)
            await ctx.tick()
            assert ctx.get(dut.total) == expected[column]
        assert clips == expected_clips

    run_bench(dut, bench, watch)


@pytest.mark.guarantee("G1", "no-overflow")
def test_largest_sums_in_half_slices_fit(run_bench):
    spec = ChipSpec.parse({**SPECS["pairs"], "ecc": {"reissue": True}})
    dut, expected = ShiftAdd(spec), 0
    per_column = spec.lines // spec.columns
    codes = [(p, h, line) for p in range(3) for h in (0, 1) for line in range(0, per_column, 2)]

    async def bench(ctx):
        nonlocal expected
        ctx.set(dut.clear, 1)
        await ctx.tick()
        ctx.set(dut.clear, 0)
        for piece, half, line in codes:
            ctx.set(dut.piece, piece)
            ctx.set(dut.half, half)
            ctx.set(dut.samples.payload, {"line": line, "code": 31})
            ctx.set(dut.samples.valid, 1)
            await ctx.tick()
            ctx.set(dut.samples.valid, 0)
            await ctx.tick().repeat(2)
            expected += 31 * 2 * 4 ** (line // 2) * 4**piece * 2**half
        await ctx.tick()
        assert ctx.get(dut.total) == expected

    run_bench(dut, bench)
