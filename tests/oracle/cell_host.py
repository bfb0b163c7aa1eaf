"""A small chip that writes its cells, from the side of the bus."""

from level_files import level_words
from writable_array import WritableArray
from written_cell import TOP

from ohmloom_analog.spec import ChipSpec
from ohmloom_analog.write_verify import Limits, Outcome, WriteStatus
from ohmloom_hw.core import Core
from ohmloom_hw.features import Features
from ohmloom_hw.program_registers import WRITE_KEY
from ohmloom_hw.registers import register_table

PULSES = {"drive": {"start": 1.0, "stop": 2.0, "step": 0.1}}
ROWS, LINES, LEVELS, TILES = 2, 5, 4, 2
SPEC = ChipSpec.parse(
    {
        "tile": [
            {
                "count": TILES,
                "rows": ROWS,
                "columns": 2,
                "cell": {"levels": LEVELS, "device": "skywater", "access": "1t1r", "r_access": 5e3},
                "write": {"set": PULSES, "reset": PULSES},
            }
        ],
        "weight_bits": 3,
        "adc": {"bits": 12, "columns_per_adc": 3},
    }
)
START, FORM, MARCH, ABORT = 1, 2, 4, 8
BUSY, DONE, ERROR, ARMED, ENABLED, FORMING = (1 << bit for bit in range(6))
PLACES = [(row, line) for row in range(ROWS) for line in range(LINES)]
LIMITS = Limits(pulses=30, flips=10, confirm=2, relax=False)


def limits_word(limits, average=0, by_line=False):
    return (
        limits.pulses
        | limits.flips << 8
        | limits.confirm << 16
        | average << 24
        | int(by_line) << 28
        | int(limits.relax) << 29
    )


class Host:
    """Bus transactions, and the arrays of the chip."""

    def __init__(self, *, rail=2, discharge=1, stall=0):
        self.dut = Core(SPEC, Features(writes=True))
        self.table = register_table(SPEC, Features(writes=True))
        self.rail, self.discharge = rail, discharge
        self.arrays = [
            WritableArray(
                getattr(self.dut, f"array_{tile}"),
                rail=rail,
                discharge=discharge,
                stall=stall,
                seed=tile,
            )
            for tile in range(TILES)
        ]
        self.serving = [array.serve for array in self.arrays]

    async def bus(self, ctx, address, word=None):
        bus = self.dut.bus
        for name, value in (("addr", address), ("write", word is not None), ("w_data", word or 0)):
            ctx.set(getattr(bus, name), value)
        ctx.set(bus.stb, 1)
        while not ctx.get(bus.ack):
            await ctx.tick()
        error, data = ctx.get(bus.err), ctx.get(bus.r_data)
        ctx.set(bus.stb, 0)
        await ctx.tick()
        return error, data

    def address(self, name, index=0):
        places = {register.name: register.offset for register in self.table.registers}
        places |= {window.name: window.base for window in self.table.windows}
        return places[name] + 4 * index

    async def access(self, ctx, name, word=None, index=0):
        error, data = await self.bus(ctx, self.address(name, index), word)
        assert not error, (name, index)
        return data

    async def enable(self, ctx, key=WRITE_KEY):
        ctx.set(self.dut.write_enable, 1)
        await self.access(ctx, "WRITE_KEY", key)
        await ctx.tick().repeat(3)

    async def load(self, ctx, levels, formed, targets, tile=0):
        """Load level file, and targets as (level, trim, locked)."""
        await self.access(ctx, "WRITE_RAIL", self.rail)
        await self.access(ctx, "WRITE_DISCHARGE", self.discharge)
        await self.access(ctx, "WRITE_TILE", tile)
        for number, (program, target) in enumerate([*levels, formed]):
            words = level_words(program, target)
            for place in range(12):
                await self.access(ctx, "LEVELS", words[place], 16 * number + place)
        halves = [level | trim % 128 << 8 | locked << 15 for level, trim, locked in targets] + [0]
        for index in range(len(halves) // 2):
            word = halves[2 * index] | halves[2 * index + 1] << 16
            await self.access(ctx, "TARGET", word, index)
            assert await self.access(ctx, "TARGET", None, index) == word

    async def job(self, ctx, strobe=START):
        await self.access(ctx, "WRITE_CTRL", strobe)
        return await self.finish(ctx)

    async def finish(self, ctx):
        while (status := await self.access(ctx, "WRITE_STATUS")) & BUSY:
            pass
        return status

    async def written(self, ctx, place):
        row, line = place
        word = await self.access(ctx, "WRITTEN", None, row * LINES + line)
        return Outcome(
            status=WriteStatus(word >> 29),
            pulses=word >> 12 & 255,
            flips=word >> 20 & 63,
            relapsed=bool(word >> 26 & 1),
            code=word & TOP,
        )
