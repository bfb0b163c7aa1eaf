"""The spiking mode, put between the stations of a core."""

from typing import Any

from amaranth.hdl import Module, Value
from amaranth.lib.wiring import connect

from ohmloom_analog.spiking_spec import SpikingSpec
from ohmloom_hw.counting import count_events
from ohmloom_hw.csr import RegisterFile
from ohmloom_hw.spiking.event_pins import EventReceiver, EventSender
from ohmloom_hw.spiking.event_queue import QueueFromHost, QueueToHost
from ohmloom_hw.spiking.neuron_memories import NeuronStates, NeuronTable
from ohmloom_hw.spiking.neuron_pass import NeuronPass
from ohmloom_hw.spiking.tick_control import TickControl
from ohmloom_hw.stations import Stations

__all__ = ["attach_spiking"]


def attach_spiking(
    m: Module,
    spiking: SpikingSpec,
    registers: RegisterFile,
    stations: Stations,
    *,
    total_bits: int,
    control: TickControl,
    engaged: Value,
    pins: tuple[Any, Any] | None,
) -> Value:
    """Build it; return when an event is put into the queue for the host, one cycle each.

    Parameters
    ----------
    total_bits
        Width of a sum.
    control
        What runs the ticks, a submodule already.
    engaged
        A run of the table or a job on cells is under way, so that no spiking may begin.
    pins
        The pins for events in and out, where the chip has such.
    """
    m.submodules.neurons = neurons = NeuronPass(spiking, total_bits)
    m.submodules.events_in = come = QueueFromHost(spiking.fifo)
    m.submodules.events_out = go = QueueToHost(spiking.fifo)
    connect(m, come.events, control.events)
    connect(m, control.told, go.events)
    connect(m, registers.window_event_in, come.window)
    connect(m, registers.window_event_out, go.window)
    if pins is not None:
        _lead_out(m, pins, come, go)
    _control(m, registers, stations, control, engaged)
    _neurons(m, spiking, registers, stations, neurons)
    _mark(m, stations, neurons, control)
    m.d.comb += go.to_pins.eq(registers.w_spike_out.pins if pins is not None else 0)
    _report(m, registers, control, come=come, go=go)
    skipping, clear = stations.sequencer.skipping, registers.w_spike_ctrl.clear
    count_events(m, registers.r_steps_skipped, skipping, clear)
    return control.told.valid & ~go.lost


def _lead_out(m: Module, pins: tuple[Any, Any], come: QueueFromHost, go: QueueToHost) -> None:
    m.submodules.event_receiver = receiver = EventReceiver()
    m.submodules.event_sender = sender = EventSender()
    outside_in, outside_out = pins
    connect(m, receiver.events, come.pins)
    connect(m, go.pins, sender.events)
    m.d.comb += [
        receiver.req.eq(outside_in.req),
        receiver.data.eq(outside_in.data),
        outside_in.ack.eq(receiver.ack),
        outside_out.req.eq(sender.req),
        outside_out.data.eq(sender.data),
        sender.ack.eq(outside_out.ack),
    ]


def _control(
    m: Module,
    registers: RegisterFile,
    stations: Stations,
    control: TickControl,
    engaged: Value,
) -> None:
    sequencer, strobes = stations.sequencer, registers.w_spike_ctrl
    m.d.comb += [
        control.run.eq(strobes.run),
        control.stop.eq(strobes.stop),
        control.rest.eq(strobes.rest),
        control.lines.eq(registers.w_spike_lines),
        control.first.eq(registers.w_spike_out.first),
        control.marks.eq(registers.w_spike_out.marks),
        control.aborted.eq(registers.w_ctrl.abort | sequencer.lost),
        control.engaged.eq(engaged),
        control.ended.eq(sequencer.ended),
        control.failed.eq(sequencer.error != 0),
        sequencer.spiking.eq(control.active),
        sequencer.silent.eq(stations.formatter.total == 0),
    ]
    with m.If(control.start):
        m.d.comb += sequencer.start.eq(1)
    # A step that isn't read has no offset either.
    with m.If(sequencer.skipped):
        m.d.comb += stations.columns.offset.eq(0)


def _neurons(
    m: Module,
    spiking: SpikingSpec,
    registers: RegisterFile,
    stations: Stations,
    neurons: NeuronPass,
) -> None:
    """Build the memories of the neurons, which read the sums that the columns have left."""
    m.submodules.neuron_table = table = NeuronTable(spiking)
    m.submodules.neuron_states = states = NeuronStates(spiking)
    connect(m, registers.window_neuron, table.window)
    connect(m, registers.window_neuron_state, states.window)
    connect(m, neurons.words, table.port)
    connect(m, neurons.states, states.port)
    step = stations.sequencer.step
    m.d.comb += [
        table.running.eq(neurons.busy),
        states.running.eq(neurons.busy),
        neurons.start.eq(stations.sequencer.fire),
        neurons.until.eq(step.output_base + step.columns),
        neurons.total.eq(stations.results.value),
        stations.sequencer.firing.eq(neurons.busy),
    ]
    with m.If(neurons.busy):
        m.d.comb += stations.results.place.eq(neurons.number)


def _mark(m: Module, stations: Stations, neurons: NeuronPass, control: TickControl) -> None:
    """Lead the neurons' spikes, and the marks of lines, to the input buffer."""
    m.d.comb += [
        neurons.anew.eq(control.anew),
        neurons.rest.eq(control.clear),
        control.resting.eq(neurons.busy | control.clear),
        control.neuron.eq(neurons.number),
        control.fired.eq(neurons.fired),
        control.spike.eq(neurons.spike),
    ]
    with m.If(control.active):
        m.d.comb += stations.inputs.running.eq(1)
    with m.If(control.w_en):
        m.d.comb += [
            stations.inputs.w_en.eq(1),
            stations.inputs.w_place.eq(control.w_place),
            stations.inputs.w_entry.eq(control.w_entry),
        ]


def _report(
    m: Module,
    registers: RegisterFile,
    control: TickControl,
    *,
    come: QueueFromHost,
    go: QueueToHost,
) -> None:
    m.d.comb += [
        registers.r_spike_status.active.eq(control.active),
        registers.r_event_room.room.eq(come.room),
        registers.r_event_room.waiting.eq(go.waiting),
    ]
    clear = registers.w_spike_ctrl.clear
    for name, event in (
        ("ticks", control.ticked),
        ("spikes_in", control.taken),
        ("spikes_out", control.fired & control.spike),
        ("lost_in", come.lost),
        ("lost_out", go.lost),
        ("events_refused", control.refused),
    ):
        count_events(m, getattr(registers, f"r_{name}"), event, clear)
