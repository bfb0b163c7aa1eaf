"""A chip with residue checks: as one without where sums are right, reading again where not."""

import numpy as np
import pytest
from exact_host import Host
from random_networks import random_inputs, random_network, reference

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.emit import verilog_text
from ohmloom_hw.run_errors import ErrorCode
from ohmloom_hw.secded_registers import MEMORY_NAMES

PLAIN = {
    "tile": [{"count": 5, "rows": 6, "columns": 7, "cell": {"levels": 4}}],
    "input": {"bits": 4, "slice_bits": 2},
    "adc": {"bits": 8, "columns_per_adc": 3, "conversion_time": 3e-7},
    "dac": {"settle_time": 2e-7},
}
CHIPS = {
    "by 3": ({**PLAIN, "ecc": {"residue": 3}}, [11, 7, 3]),
    "by 7, corrected memories, signed": (
        {
            **PLAIN,
            "input": {"bits": 4, "slice_bits": 4, "signed": True},
            "adc": {**PLAIN["adc"], "bits": 9},
            "ecc": {"residue": 7, "secded": True},
        },
        [11, 7, 3],
    ),
    "by 15, offset, maps": (
        {
            **PLAIN,
            "encoding": "offset_column",
            "weight_bits": 4,
            "spare_columns": 1,
            "spare_rows": 1,
            "ecc": {"residue": 15},
        },
        [9, 6, 3],
    ),
}


class Checked:
    """A chip with its network and table loaded, whose codes can be spoilt."""

    def __init__(self, name, stalls=None):
        plain, self.sizes = CHIPS[name]
        self.spec = ChipSpec.parse(plain)
        rng = np.random.default_rng(5)
        signed = self.spec.input.signed
        self.mapping = random_network(self.spec, self.sizes, rng, signed=signed)
        self.inputs = random_inputs(self.spec, 3, self.sizes[0], rng, signed=signed)
        self.host = Host(self.spec, self.mapping.levels, stalls)
        # Error of a line's codes, by tile; for so many answers.
        self.spoilt, self.left = {}, None
        self.host.disturb = self._disturb

    def _disturb(self, tile, codes):
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                return codes
        codes = list(codes)
        for line, error in self.spoilt.get(tile, {}).items():
            codes[line] += error
        return codes

    async def prepare(self, ctx):
        host, spec = self.host, self.spec
        await host.load(ctx, self.mapping.table)
        for place in self.mapping.placements:
            block = self.mapping.network.layers[place.layer].weights
            block = block[place.outputs.start : place.outputs.stop]
            block = block[:, place.inputs.start : place.inputs.stop]
            for column, row in np.ndindex(*block.shape):
                word = (int(block[column, row]) + spec.weight_offset) % spec.ecc.residue
                at = (place.tile * spec.columns + column) * spec.rows + row
                await host.access(ctx, "RESIDUE", word, at)
                assert await host.access(ctx, "RESIDUE", None, at) == word
        await host.access(ctx, "RESIDUE_ON", 1)
        await host.access(ctx, "CTRL", 2)

    async def counts(self, ctx):
        names = ("RESIDUE_FLAGGED", "CHECK_REREAD", "CHECK_DOUBTFUL")
        return tuple([await self.host.access(ctx, name) for name in names])

    async def infer(self, ctx, sample):
        await self.host.send(ctx, sample)
        assert await self.host.run(ctx) & 6 == 2
        return await self.host.results(ctx, self.sizes[-1])

    def right(self, sample):
        return reference(self.spec, self.mapping, sample).layers[-1]


@pytest.mark.parametrize("stalls", [False, True])
@pytest.mark.parametrize("name", CHIPS)
def test_right_sums_are_never_flagged(name, stalls, run_bench):
    chip = Checked(name, np.random.default_rng(2) if stalls else None)

    async def bench(ctx):
        await chip.prepare(ctx)
        for sample in chip.inputs:
            assert await chip.infer(ctx, sample) == chip.right(sample)
        assert await chip.counts(ctx) == (0, 0, 0)

    run_bench(chip.host.dut, bench, *chip.host.arrays(), most_cycles=120_000)


@pytest.mark.parametrize("name", CHIPS)
def test_a_code_off_by_one_is_flagged_and_right_when_read_again(name, run_bench):
    chip = Checked(name)
    tile = chip.mapping.table.steps[0].tile
    share = chip.spec.adc.columns_per_adc

    async def bench(ctx):
        await chip.prepare(ctx)
        # Every line of a column, so that errors are +-2^p for each shift of its slices.
        for line in range(chip.spec.lines_per_column):
            chip.spoilt, chip.left = {tile: {line: 1}}, share
            assert await chip.infer(ctx, chip.inputs[1]) == chip.right(chip.inputs[1])
            assert await chip.counts(ctx) == (line + 1, line + 1, 0)

    run_bench(chip.host.dut, bench, *chip.host.arrays(), most_cycles=120_000)


def test_what_stays_wrong_is_given_up_and_told(run_bench):
    chip = Checked("by 3")
    tile = chip.mapping.table.steps[0].tile
    chip.spoilt = {tile: {0: 1}}

    async def bench(ctx):
        await chip.prepare(ctx)
        await chip.host.access(ctx, "REREADS", 2)
        assert await chip.infer(ctx, chip.inputs[1]) is not None
        # Each of both slices is off: by 1 and by 4, together 5.
        assert await chip.counts(ctx) == (3, 2, 1)
        assert await chip.host.access(ctx, "IRQ_STATUS") & 1 << 5

    run_bench(chip.host.dut, bench, *chip.host.arrays(), most_cycles=120_000)


@pytest.mark.parametrize("name", CHIPS)
def test_multiples_of_the_modulus_are_not_seen(name, run_bench):
    chip = Checked(name)
    tile = chip.mapping.table.steps[0].tile
    chip.spoilt = {tile: {0: chip.spec.ecc.residue}}

    async def bench(ctx):
        await chip.prepare(ctx)
        await chip.infer(ctx, chip.inputs[1])
        assert await chip.counts(ctx) == (0, 0, 0)

    run_bench(chip.host.dut, bench, *chip.host.arrays(), most_cycles=60_000)


def test_until_it_is_switched_on_nothing_is_flagged(run_bench):
    chip = Checked("by 7, corrected memories, signed")

    async def bench(ctx):
        await chip.host.load(ctx, chip.mapping.table)
        assert await chip.infer(ctx, chip.inputs[1]) == chip.right(chip.inputs[1])
        assert await chip.counts(ctx) == (0, 0, 0)

    run_bench(chip.host.dut, bench, *chip.host.arrays(), most_cycles=60_000)


@pytest.mark.parametrize("wrong", [1, 2])
def test_wrong_bits_of_the_table_are_corrected_or_end_the_run(wrong, run_bench):
    chip = Checked("by 7, corrected memories, signed")
    chip.host.aborting = True

    async def bench(ctx):
        await chip.prepare(ctx)
        await chip.host.access(ctx, "ECC_SCRUB", 0)
        # A place that the first step takes.
        at = chip.mapping.table.steps[0].tile * chip.spec.columns * chip.spec.rows
        word = await chip.host.access(ctx, "RESIDUE", None, at)
        second = 2 if wrong == 2 else 1
        arm = MEMORY_NAMES.index("RESIDUE") | 1 << 8 | second << 16 | 1 << 31
        await chip.host.access(ctx, "ECC_INJECT", arm)
        await chip.host.access(ctx, "RESIDUE", word, at)
        await chip.host.send(ctx, chip.inputs[0])
        status = await chip.host.run(ctx)
        assert MEMORY_NAMES[await chip.host.access(ctx, "ECC_LAST") >> 16 & 31] == "RESIDUE"
        if wrong == 2:
            assert status & 6 == 4
            assert await chip.host.access(ctx, "ERROR") & 0xFF == ErrorCode.MEMORY
        else:
            assert status & 6 == 2
            assert await chip.host.results(ctx, chip.sizes[-1]) == chip.right(chip.inputs[0])
            assert await chip.counts(ctx) == (0, 0, 0)

    run_bench(chip.host.dut, bench, *chip.host.arrays(), most_cycles=60_000)


def test_a_chip_without_the_check_has_no_trace_of_it():
    assert "residue" not in verilog_text(ChipSpec.parse(PLAIN))
    assert "residue" in verilog_text(ChipSpec.parse(CHIPS["by 3"][0]))
