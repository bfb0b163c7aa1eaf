"""A neuron as the words that the chip reads, declared once: packed by the host, cut by the chip."""

from amaranth.lib import data

from ohmloom_analog.neurons import Neuron
from ohmloom_hw.csr import fields_layout
from ohmloom_hw.register_model import Field

__all__ = [
    "NEURON_STRIDE",
    "NEURON_WORDS",
    "POTENTIAL_BITS",
    "STATE_STRIDE",
    "neuron_word",
    "pack_neuron",
]

NEURON_STRIDE = 8
"""Words of NEURON from one neuron to the next."""

STATE_STRIDE = 2
"""Words of NEURON_STATE from one neuron to the next."""

POTENTIAL_BITS = 24
"""Bits of a potential in a word, whatever its width on the chip."""

NEURON_WORDS: tuple[tuple[Field, ...], ...] = (
    (
        Field(name="gain", low=0, width=16, doc="what the sum is multiplied by"),
        Field(name="leak", low=16, width=16, doc="dt / tau of the membrane in 2^-16"),
    ),
    (
        Field(name="bias", low=0, width=POTENTIAL_BITS, doc="current of every tick, signed"),
        Field(name="gain_shift", low=24, width=5, doc="right shift after the gain"),
        Field(name="cuba", low=29, width=1, doc="the sum goes through a synaptic current"),
    ),
    (
        Field(
            name="v_leak",
            low=0,
            width=POTENTIAL_BITS,
            doc="membrane that the leak draws to, signed",
        ),
        Field(name="refractory", low=24, width=4, doc="ticks after a spike without another"),
    ),
    (
        Field(name="threshold", low=0, width=POTENTIAL_BITS, doc="membrane that spikes, signed"),
        Field(name="subtract", low=24, width=1, doc="a spike subtracts the threshold"),
        Field(name="silent", low=25, width=1, doc="it never spikes"),
    ),
    (Field(name="v_reset", low=0, width=POTENTIAL_BITS, doc="membrane after a spike, signed"),),
    (
        Field(name="synapse_leak", low=0, width=16, doc="dt / tau of the synapse in 2^-16"),
        Field(name="couple", low=16, width=16, doc="what the synaptic current is multiplied by"),
    ),
    (Field(name="couple_shift", low=0, width=5, doc="right shift after that"),),
)
"""The fields of a neuron in NEURON, word by word; the last two for current-based ones."""


def neuron_word(number: int) -> data.StructLayout:
    """Return the layout of one of the words."""
    return fields_layout(NEURON_WORDS[number])


def pack_neuron(neuron: Neuron) -> list[int]:
    """Return the words of a neuron, a whole stride of them."""
    values = {
        "gain": neuron.gain,
        "leak": neuron.leak,
        "gain_shift": neuron.gain_shift,
        "cuba": int(neuron.kind == "cuba_lif"),
        "refractory": neuron.refractory_ticks,
        "subtract": int(neuron.reset == "subtract"),
        "silent": int(neuron.kind == "li"),
        "synapse_leak": neuron.synapse_leak,
        "couple": neuron.couple,
        "couple_shift": neuron.couple_shift,
    }
    for name in ("bias", "v_leak", "threshold", "v_reset"):
        values[name] = getattr(neuron, name) & ((1 << POTENTIAL_BITS) - 1)
    words = [sum(field.insert(values[field.name]) for field in word) for word in NEURON_WORDS]
    return words + [0] * (NEURON_STRIDE - len(words))
