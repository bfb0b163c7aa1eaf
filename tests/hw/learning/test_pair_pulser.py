"""Pulses on weights become pulses on pairs of cells, one after the other, whatever the waits."""

import random

import pytest
from learning_chip import cell_pulses

from ohmloom_hw.array_port import ArrayOp
from ohmloom_hw.cell_operator import WriteShape
from ohmloom_hw.learning.pair_pulser import PairPulser
from ohmloom_hw.learning.rules import LearningShape

SHAPE = WriteShape(tiles=3, rows=5, lines=9)
LEARNING = LearningShape(inputs=5, outputs=4, slots=6)
CODES = {"set_drive": 11, "set_gate": 12, "set_width": 13}
CODES |= {"reset_drive": 21, "reset_gate": 22, "reset_width": 23}


class Pulser:
    """What gives pulses on one side, and takes those on cells on the other."""

    def __init__(self, *, seed, stalls, idle, spared=()):
        self.dut, self.rng = PairPulser(SHAPE, LEARNING), random.Random(seed)
        self.stalls, self.idle, self.spared = stalls, idle, set(spared)
        self.done, self.applied, self.skipped = [], 0, 0

    async def begin(self, ctx):
        for name, value in CODES.items():
            ctx.set(getattr(self.dut, name), value)
        ctx.set(self.dut.tile, 2)

    async def offer(self, ctx, pulse):
        """Offer a pulse until it is taken."""
        dut = self.dut
        row, column, up, number = pulse
        payload = {"row": row, "column": column, "up": up, "number": number}
        ctx.set(dut.pulses.payload, payload)
        ctx.set(dut.pulses.valid, 1)
        while not ctx.get(dut.pulses.ready):
            await ctx.tick()
        # Not before all of them are over.
        assert len(self.done) == self.wanted
        await ctx.tick()
        ctx.set(dut.pulses.valid, 0)
        if self.idle:
            await ctx.tick().repeat(self.rng.randrange(1, 4))

    async def operate(self, ctx):
        request = self.dut.request
        while True:
            if not ctx.get(request.valid):
                await ctx.tick()
                continue
            op, asked = ArrayOp(ctx.get(request.op)), self._asked(ctx)
            way = "set" if op == ArrayOp.SET else "reset"
            codes = tuple(CODES[f"{way}_{name}"] for name in ("drive", "gate", "width"))
            assert asked[3:] == codes
            for _ in range(self.rng.randrange(6) if self.stalls else 0):
                await ctx.tick()
                if not ctx.get(request.valid):
                    break
                assert self._asked(ctx) == asked
            else:
                self.done.append((op.value, *asked[:3]))
                ctx.set(request.done, 1)
                await ctx.tick()
                ctx.set(request.done, 0)

    def _asked(self, ctx):
        names = ("tile", "row", "line", "drive", "gate", "width")
        return tuple(ctx.get(getattr(self.dut.request, name)) for name in names)

    async def look(self, ctx):
        """Tell, a cycle later, whether a cell gets no pulse; and count what is told."""
        while True:
            cell = ctx.get(self.dut.cell)
            self.applied += ctx.get(self.dut.applied)
            self.skipped += ctx.get(self.dut.skipped)
            await ctx.tick()
            ctx.set(self.dut.spared, cell in self.spared)


@pytest.mark.parametrize("stalls", [False, True])
@pytest.mark.parametrize("idle", [False, True])
def test_each_pulse_is_one_on_either_cell_but_on_those_that_are_spared(stalls, idle, run_bench):
    rng = random.Random(7)
    pulses = [
        (rng.randrange(5), rng.randrange(4), rng.random() < 0.5, rng.randint(1, 6))
        for _ in range(30)
    ]
    spared = {9 * row + line for row in range(5) for line in range(8) if rng.random() < 0.2}
    pulser = Pulser(seed=1, stalls=stalls, idle=idle, spared=spared)
    every = [cell_pulses([pulse], 2) for pulse in pulses]
    kept = [[p for p in given if 9 * p[2] + p[3] not in spared] for given in every]

    async def bench(ctx):
        await pulser.begin(ctx)
        pulser.wanted = 0
        for pulse, given in zip(pulses, kept, strict=True):
            pulser.wanted += len(given)
            await pulser.offer(ctx, pulse)
        await ctx.tick()
        assert not ctx.get(pulser.dut.busy)
        assert pulser.done == [one for given in kept for one in given]
        assert pulser.applied == sum(number for *_, number in pulses)
        assert pulser.skipped == sum(map(len, every)) - len(pulser.done) > 0

    run_bench(pulser.dut, bench, pulser.operate, pulser.look)


def test_a_stop_in_any_cycle_withdraws_the_pulse_and_leaves_nothing_over(run_bench):
    pulser = Pulser(seed=2, stalls=True, idle=False, spared={9 * 3})
    dut = pulser.dut

    async def bench(ctx):
        await pulser.begin(ctx)
        for wait in range(1, 60):
            ctx.set(dut.pulses.payload, {"row": 3, "column": 0, "up": 1, "number": 6})
            ctx.set(dut.pulses.valid, 1)
            await ctx.tick().repeat(wait)
            ctx.set(dut.stop, 1)
            assert not ctx.get(dut.pulses.ready)
            await ctx.tick()
            assert not ctx.get(dut.busy)
            assert not ctx.get(dut.request.valid)
            ctx.set(dut.pulses.valid, 0)
            await ctx.tick().repeat(3)
            ctx.set(dut.stop, 0)
            pulser.done.clear()
            pulser.wanted = 4
            await pulser.offer(ctx, (1, 2, False, 2))
            assert pulser.done == cell_pulses([(1, 2, False, 2)], 2)

    run_bench(dut, bench, pulser.operate, pulser.look)
