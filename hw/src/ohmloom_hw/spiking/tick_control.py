"""What runs the chip by events: gather the spikes of a tick, run the table for it, hand on."""

from amaranth.hdl import Cat, Module, Mux, Signal, Value, signed
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.spiking.events import ADDRESS_BITS, EVENT_BITS, EventKind

__all__ = ["TickControl"]


class TickControl(wiring.Component):
    """Between the queues of events, the input buffer and the sequencer.

    A spike of the host or the pins marks its line in the input buffer. A tick has the step table
    run; the spikes of the last neurons are events for the outside, at once, and those of all
    neurons marks in the input buffer, behind the lines. Then the lines' marks are taken away.
    """

    run: Signal
    """One cycle: from now on take events; ignored while `active` or resting."""
    stop: Signal
    """One cycle: take no more, once the tick that is under way is over."""
    rest: Signal
    """One cycle, while not `active`: have all neurons set to 0, and take all marks away."""
    lines: Signal
    """Number of input lines, and the entry of neuron 0."""
    first: Signal
    """First neuron whose spikes are told to the outside, as address 0."""
    marks: Signal
    """Whether the end of each tick is told too."""
    aborted: Signal
    """One cycle: stop at once; a tick that is under way is ended by the sequencer."""
    events: stream.Interface
    """From the queue."""
    told: stream.Interface
    """To the queue, which never waits."""
    start: Signal
    """One cycle: start of the sequencer."""
    engaged: Signal
    """Something else is under way, so that `run` is ignored."""
    ended: Signal
    """One cycle: it has come to its end."""
    failed: Signal
    """With that: by an error, which ends the spiking."""
    anew: Signal
    """One cycle: a tick begins."""
    clear: Signal
    """One cycle: start of the rest of all neurons."""
    resting: Signal
    """They are being set to 0, or told to be."""
    neuron: Signal
    """Neuron at work."""
    fired: Signal
    """One cycle: its tick is done."""
    spike: Signal
    """With that: it has spiked."""
    w_en: Signal
    """Write an entry of the input buffer."""
    w_place: Signal
    """Its place."""
    w_entry: Signal
    """0 or 1."""
    active: Signal
    """Events are being taken, or a tick or a rest is under way."""
    ticked: Signal
    """One cycle: a tick is over."""
    taken: Signal
    """One cycle: a spike has marked its line."""
    refused: Signal
    """One cycle: an event was of no kind, or for a line that isn't there."""

    def __init__(self, spec: ChipSpec) -> None:
        entry, neuron = range(spec.input_entries), range(spec.result_entries)
        self._entries = spec.input_entries
        super().__init__(
            {
                "run": In(1),
                "stop": In(1),
                "rest": In(1),
                "lines": In(range(spec.input_entries + 1)),
                "first": In(neuron),
                "marks": In(1),
                "aborted": In(1),
                "events": In(stream.Signature(EVENT_BITS)),
                "told": Out(stream.Signature(EVENT_BITS, always_ready=True)),
                "start": Out(1),
                "engaged": In(1),
                "ended": In(1),
                "failed": In(1),
                "anew": Out(1),
                "clear": Out(1),
                "resting": In(1),
                "neuron": In(neuron),
                "fired": In(1),
                "spike": In(1),
                "w_en": Out(1),
                "w_place": Out(entry),
                "w_entry": Out(signed(spec.input.bits + 1)),
                "active": Out(1),
                "ticked": Out(1),
                "taken": Out(1),
                "refused": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the state machine."""
        m = Module()
        self._marked = Signal(name="marked")
        self._place = Signal(range(self._entries + 1), name="place")
        stopping = Signal()
        with m.If(self.stop | self.aborted):
            m.d.sync += stopping.eq(1)
        self._tell(m)
        with m.FSM() as fsm:
            m.d.comb += self.active.eq(~fsm.ongoing("IDLE"))
            with m.State("IDLE"):
                m.d.sync += [stopping.eq(0), self._place.eq(0)]
                with m.If(self.rest & ~self.engaged):
                    m.d.comb += self.clear.eq(1)
                    m.next = "REST"
                with m.Elif(self.run & ~self.engaged):
                    m.next = "TAKE"
            with m.State("TAKE"):
                # The sequencer takes no start in the cycle of an abort.
                with m.If(stopping | self.stop | self.aborted):
                    m.next = "IDLE"
                with m.Elif(self.events.valid):
                    self._take(m)
            with m.State("TICK"), m.If(self.ended):
                self._end(m)
            self._wipe(m)
        with m.If(self.fired):
            self._mark(m, self.lines + self.neuron, self.spike)
        return m

    def _take(self, m: Module) -> None:
        event = data.View(
            data.StructLayout({"address": ADDRESS_BITS, "kind": 2}), self.events.payload
        )
        m.d.comb += self.events.ready.eq(1)
        with m.If((event.kind == EventKind.SPIKE) & (event.address < self.lines)):
            self._mark(m, event.address, 1)
            m.d.comb += self.taken.eq(1)
            m.d.sync += self._marked.eq(1)
        with m.Elif(event.kind == EventKind.TICK):
            m.d.comb += [self.anew.eq(1), self.start.eq(1)]
            m.next = "TICK"
        with m.Else():
            m.d.comb += self.refused.eq(1)

    def _end(self, m: Module) -> None:
        m.d.comb += self.ticked.eq(~self.failed)
        m.d.sync += self._place.eq(0)
        m.next = "TAKE"
        with m.If(self.failed):
            m.next = "IDLE"
        with m.Elif(self._marked):
            m.next = "CLEAR"

    def _wipe(self, m: Module) -> None:
        """Describe the states that take away the marks of the lines, or all."""
        following = Signal.like(self._place, name="following")
        m.d.comb += following.eq(self._place + 1)
        with m.State("CLEAR"):
            self._mark(m, self._place, 0)
            m.d.sync += self._place.eq(following)
            with m.If(following >= self.lines):
                m.d.sync += self._marked.eq(0)
                m.next = "TAKE"
        with m.State("REST"):
            self._mark(m, self._place, 0)
            m.d.sync += self._marked.eq(0)
            with m.If(following < self._entries):
                m.d.sync += self._place.eq(following)
            with m.Elif(~self.resting):
                m.next = "IDLE"

    def _mark(self, m: Module, place: Value, entry: Value | int) -> None:
        m.d.comb += [self.w_en.eq(1), self.w_place.eq(place), self.w_entry.eq(entry)]

    def _tell(self, m: Module) -> None:
        spiked = self.fired & self.spike & (self.neuron >= self.first)
        address = Signal(ADDRESS_BITS)
        m.d.comb += [
            address.eq(Mux(spiked, self.neuron - self.first, 0)),
            self.told.payload.eq(Cat(address, Mux(spiked, EventKind.SPIKE, EventKind.TICK))),
            self.told.valid.eq(spiked | (self.ticked & self.marks)),
        ]
