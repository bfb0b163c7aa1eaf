from ohmloom_analog.neurons import Neuron, SpikingLayer, SpikingNetwork
from ohmloom_analog.spec import load_spec
from ohmloom_sim.spiking.size import tiles_of


def _layer(rows, columns, *, recurrent=False):
    return SpikingLayer(
        weights=((0,) * columns,) * rows,
        neurons=(Neuron(),) * columns,
        recurrent=((0,) * columns,) * columns if recurrent else None,
    )


def test_layers_take_whole_tiles_of_32_x_16():
    spec = load_spec("default")
    assert tiles_of(SpikingNetwork(layers=(_layer(32, 16),)), spec) == 1
    assert tiles_of(SpikingNetwork(layers=(_layer(33, 17),)), spec) == 4
    assert tiles_of(SpikingNetwork(layers=(_layer(24, 64), _layer(64, 9))), spec) == 6
    assert tiles_of(SpikingNetwork(layers=(_layer(24, 9, recurrent=True),)), spec) == 2
