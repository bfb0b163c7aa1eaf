"""The pass over a layer's neurons: from its column sums to spikes, one neuron after another.

A neuron takes these cycles, in each of which one of its words is there; one multiplier serves all.
Those in brackets are for current-based neurons alone.

=========  =====================================================================
FETCH      states and sum are asked for
GAIN       sum times gain
CURRENT    shifted: the current
[DECAY]    synapse times its leak
[SYNAPSE]  the synaptic current, with what flows in
[COUPLE]   it times what couples it to the membrane
[COUPLED]  shifted: the current into the membrane
LEAK       distance from the leak's potential times the leak
SUM        the membrane, before it may spike
FIRE       spike, or none; the state is written
=========  =====================================================================
"""

from typing import Any

from amaranth.hdl import Module, Shape, Signal, Value, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ohmloom_analog.neurons import COEFFICIENT_BITS
from ohmloom_analog.spiking_spec import SpikingSpec
from ohmloom_hw.saturation import saturate
from ohmloom_hw.spiking.membrane import Membrane
from ohmloom_hw.spiking.neuron_memories import StatePort, WordPort, entries
from ohmloom_hw.spiking.neuron_words import neuron_word

__all__ = ["NeuronPass"]

_HALF = 1 << (COEFFICIENT_BITS - 1)


class NeuronPass(wiring.Component):
    """Take the neurons from where the last pass ended up to `until`.

    The memories are outside: a `NeuronTable`, `NeuronStates` and the sums. All of them answer a
    cycle after they are asked.

    Parameters
    ----------
    spiking
        What it is built for.
    total_bits
        Width of a sum.
    """

    anew: Signal
    """One cycle, while not `busy`: the next pass begins at neuron 0."""
    start: Signal
    """One cycle, while not `busy`: begin; ignored where no neuron is left before `until`."""
    until: Signal
    """Neuron before which the pass ends; still while `busy`."""
    rest: Signal
    """One cycle, while not `busy`: set the states of all neurons to 0, and tell of no spikes."""
    total: Signal
    """Sum of the column of the neuron at work."""
    words: Any
    """To the neurons' words, a `WordPort`."""
    states: Any
    """To their states, a `StatePort`."""
    number: Signal
    """Neuron at work."""
    fired: Signal
    """One cycle: its tick is done, and its state is being written."""
    spike: Signal
    """With `fired`: it spikes."""
    busy: Signal
    """High from the cycle after `start` or `rest`."""

    def __init__(self, spiking: SpikingSpec, total_bits: int) -> None:
        self._spiking, self._total_bits = spiking, total_bits
        super().__init__(
            {
                "anew": In(1),
                "start": In(1),
                "until": In(range(entries(self._spiking) + 1)),
                "rest": In(1),
                "total": In(signed(total_bits)),
                "words": Out(WordPort(self._spiking)),
                "states": Out(StatePort(self._spiking)),
                "number": Out(range(entries(self._spiking))),
                "fired": Out(1),
                "spike": Out(1),
                "busy": Out(1),
            }
        )

    @property
    def cycles(self) -> dict[str, int]:
        """Clock cycles that a neuron takes, by its kind."""
        plain = 6
        return {"if": plain, "lif": plain, "li": plain, "cuba_lif": plain + 4}

    def elaborate(self, platform: object) -> Module:
        """Build the state machine around one multiplier and the `Membrane`."""
        m, bits = Module(), self._spiking.state_bits
        factor_bits = max(self._total_bits, bits + 1)
        product = Signal(signed(factor_bits + COEFFICIENT_BITS + 1))
        current = Signal(Shape.cast(product.shape()))
        m.submodules.membrane = update = Membrane(state_bits=bits, current_bits=len(current))
        m.d.comb += [
            update.membrane.eq(self.states.membrane),
            update.leak.eq(_rounded(product)),
            update.current.eq(current),
            update.refractory.eq(self.states.refractory),
            self.states.w_membrane.eq(update.next_membrane),
            self.states.w_refractory.eq(update.next_refractory),
        ]
        self._product, self._current, self._update = product, current, update
        self._kept = {}
        for name in ("bias", "ticks", "threshold", "subtract", "silent"):
            port = getattr(update, name)
            self._kept[name] = Signal(port.shape(), name=f"kept_{name}")
            m.d.comb += port.eq(self._kept[name])
        self._factor, self._coefficient = Signal(signed(factor_bits)), Signal(COEFFICIENT_BITS)
        # The one multiplier: what a state puts before it is there as a product in the next.
        m.d.sync += product.eq(self._factor * self._coefficient)
        following = Signal.like(self.until)
        m.d.comb += [
            following.eq(self.number + 1),
            self.words.number.eq(self.number),
            self.states.number.eq(self.number),
        ]
        with m.FSM():
            with m.State("IDLE"):
                self._begin(m)
            with m.State("FETCH"):
                m.next = "GAIN"
            self._to_current(m)
            if self._spiking.synapses:
                self._through_synapse(m)
            self._to_membrane(m, following)
            with m.State("REST"):
                m.d.comb += [
                    self.states.w_en.eq(1),
                    self.states.w_membrane.eq(0),
                    self.states.w_refractory.eq(0),
                ]
                m.d.comb += [self.states.w_synapse_en.eq(1), self.states.w_synapse.eq(0)]
                m.d.sync += self.number.eq(following)
                with m.If(following == self._spiking.neurons):
                    m.d.sync += [self.number.eq(0), self.busy.eq(0)]
                    m.next = "IDLE"
        return m

    def _begin(self, m: Module) -> None:
        with m.If(self.anew):
            m.d.sync += self.number.eq(0)
        with m.If(self.rest):
            m.d.sync += [self.number.eq(0), self.busy.eq(1)]
            m.next = "REST"
        with m.Elif(self.start & (self.number < self.until)):
            m.d.sync += self.busy.eq(1)
            m.next = "FETCH"

    def _multiply(self, m: Module, factor: Value, coefficient: Value) -> None:
        m.d.comb += [self._factor.eq(factor), self._coefficient.eq(coefficient)]

    def _to_current(self, m: Module) -> None:
        self._leak = Signal(COEFFICIENT_BITS, name="leak")
        with m.State("GAIN"):
            word = self._word(0)
            self._multiply(m, self.total, word.gain)
            m.d.sync += self._leak.eq(word.leak)
            m.d.comb += self.words.index.eq(1)
            m.next = "CURRENT"
        with m.State("CURRENT"):
            word = self._word(1)
            m.d.sync += [
                self._current.eq(_shifted(self._product, word.gain_shift)),
                self._kept["bias"].eq(word.bias),
            ]
            m.d.comb += self.words.index.eq(2)
            m.next = "LEAK"
            if self._spiking.synapses:
                with m.If(word.cuba):
                    m.d.comb += self.words.index.eq(5)
                    m.next = "DECAY"

    def _through_synapse(self, m: Module) -> None:
        couple = Signal(COEFFICIENT_BITS, name="couple")
        shift = Signal(5, name="couple_shift")
        synapse = Signal(signed(self._spiking.state_bits), name="next_synapse")
        with m.State("DECAY"):
            word = self._word(5)
            self._multiply(m, self.states.synapse, word.synapse_leak)
            m.d.sync += couple.eq(word.couple)
            m.d.comb += self.words.index.eq(6)
            m.next = "SYNAPSE"
        with m.State("SYNAPSE"):
            total = self.states.synapse - _rounded(self._product) + self._current
            m.d.sync += [
                synapse.eq(saturate(total, len(synapse))),
                shift.eq(self._word(6).couple_shift),
            ]
            m.next = "COUPLE"
        with m.State("COUPLE"):
            self._multiply(m, synapse, couple)
            m.d.comb += [self.states.w_synapse_en.eq(1), self.states.w_synapse.eq(synapse)]
            m.next = "COUPLED"
        with m.State("COUPLED"):
            m.d.sync += self._current.eq(_shifted(self._product, shift))
            m.d.comb += self.words.index.eq(2)
            m.next = "LEAK"

    def _to_membrane(self, m: Module, following: Signal) -> None:
        update, bits = self._update, self._spiking.state_bits
        with m.State("LEAK"):
            word = self._word(2)
            self._multiply(m, self.states.membrane - word.v_leak[:bits].as_signed(), self._leak)
            m.d.sync += self._kept["ticks"].eq(word.refractory)
            m.d.comb += self.words.index.eq(3)
            m.next = "SUM"
        with m.State("SUM"):
            word = self._word(3)
            m.d.comb += [update.add.eq(1), self.words.index.eq(4)]
            for name in ("threshold", "subtract", "silent"):
                m.d.sync += self._kept[name].eq(word[name])
            m.next = "FIRE"
        with m.State("FIRE"):
            m.d.comb += [
                update.v_reset.eq(self._word(4).v_reset),
                self.states.w_en.eq(1),
                self.fired.eq(1),
                self.spike.eq(update.spike),
            ]
            m.d.sync += self.number.eq(following)
            m.next = "FETCH"
            with m.If(following >= self.until):
                m.d.sync += self.busy.eq(0)
                m.next = "IDLE"

    def _word(self, number: int) -> Any:
        layout = neuron_word(number)
        return layout(self.words.word[: layout.size])


def _rounded(product: Value) -> Value:
    return (product + _HALF) >> COEFFICIENT_BITS


def _shifted(product: Value, shift: Value) -> Value:
    """Return a product shifted right, rounded to the nearest, halves up."""
    return (product + ((1 << shift) >> 1)) >> shift
