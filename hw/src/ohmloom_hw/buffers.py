"""The memories between host and datapath.

Each has a window, through which the host reads and writes it word by word while the sequencer is
idle, and a side for the datapath. The register file refuses the host while the sequencer runs, so
one port serves both.

No word is read and written in the same cycle by anybody who uses what is read: the host's accesses
are one or the other, and the datapath reads each memory in other phases of a step than it writes
it. The memories say so (`no_rw_check`), which spares the logic that would keep the old word.
"""

from typing import Any

from amaranth.hdl import Cat, Module, Mux, Signal, Value, signed, unsigned
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.bus import WindowInterface, WindowSignature
from ohmloom_hw.calibration import UNIT_GAIN
from ohmloom_hw.corrected_memory import build_memory, is_protected, leave_idle
from ohmloom_hw.step_words import STEP_WORDS, step_layout

__all__ = ["CalibrationTable", "InputBuffer", "StepTable", "WordBuffer"]

_STEP_WORDS = len(STEP_WORDS)
_ATTRS: dict[str, Any] = {"no_rw_check": 1}


class InputBuffer(wiring.Component):
    """Entries that layers take, packed into words, entry 0 in the low bits."""

    window: WindowInterface
    """The host's side: whole words."""
    running: Signal
    """Whether the datapath owns the memory."""
    address: Signal
    """Word that the datapath reads."""
    word: Signal
    """That word, a cycle later."""
    w_en: Signal
    """Whether the datapath writes an entry."""
    w_place: Signal
    """Place of that entry."""
    w_entry: Signal
    """That entry."""

    def __init__(self, spec: ChipSpec) -> None:
        self._entry_bits, self._lanes = spec.entry_bits, 32 // spec.entry_bits
        self._words = spec.input_entries // self._lanes
        self.memory = build_memory(
            protected=is_protected(spec),
            shape=unsigned(32),
            depth=self._words,
            granularity=self._entry_bits,
            attrs=_ATTRS,
        )
        super().__init__(
            {
                "window": In(WindowSignature((self._words - 1).bit_length())),
                "running": In(1),
                "address": In(range(self._words)),
                "word": Out(32),
                "w_en": In(1),
                "w_place": In(range(spec.input_entries)),
                "w_entry": In(signed(spec.input.bits + 1)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the memory with one write enable an entry."""
        m = Module()
        m.submodules.memory = memory = self.memory
        leave_idle(m, memory, self.window, self.running)
        read_port = memory.read_port()
        write_port = memory.write_port(granularity=self._entry_bits)
        lane = Signal(range(self._lanes))
        entry = Signal(self._entry_bits)
        m.d.comb += [
            read_port.addr.eq(Mux(self.running, self.address, self.window.addr)),
            self.word.eq(read_port.data),
            self.window.r_data.eq(read_port.data),
            lane.eq(self.w_place % self._lanes),
            entry.eq(self.w_entry),
        ]
        with m.If(self.running):
            m.d.comb += [
                write_port.addr.eq(self.w_place // self._lanes),
                write_port.data.eq(entry.replicate(self._lanes)),
                write_port.en.eq(self.w_en << lane),
            ]
        with m.Else():
            m.d.comb += [
                write_port.addr.eq(self.window.addr),
                write_port.data.eq(self.window.w_data),
                write_port.en.eq(self.window.w_en.replicate(self._lanes)),
            ]
        return m


class WordBuffer(wiring.Component):
    """Signed numbers, one a word: the bias table, or the result buffer."""

    window: WindowInterface
    """The host's side; numbers are extended with their sign."""
    running: Signal
    """Whether the datapath owns the memory."""
    place: Signal
    """Entry that the datapath reads or writes."""
    value: Signal
    """That entry, a cycle later."""
    w_en: Signal
    """Whether the datapath writes."""
    w_value: Signal
    """What it writes."""

    def __init__(self, *, entries: int, bits: int, protected: bool = False) -> None:
        self.memory = build_memory(
            protected=protected, shape=signed(bits), depth=entries, attrs=_ATTRS
        )
        super().__init__(
            {
                "window": In(WindowSignature((entries - 1).bit_length())),
                "running": In(1),
                "place": In(range(entries)),
                "value": Out(signed(bits)),
                "w_en": In(1),
                "w_value": In(signed(bits)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the memory."""
        m = Module()
        m.submodules.memory = memory = self.memory
        leave_idle(m, memory, self.window, self.running)
        read_port, write_port = memory.read_port(), memory.write_port()
        place = Mux(self.running, self.place, self.window.addr)
        m.d.comb += [
            read_port.addr.eq(place),
            write_port.addr.eq(place),
            write_port.en.eq(Mux(self.running, self.w_en, self.window.w_en)),
            write_port.data.eq(Mux(self.running, self.w_value, self.window.w_data.as_signed())),
            self.value.eq(read_port.data),
            self.window.r_data.eq(extended(read_port.data)),
        ]
        return m


class CalibrationTable(wiring.Component):
    """Offset and gain of every column of every tile; at first they change nothing."""

    window: WindowInterface
    """The host's side: two words a column, offset and gain."""
    running: Signal
    """Whether the datapath owns the memory."""
    tile: Signal
    """Tile that the datapath reads."""
    column: Signal
    """Column that the datapath reads."""
    offset: Signal
    """Its offset, a cycle later."""
    gain: Signal
    """Its gain, a cycle later."""

    def __init__(self, spec: ChipSpec) -> None:
        self._spec = spec
        columns = spec.tiles * spec.columns
        self._window_bits = (2 * columns - 1).bit_length()
        self._entries = 1 << max(1, (columns - 1).bit_length())
        protected = is_protected(spec)
        self.offsets = build_memory(
            protected=protected, shape=signed(spec.accumulator_bits), depth=self._entries
        )
        self.gains = build_memory(
            protected=protected,
            shape=unsigned(16),
            depth=self._entries,
            init=[UNIT_GAIN] * self._entries,
            attrs=_ATTRS,
        )
        super().__init__(
            {
                "window": In(WindowSignature(self._window_bits)),
                "running": In(1),
                "tile": In(range(max(2, spec.tiles))),
                "column": In(range(max(2, spec.columns))),
                "offset": Out(signed(spec.accumulator_bits)),
                "gain": Out(unsigned(16)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build a memory each for offsets and gains."""
        m = Module()
        address = Signal(range(self._entries))
        odd = Signal()
        m.d.sync += odd.eq(self.window.addr[0])
        m.d.comb += address.eq(
            Mux(
                self.running,
                self.tile * self._spec.columns + self.column,
                self.window.addr >> 1,
            )
        )
        m.submodules.offsets = self.offsets
        m.submodules.gains = self.gains
        found = []
        for parity, memory in enumerate((self.offsets, self.gains)):
            leave_idle(m, memory, self.window, self.running)
            read_port, write_port = memory.read_port(), memory.write_port()
            mine = ~self.running & (self.window.addr[0] == parity)
            m.d.comb += [
                read_port.addr.eq(address),
                write_port.addr.eq(address),
                write_port.data.eq(self.window.w_data),
                write_port.en.eq(self.window.w_en & mine),
            ]
            found.append(read_port.data)
        m.d.comb += [
            self.offset.eq(found[0]),
            self.gain.eq(found[1]),
            self.window.r_data.eq(Mux(odd, self.gain, extended(self.offset))),
        ]
        return m


class StepTable(wiring.Component):
    """The steps that the sequencer runs."""

    window: WindowInterface
    """The host's side: four words a step."""
    running: Signal
    """Whether the sequencer owns the memory."""
    number: Signal
    """Step that the sequencer reads."""
    step: data.View
    """That step, a cycle later."""

    def __init__(self, spec: ChipSpec) -> None:
        self._depth = spec.step_entries
        self.memory = build_memory(
            protected=is_protected(spec),
            shape=unsigned(32 * _STEP_WORDS),
            depth=self._depth,
            granularity=32,
            attrs=_ATTRS,
        )
        super().__init__(
            {
                "window": In(WindowSignature((self._depth * _STEP_WORDS - 1).bit_length())),
                "running": In(1),
                "number": In(range(self._depth)),
                "step": Out(step_layout()),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the memory, a step wide."""
        m = Module()
        m.submodules.memory = memory = self.memory
        leave_idle(m, memory, self.window, self.running)
        read_port, write_port = memory.read_port(), memory.write_port(granularity=32)
        word = Signal(range(_STEP_WORDS))
        chosen = Signal.like(word)
        m.d.sync += chosen.eq(word)
        m.d.comb += [
            word.eq(self.window.addr % _STEP_WORDS),
            read_port.addr.eq(Mux(self.running, self.number, self.window.addr // _STEP_WORDS)),
            write_port.addr.eq(self.window.addr // _STEP_WORDS),
            write_port.data.eq(self.window.w_data.replicate(_STEP_WORDS)),
            write_port.en.eq((self.window.w_en & ~self.running) << word),
            self.step.eq(read_port.data),
            self.window.r_data.eq(read_port.data.word_select(chosen, 32)),
        ]
        return m


def extended(value: Value) -> Value:
    """Return a signed value as a word."""
    sign = value[-1]
    return Cat(value, sign.replicate(32 - len(value))) if len(value) < 32 else value
