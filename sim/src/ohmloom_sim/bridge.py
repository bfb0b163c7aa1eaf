"""The bridge: an array model behind the array port of Verilog under cocotb.

The RTL owns time. The model is asked when a conversion starts, and solves only if the word lines
have changed since; nothing runs on a fixed step. The bridge keeps the port's protocol (see
`ohmloom_hw.array_port`) and fails the test where the RTL breaks it: an unknown bit, a line that
moves during a conversion or hasn't settled, an operation that the model can't do.

It attaches to any Verilog. Of hand-written modules the signals may have any names::

    pins = ArrayPins(levels=dut.dac, select=dut.mux, start=dut.go,
                     done=dut.ready, codes=dut.adc, over_range=dut.clip)
    bridge = ArrayBridge(pins, tile, spec=spec, clock=dut.clk)
    bridge.start()
"""

from dataclasses import dataclass
from typing import Any, Protocol, cast

import cocotb
import numpy as np
from cocotb.handle import LogicObject
from cocotb.task import Task
from cocotb.triggers import FallingEdge, RisingEdge, Timer, ValueChange
from numpy.typing import NDArray

from ohmloom_analog.read_order import conversion_rounds
from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.array_port import ArrayOp
from ohmloom_sim.packing import packed, unpacked
from ohmloom_sim.port_pins import Pin, now_ps, number_at, refuse
from ohmloom_sim.recording import Recorder
from ohmloom_sim.repeated_reads import combined_reads
from ohmloom_sim.transposed_bridge import TransposedBridge, TransposedModel
from ohmloom_sim.write_bridge import PulseBridge, WritableModel, WritePins

__all__ = ["ArrayBridge", "ArrayModel", "ArrayPins"]

IntArray = NDArray[np.int64]


class ArrayModel(Protocol):
    """What stands behind a port: an `ohmloom_analog.tile.AnalogTile`, or anything like it."""

    def apply(self, codes: NDArray[np.int64]) -> None:
        """Drive the word lines with DAC codes, one a row."""
        ...

    def convert(self, lines: IntArray) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Convert lines; return their codes and whether each was clipped."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class ArrayPins:
    """Handles of the signals of one array port."""

    levels: Pin
    """DAC codes of all word lines, row 0 in the low bits."""
    select: Pin
    """Which of the lines that share a converter is meant."""
    start: LogicObject
    """One cycle: convert."""
    done: Pin
    """One cycle: converted."""
    codes: Pin
    """One ADC code a converter, converter 0 in the low bits."""
    over_range: Pin
    """One bit a converter."""
    op: Pin | None = None
    """Operation; None if the module only reads."""
    write: WritePins | None = None
    """Those of pulses; None if the module only reads."""
    line_levels: Pin | None = None
    """DAC codes of all bit lines, line 0 in the low bits; None without transposed reads."""

    @classmethod
    def of(cls, dut: Any, tile: int) -> "ArrayPins":
        """Find the pins of a tile on a chip that Ohmloom emitted."""
        names = ("levels", "select", "start", "done", "codes", "over_range", "op")
        found = {name: getattr(dut, f"array_{tile}__{name}") for name in names}
        return cls(
            **found,
            write=WritePins.of(dut, tile),
            line_levels=getattr(dut, f"array_{tile}__line_levels", None),
        )


class ArrayBridge:
    """Serve one array port.

    Parameters
    ----------
    pins
        Signals of the port.
    model
        What answers.
    spec
        Geometry and timing of the port: rows, bits of a slice, converters, lines, settle and
        conversion cycles.
    clock
        Clock of the RTL, of a constant period; at its falling edges the bridge looks and drives.
    index
        Number of the tile, for messages and recordings.
    recorder
        Takes down every pass.
    stalls
        Where given, each conversion takes up to `most_stalls` more cycles, drawn from it.
    aborts
        Whether a pulse may be cut off, as one is when a job is stopped.
    transposed
        Takes down every pass of transposed reads, see `TransposedBridge`.

    Where the port writes, the model must be a `WritableModel`, too, and where it drives its bit
    lines, a `TransposedModel`.
    """

    def __init__(
        self,
        pins: ArrayPins,
        model: ArrayModel,
        *,
        spec: ChipSpec,
        clock: LogicObject,
        index: int = 0,
        recorder: Recorder | None = None,
        stalls: np.random.Generator | None = None,
        most_stalls: int = 40,
        aborts: bool = False,
        transposed: Recorder | None = None,
    ) -> None:
        self._pins, self._model, self._spec, self._clock = pins, model, spec, clock
        self._index, self._recorder = index, recorder
        self._stalls, self._most_stalls = stalls, most_stalls
        self._applied: int | None = None
        self._last_select = 0
        self._vote = spec.defence.vote
        self._reads = spec.defence.average * spec.defence.vote
        self._repeated: list[tuple[IntArray, NDArray[np.bool_]]] = []
        self._changed_ps: dict[str, int] = {}
        self._cycle_ps = self._phase_ps = 0
        self._shared = conversion_rounds(spec)
        self.pulses: PulseBridge | None = None
        """What serves the pulses; None where the port only reads."""
        if pins.write is not None and pins.op is not None:
            self._writable = cast("WritableModel", model)
            self.pulses = PulseBridge(
                pins.write,
                levels=pins.levels,
                op=pins.op,
                model=self._writable,
                spec=spec,
                clock=clock,
                index=index,
                aborts=aborts,
            )
        self.transposed: TransposedBridge | None = None
        """What serves transposed reads; None where the port has none."""
        if pins.line_levels is not None:
            self.transposed = TransposedBridge(
                pins.line_levels,
                cast("TransposedModel", model),
                spec=spec,
                index=index,
                recorder=transposed,
            )
        self.verifies = 0
        """Number of verify reads that were served."""
        self.conversions = 0
        """Number of starts that were served."""
        self.passes = 0
        """Number of times that the model was driven."""

    def put(self, model: ArrayModel) -> None:
        """Put another model behind the port, which is at rest."""
        self._model, self._applied = model, None
        if self.pulses is not None:
            self._writable = cast("WritableModel", model)
            self.pulses.put(self._writable)
        if self.transposed is not None:
            self.transposed.put(cast("TransposedModel", model))

    def start(self) -> tuple[Task[None], ...]:
        """Serve the port from now on, until the test ends."""
        self._pins.done.value = 0
        self._pins.codes.value = 0
        self._pins.over_range.value = 0
        watched = [self._watch("levels", self._pins.levels)]
        # A port whose converters aren't shared has nothing to select.
        if self._spec.adc.columns_per_adc > 1:
            watched.append(self._watch("select", self._pins.select))
        if self._pins.line_levels is not None:
            watched.append(self._watch("line_levels", self._pins.line_levels))
        tasks = tuple(cocotb.start_soon(task) for task in (*watched, self._serve()))
        return tasks if self.pulses is None else (*tasks, *self.pulses.start())

    async def _watch(self, name: str, pin: Pin) -> None:
        change = ValueChange(pin)
        while True:
            await change
            self._changed_ps[name] = now_ps()

    async def _serve(self) -> None:
        while True:
            started = await self._started()
            # Only the end needs a look: what moved in between, the watches have noted.
            left = started + self._phase_ps + self._cycles() * self._cycle_ps - now_ps()
            # The first conversion has measured a cycle, and may have taken no more than that.
            if left > 0:
                await Timer(left, "ps")
            self._check_still(started)
            op = self._operation()
            if op is ArrayOp.VERIFY:
                await self._verify(started)
                continue
            levels = self._number("levels", self._pins.levels)
            select = self._number("select", self._pins.select)
            if self.transposed is not None and op is ArrayOp.TRANSPOSED:
                self._check_rest("levels", self._pins.levels, "transposed")
                await self._show(*self.transposed.convert(select, started))
                # What the next read of the word lines finds belongs to a pass of its own.
                self._applied = None
                continue
            self._drive(levels, select, started)
            lines = self._lines(select)
            codes, clipped = self._model.convert(lines)
            await self._answer(lines, codes, clipped)

    async def _started(self) -> int:
        """Wait for a start, and return when it rose."""
        # A start in the cycle after done has risen already.
        if self._number("start", self._pins.start) != 0:
            return now_ps() - self._phase_ps
        await RisingEdge(self._pins.start)
        rose = now_ps()
        if not self._cycle_ps:
            await FallingEdge(self._clock)
            self._phase_ps = now_ps() - rose
            await FallingEdge(self._clock)
            self._cycle_ps = now_ps() - rose - self._phase_ps
        return rose

    def _cycles(self) -> int:
        extra = 0
        if self._stalls is not None:
            extra = int(self._stalls.integers(0, self._most_stalls, endpoint=True))
        return self._spec.conversion_cycles + extra

    def _drive(self, levels: int, select: int, time_ps: int) -> None:
        """Drive the model at the start of a pass: new levels, or lines that come round again.

        Reads of a conversion that is repeated belong to one pass.
        """
        again = levels == self._applied and select == self._last_select
        if again and self._repeated:
            return
        self._repeated.clear()
        if levels != self._applied or select <= self._last_select:
            codes = unpacked(levels, self._spec.input.slice_bits, self._spec.rows)
            self._model.apply(codes)
            self._applied = levels
            self.passes += 1
            if self._recorder is not None:
                self._recorder.begin(self._index, codes, time_ps)
        self._last_select = select

    def _lines(self, select: int) -> IntArray:
        if select >= len(self._shared):
            refuse(self._index, f"select must be below {len(self._shared)}, not {select}")
        return self._shared[select]

    async def _answer(self, lines: IntArray, codes: IntArray, clipped: NDArray[np.bool_]) -> None:
        self.conversions += 1
        self._repeated.append((codes, clipped))
        if len(self._repeated) == self._reads:
            if self._recorder is not None:
                self._recorder.add(lines, *self._combined(), now_ps())
            self._repeated.clear()
        await self._show(packed(codes, self._spec.adc.bits), packed(clipped, 1))

    def _combined(self) -> tuple[IntArray, NDArray[np.bool_]]:
        """Return what the chip makes of all reads of a conversion, see `combine_reads`."""
        if self._reads == 1:
            return self._repeated[0]
        codes = np.stack([found for found, _ in self._repeated])
        clipped = np.stack([found for _, found in self._repeated])
        return combined_reads(codes, clipped, self._vote)

    async def _show(self, codes: int, over_range: int) -> None:
        self._pins.codes.value = codes
        self._pins.over_range.value = over_range
        self._pins.done.value = 1
        await Timer(self._cycle_ps, "ps")
        self._pins.done.value = 0

    def _check_still(self, started: int) -> None:
        needed = self._spec.settle_cycles * self._cycle_ps
        for name, changed in self._changed_ps.items():
            if changed > started:
                refuse(
                    self._index,
                    f"{name} must keep still until done, not change during a conversion",
                )
        for name in ("levels", "line_levels"):
            last = self._changed_ps.get(name)
            if last is not None and started - last < needed:
                refuse(
                    self._index,
                    f"{name} must settle for {self._spec.settle_cycles} cycles before a start, "
                    f"not {(started - last) // self._cycle_ps}",
                )

    def _check_rest(self, name: str, pin: Pin, kind: str) -> None:
        levels = self._number(name, pin)
        if levels:
            refuse(self._index, f"{name} must be 0 in a {kind} read, not {levels:#x}")

    def _operation(self) -> ArrayOp:
        """Return what the start asks for, and refuse what it can't ask for."""
        if self._pins.op is None:
            return ArrayOp.READ
        code = self._number("op", self._pins.op)
        known = {int(op.value): op for op in ArrayOp}
        if code not in known:
            refuse(self._index, f"op must be one of {len(known)}, not {code}")
        op = known[code]
        if self._pins.line_levels is not None:
            if op is ArrayOp.TRANSPOSED:
                return op
            self._check_rest("line_levels", self._pins.line_levels, "plain")
        if self.pulses is None and op is not ArrayOp.READ:
            refuse(self._index, f"op must be READ for an array that is only read, not {op.name}")
        if op not in (ArrayOp.READ, ArrayOp.VERIFY):
            refuse(self._index, f"op of a start must be READ or VERIFY, not {op.name}")
        return op

    async def _verify(self, started: int) -> None:
        assert self.pulses is not None
        self._check_rest("levels", self._pins.levels, "verify")
        self.pulses.check_still(started)
        code, clipped = self._writable.verify(*self.pulses.cell("in a verify read"))
        self.verifies += 1
        # What the next read of the word lines finds has to be solved anew.
        self._applied = None
        await self._show(code, int(clipped))

    def _number(self, name: str, pin: Pin) -> int:
        return number_at(self._index, name, pin, "at a conversion")
