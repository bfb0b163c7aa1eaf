import random

import pytest

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.buffers import CalibrationTable, InputBuffer, StepTable, WordBuffer
from ohmloom_hw.calibration import UNIT_GAIN


def spec(bits: int) -> ChipSpec:
    return ChipSpec.parse(
        {
            "tile": [{"count": 3, "rows": 5, "columns": 3}],
            "input": {"bits": bits, "slice_bits": 4},
        }
    )


async def write(ctx, window, address, word):
    ctx.set(window.addr, address)
    ctx.set(window.w_data, word % 2**32)
    ctx.set(window.w_en, 1)
    await ctx.tick()
    ctx.set(window.w_en, 0)


async def read(ctx, window, address):
    ctx.set(window.addr, address)
    ctx.set(window.r_en, 1)
    await ctx.tick()
    ctx.set(window.r_en, 0)
    return ctx.get(window.r_data)


@pytest.mark.parametrize("bits", [8, 11])
def test_input_buffer_takes_words_from_the_host_and_entries_from_layers(bits, run_bench):
    chip = spec(bits)
    dut = InputBuffer(chip)
    rng = random.Random(bits)
    width = 8 if bits == 8 else 16
    lanes = 32 // width
    words = [rng.getrandbits(32) for _ in range(chip.input_entries // lanes)]

    async def bench(ctx):
        for address, word in enumerate(words):
            await write(ctx, dut.window, address, word)
        ctx.set(dut.running, 1)
        entries = [(word >> (width * n)) % 2**width for word in words for n in range(lanes)]
        for place in rng.sample(range(chip.input_entries), 9):
            entries[place] = rng.randrange(2**bits)
            ctx.set(dut.w_place, place)
            ctx.set(dut.w_entry, entries[place])
            ctx.set(dut.w_en, 1)
            await ctx.tick()
            ctx.set(dut.w_en, 0)
        # While the datapath owns it, the host's writes are without effect.
        await write(ctx, dut.window, 0, 0xDEADBEEF)
        for address in range(len(words)):
            ctx.set(dut.address, address)
            await ctx.tick()
            word = ctx.get(dut.word)
            found = [(word >> (width * n)) % 2**width for n in range(lanes)]
            assert found == entries[lanes * address :][:lanes]
        ctx.set(dut.running, 0)
        assert await read(ctx, dut.window, 1) == word_of(entries[lanes : 2 * lanes], width)

    def word_of(group, size):
        return sum(entry << (size * n) for n, entry in enumerate(group))

    run_bench(dut, bench)


def test_word_buffer_keeps_signs_both_ways(run_bench):
    dut = WordBuffer(entries=8, bits=21)

    async def bench(ctx):
        await write(ctx, dut.window, 3, -77)
        assert await read(ctx, dut.window, 3) == 2**32 - 77
        ctx.set(dut.running, 1)
        ctx.set(dut.place, 3)
        await ctx.tick()
        assert ctx.get(dut.value) == -77
        ctx.set(dut.place, 5)
        ctx.set(dut.w_value, -(2**20))
        ctx.set(dut.w_en, 1)
        await ctx.tick()
        ctx.set(dut.running, 0)
        ctx.set(dut.w_en, 0)
        assert await read(ctx, dut.window, 5) == 2**32 - 2**20

    run_bench(dut, bench)


def test_calibration_table_begins_neutral_and_is_kept_by_tile_and_column(run_bench):
    dut = CalibrationTable(spec(8))

    async def bench(ctx):
        assert await read(ctx, dut.window, 2 * 4) == 0
        assert await read(ctx, dut.window, 2 * 4 + 1) == UNIT_GAIN
        await write(ctx, dut.window, 2 * (2 * 3 + 1), -5)
        await write(ctx, dut.window, 2 * (2 * 3 + 1) + 1, 12345)
        assert await read(ctx, dut.window, 2 * 7) == 2**32 - 5
        ctx.set(dut.running, 1)
        for tile in range(3):
            for column in range(3):
                ctx.set(dut.tile, tile)
                ctx.set(dut.column, column)
                await ctx.tick()
                changed = (tile, column) == (2, 1)
                expected = (-5, 12345) if changed else (0, UNIT_GAIN)
                assert (ctx.get(dut.offset), ctx.get(dut.gain)) == expected

    run_bench(dut, bench)


def test_step_table_gives_the_four_words_of_a_step(run_bench):
    dut = StepTable(spec(8))

    async def bench(ctx):
        words = [0x00031F02, 0x00070005, 0x00210011, 0x00157ABC]
        for place, word in enumerate(words):
            await write(ctx, dut.window, 4 * 3 + place, word)
        assert [await read(ctx, dut.window, 12 + place) for place in range(4)] == words
        ctx.set(dut.running, 1)
        ctx.set(dut.number, 3)
        await ctx.tick()
        step = ctx.get(dut.step)
        assert (step.tile, step.columns, step.rows, step.input_base) == (2, 3, 5, 7)
        assert (step.output_base, step.bias_base) == (0x11, 0x21)
        assert (step.multiplier, step.shift) == (0x7ABC, 0x15)
        flags = (step.first, step.finish, step.result, step.signed, step.relu)
        assert flags == (1, 1, 1, 1, 1)

    run_bench(dut, bench)
