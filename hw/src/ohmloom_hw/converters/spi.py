"""A serial port of several chips that share clock and select, each with data lines of its own."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ohmloom_hw.converters.chips import SerialPort
from ohmloom_hw.converters.timing import FrameCycles

__all__ = ["SerialMaster"]


class SerialMaster(wiring.Component):
    """Send a frame to all chips at once, and take in what they answer.

    Clock and select come from flip-flops. Data of the chips are taken at the clock edge at which
    the half of a bit begins, before the chips see it; that they are valid by then is the
    arithmetic of `ohmloom_hw.converters.timing`, so the pins need no synchroniser.

    Parameters
    ----------
    port
        The chips' serial port.
    cycles
        A frame, in clock cycles.
    lanes
        Chips.
    code_bits, tail_bits
        Bits of a code that differs from chip to chip, and of the frame after it.
    answer_bits
        Bits at the end of the frame that are kept of each chip's answer.
    """

    start: Signal
    """One cycle: send; ignored while busy."""
    frame: Signal
    """The frame, with `start`."""
    codes: Signal
    """Codes that take their place in it, that of chip 0 in the low bits, with `start`."""
    coded: Signal
    """Whether they do, with `start`."""
    answers: Signal
    """What each chip answered, chip 0 in the low bits; still from `finished` to the next frame."""
    finished: Signal
    """One cycle: select has risen."""
    busy: Signal
    """From the cycle after `start` until the next frame may start."""
    sclk: Signal
    """Clock of the chips."""
    select_n: Signal
    """Select of the chips, low during a frame."""
    to_chips: Signal
    """Data to each chip."""
    from_chips: Signal
    """Data from each chip."""

    def __init__(
        self,
        port: SerialPort,
        cycles: FrameCycles,
        *,
        lanes: int,
        code_bits: int = 0,
        tail_bits: int = 0,
        answer_bits: int = 0,
    ) -> None:
        self._port, self._cycles, self._lanes = port, cycles, lanes
        self._code_bits, self._tail_bits = code_bits, tail_bits
        self._answer_bits = answer_bits
        super().__init__(
            {
                "start": In(1),
                "frame": In(cycles.bits),
                "codes": In(lanes * code_bits),
                "coded": In(1),
                "answers": Out(lanes * answer_bits),
                "finished": Out(1),
                "busy": Out(1),
                "sclk": Out(1),
                "select_n": Out(1),
                "to_chips": Out(lanes),
                "from_chips": In(lanes),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build counters, shift registers and the state machine."""
        m = Module()
        cycles = self._cycles
        wait = Signal(range(max(cycles.lead, cycles.half, cycles.trail, cycles.gap, 2)))
        bit = Signal(range(cycles.bits))
        over = Signal()
        begin, middle, shift = Signal(), Signal(), Signal()
        sclk, select_n = Signal(init=self._port.idle), Signal(init=1)
        m.d.comb += [over.eq(wait == 0), self.sclk.eq(sclk), self.select_n.eq(select_n)]
        m.d.sync += wait.eq(wait - 1)
        with m.If(begin):
            m.d.sync += [sclk.eq(self._port.first), wait.eq(cycles.half - 1)]
        with m.If(middle):
            m.d.sync += [sclk.eq(1 - self._port.first), wait.eq(cycles.half - 1)]
        with m.FSM():
            with m.State("IDLE"), m.If(self.start):
                m.d.sync += [self.busy.eq(1), select_n.eq(0)]
                m.d.sync += [wait.eq(cycles.lead - 1), bit.eq(cycles.bits - 1)]
                m.next = "LEAD"
            with m.State("LEAD"), m.If(over):
                m.d.comb += begin.eq(1)
                m.next = "FIRST"
            with m.State("FIRST"), m.If(over):
                m.d.comb += middle.eq(1)
                m.next = "SECOND"
            with m.State("SECOND"), m.If(over):
                with m.If(bit == 0):
                    m.d.sync += [sclk.eq(self._port.idle), wait.eq(cycles.trail - 1)]
                    m.next = "TRAIL"
                with m.Else():
                    m.d.sync += bit.eq(bit - 1)
                    m.d.comb += [begin.eq(1), shift.eq(1)]
                    m.next = "FIRST"
            with m.State("TRAIL"), m.If(over):
                m.d.sync += [select_n.eq(1), wait.eq(cycles.gap - 1)]
                m.d.comb += self.finished.eq(1)
                m.next = "GAP"
            with m.State("GAP"), m.If(over):
                m.d.sync += self.busy.eq(0)
                m.next = "IDLE"
        self._send(m, bit, shift)
        if self._answer_bits:
            self._take(m, begin if self._port.capture == "first" else middle)
        return m

    def _send(self, m: Module, bit: Signal, shift: Signal) -> None:
        common = Signal(self._cycles.bits)
        begun, coded, inside = Signal(), Signal(), Signal()
        low, high = self._tail_bits, self._tail_bits + self._code_bits
        m.d.comb += [
            begun.eq(self.start & ~self.busy),
            inside.eq(coded & (bit >= low) & (bit < high)),
        ]
        with m.If(begun):
            m.d.sync += [common.eq(self.frame), coded.eq(self.coded)]
        with m.Elif(shift):
            m.d.sync += common.eq(common << 1)
        for lane in range(self._lanes):
            data = self.to_chips[lane]
            if not self._code_bits:
                m.d.comb += data.eq(common[-1])
                continue
            # While codes are sent, each lane has a register of its own.
            code = Signal(self._code_bits, name=f"code_{lane}")
            m.d.comb += data.eq(Mux(inside, code[-1], common[-1]))
            with m.If(begun):
                m.d.sync += code.eq(self.codes.word_select(lane, self._code_bits))
            with m.Elif(shift & inside):
                m.d.sync += code.eq(code << 1)

    def _take(self, m: Module, now: Signal) -> None:
        for lane in range(self._lanes):
            answer = self.answers.word_select(lane, self._answer_bits)
            with m.If(now):
                m.d.sync += answer.eq(Cat(self.from_chips[lane], answer[:-1]))
