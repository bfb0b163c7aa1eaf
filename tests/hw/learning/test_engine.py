"""The engine against the oracle: the same pulses in the same order, whatever the ready does."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from learning_oracle import LearningOracle
from learning_samples import engines, samples_for

from ohmloom_hw.learning.engine import LearningEngine
from ohmloom_hw.learning.rules import LearningRule, LearningSettings, LearningShape
from ohmloom_hw.learning.settings_layout import settings_values


async def restart(ctx, dut, chosen):
    ctx.set(dut.settings, settings_values(chosen))
    ctx.set(dut.restart, 1)
    await ctx.tick()
    ctx.set(dut.restart, 0)


async def learn(ctx, dut, sample, stall):
    """Return the pulses of a sample, and the cycles that weren't lost by waiting."""
    inputs, sums, label = sample
    for kind, values in (("input", inputs), ("sum", sums)):
        for place, value in enumerate(values):
            ctx.set(getattr(dut, f"{kind}_en"), 1)
            ctx.set(getattr(dut, f"{kind}_place"), place)
            ctx.set(getattr(dut, f"{kind}_data"), value)
            await ctx.tick()
        ctx.set(getattr(dut, f"{kind}_en"), 0)
    ctx.set(dut.label, label)
    ctx.set(dut.begin, 1)
    await ctx.tick()
    ctx.set(dut.begin, 0)
    found, cycles, offered = [], 0, None
    while True:
        assert ctx.get(dut.busy)
        valid, ready = ctx.get(dut.pulses.valid), not stall()
        ctx.set(dut.pulses.ready, ready)
        if valid:
            pulse = ctx.get(dut.pulses.payload)
            shown = (pulse.row, pulse.column, bool(pulse.up), pulse.number)
            assert offered in {None, shown}
            offered = None if ready else shown
            if ready:
                found.append(shown)
        else:
            assert offered is None
        cycles += not valid or ready
        if ctx.get(dut.done):
            break
        await ctx.tick()
    await ctx.tick()
    assert not ctx.get(dut.busy)
    return found, cycles


@pytest.mark.guarantee("G12", "pulses")
@pytest.mark.parametrize("rule", LearningRule)
@settings(
    deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data(), stalls=st.booleans())
def test_pulse_lists_are_those_of_the_oracle(rule, data, stalls, run_bench, figure):
    shape, chosen, seed = data.draw(engines(rules=(rule,), most=4))
    rng = random.Random(seed)
    dut, given = LearningEngine(shape), []

    async def bench(ctx):
        for _ in range(2):
            # The second time shows that nothing is left of the first.
            await restart(ctx, dut, chosen)
            oracle = LearningOracle(shape, chosen)
            for sample in samples_for(shape, chosen, rng, 5):
                found, cycles = await learn(ctx, dut, sample, lambda: stalls and rng.random() < 0.5)
                assert found == oracle.learn(*sample)
                given.extend(found)
                assert cycles <= shape.most_cycles(chosen.slots)
                assert ctx.get(dut.remaining) == oracle.left
                assert ctx.get(dut.refused) == oracle.refused
                assert ctx.get(dut.mistakes) == oracle.mistakes

    run_bench(dut, bench, most_cycles=60_000)
    figure("entries of pulse lists, equal", len(given))
    figure("rules", rule.name.lower(), merge="each")


def test_the_bound_of_cycles_is_close_to_what_the_slowest_sample_takes(run_bench):
    shape = LearningShape(inputs=4, outputs=3, slots=16)
    chosen = LearningSettings(
        rule=LearningRule.STOCHASTIC, given=True, slots=16, input_gain=8, error_gain=8
    )
    dut = LearningEngine(shape)

    async def bench(ctx):
        await restart(ctx, dut, chosen)
        found, cycles = await learn(ctx, dut, ([1] * 4, [1] * 3, 0), lambda: False)
        assert [count for *_, count in found] == [16] * 12
        assert shape.most_cycles(16) - 3 <= cycles <= shape.most_cycles(16)

    run_bench(dut, bench)


def test_while_a_sample_is_under_way_nothing_else_is_taken(run_bench):
    shape = LearningShape(inputs=2, outputs=2)
    dut = LearningEngine(shape)
    asked = ("input_en", "sum_en", "begin", "restart")

    async def bench(ctx):
        await restart(ctx, dut, LearningSettings())
        oracle = LearningOracle(shape, LearningSettings())

        def disturb():
            # Only looked at within a sample; the last look is in the cycle of `done`.
            for name in asked:
                ctx.set(getattr(dut, name), not ctx.get(dut.done))
            ctx.set(dut.input_data, 77)
            ctx.set(dut.sum_data, 777)
            return False

        for sample in (([3, 4], [1, 2], 0), ([3, 0], [5, 2], 1)):
            found, _ = await learn(ctx, dut, sample, disturb)
            assert found == oracle.learn(*sample)
            assert ctx.get(dut.remaining) == oracle.left

    run_bench(dut, bench)


def test_a_restart_keeps_a_sample_off(run_bench):
    dut = LearningEngine(LearningShape(inputs=2, outputs=2))

    async def bench(ctx):
        ctx.set(dut.begin, 1)
        await restart(ctx, dut, LearningSettings(budget=5))
        assert not ctx.get(dut.busy)
        assert ctx.get(dut.remaining) == 5

    run_bench(dut, bench)


@pytest.mark.parametrize("rule", [LearningRule.PERCEPTRON, LearningRule.STOCHASTIC])
def test_a_stop_in_any_cycle_ends_a_sample_and_a_restart_learns_as_ever(rule, run_bench):
    shape = LearningShape(inputs=3, outputs=2, slots=5)
    chosen = LearningSettings(rule=rule, slots=5, error_gain=8, row_seed=0xC9E5A1B7)
    dut = LearningEngine(shape)
    # The first row fires seldom, the others often, so that a word of theirs would be seen.
    inputs, sums, label = [40, -220, 200], [5, 90], 0

    async def bench(ctx):
        for wait in range(1, shape.most_cycles(5)):
            await restart(ctx, dut, chosen)
            ctx.set(dut.begin, 1)
            await ctx.tick()
            ctx.set(dut.begin, 0)
            ctx.set(dut.pulses.ready, wait % 2)
            await ctx.tick().repeat(wait)
            ctx.set(dut.stop, 1)
            await ctx.tick()
            assert not ctx.get(dut.busy)
            # Nothing begins as long as it lasts.
            ctx.set(dut.begin, 1)
            await ctx.tick()
            ctx.set(dut.begin, 0)
            ctx.set(dut.stop, 0)
            await ctx.tick()
            assert not ctx.get(dut.busy)
            await restart(ctx, dut, chosen)
            oracle = LearningOracle(shape, chosen)
            found, _ = await learn(ctx, dut, (inputs, sums, label), lambda: False)
            assert found == oracle.learn(inputs, sums, label)

    run_bench(dut, bench)
