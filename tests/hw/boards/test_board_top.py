import re

import pytest
from amaranth.sim import Simulator

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.boards.board import load_board
from ohmloom_hw.boards.board_top import BoardTop, board_verilog
from ohmloom_hw.features import Features

SMALL = ChipSpec.parse({"tile": [{"rows": 2, "columns": 1}]})


def top():
    board = load_board("icebreaker")
    return BoardTop(board, board.fit(SMALL), board.features)


def test_chip_that_needs_pins_is_refused():
    message = (
        "a chip on a board must have its twin behind the array ports and no bus, not pins and none"
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        board_verilog(load_board("icebreaker"), SMALL, Features())


def test_a_chip_with_pins_for_events_is_refused_since_no_board_names_them():
    plain = {"tile": [{"rows": 2, "columns": 2}], "spiking": {"neurons": 2, "pins": True}}
    board = load_board("icebreaker")
    with pytest.raises(ValueError, match="spiking.pins must be false for a chip on a board"):
        board_verilog(board, board.fit(ChipSpec.parse(plain)), board.features)


def test_reset_ends_after_its_cycles_and_the_line_rests_high():
    dut = top()
    ends = []

    async def bench(ctx):
        ctx.set(dut.rx, 1)
        for cycle in range(dut.reset_cycles + 40):
            ctx.set(dut.clk, 1)
            await ctx.delay(4e-8)
            ctx.set(dut.clk, 0)
            await ctx.delay(4e-8)
            assert ctx.get(dut.tx)
            # An error lights its LED with a low pin; there is none.
            assert ctx.get(dut.led_error)
            ends.append(cycle)

    simulator = Simulator(dut)
    simulator.add_testbench(bench)
    simulator.run()
    assert dut.reset_cycles == 240
    assert len(ends) == 280
