import re

import numpy as np
import pytest
from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect

from ohmloom_hw.uart import UartReceiver, UartTransmitter, uart_divisor

PERIOD = 1e-6
MESSAGE = bytes([0x00, 0xFF, 0x55, 0xAA, 0x01, 0x80]) + bytes(range(17, 37))


async def put(ctx, pin, byte, bit_time, stop=1):
    for level in (0, *((byte >> place) & 1 for place in range(8)), stop):
        ctx.set(pin, level)
        await ctx.delay(bit_time)
    ctx.set(pin, 1)


def collector(dut, received, errors):
    async def collect(ctx):
        while True:
            await ctx.tick()
            if ctx.get(dut.received.valid):
                received.append(ctx.get(dut.received.payload))
            if ctx.get(dut.framing_error):
                errors.append(True)

    return collect


@pytest.mark.parametrize("divisor", [4, 5, 13, 50])
@pytest.mark.parametrize("deviation", [-0.02, 0.0, 0.02])
@pytest.mark.parametrize("idle", [False, True])
def test_bytes_are_received_at_two_percent_off_the_rate(divisor, deviation, idle, run_bench):
    dut, rng = UartReceiver(divisor), np.random.default_rng(divisor)
    received, errors = [], []
    bit_time = divisor * PERIOD * (1 + deviation)
    message = MESSAGE if divisor < 13 else MESSAGE[:8]

    async def bench(ctx):
        ctx.set(dut.rx, 1)
        await ctx.delay(20.3 * PERIOD)
        for byte in message:
            await put(ctx, dut.rx, byte, bit_time)
            if idle:
                await ctx.delay(float(rng.uniform(0, 3 * bit_time)))
        await ctx.delay(2 * bit_time)
        assert bytes(received) == message
        assert errors == []

    run_bench(dut, bench, collector(dut, received, errors))


def test_missing_stop_bit_is_an_error_and_the_next_byte_is_taken(run_bench):
    dut, received, errors = UartReceiver(8), [], []

    async def bench(ctx):
        ctx.set(dut.rx, 1)
        await ctx.delay(20 * PERIOD)
        await put(ctx, dut.rx, 0x12, 8 * PERIOD)
        await put(ctx, dut.rx, 0x34, 8 * PERIOD, stop=0)
        await ctx.delay(8 * PERIOD)
        await put(ctx, dut.rx, 0x56, 8 * PERIOD)
        await ctx.delay(16 * PERIOD)
        assert received == [0x12, 0x56]
        assert errors == [True]

    run_bench(dut, bench, collector(dut, received, errors))


def test_line_held_low_is_one_error(run_bench):
    dut, received, errors = UartReceiver(8), [], []

    async def bench(ctx):
        ctx.set(dut.rx, 1)
        await ctx.delay(20 * PERIOD)
        ctx.set(dut.rx, 0)
        await ctx.delay(8 * 50 * PERIOD)
        ctx.set(dut.rx, 1)
        await ctx.delay(8 * 12 * PERIOD)
        assert received == []
        assert errors == [True]

    run_bench(dut, bench, collector(dut, received, errors))


def test_start_that_is_over_by_its_middle_is_a_glitch(run_bench):
    dut, received, errors = UartReceiver(16), [], []

    async def bench(ctx):
        ctx.set(dut.rx, 1)
        await ctx.delay(20 * PERIOD)
        ctx.set(dut.rx, 0)
        await ctx.delay(5 * PERIOD)
        ctx.set(dut.rx, 1)
        await ctx.delay(30 * PERIOD)
        await put(ctx, dut.rx, 0xC3, 16 * PERIOD)
        await ctx.delay(32 * PERIOD)
        assert received == [0xC3]
        assert errors == []

    run_bench(dut, bench, collector(dut, received, errors))


@pytest.mark.parametrize("divisor", [4, 7])
def test_transmitted_bits_are_start_data_stop_each_as_long_as_the_divisor(divisor, run_bench):
    dut = UartTransmitter(divisor)
    levels = []

    async def watch(ctx):
        while True:
            levels.append(ctx.get(dut.tx))
            await ctx.tick()

    async def bench(ctx):
        for byte in MESSAGE[:5]:
            ctx.set(dut.sent.valid, 1)
            ctx.set(dut.sent.payload, byte)
            await ctx.tick().until(dut.sent.ready)
        ctx.set(dut.sent.valid, 0)
        await ctx.tick().repeat(12 * divisor)
        found, place = [], 0
        while 0 in levels[place:]:
            place = levels.index(0, place)
            bits = [set(levels[place + n * divisor :][:divisor]) for n in range(10)]
            assert all(len(bit) == 1 for bit in bits)
            values = [bit.pop() for bit in bits]
            assert (values[0], values[9]) == (0, 1)
            found.append(sum(value << n for n, value in enumerate(values[1:9])))
            place += 10 * divisor
        assert bytes(found) == MESSAGE[:5]

    run_bench(dut, bench, watch)


class Loop(wiring.Component):
    def __init__(self, sending, receiving):
        self.transmitter, self.receiver = UartTransmitter(sending), UartReceiver(receiving)
        super().__init__(
            {
                "sent": In(self.transmitter.signature.members["sent"].signature.flip()),
                "received": Out(self.receiver.signature.members["received"].signature),
                "framing_error": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.transmitter, m.submodules.receiver = self.transmitter, self.receiver
        connect(m, wiring.flipped(self.sent), self.transmitter.sent)
        connect(m, self.receiver.received, wiring.flipped(self.received))
        m.d.comb += self.receiver.rx.eq(self.transmitter.tx)
        m.d.comb += self.framing_error.eq(self.receiver.framing_error)
        return m


@pytest.mark.parametrize(("sending", "receiving"), [(4, 4), (50, 51), (51, 50)])
def test_what_is_transmitted_is_received(sending, receiving, run_bench):
    dut, received, errors = Loop(sending, receiving), [], []

    async def bench(ctx):
        for byte in MESSAGE[:9]:
            ctx.set(dut.sent.valid, 1)
            ctx.set(dut.sent.payload, byte)
            await ctx.tick().until(dut.sent.ready)
        ctx.set(dut.sent.valid, 0)
        await ctx.tick().repeat(12 * sending)
        assert bytes(received) == MESSAGE[:9]
        assert errors == []

    run_bench(dut, bench, collector(dut, received, errors))


def test_divisor_is_the_clock_cycles_of_a_bit():
    assert uart_divisor(12e6, 115200) == 104
    assert uart_divisor(12e6, 3_000_000) == 4


def test_too_fast_rate_is_refused():
    message = "divisor must be at least 4 clock cycles a bit, not 3"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        uart_divisor(12e6, 4_000_000)


def test_rates_that_whole_cycles_miss_are_refused():
    message = (
        "clock must be within 2 % of a whole multiple of the baud rate 2.6e+06, not 4.615 times"
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        uart_divisor(12e6, 2_600_000)
