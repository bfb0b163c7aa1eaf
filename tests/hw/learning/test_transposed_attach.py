"""Transposed reads through the registers of a whole core: sums of the oracle, and a safe end."""

import numpy as np
import pytest
from learning_chip import CTRL, HOST_TIMEOUT, STATUS, WRITE_CTRL, WRITE_ERROR, WRITE_TILE
from transposed_chip import (
    ABORT,
    START,
    TIMEOUT,
    TRANSPOSE_CLIPPED,
    TRANSPOSE_CTRL,
    TRANSPOSE_IN,
    TRANSPOSE_OUT,
    TRANSPOSE_STATUS,
    TransposedChip,
    transposed_spec,
)

from ohmloom_analog.learning_spec import LearningSpec
from ohmloom_hw.array_port import ArrayPort
from ohmloom_hw.features import DEFAULT_FEATURES, Features
from ohmloom_hw.learning.transposed_reference import transposed_passes, transposed_sums
from ohmloom_hw.program_registers import WriteError
from ohmloom_hw.registers import register_table

SHAPES = (
    (0, {}),
    (5, {}),
    (0, {"slice_bits": 1, "share": 8}),
    (5, {"bits": 5, "slice_bits": 2, "share": 1, "rows": 4, "columns": 4}),
    (0, {"bits": 8, "slice_bits": 8, "top": 3, "adc_bits": 6}),
    (5, {"rows": 9, "columns": 2, "share": 4}),
    (0, {"adc": {"bits": 5, "range": 0.1, "columns_per_adc": 2, "conversion_time": 2e-7}}),
)


def plain(spec, levels, errors):
    """Return sums and clipped conversions, each pass as a matrix product."""
    levels, errors = np.array(levels), np.array(errors)
    sums, clipped = np.zeros(spec.rows, dtype=int), 0
    bits, step = spec.input.slice_bits, 2**spec.adc_shift
    for piece in range(spec.input.slices):
        part = np.abs(errors) // 2 ** (bits * piece) % 2**bits * np.sign(errors)
        for sign in (1, -1):
            up, down = np.maximum(sign * part, 0), np.maximum(-sign * part, 0)
            codes = np.floor((levels[:, ::2] @ up + levels[:, 1::2] @ down) / step + 0.5)
            clipped += int((codes > spec.code_maximum).sum())
            sums += (
                sign * np.minimum(codes, spec.code_maximum).astype(int) * step * 2 ** (bits * piece)
            )
    return sums.tolist(), clipped


@pytest.mark.parametrize(("stall", "shape"), SHAPES)
def test_sums_are_those_of_the_reference_bit_for_bit(stall, shape, run_bench):
    spec = transposed_spec(**shape)
    chip = TransposedChip(spec, seed=len(shape) + stall, stall=stall)
    most = spec.input.maximum

    async def host(ctx):
        total = 0
        for trial in range(3):
            tile = trial % 2
            errors = [chip.rng.randint(-most, most) for _ in range(spec.columns)]
            if trial == 2:
                errors = [most, -most, 0, most][: spec.columns]
            chip.passes.clear()
            status, found = await chip.lead_back(ctx, errors, tile)
            assert status == 2
            wanted, clipped = plain(spec, chip.levels[tile], errors)
            assert found == wanted
            assert found == transposed_sums(spec, chip.levels[tile], errors)
            assert chip.passes == transposed_passes(spec, errors)
            assert await chip.get(ctx, TRANSPOSE_CLIPPED) == clipped
            assert chip.at_rest(ctx)
            total += clipped
            if spec.adc_shift == 0 and not clipped:
                assert found == (np.array(chip.weights(tile)) @ errors).tolist()
        assert (total > 0) == (spec.adc.range < 1)

    run_bench(chip.dut, host, *chip.serving, most_cycles=60_000)


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ("abort", WriteError.ABORTED),
        ("write abort", WriteError.ABORTED),
        ("run abort", WriteError.ABORTED),
        ("host", WriteError.HOST_LOST),
    ],
)
def test_whatever_ends_a_read_the_lines_are_released_at_once(how, code, run_bench):
    spec = transposed_spec(bits=8, slice_bits=1)
    chip = TransposedChip(spec, seed=1, stall=3)
    chip.aborting = True

    async def end(ctx):
        if how == "host":
            return
        address, word = {
            "abort": (TRANSPOSE_CTRL, ABORT),
            "write abort": (WRITE_CTRL, 8),
            "run abort": (CTRL, 4),
        }[how]
        await chip.put(ctx, address, word)

    async def host(ctx):
        await chip.put(ctx, WRITE_TILE, 0)
        await chip.put(ctx, TRANSPOSE_IN, 255, -255 % 2**32, 255)
        driven = 0
        for wait in range(1, 60) if how == "abort" else (5, 20, 47):
            await chip.put(ctx, HOST_TIMEOUT, wait + 2 if how == "host" else 0)
            await chip.put(ctx, TRANSPOSE_CTRL, START)
            await ctx.tick().repeat(wait)
            driven += ctx.get(chip.dut.array_0.line_levels) != 0
            await end(ctx)
            await ctx.tick().repeat(6 if how == "host" else 2)
            assert chip.at_rest(ctx), wait
            answered = chip.answered
            await ctx.tick().repeat(12)
            assert chip.answered <= answered + 1
            assert await chip.get(ctx, TRANSPOSE_STATUS) == code << 8 | 4, wait
            assert await chip.get(ctx, WRITE_ERROR) == code
            await chip.put(ctx, HOST_TIMEOUT, 0)
        assert driven > 1
        status, found = await chip.lead_back(ctx, [3, -255, 17])
        assert status == 2
        assert found == transposed_sums(spec, chip.levels[0], [3, -255, 17])

    run_bench(chip.dut, host, *chip.serving, most_cycles=60_000)


def test_an_array_that_does_not_answer_or_answers_unasked_ends_the_read(run_bench):
    chip = TransposedChip(transposed_spec(bits=8, slice_bits=1), stall=0)

    async def host(ctx):
        await chip.put(ctx, TIMEOUT, 9)
        chip.silent = True
        status, _ = await chip.lead_back(ctx, [1, 2, 3])
        assert status == WriteError.READ_TIMEOUT << 8 | 4
        assert chip.at_rest(ctx)
        chip.silent = False
        for port in (chip.dut.array_0, chip.dut.array_1):
            await chip.put(ctx, TRANSPOSE_CTRL, START)
            await ctx.tick().repeat(3)
            ctx.set(port.done, 1)
            await ctx.tick()
            ctx.set(port.done, 0)
            assert await chip.ended(ctx) == WriteError.PROTOCOL << 8 | 4
            assert chip.at_rest(ctx)
        assert (await chip.lead_back(ctx, [1, 2, 3]))[0] == 2

    run_bench(chip.dut, host, *chip.serving)


def test_runs_jobs_and_reads_keep_each_other_off(run_bench):
    chip = TransposedChip(transposed_spec(bits=8, slice_bits=1), stall=2)

    async def host(ctx):
        await chip.put(ctx, WRITE_TILE, 2)
        await chip.put(ctx, TRANSPOSE_CTRL, START)
        assert await chip.ended(ctx) == WriteError.BAD_RANGE << 8 | 4
        await chip.put(ctx, WRITE_TILE, 1)
        # Neither key nor pin are needed, and the rectangle is of no account.
        await chip.put(ctx, 0x118, 99)
        await chip.put(ctx, TRANSPOSE_IN, 255, 1, 2)
        await chip.put(ctx, TRANSPOSE_CTRL, START)
        await chip.put(ctx, CTRL, 1)
        await chip.put(ctx, WRITE_CTRL, 1)
        for address in (TRANSPOSE_IN, TRANSPOSE_OUT):
            error, _ = await chip.bus(ctx, address)
            assert error
        assert await chip.get(ctx, STATUS) & 1 == 0
        assert await chip.ended(ctx) == 2
        assert await chip.sums(ctx) == (np.array(chip.weights(1)) @ [255, 1, 2]).tolist()
        error, _ = await chip.bus(ctx, TRANSPOSE_OUT, 5)
        assert error
        # The other way round: a run, whose step reads all rows of tile 1.
        flags = 1 << 8 | 1 << 9 | 1 << 10 | 1 << 11
        await chip.put(ctx, 0x050000, 1 | flags | 3 << 16, 5, 1, 0)
        await chip.put(ctx, 0x1C, 1)
        await chip.put(ctx, CTRL, 1)
        await chip.put(ctx, TRANSPOSE_CTRL, START)
        assert await chip.ended(ctx) == WriteError.RUN_BUSY << 8 | 4
        while (status := await chip.get(ctx, STATUS)) & 1:
            pass
        assert status & 6 == 2

    run_bench(chip.dut, host, *chip.serving)


def names_of(spec, features=DEFAULT_FEATURES):
    return {register.name for register in register_table(spec, features).registers}


def test_a_chip_without_them_has_nothing_of_them():
    spec = transposed_spec()
    plain_spec = spec.model_copy(update={"learning": LearningSpec()})
    writes = Features(writes=True)
    assert "TRANSPOSE_CTRL" in names_of(spec, writes)
    # Without a programming engine there is none of the parts that learn.
    for names in (names_of(plain_spec, writes), names_of(spec)):
        assert not any(name.startswith("TRANSPOSE") for name in names)
    assert "line_levels" not in ArrayPort(plain_spec, writes=True).members


def test_a_twin_has_no_drivers_at_its_bit_lines():
    message = "^behind must be 'pins' for a chip with learning.transposed, not 'twin'$"
    with pytest.raises(ValueError, match=message):
        register_table(transposed_spec(), Features(behind="twin"))


def test_errors_that_do_not_fit_are_refused_by_the_reference():
    spec = transposed_spec()
    with pytest.raises(ValueError, match="^errors must be given for 3 columns, not 2$"):
        transposed_passes(spec, [1, 2])
    with pytest.raises(ValueError, match=r"^errors\[1\] must be in \[-7, 7\], not -8$"):
        transposed_passes(spec, [1, -8, 2])
