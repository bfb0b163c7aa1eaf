"""A layer of spiking neurons from values with units to integers, with what rounding costs.

Each neuron has its own scale of weights, since each has its own gain behind the column sum, and its
own fraction bits. All that is lost is in the rows that go with the layer.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.errors import MappingError
from ohmloom_analog.neurons import ResetMode, SpikingLayer
from ohmloom_analog.nir_neurons import NeuronStep
from ohmloom_analog.spike_column import SpikeColumn
from ohmloom_analog.spike_report import RoundingRow, StateRange
from ohmloom_analog.spike_values import ColumnValues

__all__ = ["QuantisedLayer", "quantised_layer"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True)
class QuantisedLayer:
    """A layer in integers, and how it differs from what was asked for."""

    name: str
    """Name of the neurons' node."""
    layer: SpikingLayer
    """What a chip runs."""
    rows: tuple[RoundingRow, ...]
    """Every rounding of every neuron."""
    ranges: tuple[StateRange, ...]
    """Every state of every neuron."""


def quantised_layer(
    name: str,
    step: NeuronStep,
    weights: Floats,
    recurrent: Floats | None,
    bias: Floats,
    *,
    bits: int,
    state_bits: int,
    reset: ResetMode,
) -> QuantisedLayer:
    """Round a layer.

    Parameters
    ----------
    name
        Name of the neurons' node.
    weights, recurrent
        From the inputs and from the layer's own spikes, both with a column per neuron.
    bias
        What S is without a spike, (neurons,).
    bits
        Bits of a weight with its sign; the largest magnitude is 2^(bits - 1) - 1.
    state_bits
        Bits of a state with its sign.
    reset
        Whether a spike sets the membrane or subtracts the threshold.

    Raises
    ------
    MappingError
        Where a neuron's integers can't stand for its values, naming it.
    """
    top = (1 << (bits - 1)) - 1
    columns = weights if recurrent is None else np.concatenate([weights, recurrent])
    whole, neurons, rows, ranges = [], [], [], []
    for place in range(columns.shape[1]):
        values = ColumnValues(
            step=step,
            place=place,
            weights=columns[:, place],
            bias=float(bias[place] * step.bias_gain[place]),
            top=top,
            reset=reset,
        )
        column = SpikeColumn(layer=name, values=values, state_bits=state_bits)
        try:
            found = column.neuron()
        except ValueError as error:
            msg = f"neuron {place} of {name}: {error}"
            raise MappingError(msg) from None
        neurons.append(found)
        whole.append(column.codes)
        rows += column.rows
        ranges += column.ranges
    codes = np.stack(whole, axis=1)
    layer = SpikingLayer(
        weights=_tuples(codes[: len(weights)]),
        neurons=tuple(neurons),
        recurrent=None if recurrent is None else _tuples(codes[len(weights) :]),
    )
    return QuantisedLayer(name=name, layer=layer, rows=tuple(rows), ranges=tuple(ranges))


def _tuples(codes: NDArray[np.int64]) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(row) for row in codes.tolist())
