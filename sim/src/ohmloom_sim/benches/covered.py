"""What the benches of the regression share: a chip whose ports and registers are sampled."""

import os
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from cocotb.triggers import ClockCycles, FallingEdge

from ohmloom_analog.errors import HardwareError, LinkError
from ohmloom_analog.spec import ChipSpec, load_spec
from ohmloom_hw.driver import Driver
from ohmloom_hw.features import Features
from ohmloom_hw.registers import register_table
from ohmloom_hw.transport import Transport
from ohmloom_sim.benches.setup import open_driver, start_clock
from ohmloom_sim.bridge import ArrayBridge, ArrayPins
from ohmloom_sim.coverage.access_sampler import AccessSampler
from ohmloom_sim.coverage.counts import CoverCounts
from ohmloom_sim.coverage.fault_points import Fate, Fault
from ohmloom_sim.coverage.plan import cover_plan, regression_features
from ohmloom_sim.coverage.port_sampler import SampledArray
from ohmloom_sim.wishbone_driver import WishboneDriver

__all__ = ["CoveredBus", "CoveredLine", "Stage", "covered", "refusal", "rest"]

_POLL_CYCLES = 50


class _Covered(Driver):
    """A host whose accesses are counted; it goes before the driver that makes them."""

    _sampler: AccessSampler

    async def read(self, address: int, count: int) -> list[int]:
        """Return words at addresses that rise by 4."""
        words = await super().read(address, count)
        self._sampler.read(address, words)
        return words

    async def write(self, address: int, words: Sequence[int]) -> None:
        """Write words at addresses that rise by 4."""
        await super().write(address, words)
        self._sampler.written(address, words)


class CoveredLine(_Covered):
    """A host at the serial pins, whose accesses are counted."""

    def __init__(self, transport: Transport, spec: ChipSpec, *, counts: CoverCounts, **kw: Any):
        super().__init__(transport, spec, **kw)
        self.transport = transport
        """The line itself, for what no driver sends."""
        self._sampler = AccessSampler(spec, register_table(spec, self.features), counts)


class CoveredBus(_Covered, WishboneDriver):
    """A host at the Wishbone pins, whose accesses are counted."""

    def __init__(self, dut: Any, spec: ChipSpec, features: Features, *, counts: CoverCounts):
        super().__init__(dut, spec, features)
        self.dut, self.counts = dut, counts
        self._sampler = AccessSampler(spec, self.table, counts)

    async def run(self, timeout_polls: int = 4000) -> None:
        """Run the step table once, and look for its end now and then.

        Raises
        ------
        HardwareError
            Where the run ends with an error, or not at all.
        """
        control, status = self.table.register("CTRL"), self.table.register("STATUS")
        await self.write(control.offset, [control.field("start").insert(1)])
        for _ in range(timeout_polls):
            # Looking takes the simulator longer than the chip takes for a few cycles.
            await rest(self.dut, _POLL_CYCLES)
            word = await self.read_register("STATUS")
            await self.check_error()
            if status.field("done").extract(word) and not status.field("busy").extract(word):
                return
        msg = f"run must end within {timeout_polls * _POLL_CYCLES} clock cycles, not later"
        raise HardwareError(msg)


@dataclass(kw_only=True, slots=True)
class Stage:
    """A chip under test, and where its samples go."""

    dut: Any
    """The Verilog."""
    spec: ChipSpec
    """What it was emitted from."""
    rng: np.random.Generator
    """Of the stimulus of this test."""
    counts: CoverCounts
    """Hits of this test."""
    features: Features
    """What it is built with where it has a bus."""

    async def line(self, *, pauses: np.random.Generator | None = None) -> CoveredLine:
        """Reset the chip, and connect a host to its serial line."""
        await start_clock(self.dut, self.spec)

        def made(transport: Transport, spec: ChipSpec, **kw: Any) -> CoveredLine:
            return CoveredLine(transport, spec, counts=self.counts, **kw)

        driver = await open_driver(self.dut, self.spec, pauses=pauses, made=made)
        assert isinstance(driver, CoveredLine)
        return driver

    async def bus(self) -> CoveredBus:
        """Reset the chip, and put a host at its bus."""
        await start_clock(self.dut, self.spec)
        return CoveredBus(self.dut, self.spec, self.features, counts=self.counts)

    def attach(
        self,
        models: Sequence[Any],
        *,
        stalls: np.random.Generator | None = None,
        aborts: bool = False,
    ) -> list[ArrayBridge]:
        """Put arrays behind the ports, one a tile, and count what goes over."""
        bridges = [
            ArrayBridge(
                ArrayPins.of(self.dut, index),
                self.sampled(model),
                spec=self.spec,
                clock=self.dut.clk,
                index=index,
                stalls=stalls,
                aborts=aborts,
            )
            for index, model in enumerate(models)
        ]
        for bridge in bridges:
            bridge.start()
        return bridges

    def note_fault(self, fault: Fault, fate: Fate) -> None:
        """Count a fault that was put in, and what came of it."""
        self.counts.hit("faults", "fault", fault)
        self.counts.hit("faults", "fault and fate", f"{fault}, {fate}")

    def sampled(self, model: Any) -> SampledArray:
        """Return an array whose accesses are counted."""
        return SampledArray(model, self.spec, self.counts)


@asynccontextmanager
async def covered(dut: Any, name: str) -> AsyncIterator[Stage]:
    """Give a test its chip, and write down what it has sampled once it has passed.

    The hits of a test that fails don't count.

    Parameters
    ----------
    name
        Of the test.
    """
    spec = load_spec(os.environ["OHMLOOM_CHIP"])
    counts = CoverCounts(cover_plan(spec))
    # Each test has a stream of its own, so that one more draw in it changes no other.
    seed = [int(os.environ["OHMLOOM_SEED"]), *name.encode()]
    yield Stage(
        dut=dut,
        spec=spec,
        rng=np.random.default_rng(seed),
        counts=counts,
        features=regression_features(spec),
    )
    folder = os.environ.get("OHMLOOM_COVERAGE")
    if folder is not None:
        counts.save(Path(folder) / f"{name}.json")


async def rest(dut: Any, cycles: int) -> None:
    """Let a chip alone for some clock cycles, up to a falling edge."""
    await ClockCycles(dut.clk, cycles)
    await FallingEdge(dut.clk)


async def refusal(access: Awaitable[Any]) -> str:
    """Return the message with which the chip or its driver refuses, or nothing."""
    try:
        await access
    except (HardwareError, LinkError) as error:
        return str(error)
    return ""
