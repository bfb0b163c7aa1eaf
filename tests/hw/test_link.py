import subprocess

import numpy as np
import pytest
from amaranth.back import verilog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ohmloom_hw.frame import Command, Reply, Request, Status, encode_reply, encode_request
from ohmloom_hw.link import Link

DIVISOR = 4
REFUSED = 0x0FFC


def read(sequence, address, count):
    return encode_request(
        Request(sequence=sequence, command=Command.READ, address=address, count=count)
    )


def write(sequence, address, *words):
    return encode_request(
        Request(
            sequence=sequence,
            command=Command.WRITE,
            address=address,
            count=len(words),
            words=words,
        )
    )


def reply(sequence, *words, status=Status.OK):
    return encode_reply(Reply(sequence=sequence, status=status, words=words))


class Board:
    """The link between a memory with a refused word and a line that is driven bit by bit."""

    def __init__(self, seed=None):
        self.dut = Link(DIVISOR)
        self.rng = None if seed is None else np.random.default_rng(seed)
        self.memory, self.writes, self.sent = {}, [], bytearray()

    async def bus(self, ctx):
        bus = self.dut.bus
        while True:
            await ctx.tick()
            if not ctx.get(bus.stb):
                continue
            if self.rng is not None:
                await ctx.tick().repeat(int(self.rng.integers(1, 20)))
            address = ctx.get(bus.addr)
            refused = address == REFUSED
            if ctx.get(bus.write) and not refused:
                self.memory[address] = ctx.get(bus.w_data)
                self.writes.append((address, ctx.get(bus.w_data)))
            ctx.set(bus.r_data, self.memory.get(address, 0))
            ctx.set(bus.err, refused)
            ctx.set(bus.ack, 1)
            await ctx.tick()
            ctx.set(bus.ack, 0)

    async def line(self, ctx):
        """Collect what is sent."""
        await ctx.tick()
        while True:
            while ctx.get(self.dut.tx):
                await ctx.tick()
            await ctx.tick().repeat(DIVISOR + DIVISOR // 2)
            byte = 0
            for place in range(8):
                byte |= ctx.get(self.dut.tx) << place
                await ctx.tick().repeat(DIVISOR)
            assert ctx.get(self.dut.tx)
            self.sent.append(byte)

    async def send(self, ctx, line, *, stop=1):
        for byte in line:
            for level in (0, *((byte >> place) & 1 for place in range(8)), stop):
                ctx.set(self.dut.rx, level)
                await ctx.tick().repeat(DIVISOR)
            ctx.set(self.dut.rx, 1)
            if self.rng is not None:
                await ctx.tick().repeat(int(self.rng.integers(1, 12)))

    async def start(self, ctx):
        ctx.set(self.dut.rx, 1)
        await ctx.tick().repeat(8)

    async def rest(self, ctx):
        """Wait until nothing more is sent."""
        quiet = 0
        while quiet < 700:
            await ctx.tick()
            quiet = quiet + 1 if ctx.get(self.dut.tx) else 0

    def counts(self, ctx):
        return ctx.get(self.dut.crc_errors), ctx.get(self.dut.frame_errors)


@pytest.mark.parametrize("seed", [None, 5])
def test_frames_read_and_write_words(seed, run_bench):
    board = Board(seed)

    async def bench(ctx):
        await board.start(ctx)
        await board.send(ctx, write(1, 0x10000, 0x12345678, 0, 0xFFFFFFFF))
        await board.rest(ctx)
        await board.send(ctx, read(2, 0x10000, 3))
        await board.rest(ctx)
        assert board.writes == [(0x10000, 0x12345678), (0x10004, 0), (0x10008, 0xFFFFFFFF)]
        assert bytes(board.sent) == reply(1) + reply(2, 0x12345678, 0, 0xFFFFFFFF)
        assert board.counts(ctx) == (0, 0)

    run_bench(board.dut, bench, board.bus, board.line)


def test_longest_frames_pass(run_bench):
    board = Board()
    words = tuple(np.random.default_rng(3).integers(0, 2**32, 60).tolist())

    async def bench(ctx):
        await board.start(ctx)
        await board.send(ctx, write(1, 0x50000, *words))
        await board.rest(ctx)
        await board.send(ctx, read(2, 0x50000, 60))
        await board.rest(ctx)
        assert bytes(board.sent) == reply(1) + reply(2, *words)

    run_bench(board.dut, bench, board.bus, board.line, most_cycles=40_000)


def test_refused_words_and_unknown_commands_have_a_status(run_bench):
    board = Board()
    unknown = encode_request(Request(sequence=4, command=77, address=0, count=1))

    async def bench(ctx):
        await board.start(ctx)
        for frame in (read(3, REFUSED - 4, 2), unknown, write(5, REFUSED, 1)):
            await board.send(ctx, frame)
            await board.rest(ctx)
        assert board.writes == []
        assert bytes(board.sent) == (
            reply(3, REFUSED, status=Status.BUS_ERROR)
            + reply(4, status=Status.BAD_REQUEST)
            + reply(5, REFUSED, status=Status.BUS_ERROR)
        )
        assert board.counts(ctx) == (0, 0)

    run_bench(board.dut, bench, board.bus, board.line)


@pytest.mark.guarantee("G10", "bad-frames")
@pytest.mark.guarantee("G10", "resync")
@settings(
    deadline=None, max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(place=st.integers(0, 10**6), flip=st.integers(1, 255))
def test_corrupted_frame_changes_nothing_and_the_next_frame_is_taken(place, flip, run_bench):
    board = Board()
    frame = bytearray(write(1, 0x20000, 0xA5A5A5A5, 0x01020304))
    frame[place % (len(frame) - 1)] ^= flip

    async def bench(ctx):
        await board.start(ctx)
        await board.send(ctx, bytes(frame))
        await board.rest(ctx)
        assert board.writes == []
        assert bytes(board.sent) == b""
        assert sum(board.counts(ctx)) >= 1
        # A byte that became zero ends a frame early; what follows it is over at the next zero.
        await board.send(ctx, b"\0" + write(2, 0x20000, 7))
        await board.rest(ctx)
        assert board.writes == [(0x20000, 7)]
        assert bytes(board.sent) == reply(2)

    run_bench(board.dut, bench, board.bus, board.line)


@pytest.mark.guarantee("G10", "resync")
@pytest.mark.parametrize("seed", range(6))
def test_first_whole_frame_after_garbage_is_taken(seed, run_bench):
    board, rng = Board(), np.random.default_rng(seed)
    garbage = bytes(rng.integers(0, 256, int(rng.integers(1, 60))).tolist()) + b"\0"

    async def bench(ctx):
        await board.start(ctx)
        await board.send(ctx, garbage)
        await board.send(ctx, write(9, 0x30000, 0xC0FFEE))
        await board.rest(ctx)
        assert board.writes == [(0x30000, 0xC0FFEE)]
        assert bytes(board.sent) == reply(9)

    run_bench(board.dut, bench, board.bus, board.line)


@pytest.mark.guarantee("G10", "resync")
@pytest.mark.parametrize("kept", [1, 5, 11])
def test_frame_after_one_that_was_cut_short_is_taken(kept, run_bench):
    board = Board()

    async def bench(ctx):
        await board.start(ctx)
        await board.send(ctx, write(1, 0x20000, 0x11111111)[:kept] + b"\0")
        await board.send(ctx, write(2, 0x20000, 0x22222222))
        await board.rest(ctx)
        assert board.writes == [(0x20000, 0x22222222)]
        assert bytes(board.sent) == reply(2)
        assert board.counts(ctx) == (0, 1)

    run_bench(board.dut, bench, board.bus, board.line)


@pytest.mark.guarantee("G10", "resync")
def test_frame_with_a_broken_byte_is_counted_and_the_next_frame_is_taken(run_bench):
    board = Board()
    frame = write(1, 0x20000, 0x11111111)

    async def bench(ctx):
        await board.start(ctx)
        await board.send(ctx, frame[:4])
        await board.send(ctx, frame[4:5], stop=0)
        await ctx.tick().repeat(DIVISOR)
        await board.send(ctx, frame[5:])
        await board.send(ctx, write(2, 0x20000, 0x22222222))
        await board.rest(ctx)
        assert board.writes == [(0x20000, 0x22222222)]
        assert bytes(board.sent) == reply(2)
        assert board.counts(ctx) == (0, 1)

    run_bench(board.dut, bench, board.bus, board.line)


@pytest.mark.guarantee("G10", "once")
def test_request_that_comes_again_is_answered_again_and_carried_out_once(run_bench):
    board = Board()

    async def bench(ctx):
        await board.start(ctx)
        await board.send(ctx, write(7, 0x20000, 1) + b"\0")
        await board.rest(ctx)
        await board.send(ctx, write(7, 0x20000, 1))
        await board.rest(ctx)
        # Other words under the same number are another request, and so is the same number later.
        await board.send(ctx, write(7, 0x20000, 2))
        await board.rest(ctx)
        await board.send(ctx, read(8, 0x20000, 1))
        await board.rest(ctx)
        await board.send(ctx, read(8, 0x20000, 1))
        await board.rest(ctx)
        await board.send(ctx, write(7, 0x20000, 2))
        await board.rest(ctx)
        assert board.writes == [(0x20000, 1), (0x20000, 2), (0x20000, 2)]
        assert bytes(board.sent) == reply(7) * 3 + reply(8, 2) * 2 + reply(7)
        assert ctx.get(board.dut.repeats) == 2

    run_bench(board.dut, bench, board.bus, board.line)


def test_number_0_is_carried_out_each_time(run_bench):
    board = Board()

    async def bench(ctx):
        await board.start(ctx)
        for _ in range(2):
            await board.send(ctx, write(0, 0x20000, 5))
            await board.rest(ctx)
        assert board.writes == [(0x20000, 5)] * 2
        assert bytes(board.sent) == reply(0) * 2
        assert ctx.get(board.dut.repeats) == 0

    run_bench(board.dut, bench, board.bus, board.line)


def test_frames_that_follow_without_a_pause_are_all_answered(run_bench):
    board = Board()
    frame = write(1, 0x20000, *range(5))

    async def bench(ctx):
        await board.start(ctx)
        await board.send(ctx, frame + frame + read(2, 0x20000, 2))
        await board.rest(ctx)
        assert len(board.writes) == 5
        assert bytes(board.sent) == reply(1) + reply(1) + reply(2, 0, 1)
        assert ctx.get(board.dut.repeats) == 1

    run_bench(board.dut, bench, board.bus, board.line)


def test_verilog_is_clean_and_the_same_each_time(tmp_path):
    first, second = (verilog.convert(Link(DIVISOR), name="link", emit_src=False) for _ in range(2))
    assert first == second
    path = tmp_path / "link.v"
    path.write_text(first)
    ran = subprocess.run(
        ["iverilog", "-g2005", "-Wall", "-o", str(tmp_path / "link.vvp"), str(path)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout + ran.stderr == ""
