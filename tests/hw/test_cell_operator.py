"""One operation at a time on an array that checks the port's rules by itself."""

import random

import pytest

from ohmloom_hw.array_port import ArrayOp
from ohmloom_hw.cell_operator import CellOperator, WriteShape

SHAPE = WriteShape(tiles=2, rows=4, lines=5)
SHOWN = ("rails", "pulse", "drive", "gate", "width")


class Bench:
    """A client, and an array that notes what it is asked for, cycle by cycle."""

    def __init__(self, seed=0, stall=0):
        self.dut, self.rng, self.stall = CellOperator(SHAPE), random.Random(seed), stall
        self.trace, self.codes, self.silent = [], [], False

    async def settings(self, ctx, *, rail=3, discharge=2, average=0, timeout=500):
        for name, value in (
            ("rail", rail),
            ("discharge", discharge),
            ("average", average),
            ("timeout", timeout),
            ("permit", 1),
        ):
            ctx.set(getattr(self.dut, name), value)

    async def cycle(self, ctx):
        names = (*SHOWN, "op", "start", "pulsed", "measured")
        self.trace.append({name: ctx.get(getattr(self.dut, name)) for name in names})
        await ctx.tick()

    async def array(self, ctx):
        dut = self.dut
        while True:
            while self.silent or not ctx.get(dut.start):
                await ctx.tick()
            code, clipped = self.codes.pop(0)
            await ctx.tick().repeat(1 + self.rng.randrange(self.stall + 1))
            ctx.set(dut.codes, code)
            ctx.set(dut.clipped, clipped)
            ctx.set(dut.done, 1)
            await ctx.tick()
            ctx.set(dut.done, 0)

    async def ask(self, ctx, op, *, drive=0, gate=0, width=0):
        request = self.dut.request
        for name, value in (("op", op), ("drive", drive), ("gate", gate), ("width", width)):
            ctx.set(getattr(request, name), value)
        ctx.set(request.valid, 1)
        self.trace.clear()
        while not ctx.get(request.done):
            await self.cycle(ctx)
        found = ctx.get(request.code), ctx.get(request.over_range)
        await self.cycle(ctx)
        ctx.set(request.valid, 0)
        return found

    def runs(self, name):
        """Return the cycles in which a signal is high, as (first, number)."""
        high = [at for at, shown in enumerate(self.trace) if shown[name]]
        if high:
            assert high == list(range(high[0], high[-1] + 1))
        return (high[0], len(high)) if high else None


@pytest.mark.guarantee("G8", "whole-pulses")
@pytest.mark.parametrize("op", [ArrayOp.SET, ArrayOp.RESET, ArrayOp.FORM])
@pytest.mark.parametrize(
    ("rail", "width", "discharge"), [(1, 1, 1), (3, 1, 2), (7, 12, 5), (0, 3, 0), (2, 300, 40)]
)
def test_pulse_lies_within_its_rails_for_exactly_its_width(op, rail, width, discharge, run_bench):
    bench = Bench()

    async def client(ctx):
        await bench.settings(ctx, rail=rail, discharge=discharge)
        for _ in range(2):
            await bench.ask(ctx, op, drive=1234, gate=567, width=width)
            before, after = max(rail, 1), max(discharge, 1)
            assert bench.runs("rails") == (1, before + width + after)
            assert bench.runs("pulse") == (1 + before, width)
            assert sum(shown["pulsed"] for shown in bench.trace) == 1
            for shown in bench.trace:
                assert shown["op"] == op
                assert not shown["start"]
                on = (1234, 567, width) if shown["rails"] else (0, 0, 0)
                assert (shown["drive"], shown["gate"], shown["width"]) == on
            assert len(bench.trace) == before + width + after + 2

    run_bench(bench.dut, client)


def test_pulse_of_no_length_is_none(run_bench):
    bench = Bench()

    async def client(ctx):
        await bench.settings(ctx)
        await bench.ask(ctx, ArrayOp.SET, drive=5, gate=6, width=0)
        assert bench.runs("pulse") is None
        assert bench.runs("rails") == (1, 5)
        assert not any(shown["pulsed"] for shown in bench.trace)

    run_bench(bench.dut, client)


@pytest.mark.parametrize("stall", [0, 5])
@pytest.mark.parametrize("average", [0, 1, 2, 4, 7])
def test_read_is_the_average_with_halves_rounded_up(average, stall, run_bench):
    bench = Bench(seed=average, stall=stall)

    async def client(ctx):
        await bench.settings(ctx, average=average)
        for case in range(4):
            codes = [bench.rng.randrange(4096) for _ in range(1 << average)]
            if case < 2:
                codes = [4095 * case] * len(codes)
            flags = [bench.rng.random() < 0.1 for _ in codes]
            bench.codes = list(zip(codes, flags, strict=True))
            code, over = await bench.ask(ctx, ArrayOp.VERIFY)
            assert code == (2 * sum(codes) + len(codes)) // (2 * len(codes))
            assert over == any(flags)
            starts = [at for at, shown in enumerate(bench.trace) if shown["start"]]
            assert len(starts) == len(codes)
            # The request is seen in cycle 0; the lines stand for the rail time from cycle 1 on.
            assert starts[0] == 1 + 3
            assert sum(shown["measured"] for shown in bench.trace) == 1
            assert not any(shown[name] for shown in bench.trace for name in SHOWN)

    run_bench(bench.dut, client, bench.array, most_cycles=80_000)


def test_silent_array_expires_after_the_timeout(run_bench):
    bench = Bench()

    async def client(ctx):
        dut = bench.dut
        await bench.settings(ctx, timeout=50)
        ctx.set(dut.request.op, ArrayOp.VERIFY)
        ctx.set(dut.request.valid, 1)
        while not ctx.get(dut.start):
            await ctx.tick()
        waited = 0
        while not ctx.get(dut.expired):
            assert not ctx.get(dut.request.done)
            await ctx.tick()
            waited += 1
        assert waited == 50
        ctx.set(dut.request.valid, 0)
        await ctx.tick()
        assert not ctx.get(dut.busy)

    run_bench(bench.dut, client)


def test_answer_without_question_is_noted(run_bench):
    dut = CellOperator(SHAPE)

    async def client(ctx):
        assert not ctx.get(dut.unasked)
        ctx.set(dut.done, 1)
        assert ctx.get(dut.unasked)

    run_bench(dut, client)


@pytest.mark.guarantee("G8", "interlock")
def test_no_voltage_without_permit(run_bench):
    bench = Bench()

    async def client(ctx):
        await bench.settings(ctx)
        ctx.set(bench.dut.permit, 0)
        await bench.ask(ctx, ArrayOp.RESET, drive=99, gate=98, width=20)
        assert not any(shown[name] for shown in bench.trace for name in SHOWN)

    run_bench(bench.dut, client)


def _length(op):
    return 3 + 6 + 2 + 2 if op is ArrayOp.SET else 3 + 2 + 2 * (2 + 1)


@pytest.mark.guarantee("G15", "writes")
@pytest.mark.parametrize("op", [ArrayOp.SET, ArrayOp.VERIFY])
def test_stop_ends_an_operation_in_the_next_cycle_whenever_it_comes(op, run_bench):
    bench = Bench(stall=0)

    async def client(ctx):
        dut = bench.dut
        await bench.settings(ctx, average=1)
        for cycle in range(1, _length(op)):
            bench.codes = [(7, 0)] * 2
            ctx.set(dut.request.op, op)
            ctx.set(dut.request.drive, 11)
            ctx.set(dut.request.gate, 12)
            ctx.set(dut.request.width, 6)
            ctx.set(dut.request.valid, 1)
            await ctx.tick().repeat(cycle)
            ctx.set(dut.stop, 1)
            assert not ctx.get(dut.request.done)
            await ctx.tick()
            ctx.set(dut.stop, 0)
            ctx.set(dut.request.valid, 0)
            assert not any(ctx.get(getattr(dut, name)) for name in (*SHOWN, "start"))
            waited = 0
            while ctx.get(dut.busy):
                assert not any(ctx.get(getattr(dut, name)) for name in (*SHOWN, "start"))
                assert not ctx.get(dut.request.done)
                await ctx.tick()
                waited += 1
            assert waited <= (2 if op is ArrayOp.VERIFY else 0)
            await ctx.tick().repeat(3)
            # The next operation is whole again.
            bench.codes = [(7, 0), (8, 1)]
            if op is ArrayOp.VERIFY:
                assert await bench.ask(ctx, op) == (8, 1)
            else:
                await bench.ask(ctx, op, drive=11, gate=12, width=6)
                assert bench.runs("pulse") == (4, 6)

    run_bench(bench.dut, client, bench.array)
