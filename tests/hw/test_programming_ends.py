"""Jobs that are cut off, refused or go wrong: no voltage is left, and the next job is whole."""

import pytest
from amaranth.hdl import ResetInserter, Signal
from cell_host import (
    ABORT,
    ARMED,
    BUSY,
    DONE,
    ENABLED,
    ERROR,
    FORM,
    LIMITS,
    PLACES,
    START,
    Host,
    limits_word,
)
from written_cell import Cell

from ohmloom_analog.level_program import LevelProgram, PulsePlan, Ramp
from ohmloom_analog.write_verify import WriteStatus
from ohmloom_hw.program_registers import WRITE_KEY, WriteError
from ohmloom_hw.run_errors import ErrorCode

PLAN = PulsePlan(
    drive=Ramp(start=3000, stop=4000, step=100),
    gate=Ramp(start=2000, stop=2000, step=0),
    width=Ramp(start=5, stop=5, step=0),
    order="dgw",
    restart=False,
)
LEVEL = (LevelProgram(set=PLAN, reset=PLAN, below=100, above=100), 2000)
CHANGED = {"LEVELS": 5, "TARGET": 3, "WRITTEN": 3, "INPUT": 0}
SHOWN = ("rails", "pulse", "gate", "drive", "width", "levels")


async def loaded(ctx, host, *, level=0, forced=False):
    """Load all cells with one target; forced ones are never good."""
    await host.load(ctx, [LEVEL], LEVEL, [(level, 0, 0)] * len(PLACES))
    await host.access(ctx, "WRITE_LIMITS", limits_word(LIMITS))
    for number, place in enumerate(PLACES):
        cell = Cell(number)
        cell.noise, cell.reach = 0, 0 if forced else 800
        cell.code = 0 if forced else cell.code
        host.arrays[0].put(place, cell)
    await host.enable(ctx)


def assert_safe(ctx, host):
    for array in host.arrays:
        for name in SHOWN:
            assert ctx.get(getattr(array.port, name)) == 0, name


@pytest.mark.guarantee("G15", "writes")
@pytest.mark.parametrize(
    ("way", "code"),
    [
        ("abort", WriteError.ABORTED),
        ("abort of runs", WriteError.ABORTED),
        ("pin", WriteError.INTERLOCK),
        ("key", WriteError.INTERLOCK),
        ("host", WriteError.HOST_LOST),
    ],
)
def test_job_that_is_cut_off_leaves_no_voltage_after_two_cycles(way, code, run_bench, figure):
    host = Host(rail=3, discharge=2)

    async def cut(ctx, cycles):
        if way == "host":
            await ctx.tick().repeat(cycles)
            return
        if way == "pin":
            ctx.set(host.dut.write_enable, 0)
            return
        name = {"abort": "WRITE_CTRL", "abort of runs": "CTRL", "key": "WRITE_KEY"}[way]
        word = {"abort": ABORT, "abort of runs": 4, "key": 0}[way]
        bus = host.dut.bus
        for part, value in (("addr", host.address(name)), ("write", 1), ("w_data", word)):
            ctx.set(getattr(bus, part), value)
        ctx.set(bus.stb, 1)
        while not ctx.get(bus.ack):
            await ctx.tick()
        ctx.set(bus.stb, 0)

    async def client(ctx):
        await loaded(ctx, host, forced=True)
        for array in host.arrays:
            array.aborting = True
        for cycles in range(1, 62, 4):
            await host.access(ctx, "WRITTEN", 0)
            if way == "host":
                await host.access(ctx, "HOST_TIMEOUT", cycles + 1)
            await host.access(ctx, "WRITE_CTRL", START)
            if way != "host":
                await ctx.tick().repeat(cycles)
            await cut(ctx, cycles)
            await ctx.tick().repeat(2)
            for _ in range(12):
                assert_safe(ctx, host)
                await ctx.tick()
            await host.access(ctx, "HOST_TIMEOUT", 0)
            assert await host.access(ctx, "WRITE_STATUS") & (BUSY | DONE | ERROR) == ERROR
            assert await host.access(ctx, "WRITE_ERROR") == code
            outcome = await host.written(ctx, (0, 0))
            assert outcome.status in (WriteStatus.ABORTED, WriteStatus.UNTOUCHED)
            assert (outcome.status is WriteStatus.ABORTED) or outcome.pulses == 0
            assert await host.access(ctx, "WRITE_CELLS") == 0
            await host.enable(ctx)
            figure("whole jobs cut off", 1)
        assert host.arrays[0].cut > 3

    run_bench(host.dut, client, *host.serving)


@pytest.mark.guarantee("G15", "writes")
def test_dip_of_the_pin_for_one_cycle_ends_the_job(run_bench):
    host = Host(rail=3, discharge=2)
    port = host.dut.array_0

    async def client(ctx):
        await loaded(ctx, host, forced=True)
        host.arrays[0].aborting = True
        await host.access(ctx, "WRITE_CTRL", START)
        while not ctx.get(port.pulse):
            await ctx.tick()
        ctx.set(host.dut.write_enable, 0)
        await ctx.tick()
        ctx.set(host.dut.write_enable, 1)
        for _ in range(20):
            assert_safe(ctx, host)
            await ctx.tick()
        assert await host.access(ctx, "WRITE_ERROR") == WriteError.INTERLOCK

    run_bench(host.dut, client, *host.serving)


@pytest.mark.guarantee("G15", "writes")
def test_reset_leaves_no_voltage_and_keeps_the_wear(run_bench):
    host = Host(rail=3, discharge=2)
    reset = Signal()

    async def client(ctx):
        await loaded(ctx, host, forced=True)
        host.arrays[0].aborting = True
        for cycles in (30, 34, 41):
            await host.access(ctx, "WRITE_CTRL", START)
            await ctx.tick().repeat(cycles)
            ctx.set(reset, 1)
            await ctx.tick()
            ctx.set(reset, 0)
            assert_safe(ctx, host)
            assert await host.access(ctx, "WRITE_STATUS") & ~ENABLED == 0
            assert await host.access(ctx, "WEAR") > 0
            await host.enable(ctx)

    run_bench(ResetInserter(reset)(host.dut), client, *host.serving)


def test_job_after_one_that_was_cut_off_is_whole(run_bench):
    host = Host(rail=2, discharge=1, stall=3)

    async def client(ctx):
        await loaded(ctx, host)
        host.arrays[0].aborting = True
        await host.access(ctx, "WRITE_CTRL", START)
        await ctx.tick().repeat(150)
        await host.access(ctx, "WRITE_CTRL", ABORT)
        assert await host.finish(ctx) & (DONE | ERROR) == ERROR
        host.arrays[0].aborting = False
        assert await host.job(ctx) & (DONE | ERROR) == DONE
        for place in PLACES:
            outcome = await host.written(ctx, place)
            assert outcome.status is WriteStatus.WRITTEN
            assert abs(host.arrays[0].cells[place].code - 2000) <= 100.5
        assert await host.access(ctx, "IRQ_STATUS") == 24

    run_bench(host.dut, client, *host.serving)


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("no key", WriteError.INTERLOCK),
        ("other key", WriteError.INTERLOCK),
        ("pin low", WriteError.INTERLOCK),
        ("forming with the key of writing", WriteError.INTERLOCK),
        ("rows turned round", WriteError.BAD_RANGE),
        ("lines turned round", WriteError.BAD_RANGE),
        ("row outside", WriteError.BAD_RANGE),
        ("line outside", WriteError.BAD_RANGE),
        ("tile outside", WriteError.BAD_RANGE),
        ("level outside", WriteError.BAD_LEVEL),
    ],
)
def test_job_is_refused_with_its_reason(fault, code, run_bench):
    host = Host()
    registers = {
        "no key": ("WRITE_KEY", 0),
        "other key": ("WRITE_KEY", WRITE_KEY ^ 1),
        "rows turned round": ("WRITE_FIRST", 1),
        "lines turned round": ("WRITE_FIRST", 3 << 16),
        "row outside": ("WRITE_LAST", 2 | 4 << 16),
        "line outside": ("WRITE_LAST", 1 | 5 << 16),
        "tile outside": ("WRITE_TILE", 2),
    }

    async def client(ctx):
        await loaded(ctx, host, level=4 if fault == "level outside" else 0)
        if fault == "rows turned round":
            await host.access(ctx, "WRITE_LAST", 4 << 16)
        if fault == "lines turned round":
            await host.access(ctx, "WRITE_LAST", 1 | 2 << 16)
        if fault in registers:
            await host.access(ctx, *registers[fault])
        if fault == "pin low":
            ctx.set(host.dut.write_enable, 0)
        await ctx.tick().repeat(3)
        strobe = FORM if fault == "forming with the key of writing" else START
        assert await host.job(ctx, strobe) & (BUSY | DONE | ERROR) == ERROR
        assert await host.access(ctx, "WRITE_ERROR") == code
        assert await host.access(ctx, "IRQ_STATUS") == 16
        assert not host.arrays[0].order

    run_bench(host.dut, client, *host.serving)


@pytest.mark.parametrize("fault", ["silent array", "answer of another tile"])
def test_array_that_breaks_its_port_ends_the_job(fault, run_bench):
    host = Host()
    silent = fault == "silent array"

    async def client(ctx):
        await loaded(ctx, host)
        await host.access(ctx, "TIMEOUT", 40)
        host.arrays[0].silent = True
        await host.access(ctx, "WRITE_CTRL", START)
        if not silent:
            await ctx.tick().repeat(10)
            ctx.set(host.dut.array_1.done, 1)
        assert await host.finish(ctx) & (DONE | ERROR) == ERROR
        code = WriteError.READ_TIMEOUT if silent else WriteError.PROTOCOL
        assert await host.access(ctx, "WRITE_ERROR") == code
        status = WriteStatus.READ_FAILED if silent else WriteStatus.ABORTED
        assert (await host.written(ctx, (0, 0))).status is status
        assert await host.access(ctx, "WRITE_FAILURES") == silent
        host.arrays[0].silent = False
        await host.access(ctx, "TIMEOUT", 1000)
        assert await host.job(ctx) & (DONE | ERROR) == DONE
        assert (await host.written(ctx, (0, 0))).status is (
            status if silent else WriteStatus.WRITTEN
        )
        assert (await host.written(ctx, (0, 1))).status is WriteStatus.WRITTEN

    run_bench(host.dut, client, *host.serving)


def test_host_is_refused_while_a_job_is_under_way_and_changes_nothing(run_bench):
    host = Host(stall=4)

    async def client(ctx):
        await loaded(ctx, host, forced=True)
        await host.access(ctx, "WRITE_CTRL", START)
        # Neither another job nor a run begins.
        await host.access(ctx, "WRITE_CTRL", FORM)
        await host.access(ctx, "CTRL", 1)
        assert not await host.access(ctx, "STATUS") & 1
        for _ in range(3):
            for name in ("LEVELS", "TARGET", "WRITTEN", "WEAR", "FAILURES", "STEP", "INPUT"):
                error, _ = await host.bus(ctx, host.address(name))
                assert error
            for name, index in CHANGED.items():
                error, _ = await host.bus(ctx, host.address(name, index), 0xFFFFFFFF)
                assert error
        assert await host.access(ctx, "WRITE_STATUS") == BUSY | ARMED | ENABLED
        host.arrays[0].aborting = True
        await host.access(ctx, "WRITE_CTRL", ABORT)
        await host.finish(ctx)
        assert await host.access(ctx, "ERROR") == ErrorCode.WRITING
        assert await host.access(ctx, "STATUS") & 7 == 4
        for name, index in CHANGED.items():
            value = 5 | 5 << 16 if name == "LEVELS" else 0
            assert await host.access(ctx, name, None, index) == value
        # The next run tells of itself again.
        await host.access(ctx, "CTRL", 1)
        assert await host.access(ctx, "ERROR") == ErrorCode.EMPTY_TABLE

    run_bench(host.dut, client, *host.serving, most_cycles=40_000)


def test_job_during_a_run_is_refused(run_bench):
    host = Host()

    async def client(ctx):
        await loaded(ctx, host)
        await host.access(ctx, "TIMEOUT", 400)
        host.arrays[0].silent = True
        for place, word in enumerate((2 << 16 | 3 << 8, 1, 0, 1)):
            await host.access(ctx, "STEP", word, place)
        await host.access(ctx, "STEPS", 1)
        await host.access(ctx, "CTRL", 1)
        await ctx.tick().repeat(60)
        assert await host.access(ctx, "STATUS") & 1
        await host.access(ctx, "WRITE_CTRL", START)
        assert await host.finish(ctx) == ERROR | ARMED | ENABLED
        assert await host.access(ctx, "WRITE_ERROR") == WriteError.RUN_BUSY
        assert await host.access(ctx, "STATUS") & 1
        while await host.access(ctx, "STATUS") & 1:
            pass
        assert await host.access(ctx, "ERROR") & 255 == ErrorCode.ARRAY_TIMEOUT

    run_bench(host.dut, client, *host.serving)


def test_place_names_the_cell_at_work(run_bench):
    host = Host()

    async def client(ctx):
        await loaded(ctx, host)
        host.arrays[0].silent = True
        await host.access(ctx, "WRITE_FIRST", 1 | 3 << 16)
        await host.access(ctx, "WRITE_CTRL", START)
        await ctx.tick().repeat(20)
        assert await host.access(ctx, "WRITE_PLACE") == 1 | 3 << 16

    run_bench(host.dut, client, *host.serving)
