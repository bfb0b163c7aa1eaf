"""Converter models at the pins of a front end in Amaranth's simulator."""

from typing import Any

from ohmloom_hw.converters.plan import ConverterPlan
from ohmloom_sim.converters.adc_bank import Drive


class PinWatcher:
    """Hands every change of the pins to a board, and its answers to the pins."""

    def __init__(self, pins: Any, plan: ConverterPlan, board: Any) -> None:
        self.pins, self.plan, self.board = pins, plan, board
        self.drives: list[Drive] = []
        self.cycle = 0

    def time_ps(self, cycle: int) -> int:
        return round(cycle * 1e12 / self.plan.spec.clock)

    async def watch(self, ctx: Any) -> None:
        while True:
            if self.cycle:
                # Before the first edge, combinational pins haven't been computed yet.
                self.look(ctx)
            ahead = self.time_ps(self.cycle + 1) - round(self.plan.profile.board_delay * 1e12)
            while self.drives and self.drives[0][0] <= ahead:
                ctx.set(self.pins.adc_data, self.drives.pop(0)[1])
            await ctx.tick()
            self.cycle += 1

    def look(self, ctx: Any) -> None:
        pins, now = self.pins, self.time_ps(self.cycle)
        dacs, adcs = self.board.dacs, self.board.adcs
        if self.plan.mux_bits:
            self.board.set_mux(ctx.get(pins.mux), now)
        # Data change together with the clock's idle edge: the chip sees the clock first.
        dacs.set_select(ctx.get(pins.dac_select_n), now)
        dacs.set_clock(ctx.get(pins.dac_sclk), now)
        dacs.set_data(ctx.get(pins.dac_data), now)
        if self.plan.latch_cycles:
            dacs.set_latch(ctx.get(pins.dac_latch_n), now)
        self.drives += adcs.set_select(ctx.get(pins.adc_select_n), now)
        self.drives += adcs.set_clock(ctx.get(pins.adc_sclk), now)
        if self.plan.adc.header_bits:
            adcs.set_command(ctx.get(pins.adc_command), now)
