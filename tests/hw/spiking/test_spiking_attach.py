"""Whole cores in spiking mode, by the host code, against neurons in plain Python integers."""

import numpy as np
import pytest
from exact_host import Host
from spiking_host import ContextDriver
from spiking_oracle import PlainNetwork, lively_network, random_ticks

from ohmloom_analog.spec import ChipSpec
from ohmloom_analog.spiking_mapping import map_spiking
from ohmloom_hw.spiking.spiking_driver import SpikingDriver

PLAIN = {
    "tile": [{"count": 6, "rows": 6, "columns": 4, "cell": {"levels": 8}}],
    "weight_bits": 4,
    "input": {"bits": 4, "slice_bits": 2},
    "adc": {"bits": 7, "columns_per_adc": 4, "conversion_time": 1e-7},
    "dac": {"settle_time": 1e-7},
    "clock": 10e6,
    "baud": 2_500_000,
    "spiking": {"neurons": 20, "fifo": 64},
}
CHIPS = {
    "plain": (PLAIN, [5, 4, 3], ()),
    "tiles share rows and columns": (PLAIN, [9, 7, 3], ()),
    "recurrent": ({**PLAIN, "tile": [{**PLAIN["tile"][0], "count": 12}]}, [4, 7, 3], (0, 1)),
    "offset column": ({**PLAIN, "encoding": "offset_column"}, [9, 7, 3], ()),
    "spares": ({**PLAIN, "spare_columns": 1, "spare_rows": 1}, [5, 3, 3], ()),
    "synapses": (
        {**PLAIN, "spiking": {"neurons": 16, "fifo": 16, "synapses": True, "state_bits": 20}},
        [5, 4, 3],
        (),
    ),
}


@pytest.mark.parametrize("stalls", [False, True])
@pytest.mark.parametrize("name", CHIPS)
def test_spikes_and_states_are_those_of_the_network(name, stalls, run_bench):
    plain, sizes, recurrent = CHIPS[name]
    spec = ChipSpec.parse(plain)
    rng = np.random.default_rng([len(name), stalls])
    ticks = random_ticks(rng, 24, sizes[0])
    network, spikes = lively_network(
        rng,
        sizes,
        ticks,
        most=spec.weight_range[1],
        recurrent=recurrent,
        synapses=spec.spiking.synapses,
        state_bits=spec.spiking.state_bits,
    )
    mapping = map_spiking(spec, network)
    host = Host(spec, mapping.levels, rng if stalls else None)
    expected = PlainNetwork(network)
    for lines in ticks:
        expected.tick(lines)

    async def bench(ctx):
        spiking = SpikingDriver(ContextDriver(host, ctx))
        await spiking.load(mapping)
        for _ in range(2):
            assert await spiking.run(ticks) == spikes
            found = await spiking.states(0, len(mapping.neurons))
            assert [(n.membrane, n.refractory, n.synapse) for n in found] == [
                (n.membrane, n.refractory, n.synapse) for n in expected.neurons
            ]
            await spiking.rest()
        counts = await spiking.counts()
        assert counts.ticks == 48
        assert counts.spikes_in == 2 * sum(len(lines) for lines in ticks)
        assert counts.lost_in == counts.lost_out == counts.refused == 0
        assert counts.steps_skipped >= 2 * sum(not lines for lines in ticks)

    run_bench(host.dut, bench, *host.arrays(), most_cycles=400_000)
