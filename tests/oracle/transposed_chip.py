"""A chip with transposed reads, from the side of the bus, and arrays that answer them.

Addresses and bits are written down here once more, so that a chip that has them wrong is seen.
"""

import random

from learning_chip import LearningChip

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.core import Core
from ohmloom_hw.features import Features

TRANSPOSE_CTRL, TRANSPOSE_STATUS, TRANSPOSE_CLIPPED = range(0x240, 0x24C, 4)
TRANSPOSE_IN, TRANSPOSE_OUT = 0x350000, 0x360000
SETTLE, TIMEOUT = 0x20, 0x24
READ, TRANSPOSED = 0, 5
START, ABORT = 1, 2


def transposed_spec(*, rows=5, columns=3, bits=3, slice_bits=3, share=2, top=7, adc_bits=9, **more):
    ramp = {"drive": {"start": 1.0, "stop": 2.0, "step": 0.1}}
    cell = {"levels": top + 1, "device": "skywater", "access": "1t1r", "r_access": 5e3}
    return ChipSpec.parse(
        {
            "tile": [
                {
                    "count": 2,
                    "rows": rows,
                    "columns": columns,
                    "cell": cell,
                    "write": {"set": ramp, "reset": ramp, "rail_time": 1.5e-7},
                }
            ],
            "weight_bits": top.bit_length() + 1,
            "input": {"bits": bits, "slice_bits": slice_bits, "signed": True},
            "adc": {"bits": adc_bits, "columns_per_adc": share, "conversion_time": 2e-7},
            "dac": {"settle_time": 4e-7},
            "learning": {"transposed": True},
            **more,
        }
    )


class TransposedChip(LearningChip):
    """A core, its host, and two tiles of cells at random levels."""

    def __init__(self, spec, *, seed=0, stall=0):
        self.spec, self.stall = spec, stall
        self.dut = Core(spec, Features(writes=True))
        self.rng = random.Random(seed)
        top = (1 << spec.cell_bits) - 1
        self.levels = [
            [[self.rng.randint(0, top) for _ in range(spec.lines)] for _ in range(spec.rows)]
            for _ in range(2)
        ]
        self.silent, self.aborting, self.answered = False, False, 0
        self.passes = []
        self.serving = [self._served(tile) for tile in range(2)]

    def weights(self, tile):
        return [
            [row[line] - row[line + 1] for line in range(0, self.spec.lines, 2)]
            for row in self.levels[tile]
        ]

    async def lead_back(self, ctx, errors, tile=0):
        await self.put(ctx, 0x110, tile)
        await self.put(ctx, TRANSPOSE_IN, *(error % 2**32 for error in errors))
        await self.put(ctx, TRANSPOSE_CTRL, START)
        status = await self.ended(ctx)
        return status, await self.sums(ctx)

    async def sums(self, ctx):
        words = [await self.get(ctx, TRANSPOSE_OUT + 4 * row) for row in range(self.spec.rows)]
        return [word - (word >> 31 << 32) for word in words]

    async def ended(self, ctx):
        while (status := await self.get(ctx, TRANSPOSE_STATUS)) & 1:
            pass
        return status

    def at_rest(self, ctx):
        names = ("levels", "line_levels", "rails", "pulse", "drive", "gate", "width")
        ports = (self.dut.array_0, self.dut.array_1)
        return not any(ctx.get(getattr(port, name)) for port in ports for name in names)

    def _served(self, tile):
        port, spec, bits = getattr(self.dut, f"array_{tile}"), self.spec, self.spec.input.slice_bits

        def still(ctx):
            return tuple(ctx.get(getattr(port, n)) for n in ("levels", "line_levels", "select"))

        async def answer(ctx, quiet):
            shown = still(ctx)
            levels, lines, select = shown
            op = ctx.get(port.op).value
            assert op in (READ, TRANSPOSED)
            back = op == TRANSPOSED
            assert (levels if back else lines) == 0
            assert quiet >= spec.settle_cycles
            drives = [(lines if back else levels) >> bits * n & (1 << bits) - 1 for n in range(256)]
            cells = self.levels[tile] if back else list(zip(*self.levels[tile], strict=True))
            share = spec.adc.columns_per_adc
            codes = over = 0
            if back and select == 0:
                self.passes.append(drives[: spec.lines])
            for place, line in enumerate(range(select, len(cells), share)):
                total = sum(g * v for g, v in zip(cells[line], drives, strict=False))
                code = (total + (1 << spec.adc_shift >> 1)) >> spec.adc_shift
                over |= (code > spec.code_maximum) << place
                codes |= min(code, spec.code_maximum) << spec.adc.bits * place
            for _ in range(1 + self.rng.randrange(self.stall + 1)):
                await ctx.tick()
                assert self.aborting or still(ctx) == shown
            ctx.set(port.codes, codes)
            ctx.set(port.over_range, over)
            ctx.set(port.done, 1)
            await ctx.tick()
            ctx.set(port.done, 0)
            self.answered += 1

        async def serve(ctx):
            before, quiet = None, 0
            while True:
                now = still(ctx)[:2]
                quiet = quiet + 1 if now == before else 0
                before = now
                if ctx.get(port.start) and not self.silent:
                    await answer(ctx, quiet)
                    continue
                await ctx.tick()

        return serve
