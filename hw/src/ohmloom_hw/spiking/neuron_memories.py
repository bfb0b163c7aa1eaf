"""The memories behind the neurons: their words, their membranes and their synaptic currents."""

from typing import Any

from amaranth.hdl import Cat, Module, Mux, Signal, Value, signed, unsigned
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from ohmloom_analog.spiking_spec import SpikingSpec
from ohmloom_hw.buffers import extended
from ohmloom_hw.bus import WindowInterface, WindowSignature
from ohmloom_hw.spiking.membrane import REFRACTORY_BITS
from ohmloom_hw.spiking.neuron_words import NEURON_STRIDE, STATE_STRIDE

__all__ = ["NeuronStates", "NeuronTable", "StatePort", "WordPort", "entries"]

_ATTRS: dict[str, Any] = {"no_rw_check": 1}
_REFRACTORY_LOW = 24


def entries(spiking: SpikingSpec) -> int:
    """Return how many neurons the memories hold: a power of two."""
    return 1 << (spiking.neurons - 1).bit_length()


class WordPort(wiring.Signature):
    """Access to the words of a neuron, seen from who reads them.

    ==========  ======  ==============================
    name        driven  meaning
    ==========  ======  ==============================
    ``number``  reader  neuron whose word is read
    ``index``   reader  which of its words
    ``word``    memory  that word, a cycle later
    ==========  ======  ==============================
    """

    def __init__(self, spiking: SpikingSpec) -> None:
        super().__init__(
            {
                "number": Out(range(entries(spiking))),
                "index": Out(range(NEURON_STRIDE)),
                "word": In(32),
            }
        )


class StatePort(wiring.Signature):
    """Access to the state of a neuron, seen from who moves it on.

    ================  ======  ==================================================
    name              driven  meaning
    ================  ======  ==================================================
    ``number``        user    neuron that is read, and written
    ``membrane``      memory  its membrane, a cycle later
    ``refractory``    memory  its refractory ticks, a cycle later
    ``synapse``       memory  its synaptic current, a cycle later; 0 without such
    ``w_en``          user    write membrane and refractory ticks
    ``w_membrane``    user    the membrane
    ``w_refractory``  user    the refractory ticks
    ``w_synapse_en``  user    write the synaptic current
    ``w_synapse``     user    the synaptic current
    ================  ======  ==================================================
    """

    def __init__(self, spiking: SpikingSpec) -> None:
        state = signed(spiking.state_bits)
        super().__init__(
            {
                "number": Out(range(entries(spiking))),
                "membrane": In(state),
                "refractory": In(REFRACTORY_BITS),
                "synapse": In(state),
                "w_en": Out(1),
                "w_membrane": Out(state),
                "w_refractory": Out(REFRACTORY_BITS),
                "w_synapse_en": Out(1),
                "w_synapse": Out(state),
            }
        )


class NeuronTable(wiring.Component):
    """The words of all neurons."""

    window: WindowInterface
    """The host's side."""
    running: Signal
    """Whether the neurons own the memory."""
    port: Any
    """The neurons' side, a `WordPort`."""

    def __init__(self, spiking: SpikingSpec) -> None:
        self._words = NEURON_STRIDE * entries(spiking)
        super().__init__(
            {
                "window": In(WindowSignature((self._words - 1).bit_length())),
                "running": In(1),
                "port": In(WordPort(spiking)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the memory."""
        m = Module()
        memory: Any = Memory(shape=unsigned(32), depth=self._words, init=[], attrs=_ATTRS)
        m.submodules.memory = memory
        read_port, write_port = memory.read_port(), memory.write_port()
        m.d.comb += [
            read_port.addr.eq(
                Mux(self.running, Cat(self.port.index, self.port.number), self.window.addr)
            ),
            write_port.addr.eq(self.window.addr),
            write_port.data.eq(self.window.w_data),
            write_port.en.eq(self.window.w_en & ~self.running),
            self.port.word.eq(read_port.data),
            self.window.r_data.eq(read_port.data),
        ]
        return m


class NeuronStates(wiring.Component):
    """Membranes with their refractory ticks, and synaptic currents where there are such."""

    window: WindowInterface
    """The host's side: two words a neuron, membrane and synapse, with their sign."""
    running: Signal
    """Whether the neurons own the memories."""
    port: Any
    """The neurons' side, a `StatePort`."""

    def __init__(self, spiking: SpikingSpec) -> None:
        self._spiking, self._depth = spiking, entries(spiking)
        super().__init__(
            {
                "window": In(WindowSignature((STATE_STRIDE * self._depth - 1).bit_length())),
                "running": In(1),
                "port": In(StatePort(spiking)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build a memory for the membranes, and one for the synapses if there are such."""
        m = Module()
        bits, host = self._spiking.state_bits, self.window.w_data
        place, odd = Signal(range(self._depth)), Signal()
        m.d.comb += place.eq(Mux(self.running, self.port.number, self.window.addr >> 1))
        m.d.sync += odd.eq(self.window.addr[0])
        from_host = self.window.w_en & ~self.running
        membranes = self._memory(
            m,
            "membranes",
            place,
            enable=Mux(self.running, self.port.w_en, from_host & ~self.window.addr[0]),
            word=Mux(
                self.running,
                Cat(self.port.w_membrane, self.port.w_refractory),
                Cat(host[:bits], host[_REFRACTORY_LOW:][:REFRACTORY_BITS]),
            ),
            width=bits + REFRACTORY_BITS,
        )
        m.d.comb += [
            self.port.membrane.eq(membranes[:bits]),
            self.port.refractory.eq(membranes[bits:]),
        ]
        if self._spiking.synapses:
            synapses = self._memory(
                m,
                "synapses",
                place,
                enable=Mux(self.running, self.port.w_synapse_en, from_host & self.window.addr[0]),
                word=Mux(self.running, self.port.w_synapse, host[:bits].as_signed()),
                width=bits,
            )
            m.d.comb += self.port.synapse.eq(synapses)
        shown = Cat(extended(self.port.membrane)[:_REFRACTORY_LOW], self.port.refractory)
        m.d.comb += self.window.r_data.eq(Mux(odd, extended(self.port.synapse), shown))
        return m

    def _memory(
        self, m: Module, name: str, place: Value, *, enable: Value, word: Value, width: int
    ) -> Any:
        memory: Any = Memory(shape=unsigned(width), depth=self._depth, init=[], attrs=_ATTRS)
        m.submodules[name] = memory
        read_port, write_port = memory.read_port(), memory.write_port()
        m.d.comb += [
            read_port.addr.eq(place),
            write_port.addr.eq(place),
            write_port.data.eq(word),
            write_port.en.eq(enable),
        ]
        return read_port.data
