"""Spiking networks in plain Python integers, neuron by neuron, and random ones to run."""

import itertools

from ohmloom_analog.neurons import Neuron, SpikingLayer, SpikingNetwork


class PlainNeuron:
    """One neuron by the words of the documentation, in Python's unbounded integers."""

    def __init__(self, neuron):
        self.n = neuron
        self.membrane = self.synapse = self.refractory = 0

    def tick(self, total):
        n = self.n
        top = 2 ** (n.state_bits - 1) - 1

        def clip(value):
            return max(-top - 1, min(top, value))

        def scale(value, factor, shift):
            return (value * factor + (2**shift) // 2) // 2**shift

        current = scale(total, n.gain, n.gain_shift)
        if n.kind == "cuba_lif":
            self.synapse = clip(self.synapse - scale(self.synapse, n.synapse_leak, 16) + current)
            current = scale(self.synapse, n.couple, n.couple_shift)
        leaked = scale(self.membrane - n.v_leak, n.leak, 16)
        self.membrane = clip(self.membrane - leaked + current + n.bias)
        if n.kind != "li" and self.refractory == 0 and self.membrane >= n.threshold:
            lowered = self.membrane - n.threshold
            self.membrane = lowered if n.reset == "subtract" else n.v_reset
            self.refractory = n.refractory_ticks
            return True
        self.refractory = max(0, self.refractory - 1)
        return False


class PlainNetwork:
    """A network of them; a tick goes through all layers."""

    def __init__(self, network):
        self.network = network
        self.layers = [[PlainNeuron(n) for n in layer.neurons] for layer in network.layers]
        self.before = [[False] * len(layer.neurons) for layer in network.layers]

    def tick(self, lines):
        """Take the lines that spike; return the neurons of the last layer that do."""
        given = [line in lines for line in range(len(self.network.layers[0].weights))]
        for place, (layer, neurons) in enumerate(
            zip(self.network.layers, self.layers, strict=True)
        ):
            spikes = []
            for column, neuron in enumerate(neurons):
                total = sum(
                    row[column] for row, there in zip(layer.weights, given, strict=True) if there
                )
                for row, there in zip(layer.recurrent or (), self.before[place], strict=False):
                    total += row[column] if there else 0
                spikes.append(neuron.tick(total))
            self.before[place] = given = spikes
        return [number for number, there in enumerate(given) if there]

    @property
    def neurons(self):
        return [neuron for layer in self.layers for neuron in layer]


def random_neuron(rng, *, state_bits=16, synapses=False, extreme=False):
    """Return a neuron of any kind; an extreme one often saturates."""
    kinds = ["if", "lif", "li", *(["cuba_lif"] if synapses else [])]
    kind = str(rng.choice(kinds))
    top = 2 ** (state_bits - 1) - 1
    reset = str(rng.choice(["to_reset", "subtract"]))
    threshold = int(rng.integers(1, top if extreme else 1200))
    cuba = kind == "cuba_lif"
    return Neuron(
        kind=kind,
        threshold=threshold,
        v_leak=int(rng.integers(-300, 300)),
        v_reset=int(rng.integers(-200, threshold)) if reset == "to_reset" else 0,
        reset=reset,
        refractory_ticks=int(rng.choice([0, 0, 1, 3, 15])),
        leak=0 if kind == "if" else int(rng.integers(1, 2**16)),
        synapse_leak=int(rng.integers(1, 2**16)) if cuba else 0,
        gain=int(rng.integers(2**15, 2**16)),
        gain_shift=int(rng.integers(0, 6) if extreme else rng.integers(8, 12)),
        couple=int(rng.integers(0, 2**16)) if cuba else 0,
        couple_shift=int(rng.integers(14, 18)) if cuba else 0,
        bias=int(rng.integers(-40, 60)),
        state_bits=state_bits,
        fraction_bits=4,
    )


def random_network(rng, sizes, *, most, recurrent=(), **options):
    """Return a network with weights from -most / 2 to most; `recurrent` names layers."""
    layers = []
    for place, (inputs, neurons) in enumerate(itertools.pairwise(sizes)):

        def matrix(rows, columns=neurons):
            return tuple(
                tuple(row)
                for row in rng.integers(-most, most, (rows, columns), endpoint=True).tolist()
            )

        layers.append(
            SpikingLayer(
                weights=matrix(inputs),
                neurons=tuple(random_neuron(rng, **options) for _ in range(neurons)),
                recurrent=matrix(neurons) if place in recurrent else None,
            )
        )
    return SpikingNetwork(layers=tuple(layers))


def lively_network(rng, sizes, ticks, **options):
    """Return a random network whose last neurons spike in some of the ticks, and their spikes."""
    while True:
        network = random_network(rng, sizes, **options)
        plain = PlainNetwork(network)
        spikes = [plain.tick(lines) for lines in ticks]
        if len(ticks) // 4 <= sum(map(len, spikes)) <= len(ticks) * sizes[-1] // 2:
            return network, spikes


def random_ticks(rng, ticks, lines, *, silent=0.3, rate=0.25):
    """Return the lines that spike, tick by tick, many ticks without any."""
    return [
        [] if rng.random() < silent else [n for n in range(lines) if rng.random() < rate]
        for _ in range(ticks)
    ]
