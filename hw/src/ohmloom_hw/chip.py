"""The digital side of a chip, whole: host link and core."""

from typing import TYPE_CHECKING, Any

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Member, Out, connect, flipped

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.buses import make_bridge
from ohmloom_hw.buses.arbiter import BusArbiter
from ohmloom_hw.core import Core
from ohmloom_hw.features import DEFAULT_FEATURES, Features
from ohmloom_hw.link import Link
from ohmloom_hw.uart import uart_divisor
from ohmloom_hw.uartbone import SILENCE_SECONDS, UartBone

__all__ = ["Chip"]

_LED_OUT = ("array_", "converters_", "event_")


class Chip(wiring.Component):
    """Everything before the array ports.

    Besides the serial line there are the ports of the core that lead to the arrays: one
    `ArrayPort` a tile, `array_0`, `array_1` and so on, or what the features put behind them; and
    the pins of a bus where the features name one, `write_enable` where it writes its cells, and
    `event_in` and `event_out` where it has such.
    """

    rx: Signal
    """Serial line from the host."""
    tx: Signal
    """Serial line to the host."""
    irq: Signal
    """To a processor: high while an event that it asked for waits."""
    busy: Signal
    """The step table is being run."""
    error: Signal
    """The last run ended with an error."""

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """Tell type checkers that the spec makes the array ports."""

    def __init__(self, spec: ChipSpec, features: Features = DEFAULT_FEATURES) -> None:
        self._spec, self._features = spec, features
        self._bridge = make_bridge(features.bus)
        self._core = Core(spec, features)
        ports: dict[str, Member] = {
            "rx": In(1),
            "tx": Out(1),
            "irq": Out(1),
            "busy": Out(1),
            "error": Out(1),
        }
        if features.writes:
            ports["write_enable"] = In(1)
        ports |= self._bus_ports()
        inside = self._core.signature.members
        self._outside = [name for name in inside if name.startswith(_LED_OUT)]
        for name in self._outside:
            ports[name] = inside[name]
        super().__init__(ports)

    def elaborate(self, platform: object) -> Module:
        """Connect link and core, and lead the array ports out."""
        m = Module()
        m.submodules.link = link = self._link()
        m.submodules.core = core = self._core
        self._connect_buses(m, link, core)
        m.d.comb += [
            link.rx.eq(self.rx),
            self.tx.eq(link.tx),
            core.crc_errors.eq(link.crc_errors),
            core.frame_errors.eq(link.frame_errors),
            core.repeats.eq(link.repeats),
            self.irq.eq(core.irq),
            self.busy.eq(core.busy),
            self.error.eq(core.error),
        ]
        if self._features.writes:
            m.d.comb += core.write_enable.eq(self.write_enable)
        for name in self._outside:
            connect(m, getattr(core, name), flipped(getattr(self, name)))
        return m

    def _link(self) -> Link | UartBone:
        divisor = uart_divisor(self._spec.clock, self._spec.baud)
        if self._features.link == "uartbone":
            return UartBone(divisor, round(SILENCE_SECONDS * self._spec.clock))
        return Link(divisor)

    def _bus_ports(self) -> dict[str, Member]:
        if self._bridge is None:
            return {}
        return {
            name: port for name, port in self._bridge.signature.members.items() if name != "bus"
        }

    def _connect_buses(self, m: Module, link: Link | UartBone, core: Core) -> None:
        if self._bridge is None:
            connect(m, link.bus, core.bus)
            return
        m.submodules.bridge = bridge = self._bridge
        m.submodules.arbiter = arbiter = BusArbiter()
        connect(m, link.bus, arbiter.first)
        connect(m, bridge.bus, arbiter.second)
        connect(m, arbiter.target, core.bus)
        for name, port in self._bus_ports().items():
            inside, outside = getattr(bridge, name), getattr(self, name)
            m.d.comb += inside.eq(outside) if port.flow is In else outside.eq(inside)
