"""How the stations of a core's datapath are connected, in the order of the loop."""

from typing import Any

from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib.wiring import connect

from ohmloom_hw.array_port import ArrayOp
from ohmloom_hw.buffers import InputBuffer, StepTable
from ohmloom_hw.columns import ColumnPass
from ohmloom_hw.conversion import Conversion
from ohmloom_hw.csr import RegisterFile
from ohmloom_hw.formatter import InputFormatter
from ohmloom_hw.sequencer import Sequencer
from ohmloom_hw.shift_add import ShiftAdd
from ohmloom_hw.stations import Stations

__all__ = ["wire_columns", "wire_conversion", "wire_lines", "wire_memories", "wire_table"]


def wire_table(
    m: Module,
    sequencer: Sequencer,
    steps: StepTable,
    registers: RegisterFile,
    start: Value,
) -> None:
    """Let the sequencer take steps from their table, and start and end by the host."""
    m.d.comb += [
        sequencer.start.eq(start),
        sequencer.abort.eq(registers.w_ctrl.abort),
        sequencer.steps.eq(registers.w_steps),
        sequencer.settle.eq(registers.w_settle),
        steps.running.eq(sequencer.busy),
        steps.number.eq(sequencer.number),
        sequencer.step.eq(steps.step),
    ]


def wire_lines(
    m: Module,
    sequencer: Sequencer,
    formatter: InputFormatter,
    inputs: InputBuffer,
    arrays: list[Any],
) -> None:
    """Let the word lines take what the formatter collects, those of all tiles alike."""
    levels = Signal(len(formatter.codes))
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
    for port in arrays:
        m.d.comb += [port.levels.eq(levels), port.op.eq(ArrayOp.READ)]


def wire_conversion(
    m: Module,
    sequencer: Sequencer,
    conversion: Conversion,
    shift_add: ShiftAdd,
    arrays: list[Any],
) -> None:
    """Let the lines of the tile whose step runs take turns at its converters."""
    step = sequencer.step
    m.d.comb += [
        conversion.begin.eq(sequencer.convert),
        conversion.stop.eq(sequencer.stop),
        sequencer.converting.eq(conversion.busy | shift_add.busy),
        sequencer.expired.eq(conversion.expired),
        sequencer.unasked.eq(conversion.unasked),
        shift_add.piece.eq(sequencer.convert_piece),
        shift_add.negative.eq(sequencer.convert_negative),
        shift_add.clear.eq(sequencer.clear),
    ]
    answered = []
    for tile, port in enumerate(arrays):
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


def wire_columns(m: Module, sequencer: Sequencer, columns: ColumnPass, shift_add: ShiftAdd) -> None:
    """Let the pass over the columns take sums and the fields of the step."""
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


def wire_memories(m: Module, stations: Stations, registers: RegisterFile) -> None:
    """Let results, inputs of the next layer and the argmax take what the pass gives."""
    sequencer, columns, inputs = stations.sequencer, stations.columns, stations.inputs
    table, biases, results = stations.calibration, stations.biases, stations.results
    argmax, step = stations.argmax, stations.sequencer.step
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
        argmax.clear.eq(sequencer.start & ~sequencer.busy),
        argmax.valid.eq(columns.stored & step.result),
        argmax.index.eq(place),
        argmax.total.eq(columns.result),
        registers.r_argmax.eq(argmax.winner),
    ]
