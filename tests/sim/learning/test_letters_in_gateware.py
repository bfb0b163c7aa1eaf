"""The engine's gateware and an array of devices, each moved by the other, learn the letters."""

import numpy as np
import pytest
from amaranth.sim import Simulator

from ohmloom_hw.learning.engine import LearningEngine
from ohmloom_hw.learning.rules import LearningRule, LearningSettings, LearningShape, Pulse
from ohmloom_hw.learning.settings_layout import settings_values
from ohmloom_sim.learning.device_pairs import DevicePairs, letters_chip
from ohmloom_sim.learning.learner import learn
from ohmloom_sim.learning.tasks import letters_task

RULE = LearningSettings(
    rule=LearningRule.MANHATTAN, batch=30, sum_shift=2, target_high=64, target_low=-64
)
PERIOD = 1e-6


class Recorded(DevicePairs):
    """Devices that remember how they were pulsed."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.given = []

    def apply(self, pulses):
        self.given += pulses
        super().apply(pulses)


async def _load(ctx, dut, kind, values):
    for place, value in enumerate(values):
        ctx.set(getattr(dut, f"{kind}_en"), 1)
        ctx.set(getattr(dut, f"{kind}_place"), place)
        ctx.set(getattr(dut, f"{kind}_data"), int(value))
        await ctx.tick()
    ctx.set(getattr(dut, f"{kind}_en"), 0)


async def _sample(ctx, dut, array, inputs, label):
    await _load(ctx, dut, "input", inputs)
    await _load(ctx, dut, "sum", array.sums(inputs[None])[0])
    ctx.set(dut.label, int(label))
    ctx.set(dut.begin, 1)
    await ctx.tick()
    ctx.set(dut.begin, 0)
    ctx.set(dut.pulses.ready, 1)
    found = []
    while not ctx.get(dut.done):
        if ctx.get(dut.pulses.valid):
            pulse = ctx.get(dut.pulses.payload)
            found.append(Pulse(pulse.row, pulse.column, bool(pulse.up), pulse.number))
        await ctx.tick()
    await ctx.tick()
    array.apply(found)


@pytest.mark.guarantee("G12", "letters")
def test_gateware_learns_letters_with_the_pulses_of_the_reference():
    task, seed = letters_task(), 1
    modelled = Recorded(letters_chip(), engine="nodal", seed=seed)
    rng = np.random.default_rng(seed)
    run = learn(task, modelled, RULE, epochs=20, rng=rng, until_perfect=True)
    array = Recorded(letters_chip(), engine="nodal", seed=seed)
    dut = LearningEngine(LearningShape(inputs=10, outputs=3))
    order, through = np.random.default_rng(seed), []

    async def bench(ctx):
        ctx.set(dut.settings, settings_values(RULE))
        ctx.set(dut.restart, 1)
        await ctx.tick()
        ctx.set(dut.restart, 0)
        array.sums(task.test_inputs)
        for _ in run.epochs:
            for sample in order.permutation(30):
                inputs, label = task.train_inputs[sample], task.train_labels[sample]
                await _sample(ctx, dut, array, inputs, label)
            through.append(array.sums(task.test_inputs).argmax(axis=1) == task.test_labels)

    async def watchdog(ctx):
        await ctx.delay(100_000 * PERIOD)
        raise AssertionError("the bench must end within 100000 cycles")

    simulator = Simulator(dut)
    simulator.add_clock(PERIOD)
    simulator.add_testbench(watchdog, background=True)
    simulator.add_testbench(bench)
    simulator.run()
    assert through[-1].all()
    assert array.given == modelled.given
    held = [one.chip.tiles[0].writer.cells.conductance for one in (array, modelled)]
    assert np.array_equal(*held)
