"""ABN codes: every pair of errors, and what must be noticed of it."""

import itertools

import pytest
from amaranth.sim import Simulator

from ohmloom_hw.codes.an import AnCode

# Words of 8 bits in cells of one bit, times 37 and 3, take 15 positions.
CODE = AnCode(factor=37, positions=tuple(range(15)), detection=3)
SINGLES = [sign << place for place in CODE.positions for sign in (1, -1)]
PAIRS = sorted({a + b for a, b in itertools.combinations_with_replacement(SINGLES, 2)} - {0})


def outcome(error):
    """Return what must come of an error, by trial: failed, and by how much the word is off."""
    if error % 111 == 0:
        return False, error // 111
    # A, B are prime to each other, so that at most one single error is the decoder's guess.
    guesses = [single for single in SINGLES if (error - single) % 37 == 0]
    left = [error - single for single in guesses if error % 37] or [error]
    if left[0] % 37 or left[0] % 111:
        return True, None
    return False, left[0] // 111


@pytest.mark.guarantee("G6", "second-factor")
@pytest.mark.parametrize("word", [*range(0, 256, 5), -1, -255])
def test_every_pair_that_no_correction_makes_a_codeword_is_noticed(word, figure):
    for error in PAIRS:
        found = CODE.decode(CODE.encode(word) + error)
        failed, off = outcome(error)
        assert found.failed == failed
        if not failed:
            assert found.value == word + off
    noticed = sum(outcome(error)[0] for error in PAIRS)
    figure("pairs of errors noticed", noticed)
    figure("pairs of errors that end as another codeword", len(PAIRS) - noticed)


def test_pairs_that_pass_are_few():
    # What is left passes only as a multiple of 111: about one in three of those in the table.
    failed = sum(outcome(error)[0] for error in PAIRS)
    assert failed > 0.6 * len(PAIRS)
    assert failed < len(PAIRS)


@pytest.mark.guarantee("G6", "second-factor")
def test_gateware_notices_the_same_pairs_and_corrects_singles_beside_them():
    decoder = CODE.create(17)
    cases = [(200, error) for error in PAIRS]
    cases += [(word, error) for word in (0, 1, 85, 170, 254, 255) for error in (0, *SINGLES)]
    done = []

    async def bench(ctx):
        for word, error in cases:
            ctx.set(decoder.total, CODE.encode(word) + error)
            ctx.set(decoder.start, 1)
            await ctx.tick()
            ctx.set(decoder.start, 0)
            cycles = 0
            while ctx.get(decoder.busy):
                await ctx.tick()
                cycles += 1
            assert CODE.shortest(17) <= cycles <= decoder.longest
            assert error or cycles == CODE.shortest(17)
            failed, off = (False, 0) if error in (0, *SINGLES) else outcome(error)
            assert ctx.get(decoder.failed) == failed, (word, error)
            if not failed:
                assert ctx.get(decoder.value) == word + off, (word, error)
            if error in SINGLES:
                assert ctx.get(decoder.fixed) == 1
            done.append(error)

    simulator = Simulator(decoder)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run_until(len(cases) * (decoder.longest + 3) * 1e-6)
    assert len(done) == len(cases)
