import numpy as np
import pytest

from ohmloom_hw.uartbone import UartBone, UartBoneParser

SILENCE = 500
REFUSED = 0x0FFC


class Board:
    """The parser between a memory with a refused word and bytes."""

    def __init__(self, rng=None):
        self.dut, self.rng = UartBoneParser(SILENCE), rng
        self.memory, self.writes, self.sent, self.faults = {}, [], bytearray(), 0

    async def bus(self, ctx):
        bus = self.dut.bus
        while True:
            await ctx.tick()
            if not ctx.get(bus.stb):
                continue
            if self.rng is not None:
                await ctx.tick().repeat(int(self.rng.integers(1, 9)))
            address = ctx.get(bus.addr)
            refused = address == REFUSED or address % 4 != 0
            if ctx.get(bus.write) and not refused:
                self.memory[address] = ctx.get(bus.w_data)
                self.writes.append((address, ctx.get(bus.w_data)))
            ctx.set(bus.r_data, self.memory.get(address, 0))
            ctx.set(bus.err, refused)
            ctx.set(bus.ack, 1)
            await ctx.tick()
            ctx.set(bus.ack, 0)

    async def line(self, ctx):
        while True:
            ready = self.rng is None or bool(self.rng.integers(2))
            ctx.set(self.dut.sent.ready, ready)
            if ready and ctx.get(self.dut.sent.valid):
                self.sent.append(ctx.get(self.dut.sent.payload))
            self.faults += ctx.get(self.dut.fault)
            await ctx.tick()

    async def send(self, ctx, data):
        for byte in data:
            ctx.set(self.dut.received.payload, byte)
            ctx.set(self.dut.received.valid, 1)
            await ctx.tick()
            ctx.set(self.dut.received.valid, 0)
            await ctx.tick().repeat(30)

    def run(self, run_bench, bench, most_cycles=60_000):
        run_bench(self.dut, bench, self.bus, self.line, most_cycles=most_cycles)


@pytest.mark.guarantee("G10", "uartbone")
@pytest.mark.parametrize("seed", [None, 1])
def test_vectors_of_the_protocol_give_what_litex_gives(seed, run_bench):
    board = Board(None if seed is None else np.random.default_rng(seed))

    async def bench(ctx):
        # Two words up from word 0x4000, which is byte 0x10000.
        await board.send(ctx, bytes.fromhex("01 02 00004000 12345678 9abcdef0"))
        assert board.writes == [(0x10000, 0x12345678), (0x10004, 0x9ABCDEF0)]
        await board.send(ctx, bytes.fromhex("02 02 00004000"))
        await ctx.tick().repeat(200)
        assert board.sent.hex() == "123456789abcdef0"
        # Three words to the same place.
        await board.send(ctx, bytes.fromhex("03 03 00004001 00000001 00000002 00000003"))
        assert board.writes[2:] == [(0x10004, 1), (0x10004, 2), (0x10004, 3)]
        await board.send(ctx, bytes.fromhex("04 02 00004001"))
        await ctx.tick().repeat(200)
        assert board.sent.hex() == "123456789abcdef0" + "00000003" * 2
        assert board.faults == 0

    board.run(run_bench, bench)


def test_longest_burst_passes(run_bench):
    board = Board()
    words = np.random.default_rng(2).integers(0, 2**32, 255).tolist()

    async def bench(ctx):
        payload = b"".join(word.to_bytes(4, "big") for word in words)
        await board.send(ctx, bytes.fromhex("01 ff 00004000") + payload)
        await board.send(ctx, bytes.fromhex("02 ff 00004000"))
        await ctx.tick().repeat(2000)
        assert bytes(board.sent) == payload

    board.run(run_bench, bench)


@pytest.mark.guarantee("G10", "uartbone")
@pytest.mark.parametrize("request_", ["00 01 00000000", "05 01 00000000", "01 00 00000000"])
def test_unknown_command_or_no_words_does_nothing_and_the_next_request_is_taken(
    request_, run_bench
):
    board = Board()

    async def bench(ctx):
        await board.send(ctx, bytes.fromhex(request_))
        await board.send(ctx, bytes.fromhex("01 01 00004000 00000007"))
        assert board.writes == [(0x10000, 7)]
        assert (bytes(board.sent), board.faults) == (b"", 1)

    board.run(run_bench, bench)


@pytest.mark.guarantee("G10", "uartbone")
@pytest.mark.parametrize("kept", [1, 2, 5, 7, 9])
def test_request_that_is_cut_short_is_forgotten_after_the_silence(kept, run_bench):
    board = Board()
    whole = bytes.fromhex("01 01 00004000 000000ff")

    async def bench(ctx):
        await board.send(ctx, whole[:kept])
        await ctx.tick().repeat(SILENCE - 60)
        assert board.faults == 0
        await ctx.tick().repeat(100)
        assert board.faults == 1
        await board.send(ctx, bytes.fromhex("01 01 00004001 00000007"))
        assert board.writes == [(0x10004, 7)]

    board.run(run_bench, bench)


def test_pauses_shorter_than_the_silence_change_nothing(run_bench):
    board = Board()

    async def bench(ctx):
        for byte in bytes.fromhex("01 01 00004000 000000ff"):
            await board.send(ctx, bytes([byte]))
            await ctx.tick().repeat(SILENCE - 60)
        assert board.writes == [(0x10000, 0xFF)]
        assert board.faults == 0

    board.run(run_bench, bench)


@pytest.mark.parametrize("address", ["000003ff", "00400000", "ffffffff"])
def test_refused_read_gives_ones_and_refused_write_nothing(address, run_bench):
    board = Board()

    async def bench(ctx):
        await board.send(ctx, bytes.fromhex("01 01" + address + "00000007"))
        await board.send(ctx, bytes.fromhex("02 01" + address))
        await ctx.tick().repeat(50)
        assert board.writes == []
        assert board.sent.hex() == "ffffffff"
        assert board.faults == 2

    board.run(run_bench, bench)


def test_serial_line_carries_requests_and_answers(run_bench):
    divisor = 4
    dut = UartBone(divisor, 4000)
    got = bytearray()

    async def memory(ctx):
        word = 0
        while True:
            await ctx.tick()
            if ctx.get(dut.bus.stb):
                if ctx.get(dut.bus.write):
                    word = ctx.get(dut.bus.w_data)
                ctx.set(dut.bus.r_data, word)
                ctx.set(dut.bus.ack, 1)
                await ctx.tick()
                ctx.set(dut.bus.ack, 0)

    async def line(ctx):
        await ctx.tick()
        while True:
            while ctx.get(dut.tx):
                await ctx.tick()
            await ctx.tick().repeat(divisor + divisor // 2)
            byte = 0
            for place in range(8):
                byte |= ctx.get(dut.tx) << place
                await ctx.tick().repeat(divisor)
            got.append(byte)

    async def bench(ctx):
        ctx.set(dut.rx, 1)
        await ctx.tick().repeat(8)
        for byte in bytes.fromhex("01 01 00004000 c0ffee01 02 01 00004000"):
            for level in (0, *((byte >> place) & 1 for place in range(8)), 1):
                ctx.set(dut.rx, level)
                await ctx.tick().repeat(divisor)
        await ctx.tick().repeat(400)
        assert got.hex() == "c0ffee01"
        assert ctx.get(dut.frame_errors) == 0

    run_bench(dut, bench, memory, line)
