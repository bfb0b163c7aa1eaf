"""Bench that any emitted chip must pass, whatever its description: over its serial line alone."""

from typing import Any

import cocotb
import numpy as np

from ohmloom_hw.frame import Command, Request, encode_request
from ohmloom_hw.registers import register_table
from ohmloom_hw.run_errors import ErrorCode
from ohmloom_sim.benches.covered import Stage, covered, refusal
from ohmloom_sim.benches.drawn_networks import draw_network, ideal_arrays, layer_sizes
from ohmloom_sim.coverage.fault_points import Fate, Fault


async def _check_exact(stage: Stage, *, pressure: bool) -> None:
    spec = stage.spec
    drawn = draw_network(spec, layer_sizes(spec), stage.rng)
    table, expected = drawn.mapping.table, drawn.expected
    streams = stage.rng.spawn(2) if pressure else (None, None)
    driver = await stage.line(pauses=streams[1])
    stage.attach(ideal_arrays(spec, drawn.mapping).tiles, stalls=streams[0])
    await driver.load(table)
    await driver.clear_counters()
    for index, sample in enumerate(drawn.inputs):
        await driver.write_inputs(0, sample.tolist())
        await driver.run()
        results = await driver.results(0, table.outputs)
        assert results == expected.layers[-1][index].tolist()
        assert await driver.argmax() == int(np.argmax(expected.layers[-1][index]))
    assert (await driver.counters()).clipped == expected.clipped


@cocotb.test()
async def network_is_exact_on_ideal_arrays(dut: Any) -> None:
    """A network gives the results of the integer model, bit for bit."""
    async with covered(dut, "network_is_exact_on_ideal_arrays") as stage:
        await _check_exact(stage, pressure=False)


@cocotb.test()
async def network_is_exact_under_back_pressure(dut: Any) -> None:
    """The same with random silence on the line and random stalls of the converters."""
    async with covered(dut, "network_is_exact_under_back_pressure") as stage:
        await _check_exact(stage, pressure=True)


@cocotb.test()
async def every_writable_register_keeps_what_is_written(dut: Any) -> None:
    """Registers that can be written give back what was written, and no other changes."""
    async with covered(dut, "every_writable_register_keeps_what_is_written") as stage:
        driver = await stage.line()
        written = {}
        for register in register_table(stage.spec).registers:
            if register.access == "rw":
                mask = sum(((1 << f.width) - 1) << f.low for f in register.fields)
                written[register.offset] = int(stage.rng.integers(0, 1 << 32)) & mask
                await driver.write(register.offset, [written[register.offset]])
        for offset, word in written.items():
            assert await driver.read(offset, 1) == [word]


@cocotb.test()
async def frame_with_wrong_checksum_changes_nothing(dut: Any) -> None:
    """A damaged frame is counted and has no effect; the next frame is taken."""
    async with covered(dut, "frame_with_wrong_checksum_changes_nothing") as stage:
        table = register_table(stage.spec)
        scratch = table.register("SCRATCH").offset
        driver = await stage.line()
        await driver.write(scratch, [0x12345678])
        before = await driver.read_register("CRC_ERRORS")
        request = Request(
            sequence=77, command=Command.WRITE, address=scratch, count=1, words=(0xFFFFFFFF,)
        )
        frame = bytearray(encode_request(request))
        # A payload byte, so that only the checksum can tell.
        frame[-5] ^= 0x04
        await driver.transport.write(bytes(frame))
        assert await driver.read(scratch, 1) == [0x12345678]
        assert await driver.read_register("CRC_ERRORS") == before + 1
        stage.note_fault(Fault.DAMAGED_FRAME, Fate.ENDED)
        await driver.write(scratch, [0xCAFE])
        assert await driver.read(scratch, 1) == [0xCAFE]


@cocotb.test()
async def unmapped_address_is_refused(dut: Any) -> None:
    """Reading where nothing is, and writing what is read only, are errors."""
    async with covered(dut, "unmapped_address_is_refused") as stage:
        driver = await stage.line()
        for access in (driver.read(0x00FFFC, 1), driver.write(0x000000, [1])):
            assert "must be allowed, not refused" in await refusal(access)


@cocotb.test()
async def silent_array_ends_the_run_with_an_error(dut: Any) -> None:
    """An array that never answers ends the run in the time that TIMEOUT sets."""
    async with covered(dut, "silent_array_ends_the_run_with_an_error") as stage:
        drawn = draw_network(stage.spec, layer_sizes(stage.spec), stage.rng)
        driver = await stage.line()
        await driver.load(drawn.mapping.table)
        await driver.write_register("TIMEOUT", 200)
        assert ErrorCode.ARRAY_TIMEOUT.name in await refusal(driver.run())
        stage.note_fault(Fault.DEAD_CONVERTER, Fate.ENDED)
