"""The writing half of the bridge: pulses on the array port move the cells of the model.

It follows `rails` and `pulse`, measures how long the pulse really was, and hands it to the model
when it is over. What breaks the protocol of `ohmloom_hw.array_port` fails the test: an unknown bit,
word lines that aren't at code 0, an operation that is no pulse, lines that move under voltage, a
rail or discharge time that is too short, a pulse that isn't as long as `width` says.

A chip whose job is cut off lets rails and pulse fall at once. Where that is allowed, the pulse acts
for as long as it stood, and is counted; else it is refused like any other short pulse.
"""

from dataclasses import dataclass
from typing import Any, Protocol

import cocotb
from cocotb.handle import LogicObject
from cocotb.task import Task
from cocotb.triggers import FallingEdge, First, RisingEdge, ValueChange

from ohmloom_analog.level_program import write_timing
from ohmloom_analog.spec import ChipSpec
from ohmloom_analog.write_verify import Direction, Operation
from ohmloom_hw.array_port import ArrayOp
from ohmloom_sim.port_pins import Pin, now_ps, number_at, refuse

__all__ = ["PulseBridge", "WritableModel", "WritePins"]

_NAMES = ("row", "line", "drive", "gate", "width", "rails", "pulse")
_HELD = ("row", "line", "drive", "gate", "width", "op")
_OPERATIONS: dict[ArrayOp, Operation] = {
    ArrayOp.SET: Direction.SET,
    ArrayOp.RESET: Direction.RESET,
    ArrayOp.FORM: "form",
}
# Within so many cycles a chip is safe that is told to stop.
_STOP_CYCLES = 2


class WritableModel(Protocol):
    """What stands behind a port that writes: an `ohmloom_analog.tile.AnalogTile`."""

    def verify(self, row: int, line: int) -> tuple[int, bool]:
        """Read one cell by itself."""
        ...

    def pulse(
        self, op: Operation, row: int, line: int, *, drive: int, gate: int, width: float
    ) -> None:
        """Give one cell a pulse."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class WritePins:
    """Handles of the signals of one array port that writes."""

    row: Pin
    """Word line of the selected cell."""
    line: Pin
    """Bit line of the selected cell."""
    drive: Pin
    """Code of the voltage between its lines."""
    gate: Pin
    """Code of its gate line."""
    width: Pin
    """Clock cycles of the pulse."""
    rails: LogicObject
    """The voltages are switched on."""
    pulse: LogicObject
    """They stand on the lines of the cell."""

    @classmethod
    def of(cls, dut: Any, tile: int) -> "WritePins | None":
        """Find the pins of a tile on a chip that Ohmloom emitted; None where it doesn't write."""
        if not hasattr(dut, f"array_{tile}__rails"):
            return None
        return cls(**{name: getattr(dut, f"array_{tile}__{name}") for name in _NAMES})


class PulseBridge:
    """Serve the pulses of one array port.

    Parameters
    ----------
    pins
        Its writing signals.
    levels, op
        Its other signals that matter to a pulse.
    model
        What is moved.
    spec
        Timing of the port, and the clock that widths count in.
    clock
        Clock of the RTL, of a constant period.
    index
        Number of the tile.
    aborts
        Whether rails may fall early, as those of a job that is cut off.
    """

    def __init__(
        self,
        pins: WritePins,
        *,
        levels: Pin,
        op: Pin,
        model: WritableModel,
        spec: ChipSpec,
        clock: LogicObject,
        index: int = 0,
        aborts: bool = False,
    ) -> None:
        self._pins, self._levels, self._op, self._model = pins, levels, op, model
        self._spec, self._clock, self._index, self._aborts = spec, clock, index, aborts
        self._timing = write_timing(spec, index)
        self._changed_ps: dict[str, int] = {}
        self._cycle_ps = 0
        self.pulses = 0
        """Pulses so far."""
        self.cut_off = 0
        """Pulses that were cut off."""

    def start(self) -> tuple[Task[None], ...]:
        """Serve the port from now on, until the test ends."""
        watched = {name: getattr(self._pins, name) for name in _HELD[:-1]} | {"op": self._op}
        tasks = [self._watch(name, pin) for name, pin in watched.items()]
        return tuple(cocotb.start_soon(task) for task in (*tasks, self._serve()))

    def check_still(self, since_ps: int) -> None:
        """Refuse a verify read whose lines weren't selected for the rail time before [ps]."""
        if str(self._pins.rails.value) != "0":
            refuse(self._index, "rails must be low during a verify read")
        for name in ("row", "line", "rails"):
            changed = self._changed_ps.get(name)
            if changed is None:
                continue
            if changed > since_ps:
                refuse(self._index, f"{name} must keep still until done, not change in a read")
            self._at_least("settle time of a verify read", since_ps - changed, self._timing.rail)

    def cell(self, when: str) -> tuple[int, int]:
        """Return row and line of the selected cell, refused where there is no such cell."""
        row = number_at(self._index, "row", self._pins.row, when)
        line = number_at(self._index, "line", self._pins.line, when)
        for name, value, count in (
            ("row", row, self._spec.rows),
            ("line", line, self._spec.lines + 1),
        ):
            if value >= count:
                refuse(self._index, f"{name} must be below {count}, not {value}")
        return row, line

    async def _watch(self, name: str, pin: Pin) -> None:
        change = ValueChange(pin)
        while True:
            await change
            self._changed_ps[name] = now_ps()

    async def _serve(self) -> None:
        await self._measure_cycle()
        rails = self._pins.rails
        early = RisingEdge(self._pins.pulse)
        while True:
            if await First(RisingEdge(rails), early) is early and str(rails.value) != "1":
                refuse(self._index, "pulse must be low while rails are, not rise")
            await self._transaction(now_ps())

    async def _measure_cycle(self) -> None:
        await FallingEdge(self._clock)
        begun = now_ps()
        await FallingEdge(self._clock)
        self._cycle_ps = now_ps() - begun

    async def _transaction(self, rose: int) -> None:
        pins, index = self._pins, self._index
        # In the middle of a cycle all signals have come to rest.
        await FallingEdge(self._clock)
        op = self._operation()
        row, line = self.cell("in a pulse")
        codes = {
            name: number_at(index, name, getattr(pins, name), "in a pulse")
            for name in ("drive", "gate", "width")
        }
        self._check_levels()
        pulse_rose, pulse_fell, fell = await self._edges()
        ended = pulse_rose is None or pulse_fell is None
        cycles = 0 if pulse_rose is None else ((pulse_fell or fell) - pulse_rose) // self._cycle_ps
        cut = codes["width"] > 0 and (
            ended
            or cycles < codes["width"]
            or fell - (pulse_fell or fell) < self._timing.discharge * self._cycle_ps
        )
        self._check_held(rose, fell, cut=cut and self._aborts)
        if pulse_rose is not None:
            self._at_least("rail time", pulse_rose - rose, self._timing.rail)
        if cut and self._aborts:
            self.cut_off += 1
        else:
            if cycles != codes["width"]:
                refuse(index, f"pulse must be {codes['width']} cycles long, not {cycles}")
            left = fell - (fell if pulse_fell is None else pulse_fell)
            self._at_least("discharge time", left, self._timing.discharge)
        self._changed_ps["rails"] = fell
        if cycles:
            self.pulses += 1
            self._model.pulse(
                op,
                row,
                line,
                drive=codes["drive"],
                gate=codes["gate"],
                width=cycles / self._spec.clock,
            )

    async def _edges(self) -> tuple[int | None, int | None, int]:
        """Return when the pulse rose and fell, if it did, and when the rails fell."""
        pins = self._pins
        rose: int | None = None
        fell: int | None = None
        while True:
            await First(ValueChange(pins.pulse), FallingEdge(pins.rails))
            pulsing = number_at(self._index, "pulse", pins.pulse, "under voltage")
            on = number_at(self._index, "rails", pins.rails, "in a pulse")
            if pulsing and rose is None and on:
                rose = now_ps()
            elif pulsing and fell is not None:
                refuse(self._index, "pulse must rise once while rails are high, not again")
            elif not pulsing and rose is not None and fell is None:
                fell = now_ps()
            if not on:
                return rose, fell, now_ps()

    def _operation(self) -> Operation:
        code = number_at(self._index, "op", self._op, "in a pulse")
        known = {int(op.value): op for op in ArrayOp}
        if code not in known or known[code] not in _OPERATIONS:
            name = known[code].name if code in known else code
            refuse(self._index, f"op of a pulse must be SET, RESET or FORM, not {name}")
        return _OPERATIONS[known[code]]

    def _check_levels(self) -> None:
        levels = number_at(self._index, "levels", self._levels, "in a pulse")
        if levels:
            refuse(self._index, f"levels must be 0 in a pulse, not {levels:#x}")

    def _check_held(self, rose: int, fell: int, *, cut: bool) -> None:
        self._check_levels()
        end = fell - _STOP_CYCLES * self._cycle_ps if cut else fell
        for name in _HELD:
            changed = self._changed_ps.get(name)
            if changed is not None and rose < changed < end:
                refuse(self._index, f"{name} must keep still while rails are high, not change")

    def _at_least(self, name: str, found_ps: int, cycles: int) -> None:
        if found_ps < cycles * self._cycle_ps:
            found = found_ps // self._cycle_ps
            refuse(self._index, f"{name} must be at least {cycles} cycles, not {found}")
