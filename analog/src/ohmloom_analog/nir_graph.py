"""Spiking networks from NIR graphs: what a file says in seconds and volts, as a chip's integers.

Ways through a graph go from its one input to its one output; only neurons may have a way back to
themselves, straight, through linear nodes, or in a graph inside the graph. Linear nodes between
neurons become one matrix, convolutions and pooling unrolled. How NIR's neurons are taken is told in
`nir_neurons`, how values become integers in `spike_quantisation`.
"""

from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np

from ohmloom_analog.errors import MappingError
from ohmloom_analog.neurons import ResetMode, SpikingNetwork
from ohmloom_analog.nir_chain import NEURONS, NirChain, ordered
from ohmloom_analog.nir_fields import sizes
from ohmloom_analog.nir_file import NirNode, read_graph
from ohmloom_analog.nir_linear import LinearMap
from ohmloom_analog.nir_neurons import neuron_step
from ohmloom_analog.spike_quantisation import QuantisedLayer, quantised_layer

__all__ = ["NirNetwork", "load_nir"]


@dataclass(frozen=True, kw_only=True, slots=True)
class NirNetwork:
    """A network in integers, and by layer how it differs from its graph."""

    layers: tuple[QuantisedLayer, ...]
    """From input to output."""

    @property
    def network(self) -> SpikingNetwork:
        """What a chip runs."""
        return SpikingNetwork(layers=tuple(layer.layer for layer in self.layers))


def load_nir(
    source: Path | Any,
    *,
    dt: float,
    bits: int = 8,
    state_bits: int = 16,
    reset: ResetMode = "to_reset",
) -> NirNetwork:
    """Read a network of IF, LIF, LI, CubaLIF and Threshold neurons and what is linear between them.

    Parameters
    ----------
    source
        A NIR file, or a `nir.NIRGraph`.
    dt
        Duration of a tick [s], which isn't in a file; those of snnTorch are written for 1e-4.
    bits
        Bits of a weight with its sign, a chip's `weight_bits`.
    state_bits
        Bits of a neuron's state with its sign.
    reset
        NIR's neurons are set to `v_reset` by a spike; `subtract` is for those trained otherwise,
        which spike at the threshold and not above it.

    Raises
    ------
    MappingError
        Where the graph can't be had, naming its node, or an argument is out of range.
    """
    if not isfinite(dt) or dt <= 0:
        msg = f"dt must be a positive number of seconds, not {dt}"
        raise MappingError(msg)
    for name, value, low, high in (("bits", bits, 2, 16), ("state_bits", state_bits, 12, 24)):
        if not low <= value <= high:
            msg = f"{name} must be in [{low}, {high}], not {value}"
            raise MappingError(msg)
    chain = ordered(read_graph(source))
    signal = LinearMap(shape=_input(chain.nodes[0]))
    layers = []
    for node in chain.nodes[1:-1]:
        if node.kind not in NEURONS:
            signal.take(node)
            continue
        step = neuron_step(node, signal.shape, dt)
        recurrent, offset = _loops(chain, node, signal.shape)
        _check_readout(chain, node)
        layers.append(
            quantised_layer(
                node.name,
                step,
                signal.matrix.T,
                recurrent,
                signal.offset + offset,
                bits=bits,
                state_bits=state_bits,
                reset=reset,
            )
        )
        signal = LinearMap(shape=signal.shape)
    _check_end(chain, signal)
    return NirNetwork(layers=tuple(layers))


def _input(node: NirNode) -> tuple[int, ...]:
    shape = sizes(node, "shape")
    if min(shape) < 1:
        msg = f"shape of {node} must be of at least 1, not {shape}"
        raise MappingError(msg)
    return shape


def _loops(chain: NirChain, node: NirNode, shape: tuple[int, ...]) -> tuple[Any, Any]:
    """Return the weights of a layer's own spikes, none without a loop, and their bias."""
    weights, offset = None, np.zeros(int(np.prod(shape)))
    for loop in chain.loops[node.name]:
        back = LinearMap(shape=shape)
        for inner in loop:
            back.take(inner)
        if back.size != len(offset):
            msg = f"the loop at {node} must give {len(offset)} numbers, not {back.size}"
            raise MappingError(msg)
        weights = back.matrix.T if weights is None else weights + back.matrix.T
        offset = offset + back.offset
    return weights, offset


def _check_readout(chain: NirChain, node: NirNode) -> None:
    """Refuse that weights take what isn't a spike."""
    if node.kind == "LI" and (chain.loops[node.name] or node is not chain.nodes[-2]):
        msg = f"{node} must be a readout before the output, since it gives no spikes"
        raise MappingError(msg)


def _check_end(chain: NirChain, signal: LinearMap) -> None:
    before, last = chain.nodes[-2:]
    if before.kind not in NEURONS:
        msg = f"{last} must take from neurons, {', '.join(NEURONS)}, not from {before.name}"
        raise MappingError(msg)
    shape = last.fields.get("shape")
    # What exporters write for neurons of one parameter for all is no shape at all.
    if shape is not None and np.size(shape) and int(np.prod(sizes(last, "shape"))) != signal.size:
        msg = f"shape of {last} must have {signal.size} numbers, not {sizes(last, 'shape')}"
        raise MappingError(msg)
