"""What the checksums of a tile should be: the products of a step's inputs with sums of weights."""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out, connect, flipped

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.bus import WindowInterface, WindowSignature
from ohmloom_hw.check_shape import CheckShape
from ohmloom_hw.product_walk import ProductWalk

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
        self._checks = shape.blocks * shape.code.checks
        self._walk = ProductWalk(
            spec,
            groups=self._checks,
            entry=signed(shape.entry_bits),
            value=signed(shape.input_bits),
        )
        self.weights = self._walk.table
        self._result_bits = shape.product_bits - shape.fraction_bits + 1
        super().__init__(
            {
                "window": In(WindowSignature(self._walk.window_bits)),
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
        """Build the multiplier behind the walk, and the memory of predictions."""
        shape, m = self.shape, Module()
        m.submodules.walk = walk = self._walk
        connect(m, flipped(self.window), walk.window)
        sums: Memory = Memory(shape=signed(self._result_bits), depth=max(2, self._checks), init=[])
        m.submodules.predictions = sums
        product, total = Signal(signed(shape.product_bits)), Signal(signed(shape.product_bits))
        complete = Signal(signed(shape.product_bits + 1))
        # Behind the walk: the product is there, and is added.
        adding, anew, done = Signal(), Signal(), Signal()
        check = Signal.like(walk.group)
        write, read = sums.write_port(), sums.read_port()
        m.d.sync += [
            adding.eq(walk.there & ~self.begin),
            anew.eq(walk.first),
            done.eq(walk.last),
            check.eq(walk.group),
            product.eq(walk.entry * walk.value),
        ]
        half = (1 << shape.fraction_bits) >> 1
        m.d.comb += [
            walk.running.eq(self.running),
            walk.x_en.eq(self.x_en),
            walk.x_value.eq(self.x_value),
            walk.begin.eq(self.begin),
            walk.tile.eq(self.tile),
            complete.eq(Mux(anew, 0, total) + product),
            write.addr.eq(check),
            write.data.eq((complete + half) >> shape.fraction_bits),
            write.en.eq(adding & done),
            read.addr.eq(self.check),
            self.predicted.eq(read.data),
            self.busy.eq(walk.busy | adding),
        ]
        with m.If(adding):
            m.d.sync += total.eq(complete)
        return m
