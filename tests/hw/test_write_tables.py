from ohmloom_hw.cell_operator import WriteShape
from ohmloom_hw.write_tables import FailureList, WearTable

SHAPE = WriteShape(tiles=2, rows=40, lines=3)


class OpenWearTable(WearTable):
    """Lets the bench set a count that would take long to reach."""

    def elaborate(self, platform):
        m = super().elaborate(platform)
        self.rows = m.submodules.memory.data
        return m


async def read(ctx, window, place):
    ctx.set(window.addr, place)
    await ctx.tick()
    return ctx.get(window.r_data)


def test_wear_is_counted_by_cell_and_direction_and_stays_at_its_top(run_bench):
    dut = OpenWearTable(SHAPE)

    async def pulse(ctx, tile, row, line, *, reset):
        for name, value in (("tile", tile), ("row", row), ("line", line), ("reset", reset)):
            ctx.set(getattr(dut, name), value)
        ctx.set(dut.count, 1)
        await ctx.tick()
        ctx.set(dut.count, 0)
        await ctx.tick()

    async def bench(ctx):
        for _ in range(3):
            await pulse(ctx, 1, 5, 2, reset=0)
        await pulse(ctx, 1, 5, 2, reset=1)
        await pulse(ctx, 0, 5, 2, reset=1)
        ctx.set(dut.host_tile, 1)
        assert await read(ctx, dut.window, 17) == 3 | 1 << 16
        assert await read(ctx, dut.window, 16) == 0
        ctx.set(dut.host_tile, 0)
        assert await read(ctx, dut.window, 17) == 1 << 16
        ctx.set(dut.rows[17], 0xFFFE | 0xFFFF << 16)
        for _ in range(3):
            await pulse(ctx, 0, 5, 2, reset=0)
            await pulse(ctx, 0, 5, 2, reset=1)
        assert await read(ctx, dut.window, 17) == 0xFFFFFFFF
        # Places beyond the cells, and tiles that aren't there, read as 0.
        assert await read(ctx, dut.window, 120) == 0
        ctx.set(dut.host_tile, 2)
        assert await read(ctx, dut.window, 17) == 0

    run_bench(dut, bench)


def test_list_of_failures_keeps_the_first_ones_until_it_is_cleared(run_bench):
    dut = FailureList(SHAPE)

    async def add(ctx, row):
        ctx.set(dut.tile, 1)
        ctx.set(dut.row, row)
        ctx.set(dut.line, row % 3)
        ctx.set(dut.add, 1)
        await ctx.tick()
        ctx.set(dut.add, 0)

    async def bench(ctx):
        for row in range(40):
            await add(ctx, row)
        for place in range(32):
            assert await read(ctx, dut.window, place) == place | place % 3 << 12 | 1 << 24
        ctx.set(dut.clear, 1)
        await ctx.tick()
        ctx.set(dut.clear, 0)
        await add(ctx, 7)
        assert await read(ctx, dut.window, 0) == 7 | 1 << 12 | 1 << 24
        assert await read(ctx, dut.window, 1) == 0

    run_bench(dut, bench)
