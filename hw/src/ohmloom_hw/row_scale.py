"""What each row's input is multiplied by."""

from amaranth.hdl import Cat, Module, Mux, Signal, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ohmloom_analog.correction import UNIT_SCALE
from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.bus import WindowInterface, WindowSignature
from ohmloom_hw.corrected_memory import build_memory, is_protected, leave_idle
from ohmloom_hw.correction_registers import SCALE_BITS, row_stride

__all__ = ["RowScale"]


class RowScale(wiring.Component):
    """One scale for every row of every tile; at first all are one."""

    window: WindowInterface
    """The host's side: one word a row, each tile's from a multiple of `row_stride`."""
    running: Signal
    """Whether the datapath owns the memory."""
    tile: Signal
    """Tile that the datapath reads."""
    row: Signal
    """Row that the datapath reads."""
    scale: Signal
    """Its scale, a cycle later."""

    def __init__(self, spec: ChipSpec) -> None:
        self._row_bits = row_stride(spec).bit_length() - 1
        tile_bits = (spec.tiles - 1).bit_length()
        self._bits = max(1, self._row_bits + tile_bits)
        self.memory = build_memory(
            protected=is_protected(spec),
            shape=unsigned(SCALE_BITS),
            depth=1 << self._bits,
            init=[UNIT_SCALE] * (1 << self._bits),
            attrs={"no_rw_check": 1},
        )
        super().__init__(
            {
                "window": In(WindowSignature(self._bits)),
                "running": In(1),
                "tile": In(range(max(2, spec.tiles))),
                "row": In(range(max(2, spec.rows))),
                "scale": Out(SCALE_BITS),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the memory."""
        m = Module()
        m.submodules.memory = memory = self.memory
        leave_idle(m, memory, self.window, self.running)
        read_port, write_port = memory.read_port(), memory.write_port()
        place = Cat(self.row[: self._row_bits], self.tile)
        m.d.comb += [
            read_port.addr.eq(Mux(self.running, place, self.window.addr)),
            self.scale.eq(read_port.data),
            self.window.r_data.eq(read_port.data),
            write_port.addr.eq(self.window.addr),
            write_port.data.eq(self.window.w_data),
            write_port.en.eq(self.window.w_en & ~self.running),
        ]
        return m
