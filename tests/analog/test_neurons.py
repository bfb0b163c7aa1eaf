import pytest

from ohmloom_analog.neurons import Neuron, SpikingLayer, SpikingNetwork


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"kind": "izhikevich"}, "kind must be"),
        ({"reset": "zero"}, "reset must be"),
        ({"threshold": 32768}, r"threshold must be in \[-32768, 32767\], not 32768"),
        ({"leak": 65536}, r"leak must be in \[0, 65535\], not 65536"),
        ({"gain_shift": 32}, r"gain_shift must be in \[0, 31\], not 32"),
        ({"refractory_ticks": 16}, r"refractory_ticks must be in \[0, 15\], not 16"),
        ({"state_bits": 11}, r"state_bits must be in \[12, 24\], not 11"),
        ({"kind": "if", "leak": 1}, "leak of an integrate-and-fire neuron must be 0, not 1"),
        ({"kind": "lif", "couple": 1}, "synapse_leak and couple must be 0"),
        ({"reset": "subtract", "threshold": 0}, "threshold must be at least 1"),
        ({"threshold": 5, "v_reset": 5}, "v_reset must be below the threshold 5, not 5"),
    ],
)
def test_a_neuron_that_could_not_run_is_refused(data, words):
    with pytest.raises(ValueError, match=words):
        Neuron(**data)


def test_a_readout_needs_no_threshold_above_its_reset():
    assert Neuron(kind="li", threshold=0, v_reset=0).kind == "li"


def test_a_layer_needs_one_column_a_neuron():
    with pytest.raises(ValueError, match="row 1 of weights must have 1 columns, not 2"):
        SpikingLayer(weights=((1,), (1, 2)), neurons=(Neuron(),))
    with pytest.raises(ValueError, match="at least one input and one neuron"):
        SpikingLayer(weights=(), neurons=(Neuron(),))
    with pytest.raises(ValueError, match="recurrent must have 1 rows, not 2"):
        SpikingLayer(weights=((1,),), neurons=(Neuron(),), recurrent=((1,), (1,)))


def test_layers_must_fit_each_other():
    layer = SpikingLayer(weights=((1,), (2,)), neurons=(Neuron(),))
    with pytest.raises(ValueError, match="layer 1 must have 1 inputs, not 2"):
        SpikingNetwork(layers=(layer, layer))
    with pytest.raises(ValueError, match="at least one layer"):
        SpikingNetwork(layers=())
