"""A spiking network on tiles: that table and cells give each layer's sums, and what is refused."""

import numpy as np
import pytest
from spiking_oracle import random_network

from ohmloom_analog.errors import MappingError, SpecError
from ohmloom_analog.neurons import Neuron, SpikingLayer, SpikingNetwork
from ohmloom_analog.spec import ChipSpec, load_spec, write_spec
from ohmloom_analog.spiking_mapping import map_spiking

PLAIN = {
    "tile": [{"count": 12, "rows": 6, "columns": 4, "cell": {"levels": 8}}],
    "weight_bits": 4,
    "spiking": {"neurons": 20},
}
SPEC = ChipSpec.parse(PLAIN)


def one(weight=1, **neuron):
    values = {"kind": "if", **neuron}
    layer = SpikingLayer(weights=((weight,),), neurons=(Neuron(**values),))
    return SpikingNetwork(layers=(layer,))


@pytest.mark.parametrize("recurrent", [(), (0,), (0, 1), (1, 2)])
def test_steps_over_the_cells_give_the_sums_of_each_layer(recurrent):
    rng = np.random.default_rng(len(recurrent))
    sizes = [7, 5, 6, 3]
    network = random_network(rng, sizes, most=7, recurrent=recurrent)
    mapping = map_spiking(SPEC, network)
    # What the input buffer holds: lines, then the neurons of all layers.
    buffer = rng.integers(0, 2, sum(sizes))
    sums, fired, begun = {}, 0, 0
    starts = np.cumsum([7, 5, 6, 3]).tolist()
    for step in mapping.table.steps:
        cells = mapping.levels[step.tile][: step.rows, : 2 * step.columns]
        x = buffer[step.input_base : step.input_base + step.rows]
        total = x @ (cells[:, 0::2] - cells[:, 1::2])
        for column in range(step.columns):
            before = 0 if step.first else sums[step.output_base + column]
            sums[step.output_base + column] = before + int(total[column])
        if step.fire:
            layer = network.layers[fired]
            given = buffer[0:7] if fired == 0 else buffer[starts[fired - 1] : starts[fired]]
            wanted = given @ np.array(layer.weights)
            if layer.recurrent is not None:
                own = buffer[starts[fired] : starts[fired + 1]]
                wanted = wanted + own @ np.array(layer.recurrent)
            count = len(layer.neurons)
            assert [sums[begun + n] for n in range(count)] == wanted.tolist()
            assert step.output_base + step.columns == begun + count
            fired, begun = fired + 1, begun + count
    assert fired == 3
    assert mapping.inputs == 7
    assert mapping.outputs == range(11, 14)
    assert len(mapping.neurons) == 14


def test_what_does_not_fit_is_refused_by_name():
    dense = ChipSpec.parse({name: PLAIN[name] for name in ("tile", "weight_bits")})
    with pytest.raises(MappingError, match=r"must have a section \[spiking\]"):
        map_spiking(dense, one())
    with pytest.raises(MappingError, match=r"weights of layer 0 must be in \[-7, 7\], not 8"):
        map_spiking(SPEC, one(8))
    with pytest.raises(MappingError, match=r"weights of layer 0 must be in \[-7, 7\], not -8"):
        map_spiking(SPEC, one(-8))
    with pytest.raises(MappingError, match="state_bits of neuron 0 must be the chip's 16, not 12"):
        map_spiking(SPEC, one(state_bits=12))
    with pytest.raises(MappingError, match="must not be current-based"):
        map_spiking(SPEC, one(kind="cuba_lif"))
    layer = SpikingLayer(weights=((1,) * 21,), neurons=(Neuron(kind="if"),) * 21)
    with pytest.raises(MappingError, match="must fit the 20 neurons of the chip, not need 21"):
        map_spiking(SPEC, SpikingNetwork(layers=(layer,)))
    wide = SpikingLayer(weights=((1,) * 4,) * 80, neurons=(Neuron(kind="if"),) * 4)
    with pytest.raises(MappingError, match="must fit the 12 tiles"):
        map_spiking(SPEC, SpikingNetwork(layers=(wide,)))


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ({"spiking": {"neurons": 65}}, "spiking.neurons must be at most the 64 entries"),
        ({"input": {"signed": True}}, "input.signed must be false for spiking"),
        ({"ecc": {"secded": True}}, "ecc.secded must be left out for spiking"),
        ({"ecc": {"checksums": True}}, "ecc.checksums must be left out for spiking"),
        ({"ecc": {"row_scale": True}}, "ecc.row_scale must be left out for spiking"),
        ({"spiking": {"fifo": 100}}, "spiking.fifo"),
        ({"spiking": {"state_bits": 8}}, "spiking.state_bits"),
    ],
)
def test_chips_that_cannot_spike_are_refused(part, message):
    with pytest.raises(SpecError, match=message):
        ChipSpec.parse({**PLAIN, **part})


def test_a_chip_without_the_section_keeps_its_hash_and_one_with_it_comes_back(tmp_path):
    plain = {name: PLAIN[name] for name in ("tile", "weight_bits")}
    # Taken before there was such a section.
    assert load_spec("default").hash.startswith("4a9fdec98ac8")
    assert ChipSpec.parse(plain).hash != SPEC.hash
    write_spec(SPEC, tmp_path / "chip.toml")
    assert load_spec(tmp_path / "chip.toml") == SPEC
