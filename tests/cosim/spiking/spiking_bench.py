"""Runs inside the simulator: events over the pins of a chip, both sides stalling at random."""

import json
import os
from pathlib import Path
from typing import Any

import cocotb
import numpy as np
import pytest
from cocotb.triggers import RisingEdge, Timer, ValueChange

from ohmloom_analog.errors import HardwareError
from ohmloom_analog.spec import load_spec
from ohmloom_analog.spiking_mapping import map_spiking
from ohmloom_hw.features import Features
from ohmloom_hw.spiking.events import TICK, Event, EventKind, pack_event
from ohmloom_hw.spiking.spiking_driver import SpikingDriver
from ohmloom_sim.benches.setup import clock_period_ps, start_clock
from ohmloom_sim.spiking.chip_job import SpikingJob
from ohmloom_sim.wishbone_driver import WishboneDriver

JOB = Path(os.environ["SPIKING_JOB"])


class Stalls:
    """Waits of a random number of clock cycles, none of them in step with the clock."""

    def __init__(self, rng: np.random.Generator, period: int, longest: int) -> None:
        self._rng, self._period, self._longest = rng, period, longest

    def draw(self) -> Timer:
        cycles = self._longest if self._rng.random() < 0.002 else self._rng.random() * 4
        return Timer(int(cycles * self._period) + 1, "ps")


async def send(dut: Any, words: list[int], stalls: Stalls) -> None:
    for word in words:
        dut.event_in__data.value = word
        await stalls.draw()
        dut.event_in__req.value = 1
        while not int(dut.event_in__ack.value):
            await ValueChange(dut.event_in__ack)
        await stalls.draw()
        # What comes before the next request isn't looked at.
        dut.event_in__data.value = 0x3FFF
        dut.event_in__req.value = 0
        while int(dut.event_in__ack.value):
            await ValueChange(dut.event_in__ack)


async def take(dut: Any, ticks: int, stalls: Stalls) -> list[int]:
    words, mark = [], pack_event(TICK)
    while ticks:
        while not int(dut.event_out__req.value):
            await ValueChange(dut.event_out__req)
        word = int(dut.event_out__data.value)
        await stalls.draw()
        assert int(dut.event_out__data.value) == word
        words.append(word)
        ticks -= word == mark
        dut.event_out__ack.value = 1
        while int(dut.event_out__req.value):
            await ValueChange(dut.event_out__req)
        await stalls.draw()
        dut.event_out__ack.value = 0
    return words


@cocotb.test()
async def events_over_pins(dut: Any) -> None:
    """All ticks of the job, without the host."""
    plan = json.loads((JOB / "plan.json").read_text())
    job = SpikingJob.load(JOB)
    spec = load_spec(JOB / "chip.toml")
    mapping = map_spiking(spec, job.network)
    dut.event_in__req.value = 0
    dut.event_out__ack.value = 0
    await start_clock(dut, spec)
    driver = WishboneDriver(dut, spec, Features(bus="wishbone", behind="twin", lanes=4))
    for address, word in ((0xFFFFF0, None), (driver.table.register("TICKS").offset, 1)):
        with pytest.raises(HardwareError, match="must be there to be"):
            await (driver.read(address, 1) if word is None else driver.write(address, [word]))
    host = SpikingDriver(driver)
    await host.load(mapping, [level.tolist() for level in mapping.levels])
    await host.clear_counts()
    await host.start(pins=True)
    (sample,) = job.events
    words = []
    for tick in sample:
        lines = np.flatnonzero(tick).tolist()
        words += [pack_event(Event(kind=EventKind.SPIKE, address=line)) for line in lines]
        words.append(pack_event(TICK))
    streams = np.random.default_rng(plan["seed"]).spawn(2)
    period = clock_period_ps(spec)
    sending = cocotb.start_soon(send(dut, words, Stalls(streams[0], period, plan["longest"])))
    found = await take(dut, len(sample), Stalls(streams[1], period, plan["longest"]))
    await sending
    await RisingEdge(dut.clk)
    await host.stop()
    counts = await host.counts()
    states = await host.states(0, len(mapping.neurons))
    np.savez(
        JOB / "answer.npz",
        words=np.array(found),
        counts=[getattr(counts, name) for name in counts.__dataclass_fields__],
        states=[[s.membrane, s.refractory, s.synapse] for s in states],
    )
