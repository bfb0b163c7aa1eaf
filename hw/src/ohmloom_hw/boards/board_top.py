"""The top module on a board: the chip, its clock, a reset after power-on, and LEDs."""

import math
from typing import TYPE_CHECKING, Any

from amaranth.back import verilog
from amaranth.hdl import ClockDomain, ClockSignal, Module, ResetSignal, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.boards.board import Board
from ohmloom_hw.chip import Chip
from ohmloom_hw.features import Features

__all__ = ["BOARD_TOP", "BoardTop", "board_verilog"]

BOARD_TOP = "board"
"""Name of the top module."""

# Block RAM of the iCE40 can't be read in the first microseconds after configuration.
_RESET_TIME = 20e-6
_BLINK_TIME = 1.0


class BoardTop(wiring.Component):
    """A chip on a board, with a pin `led_<what>` for each of the board's LEDs.

    Parameters
    ----------
    board
        The board.
    spec
        The chip, with the board's clock.
    features
        What the chip is built with; nothing but its serial line reaches the pins.
    """

    clk: Signal
    """The oscillator."""
    rx: Signal
    """Serial line from the host."""
    tx: Signal
    """Serial line to the host."""

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """Tell type checkers that the board makes the LEDs."""

    def __init__(self, board: Board, spec: ChipSpec, features: Features) -> None:
        self._board, self._spec, self._features = board, spec, features
        leds = {f"led_{what}": Out(1) for what in board.leds}
        super().__init__({"clk": In(1), "rx": In(1), "tx": Out(1)} | leds)

    @property
    def reset_cycles(self) -> int:
        """Clock cycles after power-on in which the chip is held in reset."""
        return math.ceil(_RESET_TIME * self._board.clock - 1e-9)

    def elaborate(self, platform: object) -> Module:
        """Build the clock domain, the reset and the chip."""
        m = Module()
        m.domains += [ClockDomain("power", reset_less=True), ClockDomain("sync")]
        left = Signal(range(self.reset_cycles + 1), init=self.reset_cycles)
        reset = Signal(init=1)
        m.d.comb += [
            ClockSignal("power").eq(self.clk),
            ClockSignal().eq(self.clk),
            ResetSignal().eq(reset),
        ]
        m.d.power += reset.eq(left != 0)
        with m.If(left != 0):
            m.d.power += left.eq(left - 1)
        m.submodules.chip = chip = Chip(self._spec, self._features)
        m.d.comb += [chip.rx.eq(self.rx), self.tx.eq(chip.tx)]

        beat = Signal(max(2, round(math.log2(self._board.clock * _BLINK_TIME))))
        m.d.sync += beat.eq(beat + 1)
        shown = {"heartbeat": beat[-1], "busy": chip.busy, "error": chip.error}
        for what in self._board.leds:
            led = getattr(self, f"led_{what}")
            m.d.comb += led.eq(~shown[what] if self._board.leds_low else shown[what])
        return m


def board_verilog(board: Board, spec: ChipSpec, features: Features) -> str:
    """Return the Verilog of the top module of a board and all below it.

    Raises
    ------
    ValueError
        Where the chip's array ports or buses would need pins.
    """
    if features.behind != "twin" or features.bus != "none":
        msg = (
            "a chip on a board must have its twin behind the array ports and no bus, "
            f"not {features.behind} and {features.bus}"
        )
        raise ValueError(msg)
    if spec.spiking is not None and spec.spiking.pins:
        msg = "spiking.pins must be false for a chip on a board, whose pins for events aren't known"
        raise ValueError(msg)
    top = BoardTop(board, spec, features)
    body = verilog.convert(top, name=BOARD_TOP, emit_src=False, strip_internal_attrs=True)
    return (
        f"// {board.title}: {spec.name}, hash {spec.hash}. Verilog 2005, made by Ohmloom.\n{body}"
    )
