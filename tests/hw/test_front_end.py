import re
from dataclasses import replace

import numpy as np
import pytest
from converter_bench import PinWatcher

from ohmloom_analog.engines import make_engine
from ohmloom_analog.errors import BridgeError
from ohmloom_analog.spec import ChipSpec
from ohmloom_analog.tile import AnalogTile
from ohmloom_hw.array_port import ArrayOp
from ohmloom_hw.converters.chips import ADC_CHIPS, DAC_CHIPS
from ohmloom_hw.converters.front_end import ConverterFrontEnd
from ohmloom_hw.converters.plan import ConverterPlan
from ohmloom_hw.converters.profile import load_profile, profile_names
from ohmloom_sim.converters.board import ConverterBoard

MOST_CYCLES = 60_000


def make_spec(**changes):
    return ChipSpec.parse(
        {
            "tile": [
                {
                    "rows": 11,
                    "columns": 6,
                    "wires": {"r_word": 2.0, "r_bit": 2.0, "r_source": 50.0, "r_sense": 10.0},
                }
            ],
            "input": {"bits": 8, "slice_bits": 4},
            "adc": {"bits": 10, "columns_per_adc": 4, "offset": 4.0},
            **changes,
        }
    )


def make_arrays(plan, seed):
    rng = np.random.default_rng(seed)
    spec = plan.spec
    cell = spec.tile_specs[0].cell
    conductance = rng.uniform(cell.g_min, cell.g_max, (spec.rows, spec.lines + 1))
    conductance[:, -1] = cell.g_min
    tile = AnalogTile(spec, 0, conductance, make_engine("nodal"), np.random.default_rng(seed))
    return tile, ConverterBoard(plan, tile.crossbar, make_engine("nodal"))


def packed(values, bits):
    return sum(int(value) << (bits * place) for place, value in enumerate(values))


async def set_limits(ctx, dut, plan):
    ctx.set(dut.limit_read, plan.dac.maximum)
    ctx.set(dut.limit_write, plan.dac.maximum)


async def convert(ctx, dut, select, *, most=20_000):
    """Start a conversion; return its codes, its flags and the cycles from start to done."""
    plan = dut._plan
    ctx.set(dut.array.select, select)
    ctx.set(dut.array.start, 1)
    await ctx.tick()
    ctx.set(dut.array.start, 0)
    waited = 0
    while not ctx.get(dut.array.done):
        await ctx.tick()
        waited += 1
        assert waited < most
    bits = plan.spec.adc.bits
    word, flags = ctx.get(dut.array.codes), ctx.get(dut.array.over_range)
    codes = [word >> (bits * n) & ((1 << bits) - 1) for n in range(plan.spec.adcs)]
    return codes, [flags >> n & 1 for n in range(plan.spec.adcs)], waited


def served(spec, select):
    return list(range(select, spec.lines, spec.adc.columns_per_adc))


@pytest.mark.parametrize("clock", [12e6, 50e6])
@pytest.mark.parametrize("name", profile_names())
def test_codes_through_the_pins_are_those_of_the_array_port(name, clock, run_bench):
    plan = ConverterPlan(spec=make_spec(clock=clock, baud=1_000_000), profile=load_profile(name))
    spec = plan.spec
    tile, board = make_arrays(plan, seed=3)
    dut = ConverterFrontEnd(plan)
    rng = np.random.default_rng(8)

    async def bench(ctx):
        await set_limits(ctx, dut, plan)
        while not ctx.get(dut.prepared):
            await ctx.tick()
        for _ in range(2):
            levels = rng.integers(0, 16, spec.rows)
            tile.apply(levels)
            ctx.set(dut.array.levels, packed(levels, 4))
            for select in range(4):
                codes, flags, waited = await convert(ctx, dut, select)
                lines = served(spec, select)
                expected, clipped = tile.convert(lines)
                assert codes[: len(lines)] == expected.tolist()
                assert flags[: len(lines)] == clipped.tolist()
                assert len(set(codes)) > 1
                if select:
                    assert 0 <= waited + 1 - plan.conversion_cycles <= plan.adc_frame.gap

    run_bench(dut, bench, PinWatcher(dut.pins, plan, board).watch, most_cycles=MOST_CYCLES)
    assert board.dacs.highest <= plan.read_ceiling


def make_plan(clock, profile, spec=None, changes=None):
    plain = {"clock": clock, "baud": 1_000_000, **(spec or {})}
    board = replace(load_profile(profile), **(changes or {}))
    return ConverterPlan(spec=make_spec(**plain), profile=board)


class Stage:
    """A small front end with its board, brought up."""

    def __init__(self, *, clock=12e6, profile="pmod", spec=None, board=None, **changes):
        self.plan = make_plan(clock, profile, spec, changes)
        self.tile, self.board = make_arrays(self.plan, seed=4)
        if board is not None:
            self.board = board
        self.dut = ConverterFrontEnd(self.plan)
        self.watcher = PinWatcher(self.dut.pins, self.plan, self.board)
        self.limited = 0
        self.rows = [r for r in self.plan.rows_of_outputs if r is not None]

    @property
    def codes(self):
        """DAC codes by row."""
        places = [n for n, row in enumerate(self.plan.rows_of_outputs) if row is not None]
        found = dict(zip(self.rows, self.board.dacs.codes[places].tolist(), strict=True))
        return [found[row] for row in range(self.plan.spec.rows)]

    async def count(self, ctx):
        while True:
            self.limited += ctx.get(self.dut.limited)
            await ctx.tick()

    async def begin(self, ctx):
        await set_limits(ctx, self.dut, self.plan)
        while not ctx.get(self.dut.prepared):
            await ctx.tick()
        await self.settle(ctx)

    async def settle(self, ctx):
        await ctx.tick()
        for _ in range(self.plan.settle_cycles):
            if ctx.get(self.dut.settled):
                break
            await ctx.tick()
        assert ctx.get(self.dut.settled)

    def set_levels(self, ctx, levels):
        ctx.set(self.dut.array.levels, packed(levels, 4))

    async def set_offset(self, ctx, place, value, *, line):
        ctx.set(self.dut.host_place, place)
        ctx.set(self.dut.host_lines, line)
        ctx.set(self.dut.w_data, value)
        ctx.set(self.dut.w_en, 1)
        await ctx.tick()
        ctx.set(self.dut.w_en, 0)

    def run(self, run_bench, bench, most_cycles=MOST_CYCLES):
        run_bench(self.dut, bench, self.watcher.watch, self.count, most_cycles=most_cycles)


@pytest.mark.parametrize("name", profile_names())
def test_outputs_stay_at_zero_until_levels_ask_for_more(name, run_bench):
    stage = Stage(profile=name)

    async def bench(ctx):
        await stage.begin(ctx)
        assert stage.board.dacs.highest == 0
        stage.set_levels(ctx, range(11))
        await stage.settle(ctx)
        assert stage.codes == [stage.plan.dac_code(level) for level in range(11)]

    stage.run(run_bench, bench)


def test_pass_takes_the_cycles_that_the_plan_says(run_bench):
    stage = Stage()

    async def bench(ctx):
        await stage.begin(ctx)
        stage.set_levels(ctx, [15] * 11)
        begun = stage.watcher.cycle
        await stage.settle(ctx)
        updated = round(stage.board.dacs.updated_ps * 12e6 / 1e12)
        # The part updates at its last clock edge, before the frame's end.
        assert 0 <= begun + stage.plan.pass_cycles - updated <= 8
        assert stage.watcher.cycle - updated >= stage.plan.analog_settle_cycles

    stage.run(run_bench, bench)


def test_offsets_of_outputs_are_added_and_those_of_lines_subtracted(run_bench):
    stage = Stage()
    spec = stage.plan.spec

    async def bench(ctx):
        await stage.begin(ctx)
        levels = [3, 0, 7, 14, 1, 2, 9, 0, 5, 4, 3]
        stage.set_levels(ctx, levels)
        plain, _, _ = await convert(ctx, stage.dut, 1)
        for line in served(spec, 1):
            # 40 steps of the ADC are 10 codes; an offset may be negative.
            await stage.set_offset(ctx, line, -40 if line > 4 else 20, line=1)
        moved, _, _ = await convert(ctx, stage.dut, 1)
        lines = served(spec, 1)
        assert moved == [c + (10 if n > 4 else -5) for c, n in zip(plain, lines, strict=True)]
        offsets = {row: 7 - 3 * row for row in range(11)}
        for row, offset in offsets.items():
            await stage.set_offset(ctx, row, offset, line=0)
        ctx.set(stage.dut.host_place, 5)
        await ctx.tick()
        assert ctx.get(stage.dut.r_data) == (7 - 15) & 0xFFFF_FFFF
        await stage.settle(ctx)
        assert stage.codes == [max(256 * v + offsets[row], 0) for row, v in enumerate(levels)]

    stage.run(run_bench, bench)


def test_codes_above_the_limit_never_leave(run_bench):
    stage = Stage(read_margin=0.0)
    plan = stage.plan
    assert plan.read_ceiling == 3840

    async def bench(ctx):
        await stage.begin(ctx)
        await stage.set_offset(ctx, 2, 200, line=0)
        stage.set_levels(ctx, [15] * 11)
        await stage.settle(ctx)
        assert stage.codes == [3840] * 11
        assert stage.limited == 1
        ctx.set(stage.dut.limit_read, 1000)
        await stage.settle(ctx)
        assert stage.codes == [1000] * 11
        # Row 2 once more, and all eleven against the new limit.
        assert stage.limited == 12
        # The registers can't lift the ceiling.
        ctx.set(stage.dut.limit_read, plan.dac.maximum)
        await stage.settle(ctx)
        assert stage.codes == [3840] * 11

    stage.run(run_bench, bench)
    assert stage.board.dacs.highest == 3840


@pytest.mark.guarantee("G15", "converters")
@pytest.mark.parametrize("during", ["lines", "conversion"])
@pytest.mark.parametrize("how", ["released", "safe"])
def test_lines_go_to_zero_within_the_stated_cycles(how, during, run_bench, figure):
    stage = Stage(profile="breadboard")

    async def bench(ctx):
        await stage.begin(ctx)
        stage.set_levels(ctx, [15] * 11)
        await stage.settle(ctx)
        assert max(stage.codes) > 0
        if during == "conversion":
            ctx.set(stage.dut.array.start, 1)
            await ctx.tick()
            ctx.set(stage.dut.array.start, 0)
            await ctx.tick().repeat(9)
        if how == "safe":
            ctx.set(stage.dut.safe, 1)
        else:
            stage.set_levels(ctx, [0] * 11)
        answers = 0
        for _ in range(stage.plan.safe_cycles):
            await ctx.tick()
            answers += ctx.get(stage.dut.array.done)
        assert stage.codes == [0] * 11
        # Whoever gave up isn't answered.
        assert answers == 0

    stage.run(run_bench, bench)
    figure("cycles until 0, as the plan states", stage.plan.safe_cycles, merge="range")


def test_current_above_the_range_is_flagged(run_bench):
    stage = Stage(profile="precise", spec={"adc": {"bits": 8, "range": 0.1, "columns_per_adc": 4}})

    async def bench(ctx):
        await stage.begin(ctx)
        stage.tile.apply(np.full(11, 15))
        stage.set_levels(ctx, [15] * 11)
        codes, flags, _ = await convert(ctx, stage.dut, 0)
        expected, clipped = stage.tile.convert(served(stage.plan.spec, 0))
        assert codes == expected.tolist()
        assert flags == clipped.tolist()
        assert 1 in flags

    stage.run(run_bench, bench)


def test_maps_lead_rows_and_converters_to_their_places(run_bench):
    word_map = (12, 3, 9, 0, 1, 2, 15, 14, 4, 7, 8)
    stage = Stage(word_map=word_map, line_map=(2, 0, 4))

    async def bench(ctx):
        await stage.begin(ctx)
        levels = [row + 1 for row in range(11)]
        stage.tile.apply(np.array(levels))
        stage.set_levels(ctx, levels)
        codes, _, _ = await convert(ctx, stage.dut, 2)
        shown = stage.board.dacs.codes.tolist()
        for row, place in enumerate(word_map):
            assert shown[place] == 256 * (row + 1)
        expected, _ = stage.tile.convert(served(stage.plan.spec, 2))
        assert codes == expected.tolist()

    stage.run(run_bench, bench)


def test_writing_pulses_the_lines_and_leaves_them_at_zero(run_bench):
    stage = Stage(profile="precise", word_full_scale=2.0, write_limit=1.5)
    dut, plan = stage.dut, stage.plan

    async def bench(ctx):
        await stage.begin(ctx)
        ctx.set(dut.limit_write, plan.limit_code(1.0))
        stage.set_levels(ctx, [15, *[0] * 10])
        await stage.settle(ctx)
        assert stage.codes[0] == plan.dac_code(15)
        ctx.set(dut.array.op, ArrayOp.SET)
        ctx.set(dut.array.width, 300)
        ctx.set(dut.array.start, 1)
        await ctx.tick()
        ctx.set(dut.array.start, 0)
        high = 0
        while not ctx.get(dut.array.done):
            code = stage.codes[0]
            assert code in (plan.dac_code(15), plan.limit_code(1.0), 0)
            high += code == plan.limit_code(1.0)
            assert (ctx.get(dut.pins.op) == ArrayOp.SET) or code != plan.limit_code(1.0) or high
            await ctx.tick()
        assert stage.codes == [0] * 11
        assert 300 <= high - plan.analog_settle_cycles <= 300 + plan.pass_cycles + 4
        assert stage.limited == 1

    stage.run(run_bench, bench)
    assert stage.board.dacs.highest == plan.limit_code(1.0)


def test_board_that_only_reads_never_writes(run_bench):
    stage = Stage()
    dut = stage.dut

    async def bench(ctx):
        await stage.begin(ctx)
        ctx.set(dut.array.op, ArrayOp.RESET)
        stage.set_levels(ctx, [15] * 11)
        await stage.settle(ctx)
        ctx.set(dut.array.start, 1)
        await ctx.tick()
        ctx.set(dut.array.start, 0)
        while not ctx.get(dut.array.done):
            await ctx.tick()
        assert stage.codes == [0] * 11

    stage.run(run_bench, bench)
    assert stage.board.dacs.highest == stage.plan.dac_code(15)


FAST = {"clock_maximum": 100e6, "high": 5e-9, "low": 5e-9, "setup": 0.0, "hold": 0.0}

WRONG = [
    ("pmod", "AD5628", 200e6, FAST, "clock high must be at least 8 ns, not 5 ns"),
    ("precise", "AD5541A", 200e6, FAST, "clock high must be at least 10 ns, not 5 ns"),
    ("breadboard", "MCP4822", 100e6, FAST, "clock high must be at least 15 ns, not 10 ns"),
    (
        "breadboard",
        "MCP4822",
        200e6,
        {"select_to_clock": 0.0},
        "select to clock must be at least 40 ns, not 30 ns",
    ),
    (
        "pmod",
        "AD7476A",
        50e6,
        {"clock_maximum": 25e6, "access": 0.0},
        "clock must be at most 2e+07 Hz, not 2.5e+07 Hz",
    ),
    (
        "breadboard",
        "MCP3208",
        12e6,
        {"clock_maximum": 2e6},
        "clock must be at most 1e+06 Hz, not 2e+06 Hz",
    ),
]


@pytest.mark.parametrize(("name", "part", "clock", "wrong", "message"), WRONG)
def test_driver_made_from_wrong_figures_is_refused(
    name, part, clock, wrong, message, monkeypatch, run_bench
):
    _, right = make_arrays(make_plan(clock, name), seed=4)
    parts = DAC_CHIPS if part in DAC_CHIPS else ADC_CHIPS
    chip = parts[part]
    monkeypatch.setitem(parts, part, replace(chip, port=replace(chip.port, **wrong)))
    stage = Stage(profile=name, clock=clock, board=right)

    async def bench(ctx):
        await stage.begin(ctx)
        stage.set_levels(ctx, range(11))
        await convert(ctx, stage.dut, 0)
        await convert(ctx, stage.dut, 0)

    with pytest.raises(BridgeError, match=f"^{part} at \\d+ ps: {re.escape(message)}$"):
        stage.run(run_bench, bench)


def test_conversion_before_the_lines_have_settled_is_refused(monkeypatch, run_bench):
    _, right = make_arrays(make_plan(12e6, "pmod"), seed=4)
    chip = DAC_CHIPS["AD5628"]
    monkeypatch.setitem(DAC_CHIPS, "AD5628", replace(chip, settle_time=5e-6))
    stage = Stage(board=right)

    async def bench(ctx):
        await stage.begin(ctx)
        stage.set_levels(ctx, range(11))
        await convert(ctx, stage.dut, 0)

    message = r"word lines must settle for 12 us before a sample, not [89][0-9.]* us$"
    with pytest.raises(BridgeError, match=message):
        stage.run(run_bench, bench)
