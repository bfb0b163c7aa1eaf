"""Draws of rows and columns: as said, even, and strangers to each other."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from learning_oracle import COLUMN_POLYNOMIAL, ROW_POLYNOMIAL, Stream, power

from ohmloom_hw.learning.reference import LearningReference
from ohmloom_hw.learning.rules import LearningRule, LearningSettings, LearningShape
from ohmloom_hw.learning.streams import COLUMN_DRAWS, ROW_DRAWS, DrawRegister

BOTH = [(ROW_DRAWS, ROW_POLYNOMIAL), (COLUMN_DRAWS, COLUMN_POLYNOMIAL)]
MILLION = 1_000_000


def _bytes(draws, seed, count):
    found = np.empty(count, dtype=np.int64)
    for number in range(count):
        found[number] = draws.draw(seed)
        seed = draws.after(seed)
    return found


@pytest.mark.parametrize(("draws", "polynomial"), BOTH)
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(1, 2**31 - 1), count=st.integers(1, 40))
def test_gateware_and_reference_draw_powers_of_x(draws, polynomial, seed, count, run_bench):
    expected = Stream(seed, polynomial).take(count).tolist()
    dut = DrawRegister(draws)

    async def bench(ctx):
        ctx.set(dut.seed, seed)
        ctx.set(dut.load, 1)
        await ctx.tick()
        ctx.set(dut.load, 0)
        await ctx.tick()
        ctx.set(dut.draw, 1)
        for byte in expected:
            assert ctx.get(dut.value) == byte
            await ctx.tick()

    run_bench(dut, bench)
    assert _bytes(draws, seed, count).tolist() == expected


@pytest.mark.parametrize("draws", [ROW_DRAWS, COLUMN_DRAWS])
def test_a_seed_of_zero_is_taken_for_one(draws, run_bench):
    dut = DrawRegister(draws)

    async def bench(ctx):
        ctx.set(dut.load, 1)
        await ctx.tick()
        ctx.set(dut.load, 0)
        ctx.set(dut.draw, 1)
        for byte in _bytes(draws, 1, 12):
            assert ctx.get(dut.value) == byte
            await ctx.tick()

    run_bench(dut, bench)


def test_periods_are_the_longest_and_share_no_factor():
    # 2^32 - 1 is 3 x 5 x 17 x 257 x 65537, 2^31 - 1 is prime.
    assert power(2**32 - 1, ROW_POLYNOMIAL) == 1
    for factor in (3, 5, 17, 257, 65537):
        assert power((2**32 - 1) // factor, ROW_POLYNOMIAL) != 1
    assert power(2**31 - 1, COLUMN_POLYNOMIAL) == 1
    assert power(1, COLUMN_POLYNOMIAL) != 1
    # Eight steps a draw: a shift that shares no factor with a period leaves it as long.
    assert np.gcd(8, 2**32 - 1) == np.gcd(8, 2**31 - 1) == np.gcd(2**32 - 1, 2**31 - 1) == 1


@pytest.mark.guarantee("G12", "draws")
@pytest.mark.parametrize("seeds", [(1, 1), (0x9E3779B9, 0x12345678)])
def test_coincidences_are_as_many_as_chances_say(seeds, figure):
    rows, columns = _bytes(ROW_DRAWS, seeds[0], MILLION), _bytes(COLUMN_DRAWS, seeds[1], MILLION)
    for row_chance in (1, 16, 100, 200, 256):
        for column_chance in (1, 16, 100, 200, 256):
            expected = row_chance * column_chance / 256**2
            rate = ((rows < row_chance) & (columns < column_chance)).mean()
            error = np.sqrt(expected * (1 - expected) / MILLION)
            assert abs(rate - expected) <= 4 * error
            if error:
                off = float(abs(rate - expected) / error)
                figure("farthest coincidence rate from its chance [sigma]", off, merge="most")
    figure("draws of rows and columns", MILLION)


@pytest.mark.guarantee("G12", "draws")
def test_pulses_of_the_stochastic_rule_are_as_many_as_products_say():
    shape = LearningShape(inputs=4, outputs=2)
    chosen = LearningSettings(rule=LearningRule.STOCHASTIC, given=True, slots=32)
    model = LearningReference(shape, chosen)
    inputs, errors, samples = [40, 90, -150, 255], [-60, 128], MILLION // (32 * 8)
    totals = np.zeros((4, 2))
    for _ in range(samples):
        for pulse in model.learn(inputs, errors):
            totals[pulse.row, pulse.column] += pulse.number if pulse.up else -pulse.number
    chances = np.outer(inputs, errors) / 256**2
    error = np.sqrt(np.abs(chances) * (1 - np.abs(chances)) / (32 * samples))
    assert (np.abs(totals / (32 * samples) - chances) <= 4 * error).all()


def _correlation(rows, columns, lag):
    count = len(rows) - abs(lag)
    first = rows[max(lag, 0) :][:count] - 127.5
    second = columns[max(-lag, 0) :][:count] - 127.5
    return (first * second).mean() / (first.std() * second.std())


@pytest.mark.guarantee("G12", "draws")
@pytest.mark.parametrize("seeds", [(1, 1), (0x9E3779B9, 0x12345678)])
def test_rows_and_columns_are_uncorrelated(seeds, figure):
    count = MILLION // 4
    rows, columns = _bytes(ROW_DRAWS, seeds[0], count), _bytes(COLUMN_DRAWS, seeds[1], count)
    lags = range(-64, 65)
    largest = max(abs(_correlation(rows, columns, lag)) for lag in lags)
    assert largest < 4 / np.sqrt(count - 64)
    figure("largest correlation of rows and columns", float(largest), merge="most")
    # Nor is a row to the next one, which draws a few bytes later.
    for draws in (rows, columns):
        assert max(abs(_correlation(draws, draws, lag)) for lag in range(1, 65)) < 4 / np.sqrt(
            count - 64
        )


@pytest.mark.guarantee("G12", "draws")
def test_the_measure_finds_two_phases_of_one_register():
    rows = _bytes(ROW_DRAWS, 1, 4096)
    early, late = rows[:-37], rows[37:]
    assert max(_correlation(early, late, lag) for lag in range(-64, 65)) > 0.99
