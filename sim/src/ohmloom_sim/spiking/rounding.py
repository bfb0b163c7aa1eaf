"""From layers in floating point to the integers of a chip.

A column's largest weight becomes the largest integer, and the neuron's gain carries the size of the
column's step, which costs no accuracy: each neuron has a gain of its own.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.neurons import Neuron, NeuronKind, SpikingLayer, SpikingNetwork
from ohmloom_analog.spike_rounding import rounded_gain, rounded_leak, rounded_potential
from ohmloom_sim.spiking.layers import FloatLayer

__all__ = ["column_steps", "rounded_network"]

Floats = NDArray[np.float64]

_STATE_BITS = 16
# What samples that the peaks were not taken from may need beyond them.
_HEADROOM = 1.5
# Of a threshold; so small a step is beyond what a gain can hold, and adds up to no spike.
_NOTHING = 2.0**-20


def column_steps(weights: Floats, bits: int) -> Floats:
    """Return the step of each column: its largest weight over the largest integer, (columns,).

    It is 1 in a column of next to nothing, as training leaves where it needs no neuron.

    Parameters
    ----------
    weights
        Weights, (inputs, columns).
    bits
        Of an integer weight with its sign, at least 2.

    Raises
    ------
    ValueError
        Where there are too few bits.
    """
    if bits < 2:
        msg = f"bits must be at least 2, not {bits}"
        raise ValueError(msg)
    largest = np.abs(weights).max(axis=0) / ((1 << (bits - 1)) - 1)
    return np.where(largest > _NOTHING, largest, 1.0)


def rounded_network(
    layers: Sequence[FloatLayer], *, bits: int, peaks: Sequence[float]
) -> SpikingNetwork:
    """Round layers to integers of 16-bit states.

    Parameters
    ----------
    layers
        From the input to the output.
    bits
        Of a weight with its sign: -(2^(bits-1) - 1) to 2^(bits-1) - 1, as differential pairs hold.
    peaks
        Largest magnitude of a membrane in each layer, from which its fraction bits follow; beyond
        one and a half times that it may saturate.

    Raises
    ------
    ValueError
        Where there are too few bits, or a state can't hold a layer's peak.
    """
    return SpikingNetwork(
        layers=tuple(
            _rounded_layer(layer, bits, peak) for layer, peak in zip(layers, peaks, strict=True)
        )
    )


def _rounded_layer(layer: FloatLayer, bits: int, peak: float) -> SpikingLayer:
    most = (1 << (_STATE_BITS - 1)) - 1
    room = most / (max(peak, 1.0) * _HEADROOM)
    if room < 1:
        msg = f"largest membrane must be at most {most / _HEADROOM:.0f} thresholds, not {peak:.0f}"
        raise ValueError(msg)
    fraction_bits = int(np.log2(room))
    steps = column_steps(layer.weights, bits)
    codes = np.rint(layer.weights / steps).astype(np.int64)
    columns = zip(steps, layer.bias, layer.leak, strict=True)
    return SpikingLayer(
        weights=tuple(tuple(row) for row in codes.tolist()),
        neurons=tuple(
            _neuron(step, bias, leak, fraction_bits, layer.spiking) for step, bias, leak in columns
        ),
    )


def _neuron(step: float, bias: float, leak: float, fraction_bits: int, spiking: bool) -> Neuron:
    gain = rounded_gain(float(step) * 2**fraction_bits)
    kind: NeuronKind = "li" if not spiking else "lif" if leak else "if"
    return Neuron(
        kind=kind,
        threshold=1 << fraction_bits,
        reset="subtract",
        leak=rounded_leak(float(leak)).code,
        gain=gain.code,
        gain_shift=gain.shift,
        bias=rounded_potential(float(bias), fraction_bits, _STATE_BITS).code,
        state_bits=_STATE_BITS,
        fraction_bits=fraction_bits,
    )
