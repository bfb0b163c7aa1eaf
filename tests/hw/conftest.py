"""Benches of gateware: each ends by itself, well or by its watchdog."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from amaranth.hdl import Elaboratable
from amaranth.sim import Simulator

PERIOD = 1e-6

Bench = Callable[[Any], Awaitable[None]]


@pytest.fixture
def run_bench() -> Callable[..., None]:
    """Return a function that runs a bench on a clocked component until the bench is through."""

    def run(dut: Elaboratable, bench: Bench, *background: Bench, most_cycles: int = 20_000) -> None:
        through = []

        async def foreground(ctx: Any) -> None:
            await bench(ctx)
            through.append(True)

        async def watchdog(ctx: Any) -> None:
            await ctx.delay(most_cycles * PERIOD)
            message = f"the bench must end within {most_cycles} cycles"
            raise AssertionError(message)

        simulator = Simulator(dut)
        simulator.add_clock(PERIOD)
        for helper in (watchdog, *background):
            simulator.add_testbench(helper, background=True)
        simulator.add_testbench(foreground)
        simulator.run()
        assert through

    return run
