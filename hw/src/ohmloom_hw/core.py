"""Everything between the word bus and the array ports: registers, buffers and datapath."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from amaranth.hdl import Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Member, Out, connect, flipped

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw import bus
from ohmloom_hw.activation import Argmax
from ohmloom_hw.analyser import attach_analyser
from ohmloom_hw.array_port import ArrayPort
from ohmloom_hw.buffers import CalibrationTable, InputBuffer, StepTable, WordBuffer
from ohmloom_hw.columns import ColumnPass
from ohmloom_hw.conversion import Conversion
from ohmloom_hw.converters.attach import attach_converters
from ohmloom_hw.converters.pins import ConverterPins
from ohmloom_hw.converters.plan import ConverterPlan
from ohmloom_hw.corrected_memory import CorrectedMemory, is_protected
from ohmloom_hw.csr import RegisterFile
from ohmloom_hw.ecc_attach import attach_ecc
from ohmloom_hw.features import DEFAULT_FEATURES, Features
from ohmloom_hw.formatter import InputFormatter
from ohmloom_hw.learning.attach import attach_samples
from ohmloom_hw.learning.transposed_registers import transposes
from ohmloom_hw.map_attach import attach_maps
from ohmloom_hw.map_registers import has_maps
from ohmloom_hw.registers import register_table
from ohmloom_hw.run_report import report_run, watch_host
from ohmloom_hw.sequencer import Sequencer
from ohmloom_hw.shift_add import ShiftAdd
from ohmloom_hw.spiking.event_pins import EventPins
from ohmloom_hw.spiking.spiking_attach import attach_spiking
from ohmloom_hw.spiking.tick_control import TickControl
from ohmloom_hw.station_wiring import (
    wire_columns,
    wire_conversion,
    wire_lines,
    wire_memories,
    wire_table,
)
from ohmloom_hw.stations import Stations
from ohmloom_hw.twin import Twin
from ohmloom_hw.write_attach import Shared, attach_writing

__all__ = ["Core"]


class Core(wiring.Component):
    """A chip without its host link.

    Besides the bus there is one `ArrayPort` a tile, `array_0`, `array_1` and so on. All
    word lines show the same codes; only the tile whose step runs is started. With converters
    behind the array ports there are `ConverterPins` instead, `converters_0` and so on. A chip that
    writes its cells has the pin `write_enable`, which must be high for them to get a pulse. Where a
    chip in spiking mode has pins for events, they are `event_in` and `event_out`.
    """

    bus: bus.Interface
    """From the host link."""
    crc_errors: Signal
    """Counter of the host link, to be read."""
    frame_errors: Signal
    """Counter of the host link, to be read."""
    repeats: Signal
    """Counter of the host link, to be read."""
    irq: Signal
    """High while an event that IRQ_ENABLE names waits in IRQ_STATUS."""
    busy: Signal
    """The step table is being run."""
    error: Signal
    """The last run ended with an error."""
    memories: Mapping[str, CorrectedMemory]
    """The corrected memories by their names, once the core has been elaborated."""

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """Tell type checkers that the spec makes the array ports."""

    def __init__(self, spec: ChipSpec, features: Features = DEFAULT_FEATURES) -> None:
        self._spec, self._features = spec, features
        self._table = register_table(spec, features)
        ports: dict[str, Member] = {
            "bus": In(bus.Signature()),
            "crc_errors": In(16),
            "frame_errors": In(16),
            "repeats": In(16),
            "irq": Out(1),
            "busy": Out(1),
            "error": Out(1),
        }
        if features.behind == "converters" and features.converters is None:
            msg = "converters must be given for a chip that has them behind its array ports"
            raise ValueError(msg)
        if features.converters is not None:
            self._plan = ConverterPlan(spec=spec, profile=features.converters)
        for tile in range(spec.tiles):
            if features.converters is not None:
                ports[f"converters_{tile}"] = Out(ConverterPins(self._plan))
            elif features.behind == "pins":
                back = transposes(spec, features)
                ports[f"array_{tile}"] = Out(
                    ArrayPort(spec, writes=features.writes, transposes=back)
                )
        if features.writes:
            ports["write_enable"] = In(1)
        if spec.spiking is not None and spec.spiking.pins:
            ports |= {"event_in": In(EventPins()), "event_out": Out(EventPins())}
        super().__init__(ports)

    def elaborate(self, platform: object) -> Module:
        """Connect the stations in the order of the loop."""
        spec, m = self._spec, Module()
        maps = has_maps(spec, self._features)
        m.submodules.registers = registers = RegisterFile(self._table)
        m.submodules.inputs = inputs = InputBuffer(spec)
        m.submodules.steps = steps = StepTable(spec)
        m.submodules.sequencer = sequencer = Sequencer(spec, maps=maps)
        m.submodules.formatter = formatter = InputFormatter(spec, maps=maps)
        m.submodules.conversion = conversion = Conversion(spec)
        m.submodules.shift_add = shift_add = ShiftAdd(spec, maps=maps)
        m.submodules.columns = columns = ColumnPass(spec)
        shared = Shared.of(sequencer, registers, writes=self._features.writes)
        ticking = Signal()
        m.d.comb += [
            registers.locked.eq(shared.active | ticking),
            registers.r_crc_errors.eq(self.crc_errors),
            registers.r_frame_errors.eq(self.frame_errors),
            registers.r_repeats.eq(self.repeats),
            conversion.timeout.eq(registers.w_timeout),
        ]
        connect(m, flipped(self.bus), registers.bus)
        connect(m, registers.window_input, inputs.window)
        connect(m, registers.window_step, steps.window)
        connect(m, conversion.samples, shift_add.samples)

        wire_table(m, sequencer, steps, registers, shared.start & ~ticking)
        arrays = self._arrays(m, sequencer, formatter, registers)
        wire_lines(m, sequencer, formatter, inputs, arrays)
        wire_conversion(m, sequencer, conversion, shift_add, arrays)
        sample = conversion.samples
        clipped: Value = sample.valid & sample.ready & sample.payload.over_range
        used = sequencer.step.columns
        places = None
        if maps:
            places = attach_maps(
                m, spec, registers, sequencer=sequencer, formatter=formatter, shift_add=shift_add
            )
            used, clipped = places.reach, shift_add.clipped
        m.d.comb += conversion.lines.eq(used * spec.lines_per_column)
        learner = (
            attach_writing(
                m,
                spec,
                registers,
                arrays,
                enable=self.write_enable,
                sequencer=sequencer,
                conversion=conversion,
                shared=shared,
                engaged=sequencer.busy | ticking,
            )
            if self._features.writes
            else None
        )
        wire_columns(m, sequencer, columns, shift_add)
        m.d.comb += columns.common.eq(formatter.total * spec.weight_offset)
        m.submodules.calibration = calibration = CalibrationTable(spec)
        entries, bits, protected = spec.result_entries, spec.total_bits, is_protected(spec)
        biases = WordBuffer(entries=entries, bits=bits, protected=protected)
        results = WordBuffer(entries=entries, bits=bits, protected=protected)
        m.submodules.biases, m.submodules.results = biases, results
        m.submodules.argmax = argmax = Argmax(spec)
        stations = Stations(
            inputs=inputs,
            steps=steps,
            sequencer=sequencer,
            formatter=formatter,
            conversion=conversion,
            shift_add=shift_add,
            columns=columns,
            calibration=calibration,
            biases=biases,
            results=results,
            argmax=argmax,
            maps=places,
        )
        wire_memories(m, stations, registers)
        attach_samples(m, learner, stations)
        events = self._spike(m, stations, registers, shared.active, ticking)
        ecc = attach_ecc(m, spec, registers, stations, clipped=clipped)
        self.memories = ecc.memories
        m.d.comb += [self.busy.eq(sequencer.busy), self.error.eq(shared.error != 0)]
        report_run(
            m,
            registers,
            sequencer=sequencer,
            conversion=conversion,
            error=shared.error,
            clipped=clipped,
        )
        m.d.comb += self.irq.eq(
            watch_host(
                m,
                registers,
                sequencer=sequencer,
                events={"clipped": clipped, **shared.events, **ecc.events, **events},
                active=shared.active | ticking,
                access=self.bus.ack,
            )
        )
        if self._features.analyser_depth:
            self._analyse(m, stations, registers, arrays[0])
        return m

    def _spike(
        self,
        m: Module,
        stations: Stations,
        registers: RegisterFile,
        engaged: Signal,
        ticking: Signal,
    ) -> dict[str, Value]:
        """Build the spiking mode, if any, which says by `ticking` that it is on; return events."""
        spiking = self._spec.spiking
        if spiking is None:
            return {}
        m.submodules.ticks = ticks = TickControl(self._spec)
        m.d.comb += ticking.eq(ticks.active)
        pins = (self.event_in, self.event_out) if spiking.pins else None
        told = attach_spiking(
            m,
            spiking,
            registers,
            stations,
            total_bits=self._spec.total_bits,
            control=ticks,
            engaged=engaged,
            pins=pins,
        )
        return {"spikes": told}

    def _analyse(self, m: Module, stations: Stations, registers: RegisterFile, array: Any) -> None:
        sequencer, conversion = stations.sequencer, stations.conversion
        signals = {
            "busy": sequencer.busy,
            "error": sequencer.error != 0,
            "gathering": stations.formatter.busy,
            "converting": conversion.busy | stations.shift_add.busy,
            "finishing": stations.columns.busy,
            "start": conversion.start,
            "done": conversion.done,
            "clipped": conversion.over_range[0],
            "access": self.bus.ack,
            "step": sequencer.number,
            "select": conversion.select,
            "level": array.levels[: self._spec.input.slice_bits],
            "code": conversion.codes[: self._spec.adc.bits],
        }
        attach_analyser(m, self._spec, self._features.analyser_depth, signals, registers)

    def _arrays(
        self,
        m: Module,
        sequencer: Sequencer,
        formatter: InputFormatter,
        registers: RegisterFile,
    ) -> list[Any]:
        """Return one array port a tile: pins, or those of what is built in their place."""
        if self._features.behind == "twin":
            features = self._features
            m.submodules.twin = twin = Twin(self._spec, features.lanes, memory=features.cells)
            connect(m, registers.window_conductance, twin.window)
            m.d.comb += [
                twin.running.eq(sequencer.busy),
                twin.apply.eq(sequencer.apply),
                twin.w_en.eq(formatter.w_en),
                twin.w_row.eq(formatter.w_row),
                twin.w_code.eq(formatter.w_code),
                twin.noise.eq(registers.w_twin_noise),
                twin.seed.eq(registers.w_twin_seed),
                twin.drift.eq(registers.w_twin_drift),
                twin.offset.eq(registers.w_twin_offset),
            ]
            return [getattr(twin, f"array_{tile}") for tile in range(self._spec.tiles)]
        if self._features.converters is not None:
            tiles = range(self._spec.tiles)
            arrays = [ArrayPort(self._spec).create(path=(f"array_{tile}",)) for tile in tiles]
            pins = [getattr(self, f"converters_{tile}") for tile in tiles]
            attach_converters(m, self._plan, registers, arrays, pins)
            return arrays
        return [getattr(self, f"array_{tile}") for tile in range(self._spec.tiles)]
