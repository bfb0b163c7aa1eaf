"""Whole cores with redundant reads, half slices, row scale and drift factor."""

from fractions import Fraction
from math import floor

import numpy as np
import pytest
from exact_host import Host
from random_networks import random_inputs, random_network, reference

from ohmloom_analog.integer import run_integers
from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.emit import verilog_text
from ohmloom_hw.secded_registers import MEMORY_NAMES

PLAIN = {
    "tile": [{"count": 5, "rows": 6, "columns": 4, "cell": {"levels": 4}}],
    "input": {"bits": 5, "slice_bits": 3},
    "adc": {"bits": 5, "range": 0.2, "columns_per_adc": 3, "conversion_time": 3e-7},
    "dac": {"settle_time": 2e-7},
}
SIGNED = {
    **PLAIN,
    "adc": {**PLAIN["adc"], "bits": 4, "range": 0.1},
    "encoding": "offset_column",
    "weight_bits": 4,
    "input": {"bits": 5, "slice_bits": 3, "signed": True},
}
SPARES = {"spare_columns": 1, "spare_rows": 1}
CHIPS = {
    "average": ({**PLAIN, "ecc": {"average": 4}}, [11, 4, 3]),
    "average and vote, maps": ({**PLAIN, **SPARES, "ecc": {"average": 2, "vote": 3}}, [9, 3, 3]),
    "reissue": ({**PLAIN, "ecc": {"reissue": True}}, [11, 4, 3]),
    "reissue, signed": ({**SIGNED, "ecc": {"reissue": True}}, [11, 4, 3]),
    "reissue, maps": ({**SIGNED, **SPARES, "ecc": {"reissue": True}}, [9, 3, 3]),
    "row scale": ({**PLAIN, "ecc": {"row_scale": True}}, [11, 4, 3]),
    "row scale, signed, maps": ({**SIGNED, **SPARES, "ecc": {"row_scale": True}}, [9, 3, 3]),
    "drift": ({**PLAIN, "ecc": {"drift_factor": True}}, [11, 4, 3]),
    "all": (
        {
            **SIGNED,
            **SPARES,
            "ecc": {
                "average": 2,
                "vote": 3,
                "reissue": True,
                "row_scale": True,
                "drift_factor": True,
                "secded": True,
            },
        },
        [9, 3, 3],
    ),
}


class Chip:
    """A chip with a network, inputs and, where it has one, a row scale."""

    def __init__(self, name, *, stalls=False, samples=2):
        plain, self.sizes = CHIPS[name]
        self.spec = ChipSpec.parse(plain)
        rng = np.random.default_rng(len(name))
        signed = self.spec.input.signed
        self.mapping = random_network(self.spec, self.sizes, rng, signed=signed)
        self.inputs = random_inputs(self.spec, samples, self.sizes[0], rng, signed=signed)
        self.scale = None
        if self.spec.ecc.row_scale:
            self.scale = rng.integers(0, 256, (self.spec.tiles, self.spec.rows), endpoint=True)
            self.scale[:, 0] = 256
        self.host = Host(self.spec, self.mapping.levels, rng if stalls else None)
        self.run = run_integers(self.spec, self.mapping, self.inputs, row_scale=self.scale)

    async def prepare(self, ctx):
        await self.host.load(ctx, self.mapping.table)
        if self.scale is not None:
            for tile, row in np.ndindex(*self.scale.shape):
                word = int(self.scale[tile, row])
                await self.host.access(ctx, "ROW_SCALE", word, 8 * tile + row)
                assert await self.host.access(ctx, "ROW_SCALE", None, 8 * tile + row) == word
        await self.host.access(ctx, "CTRL", 2)

    async def clips(self, ctx):
        """Return the counters of columns, tiles x columns."""
        return [
            [await self.host.access(ctx, "COLUMN_CLIPPED", None, 4 * tile + n) for n in range(4)]
            for tile in range(5)
        ]

    async def infer(self, ctx, sample):
        await self.host.send(ctx, sample)
        assert await self.host.run(ctx) & 6 == 2
        return await self.host.results(ctx, self.sizes[-1])


@pytest.mark.parametrize(
    ("name", "stalls"),
    [*((name, False) for name in CHIPS), ("reissue, maps", True), ("average and vote, maps", True)],
)
def test_a_core_gives_what_the_integer_model_gives(name, stalls, run_bench):
    chip = Chip(name, stalls=stalls)
    ecc, host = chip.spec.ecc, chip.host

    async def bench(ctx):
        await chip.prepare(ctx)
        for sample, expected in zip(chip.inputs, chip.run.layers[-1], strict=True):
            assert await chip.infer(ctx, sample) == expected.tolist()
        assert await host.access(ctx, "CLIPPED") == chip.run.clipped
        if ecc.reissue:
            assert await host.access(ctx, "REISSUED") == chip.run.reissued > 0
            assert sum(map(sum, await chip.clips(ctx))) == chip.run.clipped
        if ecc.average * ecc.vote > 1:
            reads = await host.access(ctx, "READS")
            assert reads % (ecc.average * ecc.vote) == 0
            assert reads > 0
        if ecc.vote > 1:
            assert await host.access(ctx, "OUTVOTED") == 0

    run_bench(host.dut, bench, *host.arrays(), most_cycles=200_000)


def test_a_step_that_clips_is_exact_in_half_slices(run_bench):
    # A slice gives at most 2 x 7 x 3 unit currents, half of one 2 x 3 x 3: above 31, and not.
    plain = {
        **PLAIN,
        "tile": [{"rows": 2, "columns": 2, "cell": {"levels": 4}}],
        "adc": {"bits": 5, "range": 0.7, "columns_per_adc": 2, "conversion_time": 2e-7},
    }
    coarse = ChipSpec.parse(plain)
    fine = ChipSpec.parse({**plain, "ecc": {"reissue": True}})
    assert coarse.adc_shift == 0
    rng = np.random.default_rng(2)
    mapping = random_network(fine, [2, 2], rng)
    weights = np.array(mapping.network.layers[0].weights)
    mapping.levels[0][:] = 0
    weights[:] = [[3, 3], [-3, 2]]
    mapping.levels[0][:, 0] = 3
    lines = fine.lines_per_column
    mapping.levels[0][0, lines + 1], mapping.levels[0][1, lines] = 3, 2
    bias = mapping.network.layers[0].bias
    host = Host(fine, mapping.levels)
    samples = [[31, 31], [7, 7], [0, 0], [1, 30], [31, 0]]

    async def bench(ctx):
        await host.load(ctx, mapping.table)
        again = 0
        for sample in samples:
            await host.send(ctx, sample)
            assert await host.run(ctx) & 6 == 2
            exact = [int(value) for value in weights @ np.array(sample) + bias]
            assert await host.results(ctx, 2) == exact
            digits = [[value % 8 for value in sample], [value // 8 for value in sample]]
            again += any(3 * sum(digit) > 31 for digit in digits)
            assert await host.access(ctx, "REISSUED") == again
        assert again == 2
        assert await host.access(ctx, "REISSUE_CLIPPED") == 0

    run_bench(host.dut, bench, *host.arrays(), most_cycles=60_000)


def test_a_second_clip_is_counted_and_not_read_again(run_bench):
    chip = Chip("reissue")
    host, step = chip.host, chip.mapping.table.steps[0]
    starts = []

    def stuck(tile, codes):
        starts.append(tile)
        return [*codes[:2], 99, *codes[3:]] if tile == step.tile else codes

    host.disturb = stuck

    async def bench(ctx):
        await chip.prepare(ctx)
        await host.send(ctx, [0] * chip.sizes[0])
        assert await host.run(ctx) & 6 == 2
        rounds = min(chip.spec.adc.columns_per_adc, step.columns * chip.spec.lines_per_column)
        # Two slices, then the same in halves, and no third time.
        assert starts.count(step.tile) == rounds * (2 + 4)
        assert await host.access(ctx, "REISSUED") == 1
        assert await host.access(ctx, "REISSUE_CLIPPED") == 1
        assert await host.access(ctx, "CLIPPED") == 2 + 4
        clips = await chip.clips(ctx)
        assert clips[step.tile][2 // chip.spec.lines_per_column] == 2 + 4
        assert sum(map(sum, clips)) == 2 + 4
        await host.access(ctx, "CTRL", 2)
        assert sum(map(sum, await chip.clips(ctx))) == 0
        assert await host.access(ctx, "REISSUED") == 0
        assert await host.run(ctx) & 6 == 2
        assert (await chip.clips(ctx))[step.tile] == clips[step.tile]

    run_bench(host.dut, bench, *host.arrays(), most_cycles=60_000)


def test_a_column_that_stands_for_none_is_not_read_again_for(run_bench):
    chip = Chip("reissue, maps")
    host = chip.host
    lines = chip.spec.lines_per_column
    held = [levels.copy() for levels in chip.mapping.levels]
    # Physical column 0 is broken, and the spare one stands for its logical column.
    for levels in held:
        levels[:, 3 * lines :] = levels[:, :lines]
    host.levels = held
    host.disturb = lambda _tile, codes: [99] * lines + codes[lines:]

    async def bench(ctx):
        await chip.prepare(ctx)
        for tile in range(5):
            await host.access(ctx, "COLUMN_MAP", 1 << 31, 4 * tile)
            await host.access(ctx, "COLUMN_MAP", 0, 4 * tile + 3)
        for sample, expected in zip(chip.inputs, chip.run.layers[-1], strict=True):
            assert await chip.infer(ctx, sample) == expected.tolist()
        assert await host.access(ctx, "REISSUED") == chip.run.reissued
        assert sum(map(sum, await chip.clips(ctx))) == chip.run.clipped

    run_bench(host.dut, bench, *host.arrays(), most_cycles=100_000)


def test_spikes_are_voted_away_and_counted(run_bench):
    chip = Chip("average and vote, maps")
    host, seen = chip.host, []

    def spike(_tile, codes):
        seen.append(1)
        # One of the six reads of a round, a different one each time.
        hit = len(seen) % 6 == (len(seen) // 6) % 6
        return [0 if code else 31 for code in codes] if hit else codes

    host.disturb = spike

    async def bench(ctx):
        await chip.prepare(ctx)
        await host.access(ctx, "VOTE_LIMIT", 0)
        for sample, expected in zip(chip.inputs, chip.run.layers[-1], strict=True):
            assert await chip.infer(ctx, sample) == expected.tolist()
        assert await host.access(ctx, "OUTVOTED") > 0
        assert await host.access(ctx, "READS") == len(seen)

    run_bench(host.dut, bench, *host.arrays(), most_cycles=100_000)


@pytest.mark.parametrize("factor", [0, 1, 0x3FFF, 0x4000, 0x4001, 0x7123, 0xFFFF])
def test_the_drift_factor_multiplies_all_gains(factor, run_bench):
    spec = ChipSpec.parse(CHIPS["drift"][0])
    rng = np.random.default_rng(factor)
    mapping = random_network(spec, [6, 4], rng)
    sample = random_inputs(spec, 2, 6, rng)[1]
    host, gains, offsets = Host(spec, mapping.levels), [0, 1, 0x4000, 0xFFFF], [3, -2, 5, -400]
    biases = mapping.network.layers[0].bias.tolist()
    tile = mapping.table.steps[0].tile
    expected = []
    sums = zip(reference(spec, mapping, sample).layers[0], biases, offsets, gains, strict=True)
    for total, bias, offset, gain in sums:
        whole = min(floor(Fraction(gain * factor, 2**14) + Fraction(1, 2)), 0xFFFF)
        product = Fraction((total - bias - offset) * whole, 2**14)
        expected.append(floor(product + Fraction(1, 2)) + bias)

    async def bench(ctx):
        await host.load(ctx, mapping.table)
        assert await host.access(ctx, "DRIFT") == 0x4000
        await host.access(ctx, "DRIFT", factor)
        for column, (offset, gain) in enumerate(zip(offsets, gains, strict=True)):
            place = 2 * (tile * 4 + column)
            await host.access(ctx, "CALIBRATION", offset, place)
            await host.access(ctx, "CALIBRATION", gain, place + 1)
        await host.send(ctx, sample)
        assert await host.run(ctx) & 6 == 2
        assert await host.results(ctx, 4) == expected

    run_bench(host.dut, bench, *host.arrays(), most_cycles=30_000)


@pytest.mark.parametrize("memory", ["ROW_SCALE", "COLUMN_CLIPPED"])
def test_one_wrong_bit_of_a_table_changes_nothing_and_is_counted(memory, run_bench):
    chip = Chip("all")
    host, sample = chip.host, 1

    async def bench(ctx):
        await chip.prepare(ctx)
        await host.access(ctx, "ECC_SCRUB", 0)
        await host.access(
            ctx, "ECC_INJECT", MEMORY_NAMES.index(memory) | 3 << 8 | 3 << 16 | 1 << 31
        )
        tile = chip.mapping.table.steps[0].tile
        await host.access(ctx, "ROW_SCALE", int(chip.scale[tile, 0]), 8 * tile)
        expected = chip.run.layers[-1][sample].tolist()
        assert await chip.infer(ctx, chip.inputs[sample]) == expected
        await chip.clips(ctx)
        assert await host.access(ctx, "ECC_INJECTED") == 1
        assert await host.access(ctx, "ECC_FIXED") >= 1
        assert await host.access(ctx, "ECC_FAILED") == 0
        assert MEMORY_NAMES[await host.access(ctx, "ECC_LAST") >> 16 & 31] == memory

    run_bench(host.dut, bench, *host.arrays(), most_cycles=60_000)


@pytest.mark.parametrize(
    ("ecc", "marks"),
    [
        ({"average": 4}, {"repeated"}),
        ({"vote": 3}, {"repeated", "vote_limit"}),
        ({"reissue": True}, {"clip_counts", "gather_half"}),
        ({"row_scale": True}, {"row_scale"}),
        ({"drift_factor": True}, {"kept_drift"}),
    ],
)
def test_each_option_is_there_only_where_it_is_asked_for(ecc, marks):
    every = {"repeated", "vote_limit", "clip_counts", "gather_half", "row_scale", "kept_drift"}
    text = verilog_text(ChipSpec.parse({**PLAIN, "ecc": ecc}))
    assert {mark for mark in every if mark in text} == marks
    plain = verilog_text(ChipSpec.parse(PLAIN))
    assert not any(mark in plain for mark in every)
