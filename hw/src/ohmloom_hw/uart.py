"""Serial bytes: eight bits, no parity, one stop bit, least significant bit first."""

from amaranth.hdl import Cat, Const, Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.cdc import FFSynchronizer
from amaranth.lib.wiring import In, Out

__all__ = ["UartReceiver", "UartTransmitter", "uart_divisor"]

_LEAST_DIVISOR = 4
_RATE_TOLERANCE = 0.02


def uart_divisor(clock: float, baud: float) -> int:
    """Return the clock cycles of a bit.

    Parameters
    ----------
    clock
        Frequency [Hz].
    baud
        Rate [bit/s].

    Raises
    ------
    ValueError
        Where a bit has less than four clock cycles, or whole clock cycles miss the rate by more
        than 2 %.
    """
    divisor = round(clock / baud)
    _check(divisor)
    if abs(clock / (baud * divisor) - 1) > _RATE_TOLERANCE:
        msg = (
            f"clock must be within 2 % of a whole multiple of the baud rate {baud:g}, "
            f"not {clock / baud:.3f} times"
        )
        raise ValueError(msg)
    return divisor


def _check(divisor: int) -> None:
    if divisor < _LEAST_DIVISOR:
        msg = f"divisor must be at least {_LEAST_DIVISOR} clock cycles a bit, not {divisor}"
        raise ValueError(msg)


class UartReceiver(wiring.Component):
    """Take bytes from a pin, each bit sampled in its middle.

    A start bit that is over by its middle is taken for a glitch. A byte is offered for one cycle
    and lost if it isn't taken; it needs no waiting, as bytes are ten bits apart.

    Parameters
    ----------
    divisor
        Clock cycles of a bit, at least 4.
    """

    rx: Signal
    """The pin, high at rest; it need not be synchronous."""
    received: stream.Interface
    """Bytes."""
    framing_error: Signal
    """One cycle: a byte had no stop bit, and was dropped."""

    def __init__(self, divisor: int) -> None:
        _check(divisor)
        self._divisor = divisor
        super().__init__(
            {
                "rx": In(1),
                "received": Out(stream.Signature(8)),
                "framing_error": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build a bit timer and a shift register of start bit and byte."""
        m = Module()
        line = Signal(init=1)
        m.submodules.synchroniser = FFSynchronizer(self.rx, line, init=1)
        timer = Signal(range(self._divisor))
        bits = Signal(range(10))
        shift = Signal(8)
        m.d.comb += self.received.payload.eq(shift)
        m.d.sync += [self.received.valid.eq(0), self.framing_error.eq(0)]
        with m.FSM():
            with m.State("IDLE"):
                # The fall is noticed half a cycle late on average, so the middle isn't rounded up.
                m.d.sync += [timer.eq(self._divisor // 2 - 1), bits.eq(0)]
                with m.If(~line):
                    m.next = "BITS"
            with m.State("BITS"):
                m.d.sync += timer.eq(timer - 1)
                with m.If(timer == 0):
                    m.d.sync += [timer.eq(self._divisor - 1), bits.eq(bits + 1)]
                    with m.If(bits == 9):
                        m.d.sync += [self.received.valid.eq(line), self.framing_error.eq(~line)]
                        # A faster sender's next start bit may come in the very next cycle.
                        with m.If(line):
                            m.next = "IDLE"
                        with m.Else():
                            m.next = "BREAK"
                    with m.Else():
                        m.d.sync += shift.eq(Cat(shift[1:], line))
                    with m.If((bits == 0) & line):
                        m.next = "IDLE"
            with m.State("BREAK"), m.If(line):
                m.next = "IDLE"
        return m


class UartTransmitter(wiring.Component):
    """Put bytes on a pin.

    Parameters
    ----------
    divisor
        Clock cycles of a bit, at least 4.
    """

    tx: Signal
    """The pin, high at rest."""
    sent: stream.Interface
    """Bytes, taken while nothing is being sent."""

    def __init__(self, divisor: int) -> None:
        _check(divisor)
        self._divisor = divisor
        super().__init__({"tx": Out(1), "sent": In(stream.Signature(8))})

    def elaborate(self, platform: object) -> Module:
        """Build a bit timer and a shift register that ends in ones."""
        m = Module()
        timer = Signal(range(self._divisor))
        bits = Signal(range(11))
        shift = Signal(9, init=0x1FF)
        m.d.comb += [self.sent.ready.eq(bits == 0), self.tx.eq(shift[0])]
        with m.If(bits == 0), m.If(self.sent.valid):
            m.d.sync += [
                shift.eq(Cat(Const(0, 1), self.sent.payload)),
                bits.eq(10),
                timer.eq(self._divisor - 1),
            ]
        with m.Elif(timer == 0):
            m.d.sync += [
                shift.eq(Cat(shift[1:], Const(1, 1))),
                bits.eq(bits - 1),
                timer.eq(self._divisor - 1),
            ]
        with m.Else():
            m.d.sync += timer.eq(timer - 1)
        return m
