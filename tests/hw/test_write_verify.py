"""The gateware of one cell asks for what the integer reference asks for, action by action."""

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from level_files import level_words
from written_cell import Case, Cell, cases

from ohmloom_analog.level_program import LevelProgram, PulsePlan, Ramp
from ohmloom_analog.write_verify import Direction, Limits, Outcome, Pulse, Read, WriteStatus
from ohmloom_hw.array_port import ArrayOp
from ohmloom_hw.cell_operator import WriteShape
from ohmloom_hw.write_verify import WriteVerify

SHAPE = WriteShape(tiles=2, rows=4, lines=5)
RELAX = 60
OPS = {ArrayOp.SET: Direction.SET, ArrayOp.RESET: Direction.RESET, ArrayOp.FORM: Direction.SET}


class Bench:
    def __init__(self, pressure=False):
        self.dut = WriteVerify(SHAPE)
        self.pressure, self.rng, self.words = pressure, random.Random(0), [0] * 16

    async def memory(self, ctx):
        while True:
            word = ctx.get(self.dut.word)
            await ctx.tick()
            ctx.set(self.dut.data, self.words[word])

    async def start(self, ctx, case):
        self.words = level_words(case.program, case.level_target)
        for name, value in (
            ("trim", case.trim),
            ("forming", case.forming),
            ("max_pulses", case.limits.pulses),
            ("max_flips", case.limits.flips),
            ("confirm", case.limits.confirm),
            ("relax", case.limits.relax),
            ("relax_time", RELAX),
            ("start", 1),
        ):
            ctx.set(getattr(self.dut, name), value)
        await ctx.tick()
        ctx.set(self.dut.start, 0)

    async def write(self, ctx, case):
        """Return the actions of the gateware."""
        dut = self.dut
        await self.start(ctx, case)
        cell, actions, quiet = Cell(case.seed), [], 0
        while not ctx.get(dut.ended):
            if not ctx.get(dut.valid):
                await ctx.tick()
                quiet += 1
                continue
            if self.pressure:
                await ctx.tick().repeat(1 + self.rng.randrange(9))
            op = ArrayOp(ctx.get(dut.op))
            if op is ArrayOp.VERIFY:
                actions.append(Read(relaxed=quiet >= RELAX))
                ctx.set(dut.read, cell.read())
            else:
                assert (op is ArrayOp.FORM) == case.forming
                sizes = {name: ctx.get(getattr(dut, name)) for name in ("drive", "gate", "width")}
                actions.append(Pulse(direction=OPS[op], **sizes))
                cell.pulse(OPS[op])
            ctx.set(dut.done, 1)
            await ctx.tick()
            ctx.set(dut.done, 0)
            quiet = 0
        actions.append(self.outcome(ctx))
        await ctx.tick()
        return actions

    def outcome(self, ctx):
        dut = self.dut
        return Outcome(
            status=WriteStatus(ctx.get(dut.status)),
            pulses=ctx.get(dut.pulses),
            flips=ctx.get(dut.flips),
            relapsed=bool(ctx.get(dut.relapsed)),
            code=ctx.get(dut.code),
        )


@pytest.mark.guarantee("G8", "reference")
@pytest.mark.parametrize("pressure", [False, True])
def test_every_action_is_that_of_the_reference(pressure, run_bench):
    @settings(max_examples=25, deadline=None)
    @given(st.lists(cases(), min_size=1, max_size=4))
    def check(batch):
        bench = Bench(pressure)

        async def client(ctx):
            for case in batch:
                assert await bench.write(ctx, case) == case.expected()

        run_bench(bench.dut, client, bench.memory, most_cycles=200_000)

    check()


def test_forming_is_writing_upwards_without_an_end(run_bench):
    @settings(max_examples=15, deadline=None)
    @given(st.lists(cases(), min_size=1, max_size=4))
    def check(batch):
        bench = Bench()

        async def client(ctx):
            for case in batch:
                formed = replace(case, forming=True)
                assert await bench.write(ctx, formed) == formed.expected()

        run_bench(bench.dut, client, bench.memory, most_cycles=200_000)

    check()


PLAN = PulsePlan(
    drive=Ramp(start=1000, stop=1400, step=150),
    gate=Ramp(start=500, stop=700, step=200),
    width=Ramp(start=2, stop=9, step=4),
    order="gdw",
    restart=True,
)
PROGRAM = LevelProgram(set=PLAN, reset=PLAN, below=60, above=50)
ENDS = {
    "written": (40, 20, 3, False, WriteStatus.WRITTEN),
    "relapsed": (40, 20, 1, True, WriteStatus.WRITTEN),
    "many pulses": (2, 20, 3, False, WriteStatus.TOO_MANY_PULSES),
    "many flips": (99, 2, 9, False, WriteStatus.TOO_MANY_FLIPS),
}


@pytest.mark.guarantee("G8", "reference")
@pytest.mark.parametrize("name", ENDS)
def test_every_end_is_reached_as_the_reference_reaches_it(name, run_bench):
    pulses, flips, confirm, relax, status = ENDS[name]
    limits = Limits(pulses=pulses, flips=flips, confirm=confirm, relax=relax)
    candidates = (
        Case(program=PROGRAM, level_target=2000, trim=3, limits=limits, seed=seed)
        for seed in range(2000)
    )
    case = next(
        case
        for case in candidates
        if (last := case.expected()[-1]).status is status
        and last.relapsed == relax
        and last.pulses > 1
    )
    bench = Bench()

    async def client(ctx):
        assert await bench.write(ctx, case) == case.expected()

    run_bench(bench.dut, client, bench.memory)


def test_limits_that_are_lowered_meanwhile_end_the_cell(run_bench):
    bench = Bench()
    limits = Limits(pulses=40, flips=20, confirm=1, relax=False)
    case = Case(program=PROGRAM, level_target=4000, trim=0, limits=limits, seed=1)

    async def client(ctx):
        dut = bench.dut
        await bench.start(ctx, case)
        ctx.set(dut.read, 0)
        ctx.set(dut.done, 1)
        while ctx.get(dut.pulses) < 5:
            await ctx.tick()
        ctx.set(dut.max_pulses, 3)
        while not ctx.get(dut.ended):
            await ctx.tick()
        assert ctx.get(dut.status) == WriteStatus.TOO_MANY_PULSES
        assert ctx.get(dut.pulses) == 5

    run_bench(bench.dut, client, bench.memory)
