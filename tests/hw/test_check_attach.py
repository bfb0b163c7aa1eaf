"""A chip with checksums: as one without where nothing is wrong, right where a column is."""

import numpy as np
import pytest
from exact_host import Host
from random_networks import random_inputs, random_network, reference

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.check_shape import CheckShape
from ohmloom_hw.run_errors import ErrorCode
from ohmloom_hw.secded_registers import MEMORY_NAMES

PLAIN = {
    "tile": [{"count": 5, "rows": 6, "columns": 7, "cell": {"levels": 4}}],
    "input": {"bits": 4, "slice_bits": 2},
    "adc": {"bits": 8, "columns_per_adc": 3, "conversion_time": 3e-7},
    "dac": {"settle_time": 2e-7},
}
CHIPS = {
    "one block": ({**PLAIN, "ecc": {"checksums": True}}, [11, 7, 3]),
    "blocks of three": ({**PLAIN, "ecc": {"checksums": True, "block": 3}}, [11, 7, 3]),
    "corrected memories, signed": (
        {
            **PLAIN,
            "input": {"bits": 4, "slice_bits": 4, "signed": True},
            "ecc": {"checksums": True, "secded": True},
        },
        [11, 7, 3],
    ),
    "offset, maps": (
        {
            **PLAIN,
            "encoding": "offset_column",
            "weight_bits": 4,
            "spare_columns": 1,
            "spare_rows": 1,
            "ecc": {"checksums": True},
        },
        [9, 6, 3],
    ),
}


def tile_weights(spec, mapping):
    """Return the integer weights of each tile, rows x columns, 0 where nothing is held."""
    held = np.zeros((spec.tiles, spec.rows, spec.columns), dtype=int)
    for place in mapping.placements:
        block = mapping.network.layers[place.layer].weights.T
        block = block[place.inputs.start : place.inputs.stop]
        block = block[:, place.outputs.start : place.outputs.stop]
        held[place.tile, : block.shape[0], : block.shape[1]] = block
    return held


class Checked:
    """A chip with its network and tables loaded, and a column of a tile that can be spoilt."""

    def __init__(self, name, bound=3):
        plain, self.sizes = CHIPS[name]
        self.spec = ChipSpec.parse(plain)
        self.shape = CheckShape.of(self.spec)
        rng = np.random.default_rng(5)
        signed = self.spec.input.signed
        self.mapping = random_network(self.spec, self.sizes, rng, signed=signed)
        self.inputs = random_inputs(self.spec, 3, self.sizes[0], rng, signed=signed)
        self.host = Host(self.spec, self.mapping.levels)
        self.bounds = [bound] * self.shape.code.columns
        self.limits = self.shape.code.limits(self.bounds)
        self.spoilt, self.left = {}, None
        self.host.disturb = self._disturb

    def _disturb(self, tile, codes):
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                return codes
        lines = self.spec.lines_per_column
        codes = list(codes)
        for column, error in self.spoilt.get(tile, {}).items():
            # The second line of a column counts negative.
            codes[column * lines + (error < 0)] += abs(error)
        return codes

    async def prepare(self, ctx):
        host, spec, shape = self.host, self.spec, self.shape
        await host.load(ctx, self.mapping.table)
        entries = [
            entry
            for tile in tile_weights(spec, self.mapping).tolist()
            for entry in shape.entries(tile)
        ]
        for place, entry in enumerate(entries):
            await host.access(ctx, "CHECK_WEIGHT", entry % 2**32, place)
        limits = [*self.limits.checks, self.limits.correct]
        for place in range(shape.limits):
            await host.access(ctx, "CHECK_LIMIT", limits[place % len(limits)], place)
        await host.access(ctx, "CTRL", 2)

    async def counts(self, ctx):
        names = ("FLAGGED", "LOCATED", "REREAD", "DOUBTFUL")
        return tuple([await self.host.access(ctx, f"CHECK_{name}") for name in names])

    def right(self, sample):
        return reference(self.spec, self.mapping, sample).layers[-1]


@pytest.mark.parametrize("name", CHIPS)
def test_a_chip_without_a_fault_gives_what_it_gives_without_checks(name, run_bench):
    chip = Checked(name)

    async def bench(ctx):
        await chip.prepare(ctx)
        for sample in chip.inputs:
            await chip.host.send(ctx, sample)
            assert await chip.host.run(ctx) & 6 == 2
            assert await chip.host.results(ctx, chip.sizes[-1]) == chip.right(sample)
        assert await chip.counts(ctx) == (0, 0, 0, 0)

    run_bench(chip.host.dut, bench, *chip.host.arrays(), most_cycles=120_000)


def test_before_limits_are_loaded_nothing_is_flagged(run_bench):
    chip = Checked("one block")

    async def bench(ctx):
        await chip.host.load(ctx, chip.mapping.table)
        await chip.host.send(ctx, chip.inputs[1])
        assert await chip.host.run(ctx) & 6 == 2
        assert await chip.host.results(ctx, chip.sizes[-1]) == chip.right(chip.inputs[1])
        assert await chip.counts(ctx) == (0, 0, 0, 0)

    run_bench(chip.host.dut, bench, *chip.host.arrays(), most_cycles=60_000)


@pytest.mark.guarantee("G7", "gateware")
@pytest.mark.parametrize("name", CHIPS)
def test_a_wrong_column_is_corrected_to_the_last_bit(name, run_bench):
    chip = Checked(name)
    # A code of the least slice counts 1, 2^v and so on, one pass after the other.
    passes = sum(1 << chip.spec.input.slice_bits * s for s in range(chip.spec.input.slices))
    error = chip.shape.code.located_above(chip.limits) // passes + 2
    first, last = chip.mapping.table.steps[0], chip.mapping.table.steps[-1]
    chip.spoilt = {first.tile: {2: error}, last.tile: {last.columns - 1: error}}
    signs = 2 if chip.spec.input.signed else 1

    async def bench(ctx):
        await chip.prepare(ctx)
        for sample in chip.inputs:
            await chip.host.send(ctx, sample)
            assert await chip.host.run(ctx) & 6 == 2
            found = await chip.host.results(ctx, chip.sizes[-1])
            if signs == 1:
                assert found == chip.right(sample)
        if signs == 1:
            assert await chip.counts(ctx) == (2 * len(chip.inputs),) * 2 + (0, 0)
            seen = await chip.host.access(ctx, "CHECK_LAST")
            assert seen == 1 << 31 | last.tile << 16 | last.columns - 1
            size = await chip.host.access(ctx, "CHECK_SIZE")
            assert size == error * passes << chip.spec.adc_shift

    run_bench(chip.host.dut, bench, *chip.host.arrays(), most_cycles=120_000)


def test_two_wrong_columns_are_read_again_and_then_counted_as_doubtful(run_bench):
    chip = Checked("one block")
    chip.spoilt = {0: {1: 20, 2: -20}}

    async def bench(ctx):
        await chip.prepare(ctx)
        await chip.host.access(ctx, "REREADS", 3)
        await chip.host.send(ctx, chip.inputs[1])
        assert await chip.host.run(ctx) & 6 == 2
        flagged, located, reread, doubtful = await chip.counts(ctx)
        assert (flagged, located, reread, doubtful) == (4, 0, 3, 1)
        assert await chip.host.access(ctx, "IRQ_STATUS") & 1 << 5

    run_bench(chip.host.dut, bench, *chip.host.arrays(), most_cycles=60_000)


def test_what_is_gone_when_it_is_read_again_leaves_no_trace_in_the_result(run_bench):
    chip = Checked("one block")
    chip.spoilt = {0: {1: 20, 2: -20}}
    # So many conversions of the first tile see the fault, and no later one.
    chip.left = chip.spec.adc.columns_per_adc * chip.spec.input.slices

    async def bench(ctx):
        await chip.prepare(ctx)
        await chip.host.send(ctx, chip.inputs[1])
        assert await chip.host.run(ctx) & 6 == 2
        assert await chip.host.results(ctx, chip.sizes[-1]) == chip.right(chip.inputs[1])
        assert await chip.counts(ctx) == (1, 0, 1, 0)

    run_bench(chip.host.dut, bench, *chip.host.arrays(), most_cycles=60_000)


WRITTEN = {"CHECK_WEIGHT": 1, "CHECK_LIMIT": 0}


async def _spoil(ctx, host, memory, first, second):
    """Have the next write to a memory go wrong, and make that write if it is the host's."""
    word = await host.access(ctx, memory, None, WRITTEN[memory]) if memory in WRITTEN else 0
    arm = MEMORY_NAMES.index(memory) | first << 8 | second << 16 | 1 << 31
    await host.access(ctx, "ECC_INJECT", arm)
    if memory in WRITTEN:
        await host.access(ctx, memory, word, WRITTEN[memory])


@pytest.mark.parametrize("memory", [*WRITTEN, "VALUES"])
def test_one_wrong_bit_of_a_memory_of_the_checks_changes_nothing(memory, run_bench):
    chip = Checked("corrected memories, signed")

    async def bench(ctx):
        await chip.prepare(ctx)
        await chip.host.access(ctx, "ECC_SCRUB", 0)
        await _spoil(ctx, chip.host, memory, 4, 4)
        await chip.host.send(ctx, chip.inputs[0])
        assert await chip.host.run(ctx) & 6 == 2
        assert await chip.host.results(ctx, chip.sizes[-1]) == chip.right(chip.inputs[0])
        assert await chip.counts(ctx) == (0, 0, 0, 0)
        assert await chip.host.access(ctx, "ECC_INJECTED") == 1
        assert await chip.host.access(ctx, "ECC_FIXED") >= 1
        assert await chip.host.access(ctx, "ECC_FAILED") == 0
        assert MEMORY_NAMES[await chip.host.access(ctx, "ECC_LAST") >> 16 & 31] == memory

    run_bench(chip.host.dut, bench, *chip.host.arrays(), most_cycles=60_000)


@pytest.mark.parametrize("memory", [*WRITTEN, "VALUES"])
def test_two_wrong_bits_of_a_memory_of_the_checks_end_the_run(memory, run_bench):
    chip = Checked("corrected memories, signed")
    chip.host.aborting = True

    async def bench(ctx):
        await chip.prepare(ctx)
        await chip.host.access(ctx, "ECC_SCRUB", 0)
        await _spoil(ctx, chip.host, memory, 4, 9)
        await chip.host.send(ctx, chip.inputs[0])
        assert await chip.host.run(ctx) & 6 == 4
        assert await chip.host.access(ctx, "ERROR") & 0xFF == ErrorCode.MEMORY
        assert await chip.host.access(ctx, "ECC_FAILED") >= 1
        assert MEMORY_NAMES[await chip.host.access(ctx, "ECC_LAST") >> 16 & 31] == memory

    run_bench(chip.host.dut, bench, *chip.host.arrays(), most_cycles=60_000)
