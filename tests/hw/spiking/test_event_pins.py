"""The four-phase handshake, with partners that take their time."""

import random

import pytest

from ohmloom_hw.spiking.event_pins import EventReceiver, EventSender

pytestmark = pytest.mark.guarantee("G13", "events")


@pytest.mark.parametrize("slowest", [1, 9])
def test_words_are_received_once_each_while_the_queue_stalls(slowest, run_bench):
    dut, rng = EventReceiver(), random.Random(slowest)
    words = [rng.randrange(2**16) for _ in range(60)]
    found, through = [], []

    async def sender(ctx):
        for word in words:
            ctx.set(dut.data, word)
            await ctx.tick().repeat(rng.randint(1, slowest))
            ctx.set(dut.req, 1)
            while not ctx.get(dut.ack):
                await ctx.tick()
            # What stands on the lines after the handshake isn't looked at.
            await ctx.tick().repeat(rng.randint(1, slowest))
            ctx.set(dut.data, rng.randrange(2**16))
            ctx.set(dut.req, 0)
            while ctx.get(dut.ack):
                await ctx.tick()
        through.append(True)

    async def bench(ctx):
        while not through:
            ctx.set(dut.events.ready, rng.random() < 0.3)
            if ctx.get(dut.events.valid) and ctx.get(dut.events.ready):
                found.append(ctx.get(dut.events.payload))
            await ctx.tick()
        assert found == words

    run_bench(dut, bench, sender)


@pytest.mark.parametrize("slowest", [1, 9])
def test_words_are_sent_once_each_and_still_while_asked(slowest, run_bench):
    dut, rng = EventSender(), random.Random(slowest)
    words, through = [rng.randrange(2**16) for _ in range(60)], []

    async def source(ctx):
        for word in words:
            ctx.set(dut.events.payload, word)
            ctx.set(dut.events.valid, 1)
            while not ctx.get(dut.events.ready):
                await ctx.tick()
            await ctx.tick()
            ctx.set(dut.events.valid, 0)
            await ctx.tick().repeat(rng.randint(1, slowest))
        through.append(True)

    async def bench(ctx):
        found = []
        while len(found) < len(words):
            before = ctx.get(dut.data)
            while not ctx.get(dut.req):
                before = ctx.get(dut.data)
                await ctx.tick()
            # Data have been there for a cycle when they are asked to be taken.
            assert ctx.get(dut.data) == before
            found.append(before)
            await ctx.tick().repeat(rng.randint(1, slowest))
            ctx.set(dut.ack, 1)
            while ctx.get(dut.req):
                assert ctx.get(dut.data) == before
                await ctx.tick()
            await ctx.tick().repeat(rng.randint(1, slowest))
            ctx.set(dut.ack, 0)
        while not through:
            await ctx.tick()
        assert found == words

    run_bench(dut, bench, source)
