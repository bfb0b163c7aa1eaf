"""The twin: an exact array with its converters behind the array ports, in the FPGA itself.

A start walks over the rows, `lanes` converters at a time: a level of each lane times the code of
the row is added up. `ohmloom_hw.twin_adc` makes codes of the sums.
"""

from typing import TYPE_CHECKING, Any, Literal

from amaranth.hdl import Array, Cat, Module, Mux, ResetInserter, Signal, Value, signed, unsigned
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Member

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.array_port import ArrayPort
from ohmloom_hw.bus import WindowInterface, WindowSignature
from ohmloom_hw.spram import Spram
from ohmloom_hw.twin_adc import TwinAdc
from ohmloom_hw.twin_cells import CellLayout
from ohmloom_hw.twin_walk import TwinWalk, twin_latency

__all__ = ["Twin"]

_ATTRS: dict[str, Any] = {"ram_style": "block", "no_rw_check": 1}


class Twin(wiring.Component):
    """Serve the array ports of all tiles, one at a time.

    The codes of the word lines come row by row, beside the ports, whose `levels` aren't looked at.
    The levels of the cells come through the window, in the layout of `CellLayout`, while nothing
    is being converted. `lanes` lines are added up at once, a row a cycle.

    Parameters
    ----------
    spec
        The chip.
    lanes
        Products a cycle; more than a tile has converters aren't built.
    memory
        Where the cells are kept: 'block' RAM; 'spram', the large memories of the iCE40 UltraPlus,
        whose first content is unknown; or 'model', which behaves as these do.
    """

    window: WindowInterface
    """The host's side of the cells."""
    running: Signal
    """Whether the sequencer runs: the host stays away from the cells."""
    apply: Signal
    """One cycle: the word lines take the slices that were written."""
    w_en: Signal
    """A slice is written; it isn't shown before `apply`."""
    w_row: Signal
    """Row of that slice."""
    w_code: Signal
    """That slice."""
    noise: Signal
    """Standard deviation of the noise [1/128 LSB]."""
    seed: Signal
    """Starts the noise anew, if not 0."""
    drift: Signal
    """Factor of all conductances, `UNIT_DRIFT` is one."""
    offset: Signal
    """Code at zero current [1/128 LSB]."""

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """Tell type checkers that the spec makes the array ports."""

    def __init__(
        self,
        spec: ChipSpec,
        lanes: int,
        *,
        memory: Literal["block", "spram", "model"] = "block",
    ) -> None:
        self._spec, self._layout, self._memory = spec, CellLayout.of(spec, lanes), memory
        ports: dict[str, Member] = {
            "window": In(WindowSignature((self._layout.words - 1).bit_length())),
            "running": In(1),
            "apply": In(1),
            "w_en": In(1),
            "w_row": In(range(max(2, spec.rows))),
            "w_code": In(spec.input.slice_bits),
            "noise": In(16),
            "seed": In(32),
            "drift": In(16),
            "offset": In(signed(16)),
        }
        for tile in range(spec.tiles):
            ports[f"array_{tile}"] = In(ArrayPort(spec))
        super().__init__(ports)

    @property
    def latency(self) -> int:
        """Clock cycles from `start` to `done`."""
        return twin_latency(self._layout)

    def elaborate(self, platform: object) -> Module:
        """Build the walk over rows, lanes and passes, and what it walks over."""
        spec, layout, m = self._spec, self._layout, Module()
        tile = Signal(range(max(2, spec.tiles)))
        select = Signal(range(max(2, layout.share)))
        walk = TwinWalk(layout)
        # What a run that ended early left unfinished isn't answered in the next.
        m.submodules.walk = ResetInserter(~self.running)(walk)
        ports = [getattr(self, f"array_{number}") for number in range(spec.tiles)]
        for number, port in enumerate(ports):
            with m.If(port.start):
                m.d.comb += walk.begin.eq(1)
                m.d.sync += [tile.eq(number), select.eq(port.select)]
        cells = self._cells(m, tile, select, walk)
        total = self._sums(m, cells, self._lines(m, walk), walk)
        codes, over_range = self._codes(m, total, walk)
        for number, port in enumerate(ports):
            m.d.comb += [
                port.codes.eq(codes),
                port.over_range.eq(over_range),
                port.done.eq(walk.done & (tile == number)),
            ]
        return m

    def _cells(self, m: Module, tile: Signal, select: Signal, walk: TwinWalk) -> Value:
        """Build a memory a chunk; return the levels of a word, a cycle after its address."""
        layout, window = self._layout, self.window
        chunk_bits = layout.chunks.bit_length() - 1
        address = Signal(range(layout.depth))
        walked = Cat(
            walk.row[: layout.row_bits],
            walk.turn[: layout.pass_bits],
            select[: layout.select_bits],
            tile,
        )
        place = Signal.like(address)
        chosen = Signal(range(max(2, layout.chunks)))
        found = Array(Signal(32, name=f"chunk_{number}") for number in range(layout.chunks))
        m.d.comb += [
            place.eq(window.addr >> chunk_bits),
            address.eq(Mux(self.running, walked, place)),
            window.r_data.eq(found[chosen]),
        ]
        m.d.sync += chosen.eq(window.addr[:chunk_bits])
        words: list[Value] = []
        for number in range(layout.chunks):
            levels = min(layout.per_chunk, layout.lanes - number * layout.per_chunk)
            if levels <= 0:
                continue
            mine = window.addr[:chunk_bits] == number if chunk_bits else 1
            w_en = window.w_en & ~self.running & mine
            if self._memory != "block":
                spram = Spram(bits=levels * layout.bits, model=self._memory == "model")
                m.submodules[f"cells_{number}"] = spram
                m.d.comb += [
                    spram.address.eq(address),
                    spram.w_en.eq(w_en),
                    spram.w_data.eq(window.w_data),
                    found[number].eq(spram.r_data),
                ]
                words.append(spram.r_data)
                continue
            # Host and datapath take turns, and the host's words are read or written, so no cell is
            # read and written in the same cycle.
            memory: Memory = Memory(
                shape=unsigned(levels * layout.bits),
                depth=layout.depth,
                init=[],
                attrs=_ATTRS,
            )
            m.submodules[f"cells_{number}"] = memory
            read_port, write_port = memory.read_port(), memory.write_port()
            m.d.comb += [
                read_port.addr.eq(address),
                read_port.en.eq(self.running | window.r_en),
                write_port.addr.eq(place),
                write_port.data.eq(window.w_data),
                write_port.en.eq(w_en),
                found[number].eq(read_port.data),
            ]
            words.append(read_port.data)
        return Cat(*words)

    def _lines(self, m: Module, walk: TwinWalk) -> Value:
        """Build the word lines; return the code of a row, a cycle after its number.

        They are in a memory of two halves, one shown and one written, since registers as wide as
        the `levels` of the port and a choice among them would be the largest part of the twin.
        """
        spec, row_bits = self._spec, len(walk.row)
        shown = Signal()
        codes: Memory = Memory(
            shape=unsigned(spec.input.slice_bits),
            depth=2 << row_bits,
            init=[],
            attrs=_ATTRS,
        )
        m.submodules.codes = codes
        read_port, write_port = codes.read_port(), codes.write_port()
        with m.If(self.apply):
            m.d.sync += shown.eq(~shown)
        m.d.comb += [
            read_port.addr.eq(Cat(walk.row, shown)),
            write_port.addr.eq(Cat(self.w_row, ~shown)),
            write_port.data.eq(self.w_code),
            write_port.en.eq(self.w_en),
        ]
        code: Value = read_port.data
        return code

    def _sums(self, m: Module, cells: Value, code: Value, walk: TwinWalk) -> Signal:
        """Build the lanes; return the sum of the lane whose turn it is to be drained."""
        spec, layout = self._spec, self._layout
        fetched, multiplied = Signal(), Signal()
        m.d.sync += [
            fetched.eq(walk.walking & self.running),
            multiplied.eq(fetched & self.running),
        ]
        sums = [
            Signal(spec.line_sum_maximum.bit_length(), name=f"sum_{lane}")
            for lane in range(layout.lanes)
        ]
        for lane, total in enumerate(sums):
            product = Signal(spec.input.slice_bits + layout.bits, name=f"product_{lane}")
            m.d.sync += product.eq(code * cells.word_select(lane, layout.bits))
            with m.If(~self.running):
                m.d.sync += total.eq(0)
            with m.Elif(multiplied):
                m.d.sync += total.eq(total + product)
            with m.Elif(walk.draining):
                # Once all are drained, zeros have moved in for the next pass.
                m.d.sync += total.eq(sums[lane + 1] if lane + 1 < layout.lanes else 0)
        return sums[0]

    def _codes(self, m: Module, total: Signal, walk: TwinWalk) -> tuple[Signal, Signal]:
        """Build the ADC; return the codes of all converters and their flags."""
        spec = self._spec
        m.submodules.adc = adc = TwinAdc(spec)
        left = Signal(range(spec.adcs + 1))
        with m.If(walk.begin):
            m.d.sync += left.eq(spec.adcs)
        with m.Elif(adc.valid):
            m.d.sync += left.eq(left - 1)
        m.d.comb += [
            # The last pass may have lanes to which no converter belongs.
            adc.valid.eq(walk.draining & (left != 0)),
            adc.total.eq(total),
            adc.noise.eq(self.noise),
            adc.seed.eq(self.seed),
            adc.drift.eq(self.drift),
            adc.offset.eq(self.offset),
        ]
        codes = Signal(spec.adcs * spec.adc.bits)
        over_range = Signal(spec.adcs)
        with m.If(adc.ready):
            m.d.sync += [
                codes.eq(Cat(codes, adc.code)[spec.adc.bits :]),
                over_range.eq(Cat(over_range, adc.over_range)[1:]),
            ]
        return codes, over_range
