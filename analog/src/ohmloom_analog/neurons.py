"""Spiking neurons as integers: what one neuron holds, and what rounding its values cost.

A state is a signed word whose least significant bit is ``2**-fraction_bits`` of the unit that the
threshold is written in. Per tick, with z the column sum of the neuron, in this order::

    current  = (z * gain + half) >> gain_shift                     IF, LIF, LI
    synapse  = sat(synapse - leak(synapse) + current)              CubaLIF only, which then has
    current  = (synapse * couple + half) >> couple_shift
    membrane = sat(membrane - leak(membrane - v_leak) + current + bias)
    spike    = refractory == 0 and membrane >= threshold           never in LI

where ``leak(d) = (d * coefficient + 2**15) >> 16``. A spike sets the membrane to ``v_reset`` or
subtracts the threshold, and no spike follows in the next ``refractory_ticks`` ticks, in which the
membrane still integrates. Nothing here imports numpy, so that gateware may read it.
"""

from dataclasses import dataclass
from typing import Literal

__all__ = [
    "COEFFICIENT_BITS",
    "Neuron",
    "NeuronKind",
    "ResetMode",
    "SpikingLayer",
    "SpikingNetwork",
]

COEFFICIENT_BITS = 16
"""Fraction bits of a leak coefficient, and bits of a gain's multiplier."""

_MAX_SHIFT = 31
_MAX_REFRACTORY = 15

NeuronKind = Literal["if", "lif", "li", "cuba_lif"]
ResetMode = Literal["to_reset", "subtract"]
Matrix = tuple[tuple[int, ...], ...]


def _within(name: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        msg = f"{name} must be in [{low}, {high}], not {value}"
        raise ValueError(msg)


@dataclass(frozen=True, kw_only=True, slots=True)
class Neuron:
    """One neuron's integer parameters; potentials are in steps of the state."""

    kind: NeuronKind = "lif"
    """Integrate-and-fire, leaky, leaky readout that never spikes, or current-based leaky."""
    threshold: int = 1
    """Membrane at or above which the neuron spikes."""
    v_leak: int = 0
    """Membrane that the leak draws to."""
    v_reset: int = 0
    """Membrane after a spike where the reset mode is ``to_reset``."""
    reset: ResetMode = "to_reset"
    """Whether a spike sets the membrane or subtracts the threshold."""
    refractory_ticks: int = 0
    """Ticks after a spike in which no other follows, 0 to 15."""
    leak: int = 0
    """dt / tau of the membrane in steps of 2^-16, 0 in an integrate-and-fire neuron."""
    synapse_leak: int = 0
    """dt / tau of the synapse in steps of 2^-16, 0 but in a current-based neuron."""
    gain: int = 1
    """Multiplier of the column sum, unsigned 16 bits."""
    gain_shift: int = 0
    """Right shift after the multiplier, 0 to 31."""
    couple: int = 0
    """Multiplier from synapse to membrane, unsigned 16 bits, 0 but in a current-based neuron."""
    couple_shift: int = 0
    """Right shift after that multiplier, 0 to 31."""
    bias: int = 0
    """Current of every tick."""
    state_bits: int = 16
    """Width of a state with its sign, 12 to 24."""
    fraction_bits: int = 8
    """Fraction bits of a state; the arithmetic does not depend on them."""

    def __post_init__(self) -> None:
        """Check ranges, and that each kind has only what it uses."""
        if self.kind not in {"if", "lif", "li", "cuba_lif"}:
            msg = f"kind must be 'if', 'lif', 'li' or 'cuba_lif', not {self.kind!r}"
            raise ValueError(msg)
        if self.reset not in {"to_reset", "subtract"}:
            msg = f"reset must be 'to_reset' or 'subtract', not {self.reset!r}"
            raise ValueError(msg)
        _within("state_bits", self.state_bits, 12, 24)
        _within("fraction_bits", self.fraction_bits, 0, self.state_bits - 1)
        low, high = self.state_range
        for name in ("threshold", "v_leak", "v_reset", "bias"):
            _within(name, getattr(self, name), low, high)
        for name in ("leak", "synapse_leak", "gain", "couple"):
            _within(name, getattr(self, name), 0, (1 << COEFFICIENT_BITS) - 1)
        for name in ("gain_shift", "couple_shift"):
            _within(name, getattr(self, name), 0, _MAX_SHIFT)
        _within("refractory_ticks", self.refractory_ticks, 0, _MAX_REFRACTORY)
        self._check_kind()

    def _check_kind(self) -> None:
        if self.kind == "if" and self.leak:
            msg = f"leak of an integrate-and-fire neuron must be 0, not {self.leak}"
            raise ValueError(msg)
        if self.kind != "cuba_lif" and (self.synapse_leak or self.couple):
            msg = (
                "synapse_leak and couple must be 0 but in kind 'cuba_lif', "
                f"not {self.synapse_leak} and {self.couple} in {self.kind!r}"
            )
            raise ValueError(msg)
        if self.kind == "li":
            return
        if self.reset == "subtract" and self.threshold < 1:
            msg = f"threshold must be at least 1 where it is subtracted, not {self.threshold}"
            raise ValueError(msg)
        if self.reset == "to_reset" and self.v_reset >= self.threshold:
            msg = f"v_reset must be below the threshold {self.threshold}, not {self.v_reset}"
            raise ValueError(msg)

    @property
    def state_range(self) -> tuple[int, int]:
        """Least and greatest value of a state, at which it saturates."""
        return -(1 << (self.state_bits - 1)), (1 << (self.state_bits - 1)) - 1


def _check_matrix(name: str, matrix: Matrix, rows: int | None, columns: int) -> None:
    if rows is not None and len(matrix) != rows:
        msg = f"{name} must have {rows} rows, not {len(matrix)}"
        raise ValueError(msg)
    for place, row in enumerate(matrix):
        if len(row) != columns:
            msg = f"row {place} of {name} must have {columns} columns, not {len(row)}"
            raise ValueError(msg)


@dataclass(frozen=True, kw_only=True, slots=True)
class SpikingLayer:
    """Neurons and the integer weights that feed them."""

    weights: Matrix
    """One row per input line, one column per neuron."""
    neurons: tuple[Neuron, ...]
    """One per column."""
    recurrent: Matrix | None = None
    """Weights from this layer's spikes of the tick before, neurons by neurons; none without."""

    def __post_init__(self) -> None:
        """Check the shapes."""
        if not self.neurons or not self.weights:
            msg = (
                "a layer must have at least one input and one neuron, "
                f"not {len(self.weights)} and {len(self.neurons)}"
            )
            raise ValueError(msg)
        _check_matrix("weights", self.weights, None, len(self.neurons))
        if self.recurrent is not None:
            _check_matrix("recurrent", self.recurrent, len(self.neurons), len(self.neurons))


@dataclass(frozen=True, kw_only=True, slots=True)
class SpikingNetwork:
    """Layers in order; within a tick a layer reads the spikes of the one before."""

    layers: tuple[SpikingLayer, ...]
    """At least one."""

    def __post_init__(self) -> None:
        """Check that each layer takes what the one before gives."""
        if not self.layers:
            msg = "a network must have at least one layer, not 0"
            raise ValueError(msg)
        for place in range(1, len(self.layers)):
            given, taken = len(self.layers[place - 1].neurons), len(self.layers[place].weights)
            if given != taken:
                msg = f"layer {place} must have {given} inputs, not {taken}"
                raise ValueError(msg)
