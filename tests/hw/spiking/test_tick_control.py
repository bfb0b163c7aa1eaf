"""Ticks by events, with a sequencer that is a few lines here: as the real one, deaf in an abort."""

import pytest

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.spiking.tick_control import TickControl

SPEC = ChipSpec.parse({"tile": [{"rows": 4, "columns": 4}], "spiking": {"neurons": 4}})
LINES = 3
SPIKE, TICK = 0x4000, 0x8000


class Bench:
    """Events in, marks in a buffer; a run takes some cycles and may be aborted or fail."""

    def __init__(self, events, *, abort_at=None, stop_at=None, fails=False):
        self.dut = TickControl(SPEC)
        self.events, self.abort_at, self.stop_at, self.fails = (
            list(events),
            abort_at,
            stop_at,
            fails,
        )
        self.buffer, self.seen, self.told, self.left = [0] * 8, [], [], None

    async def cycle(self, ctx, number):
        dut = self.dut
        aborted = number == self.abort_at
        ctx.set(dut.run, number == 0)
        ctx.set(dut.aborted, aborted)
        ctx.set(dut.stop, number == self.stop_at)
        ctx.set(dut.events.valid, bool(self.events))
        ctx.set(dut.events.payload, self.events[0] if self.events else 0)
        ends = self.left == 0 or (aborted and self.left is not None)
        ctx.set(dut.ended, ends)
        ctx.set(dut.failed, ends and (aborted or self.fails))
        if ctx.get(dut.w_en):
            self.buffer[ctx.get(dut.w_place)] = ctx.get(dut.w_entry)
        if ctx.get(dut.told.valid):
            self.told.append(ctx.get(dut.told.payload))
        if ctx.get(dut.events.valid) and ctx.get(dut.events.ready):
            self.events.pop(0)
        if self.left is not None:
            self.left = None if ends else self.left - 1
        if ctx.get(dut.start) and not aborted:
            assert self.left is None
            self.seen.append(self.buffer[:LINES])
            self.left = 3
        await ctx.tick()

    def run(self, run_bench, cycles=60):
        async def bench(ctx):
            ctx.set(self.dut.lines, LINES)
            ctx.set(self.dut.marks, 1)
            for number in range(cycles):
                await self.cycle(ctx, number)
            self.active = ctx.get(self.dut.active)

        run_bench(self.dut, bench)


def test_a_tick_sees_the_spikes_since_the_one_before(run_bench):
    events = [SPIKE, SPIKE | 2, TICK, TICK, SPIKE | 1, TICK]
    bench = Bench(events)
    bench.run(run_bench)
    # The last mark is taken away too.
    assert bench.seen == [[1, 0, 1], [0, 0, 0], [0, 1, 0]]
    assert bench.told == [TICK] * 3
    assert bench.buffer == [0] * 8
    assert bench.active


@pytest.mark.parametrize("at", range(25))
@pytest.mark.parametrize("how", ["abort_at", "stop_at"])
def test_it_ends_wherever_it_is_told_to(how, at, run_bench):
    bench = Bench([SPIKE, TICK, SPIKE | 1, TICK, SPIKE | 2, TICK], **{how: at + 1})
    bench.run(run_bench)
    assert not bench.active
    assert bench.left is None
    # What was under way is over, and what hasn't begun waits.
    assert len(bench.told) <= len(bench.seen)
    assert len(bench.seen) < 3 or not bench.events


def test_a_run_that_fails_ends_it_without_a_mark(run_bench):
    bench = Bench([SPIKE, TICK, TICK], fails=True)
    bench.run(run_bench)
    assert not bench.active
    assert bench.told == []
    assert bench.events == [TICK]
