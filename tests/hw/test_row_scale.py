"""The table of row scales: one at first, what the host wrote afterwards."""

import pytest

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.row_scale import RowScale


@pytest.mark.parametrize("tiles", [1, 3])
@pytest.mark.parametrize("rows", [1, 5, 8])
@pytest.mark.parametrize("secded", [False, True])
def test_every_row_of_every_tile_has_its_scale(tiles, rows, secded, run_bench):
    chip = {
        "tile": [{"count": tiles, "rows": rows, "columns": 2}],
        "ecc": {"row_scale": True, "secded": secded},
    }
    dut = RowScale(ChipSpec.parse(chip))
    stride = {1: 1, 5: 8, 8: 8}[rows]
    places = [(tile, row) for tile in range(tiles) for row in range(rows)]

    async def seen(ctx):
        ctx.set(dut.running, 1)
        found = []
        for tile, row in places:
            ctx.set(dut.tile, tile)
            ctx.set(dut.row, row)
            await ctx.tick()
            found.append(ctx.get(dut.scale))
        ctx.set(dut.running, 0)
        return found

    async def bench(ctx):
        assert await seen(ctx) == [256] * len(places)
        for number, (tile, row) in enumerate(places):
            ctx.set(dut.window.addr, tile * stride + row)
            ctx.set(dut.window.w_data, 7 * number)
            ctx.set(dut.window.w_en, 1)
            await ctx.tick()
        ctx.set(dut.window.w_en, 0)
        assert await seen(ctx) == [7 * number for number in range(len(places))]
        ctx.set(dut.window.addr, places[-1][0] * stride + places[-1][1])
        await ctx.tick()
        assert ctx.get(dut.window.r_data) == 7 * (len(places) - 1)

    run_bench(dut, bench)
