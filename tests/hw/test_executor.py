import struct

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ohmloom_hw.executor import Executor

REFUSED = 0x0FFC


class Surroundings:
    """A frame, a bus whose memory refuses one address, and a reply that is kept."""

    def __init__(self, dut, frame, rng=None):
        self.dut, self.frame, self.rng = dut, frame, rng
        self.memory, self.writes = {}, []
        self.reply, self.replies = bytearray(), []

    async def memory_side(self, ctx):
        dut, asked = self.dut, 0
        while True:
            ctx.set(dut.byte, self.frame[asked] if asked < len(self.frame) else 0xEE)
            if ctx.get(dut.reply_begin):
                self.reply.clear()
            if ctx.get(dut.reply_en):
                self.reply.append(ctx.get(dut.reply_byte))
            if ctx.get(dut.reply_commit):
                self.replies.append(bytes(self.reply))
            if ctx.get(dut.release):
                ctx.set(dut.pending, 0)
            asked = ctx.get(dut.address)
            await ctx.tick()

    async def bus_side(self, ctx):
        bus = self.dut.bus
        while True:
            await ctx.tick()
            if not ctx.get(bus.stb):
                continue
            if self.rng is not None:
                await ctx.tick().repeat(int(self.rng.integers(1, 6)))
            assert ctx.get(bus.stb)
            address, refused = ctx.get(bus.addr), ctx.get(bus.addr) == REFUSED
            if ctx.get(bus.write) and not refused:
                self.memory[address] = ctx.get(bus.w_data)
                self.writes.append((address, ctx.get(bus.w_data)))
            ctx.set(bus.r_data, self.memory.get(address, 0xDEAD0000 + address))
            ctx.set(bus.err, refused)
            ctx.set(bus.ack, 1)
            await ctx.tick()
            ctx.set(bus.ack, 0)
            ctx.set(bus.r_data, 0xBAD)

    async def through(self, ctx):
        ctx.set(self.dut.length, len(self.frame))
        ctx.set(self.dut.pending, 1)
        while not self.replies:
            await ctx.tick()
        await ctx.tick()
        assert not ctx.get(self.dut.bus.stb)
        return self.replies[0]


def header(sequence, command, address, count):
    return bytes([sequence, command]) + address.to_bytes(3, "little") + bytes([count])


@settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    words=st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=60),
    address=st.integers(0x10000, 0x3FFFF).map(lambda place: 4 * place),
    seed=st.none() | st.integers(0, 9),
)
def test_write_puts_its_words_at_rising_addresses(words, address, seed, run_bench):
    dut = Executor()
    rng = None if seed is None else np.random.default_rng(seed)
    payload = struct.pack(f"<{len(words)}I", *words)
    around = Surroundings(dut, header(3, 2, address, len(words)) + payload, rng)

    async def bench(ctx):
        assert await around.through(ctx) == bytes([3, 0, 0])
        assert around.writes == [(address + 4 * n, word) for n, word in enumerate(words)]

    run_bench(dut, bench, around.bus_side, around.memory_side)


@pytest.mark.parametrize("count", [1, 2, 60])
@pytest.mark.parametrize("seed", [None, 1])
def test_read_replies_with_the_words(count, seed, run_bench):
    dut = Executor()
    rng = None if seed is None else np.random.default_rng(seed)
    around = Surroundings(dut, header(200, 1, 0x20000, count), rng)
    around.memory = {0x20000 + 4 * n: 0x01020304 * n for n in range(60)}

    async def bench(ctx):
        expected = struct.pack(f"<{count}I", *(0x01020304 * n for n in range(count)))
        assert await around.through(ctx) == bytes([200, 0, count]) + expected
        assert around.writes == []

    run_bench(dut, bench, around.bus_side, around.memory_side)


@pytest.mark.parametrize("command", [1, 2])
@pytest.mark.parametrize("before", [0, 1, 3])
def test_refused_word_is_the_whole_reply_and_ends_the_request(command, before, run_bench):
    dut = Executor()
    address = REFUSED - 4 * before
    payload = bytes(range(20)) if command == 2 else b""
    around = Surroundings(dut, header(9, command, address, 5) + payload)

    async def bench(ctx):
        reply = await around.through(ctx)
        assert reply == bytes([9, 1, 1]) + REFUSED.to_bytes(4, "little")
        assert [place for place, _ in around.writes] == [
            address + 4 * n for n in range(before if command == 2 else 0)
        ]

    run_bench(dut, bench, around.bus_side, around.memory_side)


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param(header(1, 0, 0x100, 1), id="command 0"),
        pytest.param(header(1, 3, 0x100, 1), id="command 3"),
        pytest.param(header(1, 1, 0x100, 0), id="read of nothing"),
        pytest.param(header(1, 1, 0x100, 61), id="read of too much"),
        pytest.param(header(1, 1, 0x100, 1) + bytes(4), id="read with payload"),
        pytest.param(header(1, 2, 0x100, 0), id="write of nothing"),
        pytest.param(header(1, 2, 0x100, 2) + bytes(4), id="write of less than announced"),
        pytest.param(header(1, 2, 0x100, 1) + bytes(8), id="write of more than announced"),
        pytest.param(header(1, 2, 0x100, 1) + bytes(3), id="write of part of a word"),
        pytest.param(header(1, 2, 0x100, 64), id="write of a count that wraps"),
    ],
)
def test_malformed_request_is_refused_and_nothing_is_done(frame, run_bench):
    dut = Executor()
    around = Surroundings(dut, frame)

    async def bench(ctx):
        assert await around.through(ctx) == bytes([1, 2, 0])
        assert around.writes == []

    run_bench(dut, bench, around.bus_side, around.memory_side)


def test_request_waits_until_the_last_reply_is_sent(run_bench):
    dut = Executor()
    around = Surroundings(dut, header(1, 1, 0x100, 1))

    async def bench(ctx):
        ctx.set(dut.reply_busy, 1)
        ctx.set(dut.length, 6)
        ctx.set(dut.pending, 1)
        await ctx.tick().repeat(100)
        assert around.replies == []
        ctx.set(dut.reply_busy, 0)
        assert (await around.through(ctx))[:3] == bytes([1, 0, 1])

    run_bench(dut, bench, around.bus_side, around.memory_side)
