"""Learning through the registers of a whole core: the pulses of the oracle, and a safe end."""

import pytest
from learning_chip import (
    ABORT,
    COLUMNS,
    CTRL,
    ERROR,
    ERRORS,
    HOST_TIMEOUT,
    INPUT,
    KEY,
    LEARN_CTRL,
    LEARN_STATUS,
    LEFT,
    LINES,
    MISTAKES,
    PULSES,
    REFUSED,
    RESTART,
    ROWS,
    RULE,
    SKIPPED,
    START,
    STATUS,
    TARGET,
    WEAR,
    WRITE_CTRL,
    WRITE_ERROR,
    WRITE_KEY,
    WRITE_LAST,
    WRITE_PULSES,
    WRITE_STATUS,
    WRITE_TILE,
    WRITTEN,
    LearningChip,
    cell_pulses,
    learning_chip,
    rule_words,
)
from learning_oracle import LearningOracle

from ohmloom_analog.level_program import level_programs
from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.features import Features
from ohmloom_hw.learning.registers import learning_shape
from ohmloom_hw.learning.rules import LearningRule, LearningSettings
from ohmloom_hw.program_registers import WriteError
from ohmloom_hw.registers import register_table
from ohmloom_hw.run_errors import ErrorCode

SETTINGS = {
    LearningRule.PERCEPTRON: {"theta": 1, "margin": 60},
    LearningRule.MANHATTAN: {"batch": 2, "target_high": 40, "target_low": -30, "threshold": 20},
    LearningRule.THRESHOLD: {"target_high": 50, "target_low": -60, "threshold": 150},
    LearningRule.STOCHASTIC: {"slots": 4, "input_gain": 5, "error_gain": 1, "row_seed": 77},
    LearningRule.STDP: {"given": True, "trace_step": 255, "column_seed": 5, "trace_shift": 1},
}
EVERY = LearningSettings(margin=2**31 - 1)
"""Every input that isn't 0 gives pulses on both columns."""


def settings(rule, **changes):
    return LearningSettings(rule=rule, **{**SETTINGS[rule], **changes})


def prepared(rule=LearningRule.PERCEPTRON, **how):
    return LearningChip(rule=rule.name.lower(), slots=8, **how)


async def sample(chip, ctx, oracle, tile, *, given=False):
    """Learn from a random sample; check its pulses against the oracle."""
    inputs = [chip.rng.randint(-7, 7) for _ in range(ROWS)]
    label = chip.rng.randrange(COLUMNS)
    sums = await chip.see(ctx, inputs)
    if given:
        sums = [chip.rng.choice((-200, -3, 0, 0, 2, 255)) for _ in range(COLUMNS)]
        for column, error in enumerate(sums):
            await chip.put(ctx, ERRORS + 4 * column, error % 2**32)
    chip.pulsed.clear()
    assert await chip.learn(ctx, label) == (2, 0)
    found = oracle.learn(inputs, sums, label)
    assert chip.pulsed == cell_pulses(found, tile)
    assert await chip.get(ctx, WRITE_PULSES) == len(chip.pulsed)
    return sum(number for *_, number in found)


@pytest.mark.parametrize(
    ("rule", "stall"),
    [
        (LearningRule.PERCEPTRON, 0),
        (LearningRule.PERCEPTRON, 6),
        (LearningRule.MANHATTAN, 6),
        (LearningRule.THRESHOLD, 0),
        (LearningRule.STOCHASTIC, 6),
        (LearningRule.STDP, 0),
    ],
)
def test_the_pulses_on_cells_are_those_of_the_oracle(rule, stall, run_bench):
    chip = prepared(rule, seed=3, stall=stall)
    tile = int(stall > 0)

    async def host(ctx):
        for budget, samples in ((5, 1), (2**32 - 1, 3)):
            chosen = settings(rule, budget=budget)
            await chip.prepare(ctx, chosen, tile)
            oracle = LearningOracle(learning_shape(chip.spec), chosen)
            done = [
                await sample(chip, ctx, oracle, tile, given=chosen.given) for _ in range(samples)
            ]
            assert await chip.get(ctx, PULSES) == sum(done)
            assert await chip.get(ctx, LEFT) == oracle.left
            assert await chip.get(ctx, REFUSED) == oracle.refused
            assert await chip.get(ctx, MISTAKES) == oracle.mistakes
            assert await chip.get(ctx, SKIPPED) == 0
        assert sum(done) > 0

    run_bench(chip.dut, host, *chip.serving, most_cycles=60_000)


def test_the_numbers_of_a_rule_are_kept_and_without_a_restart_nothing_is_allowed(run_bench):
    chip = prepared()

    async def host(ctx):
        chosen = LearningSettings(
            theta=255, margin=2**31 - 1, threshold=3, sum_shift=31, target_high=-1, target_low=-128,
            batch=65535, slots=8, input_gain=8, error_gain=7, trace_shift=7, trace_step=255,
            eta_shift=5, row_seed=2**32 - 1, column_seed=2**31 - 1, budget=99,
        )  # fmt: skip
        await chip.put(ctx, RULE, *rule_words(chosen))
        words = [await chip.get(ctx, RULE + 4 * place) for place in range(8)]
        assert words == rule_words(chosen)
        await chip.put(ctx, WRITE_KEY, KEY)
        ctx.set(chip.dut.write_enable, 1)
        await ctx.tick().repeat(3)
        assert await chip.learn(ctx) == (2, 0)
        assert await chip.get(ctx, LEFT) == 0
        assert chip.pulsed == []
        await chip.put(ctx, LEARN_CTRL, RESTART)
        assert await chip.get(ctx, LEFT) == 99

    run_bench(chip.dut, host, *chip.serving)


def test_cells_that_are_locked_or_given_up_get_no_pulse_and_their_partners_do(run_bench):
    chip = prepared(seed=1)

    async def host(ctx):
        await chip.prepare(ctx, EVERY)
        # Of five cells a row: row 0, line 1 is locked; row 1, line 2 and row 2, line 3 given up.
        await chip.put(ctx, TARGET, 1 << 31)
        for row, line, status in ((1, 2, 2), (2, 3, 6), (2, 0, 1), (0, 0, 4)):
            await chip.put(ctx, WRITTEN + 4 * (5 * row + line), status << 29)
        await chip.see(ctx, [1, -2, 3])
        assert await chip.learn(ctx, 0) == (2, 0)
        wanted = cell_pulses(
            [(row, column, (row == 1) == column, 1) for column in range(2) for row in range(3)]
        )
        spared = {(0, 0, 1), (0, 1, 2), (0, 2, 3)}
        assert chip.pulsed == [pulse for pulse in wanted if pulse[1:] not in spared]
        assert len(chip.pulsed) == 9
        assert await chip.get(ctx, SKIPPED) == 3
        assert await chip.get(ctx, PULSES) == 6
        for row in range(ROWS):
            for line in range(LINES):
                wear = await chip.get(ctx, WEAR + 4 * (5 * row + line))
                ways = [pulse[0] for pulse in chip.pulsed if pulse[2:] == (row, line)]
                assert (wear & 0xFFFF, wear >> 16) == (ways.count(1), ways.count(2))

    run_bench(chip.dut, host, *chip.serving)


def test_without_pin_or_key_or_such_a_tile_nothing_is_learnt(run_bench):
    chip = prepared()

    async def host(ctx):
        await chip.prepare(ctx, EVERY)
        await chip.see(ctx, [7, 7, 7])
        ctx.set(chip.dut.write_enable, 0)
        await ctx.tick().repeat(3)
        assert await chip.learn(ctx) == (4, WriteError.INTERLOCK)
        ctx.set(chip.dut.write_enable, 1)
        await chip.put(ctx, WRITE_KEY, KEY + 1)
        await ctx.tick().repeat(3)
        assert await chip.learn(ctx) == (4, WriteError.INTERLOCK)
        await chip.put(ctx, WRITE_KEY, KEY)
        await chip.put(ctx, WRITE_TILE, 2)
        assert await chip.learn(ctx) == (4, WriteError.BAD_RANGE)
        assert chip.pulsed == []
        # The rectangle of other jobs is of no account.
        await chip.put(ctx, WRITE_TILE, 0)
        await chip.put(ctx, WRITE_LAST, 99)
        assert await chip.learn(ctx) == (2, 0)
        assert len(chip.pulsed) == 2 * ROWS * COLUMNS

    run_bench(chip.dut, host, *chip.serving)


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ("abort", WriteError.ABORTED),
        ("write abort", WriteError.ABORTED),
        ("run abort", WriteError.ABORTED),
        ("pin", WriteError.INTERLOCK),
        ("key", WriteError.INTERLOCK),
        ("host", WriteError.HOST_LOST),
    ],
)
def test_whatever_ends_a_sample_all_is_off_at_once_and_a_restart_learns_anew(how, code, run_bench):
    chip = prepared(LearningRule.STOCHASTIC, seed=4, stall=2)
    # All slots fire, so that there are pulses for longer than any wait.
    chosen = settings(LearningRule.STOCHASTIC, input_gain=8, error_gain=8)
    chip.aborting = True

    async def end(ctx):
        if how == "pin":
            ctx.set(chip.dut.write_enable, 0)
            await ctx.tick().repeat(4)
        elif how == "host":
            await ctx.tick().repeat(5)
        else:
            address, word = {
                "abort": (LEARN_CTRL, ABORT),
                "write abort": (WRITE_CTRL, 8),
                "run abort": (CTRL, 4),
                "key": (WRITE_KEY, 0),
            }[how]
            await chip.put(ctx, address, word)
            await ctx.tick().repeat(3)

    async def host(ctx):
        await chip.prepare(ctx, chosen)
        # Waits that fall into every state of walk, engine, pairs and operator.
        for wait in (*range(1, 40, 4), *range(40, 120, 13)) if how == "abort" else (9, 70):
            ctx.set(chip.dut.write_enable, 1)
            await chip.put(ctx, WRITE_KEY, KEY)
            await chip.put(ctx, LEARN_CTRL, RESTART)
            assert await chip.get(ctx, LEARN_STATUS) & 8 == 0
            await chip.see(ctx, [7, -5, 3])
            await chip.put(ctx, LEARN_CTRL, START)
            await chip.put(ctx, HOST_TIMEOUT, wait if how == "host" else 0)
            await ctx.tick().repeat(wait)
            await end(ctx)
            assert chip.safe(ctx)
            chip.pulsed.clear()
            await ctx.tick().repeat(40)
            assert chip.pulsed == []
            assert await chip.get(ctx, LEARN_STATUS) == code << 8 | 12, wait
            assert await chip.get(ctx, WRITE_ERROR) == code
            await chip.put(ctx, HOST_TIMEOUT, 0)
        if how != "abort":
            return
        chip.aborting = False
        await chip.prepare(ctx, chosen)
        oracle = LearningOracle(learning_shape(chip.spec), chosen)
        await sample(chip, ctx, oracle, 0)

    run_bench(chip.dut, host, *chip.serving, most_cycles=60_000)


def test_runs_jobs_and_learning_keep_each_other_off(run_bench):
    chip = prepared()

    async def host(ctx):
        await chip.prepare(ctx, EVERY)
        await chip.see(ctx, [7, 6, 5])
        await chip.put(ctx, LEARN_CTRL, START)
        await chip.put(ctx, CTRL, 1)
        await chip.put(ctx, WRITE_CTRL, 1)
        await chip.put(ctx, LEARN_CTRL, RESTART | START)
        for address in (INPUT, RULE, ERRORS, TARGET):
            error, _ = await chip.bus(ctx, address)
            assert error
        assert await chip.finish(ctx) == (2, 0)
        assert chip.pulsed == cell_pulses(
            [(row, column, not column, 1) for column in range(2) for row in range(3)]
        )
        assert await chip.get(ctx, ERROR) & 0xFF == ErrorCode.WRITING
        assert await chip.get(ctx, PULSES) == 6
        # The other way round.
        await chip.put(ctx, CTRL, 1)
        assert await chip.learn(ctx) == (4, WriteError.RUN_BUSY)
        while await chip.get(ctx, STATUS) & 1:
            pass

    run_bench(chip.dut, host, *chip.serving)


def test_a_chip_that_learns_still_tests_its_cells(run_bench):
    chip = prepared()

    async def host(ctx):
        await chip.prepare(ctx, EVERY)
        await chip.put(ctx, WRITE_CTRL, 1 << 4)
        while (status := await chip.get(ctx, WRITE_STATUS)) & 1:
            pass
        assert status & 6 == 2
        # Its end isn't taken for one of a sample.
        assert await chip.get(ctx, LEARN_STATUS) == 0

    run_bench(chip.dut, host, *chip.serving)


def test_after_reset_pulses_are_the_first_ones_of_the_lowest_level():
    spec = learning_chip()
    lowest = level_programs(spec, 0)[0]
    table = register_table(spec, Features(writes=True))
    assert table.register("LEARN_SET").reset == lowest.set.drive.start | lowest.set.gate.start << 16
    assert table.register("LEARN_WIDTH").reset == lowest.set.width.start * 0x10001


def test_a_chip_without_a_programming_engine_has_none_for_learning():
    names = {register.name for register in register_table(learning_chip()).registers}
    assert not any(name.startswith("LEARN") for name in names)


def test_a_chip_with_maps_is_refused():
    features = Features(writes=True, maps=True)
    with pytest.raises(ValueError, match="^maps must be off for a chip that learns, not on$"):
        register_table(learning_chip(), features)


def test_an_engine_is_built_for_chips_that_say_so_alone():
    plain = learning_chip().model_copy(update={"learning": None})
    with pytest.raises(ValueError, match="^chip 'chip' must have a section 'learning' to learn$"):
        learning_shape(ChipSpec.model_validate(plain.model_dump()))
