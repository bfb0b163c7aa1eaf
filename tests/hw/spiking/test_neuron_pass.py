"""Neurons beside others in plain Python integers: all kinds, widths and extremes."""

import numpy as np
import pytest
from amaranth.hdl import Elaboratable, Module
from amaranth.lib.wiring import connect
from spiking_oracle import PlainNeuron, random_neuron

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.spiking.neuron_memories import NeuronStates, NeuronTable
from ohmloom_hw.spiking.neuron_pass import NeuronPass
from ohmloom_hw.spiking.neuron_words import NEURON_STRIDE, pack_neuron


def chip(**spiking):
    plain = {
        "tile": [{"count": 2, "rows": 8, "columns": 8}],
        "spiking": {"neurons": 13, **spiking},
    }
    return ChipSpec.parse(plain)


class Neurons(Elaboratable):
    """A pass with its memories, whose windows are open while it rests."""

    def __init__(self, spec):
        self.neurons = NeuronPass(spec.spiking, spec.total_bits)
        self.table, self.states = NeuronTable(spec.spiking), NeuronStates(spec.spiking)
        self.words, self.state = self.table.window, self.states.window

    def elaborate(self, platform):
        m = Module()
        m.submodules.neurons, m.submodules.table = self.neurons, self.table
        m.submodules.states = self.states
        connect(m, self.neurons.words, self.table.port)
        connect(m, self.neurons.states, self.states.port)
        busy = self.neurons.busy
        m.d.comb += [self.table.running.eq(busy), self.states.running.eq(busy)]
        return m


async def write(ctx, window, words):
    for index, word in enumerate(words):
        ctx.set(window.addr, index)
        ctx.set(window.w_data, word)
        ctx.set(window.w_en, 1)
        await ctx.tick()
    ctx.set(window.w_en, 0)


async def read(ctx, window, count):
    words = []
    for index in range(count):
        ctx.set(window.addr, index)
        await ctx.tick()
        words.append(ctx.get(window.r_data))
    return words


def signed(word, bits):
    return word - 2**bits if word >> (bits - 1) else word


async def walk(ctx, dut, until, totals):
    """Run a pass; return what spikes, and the cycles that it took."""
    ctx.set(dut.until, until)
    ctx.set(dut.start, 1)
    await ctx.tick()
    ctx.set(dut.start, 0)
    spikes, cycles = {}, 0
    while ctx.get(dut.busy):
        # The memory of the sums answers a cycle after it is asked.
        asked = ctx.get(dut.number)
        if ctx.get(dut.fired):
            spikes[asked] = ctx.get(dut.spike)
        await ctx.tick()
        ctx.set(dut.total, totals[asked])
        cycles += 1
    return spikes, cycles


@pytest.mark.guarantee("G13", "spikes")
@pytest.mark.parametrize("extreme", [False, True])
@pytest.mark.parametrize(
    ("state_bits", "synapses"), [(12, False), (16, False), (16, True), (24, True)]
)
def test_neurons_move_as_plain_ones_do(state_bits, synapses, extreme, run_bench):
    spec = chip(state_bits=state_bits, synapses=synapses)
    rng = np.random.default_rng([state_bits, synapses, extreme])
    count, split = spec.spiking.neurons, 5
    options = {"state_bits": state_bits, "synapses": synapses, "extreme": extreme}
    neurons = [random_neuron(rng, **options) for _ in range(count)]
    plain = [PlainNeuron(neuron) for neuron in neurons]
    bench_dut = Neurons(spec)
    dut = bench_dut.neurons
    most = 2 ** (spec.total_bits - 1) if extreme else 60
    took = [dut.cycles[neuron.kind] for neuron in neurons]

    async def bench(ctx):
        await write(ctx, bench_dut.words, [w for n in neurons for w in pack_neuron(n)])
        fired = 0
        for _ in range(30):
            totals = rng.integers(-most, most, count).tolist()
            ctx.set(dut.anew, 1)
            await ctx.tick()
            ctx.set(dut.anew, 0)
            first, cycles = await walk(ctx, dut, split, totals)
            assert cycles == sum(took[:split])
            second, cycles = await walk(ctx, dut, count, totals)
            assert cycles == sum(took[split:])
            expected = [neuron.tick(total) for neuron, total in zip(plain, totals, strict=True)]
            assert first == dict(enumerate(expected[:split]))
            assert second == dict(enumerate(expected[split:], start=split))
            fired += sum(expected)
            words = await read(ctx, bench_dut.state, 2 * count)
            for neuron, word, synapse in zip(plain, words[::2], words[1::2], strict=True):
                assert signed(word % 2**24, 24) == neuron.membrane
                assert word >> 24 == neuron.refractory
                assert signed(synapse, 32) == neuron.synapse
        assert fired > 10
        ctx.set(dut.rest, 1)
        await ctx.tick()
        ctx.set(dut.rest, 0)
        while ctx.get(dut.busy):
            assert not ctx.get(dut.fired)
            await ctx.tick()
        assert await read(ctx, bench_dut.state, 2 * count) == [0] * (2 * count)

    run_bench(bench_dut, bench, most_cycles=40_000)


def test_states_are_written_and_read_back_by_the_host(run_bench):
    spec = chip(state_bits=16, synapses=True)
    dut = Neurons(spec)
    words = [0x0F008000, 0x00007FFF, 0x03007FFF, 0x00008000]

    async def bench(ctx):
        await write(ctx, dut.state, words)
        shown = await read(ctx, dut.state, 4)
        # Membranes and currents of 16 bits come back with their sign.
        assert shown == [0x0FFF8000, 0x00007FFF, 0x03007FFF, 0xFFFF8000]

    run_bench(dut, bench)


def test_words_have_a_place_for_every_value_of_a_neuron():
    rng = np.random.default_rng(1)
    neuron = random_neuron(rng, synapses=True)
    words = pack_neuron(neuron)
    assert len(words) == NEURON_STRIDE
    assert words[0] == neuron.gain | neuron.leak << 16
    assert words[3] % 2**24 == neuron.threshold % 2**24
    assert words[2] % 2**24 == neuron.v_leak % 2**24
    assert words[2] >> 24 == neuron.refractory_ticks
