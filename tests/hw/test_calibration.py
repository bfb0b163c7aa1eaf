import itertools
from fractions import Fraction
from math import floor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ohmloom_analog.correction import calibrate_sum
from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.calibration import UNIT_GAIN, Calibration

SPEC = ChipSpec.parse({"tile": [{"rows": 4, "columns": 2}], "encoding": "offset_column"})
TOP = 2 ** (SPEC.accumulator_bits - 1)
SUMS = st.integers(-TOP, TOP - 1)
CASES = st.lists(st.tuples(SUMS, SUMS, SUMS, st.integers(0, 65535)), min_size=1, max_size=30)


def expected(total: int, common: int, offset: int, gain: int) -> int:
    return floor(Fraction((total - common - offset) * gain, 2**14) + Fraction(1, 2))


@pytest.mark.guarantee("G4", "bit-exact")
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cases=CASES)
def test_result_is_the_rounded_product_for_all_operands(cases, run_bench, figure):
    dut = Calibration(SPEC)
    cases = [*cases, (TOP - 1, -TOP, -TOP, 65535), (-TOP, TOP - 1, TOP - 1, 65535)]

    async def bench(ctx):
        for number in range(len(cases) + dut.latency):
            if number < len(cases):
                total, common, offset, gain = cases[number]
                ctx.set(dut.total, total)
                ctx.set(dut.common, common)
                ctx.set(dut.offset, offset)
                ctx.set(dut.gain, gain)
            if number >= dut.latency:
                assert ctx.get(dut.result) == expected(*cases[number - dut.latency])
            await ctx.tick()

    run_bench(dut, bench)
    figure("random operands, exact", len(cases))


def test_unit_gain_changes_nothing():
    assert expected(12345, 0, 0, UNIT_GAIN) == 12345
    assert UNIT_GAIN == 2**14


SMALL = {
    "tile": [{"rows": 2, "columns": 1, "cell": {"levels": 2}}],
    "weight_bits": 2,
    "input": {"bits": 2, "slice_bits": 1},
    "adc": {"bits": 4},
}
CORNERS = (0, 1, 0x3FFF, 0x4000, 0x8000, 0xFFFF)


@pytest.mark.guarantee("G4", "bit-exact")
@pytest.mark.guarantee("G4", "monotone")
def test_every_sum_at_every_corner_is_that_of_the_integer_reference(run_bench, figure):
    spec = ChipSpec.parse({**SMALL, "ecc": {"drift_factor": True}})
    dut, top = Calibration(spec), 2 ** (spec.accumulator_bits - 1)
    assert spec.accumulator_bits == 7

    async def bench(ctx):
        waiting = []
        for gain, factor, offset in itertools.product(CORNERS, CORNERS, (-top, 0, top - 1)):
            ctx.set(dut.gain, gain)
            ctx.set(dut.factor, factor)
            ctx.set(dut.offset, offset)
            before = None
            for total in range(-top, top):
                ctx.set(dut.total, total)
                waiting.append(calibrate_sum(total, offset=offset, gain=gain, factor=factor))
                if before is not None:
                    assert before <= waiting[-1]
                before = waiting[-1]
                if len(waiting) > dut.latency:
                    assert ctx.get(dut.result) == waiting.pop(0)
                await ctx.tick()

    run_bench(dut, bench, most_cycles=30_000)
    figure("operands at corners, exact", 3 * len(CORNERS) ** 2 * 2 * top)
