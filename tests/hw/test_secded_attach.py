"""A chip whose memories are corrected: what is wrong in them changes nothing, or ends the run."""

import numpy as np
import pytest
from exact_host import Host
from random_networks import random_inputs, random_network, reference

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.emit import verilog_text
from ohmloom_hw.run_errors import ErrorCode
from ohmloom_hw.secded_registers import MEMORY_NAMES

PLAIN = {
    "tile": [{"count": 3, "rows": 6, "columns": 4, "cell": {"levels": 4}}],
    "input": {"bits": 4, "slice_bits": 2},
    "adc": {"bits": 7, "columns_per_adc": 3, "conversion_time": 3e-7},
    "dac": {"settle_time": 2e-7},
    "spare_columns": 1,
}
SPEC = ChipSpec.parse({**PLAIN, "ecc": {"secded": True}})
SIZES = [6, 3, 2]
# Windows by which the host writes a word that the network uses; the others the chip writes itself.
WRITTEN = {
    "INPUT": ("INPUT", 0),
    "STEP": ("STEP", 1),
    "OFFSET": ("CALIBRATION", 0),
    "GAIN": ("CALIBRATION", 1),
    "BIAS": ("BIAS", 0),
    "COLUMN_MAP": ("COLUMN_MAP", 0),
    "ROW_MAP": ("ROW_MAP", 0),
}
OWN = ("SUMS", "TOTALS", "RESULT")


def _arm(memory, first, second):
    return MEMORY_NAMES.index(memory) | first << 8 | second << 16 | 1 << 31


@pytest.fixture(scope="module")
def network():
    rng = np.random.default_rng(7)
    return random_network(SPEC, SIZES, rng), random_inputs(SPEC, 1, SIZES[0], rng)[0]


async def _loaded(ctx, host, mapping, sample):
    # Mending would be quicker than the run.
    await host.access(ctx, "ECC_SCRUB", 0)
    await host.load(ctx, mapping.table)
    await host.send(ctx, sample)


async def _spoil(ctx, host, memory, first, second):
    """Have the next write to a memory go wrong, and make that write if it is the host's."""
    if memory in WRITTEN:
        window, index = WRITTEN[memory]
        word = await host.access(ctx, window, None, index)
        await host.access(ctx, "ECC_INJECT", _arm(memory, first, second))
        await host.access(ctx, window, word, index)
        assert await host.access(ctx, "ECC_INJECTED") == 1
    else:
        await host.access(ctx, "ECC_INJECT", _arm(memory, first, second))


def test_every_memory_is_tried_here():
    assert {*WRITTEN, *OWN} == {*MEMORY_NAMES[:10]}


@pytest.mark.guarantee("G5", "injection")
@pytest.mark.parametrize("bit", [6])
@pytest.mark.parametrize("memory", [*WRITTEN, *OWN])
def test_one_wrong_bit_changes_no_result_and_is_counted(memory, bit, network, run_bench):
    mapping, sample = network
    host = Host(SPEC, mapping.levels)
    expected = reference(SPEC, mapping, sample).layers[-1]

    async def bench(ctx):
        await _loaded(ctx, host, mapping, sample)
        await host.access(ctx, "CTRL", 2)
        await _spoil(ctx, host, memory, bit, bit)
        assert await host.run(ctx) & 6 == 2
        assert await host.results(ctx, SIZES[-1]) == expected
        assert await host.access(ctx, "ECC_INJECTED") == 1
        assert await host.access(ctx, "ECC_FIXED") >= 1
        assert await host.access(ctx, "ECC_FAILED") == 0
        last = await host.access(ctx, "ECC_LAST")
        assert last >> 30 == 0b10
        assert MEMORY_NAMES[last >> 16 & 31] == memory

    run_bench(host.dut, bench, *host.arrays(), most_cycles=30_000)


@pytest.mark.guarantee("G5", "injection")
@pytest.mark.parametrize("memory", [*WRITTEN, *OWN])
def test_two_wrong_bits_end_the_run_or_are_told_to_the_host(memory, run_bench):
    # A layer over two tiles, so that totals are taken again.
    sizes = [9, 3, 2]
    rng = np.random.default_rng(7)
    mapping, sample = random_network(SPEC, sizes, rng), random_inputs(SPEC, 1, sizes[0], rng)[0]
    host = Host(SPEC, mapping.levels)
    host.aborting = True

    async def bench(ctx):
        await _loaded(ctx, host, mapping, sample)
        await host.access(ctx, "CTRL", 2)
        await _spoil(ctx, host, memory, 1, 6)
        status = await host.run(ctx)
        if memory == "RESULT":
            assert status & 6 == 2
            await host.results(ctx, sizes[-1])
        else:
            assert status & 6 == 4
            assert (await host.access(ctx, "ERROR")) & 0xFF == ErrorCode.MEMORY
        assert await host.access(ctx, "ECC_FAILED") >= 1
        last = await host.access(ctx, "ECC_LAST")
        assert last >> 30 == 0b11
        assert MEMORY_NAMES[last >> 16 & 31] == memory
        assert await host.access(ctx, "IRQ_STATUS") & 1 << 6

    run_bench(host.dut, bench, *host.arrays(), most_cycles=30_000)


@pytest.mark.parametrize("memory", ["TOTALS", "RESULT"])
def test_two_wrong_bits_that_a_run_left_behind_end_no_later_run(memory, run_bench):
    # With one output, the read ports stay at the word that is wrong, and the host can't write it.
    rng = np.random.default_rng(7)
    mapping = random_network(SPEC, [6, 1], rng)
    sample = random_inputs(SPEC, 1, 6, rng)[0]
    host = Host(SPEC, mapping.levels)
    host.aborting = True

    async def bench(ctx):
        await _loaded(ctx, host, mapping, sample)
        await host.access(ctx, "CTRL", 2)
        await _spoil(ctx, host, memory, 1, 6)
        await host.run(ctx)
        assert await host.access(ctx, "ECC_INJECTED") == 1
        assert await host.access(ctx, "ECC_FAILED") >= 1
        for _ in range(2):
            assert await host.run(ctx) & 6 == 2
            assert await host.results(ctx, 1) == reference(SPEC, mapping, sample).layers[-1]

    run_bench(host.dut, bench, *host.arrays(), most_cycles=30_000)


@pytest.mark.guarantee("G5", "injection")
@pytest.mark.parametrize("memory", WRITTEN)
def test_a_wrong_bit_is_mended_while_the_chip_is_idle(memory, network, run_bench):
    mapping, sample = network
    host = Host(SPEC, mapping.levels)

    async def bench(ctx):
        await _loaded(ctx, host, mapping, sample)
        await host.access(ctx, "CTRL", 2)
        await _spoil(ctx, host, memory, 2, 2)
        await host.access(ctx, "ECC_SCRUB", 1)
        await ctx.tick().repeat(200)
        assert await host.access(ctx, "ECC_FIXED") >= 1
        await host.access(ctx, "CTRL", 2)
        assert await host.run(ctx) & 6 == 2
        assert await host.access(ctx, "ECC_FIXED") == 0
        assert await host.results(ctx, SIZES[-1]) == reference(SPEC, mapping, sample).layers[-1]

    run_bench(host.dut, bench, *host.arrays(), most_cycles=30_000)


def test_a_chip_without_correction_has_no_trace_of_it():
    text = verilog_text(ChipSpec.parse(PLAIN))
    assert "decoder_0" not in text
    assert "ecc" not in text
    assert "decoder_0" in verilog_text(SPEC)
