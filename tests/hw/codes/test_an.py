"""AN and ABN codes: all words and all single errors, in arithmetic and in gateware."""

import itertools

import pytest
from amaranth.sim import Simulator

from ohmloom_hw.codes.an import AnCode, AnWord

# Words of 8 bits in cells of one bit take 13 positions.
EIGHT = AnCode(factor=29, positions=tuple(range(13)))
CHECKED = AnCode(factor=37, positions=tuple(range(15)), detection=3)


def _everything(code, *, words=256):
    """Yield each word clean and with every single error."""
    for word in range(words):
        coded = code.encode(word)
        yield coded, AnWord(value=word, fixed=False, failed=False)
        for position in code.positions:
            for error in (1 << position, -(1 << position)):
                yield coded + error, AnWord(value=word, fixed=True, failed=False)


@pytest.mark.guarantee("G6", "single-errors")
@pytest.mark.parametrize("code", [EIGHT, CHECKED])
def test_every_word_with_every_single_error_is_corrected(code, figure):
    cases = list(_everything(code))
    assert len(cases) == 256 * (1 + 2 * len(code.positions))
    for total, expected in cases:
        assert code.decode(total) == expected
    figure("words decoded by the arithmetic", len(cases))


@pytest.mark.parametrize("sign", [1, -1])
def test_negative_words_are_codewords_too(sign):
    assert EIGHT.decode(EIGHT.encode(sign * 200) + 8).value == sign * 200


@pytest.mark.guarantee("G6", "second-factor")
def test_what_a_correction_leaves_that_is_no_multiple_of_the_second_factor_is_noticed():
    caught = missed = 0
    for first, second in itertools.combinations(CHECKED.positions, 2):
        for signs in itertools.product((1, -1), repeat=2):
            error = signs[0] * (1 << first) + signs[1] * (1 << second)
            found = CHECKED.decode(CHECKED.encode(77) + error)
            # By hand: what is left after the table's error is taken back.
            left = CHECKED.encode(77) + error
            rest = left % 37
            left -= CHECKED.errors.get(rest, 0)
            should = left % 37 != 0 or (left // 37) % 3 != 0
            assert found.failed == should
            caught += should
            missed += not should and found.value != 77
    assert caught > 2 * missed > 0


def _simulate(code, width, cases):
    decoder = code.create(width)
    longest = 0

    async def bench(ctx):
        nonlocal longest
        for total, expected in cases:
            ctx.set(decoder.total, total)
            ctx.set(decoder.start, 1)
            await ctx.tick()
            ctx.set(decoder.start, 0)
            # What comes after the start isn't looked at.
            ctx.set(decoder.total, 0)
            cycles = 0
            while ctx.get(decoder.busy):
                await ctx.tick()
                cycles += 1
                assert cycles <= decoder.longest
            longest = max(longest, cycles)
            found = ctx.get(decoder.value), ctx.get(decoder.fixed), ctx.get(decoder.failed)
            assert found == (expected.value, expected.fixed, expected.failed), total

    simulator = Simulator(decoder)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run_until(len(cases) * (decoder.longest + 3) * 1e-6)
    assert longest > 0


@pytest.mark.guarantee("G6", "single-errors")
def test_gateware_corrects_every_word_of_eight_bits_with_every_single_error(figure):
    cases = list(_everything(EIGHT))
    _simulate(EIGHT, 15, cases)
    figure("words decoded by the gateware", len(cases))
    figure("of these with an error", sum(expected.fixed for _, expected in cases))


@pytest.mark.parametrize("code", [EIGHT, CHECKED])
def test_gateware_is_the_arithmetic_for_whatever_comes(code):
    totals = [*range(-40, 41), -(1 << 15), (1 << 15) - 1, *range(-30_000, 30_000, 977)]
    _simulate(code, 16, [(total, code.decode(total)) for total in totals])


def test_a_factor_that_does_not_tell_errors_apart_is_refused():
    with pytest.raises(ValueError, match=r"^factor must tell 13 positions apart, not be 27$"):
        AnCode(factor=27, positions=tuple(range(13)))
