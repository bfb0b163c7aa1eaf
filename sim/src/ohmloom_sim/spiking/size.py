"""How much of a chip a spiking network takes."""

from ohmloom_analog.chip_shape import ChipShape
from ohmloom_analog.neurons import SpikingNetwork

__all__ = ["tiles_of"]


def tiles_of(network: SpikingNetwork, spec: ChipShape) -> int:
    """Return how many tiles of a chip's size hold a network's weights, layers not sharing any.

    Parameters
    ----------
    network
        What is to be held; spikes that return to their layer take rows like those that come in.
    spec
        The chip, of which spare and reference places are left free.
    """
    tiles = 0
    for layer in network.layers:
        rows = len(layer.weights) + len(layer.recurrent or ())
        tiles += -(-rows // spec.data_rows) * -(-len(layer.neurons) // spec.data_columns)
    return tiles
