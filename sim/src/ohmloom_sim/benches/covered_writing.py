"""Bench over the bus of a chip that writes its cells: jobs of all kinds, and how each cell ends."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import cocotb
from cocotb.triggers import FallingEdge

from ohmloom_analog.cell_fault import CellFault
from ohmloom_analog.level_program import verify_bits
from ohmloom_analog.table import Step
from ohmloom_analog.write_verify import Direction, Limits, WriteStatus
from ohmloom_hw.cell_block import Block
from ohmloom_hw.cell_driver import CellDriver
from ohmloom_hw.program_registers import WORDS_PER_LEVEL, WRITE_KEY, WriteError, form_entry
from ohmloom_hw.program_words import Target, pack_level, pack_targets
from ohmloom_hw.repair_driver import RepairDriver
from ohmloom_hw.run_errors import ErrorCode
from ohmloom_sim.benches.covered import CoveredBus, Stage, covered, rest
from ohmloom_sim.benches.covered_registers import check_event, load_steps, start
from ohmloom_sim.benches.obedient_cells import (
    LIMITS,
    FlippingCell,
    ObedientArray,
    ObedientCell,
    cells_of_all_kinds,
    expected_outcome,
    fresh_copies,
    middle_level,
)

_RELAX_CYCLES = 24


@dataclass(kw_only=True, slots=True)
class _Desk:
    """A chip that is ready to write the first cells of row 0."""

    stage: Stage
    bus: CoveredBus
    driver: CellDriver
    array: ObedientArray
    block: Block


async def _desk(
    stage: Stage, cells: list[ObedientCell], *, limits: Limits = LIMITS, locked: int = 0
) -> _Desk:
    """Load level file and targets for some cells, the last `locked` of which get no pulse.

    Without cells there is no array at the ports, and the job is that of the first cell.
    """
    spec, bus = stage.spec, await stage.bus()
    array = ObedientArray({(0, line): cell for line, cell in enumerate(cells)})
    if cells:
        stage.attach([array, *(ObedientArray() for _ in range(spec.tiles - 1))], aborts=True)
    # What it is built with is known by its FEATURES.
    await bus.read_register("FEATURES")
    driver = CellDriver(bus, spec)
    places = max(1, len(cells))
    block = Block(first_row=0, last_row=0, first_line=0, last_line=places - 1)
    await driver.prepare(0, limits=limits, average=1)
    await bus.write_register("WRITE_RELAX", _RELAX_CYCLES)
    level, program, target = middle_level(spec)
    formed = replace(program, above=(1 << verify_bits(spec)) - 1)
    words = bus.table.window("LEVELS").base + 4 * WORDS_PER_LEVEL * form_entry(spec)
    await bus.write(words, pack_level(formed, target))
    targets = [Target(level=level, locked=place >= places - locked) for place in range(places)]
    await bus.write(bus.table.window("TARGET").base, pack_targets(targets))
    await driver.clear(block)
    return _Desk(stage=stage, bus=bus, driver=driver, array=array, block=block)


@asynccontextmanager
async def _writing(dut: Any, name: str) -> AsyncIterator[Stage | None]:
    """Give the stage of a test of writing; None on a chip that doesn't."""
    async with covered(dut, name) as stage:
        yield stage if stage.features.writes else None


def _note_job(stage: Stage, name: str) -> None:
    stage.counts.hit("programming", "job", name)


@cocotb.test()
async def cells_end_as_the_reference_says(dut: Any) -> None:
    """Cells that are good, move, stick, swing, slip or are locked: each as the integers say."""
    async with _writing(dut, "cells_end_as_the_reference_says") as stage:
        if stage is None:
            return
        spec = stage.spec
        _, program, target = middle_level(spec)
        cells = cells_of_all_kinds(target, program.above)[: spec.lines]
        desk = await _desk(stage, cells, locked=1)
        twins = fresh_copies(cells)
        expected = [expected_outcome(spec, twin, LIMITS) for twin in twins[:-1]]
        async with desk.driver.armed():
            (found,) = await desk.driver.write_block(desk.block)
        assert found[:-1] == expected
        assert found[-1].status is WriteStatus.LOCKED
        assert [cell.given for cell in cells[:-1]] == [twin.given for twin in twins[:-1]]
        (worn,) = await desk.driver.wear(desk.block)
        assert [wear.reset for wear in worn] == [
            sum(op is Direction.RESET for op in cell.given) for cell in cells
        ]
        failed = [line for line, outcome in enumerate(found) if outcome.status.failed]
        base = desk.bus.table.window("FAILURES").base
        assert [word >> 12 & 0xFFF for word in await desk.bus.read(base, len(failed))] == failed
        assert await desk.bus.read_register("WRITE_FAILURES") == len(failed)
        _note_job(stage, "write")
        await check_event(desk.bus, "written")
        await check_event(desk.bus, "write_failed")


@cocotb.test()
async def cells_are_read_without_a_pulse(dut: Any) -> None:
    """A job that allows no pulse gives none, and leaves the codes to be read."""
    async with _writing(dut, "cells_are_read_without_a_pulse") as stage:
        if stage is None:
            return
        _, program, target = middle_level(stage.spec)
        cells = cells_of_all_kinds(target, program.above)[: stage.spec.lines]
        wanted = [cell.code for cell in cells]
        limits = Limits(pulses=0, flips=0, confirm=1, relax=False)
        desk = await _desk(stage, cells, limits=limits)
        async with desk.driver.armed():
            (found,) = await desk.driver.write_block(desk.block)
        assert [outcome.code for outcome in found] == wanted
        assert not any(cell.given for cell in cells)
        _note_job(stage, "read only")


@cocotb.test()
async def cells_are_formed_or_given_up(dut: Any) -> None:
    """Forming raises a fresh cell by pulses of its own kind; one that stays low is told."""
    async with _writing(dut, "cells_are_formed_or_given_up") as stage:
        if stage is None:
            return
        cells = [ObedientCell(code=0, up=(1 << 9,)), ObedientCell(code=0)]
        desk = await _desk(stage, cells)
        async with desk.driver.armed(forming=True):
            (found,) = await desk.driver.form_block(desk.block)
        assert [outcome.status for outcome in found] == [
            WriteStatus.WRITTEN,
            WriteStatus.NOT_FORMED,
        ]
        assert set(cells[0].given) == set(cells[1].given) == {"form"}
        assert len(cells[1].given) == LIMITS.pulses
        _note_job(stage, "form")


@cocotb.test()
async def march_test_and_screen_find_what_is_wrong(dut: Any) -> None:
    """The march test tells a stuck cell from a good one, and the screen a line that changed."""
    async with _writing(dut, "march_test_and_screen_find_what_is_wrong") as stage:
        if stage is None:
            return
        spec = stage.spec
        top = (1 << verify_bits(spec)) - 1
        desk = await _desk(stage, [FlippingCell(code=0, top=top), ObedientCell(code=0)])
        faults = await desk.driver.march(0, pulses=1, block=desk.block)
        assert faults[0][:2] == [CellFault.NONE, CellFault.STUCK_HRS]
        _note_job(stage, "march")
        repair = RepairDriver(desk.bus, spec)
        signature = await repair.signature(0)
        line = spec.lines - 1
        changed = [code + 3 * (place == line) for place, code in enumerate(signature)]
        (suspect,) = await repair.screen(0, changed, limit=1)
        assert (suspect.line, suspect.rows.start) == (line, 0)
        _note_job(stage, "screen")


async def _begin(desk: _Desk, *, key: bool = True) -> None:
    """Start a job of writing, and don't wait for it."""
    if key:
        await desk.bus.write_register("WRITE_KEY", WRITE_KEY)
    for name, row, line in (
        ("WRITE_FIRST", desk.block.first_row, desk.block.first_line),
        ("WRITE_LAST", desk.block.last_row, desk.block.last_line),
    ):
        await desk.driver.write_fields(name, row=row, line=line)
    await desk.driver.write_fields("WRITE_CTRL", start=1)


async def _job_ends_with(desk: _Desk, error: WriteError, *, wait: int = 200) -> None:
    await rest(desk.bus.dut, wait)
    assert WriteError(await desk.bus.read_register("WRITE_ERROR")) is error
    word = await desk.bus.read_register("WRITE_STATUS")
    register = desk.bus.table.register("WRITE_STATUS")
    assert not register.field("busy").extract(word)
    assert register.field("error").extract(word) == (error is not WriteError.NONE)
    await check_event(desk.bus, "write_failed")


@cocotb.test()
async def jobs_that_may_not_begin_are_refused(dut: Any) -> None:
    """Without its key, with the pin low, for cells that aren't there: no job begins."""
    async with _writing(dut, "jobs_that_may_not_begin_are_refused") as stage:
        if stage is None:
            return
        desk = await _desk(stage, [ObedientCell(code=0)])
        await _begin(desk, key=False)
        await _job_ends_with(desk, WriteError.INTERLOCK)
        dut.write_enable.value = 0
        await _begin(desk)
        await _job_ends_with(desk, WriteError.INTERLOCK)
        dut.write_enable.value = 1
        await desk.bus.write(
            desk.bus.table.window("TARGET").base, pack_targets([Target(level=255)])
        )
        await _begin(desk)
        await _job_ends_with(desk, WriteError.BAD_LEVEL)
        desk.block = Block(first_row=0, last_row=stage.spec.rows, first_line=0, last_line=0)
        await _begin(desk)
        await _job_ends_with(desk, WriteError.BAD_RANGE)
        assert not desk.array.cells[0, 0].given


@cocotb.test()
async def jobs_that_go_wrong_are_ended(dut: Any) -> None:
    """An array that is silent or answers unasked, a command, a lost host: the job says why."""
    async with _writing(dut, "jobs_that_go_wrong_are_ended") as stage:
        if stage is None:
            return
        desk = await _desk(stage, [])
        bus, driver = desk.bus, desk.driver
        dut.array_0__done.value = 0
        await bus.write_register("TIMEOUT", 60)
        await _begin(desk)
        await _job_ends_with(desk, WriteError.READ_TIMEOUT)
        ((failed,),) = await driver.outcomes(desk.block)
        assert failed.status is WriteStatus.READ_FAILED
        # A read that was begun is waited for, also by a job that is told to end.
        await bus.write_register("TIMEOUT", 1000)
        await driver.clear(desk.block)
        await load_steps(bus, Step.of_sums(0, rows=1, columns=1))
        await _begin(desk)
        await rest(bus.dut, 60)
        assert await bus.read_register("WRITE_STATUS") & 1
        # A run isn't begun meanwhile.
        await start(bus)
        assert ErrorCode(await bus.read_register("ERROR") & 0xFF) is ErrorCode.WRITING
        await driver.write_fields("WRITE_CTRL", abort=1)
        await _job_ends_with(desk, WriteError.ABORTED, wait=1200)
        ((cut,),) = await driver.outcomes(desk.block)
        assert cut.status is WriteStatus.ABORTED
        await bus.write_register("HOST_TIMEOUT", 100)
        await _begin(desk)
        await _job_ends_with(desk, WriteError.HOST_LOST, wait=1400)
        await bus.write_register("HOST_TIMEOUT", 0)


@cocotb.test()
async def job_ends_where_an_array_answers_unasked(dut: Any) -> None:
    """An answer while the rails rise breaks the protocol, of a job as of a run."""
    async with _writing(dut, "job_ends_where_an_array_answers_unasked") as stage:
        if stage is None:
            return
        desk = await _desk(stage, [])
        dut.array_0__done.value = 0
        await desk.bus.write_register("WRITE_RAIL", 500)
        await desk.bus.write_register("TIMEOUT", 60)
        await _begin(desk)
        await rest(desk.bus.dut, 40)
        dut.array_0__done.value = 1
        await FallingEdge(dut.clk)
        dut.array_0__done.value = 0
        await _job_ends_with(desk, WriteError.PROTOCOL, wait=700)


@cocotb.test()
async def no_job_begins_during_a_run(dut: Any) -> None:
    """A job that is started while the step table is being run is refused."""
    async with _writing(dut, "no_job_begins_during_a_run") as stage:
        if stage is None:
            return
        desk = await _desk(stage, [])
        await desk.bus.write_register("TIMEOUT", 2000)
        await load_steps(desk.bus, Step.of_sums(0, rows=1, columns=1))
        await start(desk.bus)
        await rest(desk.bus.dut, 50)
        assert await desk.bus.read_register("STATUS") & 1
        await _begin(desk)
        await _job_ends_with(desk, WriteError.RUN_BUSY)
