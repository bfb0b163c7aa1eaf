"""A memory of codewords, held against a plain list, with flips put in."""

import random

import pytest
from amaranth.hdl import Fragment, Module
from amaranth.lib.memory import Memory
from amaranth.sim import Simulator

from ohmloom_hw.corrected_memory import CorrectedMemory, build_memory

DEPTH = 8


async def _scrub(ctx, memory, cycles):
    """Leave the memory to itself for some cycles; return how often it told of a mended word."""
    ctx.set(memory.idle, 1)
    ctx.set(memory.scrub, 1)
    told = 0
    for _ in range(cycles):
        await ctx.tick()
        told += ctx.get(memory.fixed)
    ctx.set(memory.idle, 0)
    return told


def _run(memory, bench):
    simulator = Simulator(memory)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run_until(1e-3)


async def _write(ctx, memory, place, word, en=-1, flips=0):
    port = memory.write_port()
    ctx.set(port.addr, place)
    ctx.set(port.data, word)
    ctx.set(port.en, en)
    ctx.set(memory.flips, flips)
    ctx.set(memory.armed, flips != 0)
    await ctx.tick()
    ctx.set(port.en, 0)
    ctx.set(memory.armed, 0)


async def _read(ctx, memory, place):
    ctx.set(memory.read_port().addr, place)
    await ctx.tick()
    found = ctx.get(memory.read_port().data)
    return found, ctx.get(memory.fixed), ctx.get(memory.failed), ctx.get(memory.wrong)


@pytest.mark.guarantee("G5", "injection")
@pytest.mark.parametrize("granularity", [None, 8, 16])
def test_every_flip_is_corrected_and_told_once(granularity):
    memory = CorrectedMemory(shape=32, depth=DEPTH, granularity=granularity)

    async def bench(ctx):
        word = 0xDEADBEEF
        for bit in range(memory.code.code_bits):
            await _write(ctx, memory, 3, word, flips=1 << bit)
            await _read(ctx, memory, 0)
            assert await _read(ctx, memory, 3) == (word, 1, 0, 0)
            # It stays there, and isn't told again.
            assert await _read(ctx, memory, 3) == (word, 0, 0, 0)
        await _write(ctx, memory, 3, word, flips=0b101)
        await _read(ctx, memory, 0)
        assert (await _read(ctx, memory, 3))[1:] == (0, 1, 1)
        assert ctx.get(memory.place) == 3
        assert (await _read(ctx, memory, 3))[1:] == (0, 0, 1)

    _run(memory, bench)


def test_granules_are_written_and_mended_by_themselves():
    memory = CorrectedMemory(shape=32, depth=DEPTH, granularity=8)

    async def bench(ctx):
        await _write(ctx, memory, 1, 0x11223344)
        await _write(ctx, memory, 1, 0xAABBCCDD, en=0b0010, flips=1)
        assert (await _read(ctx, memory, 1))[0] == 0x1122CC44

    _run(memory, bench)


def test_init_is_read_back_without_a_word_about_errors():
    words = [random.Random(0).getrandbits(16) for _ in range(DEPTH)]
    memory = CorrectedMemory(shape=16, depth=DEPTH, init=words)

    async def bench(ctx):
        for place, word in enumerate(words):
            assert await _read(ctx, memory, place) == (word, 0, 0, 0)

    _run(memory, bench)


def test_scrubbing_mends_while_idle():
    memory = CorrectedMemory(shape=16, depth=DEPTH)

    async def bench(ctx):
        # The read port looks at word 0 meanwhile, so that this one would be told already.
        for place in range(1, DEPTH):
            await _write(ctx, memory, place, 100 + place, flips=1 << place)
        assert await _scrub(ctx, memory, 2 * DEPTH) == DEPTH - 1
        for place in range(1, DEPTH):
            assert await _read(ctx, memory, place) == (100 + place, 0, 0, 0)

    _run(memory, bench)


def test_a_write_of_the_user_goes_before_the_mending():
    memory = CorrectedMemory(shape=16, depth=DEPTH)

    async def bench(ctx):
        await _write(ctx, memory, 0, 5, flips=1)
        await _scrub(ctx, memory, 1)
        await _write(ctx, memory, 0, 9)
        assert (await _read(ctx, memory, 0))[0] == 9

    _run(memory, bench)


def test_nothing_is_mended_in_a_cycle_in_which_somebody_reads():
    memory = CorrectedMemory(shape=16, depth=DEPTH)

    async def bench(ctx):
        await _write(ctx, memory, 0, 5, flips=1)
        await _scrub(ctx, memory, 1)
        assert (await _read(ctx, memory, 0))[0] == 5
        await _read(ctx, memory, 1)
        # It is still wrong, so that nothing was written while it was read.
        assert await _read(ctx, memory, 0) == (5, 1, 0, 0)

    _run(memory, bench)


def test_scrubbing_leaves_a_word_with_two_wrong_bits_as_it_is():
    memory = CorrectedMemory(shape=16, depth=DEPTH)

    async def bench(ctx):
        await _write(ctx, memory, 2, 7, flips=0b11)
        await _scrub(ctx, memory, 2 * DEPTH)
        await _read(ctx, memory, 0)
        assert (await _read(ctx, memory, 2))[2:] == (1, 1)

    _run(memory, bench)


@pytest.mark.parametrize("transparent", [False, True])
def test_what_is_read_while_it_is_written_is_never_called_wrong(transparent):
    memory = CorrectedMemory(shape=16, depth=DEPTH, transparent=transparent)

    async def bench(ctx):
        source = random.Random(1)
        ctx.set(memory.read_port().addr, 4)
        for _ in range(50):
            word = source.getrandbits(16)
            await _write(ctx, memory, 4, word)
            assert not ctx.get(memory.fixed)
            assert not ctx.get(memory.failed)
            if transparent:
                assert ctx.get(memory.read_port().data) == word

    _run(memory, bench)


def test_without_protection_it_is_a_plain_memory():
    module = Module()
    module.submodules.memory = memory = build_memory(protected=False, shape=16, depth=DEPTH)
    Fragment.get(module, None)
    assert isinstance(memory, Memory)
