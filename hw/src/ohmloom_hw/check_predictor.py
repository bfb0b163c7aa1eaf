"""What the checksums of a tile should be: the products of a step's inputs with sums of weights."""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.buffers import extended
from ohmloom_hw.bus import WindowInterface, WindowSignature
from ohmloom_hw.check_shape import CheckShape
from ohmloom_hw.corrected_memory import build_memory, is_protected, leave_idle

__all__ = ["CheckPredictor"]


class CheckPredictor(wiring.Component):
    """Keep the inputs of a step as they are collected, then add up one product a cycle.

    That takes as many cycles as the tile has checks times rows, and `latency` more; it goes on
    while the array is converted.
    """

    window: WindowInterface
    """The host's side of the table of weights."""
    running: Signal
    """Whether the datapath owns the memories."""
    x_en: Signal
    """An input is there; the first one of a step belongs to row 0."""
    x_value: Signal
    """That input."""
    begin: Signal
    """One cycle: the inputs of a step are going to come."""
    tile: Signal
    """Tile of the step."""
    check: Signal
    """Check that is asked for, block by block."""
    predicted: Signal
    """Its prediction, a cycle later, when not busy."""
    busy: Signal
    """The predictions aren't complete yet."""

    latency = 3
    """Clock cycles from the last product's numbers to its presence in a prediction."""

    def __init__(self, spec: ChipSpec) -> None:
        self.shape = shape = CheckShape.of(spec)
        protected = is_protected(spec)
        self._checks = shape.blocks * shape.code.checks
        self.weights = build_memory(
            protected=protected,
            shape=signed(shape.entry_bits),
            depth=1 << max(1, (shape.weights - 1).bit_length()),
        )
        self._result_bits = shape.product_bits - shape.fraction_bits + 1
        super().__init__(
            {
                "window": In(WindowSignature((shape.weights - 1).bit_length())),
                "running": In(1),
                "x_en": In(1),
                "x_value": In(signed(shape.input_bits)),
                "begin": In(1),
                "tile": In(range(max(2, shape.tiles))),
                "check": In(range(self._checks)),
                "predicted": Out(signed(self._result_bits)),
                "busy": Out(1),
            }
        )

    @property
    def cycles(self) -> int:
        """Clock cycles from the last input to the end of `busy`."""
        return self._checks * self.shape.rows + self.latency

    def elaborate(self, platform: object) -> Module:
        """Build the memories of inputs and predictions, the walk and the multiplier between."""
        shape, m = self.shape, Module()
        rows = shape.rows
        m.submodules.weights = weights = self.weights
        leave_idle(m, weights, self.window, self.running)
        inputs: Memory = Memory(shape=signed(shape.input_bits), depth=max(2, rows), init=[])
        sums: Memory = Memory(shape=signed(self._result_bits), depth=max(2, self._checks), init=[])
        m.submodules.inputs, m.submodules.predictions = inputs, sums
        w_port, x_read, x_write = weights.read_port(), inputs.read_port(), inputs.write_port()
        place = Signal(range(max(2, shape.weights)))
        row, taken = Signal(range(rows)), Signal(range(rows))
        walking, waiting = Signal(), Signal()
        host = weights.write_port()
        m.d.comb += [
            x_write.addr.eq(taken),
            x_write.data.eq(self.x_value),
            x_write.en.eq(self.x_en & waiting),
            x_read.addr.eq(row),
            w_port.addr.eq(Mux(self.running, place, self.window.addr)),
            host.addr.eq(self.window.addr),
            host.data.eq(self.window.w_data[: shape.entry_bits].as_signed()),
            host.en.eq(self.window.w_en & ~self.running),
            self.window.r_data.eq(extended(w_port.data)),
        ]
        with m.If(self.begin):
            m.d.sync += [taken.eq(0), waiting.eq(1), walking.eq(0)]
        with m.Elif(self.x_en & waiting):
            m.d.sync += taken.eq(taken + 1)
            with m.If(taken == rows - 1):
                m.d.sync += [
                    waiting.eq(0),
                    walking.eq(1),
                    row.eq(0),
                    place.eq(self.tile * (self._checks * rows)),
                ]
        with m.If(walking):
            m.d.sync += [place.eq(place + 1), row.eq(Mux(row == rows - 1, 0, row + 1))]
        self._multiply(m, w_port.data, x_read.data, sums, row=row, walking=walking, waiting=waiting)
        return m

    def _multiply(
        self,
        m: Module,
        weight: Signal,
        value: Signal,
        sums: Memory,
        *,
        row: Signal,
        walking: Signal,
        waiting: Signal,
    ) -> None:
        shape = self.shape
        last = shape.rows - 1
        check = Signal(range(self._checks + 1))
        product, total = Signal(signed(shape.product_bits)), Signal(signed(shape.product_bits))
        complete = Signal(signed(shape.product_bits + 1))
        # Behind the walk: numbers are there, their product is, it is added.
        there, first, ends = Signal(), Signal(), Signal()
        adding, anew, done = Signal(), Signal(), Signal()
        write, read = sums.write_port(), sums.read_port()
        m.d.sync += [
            there.eq(walking & ~self.begin),
            first.eq(row == 0),
            ends.eq(row == last),
            adding.eq(there & ~self.begin),
            anew.eq(first),
            done.eq(ends),
            product.eq(weight * value),
        ]
        half = (1 << shape.fraction_bits) >> 1
        m.d.comb += [
            complete.eq(Mux(anew, 0, total) + product),
            write.addr.eq(check),
            write.data.eq((complete + half) >> shape.fraction_bits),
            write.en.eq(adding & done),
            read.addr.eq(self.check),
            self.predicted.eq(read.data),
            self.busy.eq(waiting | walking | there | adding),
        ]
        with m.If(self.begin):
            m.d.sync += check.eq(0)
        with m.Elif(adding):
            m.d.sync += total.eq(complete)
            with m.If(done):
                m.d.sync += check.eq(check + 1)
        # The walk ends with the last check's last row.
        passed = Signal(range(self._checks + 1))
        with m.If(self.begin):
            m.d.sync += passed.eq(0)
        with m.Elif(walking & (row == last)):
            m.d.sync += passed.eq(passed + 1)
            with m.If(passed == self._checks - 1):
                m.d.sync += walking.eq(0)
