"""Products through maps of columns and rows, against plain arithmetic on the physical cells."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ohmloom_analog.codes import Requantiser, cell_codes
from ohmloom_analog.place_map import PlaceMap
from ohmloom_analog.spec import ChipSpec
from ohmloom_analog.table import Step
from ohmloom_hw.core import Core
from ohmloom_hw.features import Features
from ohmloom_hw.map_registers import pack_column_maps, pack_row_maps
from ohmloom_hw.registers import register_table
from ohmloom_hw.run_errors import ErrorCode
from ohmloom_hw.step_words import pack_step
from ohmloom_hw.twin_cells import pack_levels

CHIPS = {
    "pairs, converters shared": {
        "tile": [{"count": 2, "rows": 6, "columns": 5, "cell": {"levels": 4}}],
        "input": {"bits": 4, "slice_bits": 2},
        "adc": {"bits": 9, "columns_per_adc": 3, "conversion_time": 2e-7},
        "spare_columns": 2,
        "spare_rows": 1,
    },
    "offset, signed": {
        "tile": [{"count": 2, "rows": 5, "columns": 4, "cell": {"levels": 4}}],
        "encoding": "offset_column",
        "weight_bits": 4,
        "input": {"bits": 3, "slice_bits": 3, "signed": True},
        "adc": {"bits": 8, "columns_per_adc": 8, "conversion_time": 2e-7},
        "spare_columns": 1,
        "spare_rows": 2,
    },
}


def step(tile, rows, columns, signed):
    return Step(
        tile=tile,
        rows=rows,
        columns=columns,
        input_base=0,
        output_base=0,
        bias_base=0,
        first=True,
        finish=True,
        result=True,
        signed=signed,
        relu=False,
        scale=Requantiser(multiplier=0, shift=0),
    )


class Host:
    """Bus transactions, and arrays of physical cells that answer in exact integers."""

    def __init__(self, spec, cells, features=None, stalls=None):
        self.spec, self.cells, self.stalls = spec, cells, stalls
        features = features or Features()
        self.dut = Core(spec, features)
        table = register_table(spec, features)
        self.places = {r.name: r.offset for r in table.registers}
        self.places |= {w.name: w.base for w in table.windows}
        self.conversions = 0

    async def access(self, ctx, name, word=None, index=0):
        ctx.set(self.dut.bus.addr, self.places[name] + 4 * index)
        ctx.set(self.dut.bus.write, word is not None)
        ctx.set(self.dut.bus.w_data, (word or 0) % 2**32)
        ctx.set(self.dut.bus.stb, 1)
        while not ctx.get(self.dut.bus.ack):
            await ctx.tick()
        assert not ctx.get(self.dut.bus.err), (name, index)
        data = ctx.get(self.dut.bus.r_data)
        ctx.set(self.dut.bus.stb, 0)
        await ctx.tick()
        return data

    async def load_maps(self, ctx, maps):
        for name, words in (
            ("COLUMN_MAP", pack_column_maps(self.spec, maps)),
            ("ROW_MAP", pack_row_maps(self.spec, maps)),
        ):
            for index, word in enumerate(words):
                await self.access(ctx, name, word, index)
                assert await self.access(ctx, name, None, index) == word

    async def product(self, ctx, one, values):
        """Run one step; return STATUS's flags, ERROR's code and the results."""
        for place, word in enumerate(pack_step(one)):
            await self.access(ctx, "STEP", word, place)
        await self.access(ctx, "STEPS", 1)
        lanes = 32 // self.spec.entry_bits
        padded = [int(v) % 2**self.spec.entry_bits for v in values] + [0] * lanes
        for at in range(0, len(values), lanes):
            word = sum(padded[at + n] << (self.spec.entry_bits * n) for n in range(lanes))
            await self.access(ctx, "INPUT", word, at // lanes)
        await self.access(ctx, "CTRL", 1)
        while (status := await self.access(ctx, "STATUS")) & 1:
            pass
        code = await self.access(ctx, "ERROR") & 0xFF
        words = [await self.access(ctx, "RESULT", None, place) for place in range(one.columns)]
        return status & 6, code, [word - 2**32 if word >> 31 else word for word in words]

    def array(self, tile):
        port, spec = getattr(self.dut, f"array_{tile}"), self.spec
        share, width = min(spec.adc.columns_per_adc, spec.lines), spec.input.slice_bits
        top = 2**spec.adc.bits - 1

        async def serve(ctx):
            while True:
                while not ctx.get(port.start):
                    await ctx.tick()
                self.conversions += 1
                shown, select = ctx.get(port.levels), ctx.get(port.select)
                driven = [(shown >> (width * row)) % 2**width for row in range(spec.rows)]
                sums = np.array(driven) @ self.cells[tile]
                stall = int(self.stalls.integers(0, 20)) if self.stalls else 0
                await ctx.tick().repeat(2 + stall)
                assert (ctx.get(port.levels), ctx.get(port.select)) == (shown, select)
                for at, line in enumerate(range(select, spec.lines, share)):
                    bits = slice(at * spec.adc.bits, (at + 1) * spec.adc.bits)
                    ctx.set(port.codes[bits], int(min(sums[line], top)))
                    ctx.set(port.over_range[at], int(sums[line] > top))
                ctx.set(port.done, 1)
                await ctx.tick()
                ctx.set(port.done, 0)

        return serve

    def arrays(self):
        return [self.array(tile) for tile in range(self.spec.tiles)]


def written(spec, weights, placed, noise):
    """Cells of a tile where the weights (inputs x outputs) are, whatever else is in `noise`."""
    cells = noise.copy()
    share = spec.lines_per_column
    for physical, logical in enumerate(placed.columns):
        if logical is None or logical >= weights.shape[1]:
            continue
        for row in range(len(weights)):
            codes = cell_codes(spec, int(weights[row, logical]))
            cells[placed.rows[row], share * physical : share * (physical + 1)] = codes
    return cells


def some_map(draw, spec, columns):
    """A map on which the first logical columns all have a physical one."""
    order = draw(st.permutations(range(spec.columns)))
    used = draw(st.integers(columns, spec.columns))
    places: list[int | None] = [None] * spec.columns
    for logical in range(used):
        places[order[logical]] = logical
    return PlaceMap(columns=tuple(places), rows=tuple(draw(st.permutations(range(spec.rows)))))


@pytest.mark.guarantee("G9", "bypass")
@pytest.mark.parametrize("stalls", [False, True])
@pytest.mark.parametrize("name", CHIPS)
@settings(
    max_examples=2,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_a_product_is_the_same_through_any_map(name, stalls, run_bench, data):
    spec = ChipSpec.parse(CHIPS[name])
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    rows, columns = spec.data_rows, spec.data_columns
    low, high = spec.weight_range
    maps = [some_map(data.draw, spec, columns) for _ in range(2)]
    weights = [rng.integers(low, high + 1, (rows, columns)) for _ in range(2)]
    noise = rng.integers(0, 4, (spec.rows, spec.lines))
    cells = [written(spec, w, m, noise) for w, m in zip(weights, maps, strict=True)]
    host = Host(spec, cells, stalls=rng if stalls else None)
    least = -spec.input.maximum if spec.input.signed else 0

    async def bench(ctx):
        await host.load_maps(ctx, maps)
        for tile in (0, 1, 0):
            x = rng.integers(least, spec.input.maximum + 1, rows)
            host.conversions = 0
            found = await host.product(ctx, step(tile, rows, columns, spec.input.signed), x)
            assert found == (2, 0, [int(v) for v in x @ weights[tile]])
            used = maps[tile].physical_columns[:columns]
            last = max(column for column in used if column is not None)
            lines = (last + 1) * spec.lines_per_column
            rounds = min(spec.adc.columns_per_adc, lines)
            passes = (1 + spec.input.signed) * spec.input.slices
            assert host.conversions == rounds * passes

    run_bench(host.dut, bench, *host.arrays())


def test_a_spare_is_unused_after_reset(run_bench):
    spec = ChipSpec.parse(CHIPS["offset, signed"])
    rng = np.random.default_rng(3)
    rows, columns = spec.data_rows, spec.data_columns
    weights = rng.integers(-8, 8, (rows, columns))
    cells = written(spec, weights, PlaceMap.identity(spec), np.full((spec.rows, spec.lines), 3))
    host = Host(spec, [cells, cells])

    async def bench(ctx):
        x = rng.integers(-7, 8, rows)
        found = await host.product(ctx, step(1, rows, columns, True), x)
        assert found == (2, 0, [int(v) for v in x @ weights])
        words = [await host.access(ctx, "COLUMN_MAP", None, index) for index in range(8)]
        assert words == [0, 1, 2, 3] * 2
        words = [await host.access(ctx, "ROW_MAP", None, index) for index in range(10)]
        assert words == [0, 1, 2, 3, 4] * 2

    run_bench(host.dut, bench, *host.arrays())


def test_clipping_in_a_column_that_is_not_used_is_not_counted(run_bench):
    plain = dict(CHIPS["offset, signed"]) | {"adc": {"bits": 4, "range": 0.4, "columns_per_adc": 8}}
    spec = ChipSpec.parse(plain)
    cells = np.zeros((spec.rows, spec.lines), dtype=int)
    cells[:, :2] = 3
    host = Host(spec, [cells, cells])

    async def bench(ctx):
        for first in (0, None):
            placed = PlaceMap(columns=(first, 3, 1, 2), rows=tuple(range(5)))
            await host.access(ctx, "CTRL", 2)
            await host.load_maps(ctx, [placed, placed])
            assert (await host.product(ctx, step(0, 3, 3, False), [7, 7, 7]))[1] in (0, 10)
            assert await host.access(ctx, "CLIPPED") == (2 if first == 0 else 0)

    run_bench(host.dut, bench, *host.arrays())


WRONG = {
    "a column twice": ("COLUMN_MAP", 1, 0),
    "a column twice in the last tile": ("COLUMN_MAP", 7, 2),
    "a column that is not there": ("COLUMN_MAP", 2, 4),
    "a column far away": ("COLUMN_MAP", 2, 0x7FFF0002),
    "a row twice": ("ROW_MAP", 0, 3),
    "a row twice in the last tile": ("ROW_MAP", 9, 0),
    "a row that is not there": ("ROW_MAP", 4, 5),
}


@pytest.mark.guarantee("G9", "injective")
def test_a_map_that_is_not_injective_is_refused_and_nothing_runs(run_bench):
    spec = ChipSpec.parse(CHIPS["offset, signed"])
    cells = np.ones((spec.rows, spec.lines), dtype=int)
    host = Host(spec, [cells, cells])

    async def bench(ctx):
        for name, (window, place, word) in WRONG.items():
            host.conversions = 0
            await host.access(ctx, window, word, place)
            for _ in range(2):
                status, code, _ = await host.product(ctx, step(0, 3, 3, True), [1, 2, 3])
                assert (status, code) == (4, ErrorCode.NOT_INJECTIVE), name
                assert host.conversions == 0
            count = spec.columns if window == "COLUMN_MAP" else spec.rows
            await host.access(ctx, window, place % count, place)
            # Levels of 1 in both slices make 5, less the offset of 8, times the sum of the inputs.
            found = await host.product(ctx, step(0, 3, 3, True), [1, 2, 3])
            assert found == (2, 0, [-18, -18, -18])

    run_bench(host.dut, bench, *host.arrays(), most_cycles=60_000)


def test_a_check_that_is_cut_off_is_made_again(run_bench):
    spec = ChipSpec.parse(CHIPS["offset, signed"])
    cells = np.ones((spec.rows, spec.lines), dtype=int)
    host = Host(spec, [cells, cells])

    async def bench(ctx):
        await host.access(ctx, "ROW_MAP", 0, 9)
        await host.access(ctx, "STEPS", 1)
        await host.access(ctx, "CTRL", 1)
        await ctx.tick().repeat(3)
        await host.access(ctx, "CTRL", 4)
        while await host.access(ctx, "STATUS") & 1:
            pass
        assert await host.access(ctx, "ERROR") & 0xFF == ErrorCode.ABORTED
        for index in range(10):
            await host.access(ctx, "ROW_MAP", None, index)
        status, code, _ = await host.product(ctx, step(0, 3, 3, True), [1, 2, 3])
        assert (status, code) == (4, ErrorCode.NOT_INJECTIVE)

    run_bench(host.dut, bench, *host.arrays())


def test_a_column_that_no_physical_one_stands_for_is_refused(run_bench):
    spec = ChipSpec.parse(CHIPS["offset, signed"])
    cells = np.ones((spec.rows, spec.lines), dtype=int)
    host = Host(spec, [cells, cells])
    placed = PlaceMap(columns=(0, None, 1, 3), rows=tuple(range(5)))

    async def bench(ctx):
        await host.load_maps(ctx, [PlaceMap.identity(spec), placed])
        assert (await host.product(ctx, step(0, 3, 3, True), [1, 2, 3]))[:2] == (2, 0)
        host.conversions = 0
        status, code, _ = await host.product(ctx, step(1, 3, 3, True), [1, 2, 3])
        assert (status, code) == (4, ErrorCode.COLUMN_MISSING)
        assert host.conversions == 0
        assert (await host.product(ctx, step(1, 3, 2, True), [1, 2, 3]))[:2] == (2, 0)

    run_bench(host.dut, bench, *host.arrays())


def test_maps_are_there_where_they_are_asked_for():
    plain = {k: v for k, v in CHIPS["offset, signed"].items() if not k.startswith("spare")}
    spec = ChipSpec.parse(plain)
    names = {w.name for w in register_table(spec).windows}
    assert not names & {"COLUMN_MAP", "ROW_MAP"}
    names = {w.name for w in register_table(spec, Features(maps=True)).windows}
    assert names >= {"COLUMN_MAP", "ROW_MAP"}


@pytest.mark.guarantee("G9", "bypass")
@settings(
    max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_as_many_bad_columns_as_spares_leave_the_product_as_it_is(run_bench, data):
    spec = ChipSpec.parse(CHIPS["pairs, converters shared"])
    bad = data.draw(st.sets(st.integers(0, spec.columns - 1), max_size=spec.spare_columns))
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    rows, columns = spec.data_rows, spec.data_columns
    low, high = spec.weight_range
    weights = rng.integers(low, high + 1, (rows, columns))
    good = [p for p in range(spec.columns) if p not in bad]
    places: list[int | None] = [None] * spec.columns
    for logical in range(columns):
        places[good[logical]] = logical
    placed = PlaceMap(columns=tuple(places), rows=tuple(range(spec.rows)))
    noise = rng.integers(0, 4, (spec.rows, spec.lines))
    cells = written(spec, weights, placed, noise)
    host = Host(spec, [cells, cells])

    async def bench(ctx):
        await host.load_maps(ctx, [placed, placed])
        x = rng.integers(0, spec.input.maximum + 1, rows)
        found = await host.product(ctx, step(0, rows, columns, False), x)
        assert found == (2, 0, [int(v) for v in x @ weights])

    run_bench(host.dut, bench, *host.arrays())


def test_a_twin_computes_through_the_maps(run_bench):
    plain = {k: v for k, v in CHIPS["pairs, converters shared"].items() if k != "adc"}
    spec = ChipSpec.parse(plain | {"adc": {"bits": 9, "columns_per_adc": 4}})
    rng = np.random.default_rng(9)
    rows, columns = spec.data_rows, spec.data_columns
    low, high = spec.weight_range
    weights = [rng.integers(low, high + 1, (rows, columns)) for _ in range(2)]
    placed = PlaceMap(columns=(2, None, 0, None, 1), rows=(3, 0, 5, 1, 2, 4))
    noise = rng.integers(0, 4, (spec.rows, spec.lines))
    cells = [written(spec, w, placed, noise) for w in weights]
    features = Features(behind="twin", lanes=2)
    host = Host(spec, cells, features)

    async def bench(ctx):
        for index, word in enumerate(pack_levels(spec, 2, [c.tolist() for c in cells])):
            await host.access(ctx, "CONDUCTANCE", word, index)
        await host.load_maps(ctx, [placed, placed])
        for tile in (1, 0):
            x = rng.integers(0, spec.input.maximum + 1, rows)
            found = await host.product(ctx, step(tile, rows, columns, False), x)
            assert found == (2, 0, [int(v) for v in x @ weights[tile]])

    run_bench(host.dut, bench)
