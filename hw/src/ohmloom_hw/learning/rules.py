"""The rules that turn a sample into pulses, their numbers, and what a pulse list is made of.

======  ====================================================================
symbol  name
======  ====================================================================
x_i     input of row i, signed
y_j     sum of column j, signed
e_j     error of column j, signed: what the sum should be, less what it is
p, q    chance that a row, a column fires in a slot
======  ====================================================================

==============  =====================================================================  ======
rule            pulses                                                                 error
==============  =====================================================================  ======
``PERCEPTRON``  one where x_i is larger than theta, up on the label's column and down  label
                on the strongest other, unless the label's sum is ahead by more than
                the margin
``MANHATTAN``   one a batch, in the direction of sum x_i e_j, where that is beyond     any
                the threshold
``THRESHOLD``   one where x_i e_j is beyond the threshold                              any
``STOCHASTIC``  one for each slot in which row and column both fire;                   any
                p = 2^g x_i / 256, q = 2^h e_j / 256, at most 1
``STDP``        up, with chance 2^-eta t_i / 256, where column j spikes; down, with    spikes
                chance 2^-eta t_j / 256, where row i spikes; t are traces
==============  =====================================================================  ======

All this is about sizes; signs of input and error say which way a pulse goes. Where both spikes of
STDP call for a pulse the two make up for each other. A trace falls by 2^-k of itself at each
sample, at least by 1, and then grows by a step, to 255 at most, where its line spikes; pulses look
at what it has fallen to.

Errors are either computed from the label, e_j = target - clip(y_j / 2^s), or given by the host in
the place of the sums. Given ones are how a hidden layer learns: what its outputs should have been
comes from a transposed read of the layer after it.

Sources: Prezioso et al., Nature 521, 61 (2015) for the Manhattan rule on crossbars; Gokmen and
Vlasov, Frontiers in Neuroscience 10, 333 (2016) for stochastic pulses.
"""

import enum
from dataclasses import dataclass
from typing import NamedTuple

__all__ = ["LearningRule", "LearningSettings", "LearningShape", "Pulse"]

COUNTER_BITS = 32
"""Bits of the budget and of the counters."""

TRACE_TOP = 255
"""Largest trace."""


class LearningRule(enum.IntEnum):
    """How pulses follow from inputs and errors."""

    PERCEPTRON = 0
    """Pulses only where the answer is wrong, or not clearly right."""
    MANHATTAN = 1
    """One pulse a batch, whatever the size of the gradient."""
    THRESHOLD = 2
    """One pulse where the product of input and error is large."""
    STOCHASTIC = 3
    """Random coincidences of row and column pulses."""
    STDP = 4
    """Spikes and their traces."""


class Pulse(NamedTuple):
    """An entry of a pulse list."""

    row: int
    """Row of the weight."""
    column: int
    """Column of the weight."""
    up: bool
    """Whether the weight grows."""
    number: int
    """Pulses, at least 1."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LearningShape:
    """What a learning engine is built for.

    Raises
    ------
    ValueError
        Where a number is out of range.
    """

    inputs: int
    """Rows of weights, at least 2."""
    outputs: int
    """Columns of weights, at least 2."""
    input_bits: int = 8
    """Bits of an input's size; its sign is one more; from 1 to 8."""
    sum_bits: int = 24
    """Bits of a sum, with its sign; from 2 to 32."""
    error_bits: int = 8
    """Bits of an error's size; its sign is one more; from 1 to 8."""
    accumulator_bits: int = 24
    """Bits of an accumulator of the Manhattan rule, with its sign; from 2 to 32."""
    slots: int = 32
    """Most slots of the stochastic rule; from 1 to 32."""

    def __post_init__(self) -> None:
        """Check the ranges."""
        for name, low, high in (
            ("inputs", 2, 1 << 16),
            ("outputs", 2, 1 << 16),
            ("input_bits", 1, 8),
            ("sum_bits", 2, 32),
            ("error_bits", 1, 8),
            ("accumulator_bits", 2, 32),
            ("slots", 1, 32),
        ):
            _check(name, getattr(self, name), low, high)

    @property
    def word_bits(self) -> int:
        """Bits that are kept of a row for a sample: its slots, or its trace."""
        return max(self.slots, TRACE_TOP.bit_length())

    def most_cycles(self, slots: int = 1) -> int:
        """Return the clock cycles that a sample takes at most, besides waits for `ready`.

        Parameters
        ----------
        slots
            Those of the stochastic rule, or 1.
        """
        _check("slots", slots, 1, self.slots)
        rank, rows = 2 * self.outputs, self.inputs * (1 + slots)
        column = 2 + slots + 4 * self.inputs
        return 2 + rank + rows + self.outputs * column


@dataclass(frozen=True, kw_only=True, slots=True)
class LearningSettings:
    """How an engine learns.

    Raises
    ------
    ValueError
        Where a number is out of range, or STDP is to learn without spikes given.
    """

    rule: LearningRule = LearningRule.PERCEPTRON
    """How pulses follow from inputs and errors."""
    given: bool = False
    """Whether errors, or spikes, stand in the place of the sums."""
    theta: int = 0
    """Inputs up to this size get no pulse from the perceptron."""
    margin: int = 0
    """The perceptron leaves alone what is right by more than this [sum LSB]."""
    threshold: int = 0
    """Products up to this size, or their sums over a batch, give no pulse."""
    sum_shift: int = 0
    """Sums are divided by 2^this before they are compared with targets; up to 31."""
    target_high: int = 127
    """What the label's sum should be, from -128 to 127."""
    target_low: int = -127
    """What any other sum should be, from -128 to 127."""
    batch: int = 1
    """Samples for one pulse of the Manhattan rule; from 1 to 65535."""
    slots: int = 8
    """Slots of the stochastic rule."""
    input_gain: int = 0
    """Binary logarithm of the factor from input to chance; up to 8."""
    error_gain: int = 0
    """Binary logarithm of the factor from error to chance; up to 8."""
    trace_shift: int = 2
    """A trace loses 2^-this of itself at each sample; up to 7."""
    trace_step: int = 128
    """What a spike adds to a trace; up to 255."""
    eta_shift: int = 0
    """Chances of STDP are traces over 2^this; up to 7."""
    row_seed: int = 1
    """First state of the rows' draws, not 0."""
    column_seed: int = 1
    """First state of the columns' draws, not 0."""
    budget: int = (1 << COUNTER_BITS) - 1
    """Pulses that may be given before all others are refused."""

    def __post_init__(self) -> None:
        """Check the ranges."""
        for name, (low, high) in _RANGES.items():
            _check(name, getattr(self, name), low, high)
        if self.rule is LearningRule.STDP and not self.given:
            msg = "given must be true with STDP, which takes spikes in the place of sums, not false"
            raise ValueError(msg)


_RANGES = {
    "theta": (0, 255),
    "margin": (0, (1 << 31) - 1),
    "threshold": (0, (1 << 31) - 1),
    "sum_shift": (0, 31),
    "target_high": (-128, 127),
    "target_low": (-128, 127),
    "batch": (1, 65535),
    "slots": (1, 32),
    "input_gain": (0, 8),
    "error_gain": (0, 8),
    "trace_shift": (0, 7),
    "trace_step": (0, TRACE_TOP),
    "eta_shift": (0, 7),
    "row_seed": (1, (1 << 32) - 1),
    "column_seed": (1, (1 << 31) - 1),
    "budget": (0, (1 << COUNTER_BITS) - 1),
}


def _check(name: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        msg = f"{name} must be in [{low}, {high}], not {value}"
        raise ValueError(msg)
