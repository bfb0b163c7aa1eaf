"""The pass over the columns of a tile after its conversions: calibrate, sum up, scale, store."""

from typing import Any

from amaranth.hdl import Cat, Module, Mux, Signal, Value, signed, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.activation import Requantise
from ohmloom_hw.calibration import Calibration
from ohmloom_hw.corrected_memory import build_memory, is_protected, mark_needed
from ohmloom_hw.saturation import saturate

__all__ = ["ColumnPass"]

_ATTRS: dict[str, Any] = {"no_rw_check": 1}


class ColumnPass(wiring.Component):
    """Take one column a cycle from its sum to the input or result buffer.

    The totals of a layer's columns are kept here, so that tiles which share a layer add up. All
    sums saturate. `address` outputs ask for a column's numbers; they are there a cycle later.
    """

    start: Signal
    """One cycle: begin, with the parameters below still until `busy` falls."""
    dry: Signal
    """With checks: calibrated sums are only kept, to be judged; else those that are kept, and
    perhaps corrected, are taken."""
    j_column: Signal
    """With checks: column whose kept sum is read or written, while not busy."""
    j_value: Signal
    """With checks: that sum, a cycle later."""
    j_taken: Signal
    """With checks: that sum is made use of."""
    j_w_en: Signal
    """With checks: write it."""
    j_w_value: Signal
    """With checks: what is written."""
    columns: Signal
    """Number of columns."""
    first: Signal
    """Whether totals start anew."""
    finish: Signal
    """Whether to add the bias, scale and store."""
    multiplier: Signal
    """For `Requantise`."""
    shift: Signal
    """For `Requantise`."""
    relu: Signal
    """For `Requantise`."""
    common: Signal
    """What the encoding adds to every column."""
    column: Signal
    """Column whose sum, offset, gain and bias are asked for."""
    total: Signal
    """Sum of that column."""
    offset: Signal
    """Offset of that column."""
    gain: Signal
    """Gain of that column."""
    factor: Signal
    """With a drift factor: what all gains are multiplied by."""
    bias: Signal
    """Bias of that column's output."""
    stored: Signal
    """High for one cycle a column, if `finish`: the outputs below are valid."""
    place: Signal
    """Number of the column."""
    entry: Signal
    """Scaled output, for the input buffer."""
    result: Signal
    """Output as it is, for the result buffer."""
    busy: Signal
    """High from the cycle after `start`."""

    def __init__(self, spec: ChipSpec) -> None:
        self._spec = spec
        self.totals = build_memory(
            protected=is_protected(spec),
            shape=signed(spec.total_bits),
            depth=max(2, spec.columns),
            attrs=_ATTRS,
        )
        self._drifts = spec.defence.drift_factor
        self._judged = spec.defence.checksums
        self._value_bits = Calibration.bits(spec)
        self.values: Any = None
        if self._judged:
            self.values = build_memory(
                protected=is_protected(spec),
                shape=signed(self._value_bits),
                depth=max(2, spec.columns),
                attrs=_ATTRS,
            )
        judged = {
            "dry": In(1),
            "j_column": In(range(max(2, spec.columns))),
            "j_value": Out(signed(self._value_bits)),
            "j_taken": In(1),
            "j_w_en": In(1),
            "j_w_value": In(signed(self._value_bits)),
        }
        super().__init__(
            {
                "start": In(1),
                "columns": In(range(spec.columns + 1)),
                "first": In(1),
                "finish": In(1),
                "multiplier": In(16),
                "shift": In(6),
                "relu": In(1),
                "common": In(signed(spec.accumulator_bits)),
                "column": Out(range(max(2, spec.columns))),
                "total": In(signed(spec.accumulator_bits)),
                "offset": In(signed(spec.accumulator_bits)),
                "gain": In(unsigned(16)),
                "bias": In(signed(spec.total_bits)),
                "stored": Out(1),
                "place": Out(range(max(2, spec.columns))),
                "entry": Out(signed(spec.input.bits + 1)),
                "result": Out(signed(spec.total_bits)),
                "busy": Out(1),
                **(judged if self._judged else {}),
                **({"factor": In(unsigned(16))} if self._drifts else {}),
            }
        )

    @property
    def latency(self) -> int:
        """Clock cycles from the request of a column's numbers until it is stored."""
        return 1 + Calibration.latency + 1 + Requantise.latency

    def elaborate(self, platform: object) -> Module:
        """Build the pipeline; a column is known by its number, which travels along."""
        m = Module()
        m.submodules.calibration = calibration = Calibration(self._spec)
        m.submodules.requantise = requantise = Requantise(self._spec)
        walking = Signal()
        with m.If(self.start):
            m.d.sync += [walking.eq(1), self.column.eq(0)]
        with m.Elif(walking):
            m.d.sync += [walking.eq(self.column + 1 < self.columns)]
            with m.If(self.column + 1 < self.columns):
                m.d.sync += self.column.eq(self.column + 1)

        valid, number = [walking], [self.column]
        for stage in range(1, self.latency + 1):
            valid.append(Signal(name=f"valid_{stage}"))
            number.append(Signal.like(self.column, name=f"column_{stage}"))
            m.d.sync += [valid[stage].eq(valid[stage - 1]), number[stage].eq(number[stage - 1])]

        m.d.comb += [
            calibration.total.eq(self.total),
            calibration.common.eq(self.common),
            calibration.offset.eq(self.offset),
            calibration.gain.eq(self.gain),
            requantise.multiplier.eq(self.multiplier),
            requantise.shift.eq(self.shift),
            requantise.relu.eq(self.relu),
        ]
        if self._drifts:
            m.d.comb += calibration.factor.eq(self.factor)
        calibrated = calibration.result
        if self._judged:
            calibrated = self._keep(m, calibrated, valid, number)
        self._add_up(m, calibrated, requantise.total, valid, number)
        kept = [requantise.total]
        for stage in range(2 + 1 + Calibration.latency, self.latency + 1):
            kept.append(Signal.like(self.result, name=f"result_{stage}"))
            m.d.sync += kept[-1].eq(kept[-2])
        m.d.comb += [
            self.stored.eq(self._for_good(valid[-1] & self.finish)),
            self.place.eq(number[-1]),
            self.entry.eq(requantise.entry),
            self.result.eq(kept[-1]),
        ]
        m.d.comb += self.busy.eq(Cat(valid).any())
        return m

    def _for_good(self, event: Value) -> Value:
        return event & ~self.dry if self._judged else event

    def _keep(
        self, m: Module, calibrated: Signal, valid: list[Signal], number: list[Signal]
    ) -> Signal:
        """Keep calibrated sums in a dry pass; return what is taken in one for good."""
        summed = 1 + Calibration.latency
        m.submodules.values = values = self.values
        read_port, write_port = values.read_port(), values.write_port()
        m.d.comb += [
            read_port.addr.eq(Mux(self.busy, number[summed - 1], self.j_column)),
            self.j_value.eq(read_port.data),
            write_port.addr.eq(Mux(self.busy, number[summed], self.j_column)),
            write_port.data.eq(Mux(self.busy, calibrated, self.j_w_value)),
            write_port.en.eq(Mux(self.busy, valid[summed] & self.dry, self.j_w_en)),
        ]
        mark_needed(m, values, Mux(self.busy, valid[summed] & ~self.dry, self.j_taken))
        return self.j_value

    def _add_up(
        self,
        m: Module,
        calibrated: Signal,
        complete: Signal,
        valid: list[Signal],
        number: list[Signal],
    ) -> None:
        summed, bits = 1 + Calibration.latency, self._spec.total_bits
        # A column is read a cycle before it is written, and then no longer looked at.
        m.submodules.totals = totals = self.totals
        read_port, write_port = totals.read_port(), totals.write_port()
        bias = [self.bias]
        for stage in range(2, summed + 1):
            bias.append(Signal.like(self.bias, name=f"bias_{stage}"))
            m.d.sync += bias[-1].eq(bias[-2])
        total = Signal(signed(bits))
        m.d.comb += [
            read_port.addr.eq(number[summed - 1]),
            total.eq(saturate(Mux(self.first, 0, read_port.data) + calibrated, bits)),
            write_port.addr.eq(number[summed]),
            write_port.data.eq(total),
            write_port.en.eq(self._for_good(valid[summed])),
        ]
        mark_needed(m, totals, valid[summed] & ~self.first)
        m.d.sync += complete.eq(saturate(total + bias[-1], bits))
