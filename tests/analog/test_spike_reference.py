from fractions import Fraction
from itertools import pairwise
from math import floor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ohmloom_analog.neurons import Neuron, SpikingLayer, SpikingNetwork
from ohmloom_analog.spike_reference import SpikingReference

HALF = Fraction(1, 2)


def _rounded(value):
    return floor(value + HALF)


class _Cell:
    # One neuron by the description's words, in exact fractions: no shifts, no arrays.
    def __init__(self, neuron):
        self.p, self.v, self.i, self.wait = neuron, 0, 0, 0

    def _sat(self, value):
        limit = 2 ** (self.p.state_bits - 1)
        return min(max(value, -limit), limit - 1)

    def tick(self, total):
        p = self.p
        if p.gain_shift:
            current = _rounded(Fraction(total * p.gain, 2**p.gain_shift))
        else:
            current = total * p.gain
        if p.kind == "cuba_lif":
            decay = _rounded(Fraction(self.i * p.synapse_leak, 65536))
            self.i = self._sat(self.i - decay + current)
            current = _rounded(Fraction(self.i * p.couple, 2**p.couple_shift))
        decay = _rounded(Fraction((self.v - p.v_leak) * p.leak, 65536))
        self.v = self._sat(self.v - decay + current + p.bias)
        blocked, self.wait = self.wait > 0, max(self.wait - 1, 0)
        if p.kind == "li" or blocked or self.v < p.threshold:
            return False
        self.v = p.v_reset if p.reset == "to_reset" else self.v - p.threshold
        self.wait = p.refractory_ticks
        return True


@st.composite
def _neurons(draw):
    kind = draw(st.sampled_from(["if", "lif", "li", "cuba_lif"]))
    word = st.integers(0, 65535)
    cuba = kind == "cuba_lif"
    threshold = draw(st.integers(1, 2000))
    return Neuron(
        kind=kind,
        threshold=threshold,
        v_leak=draw(st.integers(-500, 500)),
        v_reset=draw(st.integers(-500, threshold - 1)),
        reset=draw(st.sampled_from(["to_reset", "subtract"])),
        refractory_ticks=draw(st.integers(0, 4)),
        leak=0 if kind == "if" else draw(word),
        synapse_leak=draw(word) if cuba else 0,
        gain=draw(word),
        gain_shift=draw(st.integers(0, 16)),
        couple=draw(word) if cuba else 0,
        couple_shift=draw(st.integers(8, 20)) if cuba else 0,
        bias=draw(st.integers(-200, 200)),
        state_bits=draw(st.sampled_from([12, 16])),
    )


def _matrix(draw, rows, columns):
    row = st.tuples(*[st.integers(-127, 127)] * columns)
    return draw(st.tuples(*[row] * rows))


@st.composite
def _networks(draw):
    sizes = draw(st.lists(st.integers(1, 4), min_size=2, max_size=4))
    layers = []
    for rows, columns in pairwise(sizes):
        looped = draw(st.booleans())
        layers.append(
            SpikingLayer(
                weights=_matrix(draw, rows, columns),
                neurons=tuple(draw(_neurons()) for _ in range(columns)),
                recurrent=_matrix(draw, columns, columns) if looped else None,
            )
        )
    return SpikingNetwork(layers=tuple(layers))


@settings(max_examples=60, deadline=None)
@given(network=_networks(), seed=st.integers(0, 2**32 - 1))
def test_spikes_and_states_equal_fractions_of_one_neuron_at_a_time(network, seed):
    reference, generator = SpikingReference(network), np.random.default_rng(seed)
    cells = [[_Cell(neuron) for neuron in layer.neurons] for layer in network.layers]
    past = [[False] * len(layer.neurons) for layer in network.layers]
    for _ in range(40):
        mask = generator.random(len(network.layers[0].weights)) < 0.5
        flow = mask.tolist()
        for place, layer in enumerate(network.layers):
            totals = []
            for j in range(len(layer.neurons)):
                total = sum(row[j] for row, on in zip(layer.weights, flow, strict=True) if on)
                if layer.recurrent is not None:
                    loop = zip(layer.recurrent, past[place], strict=True)
                    total += sum(row[j] for row, on in loop if on)
                totals.append(total)
            flow = [cell.tick(t) for cell, t in zip(cells[place], totals, strict=True)]
            past[place] = flow
        assert reference.tick(mask).tolist() == flow
        for state, column in zip(reference.states, cells, strict=True):
            assert state.membrane.tolist() == [cell.v for cell in column]
            assert state.synapse.tolist() == [cell.i for cell in column]
            assert state.refractory.tolist() == [cell.wait for cell in column]


def _one(**data):
    neuron = Neuron(**data)
    return SpikingReference(
        SpikingNetwork(layers=(SpikingLayer(weights=((1,),), neurons=(neuron,)),))
    )


def test_a_spike_blocks_as_many_ticks_as_stated():
    reference = _one(kind="if", threshold=1, refractory_ticks=3)
    spikes = [bool(reference.tick(np.array([True]))[0]) for _ in range(9)]
    assert spikes == [True, False, False, False] * 2 + [True]


def test_subtraction_keeps_what_is_above_the_threshold():
    reference = _one(kind="if", threshold=10, gain=13, reset="subtract")
    assert reference.tick(np.array([True]))[0]
    assert reference.states[0].membrane.tolist() == [3]


def test_a_membrane_saturates():
    reference = _one(kind="li", gain=65535)
    for _ in range(3):
        reference.tick(np.array([True]))
    assert reference.states[0].membrane.tolist() == [32767]


def test_a_synapse_saturates_before_it_is_coupled():
    reference = _one(kind="cuba_lif", threshold=32767, gain=65535, couple=1, couple_shift=8)
    for _ in range(3):
        reference.tick(np.array([True]))
    assert reference.states[0].synapse.tolist() == [32767]
    assert reference.states[0].membrane.tolist() == [3 * 128]


def test_a_bias_is_added_in_every_tick():
    reference = _one(kind="li", bias=-7)
    for _ in range(4):
        reference.tick(np.array([False]))
    assert reference.states[0].membrane.tolist() == [-28]


def test_a_mask_of_another_length_is_refused():
    with pytest.raises(ValueError, match=r"inputs must have shape \(1,\), not \(2,\)"):
        _one(kind="if").tick(np.array([True, False]))


def test_samples_beside_each_other_run_as_if_alone():
    rng = np.random.default_rng(5)
    layer = SpikingLayer(
        weights=((7, -3), (2, 9)),
        neurons=(
            Neuron(kind="lif", threshold=20, leak=9000, refractory_ticks=2),
            Neuron(kind="if", threshold=15, reset="subtract"),
        ),
        recurrent=((-2, 4), (3, -1)),
    )
    network = SpikingNetwork(layers=(layer,))
    inputs = rng.random((50, 3, 2)) < 0.6
    together = SpikingReference(network, samples=3)
    alone = [SpikingReference(network) for _ in range(3)]
    for tick in inputs:
        spikes = [one.tick(mask) for one, mask in zip(alone, tick, strict=True)]
        assert together.tick(tick).tolist() == np.array(spikes).tolist()
    for name in ("membrane", "synapse", "refractory", "spikes"):
        expected = [getattr(one.states[0], name).tolist() for one in alone]
        assert getattr(together.states[0], name).tolist() == expected


def test_samples_must_be_there_and_have_their_masks():
    network = SpikingNetwork(layers=(SpikingLayer(weights=((1,),), neurons=(Neuron(),)),))
    with pytest.raises(ValueError, match=r"^samples must be at least 1, not 0$"):
        SpikingReference(network, samples=0)
    with pytest.raises(ValueError, match=r"^inputs must have shape \(2, 1\), not \(1,\)$"):
        SpikingReference(network, samples=2).tick(np.ones(1, bool))
