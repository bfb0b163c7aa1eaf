"""The gateware of one cell asks for what the integer reference asks for, action by action."""

import random
from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from level_files import level_words, programs

from ohmloom_analog.level_program import LevelProgram
from ohmloom_analog.write_verify import (
    CellWriter,
    Direction,
    Limits,
    Outcome,
    Pulse,
    Read,
    WriteStatus,
)
from ohmloom_hw.array_port import ArrayOp
from ohmloom_hw.cell_operator import WriteShape
from ohmloom_hw.write_verify import WriteVerify

SHAPE = WriteShape(tiles=2, rows=4, lines=5)
RELAX = 60
OPS = {ArrayOp.SET: Direction.SET, ArrayOp.RESET: Direction.RESET}


@dataclass
class Case:
    program: LevelProgram
    level_target: int
    trim: int
    limits: Limits
    seed: int
    forming: bool = False

    @property
    def target(self):
        return self.level_target + self.trim


@dataclass
class Cell:
    """Moves with each pulse by a random amount, and reads with noise."""

    rng: random.Random
    code: float = 0.0
    reach: float = 0.0
    noise: float = 0.0

    @classmethod
    def of(cls, case):
        rng = random.Random(case.seed)
        return cls(
            rng=rng,
            code=rng.uniform(0, 4095),
            reach=rng.choice((30, 300, 1500)),
            noise=rng.choice((0, 20, 200)),
        )

    def read(self):
        return min(max(round(self.code + self.rng.gauss(0, self.noise)), 0), 4095)

    def pulse(self, direction):
        sign = 1 if direction is Direction.SET else -1
        self.code = min(max(self.code + sign * self.reach * self.rng.random(), 0), 4095)


limits = st.builds(
    Limits,
    pulses=st.integers(0, 40) | st.just(255),
    flips=st.integers(0, 8) | st.just(63),
    confirm=st.integers(1, 4) | st.just(16),
    relax=st.booleans(),
)
cases = st.builds(
    Case,
    program=programs(),
    level_target=st.integers(0, 4095),
    trim=st.integers(-64, 63),
    limits=limits,
    seed=st.integers(0, 2**32),
)


def expected(case):
    """Return the actions of the reference, the last of them the outcome."""
    cell = Cell.of(case)
    program = replace(case.program, above=5000) if case.forming else case.program
    writer = CellWriter(program, case.target, case.limits)
    actions = [writer.first()]
    while not isinstance(actions[-1], Outcome):
        if isinstance(actions[-1], Read):
            actions.append(writer.after_read(cell.read()))
        else:
            cell.pulse(actions[-1].direction)
            actions.append(writer.after_pulse())
    if case.forming and actions[-1].status is WriteStatus.TOO_MANY_PULSES:
        actions[-1] = replace(actions[-1], status=WriteStatus.NOT_FORMED)
    return actions


class Bench:
    def __init__(self, pressure=False, seed=0):
        self.dut = WriteVerify(SHAPE)
        self.pressure, self.rng, self.words = pressure, random.Random(seed), [0] * 16

    async def memory(self, ctx):
        while True:
            word = ctx.get(self.dut.word)
            await ctx.tick()
            ctx.set(self.dut.data, self.words[word])

    async def write(self, ctx, case):
        """Return the actions of the gateware."""
        dut = self.dut
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
            ctx.set(getattr(dut, name), value)
        await ctx.tick()
        ctx.set(dut.start, 0)
        cell, actions, quiet = Cell.of(case), [], 0
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
                direction = OPS.get(op, Direction.SET)
                sizes = {name: ctx.get(getattr(dut, name)) for name in ("drive", "gate", "width")}
                actions.append(Pulse(direction=direction, **sizes))
                cell.pulse(direction)
            ctx.set(dut.done, 1)
            await ctx.tick()
            ctx.set(dut.done, 0)
            quiet = 0
        actions.append(
            Outcome(
                status=WriteStatus(ctx.get(dut.status)),
                pulses=ctx.get(dut.pulses),
                flips=ctx.get(dut.flips),
                relapsed=bool(ctx.get(dut.relapsed)),
                code=ctx.get(dut.code),
            )
        )
        await ctx.tick()
        return actions


@pytest.mark.parametrize("pressure", [False, True])
def test_every_action_is_that_of_the_reference(pressure, run_bench):
    @settings(max_examples=25, deadline=None)
    @given(st.lists(cases, min_size=1, max_size=4))
    def check(batch):
        bench = Bench(pressure=pressure)

        async def client(ctx):
            for case in batch:
                assert await bench.write(ctx, case) == expected(case)

        run_bench(bench.dut, client, bench.memory, most_cycles=200_000)

    check()


def test_forming_is_writing_upwards_without_an_end(run_bench):
    @settings(max_examples=15, deadline=None)
    @given(st.lists(cases, min_size=1, max_size=4))
    def check(batch):
        bench = Bench()

        async def client(ctx):
            for case in batch:
                formed = replace(case, forming=True)
                assert await bench.write(ctx, formed) == expected(formed)

        run_bench(bench.dut, client, bench.memory, most_cycles=200_000)

    check()
