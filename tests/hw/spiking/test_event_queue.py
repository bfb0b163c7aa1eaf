"""Queues of events: order, room, and that each loss is told."""

import random
from collections import deque

import pytest

from ohmloom_hw.spiking.event_queue import QueueFromHost, QueueToHost

pytestmark = pytest.mark.guarantee("G13", "events")

DEPTH = 16


@pytest.mark.parametrize("pace", [0.2, 0.9])
def test_events_of_host_and_pins_come_in_order_and_losses_are_told(pace, run_bench):
    dut, rng = QueueFromHost(DEPTH), random.Random(pace)

    async def bench(ctx):
        held, lost, host_sent, pin_sent, second = deque(), 0, [], [], 0
        taken = []
        ctx.set(dut.pins.payload, 0x5000)
        last_write = 0
        for cycle in range(3000):
            # The register file needs two cycles for an access.
            writes = cycle - last_write >= 2 and rng.random() < 0.3
            word = rng.choice([0, 0x4000 | cycle % 256]) | rng.choice([0, 0x80000000])
            ctx.set(dut.window.w_en, writes)
            ctx.set(dut.window.w_data, word)
            ctx.set(dut.pins.valid, rng.random() < 0.3)
            ctx.set(dut.events.ready, rng.random() < pace)
            offered = [word % 2**16 if writes else second] if writes or second else []
            offered = [event for event in offered if event]
            assert ctx.get(dut.lost) == (bool(offered) and ctx.get(dut.room) == 0)
            assert ctx.get(dut.room) == DEPTH - len(held)
            if ctx.get(dut.events.valid) and ctx.get(dut.events.ready):
                taken.append(ctx.get(dut.events.payload))
                assert taken[-1] == held[0]
            elif offered or writes or second:
                assert not ctx.get(dut.pins.ready)
            popped = ctx.get(dut.events.valid) and ctx.get(dut.events.ready)
            pinned = ctx.get(dut.pins.valid) and ctx.get(dut.pins.ready)
            full = len(held) == DEPTH
            if offered and not full:
                held.append(offered[0])
                host_sent.append(offered[0])
            lost += bool(offered) and full
            if pinned:
                assert not full
                held.append(0x5000)
                pin_sent.append(0x5000)
            if popped:
                held.popleft()
            second, last_write = (word >> 16, cycle) if writes else (0, last_write)
            await ctx.tick()
        assert len(taken) + len(held) == len(host_sent) + len(pin_sent)
        assert host_sent
        assert pin_sent
        assert (lost > 0) == (pace < 0.5)

    run_bench(dut, bench)


@pytest.mark.parametrize("to_pins", [False, True])
def test_events_go_to_the_host_or_to_the_pins(to_pins, run_bench):
    dut, rng = QueueToHost(DEPTH), random.Random(to_pins)

    async def bench(ctx):
        ctx.set(dut.to_pins, to_pins)
        held, sent, found, lost = deque(), 0, [], 0
        for cycle in range(3000):
            event, reads = 0x4000 | cycle % 256, rng.random() < 0.25
            ctx.set(dut.events.payload, event)
            ctx.set(dut.events.valid, rng.random() < 0.3)
            ctx.set(dut.window.r_en, reads)
            ctx.set(dut.pins.ready, rng.random() < 0.25)
            assert ctx.get(dut.waiting) == len(held)
            full, valid = len(held) == DEPTH, ctx.get(dut.events.valid)
            assert ctx.get(dut.lost) == (valid and full)
            lost += valid and full
            given = ctx.get(dut.pins.payload) if ctx.get(dut.pins.valid) else 0
            assert to_pins or not given
            by_pins = given and ctx.get(dut.pins.ready)
            if valid and not full:
                held.append(event)
                sent += 1
            await ctx.tick()
            shown = ctx.get(dut.window.r_data)
            assert not (to_pins and shown)
            if by_pins or shown:
                found.append(held.popleft())
                assert found[-1] == (given if by_pins else shown)
            assert reads or not shown
        assert len(found) == sent - len(held) > 500
        assert lost > 0

    run_bench(dut, bench)
