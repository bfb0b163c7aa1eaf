"""What must hold for a cell to get a pulse: a pin from outside, and a key from the host."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ohmloom_hw.program_registers import FORM_KEY, WRITE_KEY

__all__ = ["Interlock"]


class Interlock(wiring.Component):
    """Bring the pin into the clock domain, and compare the key.

    `permit` masks the voltages themselves: it falls a cycle after the pin, or the key. What takes
    the pin for its decisions sees it through a second register, and `permit` rises not before that
    one, so that nothing that was masked comes back.
    """

    pin: Signal
    """From outside, at any time: high where pulses are allowed."""
    key: Signal
    """Content of WRITE_KEY."""
    enabled: Signal
    """The pin is high."""
    armed: Signal
    """The key is one of writing or of forming."""
    forming: Signal
    """The key is that of forming."""
    permit: Signal
    """Pulses may be on the lines."""

    def __init__(self) -> None:
        super().__init__(
            {
                "pin": In(1),
                "key": In(32),
                "enabled": Out(1),
                "armed": Out(1),
                "forming": Out(1),
                "permit": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build two registers for the pin and two for the key."""
        m = Module()
        seen = Signal()
        m.d.sync += [
            seen.eq(self.pin),
            self.enabled.eq(seen),
            self.armed.eq((self.key == WRITE_KEY) | (self.key == FORM_KEY)),
            self.forming.eq(self.key == FORM_KEY),
        ]
        m.d.comb += self.permit.eq(seen & self.enabled & self.armed)
        return m
