"""Whole cores in spiking mode, by the host code, against neurons in plain Python integers."""

from types import SimpleNamespace

import numpy as np
import pytest
from exact_host import Host
from spiking_host import ContextDriver
from spiking_oracle import PlainNetwork, lively_network, random_ticks

from ohmloom_analog.errors import HardwareError, MappingError
from ohmloom_analog.neurons import Neuron, SpikingLayer, SpikingNetwork
from ohmloom_analog.spec import ChipSpec
from ohmloom_analog.spiking_mapping import map_spiking
from ohmloom_hw.run_errors import ErrorCode
from ohmloom_hw.spiking.events import TICK, Event, EventKind
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
    "means of reads": ({**PLAIN, "ecc": {"average": 2}}, [5, 4, 3], ()),
    "synapses": (
        {**PLAIN, "spiking": {"neurons": 16, "fifo": 16, "synapses": True, "state_bits": 20}},
        [5, 4, 3],
        (),
    ),
}


@pytest.mark.guarantee("G13", "spikes")
@pytest.mark.parametrize("stalls", [False, True])
@pytest.mark.parametrize("name", CHIPS)
def test_spikes_and_states_are_those_of_the_network(name, stalls, run_bench):
    plain, sizes, recurrent = CHIPS[name]
    spec = ChipSpec.parse(plain)
    rng = np.random.default_rng([len(name), stalls])
    ticks = random_ticks(rng, 10, sizes[0])
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
        assert await spiking.run(ticks) == spikes
        found = await spiking.states(0, len(mapping.neurons))
        assert [(n.membrane, n.refractory, n.synapse) for n in found] == [
            (n.membrane, n.refractory, n.synapse) for n in expected.neurons
        ]
        counts = await spiking.counts()
        assert counts.ticks == len(ticks)
        assert counts.spikes_in == sum(len(lines) for lines in ticks)
        assert counts.lost_in == counts.lost_out == counts.refused == 0
        assert counts.steps_skipped >= sum(not lines for lines in ticks)

    run_bench(host.dut, bench, *host.arrays(), most_cycles=400_000)


SMALL = {
    **PLAIN,
    "tile": [{"count": 1, "rows": 4, "columns": 3, "cell": {"levels": 8}}],
    "spiking": {"neurons": 3, "fifo": 16},
}


class Small:
    """A chip of three neurons that spike whenever a line does, and whatever it is sent."""

    def __init__(self):
        self.spec = ChipSpec.parse(SMALL)
        neuron = Neuron(kind="if", threshold=1, gain=1 << 8, gain_shift=0)
        layer = SpikingLayer(weights=((1, 1, 1),) * 4, neurons=(neuron,) * 3)
        self.mapping = map_spiking(self.spec, SpikingNetwork(layers=(layer,)))
        self.host = Host(self.spec, self.mapping.levels)

    async def start(self, ctx):
        self.driver = ContextDriver(self.host, ctx)
        self.spiking = SpikingDriver(self.driver)
        await self.spiking.load(self.mapping)
        return self.driver, self.spiking

    def run(self, run_bench, bench):
        run_bench(self.host.dut, bench, *self.host.arrays(), most_cycles=60_000)


def spike(line):
    return Event(kind=EventKind.SPIKE, address=line)


def test_a_rest_forgets_states_marks_and_spikes(run_bench):
    chip = Small()

    async def bench(ctx):
        _, spiking = await chip.start(ctx)
        assert await spiking.run([[0], [1, 3]]) == [[0, 1, 2], [0, 1, 2]]
        assert any(state.membrane == 0 for state in await spiking.states(0, 3))
        await spiking.start()
        await spiking.send([spike(2)])
        await spiking.stop()
        await spiking.rest()
        words = [await chip.host.access(ctx, "INPUT", None, index) for index in range(2)]
        assert words == [0, 0]
        # Without the spike that had marked line 2 before the rest, nothing is read.
        assert await spiking.run([[]]) == [[]]

    chip.run(run_bench, bench)


@pytest.mark.guarantee("G13", "events")
def test_every_event_without_room_is_counted_on_both_sides(run_bench):
    chip = Small()

    async def bench(ctx):
        driver, spiking = await chip.start(ctx)
        # Nobody takes them yet: 16 fit, and what the queue holds in its output register.
        await spiking.send([spike(0)] * 40)
        counts = await spiking.counts()
        room = driver.table.register("EVENT_ROOM")
        assert room.field("room").extract(await driver.read_register("EVENT_ROOM")) == 0
        assert counts.lost_in == 40 - 16
        await spiking.start()
        while room.field("room").extract(await driver.read_register("EVENT_ROOM")) < 16:
            pass
        for _ in range(3):
            await spiking.send([spike(1), TICK] * 3)
            while (await spiking.counts()).ticks % 3:
                pass
        while (await spiking.counts()).ticks < 9:
            pass
        await spiking.stop()
        # Nine ticks of three spikes and a mark.
        found = await spiking.take()
        counts = await spiking.counts()
        assert len(found) + counts.lost_out == 9 * 4
        assert len(found) == 16
        assert found == [spike(0), spike(1), spike(2), TICK] * 4
        assert await spiking.take() == []

    chip.run(run_bench, bench)


def test_events_of_no_kind_and_for_no_line_are_refused_and_counted(run_bench):
    chip = Small()

    async def bench(ctx):
        driver, spiking = await chip.start(ctx)
        await spiking.start()
        base = driver.table.window("EVENT_IN").base
        await driver.write(base, [0xC000 | 0x4004 << 16, 0x4000 | 0x8000 << 16])
        while not (await spiking.counts()).ticks:
            pass
        await spiking.stop()
        counts = await spiking.counts()
        assert (counts.refused, counts.spikes_in) == (2, 1)
        assert await spiking.take() == [spike(0), spike(1), spike(2), TICK]

    chip.run(run_bench, bench)


def test_windows_of_memories_are_refused_while_it_is_active_and_those_of_events_are_not(run_bench):
    chip = Small()

    async def bench(ctx):
        driver, spiking = await chip.start(ctx)
        await spiking.start()
        for name in ("INPUT", "STEP", "NEURON", "NEURON_STATE", "RESULT"):
            error, _ = await chip.host.bus(ctx, driver.table.window(name).base)
            assert error, name
        for name in ("EVENT_IN", "EVENT_OUT"):
            error, word = await chip.host.bus(ctx, driver.table.window(name).base)
            assert not error
            assert word == 0
        # A run of the table by itself isn't begun either.
        runs = (await driver.read_register("STATUS")) >> 8
        await driver.write_register("CTRL", 1)
        assert await driver.read_register("STATUS") >> 8 == runs
        await spiking.stop()

    chip.run(run_bench, bench)


@pytest.mark.parametrize("how", ["abort", "timeout", "lost"])
def test_an_error_of_a_tick_ends_the_spiking_with_its_name(how, run_bench):
    chip = Small()

    async def bench(ctx):
        driver, spiking = await chip.start(ctx)
        chip.host.silent = True
        await spiking.start()
        # The run is over when the array has answered, or should have.
        await driver.write_register("TIMEOUT", 300)
        await spiking.send([spike(0), TICK])
        if how == "abort":
            while not await driver.read_register("STATUS") & 1:
                pass
            await driver.write_register("CTRL", 4)
        if how == "lost":
            await driver.write_register("HOST_TIMEOUT", 50)
            await ctx.tick().repeat(100)
        while await driver.read_register("SPIKE_STATUS"):
            pass
        found = await driver.read_register("ERROR")
        names = {"abort": ErrorCode.ABORTED, "timeout": ErrorCode.ARRAY_TIMEOUT}
        assert found % 256 == names.get(how, ErrorCode.HOST_LOST)
        assert (await spiking.counts()).ticks == 0
        await driver.write_register("HOST_TIMEOUT", 0)
        with pytest.raises(HardwareError, match="must take events until all ticks are over"):
            await spiking.run([[0]])

    chip.run(run_bench, bench)


@pytest.mark.parametrize("cycles", [1, 7, 15])
def test_an_abort_at_any_moment_leaves_it_idle(cycles, run_bench):
    chip = Small()

    async def bench(ctx):
        driver, spiking = await chip.start(ctx)
        chip.host.aborting = True
        await spiking.start()
        await spiking.send([spike(0), TICK])
        await ctx.tick().repeat(cycles)
        await driver.write_register("CTRL", 4)
        await ctx.tick().repeat(60)
        assert not await driver.read_register("SPIKE_STATUS")
        await spiking.rest()
        await spiking.start()
        await spiking.stop()

    chip.run(run_bench, bench)


def test_spiking_begins_only_where_no_run_is_under_way(run_bench):
    chip = Small()

    async def bench(ctx):
        driver, spiking = await chip.start(ctx)
        chip.host.silent = True
        await chip.host.send(ctx, [1, 0, 0, 0])
        await driver.write_register("CTRL", 1)
        await spiking.start()
        assert await driver.read_register("SPIKE_STATUS") == 0
        chip.host.silent = False
        while await driver.read_register("STATUS") & 1:
            pass
        # A run of the table alone leaves the neurons as they are.
        assert await chip.host.results(ctx, 3) == [1, 1, 1]
        assert [state.membrane for state in await spiking.states(0, 3)] == [0, 0, 0]
        assert await spiking.take() == []

    chip.run(run_bench, bench)


def test_a_chip_without_a_network_runs_nothing(run_bench):
    chip = Small()

    async def bench(ctx):
        with pytest.raises(HardwareError, match="a network must be loaded before it is run"):
            await SpikingDriver(ContextDriver(chip.host, ctx)).run([[0]])

    chip.run(run_bench, bench)


def test_a_driver_of_a_chip_without_spiking_mode_is_refused():
    plain = {name: part for name, part in SMALL.items() if name != "spiking"}
    with pytest.raises(HardwareError, match=r"must have a section \[spiking\]"):
        SpikingDriver(SimpleNamespace(spec=ChipSpec.parse(plain)))


def test_ticks_that_no_queue_can_hold_are_refused_before_any_is_sent(run_bench):
    chip = Small()

    async def bench(ctx):
        _, spiking = await chip.start(ctx)
        with pytest.raises(MappingError, match="must hold the 17 events of the fullest tick"):
            await spiking.run([[0], [0] * 16])
        assert (await spiking.counts()).ticks == 0

    chip.run(run_bench, bench)
