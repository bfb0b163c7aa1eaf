"""March test and screen through the registers of a whole core, on arrays of a few cells."""

import random
from itertools import product

from ohmloom_analog.cell_fault import CellFault
from ohmloom_analog.level_program import level_programs, target_code
from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.array_port import ArrayOp
from ohmloom_hw.core import Core
from ohmloom_hw.features import Features
from ohmloom_hw.march_registers import GROUP_ROWS
from ohmloom_hw.program_registers import WRITE_KEY, WriteError
from ohmloom_hw.registers import register_table


def pulse(drive):
    return {
        "drive": {"start": 0.5, "stop": drive, "step": 0.1},
        "gate": {"start": 1.0, "stop": 2.0, "step": 0.5},
        "width": {"start": 1e-6, "stop": 1e-6},
    }


SPEC = ChipSpec.parse(
    {
        "tile": [
            {
                "count": 2,
                "rows": 10,
                "columns": 2,
                "cell": {"levels": 4, "device": "skywater", "access": "1t1r", "r_access": 2000.0},
                "write": {"set": pulse(2.0), "reset": pulse(1.5), "pulses": 2, "rail_time": 1e-7},
            }
        ],
        "weight_bits": 3,
        "input": {"bits": 2, "slice_bits": 2},
        "adc": {"bits": 8, "columns_per_adc": 3, "conversion_time": 2e-7},
        "dac": {"settle_time": 4e-7},
    }
)
FEATURES = Features(writes=True)
ROWS, LINES = 10, 4


class Chip:
    """A core, its host, and cells of level 0 to 3 behind its ports."""

    def __init__(self, seed):
        self.dut, self.rng = Core(SPEC, FEATURES), random.Random(seed)
        table = register_table(SPEC, FEATURES)
        self.places = {r.name: r.offset for r in table.registers}
        self.places |= {w.name: w.base for w in table.windows}
        every = product(range(2), range(ROWS), range(LINES + 1))
        self.levels = {place: self.rng.randrange(4) for place in every}
        self.faults = {}
        self.pulsed = [set(), set()]
        self.aborting = False

    async def bus(self, ctx, name, word=None, index=0):
        ctx.set(self.dut.bus.addr, self.places[name] + 4 * index)
        ctx.set(self.dut.bus.write, word is not None)
        ctx.set(self.dut.bus.w_data, word or 0)
        ctx.set(self.dut.bus.stb, 1)
        while not ctx.get(self.dut.bus.ack):
            await ctx.tick()
        error, data = ctx.get(self.dut.bus.err), ctx.get(self.dut.bus.r_data)
        ctx.set(self.dut.bus.stb, 0)
        await ctx.tick()
        return error, data

    async def access(self, ctx, name, word=None, index=0):
        error, data = await self.bus(ctx, name, word, index)
        assert not error, (name, index)
        return data

    async def arm(self, ctx):
        ctx.set(self.dut.write_enable, 1)
        await self.access(ctx, "WRITE_KEY", WRITE_KEY)
        await ctx.tick().repeat(3)

    async def job(self, ctx, bit, tile=0):
        """Do a job; return WRITE_STATUS's done and error, and WRITE_ERROR."""
        await self.access(ctx, "WRITE_TILE", tile)
        await self.access(ctx, "WRITE_CTRL", 1 << bit)
        while (status := await self.access(ctx, "WRITE_STATUS")) & 1:
            pass
        return status & 6, await self.access(ctx, "WRITE_ERROR")

    async def faults_found(self, ctx):
        words = [await self.access(ctx, "FAULTS", None, n) for n in range(-(-ROWS * 5 // 8))]
        found = {}
        for place in product(range(ROWS), range(LINES + 1)):
            number = 5 * place[0] + place[1]
            bits = words[number // 8] >> (4 * (number % 8)) & 15
            if bits:
                found[place] = CellFault(bits)
        return found

    def level(self, tile, row, line):
        fault = self.faults.get((tile, row, line))
        if fault in (CellFault.STUCK_HRS, CellFault.STUCK_LRS):
            return 0 if fault is CellFault.STUCK_HRS else 3
        return self.levels[tile, row, line]

    def array(self, tile):
        port = getattr(self.dut, f"array_{tile}")
        programs = level_programs(SPEC, 0)
        strong = {ArrayOp.SET: programs[-1].set, ArrayOp.RESET: programs[0].reset}
        cell = SPEC.tile[0].cell

        async def answer(ctx):
            op, select = ArrayOp(ctx.get(port.op)), ctx.get(port.select)
            if op == ArrayOp.VERIFY:
                level = self.level(tile, ctx.get(port.row), ctx.get(port.line))
                assert ctx.get(port.levels) == 0
                codes = [target_code(SPEC, 0, cell.g_min + level * cell.g_step), 0]
            else:
                assert op == ArrayOp.READ
                shown = ctx.get(port.levels)
                driven = [shown >> (2 * row) & 3 for row in range(ROWS)]
                sums = [
                    sum(v * self.level(tile, row, line) for row, v in enumerate(driven))
                    for line in range(select, LINES, 3)
                ]
                codes = [min(total, 255) for total in sums] + [0]
            levels = ctx.get(port.levels)
            for _ in range(1 + self.rng.randrange(5)):
                await ctx.tick()
                assert ctx.get(port.levels) == levels or self.aborting
            for at, code in enumerate(codes[:2]):
                ctx.set(port.codes[8 * at : 8 * at + 8], code)
            ctx.set(port.done, 1)
            await ctx.tick()
            ctx.set(port.done, 0)

        async def serve(ctx):
            before = 0
            while True:
                if ctx.get(port.start):
                    await answer(ctx)
                    continue
                now = ctx.get(port.pulse)
                if now and not before:
                    op = ArrayOp(ctx.get(port.op))
                    plan = strong[op]
                    assert ctx.get(port.rails)
                    assert ctx.get(port.drive) == plan.drive.stop
                    assert ctx.get(port.gate) == plan.gate.stop
                    assert ctx.get(port.width) == plan.width.stop
                    place = (tile, ctx.get(port.row), ctx.get(port.line))
                    self.pulsed[tile].add(place[1:])
                    step = 2 if op == ArrayOp.SET else -2
                    fault = self.faults.get(place)
                    if fault is not (CellFault.UP if step > 0 else CellFault.DOWN):
                        self.levels[place] = min(max(self.levels[place] + step, 0), 3)
                before = now
                await ctx.tick()

        return serve

    def arrays(self):
        return [self.array(0), self.array(1)]


def test_march_of_a_tile_finds_its_faults_and_leaves_the_other_alone(run_bench):
    chip = Chip(1)
    places = chip.rng.sample(list(product(range(ROWS), range(LINES + 1))), 8)
    kinds = [CellFault.STUCK_HRS, CellFault.STUCK_LRS, CellFault.UP, CellFault.DOWN] * 2
    chip.faults = {(1, *place): kind for place, kind in zip(places, kinds, strict=True)}
    for place, kind in chip.faults.items():
        chip.levels[place] = 3 if kind is CellFault.UP else 0

    async def host(ctx):
        await chip.arm(ctx)
        assert await chip.job(ctx, 2, tile=1) == (2, 0)
        assert await chip.faults_found(ctx) == dict(zip(places, kinds, strict=True))
        assert chip.pulsed == [set(), set(product(range(ROWS), range(LINES + 1)))]
        cells = ROWS * (LINES + 1)
        assert await chip.access(ctx, "WRITE_CELLS") == cells
        assert await chip.access(ctx, "WRITE_FAILURES") == len(places)
        # Three writes of two pulses; five reads.
        assert await chip.access(ctx, "WRITE_PULSES") == 6 * cells
        assert await chip.access(ctx, "WRITE_READS") == 5 * cells
        assert await chip.access(ctx, "IRQ_STATUS") & 0x18 == 0x18
        wear = await chip.access(ctx, "WEAR", None, 7)
        assert (wear & 0xFFFF, wear >> 16) == (2, 4)

    run_bench(chip.dut, host, *chip.arrays(), most_cycles=60_000)


def test_march_needs_pin_and_key_and_cells_that_are_there(run_bench):
    chip = Chip(2)

    async def host(ctx):
        assert await chip.job(ctx, 2) == (4, WriteError.INTERLOCK)
        ctx.set(chip.dut.write_enable, 1)
        await ctx.tick().repeat(3)
        assert await chip.job(ctx, 2) == (4, WriteError.INTERLOCK)
        await chip.arm(ctx)
        await chip.access(ctx, "WRITE_LAST", LINES + 1 << 16 | ROWS - 1)
        assert await chip.job(ctx, 2) == (4, WriteError.BAD_RANGE)
        assert chip.pulsed == [set(), set()]

    run_bench(chip.dut, host, *chip.arrays())


def test_march_ends_safely_on_abort(run_bench):
    chip = Chip(3)

    async def host(ctx):
        await chip.arm(ctx)
        await chip.access(ctx, "WRITE_LAST", 2 << 16 | 3)
        await chip.access(ctx, "WRITE_CTRL", 1 << 2)
        await ctx.tick().repeat(200)
        error, _ = await chip.bus(ctx, "FAULTS")
        assert error
        await chip.access(ctx, "WRITE_CTRL", 1 << 3)
        while await chip.access(ctx, "WRITE_STATUS") & 1:
            pass
        assert await chip.access(ctx, "WRITE_ERROR") == WriteError.ABORTED
        port = chip.dut.array_0
        assert [ctx.get(getattr(port, name)) for name in ("rails", "pulse", "drive")] == [0, 0, 0]
        assert await chip.job(ctx, 2) == (2, 0)
        assert await chip.faults_found(ctx) == {}

    run_bench(chip.dut, host, *chip.arrays(), most_cycles=60_000)


async def screened(chip, ctx, tile, groups=2):
    assert await chip.job(ctx, 4, tile=tile) == (2, 0)
    words = [await chip.access(ctx, "SCREEN", None, n) for n in range(groups * LINES)]
    codes = [word & 0xFFFF for word in words]
    return codes, {divmod(n, LINES) for n, word in enumerate(words) if word >> 31}


def test_screen_tells_which_columns_changed_and_among_which_rows(run_bench):
    chip = Chip(4)
    for row, line in product(range(ROWS), range(LINES)):
        chip.levels[0, row, line], chip.levels[1, row, line] = 1, 2

    async def host(ctx):
        assert GROUP_ROWS == 8
        codes, _ = await screened(chip, ctx, 1)
        assert codes == [8 * 3 * 2] * LINES + [2 * 3 * 2] * LINES
        for index, code in enumerate(codes):
            await chip.access(ctx, "SIGNATURE", code, index)
            assert await chip.access(ctx, "SIGNATURE", None, index) == code
        assert (await screened(chip, ctx, 1))[1] == set()
        assert await chip.access(ctx, "WRITE_FAILURES") == 0
        chip.faults = {(1, 3, 2): CellFault.STUCK_HRS, (1, 9, 0): CellFault.STUCK_LRS}
        assert (await screened(chip, ctx, 1))[1] == {(0, 2), (1, 0)}
        assert await chip.access(ctx, "WRITE_FAILURES") == 2
        await chip.access(ctx, "SCREEN_LIMIT", 3)
        assert (await screened(chip, ctx, 1))[1] == {(0, 2)}
        await chip.access(ctx, "SCREEN_LIMIT", 6)
        assert (await screened(chip, ctx, 1))[1] == set()
        codes, _ = await screened(chip, ctx, 0)
        assert codes == [24] * LINES + [6] * LINES
        assert chip.pulsed == [set(), set()]
        assert ctx.get(chip.dut.array_1.levels) == 0

    run_bench(chip.dut, host, *chip.arrays())


def test_screen_ends_on_abort_with_the_lines_at_0(run_bench):
    chip = Chip(5)

    async def host(ctx):
        for wait in (1, 6, 9, 14, 25):
            chip.aborting = True
            await chip.access(ctx, "WRITE_CTRL", 1 << 4)
            await ctx.tick().repeat(wait)
            await chip.access(ctx, "WRITE_CTRL", 1 << 3)
            assert ctx.get(chip.dut.array_0.levels) == 0
            while await chip.access(ctx, "WRITE_STATUS") & 1:
                pass
            assert await chip.access(ctx, "WRITE_ERROR") == WriteError.ABORTED
            chip.aborting = False
            await screened(chip, ctx, 0)

    run_bench(chip.dut, host, *chip.arrays())
