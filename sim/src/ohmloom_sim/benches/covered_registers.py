"""Bench over the bus of a chip: every bit of every register, every window, event and error."""

from collections.abc import Awaitable
from dataclasses import replace
from typing import Any

import cocotb
from cocotb.triggers import FallingEdge

from ohmloom_analog.table import Step
from ohmloom_hw.map_registers import UNUSED_BIT, has_maps
from ohmloom_hw.run_errors import ErrorCode
from ohmloom_hw.spiking.events import TICK, Event, EventKind, pack_event
from ohmloom_hw.step_words import pack_step
from ohmloom_sim.benches.covered import CoveredBus, Stage, covered, refusal, rest
from ohmloom_sim.coverage.fault_points import Fate, Fault

_PATTERNS = (0xFFFF_FFFF, 0x0000_0000, 0xA5A5_5A5A, 0x5A5A_A5A5)


@cocotb.test()
async def constants_are_those_of_the_description(dut: Any) -> None:
    """What is fixed reads as it was built, and all else that can be read is answered."""
    async with covered(dut, "constants_are_those_of_the_description") as stage:
        bus = await stage.bus()
        for register in bus.table.registers:
            word = await bus.read_register(register.name)
            if register.access in ("constant", "rw"):
                assert word == register.reset, register.name
            if register.access == "strobe":
                assert word == 0, register.name


@cocotb.test()
async def every_bit_is_kept_as_0_and_as_1(dut: Any) -> None:
    """Each bit of what can be written is kept either way, and no other register changes."""
    async with covered(dut, "every_bit_is_kept_as_0_and_as_1") as stage:
        bus = await stage.bus()
        writable = [r for r in bus.table.registers if r.access == "rw"]
        for pattern in _PATTERNS:
            expected = {}
            for place, register in enumerate(writable):
                mask = sum(((1 << f.width) - 1) << f.low for f in register.fields)
                # Neighbours differ, so that a write to the wrong one shows.
                word = pattern ^ (place * 0x0101_0101 if pattern & 1 != pattern >> 1 & 1 else 0)
                expected[register.name] = word & mask
                await bus.write_register(register.name, expected[register.name])
            for name, word in expected.items():
                assert await bus.read_register(name) == word, name


@cocotb.test()
async def windows_are_reached_at_both_ends(dut: Any) -> None:
    """The first word and the last of each window are answered, and what is beyond is refused."""
    async with covered(dut, "windows_are_reached_at_both_ends") as stage:
        bus = await stage.bus()
        ends = {window.base for window in bus.table.windows}
        for window in bus.table.windows:
            for address in (window.base, window.end - 4):
                await bus.read(address, 1)
                if window.access == "rw":
                    await bus.write(address, [0])
            if window.access == "ro":
                await _check_refused(bus.write(window.base, [0]))
            if window.end not in ends:
                await _check_refused(bus.read(window.end, 1))


async def _check_refused(access: Awaitable[Any]) -> None:
    assert "must be there to be" in await refusal(access)


@cocotb.test()
async def strobes_read_as_0(dut: Any) -> None:
    """Commands leave nothing behind in their register, and an idle chip takes each of them."""
    async with covered(dut, "strobes_read_as_0") as stage:
        bus = await stage.bus()
        for register in bus.table.registers:
            for field in register.fields if register.access == "strobe" else ():
                await bus.write_register(register.name, field.insert(1))
                await rest(bus.dut, 20)
                assert await bus.read_register(register.name) == 0


async def _ends_with(bus: CoveredBus, error: ErrorCode, *, wait: int = 100) -> None:
    """Check that the run under way ends with an error, which the interrupt line tells."""
    await rest(bus.dut, wait)
    register = bus.table.register("ERROR")
    code = register.field("code").extract(await bus.read_register("ERROR"))
    assert ErrorCode(code) is error
    assert await bus.read_register("STATUS") & 0b111 == 0b100
    await check_event(bus, "error")


async def check_event(bus: CoveredBus, name: str) -> None:
    """Check that an event is noted, raises the interrupt line where it is enabled, and goes."""
    field = bus.table.register("IRQ_STATUS").field(name)
    bit = field.insert(1)
    await bus.write_register("IRQ_ENABLE", 0)
    assert await bus.read_register("IRQ_STATUS") & bit
    assert not int(bus.dut.irq.value)
    await bus.write_register("IRQ_ENABLE", bit)
    await FallingEdge(bus.dut.clk)
    assert int(bus.dut.irq.value)
    bus.counts.hit("events", "interrupt", name)
    await bus.write_register("IRQ_STATUS", bit)
    assert not await bus.read_register("IRQ_STATUS") & bit
    assert not int(bus.dut.irq.value)


async def load_steps(bus: CoveredBus, *steps: Step) -> None:
    """Write a step table."""
    words = [word for step in steps for word in pack_step(step)]
    await bus.write(bus.table.window("STEP").base, words)
    await bus.write_register("STEPS", len(steps))


async def start(bus: CoveredBus) -> None:
    """Start a run, and don't wait for it."""
    await bus.write_register("CTRL", bus.table.register("CTRL").field("start").insert(1))


@cocotb.test()
async def runs_end_with_the_error_that_there_is(dut: Any) -> None:
    """Each wrong table, a silent host, a command: the run ends, and ERROR says why."""
    async with covered(dut, "runs_end_with_the_error_that_there_is") as stage:
        spec, bus = stage.spec, await stage.bus()
        one = Step.of_sums(0, rows=spec.data_rows, columns=1)
        await bus.write_register("TIMEOUT", 30)
        await start(bus)
        await _ends_with(bus, ErrorCode.EMPTY_TABLE)
        await bus.write_register("STEPS", spec.step_entries + 1)
        await start(bus)
        await _ends_with(bus, ErrorCode.LONG_TABLE)
        await load_steps(bus, Step.of_sums(spec.tiles, rows=1, columns=1))
        await start(bus)
        await _ends_with(bus, ErrorCode.NO_SUCH_TILE)
        await load_steps(bus, one)
        await start(bus)
        assert await bus.read_register("STATUS") & 1
        await bus.abort()
        await _ends_with(bus, ErrorCode.ABORTED)
        await bus.write_register("HOST_TIMEOUT", 20)
        await start(bus)
        await _ends_with(bus, ErrorCode.HOST_LOST, wait=300)
        await bus.write_register("HOST_TIMEOUT", 0)
        await start(bus)
        await _ends_with(bus, ErrorCode.ARRAY_TIMEOUT, wait=20 * spec.rows + 300)
        stage.note_fault(Fault.DEAD_CONVERTER, Fate.ENDED)


@cocotb.test()
async def answer_that_nobody_asked_for_ends_the_run(dut: Any) -> None:
    """An array that answers while its lines settle breaks the protocol."""
    async with covered(dut, "answer_that_nobody_asked_for_ends_the_run") as stage:
        bus = await stage.bus()
        await load_steps(bus, Step.of_sums(0, rows=stage.spec.data_rows, columns=1))
        dut.array_0__done.value = 0
        await bus.write_register("SETTLE", 1000)
        await bus.write_register("TIMEOUT", 30)
        await start(bus)
        await rest(bus.dut, 20 * stage.spec.rows)
        await _answer(stage)
        await _ends_with(bus, ErrorCode.ARRAY_PROTOCOL, wait=1500)
        stage.note_fault(Fault.UNASKED_ANSWER, Fate.ENDED)


@cocotb.test()
async def maps_that_are_wrong_end_the_run(dut: Any) -> None:
    """A map that names a column which isn't there, and one without a column that a step uses."""
    async with covered(dut, "maps_that_are_wrong_end_the_run") as stage:
        spec, bus = stage.spec, await stage.bus()
        if not has_maps(spec, stage.features):
            return
        await bus.write_register("TIMEOUT", 30)
        await load_steps(bus, Step.of_sums(0, rows=1, columns=1))
        base = bus.table.window("COLUMN_MAP").base
        wait = 8 * spec.tiles * (spec.rows + spec.columns) + 300
        for word, error in (
            (spec.columns, ErrorCode.NOT_INJECTIVE),
            (1 << UNUSED_BIT, ErrorCode.COLUMN_MISSING),
        ):
            await bus.write(base, [word])
            await start(bus)
            await _ends_with(bus, error, wait=wait)
        # A reset leaves memories as they are, and so would the other tests find them.
        await bus.write(base, [0])


async def _answer(stage: Stage) -> None:
    await FallingEdge(stage.dut.clk)
    stage.dut.array_0__done.value = 1
    await FallingEdge(stage.dut.clk)
    stage.dut.array_0__done.value = 0


class _Clipping:
    """An array all of whose codes are out of range."""

    def apply(self, codes: Any) -> None:
        pass

    def convert(self, lines: Any) -> Any:
        return lines * 0, lines >= 0


@cocotb.test()
async def events_of_runs_are_told_and_forgotten(dut: Any) -> None:
    """The end of a run and a conversion out of range raise the interrupt line until cleared."""
    async with covered(dut, "events_of_runs_are_told_and_forgotten") as stage:
        spec, bus = stage.spec, await stage.bus()
        stage.attach([_Clipping() for _ in range(spec.tiles)])
        await load_steps(bus, Step.of_sums(0, rows=1, columns=1))
        await bus.run()
        await check_event(bus, "done")
        await check_event(bus, "clipped")
        counted = (await bus.counters()).clipped
        assert counted > 0
        stage.note_fault(Fault.OUT_OF_RANGE, Fate.FLAGGED)
        # Counters go back at a command.
        await bus.clear_counters()
        assert (await bus.counters()).clipped == 0


@cocotb.test()
async def end_of_a_tick_is_told_to_the_host(dut: Any) -> None:
    """A chip with a spiking mode takes a tick, and puts its end into the queue for the host."""
    async with covered(dut, "end_of_a_tick_is_told_to_the_host") as stage:
        spec, bus = stage.spec, await stage.bus()
        if spec.spiking is None:
            return
        stage.attach([_Clipping() for _ in range(spec.tiles)])
        step = Step.of_sums(0, rows=1, columns=1, output_base=1)
        await load_steps(bus, replace(step, result=False, fire=True))
        await bus.write_register("SPIKE_LINES", 1)
        out, control = (bus.table.register(name) for name in ("SPIKE_OUT", "SPIKE_CTRL"))
        await bus.write_register("SPIKE_OUT", out.field("marks").insert(1))
        await bus.write_register("SPIKE_CTRL", control.field("run").insert(1))
        assert await bus.read_register("SPIKE_STATUS") == 1
        await bus.write(bus.table.window("EVENT_IN").base, [pack_event(TICK)])
        await rest(dut, 200)
        await check_event(bus, "spikes")
        # A membrane of 0 is at a threshold of 0, so that the neuron spikes, too.
        queue = bus.table.window("EVENT_OUT").base
        found = [(await bus.read(queue, 1))[0] for _ in range(2)]
        assert found == [pack_event(Event(kind=EventKind.SPIKE)), pack_event(TICK)]
        assert await bus.read_register("TICKS") == 1
        await bus.write_register("SPIKE_CTRL", control.field("stop").insert(1))
        await rest(dut, 200)
        assert await bus.read_register("SPIKE_STATUS") == 0
