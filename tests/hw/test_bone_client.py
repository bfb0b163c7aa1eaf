import asyncio
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ohmloom_analog.errors import HardwareError, LinkError
from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.bone_client import BoneClient
from ohmloom_hw.driver import Driver
from ohmloom_hw.features import Features
from ohmloom_hw.registers import register_table
from ohmloom_hw.uartbone import UartBoneParser

SPEC = ChipSpec.parse({"tile": [{"rows": 4, "columns": 3}], "name": "mine"})
FEATURES = Features(link="uartbone")
TABLE = register_table(SPEC, FEATURES)
FAULTS, SCRATCH, INPUT = 0x4C, 0x3C, 0x10000
SILENCE = 500


class Bridge:
    """LiteX's bridge at the end of a line, before words by their byte address."""

    def __init__(self, words, read_only=()):
        self.words, self.read_only = dict(words), set(read_only)
        self.words.setdefault(FAULTS, 0)
        self.line, self.out, self.writes, self.stale = bytearray(), bytearray(), [], bytearray()
        self.mute = False

    async def write(self, data):
        self.line += data
        while len(self.line) >= 6:
            command, count, word = self.line[0], self.line[1], int.from_bytes(self.line[2:6], "big")
            size = 6 + 4 * count * (command % 2)
            if len(self.line) < size:
                return
            payload = bytes(self.line[6:size])
            del self.line[:size]
            for place in range(count):
                address = 4 * (word + (place if command < 3 else 0))
                if command % 2:
                    self.take(address, int.from_bytes(payload[4 * place :][:4], "big"))
                else:
                    self.out += self.give(address).to_bytes(4, "big")

    def take(self, address, value):
        if address not in self.words or address in self.read_only:
            self.words[FAULTS] += 1
            return
        self.words[address] = value
        self.writes.append((address, value))

    def give(self, address):
        if address not in self.words:
            self.words[FAULTS] += 1
            return 0xFFFFFFFF
        return self.words[address]

    async def read(self, timeout):
        # Silence ends what was begun, in the chip as on the line.
        source = self.stale or self.out
        if self.mute or not source:
            self.line.clear()
            message = f"a reply must come within {timeout:g} s, not later"
            raise LinkError(message)
        # In pieces, as a line gives them.
        data = bytes(source[:5])
        del source[:5]
        return data


def use(bridge, work):
    async def whole():
        client = BoneClient(bridge, TABLE, reply_timeout=0.5)
        await client.resynchronise()
        return await work(client)

    return asyncio.run(whole())


def refused(message, bridge, work):
    with pytest.raises(LinkError, match=f"^{re.escape(message)}$"):
        use(bridge, work)


@settings(deadline=None)
@given(
    words=st.lists(st.integers(0, 0xFFFFFFFF), min_size=1, max_size=150),
    first=st.integers(0, 40),
)
def test_words_are_written_and_read_where_they_belong(words, first):
    bridge = Bridge({INPUT + 4 * n: 0 for n in range(200)})

    async def work(client):
        await client.write(INPUT + 4 * first, words)
        return await client.read(INPUT + 4 * first, len(words))

    assert use(bridge, work) == words
    assert bridge.writes == [(INPUT + 4 * (first + n), word) for n, word in enumerate(words)]


def test_a_word_of_all_ones_that_is_there_is_no_refusal():
    bridge = Bridge({SCRATCH: 0xFFFFFFFF})
    assert use(bridge, lambda client: client.read(SCRATCH, 1)) == [0xFFFFFFFF]


def test_a_refused_read_names_the_address():
    refused(
        "read of 3 words at CTRL (0x000010) must be allowed, not refused at ERROR (0x000018)",
        Bridge({0x10: 1, 0x14: 2}),
        lambda client: client.read(0x10, 3),
    )


def test_a_refused_write_is_noticed():
    refused(
        "write of 1 word at ID (0x000000) must be allowed, not refused or cut short",
        Bridge({0: 1}, read_only=[0]),
        lambda client: client.write(0, [5]),
    )


def test_the_next_request_after_a_refusal_is_taken():
    bridge = Bridge({SCRATCH: 7})

    async def work(client):
        with pytest.raises(LinkError):
            await client.read(0xFFFC, 1)
        with pytest.raises(LinkError):
            await client.write(0xFFFC, [1])
        await client.write(SCRATCH, [8])
        return await client.read(SCRATCH, 1)

    assert use(bridge, work) == [8]


def test_an_address_that_is_no_words_is_refused_and_nothing_is_sent():
    bridge = Bridge({SCRATCH: 7})
    for verb, work in (
        ("read", lambda client: client.read(SCRATCH + 1, 1)),
        ("write", lambda client: client.write(SCRATCH + 1, [1])),
    ):
        refused(
            f"{verb} of 1 word at 0x00003d must be at the address of a word, "
            "the only ones there are",
            bridge,
            work,
        )
    assert bridge.writes == []


def test_a_chip_that_does_not_answer_is_an_error_that_names_the_request():
    bridge = Bridge({SCRATCH: 7})

    async def work(client):
        bridge.mute = True
        await client.write(SCRATCH, [1])

    refused(
        "write of 1 word at SCRATCH (0x00003c) must be answered, not lost: "
        "a reply must come within 0.5 s, not later",
        bridge,
        work,
    )


def test_bytes_of_a_late_reply_are_not_taken_for_the_next():
    bridge = Bridge({SCRATCH: 7, 0x10: 0x01020304})

    async def work(client):
        bridge.mute = True
        with pytest.raises(LinkError):
            await client.read(0x10, 1)
        bridge.mute = False
        return await client.read(SCRATCH, 1)

    assert use(bridge, work) == [7]


def test_more_bytes_than_were_asked_for_are_an_error():
    bridge = Bridge({SCRATCH: 7})

    async def work(client):
        bridge.stale += b"\xaa"
        await client.read(SCRATCH, 1)

    refused(
        "read of 1 word at SCRATCH (0x00003c) must be answered with 4 bytes, not 5", bridge, work
    )


def test_a_line_that_is_never_silent_is_an_error():
    bridge = Bridge({})
    bridge.stale += bytes(1000)
    refused("the line must be silent for 0.2 s once, not go on", bridge, None)


def test_faults_that_can_be_counted_no_more_are_an_error():
    refused(
        "FRAME_ERRORS must be below 65535 to tell of refusals: reset the chip",
        Bridge({FAULTS: 0xFFFF}),
        None,
    )


def test_a_driver_speaks_this_link_where_its_features_say_so():
    constants = {r.offset: r.reset for r in TABLE.registers}

    async def work():
        driver = Driver(Bridge(constants), SPEC, features=FEATURES)
        await driver.connect()
        return driver

    driver = asyncio.run(work())
    assert driver.features == FEATURES
    assert driver.sequence == 0


def test_another_chip_is_refused():
    constants = {r.offset: r.reset for r in TABLE.registers} | {0: 5}
    message = "ID of the chip must be 0x4f484d4c, not 0x00000005"
    with pytest.raises(HardwareError, match=f"^{message}$"):
        asyncio.run(Driver(Bridge(constants), SPEC, features=FEATURES).connect())


class GatewareLine:
    """The gateware's parser as a transport: bytes as far apart as on a line of 30 cycles a byte."""

    def __init__(self, ctx, dut, out):
        self.ctx, self.dut, self.out = ctx, dut, out

    async def write(self, data):
        for byte in data:
            self.ctx.set(self.dut.received.payload, byte)
            self.ctx.set(self.dut.received.valid, 1)
            await self.ctx.tick()
            self.ctx.set(self.dut.received.valid, 0)
            await self.ctx.tick().repeat(30)

    async def read(self, timeout):
        for _ in range(2 * SILENCE):
            if self.out:
                # The last byte takes its time on the line too.
                await self.ctx.tick().repeat(30)
                data = bytes(self.out)
                self.out.clear()
                return data
            await self.ctx.tick()
        message = f"a reply must come within {timeout:g} s, not later"
        raise LinkError(message)


def test_gateware_and_client_understand_each_other(run_bench):
    dut, out, words = UartBoneParser(SILENCE), bytearray(), {SCRATCH: 0, FAULTS: 0}
    words |= {INPUT + 4 * n: 0 for n in range(70)}

    async def memory(ctx):
        while True:
            await ctx.tick()
            if ctx.get(dut.fault):
                words[FAULTS] += 1
            if not ctx.get(dut.bus.stb):
                continue
            address = ctx.get(dut.bus.addr)
            if address in words and ctx.get(dut.bus.write):
                words[address] = ctx.get(dut.bus.w_data)
            ctx.set(dut.bus.r_data, words.get(address, 0))
            ctx.set(dut.bus.err, address not in words)
            ctx.set(dut.bus.ack, 1)
            words[FAULTS] += address not in words
            await ctx.tick()
            ctx.set(dut.bus.ack, 0)

    async def answers(ctx):
        while True:
            ctx.set(dut.sent.ready, 1)
            if ctx.get(dut.sent.valid):
                out.append(ctx.get(dut.sent.payload))
            await ctx.tick()

    async def bench(ctx):
        line = GatewareLine(ctx, dut, out)
        client = BoneClient(line, TABLE, reply_timeout=0.5)
        # A request that another host has left unfinished is forgotten first.
        await line.write(bytes.fromhex("01 02 00004000 ffff"))
        await client.resynchronise()
        pattern = [(n * 0x9E3779B1) & 0xFFFFFFFF for n in range(70)]
        await client.write(INPUT, pattern)
        assert await client.read(INPUT, 70) == pattern
        assert [words[INPUT + 4 * n] for n in range(70)] == pattern
        for attempt in (client.read(0xFFFC, 1), client.write(0xFFFC, [1])):
            with pytest.raises(LinkError, match="must be allowed, not refused"):
                await attempt
        await client.write(SCRATCH, [0xFFFFFFFF])
        assert await client.read(SCRATCH, 1) == [0xFFFFFFFF]
        assert words[FAULTS] == 3

    run_bench(dut, bench, memory, answers, most_cycles=80_000)
