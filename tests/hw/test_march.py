"""The march test on cells that misbehave, in the words of their faults."""

import random
from itertools import product

import pytest

from ohmloom_analog.cell_fault import CellFault
from ohmloom_hw.array_port import ArrayOp
from ohmloom_hw.cell_operator import WriteShape
from ohmloom_hw.march import March

LOW, HIGH = 1000, 3000
STRONG = {ArrayOp.SET: (3500, 2900, 70), ArrayOp.RESET: (3100, 4095, 90)}


class Cells:
    """Cells that need a few pulses to come up or down, at the other end of the operator."""

    def __init__(self, rows, lines, rng, pulses):
        self.shape, self.rng, self.pulses = (rows, lines), rng, pulses
        self.faults, self.asked, self.outside = {}, [], 0
        self.high = dict.fromkeys(product(range(rows), range(lines)), 0)
        self.start()

    def start(self, high=None):
        """Let every cell be up or down, at random or as told."""
        for place in self.high:
            up = self.rng.random() < 0.5 if high is None else high
            self.high[place] = self.pulses if up else 0
        self.asked.clear()

    def read(self, place):
        fault = self.faults.get(place)
        level = self.high[place]
        if fault is CellFault.STUCK_HRS:
            level = 0
        if fault is CellFault.STUCK_LRS:
            level = self.pulses
        noise = self.rng.randrange(-90, 91)
        if level == 0:
            return self.rng.choice((LOW, 100 + noise))
        if level >= self.pulses:
            return self.rng.choice((HIGH, 3900 + noise))
        return LOW + 1 + round((HIGH - LOW - 2) * level / self.pulses)

    def pulse(self, place, op):
        fault = self.faults.get(place)
        if op == ArrayOp.SET and fault is not CellFault.UP:
            self.high[place] = min(self.high[place] + 1, self.pulses)
        if op == ArrayOp.RESET and fault is not CellFault.DOWN:
            self.high[place] = max(self.high[place] - 1, 0)


def settings(ctx, dut, pulses, corners):
    first, last = corners
    values = {"low": LOW, "high": HIGH, "pulses": pulses}
    values |= {"first_row": first[0], "first_line": first[1]}
    values |= {"last_row": last[0], "last_line": last[1]}
    for name, op in (("set", ArrayOp.SET), ("reset", ArrayOp.RESET)):
        for what, value in zip(("drive", "gate", "width"), STRONG[op], strict=True):
            values[f"{name}_{what}"] = value
    for name, value in values.items():
        ctx.set(getattr(dut, name), value)


class Bench:
    def __init__(self, cells, *, stalls=False, corners=None):
        rows, lines = cells.shape
        self.cells, self.stalls = cells, stalls
        self.corners = corners or ((0, 0), (rows - 1, lines - 1))
        self.dut = March(WriteShape(tiles=1, rows=rows, lines=lines))

    async def operator(self, ctx):
        request, cells = self.dut.request, self.cells
        while True:
            while not ctx.get(request.valid):
                await ctx.tick()
            place = ctx.get(request.row), ctx.get(request.line)
            op = ArrayOp(ctx.get(request.op))
            for _ in range(cells.rng.randrange(4) if self.stalls else 0):
                await ctx.tick()
            if op == ArrayOp.VERIFY:
                ctx.set(request.code, cells.read(place))
            else:
                shown = tuple(ctx.get(getattr(request, n)) for n in ("drive", "gate", "width"))
                assert shown == STRONG[op]
                cells.pulse(place, op)
            cells.asked.append((op, place))
            ctx.set(request.done, 1)
            await ctx.tick()
            ctx.set(request.done, 0)

    async def begin(self, ctx):
        settings(ctx, self.dut, self.cells.pulses, self.corners)
        ctx.set(self.dut.start, 1)
        await ctx.tick()
        ctx.set(self.dut.start, 0)

    async def march(self, ctx):
        """Run the test; return how many cells it called faulty."""
        dut = self.dut
        await self.begin(ctx)
        passed = failed = 0
        finished = False
        while ctx.get(dut.busy):
            passed += ctx.get(dut.passed)
            failed += ctx.get(dut.failed)
            finished = ctx.get(dut.finished)
            await ctx.tick()
        assert finished
        (r0, l0), (r1, l1) = self.corners
        assert passed == (r1 - r0 + 1) * (l1 - l0 + 1)
        return failed

    async def found(self, ctx):
        """Read the map of faults."""
        dut, (rows, lines) = self.dut, self.cells.shape
        words = []
        for address in range(-(-rows * lines // 8)):
            ctx.set(dut.window.addr, address)
            ctx.set(dut.window.r_en, 1)
            await ctx.tick()
            words.append(ctx.get(dut.window.r_data))
        ctx.set(dut.window.r_en, 0)
        kinds = {}
        for place in product(range(rows), range(lines)):
            number = place[0] * lines + place[1]
            bits = words[number // 8] >> (4 * (number % 8)) & 15
            if bits:
                kinds[place] = CellFault(bits)
        return kinds


STUCK = (CellFault.STUCK_HRS, CellFault.STUCK_LRS)


@pytest.mark.guarantee("G9", "single-faults")
def test_each_of_the_128_single_stuck_faults_is_found_and_named(run_bench, figure):
    bench = Bench(Cells(8, 8, random.Random(1), pulses=1))
    tried = []

    async def host(ctx):
        for place, kind in product(product(range(8), range(8)), STUCK):
            bench.cells.faults = {place: kind}
            bench.cells.start()
            # Counting the cells cycle by cycle, as `march` does, takes most of the time.
            await bench.begin(ctx)
            await ctx.tick().until(bench.dut.finished)
            await ctx.tick()
            assert await bench.found(ctx) == {place: kind}
            tried.append((place, kind))

    run_bench(bench.dut, host, bench.operator, most_cycles=600_000)
    assert len(set(tried)) == 128
    figure("single faults found and named", len(set(tried)))


@pytest.mark.guarantee("G9", "many-faults")
@pytest.mark.parametrize("up_first", [False, True])
@pytest.mark.parametrize("kind", [CellFault.UP, CellFault.DOWN])
def test_a_transition_fault_is_told_from_a_stuck_cell_by_where_it_was(kind, up_first, run_bench):
    bench = Bench(Cells(4, 5, random.Random(2), pulses=3))
    # A cell that can't leave the state in which it is behaves as one that is stuck there.
    same = {(CellFault.UP, False): STUCK[0], (CellFault.DOWN, True): STUCK[1]}

    async def host(ctx):
        for place in ((0, 0), (2, 3), (3, 4)):
            bench.cells.faults = {place: kind}
            bench.cells.start(high=up_first)
            assert await bench.march(ctx) == 1
            assert await bench.found(ctx) == {place: same.get((kind, up_first), kind)}

    run_bench(bench.dut, host, bench.operator)


@pytest.mark.parametrize("stalls", [False, True])
def test_good_cells_are_marched_over_in_order(stalls, run_bench):
    cells = Cells(3, 4, random.Random(3), pulses=2)
    bench = Bench(cells, stalls=stalls)
    read, one, zero = [ArrayOp.VERIFY], [ArrayOp.SET] * 2, [ArrayOp.RESET] * 2
    places = list(product(range(3), range(4)))
    expected = [(op, place) for place in places for op in read + zero]
    expected += [(op, place) for place in places for op in read + one + read]
    expected += [(op, place) for place in reversed(places) for op in read + zero + read]

    async def host(ctx):
        assert await bench.march(ctx) == 0
        assert await bench.found(ctx) == {}
        assert cells.asked == expected

    run_bench(bench.dut, host, bench.operator)


def test_only_the_rectangle_is_touched_and_the_map_of_others_stays(run_bench):
    cells = Cells(5, 6, random.Random(4), pulses=1)
    bench = Bench(cells)

    async def host(ctx):
        cells.faults = {(0, 0): STUCK[0], (2, 2): STUCK[1], (4, 5): STUCK[0]}
        assert await bench.march(ctx) == 3
        cells.faults = {(3, 4): STUCK[0]}
        cells.start()
        bench.corners = ((1, 1), (3, 4))
        assert await bench.march(ctx) == 1
        assert await bench.found(ctx) == {(0, 0): STUCK[0], (4, 5): STUCK[0], (3, 4): STUCK[0]}
        touched = {place for _, place in cells.asked}
        assert touched == set(product(range(1, 4), range(1, 5)))

    run_bench(bench.dut, host, bench.operator)


@pytest.mark.guarantee("G9", "many-faults")
def test_many_faults_at_once_are_all_found(run_bench, figure):
    rng = random.Random(5)
    cells = Cells(32, 33, rng, pulses=1)
    bench = Bench(cells)
    places = list(product(range(32), range(33)))
    kinds = (*STUCK, CellFault.UP, CellFault.DOWN)
    cells.faults = {place: rng.choice(kinds) for place in rng.sample(places, 105)}
    expected = dict(cells.faults)
    for place, kind in cells.faults.items():
        if kind is CellFault.UP and cells.high[place] == 0:
            expected[place] = CellFault.STUCK_HRS
        if kind is CellFault.DOWN and cells.high[place] == 1:
            expected[place] = CellFault.STUCK_LRS

    async def host(ctx):
        assert await bench.march(ctx) == 105
        assert await bench.found(ctx) == expected

    run_bench(bench.dut, host, bench.operator, most_cycles=100_000)
    figure("faults found at once", len(expected))


@pytest.mark.guarantee("G9", "many-faults")
def test_two_cells_at_one_place_are_found(run_bench):
    cells = Cells(4, 4, random.Random(6), pulses=1)
    bench = Bench(cells)
    alone = cells.pulse

    def aliased(place, op):
        alone(place, op)
        if place in ((1, 2), (3, 0)):
            alone((3, 0) if place == (1, 2) else (1, 2), op)

    cells.pulse = aliased

    async def host(ctx):
        await bench.march(ctx)
        assert set(await bench.found(ctx)) == {(1, 2), (3, 0)}

    run_bench(bench.dut, host, bench.operator)


def test_a_cell_that_stays_between_is_called_by_both_transitions(run_bench):
    cells = Cells(2, 2, random.Random(7), pulses=1)
    bench = Bench(cells)
    read = cells.read
    cells.read = lambda place: 2000 if place == (1, 0) else read(place)

    async def host(ctx):
        assert await bench.march(ctx) == 1
        assert await bench.found(ctx) == {(1, 0): CellFault.UP | CellFault.DOWN}

    run_bench(bench.dut, host, bench.operator)


def test_stop_ends_the_march_from_any_state(run_bench):
    bench = Bench(Cells(2, 2, random.Random(8), pulses=1))

    async def host(ctx):
        dut = bench.dut
        settings(ctx, dut, 1, bench.corners)
        for wait in range(60):
            ctx.set(dut.start, 1)
            await ctx.tick()
            ctx.set(dut.start, 0)
            for _ in range(wait):
                await ctx.tick()
            assert ctx.get(dut.busy)
            ctx.set(dut.stop, 1)
            await ctx.tick()
            assert not ctx.get(dut.request.valid)
            assert not ctx.get(dut.busy)
            ctx.set(dut.stop, 0)
            await ctx.tick().repeat(3)
        assert await bench.march(ctx) == 0
        assert await bench.found(ctx) == {}

    run_bench(bench.dut, host, bench.operator)
