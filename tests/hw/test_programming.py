"""Whole jobs on cells, from the bus to arrays that check their ports."""

from dataclasses import dataclass

import pytest
from cell_host import (
    ARMED,
    DONE,
    ENABLED,
    FORM,
    FORMING,
    LEVELS,
    LINES,
    PLACES,
    ROWS,
    START,
    TILES,
    Host,
    limits_word,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from level_files import programs
from written_cell import TOP, Case, Cell, limits

from ohmloom_analog.write_verify import Direction, Limits, Pulse, Read, WriteStatus
from ohmloom_hw.program_registers import FORM_KEY


@dataclass
class Scenario:
    """A job on one tile."""

    levels: list
    targets: list
    given_up: set
    limits: Limits
    average: int
    by_line: bool
    stall: int
    tile: int
    seed: int
    forming: bool = False

    @property
    def first(self):
        return self.seed % 2, self.seed // 2 % 3

    @property
    def last(self):
        return ROWS - 1, LINES - 1 - self.seed // 6 % 2

    def order(self):
        inside = [
            (row, line)
            for row, line in PLACES
            if self.first[0] <= row <= self.last[0] and self.first[1] <= line <= self.last[1]
        ]
        return sorted(inside, key=lambda place: place[::-1] if self.by_line else place)

    def case(self, place):
        number = PLACES.index(place)
        level, trim, _ = self.targets[number]
        program, target = self.levels[-1 if self.forming else level]
        return Case(
            program=program,
            level_target=target,
            trim=trim,
            limits=self.limits,
            seed=self.seed + number,
            forming=self.forming,
            conversions=1 << self.average,
        )

    def expected(self):
        """Return the actions on each cell that gets any."""
        return {
            place: self.case(place).expected()
            for place in self.order()
            if place not in self.given_up and not self.targets[PLACES.index(place)][2]
        }

    async def load(self, ctx, host):
        await host.load(ctx, self.levels[:-1], self.levels[-1], self.targets, self.tile)
        await host.access(ctx, "WRITE_LIMITS", limits_word(self.limits, self.average, self.by_line))
        await host.access(ctx, "WRITE_RELAX", 30)
        await host.access(ctx, "WRITE_FIRST", self.first[0] | self.first[1] << 16)
        await host.access(ctx, "WRITE_LAST", self.last[0] | self.last[1] << 16)
        for place in self.given_up:
            await host.access(ctx, "WRITTEN", GIVEN_UP, PLACES.index(place))
        await host.enable(ctx, FORM_KEY)


GIVEN_UP = WriteStatus.TOO_MANY_PULSES << 29 | 77
scenarios = st.builds(
    Scenario,
    levels=st.lists(
        st.tuples(programs(longest=5), st.integers(0, TOP)),
        min_size=LEVELS + 1,
        max_size=LEVELS + 1,
    ),
    targets=st.lists(
        st.tuples(st.integers(0, LEVELS - 1), st.integers(-64, 63), st.sampled_from((0, 0, 0, 1))),
        min_size=len(PLACES),
        max_size=len(PLACES),
    ),
    given_up=st.sets(st.sampled_from(PLACES), max_size=3),
    limits=limits(most=12),
    average=st.sampled_from((0, 0, 1, 2)),
    by_line=st.booleans(),
    stall=st.sampled_from((0, 9)),
    tile=st.integers(0, TILES - 1),
    seed=st.integers(0, 2**32),
)


def unrelaxed(actions):
    return [Read(relaxed=False) if isinstance(action, Read) else action for action in actions]


async def check_cells(ctx, host, scenario, found):
    """Check what was done to each cell, what is noted of it, and its wear."""
    array = host.arrays[scenario.tile]
    assert array.order == [place for place in scenario.order() if place in found]
    for number, place in enumerate(PLACES):
        actions = found.get(place, [])
        assert array.log[place] == unrelaxed(actions[:-1])
        outcome = await host.written(ctx, place)
        if actions:
            assert outcome == actions[-1]
        elif place in scenario.given_up:
            assert (outcome.status, outcome.code) == (WriteStatus.TOO_MANY_PULSES, 77)
        elif place in scenario.order():
            assert outcome.status is WriteStatus.LOCKED
        else:
            assert outcome.status is WriteStatus.UNTOUCHED
        pulses = [action for action in actions if isinstance(action, Pulse)]
        up = sum(pulse.direction is Direction.SET for pulse in pulses)
        wear = await host.access(ctx, "WEAR", None, number)
        assert wear == up | len(pulses) - up << 16


async def check_counts(ctx, host, scenario, found):
    outcomes = {place: actions[-1] for place, actions in found.items()}
    failures = [place for place, outcome in outcomes.items() if outcome.status.failed]
    reads = sum(isinstance(action, Read) for actions in found.values() for action in actions)
    pulses = sum(outcome.pulses for outcome in outcomes.values())
    counts = (len(scenario.order()), pulses, reads, len(failures))
    for name, count in zip(("CELLS", "PULSES", "READS", "FAILURES"), counts, strict=True):
        assert await host.access(ctx, f"WRITE_{name}") == count
    for index, (row, line) in enumerate(failures):
        word = row | line << 12 | scenario.tile << 24
        assert await host.access(ctx, "FAILURES", None, index) == word
    assert await host.access(ctx, "FAILURES", None, len(failures)) == 0
    assert await host.access(ctx, "IRQ_STATUS") == 8 | bool(failures) << 4


@pytest.mark.parametrize("forming", [False, True])
def test_job_is_what_the_reference_does_to_every_cell(forming, run_bench):
    @settings(max_examples=4 - forming, deadline=None)
    @given(scenarios)
    def check(scenario):
        scenario.forming = forming
        host = Host(rail=scenario.seed % 3, discharge=scenario.seed % 2, stall=scenario.stall)
        array = host.arrays[scenario.tile]
        array.conversions = 1 << scenario.average
        for number, place in enumerate(PLACES):
            array.put(place, Cell(scenario.seed + number))
        found = scenario.expected()

        async def client(ctx):
            await scenario.load(ctx, host)
            status = await host.job(ctx, FORM if forming else START)
            assert status == DONE | ARMED | ENABLED | FORMING
            assert await host.access(ctx, "WRITE_ERROR") == 0
            await check_cells(ctx, host, scenario, found)
            await check_counts(ctx, host, scenario, found)
            assert not host.arrays[1 - scenario.tile].order
            await host.access(ctx, "WRITE_TILE", 1 - scenario.tile)
            assert await host.access(ctx, "WEAR", None, len(PLACES) - 1) == 0
            await host.access(ctx, "WRITE_TILE", TILES)
            assert await host.access(ctx, "WEAR") == 0

        run_bench(host.dut, client, *host.serving, most_cycles=150_000)

    check()
