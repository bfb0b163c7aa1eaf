"""Runs inside the simulator: delays through RTL, an RC network, and back, against closed forms."""

from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import Timer, ValueChange
from cocotb.utils import get_sim_time
from scipy.optimize import brentq

from ohmloom_analog.engines.simulator import simulator
from ohmloom_analog.engines.stepping import SteppedTransient
from ohmloom_sim.spice_bridge import Drive, Sense, SpiceBridge

TAU = 1e-9
SUPPLY = 1.8

# Longest step, window and edge [s]: steps and windows that share nothing with the circuit's
# nanosecond, some of them far beyond it.
SETTINGS = [
    (1e-10, 1e-10, 1e-12),
    (1e-10, 1e-8, 1e-9),
    (1e-9, 1e-9, 1e-10),
    (1e-9, 1e-7, 1e-10),
    (5e-9, 3e-9, 1e-11),
    (1e-8, 1e-8, 1e-9),
    (3e-8, 1e-7, 3e-9),
]
every_setting = cocotb.parametrize(setting=SETTINGS)
Setting = tuple[float, float, float]


def low_pass(step: float = 1e-9, extra: str = "") -> SteppedTransient:
    title = simulator().new_title()
    text = (
        f"{title}\nv1 a 0 pwl(0 0 1 0)\nr1 a b 1000\nc1 b 0 1e-12 ic=0\n{extra}\n"
        ".save v(a) v(b)\n.options method=gear\n.end\n"
    )
    return SteppedTransient(simulator(), text, {"v1": 0.0}, {"c1": "b"}, longest_step=step)


def crossing(begun: float, threshold: float, edge: float) -> float:
    """Return how long after the start of a rising edge a low pass crosses a threshold.

    Parameters
    ----------
    begun
        Where the low pass is at the start; all levels in parts of the supply.
    """

    def integral(since: float) -> float:
        return since - TAU * (1 - np.exp(-since / TAU)) if since > 0 else 0.0

    def level(time: float) -> float:
        return begun * np.exp(-time / TAU) + (integral(time) - integral(time - edge)) / edge

    return float(brentq(lambda time: level(time) - threshold, 0, edge + 20 * TAU))


async def prepare(dut: Any) -> None:
    dut.toggle.value = 0
    dut.back.value = 0
    dut.ring_in.value = 1
    await Timer(1, "ns")


def tied(dut: Any, transient: SteppedTransient, window: float, edge: float) -> SpiceBridge:
    return SpiceBridge(
        transient,
        drives=[Drive(pin=dut.drive, source="v1", high=SUPPLY, edge=edge)],
        senses=[Sense(pin=dut.back, vector="b", threshold=0.5 * SUPPLY)],
        window=window,
    )


@cocotb.test()
@every_setting
async def every_edge_comes_back_after_the_delay_of_the_circuit(dut: Any, setting: Setting) -> None:
    step, window, edge = setting
    await prepare(dut)
    bridge = tied(dut, low_pass(step), window, edge)
    bridge.start()
    came: list[float] = []

    async def watch() -> None:
        while True:
            await ValueChange(dut.seen)
            came.append(get_sim_time("ns"))

    await Timer(1, "ns")
    cocotb.start_soon(watch())
    went = []
    rng = np.random.default_rng(0)
    for count in range(16):
        # Times that share no step with anything, far enough apart to settle.
        await Timer(round(30e6 + edge * 1e15 + rng.uniform(0, 20e6)), "fs")
        dut.toggle.value = (count + 1) % 2
        went.append(get_sim_time("ns"))
    await Timer(round(50e6 + edge * 1e15), "fs")
    assert bridge.edges == 17
    assert bridge.crossings == len(came) == 16
    errors = [(b - a) * 1e-9 - crossing(0.0, 0.5, edge) for a, b in zip(went, came, strict=True)]
    worst = max(abs(error) for error in errors)
    cocotb.log.info("worst error of the delay: %g s at a step of %g s", worst, step)
    assert worst <= step


@cocotb.test()
@every_setting
async def ring_has_the_period_of_the_closed_form(dut: Any, setting: Setting) -> None:
    step, window, edge = setting
    await prepare(dut)
    bridge = SpiceBridge(
        low_pass(step),
        drives=[Drive(pin=dut.ring_out, source="v1", high=SUPPLY, edge=edge)],
        senses=[Sense(pin=dut.ring_in, vector="b", threshold=0.9, hysteresis=0.72)],
        window=window,
    )
    bridge.start()
    times = []
    for _ in range(20):
        await ValueChange(dut.ring_out)
        times.append(get_sim_time("ns") * 1e-9)
    halves = np.diff(times)[2:]
    wanted = crossing(0.3, 0.7, edge)
    assert wanted > edge
    cocotb.log.info("half a period: %s s, in closed form %g s", halves, wanted)
    assert (np.abs(halves - wanted) <= step).all()


@cocotb.test()
async def circuit_that_aborts_fails_the_test(dut: Any) -> None:
    await prepare(dut)
    failing = low_pass(extra="b1 b 0 i=time>100e-9 ? -1e9*V(b)*V(b)-1e-3 : 0")
    tied(dut, failing, 1e-8, 1e-10).start()
    await Timer(1, "us")


@cocotb.test()
async def unknown_pin_fails_the_test(dut: Any) -> None:
    await prepare(dut)
    tied(dut, low_pass(), 1e-8, 1e-10).start()
    await Timer(10, "ns")
    dut.toggle.value = "X"
    await Timer(1, "us")


@cocotb.test()
async def node_that_is_not_saved_fails_the_test(dut: Any) -> None:
    await prepare(dut)
    SpiceBridge(
        low_pass(),
        drives=[],
        senses=[Sense(pin=dut.back, vector="nowhere", threshold=0.5)],
        window=1e-8,
    ).start()
    await Timer(1, "us")
