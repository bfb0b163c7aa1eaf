"""Remainders of a tile's sums, predicted from inputs and weights, then compared."""

from amaranth.hdl import Module, Mux, Signal, signed, unsigned
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out, connect, flipped

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.bus import WindowInterface, WindowSignature
from ohmloom_hw.codes.residue import ResidueCode
from ohmloom_hw.product_walk import ProductWalk

__all__ = ["ResiduePass"]


class ResiduePass(wiring.Component):
    """Add up remainders of products while the array is converted, then pass over the sums.

    The prediction takes as many cycles as the tile has columns times rows, and `latency` more.
    """

    window: WindowInterface
    """The host's side of the table of remainders, tile by tile, column by column."""
    running: Signal
    """Whether the datapath owns the memories."""
    on: Signal
    """Whether sums are compared at all."""
    x_en: Signal
    """An input is there; the first one of a step belongs to row 0."""
    x_value: Signal
    """That input."""
    begin: Signal
    """One cycle: the inputs of a step are going to come."""
    tile: Signal
    """Tile of the step."""
    columns: Signal
    """Columns in use."""
    start: Signal
    """One cycle: compare as soon as the predictions are complete; ignored with `stop`."""
    stop: Signal
    """Don't wait for the predictions."""
    column: Signal
    """Column whose sum is read."""
    total: Signal
    """That sum, a cycle later."""
    flagged: Signal
    """One cycle for each sum that leaves another remainder than predicted."""
    doubt: Signal
    """There was one; keeps still until the next start."""
    busy: Signal
    """High from the cycle after `start` until they are compared."""

    latency = 3
    """Clock cycles from the last remainder's numbers to its presence in a prediction."""

    def __init__(self, spec: ChipSpec) -> None:
        self._spec, self.code = spec, ResidueCode.of(spec)
        shape = unsigned(self.code.bits)
        self._walk = ProductWalk(spec, groups=spec.columns, entry=shape, value=shape)
        self.table = self._walk.table
        super().__init__(
            {
                "window": In(WindowSignature(self._walk.window_bits)),
                "running": In(1),
                "on": In(1),
                "x_en": In(1),
                "x_value": In(signed(spec.entry_bits + 1)),
                "begin": In(1),
                "tile": In(range(max(2, spec.tiles))),
                "columns": In(range(spec.columns + 1)),
                "start": In(1),
                "stop": In(1),
                "column": Out(range(max(2, spec.columns))),
                "total": In(signed(spec.accumulator_bits)),
                "flagged": Out(1),
                "doubt": Out(1),
                "busy": Out(1),
            }
        )

    @staticmethod
    def predicting(spec: ChipSpec) -> int:
        """Return the clock cycles from a step's last input until its predictions are complete."""
        return spec.columns * spec.rows + ResiduePass.latency

    @staticmethod
    def comparing(spec: ChipSpec) -> int:
        """Return for how many clock cycles `busy` is high where they are, with all columns used."""
        return spec.columns + 3

    def elaborate(self, platform: object) -> Module:
        """Build both halves around the memory of predictions."""
        m = Module()
        m.submodules.walk = walk = self._walk
        connect(m, flipped(self.window), walk.window)
        predictions: Memory = Memory(
            shape=unsigned(self.code.bits), depth=max(2, self._spec.columns), init=[]
        )
        m.submodules.predictions = predictions
        m.d.comb += [
            walk.running.eq(self.running),
            walk.x_en.eq(self.x_en),
            walk.x_value.eq(self.code.reduced(self.x_value)),
            walk.begin.eq(self.begin),
            walk.tile.eq(self.tile),
        ]
        complete = self._predict(m, predictions)
        self._compare(m, predictions, complete)
        return m

    def _predict(self, m: Module, predictions: Memory) -> Signal:
        """Add up the remainders; return whether all predictions are there."""
        walk, code = self._walk, self.code
        product, total = Signal(2 * code.bits), Signal(code.bits)
        adding, anew, done, complete = Signal(), Signal(), Signal(), Signal()
        column, added = Signal.like(walk.group), Signal(code.bits)
        write = predictions.write_port()
        m.d.sync += [
            adding.eq(walk.there & ~self.begin),
            anew.eq(walk.first),
            done.eq(walk.last),
            column.eq(walk.group),
            product.eq(walk.entry * walk.value),
        ]
        m.d.comb += [
            added.eq(code.reduced(Mux(anew, 0, total) + product)),
            write.addr.eq(column),
            write.data.eq(added),
            write.en.eq(adding & done),
            complete.eq(~(walk.busy | adding)),
        ]
        with m.If(adding):
            m.d.sync += total.eq(added)
        return complete

    def _compare(self, m: Module, predictions: Memory, complete: Signal) -> None:
        read = predictions.read_port()
        passing, shown = Signal(), Signal()
        m.d.comb += [
            read.addr.eq(self.column),
            self.flagged.eq(shown & self.on & (self.code.reduced(self.total) != read.data)),
        ]
        m.d.sync += shown.eq(passing)
        with m.If(self.flagged):
            m.d.sync += self.doubt.eq(1)
        with m.FSM():
            with m.State("IDLE"), m.If(self.start & ~self.stop):
                m.d.sync += [self.busy.eq(1), self.column.eq(0), self.doubt.eq(0)]
                m.next = "PREDICT"
            with m.State("PREDICT"):
                with m.If(self.stop):
                    m.d.sync += self.busy.eq(0)
                    m.next = "IDLE"
                with m.Elif(complete):
                    m.next = "PASS"
            with m.State("PASS"):
                m.d.comb += passing.eq(1)
                m.d.sync += self.column.eq(self.column + 1)
                with m.If(self.column + 1 >= self.columns):
                    m.next = "LAST"
            with m.State("LAST"):
                m.d.sync += self.busy.eq(0)
                m.next = "IDLE"
