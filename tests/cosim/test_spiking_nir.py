"""A NIR file on the emitted Verilog of a chip, beside plain integers and the graph in floats."""

import numpy as np
from nir_files import DT, two_layer_lif
from spiking_oracle import PlainNetwork

from ohmloom_analog.nir_graph import load_nir
from ohmloom_analog.spec import ChipSpec
from ohmloom_sim.spiking.chip_job import SpikingJob
from ohmloom_sim.spiking.chip_run import simulate_spiking

SPEC = ChipSpec.parse(
    {
        "tile": [{"count": 6, "rows": 12, "columns": 6, "cell": {"levels": 16}}],
        "weight_bits": 5,
        "input": {"bits": 1, "slice_bits": 1},
        "adc": {"bits": 8, "columns_per_adc": 6, "conversion_time": 1e-7},
        "dac": {"settle_time": 1e-7},
        "clock": 10e6,
        "baud": 2_500_000,
        "spiking": {"neurons": 16, "fifo": 64},
    }
)


def test_a_file_of_two_leaky_layers_spikes_as_its_integers_do(tmp_path):
    path = tmp_path / "two_layers.nir"
    two_layer_lif(path, inputs=16, hidden=10, outputs=4, seed=3)
    read = load_nir(path, dt=DT, bits=SPEC.weight_bits, state_bits=SPEC.spiking.state_bits)
    rng = np.random.default_rng(1)
    samples = tuple(rng.random((ticks, 16)) < 0.5 for ticks in (60, 40))
    # A sample that is quiet now and then, so that steps are skipped.
    samples[1][10:20] = False
    job = SpikingJob(spec=SPEC, network=read.network, events=samples, engine="nodal")
    answer = simulate_spiking(job, sim="icarus", folder=tmp_path)
    fired = 0
    for sample, spikes, membranes in zip(samples, answer.spikes, answer.membranes, strict=True):
        plain = PlainNetwork(read.network)
        for tick, lines in enumerate(sample):
            expected = plain.tick(set(np.flatnonzero(lines).tolist()))
            assert np.flatnonzero(spikes[tick]).tolist() == expected
            fired += len(expected)
        assert membranes.tolist() == [neuron.membrane for neuron in plain.layers[-1]]
    assert fired > 20
    assert answer.ticks == 100
    assert answer.lost == answer.clipped == 0
    assert answer.steps_skipped >= 10
