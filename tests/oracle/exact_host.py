"""A core with its bus driven and its arrays answering in exact integers."""

import numpy as np

from ohmloom_hw.core import Core
from ohmloom_hw.registers import register_table
from ohmloom_hw.step_words import pack_step


class Host:
    """Bus transactions, and an array that answers in exact integers."""

    def __init__(self, spec, levels, rng=None):
        self.spec, self.levels, self.rng = spec, levels, rng
        self.dut = Core(spec)
        self.table = register_table(spec)
        self.silent, self.aborting = False, False
        self.disturb = lambda tile, codes: codes

    async def bus(self, ctx, address, word=None):
        ctx.set(self.dut.bus.addr, address)
        ctx.set(self.dut.bus.write, word is not None)
        ctx.set(self.dut.bus.w_data, (word or 0) % 2**32)
        ctx.set(self.dut.bus.stb, 1)
        while not ctx.get(self.dut.bus.ack):
            await ctx.tick()
        error, data = ctx.get(self.dut.bus.err), ctx.get(self.dut.bus.r_data)
        ctx.set(self.dut.bus.stb, 0)
        await ctx.tick()
        return error, data

    async def access(self, ctx, name, word=None, index=0):
        places = {r.name: r.offset for r in self.table.registers}
        places |= {w.name: w.base for w in self.table.windows}
        error, data = await self.bus(ctx, places[name] + 4 * index, word)
        assert not error, (name, index)
        return data

    async def load(self, ctx, table):
        for number, step in enumerate(table.steps):
            for place, word in enumerate(pack_step(step)):
                await self.access(ctx, "STEP", word, 4 * number + place)
                assert await self.access(ctx, "STEP", None, 4 * number + place) == word
        for index, bias in enumerate(table.biases):
            await self.access(ctx, "BIAS", bias, index)
        await self.access(ctx, "STEPS", len(table.steps))

    async def send(self, ctx, values):
        lanes = 32 // self.spec.entry_bits
        values = [int(v) % 2**self.spec.entry_bits for v in values] + [0] * lanes
        for at in range(0, len(values) - lanes, lanes):
            word = sum(values[at + n] << (self.spec.entry_bits * n) for n in range(lanes))
            await self.access(ctx, "INPUT", word, at // lanes)

    async def run(self, ctx):
        await self.access(ctx, "CTRL", 1)
        while (status := await self.access(ctx, "STATUS")) & 1:
            pass
        return status

    async def results(self, ctx, count):
        words = [await self.access(ctx, "RESULT", None, index) for index in range(count)]
        return [word - 2**32 if word >> 31 else word for word in words]

    def array(self, tile):
        """Return a bench that answers at the port of a tile; `disturb` changes codes."""
        port, spec = getattr(self.dut, f"array_{tile}"), self.spec
        share, width = spec.adc.columns_per_adc, spec.input.slice_bits
        largest = spec.rows * (2**width - 1) * (spec.tile[0].cell.levels - 1)
        step, top = 1, 2**spec.adc.bits - 1
        while top * step < spec.adc.range * largest:
            step *= 2

        async def serve(ctx):
            while True:
                while self.silent or not ctx.get(port.start):
                    await ctx.tick()
                shown, select = ctx.get(port.levels), ctx.get(port.select)
                driven = [(shown >> (width * row)) % 2**width for row in range(spec.rows)]
                sums = np.array(driven) @ self.levels[tile]
                codes = [(int(s) * 2 + step) // (2 * step) for s in sums]
                codes = self.disturb(tile, codes)
                stall = self.rng.integers(0, 30) if self.rng else 0
                await ctx.tick().repeat(spec.conversion_cycles + int(stall))
                assert ctx.get(port.levels) in ((shown, 0) if self.aborting else (shown,))
                assert ctx.get(port.select) == select
                for at, line in enumerate(range(select, spec.lines, share)):
                    bits = slice(at * spec.adc.bits, (at + 1) * spec.adc.bits)
                    ctx.set(port.codes[bits], min(codes[line], top))
                    ctx.set(port.over_range[at], codes[line] > top)
                ctx.set(port.done, 1)
                await ctx.tick()
                ctx.set(port.done, 0)

        return serve

    def arrays(self):
        return [self.array(tile) for tile in range(self.spec.tiles)]
