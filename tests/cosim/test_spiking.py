"""A spiking chip as emitted Verilog, with events over its pins that stall on both sides.

OHMLOOM_TICKS=100000 runs as many; the default is a number that takes half a minute.
"""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from spiking_oracle import PlainNetwork, lively_network, random_ticks

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.emit import TOP, emit
from ohmloom_hw.features import Features
from ohmloom_sim.cosim import Bench, run_bench
from ohmloom_sim.simulators import find_simulator
from ohmloom_sim.spiking.chip_job import SpikingJob

FOLDER = Path(__file__).parent / "spiking"
TICKS = int(os.environ.get("OHMLOOM_TICKS", "5000"))
SEED = 7
SPEC = ChipSpec.parse(
    {
        "tile": [{"count": 5, "rows": 12, "columns": 6, "cell": {"levels": 8}}],
        "weight_bits": 4,
        "input": {"bits": 1, "slice_bits": 1},
        "adc": {"bits": 7, "columns_per_adc": 4, "conversion_time": 1e-7},
        "dac": {"settle_time": 1e-7},
        "clock": 10e6,
        "baud": 2_500_000,
        "spiking": {"neurons": 16, "fifo": 64, "synapses": True, "pins": True},
    }
)
SIZES = [8, 6, 4]


def _lines(ticks):
    trains = np.zeros((len(ticks), SIZES[0]), np.bool_)
    for tick, lines in enumerate(ticks):
        trains[tick, lines] = True
    return trains


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """Return the network, what was sent, and what came back."""
    folder = tmp_path_factory.mktemp("spiking")
    rng = np.random.default_rng(SEED)
    ticks = random_ticks(rng, TICKS, SIZES[0])
    network, _ = lively_network(
        rng, SIZES, ticks[:400], most=SPEC.weight_range[1], recurrent=(1,), synapses=True
    )
    job = SpikingJob(spec=SPEC, network=network, events=(_lines(ticks),))
    job.save(folder)
    (folder / "plan.json").write_text(json.dumps({"seed": SEED, "longest": 4000}))
    features = Features(bus="wishbone", behind="twin", lanes=4)
    files = emit(SPEC, folder / "chip", features=features)
    path = os.pathsep.join([str(FOLDER), os.environ.get("PYTHONPATH", "")])
    bench = Bench(
        sources=[files.verilog],
        top=TOP,
        module="spiking_bench",
        folder=folder / "bench",
        environment={"SPIKING_JOB": str(folder), "PYTHONPATH": path},
        timeout=1800,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", path)
        result = run_bench(bench, find_simulator("verilator"))
    assert result.failed == {}
    assert result.passed == ("events_over_pins",)
    with np.load(folder / "answer.npz") as file:
        return network, ticks, {name: file[name] for name in file.files}


@pytest.mark.guarantee("G13", "spikes")
def test_spike_trains_and_states_are_those_of_the_network_bit_for_bit(ran, figure):
    network, ticks, answer = ran
    plain, expected = PlainNetwork(network), []
    for lines in ticks:
        # A spike is kind 1, a tick kind 2, above an address of 14 bits.
        expected += [1 << 14 | neuron for neuron in plain.tick(lines)] + [2 << 14]
    assert len(expected) > 1.2 * TICKS
    assert np.array_equal(answer["words"], expected)
    states = [[n.membrane, n.refractory, n.synapse] for n in plain.neurons]
    assert answer["states"].tolist() == states
    figure("ticks of emitted Verilog", TICKS)
    figure("spikes of emitted Verilog, equal", len(expected) - TICKS)


@pytest.mark.guarantee("G13", "events")
def test_no_event_is_lost_where_both_sides_stall(ran, figure):
    _, ticks, answer = ran
    names = ("ticks", "spikes_in", "spikes_out", "skipped", "lost_in", "lost_out", "refused")
    counts = dict(zip(names, answer["counts"].tolist(), strict=True))
    assert counts["ticks"] == TICKS
    assert counts["spikes_in"] == sum(map(len, ticks))
    assert counts["lost_in"] == counts["lost_out"] == counts["refused"] == 0
    assert counts["skipped"] > 0
    figure("events over stalling pins", counts["spikes_in"] + counts["spikes_out"])
    figure("of these lost", counts["lost_in"] + counts["lost_out"])
