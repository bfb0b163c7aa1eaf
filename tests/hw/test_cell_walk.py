import pytest

from ohmloom_hw.cell_operator import WriteShape
from ohmloom_hw.cell_walk import CellWalk

SHAPE = WriteShape(tiles=1, rows=3, lines=4)


@pytest.mark.parametrize("down", [0, 1])
@pytest.mark.parametrize("by_line", [0, 1])
@pytest.mark.parametrize("corners", [(0, 0, 2, 3), (1, 2, 1, 2), (0, 1, 2, 1), (2, 0, 2, 3)])
def test_every_cell_comes_once_in_its_order(corners, by_line, down, run_bench):
    dut = CellWalk(SHAPE)
    first_row, first_line, last_row, last_line = corners
    wanted = [
        (row, line)
        for row in range(first_row, last_row + 1)
        for line in range(first_line, last_line + 1)
    ]
    wanted.sort(key=lambda place: place[::-1] if by_line else place, reverse=bool(down))

    async def bench(ctx):
        for name, value in zip(
            ("first_row", "first_line", "last_row", "last_line"), corners, strict=True
        ):
            ctx.set(getattr(dut, name), value)
        ctx.set(dut.by_line, by_line)
        ctx.set(dut.down, down)
        ctx.set(dut.begin, 1)
        await ctx.tick()
        ctx.set(dut.begin, 0)
        for number, (row, line) in enumerate(wanted):
            await ctx.tick()
            assert (ctx.get(dut.row), ctx.get(dut.line)) == (row, line)
            assert ctx.get(dut.number) == row * 4 + line
            assert ctx.get(dut.final) == (number == len(wanted) - 1)
            ctx.set(dut.next, 1)
            await ctx.tick()
            ctx.set(dut.next, 0)

    run_bench(dut, bench)
