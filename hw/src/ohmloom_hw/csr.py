"""The register file: decodes the bus into the registers and windows of a table."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from amaranth.hdl import Module, Mux, Signal, Value
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Member, Out

from ohmloom_hw import bus
from ohmloom_hw.register_model import WINDOW_GRANULE, Field, Register, RegisterTable, Window

__all__ = ["RegisterFile", "fields_layout", "register_shape"]

_PAGE_BITS = 8
_PAGE = 1 << _PAGE_BITS


def register_shape(register: Register) -> int | data.StructLayout:
    """Return the shape of a register's port.

    It is the width of the field where that is called `value`, else a structure of the fields.
    """
    if [field.name for field in register.fields] == ["value"]:
        return register.fields[0].width
    return fields_layout(register.fields)


def fields_layout(fields: Sequence[Field]) -> data.StructLayout:
    """Return a structure of fields, up to the last, with gaps as members `reserved_<bit>`."""
    members: dict[str, int] = {}
    free = 0
    for field in fields:
        if field.low > free:
            members[f"reserved_{free}"] = field.low - free
        members[field.name] = field.width
        free = field.high + 1
    return data.StructLayout(members)


class RegisterFile(wiring.Component):
    """Registers and windows behind a bus.

    Ports are made from the table, in lower case: `r_<register>` in for each that is read only,
    `w_<register>` out for each that is read and written or a strobe, both for each that is
    cleared, and `window_<window>` out with a `bus.WindowSignature`. Shapes are those of
    `register_shape`.

    A transaction is acknowledged in the cycle after `stb` rose. An address that isn't mapped or not
    that of a word, a write to what is read only, and a window that isn't live while `locked` are
    acknowledged with `err`, and nothing happens.

    Parameters
    ----------
    table
        The address space.
    """

    bus: bus.Interface
    """From the host link."""
    locked: Signal
    """Windows are refused: the datapath uses the memories behind them."""

    latency = 1
    """Clock cycles from `stb` to `ack`."""

    def __init__(self, table: RegisterTable) -> None:
        self._table = table
        ports: dict[str, Member] = {"bus": In(bus.Signature()), "locked": In(1)}
        for register in table.registers:
            shape, name = register_shape(register), register.name.lower()
            if register.access in ("ro", "clear"):
                ports[f"r_{name}"] = In(shape)
            if register.access in ("rw", "strobe", "clear"):
                ports[f"w_{name}"] = Out(shape)
        for window in table.windows:
            ports[f"window_{window.name.lower()}"] = Out(bus.WindowSignature(window.addr_bits))
        super().__init__(ports)

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """Tell type checkers that the table makes the ports."""

    def elaborate(self, platform: object) -> Module:
        """Build the decoder; a hit is acknowledged a cycle later."""
        m = Module()
        go, aligned = Signal(), Signal()
        read = Signal(32)
        found: list[Value] = []
        known, writable = Signal(), Signal()
        from_window = Signal(32)
        m.d.comb += [
            go.eq(self.bus.stb & ~self.bus.ack),
            aligned.eq(self.bus.addr[:2] == 0),
            self.bus.r_data.eq(read | from_window),
        ]
        m.d.sync += [self.bus.ack.eq(go), self.bus.err.eq(0)]
        pages = self._pages(m, go)
        hits: list[tuple[Value, bool]] = []
        for register in self._table.registers:
            hit = Signal(name=f"hit_{register.name.lower()}")
            page, place = divmod(register.offset, _PAGE)
            m.d.comb += hit.eq(pages[page] & (self.bus.addr[:_PAGE_BITS] == place))
            hits.append((hit, register.access in ("rw", "strobe", "clear")))
            found.append(self._register(m, register, hit))
        for window in self._table.windows:
            hit = Signal(name=f"hit_{window.name.lower()}")
            hits.append((hit, window.access == "rw"))
            free: Value | int = 1 if window.live else ~self.locked
            self._window(m, window, hit, go & aligned & free, from_window)
        # At most one is hit, so the words are added by OR, which is smaller than a choice.
        m.d.sync += read.eq(_any(found))
        m.d.comb += [
            known.eq(_any([hit for hit, _ in hits])),
            writable.eq(_any([hit for hit, may_write in hits if may_write])),
        ]
        with m.If(go):
            m.d.sync += self.bus.err.eq(~Mux(self.bus.write, writable, known))
        return m

    def _pages(self, m: Module, go: Signal) -> dict[int, Signal]:
        """Decode the upper part of the address once for all registers that share it."""
        pages: dict[int, Signal] = {}
        for page in sorted({register.offset // _PAGE for register in self._table.registers}):
            pages[page] = Signal(name=f"page_{page}")
            m.d.comb += pages[page].eq(go & (self.bus.addr[_PAGE_BITS:] == page))
        return pages

    def _register(self, m: Module, register: Register, hit: Signal) -> Value:
        """Build a register; return what it adds to the word that is read."""
        name = register.name.lower()
        if register.access == "constant":
            return Mux(hit, register.reset, 0)
        if register.access == "ro":
            return Mux(hit, Value.cast(getattr(self, f"r_{name}")), 0)
        port = Value.cast(getattr(self, f"w_{name}"))
        kept = Signal(len(port), init=register.reset, name=f"kept_{name}")
        m.d.comb += port.eq(kept)
        shown: Value | int = 0
        if register.access == "rw":
            shown = kept
        else:
            m.d.sync += kept.eq(0)
        if register.access == "clear":
            shown = Value.cast(getattr(self, f"r_{name}"))
        with m.If(hit & self.bus.write):
            m.d.sync += kept.eq(self.bus.w_data & _mask(register))
        return Mux(hit, shown, 0)

    def _window(
        self, m: Module, window: Window, hit: Signal, go: Value, from_window: Signal
    ) -> None:
        port: bus.WindowInterface = getattr(self, f"window_{window.name.lower()}")
        low = WINDOW_GRANULE.bit_length() - 1
        size = window.addr_bits if window.words > 1 else 0
        # Only the bits above the granule differ between base and offset.
        above = Signal(len(self.bus.addr) - low, name=f"above_{window.name.lower()}")
        offset = Signal(len(self.bus.addr), name=f"offset_{window.name.lower()}")
        reading = Signal(name=f"reading_{window.name.lower()}")
        m.d.comb += [
            above.eq(self.bus.addr[low:] - (window.base >> low)),
            offset.eq(self.bus.addr[:low] | (above << low)),
            hit.eq(go & (offset[2 + size :] == 0)),
            port.addr.eq(offset[2 : 2 + size]),
            port.w_data.eq(self.bus.w_data),
            port.r_en.eq(hit & ~self.bus.write),
        ]
        if window.access == "rw":
            m.d.comb += port.w_en.eq(hit & self.bus.write)
        m.d.sync += reading.eq(port.r_en)
        with m.If(reading):
            m.d.comb += from_window.eq(port.r_data)


def _mask(register: Register) -> int:
    return sum(((1 << field.width) - 1) << field.low for field in register.fields)


def _any(bits: list[Value]) -> Value:
    result = bits[0]
    for bit in bits[1:]:
        result = result | bit
    return result
