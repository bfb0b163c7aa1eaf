"""A small chip that learns, from the side of the bus, and pairs of cells that answer and move.

Addresses and bits are written down here once more, so that a chip that has them wrong is seen.
"""

import random
from itertools import product

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.core import Core
from ohmloom_hw.features import Features

READ, SET, RESET = range(3)
KEY = 0x57524954
CTRL, STATUS, ERROR, STEPS = 0x10, 0x14, 0x18, 0x1C
HOST_TIMEOUT = 0x5C
WRITE_CTRL, WRITE_STATUS, WRITE_ERROR, WRITE_KEY = 0x100, 0x104, 0x108, 0x10C
WRITE_TILE, WRITE_LAST, WRITE_PULSES = 0x110, 0x118, 0x130
LEARN_CTRL, LEARN_STATUS, LEARN_LABEL, LEARN_PLACE = range(0x1D0, 0x1E0, 4)
PULSES, LEFT, REFUSED, MISTAKES, SKIPPED = range(0x1E0, 0x1F4, 4)
LEARN_SET, LEARN_RESET, LEARN_WIDTH = range(0x1F4, 0x200, 4)
INPUT, RESULT, STEP = 0x010000, 0x020000, 0x050000
TARGET, WRITTEN, WEAR = 0x100000, 0x140000, 0x180000
RULE, ERRORS = 0x330000, 0x340000
START, RESTART, ABORT = 1, 2, 4
ROWS, COLUMNS, LINES, TOP = 3, 2, 4, 7
PULSE = {SET: (1000, 17, 3), RESET: (500, 23, 2)}


def learning_chip(**learning):
    ramp = {"drive": {"start": 1.0, "stop": 2.0, "step": 0.1}}
    return ChipSpec.parse(
        {
            "tile": [
                {
                    "count": 2,
                    "rows": ROWS,
                    "columns": COLUMNS,
                    "cell": {
                        "levels": TOP + 1,
                        "device": "skywater",
                        "access": "1t1r",
                        "r_access": 5e3,
                    },
                    "write": {"set": ramp, "reset": ramp, "rail_time": 1.5e-7},
                }
            ],
            "weight_bits": 4,
            "input": {"bits": 3, "slice_bits": 3, "signed": True},
            "adc": {"bits": 8, "columns_per_adc": 4, "conversion_time": 2e-7},
            "dac": {"settle_time": 2e-7},
            "learning": learning,
        }
    )


def rule_words(chosen):
    """Return the words of LEARN_RULE, told from the list in the manual."""
    return [
        chosen.theta | chosen.sum_shift << 8 | chosen.given << 15 | chosen.batch << 16,
        chosen.margin,
        chosen.threshold,
        chosen.target_high % 256
        | chosen.target_low % 256 << 8
        | chosen.slots << 16
        | chosen.input_gain << 24
        | chosen.error_gain << 28,
        chosen.trace_shift | chosen.trace_step << 8 | chosen.eta_shift << 16,
        chosen.row_seed,
        chosen.column_seed,
        chosen.budget,
    ]


class LearningChip:
    """A core, its host, and two tiles of cells at levels from 0 to 7."""

    def __init__(self, *, seed=0, stall=0, **learning):
        self.spec = learning_chip(**learning)
        self.dut = Core(self.spec, Features(writes=True))
        self.rng, self.stall = random.Random(seed), stall
        every = product(range(2), range(ROWS), range(LINES))
        self.levels = {place: self.rng.randrange(TOP + 1) for place in every}
        self.pulsed = []
        self.aborting = False
        self.serving = [self._array(0), self._array(1)]

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

    async def put(self, ctx, address, *words):
        for number, word in enumerate(words):
            error, _ = await self.bus(ctx, address + 4 * number, word)
            assert not error, hex(address + 4 * number)

    async def get(self, ctx, address):
        error, data = await self.bus(ctx, address)
        assert not error, hex(address)
        return data

    async def prepare(self, ctx, chosen, tile=0):
        """Arm the chip, load a step of signed inputs, and let it begin to learn."""
        ctx.set(self.dut.write_enable, 1)
        await self.put(ctx, WRITE_KEY, KEY)
        await self.put(ctx, WRITE_TILE, tile)
        for address, way in ((LEARN_SET, SET), (LEARN_RESET, RESET)):
            drive, gate, _ = PULSE[way]
            await self.put(ctx, address, drive | gate << 16)
        await self.put(ctx, LEARN_WIDTH, PULSE[SET][2] | PULSE[RESET][2] << 16)
        flags = 1 << 8 | 1 << 9 | 1 << 10 | 1 << 11
        await self.put(ctx, STEP, tile | flags | COLUMNS << 16, ROWS | 2 << 16, 1, 0)
        await self.put(ctx, STEPS, 1)
        # The sample stands from entry 2 on, its sums from entry 1 on.
        await self.put(ctx, LEARN_PLACE, 2 | 1 << 16)
        await self.put(ctx, RULE, *rule_words(chosen))
        await self.put(ctx, LEARN_CTRL, RESTART)

    async def see(self, ctx, inputs):
        """Run the step on inputs; return its sums."""
        entries = [0, 0, *(value % 256 for value in inputs), *[0] * 3]
        for place in (0, 4):
            word = sum(entry << 8 * lane for lane, entry in enumerate(entries[place : place + 4]))
            await self.put(ctx, INPUT + place, word)
        await self.put(ctx, CTRL, 1)
        while (status := await self.get(ctx, STATUS)) & 1:
            pass
        assert status & 6 == 2
        found = [await self.get(ctx, RESULT + 4 + 4 * column) for column in range(COLUMNS)]
        return [word - (word >> 31 << 32) for word in found]

    async def learn(self, ctx, label=0):
        """Learn from what was seen; return done and error of LEARN_STATUS, and the code."""
        await self.put(ctx, LEARN_LABEL, label)
        await self.put(ctx, LEARN_CTRL, START)
        return await self.finish(ctx)

    async def finish(self, ctx):
        while (status := await self.get(ctx, LEARN_STATUS)) & 1:
            pass
        return status & 6, status >> 8

    def safe(self, ctx):
        """Return whether nothing stands on the lines of any tile."""
        names = ("rails", "pulse", "drive", "gate", "width", "levels")
        ports = (self.dut.array_0, self.dut.array_1)
        return not any(ctx.get(getattr(port, name)) for port in ports for name in names)

    def _array(self, tile):
        port = getattr(self.dut, f"array_{tile}")

        async def answer(ctx):
            assert ctx.get(port.op).value == READ
            shown, line = ctx.get(port.levels), ctx.get(port.select)
            total = sum(
                (shown >> 3 * row & 7) * self.levels[tile, row, line] for row in range(ROWS)
            )
            for _ in range(1 + self.rng.randrange(self.stall + 1)):
                await ctx.tick()
            ctx.set(port.codes, min(total, 255))
            ctx.set(port.done, 1)
            await ctx.tick()
            ctx.set(port.done, 0)

        async def serve(ctx):
            rails, pulse = 0, 0
            while True:
                if ctx.get(port.start):
                    await answer(ctx)
                    continue
                if ctx.get(port.rails):
                    way = ctx.get(port.op).value
                    asked = tuple(ctx.get(getattr(port, n)) for n in ("drive", "gate", "width"))
                    assert asked == PULSE[way]
                    place = (tile, ctx.get(port.row), ctx.get(port.line))
                    rails, pulse = rails + 1, pulse + ctx.get(port.pulse)
                elif rails:
                    whole = pulse == PULSE[way][2] and rails >= pulse + 3
                    assert whole or self.aborting
                    if pulse:
                        self.pulsed.append((way, *place))
                        step = 1 if way == SET else -1
                        self.levels[place] = min(TOP, max(0, self.levels[place] + step))
                    rails, pulse = 0, 0
                await ctx.tick()

        return serve


def cell_pulses(pulses, tile=0):
    """Return the pulses on cells that pulses on weights are."""
    found = []
    for row, column, up, number in pulses:
        first = (SET if up else RESET, tile, row, 2 * column)
        second = (RESET if up else SET, tile, row, 2 * column + 1)
        found += [first, second] * number
    return found
