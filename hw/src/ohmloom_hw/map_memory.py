"""The memory behind a map of columns or rows."""

from amaranth.hdl import C, Cat, Module, Mux, Signal, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ohmloom_hw.bus import WindowInterface, WindowSignature
from ohmloom_hw.corrected_memory import build_memory, leave_idle
from ohmloom_hw.map_registers import UNUSED_BIT

__all__ = ["MapMemory"]


class MapMemory(wiring.Component):
    """One number a place and tile, at first its own.

    Parameters
    ----------
    tiles
        Number of tiles.
    places
        Places of a tile.
    whole
        Whether each place has a number; else a word can say that it is unused.
    protected
        Whether its words are corrected.
    """

    window: WindowInterface
    """The host's side; a number beyond the last place is kept as that of the places."""
    running: Signal
    """Whether the datapath owns the memory."""
    tile: Signal
    """Tile that is looked up."""
    place: Signal
    """Place that is looked up."""
    entry: Signal
    """Its number, a cycle later."""
    unused: Signal
    """It has none, a cycle later."""

    def __init__(
        self, *, tiles: int, places: int, whole: bool = False, protected: bool = False
    ) -> None:
        self._places, self._whole = places, whole
        self.memory = build_memory(
            protected=protected,
            shape=unsigned(places.bit_length() + (not whole)),
            depth=1 << max(1, (tiles * places - 1).bit_length()),
            init=[place for _ in range(tiles) for place in range(places)],
        )
        super().__init__(
            {
                "window": In(WindowSignature(max(1, (tiles * places - 1).bit_length()))),
                "running": In(1),
                "tile": In(range(max(2, tiles))),
                "place": In(range(max(2, places))),
                "entry": Out(range(places + 1)),
                "unused": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the memory, with a bit more a word where places may be unused."""
        m = Module()
        bits, window = len(self.entry), self.window
        m.submodules.memory = memory = self.memory
        leave_idle(m, memory, window, self.running)
        read_port, write_port = memory.read_port(), memory.write_port()
        given = window.w_data[:UNUSED_BIT]
        number = Mux(given >= self._places, self._places, given)
        unused = window.w_data[UNUSED_BIT]
        m.d.comb += [
            read_port.addr.eq(
                Mux(self.running, self.tile * self._places + self.place, window.addr)
            ),
            write_port.addr.eq(window.addr),
            write_port.en.eq(window.w_en & ~self.running),
            self.entry.eq(read_port.data[:bits]),
        ]
        if self._whole:
            m.d.comb += [write_port.data.eq(number), window.r_data.eq(self.entry)]
        else:
            m.d.comb += [
                write_port.data.eq(Cat(Mux(unused, 0, number)[:bits], unused)),
                self.unused.eq(read_port.data[bits]),
                window.r_data.eq(Cat(self.entry, C(0, UNUSED_BIT - bits), self.unused)),
            ]
        return m
