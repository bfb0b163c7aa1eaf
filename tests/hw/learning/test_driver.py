"""The driver of a chip that learns, against words by address and against a whole core."""

import asyncio
import re
from types import SimpleNamespace

import pytest
from learning_chip import (
    LEARN_CTRL,
    LEARN_LABEL,
    LEARN_PLACE,
    RULE,
    LearningChip,
    cell_pulses,
    learning_chip,
    rule_words,
)
from learning_oracle import LearningOracle

from ohmloom_analog.errors import HardwareError
from ohmloom_hw.features import Features
from ohmloom_hw.learning.driver import LearningCounts, LearningDriver
from ohmloom_hw.learning.registers import learning_shape
from ohmloom_hw.learning.rules import LearningRule, LearningSettings
from ohmloom_hw.registers import register_table

FEATURES = Features(writes=True)


class Words:
    """A driver's words by address; LEARN_STATUS shows one word after the other."""

    def __init__(self, spec, *states):
        self.features, self.table = FEATURES, register_table(spec, FEATURES)
        self.held, self.order, self.states = {}, [], list(states)

    async def write(self, address, words):
        for place, word in enumerate(words):
            self.held[address + 4 * place] = word
            self.order.append((address + 4 * place, word))

    async def read(self, address, count):
        return [address + 4 * place for place in range(count)]

    async def write_register(self, name, word):
        await self.write(self.table.register(name).offset, [word])

    async def read_register(self, name):
        assert name == "LEARN_STATUS"
        return self.states.pop(0) if len(self.states) > 1 else self.states[0]


def connected(*states, rule="perceptron"):
    spec = learning_chip(rule=rule, slots=8)
    words = Words(spec, *states)
    return words, LearningDriver(words, spec)


def test_numbers_come_before_the_restart_and_the_label_before_the_start():
    words, driver = connected(1, 1, 2)
    chosen = LearningSettings(theta=3, margin=40, budget=77)
    asyncio.run(driver.begin(chosen, tile=1, input_base=5, result_base=2))
    assert words.order[-1] == (LEARN_CTRL, 2)
    assert [words.held[RULE + 4 * place] for place in range(8)] == rule_words(chosen)
    assert words.held[LEARN_PLACE] == 5 | 2 << 16
    assert words.held[0x110] == 1
    words.order.clear()
    asyncio.run(driver.learn(1))
    asyncio.run(driver.learn(1))
    assert words.order == [(LEARN_LABEL, 1), (LEARN_CTRL, 1), (LEARN_CTRL, 1)]
    asyncio.run(driver.abort())
    assert words.order[-1] == (LEARN_CTRL, 4)
    counts = asyncio.run(driver.counts())
    assert counts == LearningCounts(
        pulses=0x1E0, left=0x1E4, refused=0x1E8, mistakes=0x1EC, skipped=0x1F0
    )


@pytest.mark.parametrize(
    ("state", "message"),
    [
        (4 | 3 << 8, "learning must end without error, not with INTERLOCK"),
        (4 | 99 << 8, "learning must end without error, not with code 99"),
        (1, "learning from a sample must end within 100000 looks, not later"),
    ],
)
def test_a_sample_that_does_not_end_well_is_told(state, message):
    _, driver = connected(state)
    with pytest.raises(HardwareError, match=f"^{message}$"):
        asyncio.run(driver.learn(0))


@pytest.mark.parametrize(
    ("what", "message"),
    [
        (lambda d: d.learn(2), "label must be in [0, 1], not 2"),
        (lambda d: d.learn_errors([1]), "errors must be 2, not 1"),
        (lambda d: d.learn_errors([0, 256]), "error must be in [-256, 255], not 256"),
        (
            lambda d: d.begin(LearningSettings(rule=LearningRule.MANHATTAN)),
            "rule must be the chip's perceptron, not manhattan",
        ),
        (lambda d: d.begin(LearningSettings(slots=9)), "slots must be at most the chip's 8, not 9"),
    ],
)
def test_what_the_chip_cannot_do_is_refused_before_anything_is_written(what, message):
    words, driver = connected(2)
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        asyncio.run(what(driver))
    assert words.order == []


def test_a_chip_that_is_not_built_for_it_is_refused():
    spec = learning_chip()
    with pytest.raises(HardwareError, match="^chip 'chip' must have a section 'learning' and be "):
        LearningDriver(SimpleNamespace(features=Features()), spec)


def test_given_errors_move_the_weights_of_a_whole_core(run_bench):
    chip = LearningChip(rule="threshold", slots=8)
    chosen = LearningSettings(rule=LearningRule.THRESHOLD, given=True, threshold=20)

    async def host(ctx):
        await chip.prepare(ctx, chosen)

        class Wired(Words):
            async def write(self, address, words):
                await chip.put(ctx, address, *words)

            async def read(self, address, count):
                return [await chip.get(ctx, address + 4 * place) for place in range(count)]

            async def read_register(self, name):
                return (await self.read(self.table.register(name).offset, 1))[0]

        driver = LearningDriver(Wired(chip.spec), chip.spec)
        oracle = LearningOracle(learning_shape(chip.spec), chosen)
        for inputs, errors in (([7, -3, 0], [100, -3]), ([1, 2, -6], [-256, 8])):
            await chip.see(ctx, inputs)
            chip.pulsed.clear()
            await driver.learn_errors(errors)
            assert chip.pulsed == cell_pulses(oracle.learn(inputs, errors, 0)) != []
        assert (await driver.counts()).left == oracle.left

    run_bench(chip.dut, host, *chip.serving)
