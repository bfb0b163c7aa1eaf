import re

import pytest

from ohmloom_analog.errors import HardwareError
from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.analyser_registers import probes, words_per_sample
from ohmloom_hw.capture import Trigger, arm, collect, read_trigger
from ohmloom_hw.features import Features
from ohmloom_hw.registers import register_table

SPEC = ChipSpec.parse(
    {
        "tile": [{"rows": 4, "columns": 3}],
        "adc": {"bits": 16},
        "input": {"bits": 12, "slice_bits": 12},
    }
)
DEPTH = 8
TABLE = register_table(SPEC, Features(analyser_depth=DEPTH))


class Registers:
    """What a driver reaches, as numbers; the analyser is done after some looks."""

    def __init__(self, features, polls=3, first=5):
        self.features, self.table, self.polls, self.first = features, TABLE, polls, first
        self.words, self.written = {}, []

    async def read_register(self, name):
        if name != "ANALYSER_STATUS":
            return self.words[name]
        self.polls -= 1
        return (4 if self.polls <= 0 else 1) | self.first << 16

    async def write_register(self, name, word):
        self.words[name] = word
        self.written.append(name)

    async def read(self, address, count):
        assert address == TABLE.window("ANALYSER").base
        assert count == DEPTH * words_per_sample(SPEC)
        return list(range(count))


def settle(work):
    try:
        work.send(None)
    except StopIteration as end:
        return end.value
    message = "nothing here waits"
    raise AssertionError(message)


def refused(kind, message, work):
    with pytest.raises(kind, match=f"^{re.escape(message)}$"):
        work()


WITH, WITHOUT = Features(analyser_depth=DEPTH), Features()


def test_the_ring_is_turned_so_that_the_oldest_comes_first():
    chip = Registers(WITH)
    settle(arm(chip, Trigger(mask=3, value=1), before=2, period=7))
    found = settle(collect(chip, SPEC, force=False))
    assert words_per_sample(SPEC) == 2
    # Word n of the window reads as n here, and samples begin at even words.
    order = [5, 6, 7, 0, 1, 2, 3, 4]
    assert found.samples == tuple(2 * n | (2 * n + 1) << 32 for n in order)
    assert (found.before, found.period) == (2, 7)
    assert found.seconds == 7 / SPEC.clock


def test_it_is_armed_after_all_else_is_set():
    chip = Registers(WITH)
    settle(arm(chip, Trigger(mask=3, value=1), before=2, period=7))
    assert chip.written[-1] == "ANALYSER_CTRL"
    assert chip.words["ANALYSER_CTRL"] == 1
    assert (chip.words["ANALYSER_MASK"], chip.words["ANALYSER_VALUE"]) == (3, 1)


def test_a_trigger_that_does_not_come_is_an_error():
    message = "logic analyser must be done within 9 polls, not wait for its trigger still"
    refused(
        HardwareError,
        message,
        lambda: settle(collect(Registers(WITH, polls=99), SPEC, force=False, polls=9)),
    )


def test_force_triggers():
    chip = Registers(WITH)
    settle(arm(chip, Trigger(), before=0, period=1))
    settle(collect(chip, SPEC, force=True))
    assert chip.words["ANALYSER_CTRL"] == 2


def test_a_chip_without_an_analyser_is_refused():
    message = "chip must be built with a logic analyser to record, not without"
    refused(
        HardwareError,
        message,
        lambda: settle(arm(Registers(WITHOUT), Trigger(), before=0, period=1)),
    )


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ({"before": 8, "period": 1}, "samples before the trigger must be from 0 to 7, not 8"),
        ({"before": 0, "period": 0}, "period must be from 1 to 65535, not 0"),
    ],
)
def test_numbers_out_of_range_are_refused(numbers, message):
    refused(ValueError, message, lambda: settle(arm(Registers(WITH), Trigger(), **numbers)))


def test_conditions_become_bits_of_a_sample():
    low = {probe.name: probe.low for probe in probes(SPEC)}
    trigger = read_trigger(SPEC, {"busy": 1, "done": 0})
    assert trigger.mask == 1 << low["busy"] | 1 << low["done"]
    assert trigger.value == 1 << low["busy"]


@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        (
            {"bussy": 1},
            (
                "probe must be one of busy, error, gathering, converting, finishing, start, done, "
                "clipped, access, step, select, level, code, not 'bussy'"
            ),
        ),
        ({"busy": 2}, "busy must be in [0, 1], not 2"),
        ({"code": 1}, "code must lie in bits 0 to 31 to be waited for, not above"),
    ],
)
def test_conditions_that_cannot_be_met_are_refused(conditions, message):
    refused(ValueError, message, lambda: read_trigger(SPEC, conditions))
