"""How often conversions were out of range, column by column."""

from amaranth.hdl import Array, Cat, Module, Mux, Signal, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.bus import WindowInterface, WindowSignature
from ohmloom_hw.corrected_memory import build_memory, is_protected, leave_idle
from ohmloom_hw.correction_registers import COUNT_BITS, column_stride

__all__ = ["ClipCounts"]


class ClipCounts(wiring.Component):
    """One counter for every column of every tile, which stays at its highest value.

    They are cleared all at once: what a tile's say is 0 until a step next uses it, and then they
    are set to 0 together with the sums. What is out of range in the rest of a step in which they
    are cleared isn't counted.
    """

    window: WindowInterface
    """The host's side: one word a column, each tile's from a multiple of `column_stride`."""
    running: Signal
    """Whether the datapath owns the memory."""
    clear: Signal
    """One cycle: all counters are 0."""
    tile: Signal
    """Tile of the step."""
    wipe: Signal
    """The sum of `wiped` is set to zero."""
    wiped: Signal
    """That column; all columns come, in their order."""
    clipped: Signal
    """One cycle for each conversion out of range."""
    column: Signal
    """Its column."""

    def __init__(self, spec: ChipSpec) -> None:
        self._spec = spec
        self._column_bits = column_stride(spec).bit_length() - 1
        self._tile_bits = (spec.tiles - 1).bit_length()
        self._bits = max(1, self._column_bits + self._tile_bits)
        self.memory = build_memory(
            protected=is_protected(spec),
            shape=unsigned(COUNT_BITS),
            depth=1 << self._bits,
            transparent=True,
        )
        column = range(max(2, spec.columns))
        super().__init__(
            {
                "window": In(WindowSignature(self._bits)),
                "running": In(1),
                "clear": In(1),
                "tile": In(range(max(2, spec.tiles))),
                "wipe": In(1),
                "wiped": In(column),
                "clipped": In(1),
                "column": In(column),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the memory, and one bit a tile that says whether its counters are of old."""
        m = Module()
        m.submodules.memory = memory = self.memory
        leave_idle(m, memory, self.window, self.running)
        write_port = memory.write_port()
        read_port = memory.read_port(transparent_for=(write_port,))
        old = Array(Signal(name=f"old_{tile}") for tile in range(1 << self._tile_bits))
        asked, shown = Signal(max(1, self._tile_bits)), Signal()
        adding, place = Signal(), Signal(self._bits)
        column = Cat(self.column[: self._column_bits], self.tile)
        m.d.comb += [
            asked.eq(self.window.addr[self._column_bits :]),
            read_port.addr.eq(Mux(self.running, column, self.window.addr)),
            self.window.r_data.eq(Mux(shown, read_port.data, 0)),
            write_port.en.eq((self.wipe & old[self.tile]) | adding),
            write_port.addr.eq(Mux(adding, place, Cat(self.wiped[: self._column_bits], self.tile))),
            write_port.data.eq(Mux(adding, read_port.data + ~read_port.data.all(), 0)),
        ]
        m.d.sync += [
            shown.eq(~old[asked]),
            adding.eq(self.running & self.clipped & ~old[self.tile]),
            place.eq(column),
        ]
        with m.If(self.wipe & (self.wiped == self._spec.columns - 1)):
            m.d.sync += old[self.tile].eq(0)
        with m.If(self.clear):
            m.d.sync += [flag.eq(1) for flag in old]
        return m
