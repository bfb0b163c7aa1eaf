import re
from fractions import Fraction
from math import floor

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from random_networks import random_inputs, random_network, reference

from ohmloom_analog.chip import AnalogChip
from ohmloom_analog.errors import SpecError
from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.core import Core
from ohmloom_hw.features import Features
from ohmloom_hw.registers import register_table
from ohmloom_hw.step_words import pack_step
from ohmloom_hw.twin import Twin
from ohmloom_hw.twin_cells import pack_levels


def chip(**parts):
    plain = {
        "tile": [
            {
                "count": parts.get("tiles", 2),
                "rows": parts.get("rows", 5),
                "columns": parts.get("columns", 3),
                "cell": {"levels": parts.get("levels", 8)},
            }
        ],
        "input": {"bits": 6, "slice_bits": parts.get("slice_bits", 3)},
        "adc": {
            "bits": parts.get("adc_bits", 6),
            "columns_per_adc": parts.get("share", 2),
            "range": parts.get("range", 1.0),
        },
    }
    return ChipSpec.parse(plain)


def ideal_code(spec, total):
    """What the definition of the converters says, without any of Ohmloom's code."""
    rows, cell = spec.tile[0].rows, spec.tile[0].cell.levels - 1
    most = rows * (2**spec.input.slice_bits - 1) * cell
    top, step = 2**spec.adc.bits - 1, 1
    while top * step < spec.adc.range * most:
        step *= 2
    code = (2 * total + step) // (2 * step)
    return min(code, top), code > top


class Bench:
    def __init__(self, spec, lanes, rng, memory="block"):
        self.spec = spec
        self.dut = Twin(spec, lanes, memory=memory)
        top = spec.tile[0].cell.levels
        self.levels = rng.integers(0, top, (spec.tiles, spec.rows, spec.lines))
        self.words = pack_levels(spec, lanes, self.levels.tolist())
        self.rng = rng

    async def load(self, ctx):
        window = self.dut.window
        ctx.set(self.dut.running, 0)
        ctx.set(self.dut.drift, 1 << 15)
        for index, word in enumerate(self.words):
            ctx.set(window.addr, index)
            ctx.set(window.w_data, word)
            ctx.set(window.w_en, 1)
            await ctx.tick()
        ctx.set(window.w_en, 0)
        for index, word in enumerate(self.words):
            ctx.set(window.addr, index)
            ctx.set(window.r_en, 1)
            await ctx.tick()
            assert ctx.get(window.r_data) == word
        ctx.set(window.r_en, 0)
        ctx.set(self.dut.running, 1)

    async def convert(self, ctx, tile, codes, select):
        """Return codes and flags; the answer must come on its cycle and stay."""
        ctx.set(self.dut.w_en, 1)
        for row in self.rng.permutation(self.spec.rows):
            ctx.set(self.dut.w_row, int(row))
            ctx.set(self.dut.w_code, int(codes[row]))
            await ctx.tick()
        ctx.set(self.dut.w_en, 0)
        ctx.set(self.dut.apply, 1)
        await ctx.tick()
        ctx.set(self.dut.apply, 0)
        # What is collected for the next pass isn't seen by this one.
        ctx.set(self.dut.w_en, 1)
        ctx.set(self.dut.w_code, 1)
        port = getattr(self.dut, f"array_{tile}")
        ctx.set(port.select, select)
        ctx.set(port.start, 1)
        await ctx.tick()
        ctx.set(port.start, 0)
        cycles = 1
        while not ctx.get(port.done):
            for number in range(self.spec.tiles):
                assert number == tile or not ctx.get(getattr(self.dut, f"array_{number}").done)
            await ctx.tick()
            cycles += 1
        assert cycles == self.dut.latency
        ctx.set(self.dut.w_en, 0)
        found = self.shown(ctx, port)
        await ctx.tick()
        assert not ctx.get(port.done)
        for _ in range(int(self.rng.integers(4))):
            await ctx.tick()
            assert self.shown(ctx, port) == found
        return found

    def shown(self, ctx, port):
        bits, codes = self.spec.adc.bits, ctx.get(port.codes)
        over = ctx.get(port.over_range)
        return [
            ((codes >> (bits * at)) % 2**bits, bool(over >> at & 1)) for at in range(self.spec.adcs)
        ]


PARTS = st.fixed_dictionaries(
    {
        "tiles": st.integers(1, 3),
        "rows": st.integers(1, 9),
        "columns": st.integers(1, 5),
        "levels": st.sampled_from([2, 4, 16, 256]),
        "slice_bits": st.integers(1, 6),
        "adc_bits": st.integers(1, 12),
        "share": st.integers(1, 9),
        "range": st.sampled_from([1.0, 0.4, 0.1]),
    }
)


@pytest.mark.guarantee("G1", "twin")
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(parts=PARTS, lanes=st.integers(1, 9), seed=st.integers(0, 1000))
def test_codes_are_those_of_an_ideal_array(parts, lanes, seed, run_bench, figure):
    spec = chip(**parts)
    tiles, rows, share = parts["tiles"], parts["rows"], parts["share"]
    slice_bits = parts["slice_bits"]
    rng = np.random.default_rng(seed)
    bench = Bench(spec, lanes, rng)

    async def run(ctx):
        await bench.load(ctx)
        for _ in range(6):
            tile = int(rng.integers(tiles))
            select = int(rng.integers(min(share, spec.lines)))
            codes = rng.integers(0, 2**slice_bits, rows)
            if rng.random() < 0.3:
                codes[:] = 2**slice_bits - 1
            found = await bench.convert(ctx, tile, codes, select)
            sums = codes @ bench.levels[tile]
            for adc, line in enumerate(range(select, spec.lines, min(share, spec.lines))):
                assert found[adc] == ideal_code(spec, int(sums[line]))

    run_bench(bench.dut, run)
    figure("random descriptions of twins", 1)


@pytest.mark.guarantee("G1", "twin")
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(parts=PARTS, lanes=st.integers(1, 9), seed=st.integers(0, 1000))
def test_codes_are_those_of_the_ideal_engine(parts, lanes, seed, run_bench, figure):
    # An amplifier saturates at 1.25 of full scale, and a converter of one bit clips from 1.5 on: it
    # can't tell of what is above, as the twin does. From this range on there is nothing.
    assume(parts["adc_bits"] > 1 or parts["range"] >= 0.67)
    spec = chip(**parts)
    rng = np.random.default_rng(seed)
    bench = Bench(spec, lanes, rng)
    analog = AnalogChip.build(spec, bench.levels, engine="ideal", seed=seed)
    share = min(parts["share"], spec.lines)

    async def run(ctx):
        await bench.load(ctx)
        for place in range(6):
            tile, select = int(rng.integers(spec.tiles)), int(rng.integers(share))
            top = 2 ** parts["slice_bits"] - 1
            # Random, and both ends: nothing driven, and what clips where the range is narrow.
            codes = rng.integers(0, top, spec.rows, endpoint=True)
            codes = {0: np.zeros_like(codes), 1: np.full_like(codes, top)}.get(place, codes)
            lines = range(select, spec.lines, share)
            analog.tiles[tile].apply(codes)
            wanted, over = analog.tiles[tile].convert(lines)
            found = await bench.convert(ctx, tile, codes, select)
            assert found[: len(lines)] == list(zip(wanted.tolist(), over.tolist(), strict=True))

    run_bench(bench.dut, run)
    figure("random descriptions of twins", 1)


def test_cells_in_spram_give_the_same(run_bench):
    spec = chip(levels=16, share=2, columns=4, adc_bits=9)
    rng = np.random.default_rng(5)
    bench = Bench(spec, 9, rng, memory="model")

    async def run(ctx):
        await bench.load(ctx)
        for tile, select in ((0, 1), (1, 0)):
            codes = rng.integers(0, 8, 5)
            found = await bench.convert(ctx, tile, codes, select)
            sums = codes @ bench.levels[tile]
            assert found == [ideal_code(spec, int(sums[at])) for at in range(select, spec.lines, 2)]

    run_bench(bench.dut, run)


def test_more_cells_than_spram_holds_are_refused():
    spec = chip(tiles=20, rows=200, columns=8, share=8)
    message = (
        "cells in SPRAM must fit 4 memories of 16384 words, not 1 of 40960: "
        "take other lanes or smaller tiles"
    )
    with pytest.raises(SpecError, match=f"^{re.escape(message)}$"):
        register_table(spec, Features(behind="twin", lanes=4, cells="spram"))


def test_drift_offset_and_noise_change_codes_as_stated(run_bench):
    spec = chip(rows=6, levels=16, slice_bits=4, adc_bits=8, range=0.6, share=3)
    rng = np.random.default_rng(7)
    bench = Bench(spec, 2, rng)
    step = 2
    state = 0xC0FFEE11

    def draw():
        nonlocal state
        state ^= state << 13 & 0xFFFF_FFFF
        state ^= state >> 17
        state ^= state << 5 & 0xFFFF_FFFF

    async def run(ctx):
        nonlocal step
        await bench.load(ctx)
        step = 1
        while 255 * step < 0.6 * 6 * 15 * 15:
            step *= 2
        ctx.set(bench.dut.seed, state)
        await ctx.tick()
        ctx.set(bench.dut.seed, 0)
        seen = set()
        for drift, offset, noise in [
            (1 << 15, 0, 0),
            (20000, 0, 0),
            (65535, 640, 0),
            (1 << 15, -700, 0),
            (30000, 55, 300),
            (0, 0, 65535),
        ]:
            ctx.set(bench.dut.drift, drift)
            ctx.set(bench.dut.offset, offset)
            ctx.set(bench.dut.noise, noise)
            for select in range(3):
                codes = rng.integers(0, 16, 6)
                found = await bench.convert(ctx, 1, codes, select)
                sums = codes @ bench.levels[1]
                for adc, line in enumerate(range(select, 3 * spec.adcs, 3)):
                    total = int(sums[line]) if line < spec.lines else 0
                    thrown = sum((state >> low) & 255 for low in (8, 16, 24)) * 2 - 765
                    draw()
                    value = Fraction(total * drift, step << 15)
                    value += Fraction(thrown * noise, 1 << 15) + Fraction(offset, 128)
                    code = floor(value + Fraction(1, 2))
                    kept = max(0, min(255, code))
                    assert found[adc] == (kept, kept != code)
                    seen.add(("low", "inside", "high")[(code >= 0) + (code > 255)])
        assert seen == {"low", "inside", "high"}

    run_bench(bench.dut, run)


def test_conversion_that_was_given_up_leaves_nothing_behind(run_bench):
    spec = chip(rows=9, share=4)
    rng = np.random.default_rng(3)
    bench = Bench(spec, 1, rng)

    async def run(ctx):
        await bench.load(ctx)
        codes = rng.integers(0, 8, 9)
        expected = await bench.convert(ctx, 0, codes, 1)
        for early in range(1, bench.dut.latency, 3):
            ctx.set(bench.dut.array_1.start, 1)
            await ctx.tick()
            ctx.set(bench.dut.array_1.start, 0)
            await ctx.tick().repeat(early)
            ctx.set(bench.dut.running, 0)
            await ctx.tick()
            ctx.set(bench.dut.running, 1)
            assert await bench.convert(ctx, 0, codes, 1) == expected

    run_bench(bench.dut, run)


def test_cells_are_kept_from_the_host_while_the_sequencer_runs(run_bench):
    bench = Bench(chip(), 2, np.random.default_rng(0))
    window = bench.dut.window

    async def run(ctx):
        await bench.load(ctx)
        ctx.set(window.addr, 3)
        ctx.set(window.w_data, ~bench.words[3] & 0xFFFF_FFFF)
        ctx.set(window.w_en, 1)
        await ctx.tick()
        ctx.set(window.w_en, 0)
        ctx.set(bench.dut.running, 0)
        ctx.set(window.r_en, 1)
        await ctx.tick()
        assert ctx.get(window.r_data) == bench.words[3]

    run_bench(bench.dut, run)


@pytest.mark.guarantee("G1", "twin")
@pytest.mark.parametrize("lanes", [1, 3])
def test_core_with_a_twin_gives_what_the_reference_gives(lanes, run_bench):
    spec = ChipSpec.parse(
        {
            "tile": [{"count": 5, "rows": 6, "columns": 4, "cell": {"levels": 4}}],
            "input": {"bits": 4, "slice_bits": 2},
            "adc": {"bits": 5, "columns_per_adc": 3, "range": 0.5},
        }
    )
    features = Features(behind="twin", lanes=lanes)
    rng = np.random.default_rng(lanes)
    mapping = random_network(spec, [11, 4, 3], rng)
    dut, table = Core(spec, features), register_table(spec, features)
    assert not any(name.startswith("array_") for name in dut.signature.members)

    async def access(ctx, name, word=None, index=0):
        places = {r.name: r.offset for r in table.registers}
        places |= {w.name: w.base for w in table.windows}
        ctx.set(dut.bus.addr, places[name] + 4 * index)
        ctx.set(dut.bus.write, word is not None)
        ctx.set(dut.bus.w_data, (word or 0) % 2**32)
        ctx.set(dut.bus.stb, 1)
        while not ctx.get(dut.bus.ack):
            await ctx.tick()
        assert not ctx.get(dut.bus.err)
        data = ctx.get(dut.bus.r_data)
        ctx.set(dut.bus.stb, 0)
        await ctx.tick()
        return data

    async def run(ctx):
        for number, step in enumerate(mapping.table.steps):
            for place, word in enumerate(pack_step(step)):
                await access(ctx, "STEP", word, 4 * number + place)
        for index, bias in enumerate(mapping.table.biases):
            await access(ctx, "BIAS", bias, index)
        await access(ctx, "STEPS", len(mapping.table.steps))
        levels = [tile.tolist() for tile in mapping.levels]
        for index, word in enumerate(pack_levels(spec, lanes, levels)):
            if word:
                await access(ctx, "CONDUCTANCE", word, index)
        for sample in random_inputs(spec, 2, 11, rng):
            for index in range(3):
                part = [int(value) for value in sample[4 * index : 4 * index + 4]]
                word = sum(value << (8 * at) for at, value in enumerate(part))
                await access(ctx, "INPUT", word, index)
            await access(ctx, "CTRL", 1)
            while (status := await access(ctx, "STATUS")) & 1:
                pass
            assert status & 6 == 2
            expected = reference(spec, mapping, sample)
            found = [await access(ctx, "RESULT", None, index) for index in range(3)]
            assert [word - 2**32 if word >> 31 else word for word in found] == expected.layers[-1]

    run_bench(dut, run, most_cycles=60_000)
