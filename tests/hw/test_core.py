import numpy as np
import pytest
from exact_host import Host
from random_networks import random_inputs, random_network, reference

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.run_errors import ErrorCode

CHIPS = {
    "pairs": (
        {
            "tile": [{"count": 5, "rows": 6, "columns": 4, "cell": {"levels": 4}}],
            "input": {"bits": 4, "slice_bits": 2},
            "adc": {"bits": 7, "columns_per_adc": 3, "conversion_time": 3e-7},
            "dac": {"settle_time": 2e-7},
        },
        [11, 4, 3],
    ),
    "offset, signed, clipping": (
        {
            "tile": [{"count": 4, "rows": 5, "columns": 3, "cell": {"levels": 2}}],
            "encoding": "offset_column",
            "weight_bits": 4,
            "input": {"bits": 9, "slice_bits": 3, "signed": True},
            "adc": {"bits": 3, "range": 0.3, "columns_per_adc": 5, "conversion_time": 2e-7},
        },
        [7, 3, 2],
    ),
    "one cell": (
        {
            "tile": [{"rows": 1, "columns": 1, "cell": {"levels": 16}}],
            "input": {"bits": 3, "slice_bits": 3},
            "adc": {"bits": 8, "columns_per_adc": 1},
        },
        [1, 1],
    ),
}


@pytest.mark.parametrize("stalls", [False, True])
@pytest.mark.parametrize("name", CHIPS)
def test_every_layer_equals_the_reference(name, stalls, run_bench):
    plain, sizes = CHIPS[name]
    spec = ChipSpec.parse(plain)
    rng = np.random.default_rng(len(name))
    signed = spec.input.signed
    mapping = random_network(spec, sizes, rng, signed=signed)
    inputs = random_inputs(spec, 5, sizes[0], rng, signed=signed)
    host = Host(spec, mapping.levels, rng if stalls else None)

    async def bench(ctx):
        await host.load(ctx, mapping.table)
        clipped = 0
        for sample in inputs:
            await host.send(ctx, sample)
            assert await host.run(ctx) & 6 == 2
            expected = reference(spec, mapping, sample)
            clipped += expected.clipped
            assert await host.results(ctx, sizes[-1]) == expected.layers[-1]
            best = expected.layers[-1].index(max(expected.layers[-1]))
            assert await host.access(ctx, "ARGMAX") == best
            assert await host.access(ctx, "CLIPPED") == clipped
            lanes = 32 // spec.entry_bits
            for base, layer in zip(mapping.input_bases[1:], expected.layers, strict=False):
                for place, value in enumerate(layer, start=base):
                    word = await host.access(ctx, "INPUT", None, place // lanes)
                    entry = (word >> (spec.entry_bits * (place % lanes))) % 2**spec.entry_bits
                    assert entry == value % 2**spec.entry_bits
        assert (clipped > 0) == ("clipping" in name)
        conversions = await host.access(ctx, "CONVERSIONS")
        lines = sum(step.columns * (1 + step.signed) for step in mapping.table.steps)
        assert conversions == 5 * lines * spec.lines_per_column * spec.input.slices
        busy, cycles = await host.access(ctx, "ADC_BUSY"), await host.access(ctx, "CYCLES")
        assert 0 < busy < cycles

    run_bench(host.dut, bench, *host.arrays(), most_cycles=60_000)


def loaded_host(steps=None):
    plain, sizes = CHIPS["pairs"]
    spec = ChipSpec.parse(plain)
    mapping = random_network(spec, sizes, np.random.default_rng(3))
    return Host(spec, mapping.levels), mapping


@pytest.mark.parametrize(
    ("fault", "code", "step"),
    [
        ("silent array", ErrorCode.ARRAY_TIMEOUT, 0),
        ("unasked answer", ErrorCode.ARRAY_PROTOCOL, 0),
        ("unknown tile", ErrorCode.NO_SUCH_TILE, 1),
        ("no steps", ErrorCode.EMPTY_TABLE, 0),
        ("too many steps", ErrorCode.LONG_TABLE, 0),
    ],
)
def test_fault_ends_the_run_with_its_code_and_the_next_run_is_good(fault, code, step, run_bench):
    host, mapping = loaded_host()

    async def bench(ctx):
        await host.load(ctx, mapping.table)
        good = await host.access(ctx, "STEP", None, 4)
        if fault == "silent array":
            host.silent = True
            await host.access(ctx, "TIMEOUT", 100)
        if fault == "unknown tile":
            await host.access(ctx, "STEP", good | 0xFF, 4)
        if fault == "too many steps":
            # Ten for five tiles, rounded up, and one more.
            await host.access(ctx, "STEPS", 17)
        if fault == "no steps":
            await host.access(ctx, "STEPS", 0)
        if fault == "unasked answer":
            await host.access(ctx, "CTRL", 1)
            ctx.set(host.dut.array_4.done, 1)
            await ctx.tick()
            ctx.set(host.dut.array_4.done, 0)
            while (status := await host.access(ctx, "STATUS")) & 1:
                pass
        else:
            status = await host.run(ctx)
        assert status & 7 == 4
        assert await host.access(ctx, "ERROR") == code + (step << 8)
        assert ctx.get(host.dut.array_0.levels) == 0

        host.silent = False
        await host.access(ctx, "STEP", good, 4)
        await host.access(ctx, "STEPS", len(mapping.table.steps))
        sample = [15, 3, 0, 7, 1, 9, 4, 4, 12, 2, 8]
        await host.send(ctx, sample)
        assert await host.run(ctx) & 7 == 2
        assert await host.access(ctx, "ERROR") == 0
        expected = reference(host.spec, mapping, sample).layers[-1]
        assert await host.results(ctx, 3) == expected

    run_bench(host.dut, bench, *host.arrays(), most_cycles=60_000)


@pytest.mark.guarantee("G15", "reads")
@pytest.mark.parametrize("way", ["abort", "host gone"])
@pytest.mark.parametrize("cycles", [1, 2, 4, 9, 16, 18, 40, 77, 200])
def test_run_that_is_ended_releases_the_lines_at_once_and_the_next_run_is_good(
    way, cycles, run_bench
):
    host, mapping = loaded_host()
    sample = [15, 3, 0, 7, 1, 9, 4, 4, 12, 2, 8]
    levels = host.dut.array_0.levels

    async def bench(ctx):
        await host.load(ctx, mapping.table)
        await host.send(ctx, sample)
        if way == "host gone":
            await host.access(ctx, "HOST_TIMEOUT", cycles + 1)
        await host.access(ctx, "CTRL", 1)
        # What is converted right now is finished, at whatever the lines then show.
        if way == "abort":
            await ctx.tick().repeat(cycles)
            host.aborting = True
            await host.access(ctx, "CTRL", 4)
        else:
            host.aborting = True
            await ctx.tick().repeat(cycles + 3)
        assert ctx.get(levels) == 0
        for _ in range(200):
            await ctx.tick()
            assert ctx.get(levels) == 0
        assert await host.access(ctx, "STATUS") & 7 == 4
        code = ErrorCode.ABORTED if way == "abort" else ErrorCode.HOST_LOST
        assert await host.access(ctx, "ERROR") & 0xFF == code

        host.aborting = False
        await host.access(ctx, "HOST_TIMEOUT", 1000)
        assert await host.run(ctx) & 7 == 2
        expected = reference(host.spec, mapping, sample).layers[-1]
        assert await host.results(ctx, 3) == expected

    run_bench(host.dut, bench, *host.arrays(), most_cycles=60_000)


def test_abort_keeps_a_start_off_and_does_nothing_at_rest(run_bench):
    host, mapping = loaded_host()

    async def bench(ctx):
        await host.load(ctx, mapping.table)
        await host.access(ctx, "CTRL", 4)
        await host.access(ctx, "CTRL", 5)
        assert await host.access(ctx, "STATUS") == 0
        assert await host.access(ctx, "IRQ_STATUS") == 0

    run_bench(host.dut, bench, *host.arrays())


def test_events_are_noted_until_they_are_cleared_and_raise_the_line_where_asked(run_bench):
    host, mapping = loaded_host()

    async def bench(ctx):
        await host.load(ctx, mapping.table)
        await host.send(ctx, [0] * 11)
        assert await host.run(ctx) & 7 == 2
        assert await host.access(ctx, "IRQ_STATUS") == 1
        assert not ctx.get(host.dut.irq)
        await host.access(ctx, "IRQ_ENABLE", 1)
        assert ctx.get(host.dut.irq)
        await host.access(ctx, "STEPS", 0)
        assert await host.run(ctx) & 7 == 4
        assert await host.access(ctx, "IRQ_STATUS") == 3
        await host.access(ctx, "IRQ_STATUS", 1)
        assert await host.access(ctx, "IRQ_STATUS") == 2
        assert not ctx.get(host.dut.irq)
        await host.access(ctx, "IRQ_ENABLE", 2)
        assert ctx.get(host.dut.irq)
        # The same refusal again is another event.
        await host.access(ctx, "IRQ_STATUS", 7)
        assert await host.run(ctx) & 7 == 4
        assert await host.access(ctx, "IRQ_STATUS") == 2

    run_bench(host.dut, bench, *host.arrays())


def test_clipped_conversion_is_an_event(run_bench):
    plain, sizes = CHIPS["offset, signed, clipping"]
    spec = ChipSpec.parse(plain)
    mapping = random_network(spec, sizes, np.random.default_rng(3), signed=True)
    host = Host(spec, mapping.levels)

    async def bench(ctx):
        await host.load(ctx, mapping.table)
        await host.send(ctx, [255] * 7)
        assert await host.run(ctx) & 7 == 2
        assert await host.access(ctx, "CLIPPED") > 0
        assert await host.access(ctx, "IRQ_STATUS") == 5

    run_bench(host.dut, bench, *host.arrays(), most_cycles=60_000)


def test_host_is_refused_while_the_table_runs_and_changes_nothing(run_bench):
    host, mapping = loaded_host()
    sample = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]

    async def bench(ctx):
        await host.load(ctx, mapping.table)
        await host.send(ctx, sample)
        await host.access(ctx, "CTRL", 1)
        refused = 0
        for window in host.table.windows:
            refused += (await host.bus(ctx, window.base, 0))[0]
            refused += (await host.bus(ctx, window.base))[0]
        assert await host.access(ctx, "STATUS") & 1
        assert refused == 2 * len(host.table.windows)
        while await host.access(ctx, "STATUS") & 1:
            pass
        expected = reference(host.spec, mapping, sample).layers[-1]
        assert await host.results(ctx, 3) == expected

    run_bench(host.dut, bench, *host.arrays(), most_cycles=60_000)


def test_calibration_corrects_each_column_of_each_tile(run_bench):
    spec = ChipSpec.parse(
        {"tile": [{"rows": 2, "columns": 2}], "input": {"bits": 4, "slice_bits": 4}}
    )
    mapping = random_network(spec, [2, 2], np.random.default_rng(0))
    host = Host(spec, mapping.levels)

    async def bench(ctx):
        await host.load(ctx, mapping.table)
        await host.send(ctx, [5, 11])
        assert await host.run(ctx) & 7 == 2
        plain = await host.results(ctx, 2)
        # Column 1: offset -40, gain 1.5.
        await host.access(ctx, "CALIBRATION", -40, 2)
        await host.access(ctx, "CALIBRATION", 3 << 13, 3)
        assert await host.access(ctx, "CALIBRATION", None, 2) == 2**32 - 40
        assert await host.access(ctx, "CALIBRATION", None, 1) == 1 << 14
        assert await host.run(ctx) & 7 == 2
        bias = mapping.table.biases[1]
        corrected = ((plain[1] - bias + 40) * 3 + 1) // 2
        assert await host.results(ctx, 2) == [plain[0], corrected + bias]

    run_bench(host.dut, bench, *host.arrays())
