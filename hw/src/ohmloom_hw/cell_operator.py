"""One verify read or one pulse at a time, with all that makes it safe.

Who wants something done to a cell, a *client*, asks for it on an `OperationSignature`: it raises
`valid` with the operation and holds both still until `done`, which lasts one cycle, with `code` and
`over_range` valid after a read. From the next cycle on it asks for the next one or withdraws. One
client is active at a time.

A read is the average of 2^average conversions, halves rounded up. A pulse is a whole transaction of
the array port: rails, pulse, discharge. Either way the lines have stood for the rail time before.

There is no answer to what `stop` cuts off, or a timeout: the client drops `valid` in the cycle
after, at the latest, and the operator is at rest when `busy` falls.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ohmloom_analog.spec import ChipSpec
from ohmloom_analog.write_spec import CODE_BITS
from ohmloom_hw.array_port import ArrayOp

__all__ = ["CellOperator", "OperationInterface", "OperationSignature", "WriteShape"]

_AVERAGE_BITS = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class WriteShape:
    """The widths of what write-verify works with, that proofs make smaller."""

    tiles: int
    """Number of tiles."""
    rows: int
    """Word lines of a tile."""
    lines: int
    """Bit lines of a tile, with the reference line."""
    code: int = CODE_BITS
    """Bits of a verify code, and of those of drive and gate."""
    width: int = 16
    """Bits of a pulse's length in clock cycles."""
    wait: int = 16
    """Bits of the times between pulses and reads, and of a conversion's."""
    relax: int = 32
    """Bits of the relaxation time."""
    pulses: int = 8
    """Bits of the count of a cell's pulses."""
    flips: int = 6
    """Bits of the count of its changes of direction."""
    confirm: int = 5
    """Bits of the count of reads in a row."""

    @classmethod
    def of(cls, spec: ChipSpec) -> "WriteShape":
        """Return those of a chip."""
        return cls(tiles=spec.tiles, rows=spec.rows, lines=spec.lines + 1)

    @property
    def cells(self) -> int:
        """Cells of a tile."""
        return self.rows * self.lines


class OperationSignature(wiring.Signature):
    """What is to be done to a cell, seen from the client.

    ==============  ========  ======================================================
    name            driven    meaning
    ==============  ========  ======================================================
    ``valid``       client    something is to be done; held until ``done``
    ``op``          client    VERIFY, SET, RESET or FORM
    ``tile``        client    tile of the cell
    ``row``         client    its word line
    ``line``        client    its bit line
    ``drive``       client    code of the voltage between its lines, for a pulse
    ``gate``        client    code of the gate, for a pulse
    ``width``       client    length of a pulse in clock cycles; 0 gives none
    ``done``        operator  one cycle: it has been done
    ``code``        operator  what was read, valid with ``done``
    ``over_range``  operator  a conversion was clipped, valid with ``done``
    ==============  ========  ======================================================
    """

    def __init__(self, shape: WriteShape) -> None:
        self._shape = shape
        super().__init__(
            {
                "valid": Out(1),
                "op": Out(ArrayOp),
                "tile": Out(range(max(2, shape.tiles))),
                "row": Out(range(max(2, shape.rows))),
                "line": Out(range(max(2, shape.lines))),
                "drive": Out(shape.code),
                "gate": Out(shape.code),
                "width": Out(shape.width),
                "done": In(1),
                "code": In(shape.code),
                "over_range": In(1),
            }
        )

    def create(self, *, path: Any = None, src_loc_at: int = 0) -> "OperationInterface":
        """Return an interface with these members."""
        return OperationInterface(self, path=path, src_loc_at=1 + src_loc_at)


class OperationInterface(wiring.PureInterface):
    """The signals of an operation; see `OperationSignature`."""

    valid: Signal
    """Something is to be done."""
    op: Any
    """What."""
    tile: Signal
    """Tile of the cell."""
    row: Signal
    """Its word line."""
    line: Signal
    """Its bit line."""
    drive: Signal
    """Code of the voltage of a pulse."""
    gate: Signal
    """Code of the gate in a pulse."""
    width: Signal
    """Length of a pulse."""
    done: Signal
    """It has been done."""
    code: Signal
    """What was read."""
    over_range: Signal
    """A conversion was clipped."""


class CellOperator(wiring.Component):
    """Do what a client asks for, at the array port of the tile that it names.

    A pulse takes rail + width + discharge + 2 cycles; a read rail + 2, and for each conversion 1
    more than the array takes. `rails` and `pulse` are registers, masked with `permit`; `drive`,
    `gate` and `width` are 0 but for a pulse. From the cycle after `stop` on all of them are 0, and
    so they are in any cycle without `permit`.
    """

    request: OperationInterface
    """From the client."""
    stop: Signal
    """Whatever is under way ends; nothing begins."""
    permit: Signal
    """Pulses are allowed; where it falls it stays low until `stop` has come, a cycle later."""
    rail: Signal
    """Clock cycles from the switching of the lines to a pulse or a read; 0 is taken for 1."""
    discharge: Signal
    """Clock cycles from the end of a pulse to the fall of the rails; 0 is taken for 1."""
    average: Signal
    """Binary logarithm of the conversions of a read."""
    timeout: Signal
    """Clock cycles after which a conversion is given up."""
    op: Any
    """To the array port; READ while nothing is asked for."""
    rails: Signal
    """To the array port."""
    pulse: Signal
    """To the array port."""
    drive: Signal
    """To the array port."""
    gate: Signal
    """To the array port."""
    width: Signal
    """To the array port."""
    start: Signal
    """To the array port."""
    done: Signal
    """From the array port."""
    codes: Signal
    """From the array port: the code of converter 0."""
    clipped: Signal
    """From the array port: over_range of converter 0."""
    busy: Signal
    """Something is under way, or a conversion that was cut off hasn't come to its end."""
    expired: Signal
    """One cycle: the array didn't answer in time, and the read ends."""
    unasked: Signal
    """The array raised `done` though nothing was started."""
    pulsed: Signal
    """One cycle: a pulse begins."""
    measured: Signal
    """One cycle: a read is done."""

    def __init__(self, shape: WriteShape) -> None:
        self._shape = shape
        super().__init__(
            {
                "request": In(OperationSignature(shape)),
                "stop": In(1),
                "permit": In(1),
                "rail": In(shape.wait),
                "discharge": In(shape.wait),
                "average": In(_AVERAGE_BITS),
                "timeout": In(shape.wait),
                "op": Out(ArrayOp),
                "rails": Out(1),
                "pulse": Out(1),
                "drive": Out(shape.code),
                "gate": Out(shape.code),
                "width": Out(shape.width),
                "start": Out(1),
                "done": In(1),
                "codes": In(shape.code),
                "clipped": In(1),
                "busy": Out(1),
                "expired": Out(1),
                "unasked": Out(1),
                "pulsed": Out(1),
                "measured": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the state machine of both kinds of operation around one counter."""
        m = Module()
        rails, pulse, awaited = Signal(), Signal(), Signal()
        elapsed = Signal(max(self._shape.wait, self._shape.width))
        self._show(m, rails, pulse)
        m.d.comb += self.unasked.eq(self.done & ~awaited)
        # What isn't kept on by a state goes off, so that no state that doesn't exist keeps it on.
        m.d.sync += [elapsed.eq(elapsed + 1), *(s.eq(0) for s in (self.start, rails, pulse))]
        with m.FSM() as fsm:
            m.d.comb += self.busy.eq(~fsm.ongoing("IDLE"))
            with m.State("IDLE"), m.If(self.request.valid & ~self.stop):
                m.d.sync += elapsed.eq(1)
                with m.If(self.request.op == ArrayOp.VERIFY):
                    m.next = "SETTLE"
                with m.Else():
                    m.d.sync += rails.eq(1)
                    m.next = "RAILS"
            self._pulse(m, rails, pulse, elapsed)
            self._read(m, elapsed, awaited)
        with m.If(self.stop):
            m.d.sync += [signal.eq(0) for signal in (self.start, rails, pulse)]
        return m

    def _show(self, m: Module, rails: Signal, pulse: Signal) -> None:
        shown, request = Signal(), self.request
        m.d.comb += [
            shown.eq(rails & self.permit),
            self.rails.eq(shown),
            self.pulse.eq(pulse & self.permit),
            self.op.eq(Mux(request.valid, request.op, ArrayOp.READ)),
            self.drive.eq(Mux(shown, request.drive, 0)),
            self.gate.eq(Mux(shown, request.gate, 0)),
            self.width.eq(Mux(shown, request.width, 0)),
        ]

    @contextmanager
    def _state(self, m: Module, name: str) -> Iterator[None]:
        """Describe a state that `stop` ends."""
        with m.State(name):
            yield
            with m.If(self.stop):
                m.next = "IDLE"

    def _pulse(self, m: Module, rails: Signal, pulse: Signal, elapsed: Signal) -> None:
        with self._state(m, "RAILS"):
            m.d.sync += rails.eq(1)
            with m.If(elapsed >= self.rail):
                m.d.sync += elapsed.eq(1)
                # A pulse of no length is none.
                with m.If(self.request.width == 0):
                    m.next = "DISCHARGE"
                with m.Else():
                    m.d.comb += self.pulsed.eq(~self.stop)
                    m.d.sync += pulse.eq(1)
                    m.next = "PULSE"
        with self._state(m, "PULSE"):
            m.d.sync += rails.eq(1)
            with m.If(elapsed >= self.request.width):
                m.d.sync += elapsed.eq(1)
                m.next = "DISCHARGE"
            with m.Else():
                m.d.sync += pulse.eq(1)
        with self._state(m, "DISCHARGE"):
            with m.If(elapsed >= self.discharge):
                m.next = "RELEASED"
            with m.Else():
                m.d.sync += rails.eq(1)
        with self._state(m, "RELEASED"):
            # The request stands for a cycle longer than the rails.
            m.d.comb += self.request.done.eq(~self.stop)
            m.next = "IDLE"

    def _read(self, m: Module, elapsed: Signal, awaited: Signal) -> None:
        bits, most = self._shape.code, (1 << _AVERAGE_BITS) - 1
        total, clipped = Signal(bits + most), Signal()
        count, number = Signal(most + 1), Signal(most + 1)
        rounded = Signal(bits + most + 1)
        m.d.comb += [
            number.eq(1 << self.average),
            rounded.eq(total + (number >> 1)),
            self.request.code.eq(rounded >> self.average),
            self.request.over_range.eq(clipped),
        ]
        with self._state(m, "SETTLE"), m.If(elapsed >= self.rail):
            m.d.sync += [elapsed.eq(0), self.start.eq(1)]
            m.d.sync += [total.eq(0), clipped.eq(0), count.eq(1)]
            m.next = "CONVERT"
        with m.State("CONVERT"):
            m.d.comb += awaited.eq(~self.start)
            with m.If(self.done & awaited):
                m.d.sync += [
                    total.eq(total + self.codes),
                    clipped.eq(clipped | self.clipped),
                    count.eq(count + 1),
                    elapsed.eq(0),
                ]
                with m.If(self.stop):
                    m.next = "IDLE"
                with m.Elif(count >= number):
                    m.next = "AVERAGE"
                with m.Else():
                    m.d.sync += self.start.eq(1)
            with m.Else():
                self._expire(m, elapsed, awaited)
                with m.If(self.stop & ~self.expired):
                    m.next = "DRAIN"
        with m.State("DRAIN"):
            # The array is at work on what nobody asks for any more.
            m.d.comb += awaited.eq(~self.start)
            with m.If(self.done & awaited):
                m.next = "IDLE"
            with m.Else():
                self._expire(m, elapsed, awaited)
        with self._state(m, "AVERAGE"):
            m.d.comb += [self.request.done.eq(~self.stop), self.measured.eq(~self.stop)]
            m.next = "IDLE"

    def _expire(self, m: Module, elapsed: Signal, awaited: Signal) -> None:
        with m.If(awaited & (elapsed >= self.timeout)):
            m.d.comb += self.expired.eq(1)
            m.next = "IDLE"
