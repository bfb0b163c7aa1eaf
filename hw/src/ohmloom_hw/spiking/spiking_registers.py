"""Registers, windows and event of the spiking mode."""

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.register_model import Field, Register, Window, counters, value_fields
from ohmloom_hw.spiking.event_queue import WINDOW_WORDS
from ohmloom_hw.spiking.neuron_memories import entries
from ohmloom_hw.spiking.neuron_words import NEURON_STRIDE, STATE_STRIDE

__all__ = ["spiking_events", "spiking_registers", "spiking_windows"]


def spiking_events(spec: ChipSpec) -> tuple[Field, ...]:
    """Return the fields that IRQ_STATUS and IRQ_ENABLE have besides."""
    if spec.spiking is None:
        return ()
    doc = "the chip has put an event into its queue for the host"
    return (Field(name="spikes", low=7, width=1, doc=doc),)


def spiking_registers(spec: ChipSpec) -> tuple[Register, ...]:
    """Return the registers, in order of address."""
    if spec.spiking is None:
        return ()
    control = (
        Field(name="run", low=0, width=1, doc="take events; ignored during a run of the table"),
        Field(name="stop", low=1, width=1, doc="take no more, after the tick under way"),
        Field(name="rest", low=2, width=1, doc="set all neurons to 0; ignored while active"),
        Field(name="clear", low=3, width=1, doc="set TICKS and what follows it to 0"),
    )
    out = (
        Field(name="first", low=0, width=16, doc="first neuron whose spikes are events, from 0"),
        Field(name="marks", low=16, width=1, doc="the end of a tick is an event too"),
        Field(name="pins", low=17, width=1, doc="events go to the pins, and not to EVENT_OUT"),
    )
    room = (
        Field(name="room", low=0, width=16, doc="events for which EVENT_IN has room"),
        Field(name="waiting", low=16, width=16, doc="events that wait in EVENT_OUT"),
    )
    meanings = (
        ("TICKS", "ticks that are over"),
        ("SPIKES_IN", "spikes that have marked an input line"),
        ("SPIKES_OUT", "spikes of neurons, those that aren't told too"),
        ("STEPS_SKIPPED", "steps that weren't read, as no input spiked"),
        ("LOST_IN", "events of the host for which EVENT_IN had no room"),
        ("LOST_OUT", "events for which EVENT_OUT had no room"),
        ("EVENTS_REFUSED", "events of no kind, or for a line that isn't there"),
    )
    return (
        Register(
            name="SPIKE_CTRL", offset=0x200, access="strobe", fields=control, doc="of spiking mode"
        ),
        Register(
            name="SPIKE_STATUS",
            offset=0x204,
            access="ro",
            fields=(Field(name="active", low=0, width=1, doc="events are taken; or a rest"),),
            doc="state of the spiking mode; errors are in ERROR",
        ),
        Register(
            name="SPIKE_LINES",
            offset=0x208,
            access="rw",
            fields=value_fields(width=spec.input_entries.bit_length()),
            doc="number of input lines; the spikes of neurons follow them in INPUT",
        ),
        Register(
            name="SPIKE_OUT", offset=0x20C, access="rw", fields=out, doc="what is told, and where"
        ),
        Register(
            name="EVENT_ROOM", offset=0x210, access="ro", fields=room, doc="state of the queues"
        ),
        *counters(0x214, meanings),
    )


def spiking_windows(spec: ChipSpec) -> tuple[Window, ...]:
    """Return the windows, in order of address."""
    if spec.spiking is None:
        return ()
    neurons = entries(spec.spiking)
    return (
        Window(
            name="EVENT_IN",
            base=0x280000,
            words=WINDOW_WORDS,
            access="rw",
            live=True,
            doc=(
                "events to the chip, each word up to two, the first in the low half: kind in the "
                "two highest bits (1 spike, 2 tick), line below; reads as 0"
            ),
        ),
        Window(
            name="EVENT_OUT",
            base=0x290000,
            words=WINDOW_WORDS,
            access="ro",
            live=True,
            doc="events from the chip, of the same form: each read of any word takes one, or is 0",
        ),
        Window(
            name="NEURON",
            base=0x2A0000,
            words=NEURON_STRIDE * neurons,
            access="rw",
            doc=f"{NEURON_STRIDE} words a neuron: what it is",
        ),
        Window(
            name="NEURON_STATE",
            base=0x2C0000,
            words=STATE_STRIDE * neurons,
            access="rw",
            doc="two words a neuron: membrane (24 bits, signed) with its refractory ticks above, "
            "and synaptic current (signed)",
        ),
    )
