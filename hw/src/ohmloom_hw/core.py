"""Everything between the word bus and the array ports: registers, buffers and datapath."""

from typing import TYPE_CHECKING, Any

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Member, Out, connect, flipped

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw import bus
from ohmloom_hw.activation import Argmax
from ohmloom_hw.array_port import ArrayOp, ArrayPort
from ohmloom_hw.buffers import CalibrationTable, InputBuffer, StepTable, WordBuffer
from ohmloom_hw.columns import ColumnPass
from ohmloom_hw.conversion import Conversion
from ohmloom_hw.csr import RegisterFile
from ohmloom_hw.formatter import InputFormatter
from ohmloom_hw.registers import register_table
from ohmloom_hw.sequencer import Sequencer
from ohmloom_hw.shift_add import ShiftAdd

__all__ = ["Core"]


class Core(wiring.Component):
    """A chip without its host link.

    Besides the bus there is one `ArrayPort` a tile, `array_0`, `array_1` and so on. All
    word lines show the same codes; only the tile whose step runs is started.
    """

    bus: bus.Interface
    """From the host link."""
    crc_errors: Signal
    """Counter of the host link, to be read."""
    frame_errors: Signal
    """Counter of the host link, to be read."""

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """Tell type checkers that the spec makes the array ports."""

    def __init__(self, spec: ChipSpec) -> None:
        self._spec = spec
        ports: dict[str, Member] = {
            "bus": In(bus.Signature()),
            "crc_errors": In(16),
            "frame_errors": In(16),
        }
        for tile in range(spec.tiles):
            ports[f"array_{tile}"] = Out(ArrayPort(spec))
        super().__init__(ports)

    def elaborate(self, platform: object) -> Module:
        """Connect the stations in the order of the loop."""
        spec, m = self._spec, Module()
        m.submodules.registers = registers = RegisterFile(register_table(spec))
        m.submodules.inputs = inputs = InputBuffer(spec)
        m.submodules.steps = steps = StepTable(spec)
        m.submodules.sequencer = sequencer = Sequencer(spec)
        m.submodules.formatter = formatter = InputFormatter(spec)
        m.submodules.conversion = conversion = Conversion(spec)
        m.submodules.shift_add = shift_add = ShiftAdd(spec)
        m.submodules.columns = columns = ColumnPass(spec)
        m.d.comb += [
            registers.locked.eq(sequencer.busy),
            registers.r_crc_errors.eq(self.crc_errors),
            registers.r_frame_errors.eq(self.frame_errors),
        ]
        connect(m, flipped(self.bus), registers.bus)
        connect(m, registers.window_input, inputs.window)
        connect(m, registers.window_step, steps.window)
        connect(m, conversion.samples, shift_add.samples)

        self._sequence(m, sequencer, steps, registers)
        self._drive(m, sequencer, formatter, inputs)
        self._convert(m, sequencer, conversion, shift_add)
        m.d.comb += conversion.timeout.eq(registers.w_timeout)
        self._finish(m, sequencer, columns, shift_add)
        m.d.comb += columns.common.eq(formatter.total * spec.weight_offset)
        self._store(m, sequencer, columns, inputs, registers)
        self._report(m, sequencer, conversion, registers)
        return m

    def _sequence(
        self, m: Module, sequencer: Sequencer, steps: StepTable, registers: RegisterFile
    ) -> None:
        m.d.comb += [
            sequencer.start.eq(registers.w_ctrl.start),
            sequencer.steps.eq(registers.w_steps),
            sequencer.settle.eq(registers.w_settle),
            steps.running.eq(sequencer.busy),
            steps.number.eq(sequencer.number),
            sequencer.step.eq(steps.step),
        ]

    def _drive(
        self,
        m: Module,
        sequencer: Sequencer,
        formatter: InputFormatter,
        inputs: InputBuffer,
    ) -> None:
        levels = Signal(self._spec.rows * self._spec.input.slice_bits)
        with m.If(sequencer.release):
            m.d.sync += levels.eq(0)
        with m.Elif(sequencer.apply):
            m.d.sync += levels.eq(formatter.codes)
        m.d.comb += [
            formatter.start.eq(sequencer.gather),
            formatter.base.eq(sequencer.step.input_base),
            formatter.rows.eq(sequencer.step.rows),
            formatter.has_sign.eq(sequencer.step.signed),
            formatter.piece.eq(sequencer.gather_piece),
            formatter.negative.eq(sequencer.gather_negative),
            sequencer.gathering.eq(formatter.busy),
            inputs.running.eq(sequencer.busy),
            inputs.address.eq(formatter.address),
            formatter.word.eq(inputs.word),
        ]
        for tile in range(self._spec.tiles):
            port = getattr(self, f"array_{tile}")
            m.d.comb += [port.levels.eq(levels), port.op.eq(ArrayOp.READ)]

    def _convert(
        self,
        m: Module,
        sequencer: Sequencer,
        conversion: Conversion,
        shift_add: ShiftAdd,
    ) -> None:
        step = sequencer.step
        m.d.comb += [
            conversion.begin.eq(sequencer.convert),
            conversion.lines.eq(step.columns * self._spec.lines_per_column),
            sequencer.converting.eq(conversion.busy | shift_add.busy),
            sequencer.expired.eq(conversion.expired),
            sequencer.unasked.eq(conversion.unasked),
            shift_add.piece.eq(sequencer.convert_piece),
            shift_add.negative.eq(sequencer.convert_negative),
            shift_add.clear.eq(sequencer.clear),
        ]
        answered = []
        for tile in range(self._spec.tiles):
            port = getattr(self, f"array_{tile}")
            mine = Signal(name=f"selected_{tile}")
            answered.append(port.done)
            m.d.comb += [
                mine.eq(step.tile == tile),
                port.select.eq(conversion.select),
                port.start.eq(conversion.start & mine),
            ]
            with m.If(mine):
                m.d.comb += [
                    conversion.codes.eq(port.codes),
                    conversion.over_range.eq(port.over_range),
                ]
        m.d.comb += conversion.done.eq(Cat(answered).any())

    def _finish(
        self, m: Module, sequencer: Sequencer, columns: ColumnPass, shift_add: ShiftAdd
    ) -> None:
        step = sequencer.step
        m.d.comb += [
            columns.start.eq(sequencer.finish),
            columns.columns.eq(step.columns),
            columns.first.eq(step.first),
            columns.finish.eq(step.finish),
            columns.multiplier.eq(step.multiplier),
            columns.shift.eq(step.shift),
            columns.relu.eq(step.relu),
            sequencer.finishing.eq(columns.busy),
            shift_add.column.eq(Mux(columns.busy, columns.column, sequencer.column)),
            columns.total.eq(shift_add.total),
        ]

    def _store(
        self,
        m: Module,
        sequencer: Sequencer,
        columns: ColumnPass,
        inputs: InputBuffer,
        registers: RegisterFile,
    ) -> None:
        spec, step = self._spec, sequencer.step
        m.submodules.calibration = table = CalibrationTable(spec)
        m.submodules.biases = biases = WordBuffer(entries=spec.result_entries, bits=spec.total_bits)
        m.submodules.results = results = WordBuffer(
            entries=spec.result_entries, bits=spec.total_bits
        )
        m.submodules.argmax = argmax = Argmax(spec)
        connect(m, registers.window_calibration, table.window)
        connect(m, registers.window_bias, biases.window)
        connect(m, registers.window_result, results.window)
        place = Signal(16)
        m.d.comb += [
            table.running.eq(sequencer.busy),
            table.tile.eq(step.tile),
            table.column.eq(columns.column),
            columns.offset.eq(table.offset),
            columns.gain.eq(table.gain),
            biases.running.eq(sequencer.busy),
            biases.place.eq(step.bias_base + columns.column),
            columns.bias.eq(biases.value),
            place.eq(step.output_base + columns.place),
            inputs.w_en.eq(columns.stored & ~step.result),
            inputs.w_place.eq(place),
            inputs.w_entry.eq(columns.entry),
            results.running.eq(sequencer.busy),
            results.w_en.eq(columns.stored & step.result),
            results.place.eq(place),
            results.w_value.eq(columns.result),
            argmax.clear.eq(registers.w_ctrl.start & ~sequencer.busy),
            argmax.valid.eq(columns.stored & step.result),
            argmax.index.eq(place),
            argmax.total.eq(columns.result),
            registers.r_argmax.eq(argmax.winner),
        ]

    def _report(
        self,
        m: Module,
        sequencer: Sequencer,
        conversion: Conversion,
        registers: RegisterFile,
    ) -> None:
        started = Signal()
        clear = registers.w_ctrl.clear
        taken = conversion.samples.valid & conversion.samples.ready
        runs = Signal(8)
        m.d.comb += [
            started.eq(registers.w_ctrl.start & ~sequencer.busy),
            registers.r_status.busy.eq(sequencer.busy),
            registers.r_status.done.eq(sequencer.done),
            registers.r_status.error.eq(sequencer.error != 0),
            registers.r_status.runs.eq(runs),
            registers.r_error.code.eq(sequencer.error),
            registers.r_error.step.eq(sequencer.error_step),
        ]
        with m.If(started):
            m.d.sync += runs.eq(runs + 1)
        _count(m, registers.r_cycles, sequencer.busy, started)
        _count(m, registers.r_adc_busy, conversion.converting, started)
        _count(m, registers.r_conversions, taken, clear)
        _count(m, registers.r_clipped, taken & conversion.samples.payload.over_range, clear)


def _count(m: Module, port: Signal, event: Any, clear: Any) -> None:
    """Count events into a register that can be read; it stays at its highest value."""
    counter = Signal.like(port, name=f"count_{port.name}")
    m.d.comb += port.eq(counter)
    with m.If(clear):
        m.d.sync += counter.eq(0)
    with m.Elif(event & ~counter.all()):
        m.d.sync += counter.eq(counter + 1)
