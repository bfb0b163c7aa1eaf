"""The digital side of a chip, whole: host link and core."""

from typing import TYPE_CHECKING, Any

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Member, Out, connect, flipped

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.array_port import ArrayPort
from ohmloom_hw.core import Core
from ohmloom_hw.link import Link
from ohmloom_hw.uart import uart_divisor

__all__ = ["Chip"]


class Chip(wiring.Component):
    """Everything before the array ports.

    Besides the serial line there is one `ArrayPort` a tile, `array_0`, `array_1` and so on.
    """

    rx: Signal
    """Serial line from the host."""
    tx: Signal
    """Serial line to the host."""

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """Tell type checkers that the spec makes the array ports."""

    def __init__(self, spec: ChipSpec) -> None:
        self._spec = spec
        ports: dict[str, Member] = {"rx": In(1), "tx": Out(1)}
        for tile in range(spec.tiles):
            ports[f"array_{tile}"] = Out(ArrayPort(spec))
        super().__init__(ports)

    def elaborate(self, platform: object) -> Module:
        """Connect link and core, and lead the array ports out."""
        m = Module()
        m.submodules.link = link = Link(uart_divisor(self._spec.clock, self._spec.baud))
        m.submodules.core = core = Core(self._spec)
        connect(m, link.bus, core.bus)
        m.d.comb += [
            link.rx.eq(self.rx),
            self.tx.eq(link.tx),
            core.crc_errors.eq(link.crc_errors),
            core.frame_errors.eq(link.frame_errors),
        ]
        for tile in range(self._spec.tiles):
            name = f"array_{tile}"
            connect(m, getattr(core, name), flipped(getattr(self, name)))
        return m
