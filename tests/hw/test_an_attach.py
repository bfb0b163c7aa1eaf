"""A chip with an arithmetic code: equal to one without, also where codes are off by one."""

import numpy as np
import pytest
from exact_host import Host
from random_networks import random_inputs, random_network

from ohmloom_analog.integer import run_integers
from ohmloom_analog.mapping import map_network
from ohmloom_analog.spec import ChipSpec

PLAIN = {
    "tile": [{"count": 5, "rows": 6, "columns": 4, "cell": {"levels": 4}}],
    "weight_bits": 4,
    "input": {"bits": 4, "slice_bits": 1},
    "adc": {"bits": 5, "columns_per_adc": 3, "conversion_time": 3e-7},
    "dac": {"settle_time": 2e-7},
}
CHIPS = {
    "pairs": {**PLAIN, "ecc": {"an": "an"}},
    "pairs, checked": {**PLAIN, "ecc": {"an": "abn"}},
    "offset, signed, corrected memories": {
        **PLAIN,
        "encoding": "offset_column",
        "input": {"bits": 3, "slice_bits": 1, "signed": True},
        "ecc": {"an": "an", "secded": True},
    },
    "pairs, checksums": {**PLAIN, "ecc": {"an": "an", "checksums": True}},
}
SIZES = [11, 4, 3]


class Coded:
    """A chip with its network, whose codes can be spoilt."""

    def __init__(self, name):
        self.spec = ChipSpec.parse(CHIPS[name])
        plain = ChipSpec.parse({k: v for k, v in CHIPS[name].items() if k != "ecc"})
        rng = np.random.default_rng(8)
        signed = self.spec.input.signed
        self.mapping = random_network(self.spec, SIZES, rng, signed=signed)
        self.inputs = random_inputs(self.spec, 2, SIZES[0], rng, signed=signed)
        # What it must give is computed without the code.
        uncoded = map_network(plain, self.mapping.network)
        self.expected = run_integers(plain, uncoded, self.inputs).layers[-1].tolist()
        self.host = Host(self.spec, self.mapping.levels)


@pytest.mark.guarantee("G6", "chip")
@pytest.mark.parametrize("name", CHIPS)
def test_it_gives_what_the_network_gives_without_the_code(name, run_bench):
    chip = Coded(name)
    found = run_integers(chip.spec, chip.mapping, chip.inputs)
    assert found.layers[-1].tolist() == chip.expected

    async def bench(ctx):
        await chip.host.load(ctx, chip.mapping.table)
        for sample, expected in zip(chip.inputs, chip.expected, strict=True):
            await chip.host.send(ctx, sample)
            assert await chip.host.run(ctx) & 6 == 2
            assert await chip.host.results(ctx, SIZES[-1]) == expected
        assert await chip.host.access(ctx, "AN_FIXED") == 0
        assert await chip.host.access(ctx, "AN_FAILED") == 0

    run_bench(chip.host.dut, bench, *chip.host.arrays(), most_cycles=200_000)


@pytest.mark.guarantee("G6", "chip")
@pytest.mark.parametrize("name", CHIPS)
def test_one_code_a_column_that_is_off_by_one_is_corrected_and_counted(name, run_bench):
    chip = Coded(name)
    rng = np.random.default_rng(1)
    spoilt, seen = {}, {}
    lines = chip.spec.lines_per_column
    share = chip.spec.adc.columns_per_adc
    signs = 2 if chip.spec.input.signed else 1

    def disturb(tile, codes):
        # Of each column one line in one slice of a step is off by one.
        turn = seen.get(tile, 0)
        seen[tile] = turn + 1
        slices = signs * chip.spec.input.slices
        piece = turn // share % slices
        codes = list(codes)
        for column in range(chip.spec.columns):
            if turn % (share * slices) == 0:
                line = column * lines + int(rng.integers(lines))
                spoilt[tile, column] = (int(rng.integers(slices)), line)
            where, line = spoilt[tile, column]
            if where == piece:
                codes[line] += 1 if codes[line] == 0 else -1
        return codes

    chip.host.disturb = disturb
    used = sum(step.columns for step in chip.mapping.table.steps)

    async def bench(ctx):
        await chip.host.load(ctx, chip.mapping.table)
        for sample, expected in zip(chip.inputs, chip.expected, strict=True):
            # The share of lines that a step converts isn't the same for all.
            seen.clear()
            await chip.host.send(ctx, sample)
            assert await chip.host.run(ctx) & 6 == 2
            assert await chip.host.results(ctx, SIZES[-1]) == expected
        assert await chip.host.access(ctx, "AN_FIXED") == used * len(chip.inputs)
        assert await chip.host.access(ctx, "AN_FAILED") == 0

    run_bench(chip.host.dut, bench, *chip.host.arrays(), most_cycles=200_000)


@pytest.mark.parametrize("name", ["pairs, checked", "pairs"])
def test_more_errors_are_read_again_and_counted_where_the_code_notices_them(name, run_bench):
    chip = Coded(name)
    chip.host.disturb = lambda tile, codes: [min(31, code + 1) for code in codes]

    async def bench(ctx):
        await chip.host.load(ctx, chip.mapping.table)
        await chip.host.access(ctx, "REREADS", 2)
        await chip.host.send(ctx, chip.inputs[1])
        assert await chip.host.run(ctx) & 6 == 2
        # The lines of a pair cancel each other: nothing is wrong with the sums.
        assert await chip.host.access(ctx, "AN_FAILED") == 0
        lines = chip.spec.lines_per_column
        chip.host.disturb = lambda tile, codes: [
            code + 1 if line % lines in (0, 4) else code for line, code in enumerate(codes)
        ]
        await chip.host.access(ctx, "CTRL", 2)
        assert await chip.host.run(ctx) & 6 == 2
        failed = await chip.host.access(ctx, "AN_FAILED")
        if "checked" in name or failed:
            assert failed >= 3
            steps = len(chip.mapping.table.steps)
            assert await chip.host.access(ctx, "CHECK_DOUBTFUL") <= steps
            assert await chip.host.access(ctx, "CHECK_REREAD") >= 2
            assert await chip.host.access(ctx, "IRQ_STATUS") & 1 << 5

    run_bench(chip.host.dut, bench, *chip.host.arrays(), most_cycles=200_000)
