"""Bench that any emitted chip must pass, whatever its description."""

import itertools
import os
from collections.abc import Awaitable
from typing import Any

import cocotb
import numpy as np

from ohmloom_analog.chip import AnalogChip
from ohmloom_analog.errors import HardwareError, LinkError
from ohmloom_analog.integer import run_integers
from ohmloom_analog.mapping import Mapping, map_network
from ohmloom_analog.network import DenseLayer, Network
from ohmloom_analog.quantisation import quantise, quantise_inputs
from ohmloom_analog.spec import ChipSpec, load_spec
from ohmloom_hw.driver import Driver
from ohmloom_hw.frame import Command, Request, encode_request
from ohmloom_hw.registers import register_table
from ohmloom_hw.run_errors import ErrorCode
from ohmloom_sim.benches.setup import attach_arrays, open_driver, start_clock
from ohmloom_sim.uart_transport import UartTransport

_SAMPLES = 4


def _job() -> tuple[ChipSpec, np.random.Generator]:
    spec = load_spec(os.environ["OHMLOOM_CHIP"])
    return spec, np.random.default_rng(int(os.environ["OHMLOOM_SEED"]))


def _random_mapping(
    spec: ChipSpec, rng: np.random.Generator
) -> tuple[Mapping, np.ndarray[Any, np.dtype[np.int64]]]:
    """Map a random network that uses as many tiles as layers of one tile each can."""
    sizes = [spec.rows]
    while len(sizes) <= min(spec.tiles, 3):
        sizes.append(min(spec.rows, spec.columns))
    layers = tuple(
        DenseLayer(
            weights=rng.normal(size=(outputs, inputs)),
            bias=rng.normal(size=outputs),
            activation="none" if index == len(sizes) - 2 else "relu",
        )
        for index, (inputs, outputs) in enumerate(itertools.pairwise(sizes))
    )
    samples = rng.random((_SAMPLES, spec.rows)) - 0.5 * spec.input.signed
    network = quantise(spec, Network(layers=layers), samples)
    inputs, _ = quantise_inputs(spec, samples, network.input_lsb)
    inputs[0] = 0
    return map_network(spec, network), inputs


async def _refusal(access: Awaitable[Any]) -> str:
    """Return the message with which the chip or its driver refuses, or nothing."""
    try:
        await access
    except (HardwareError, LinkError) as error:
        return str(error)
    return ""


async def _check_exact(dut: Any, *, pressure: bool) -> None:
    spec, rng = _job()
    mapping, inputs = _random_mapping(spec, rng)
    ideal = spec.model_copy(update={"tile": tuple(_without_spread(t) for t in spec.tile)})
    ideal = _without_converter_errors(ideal)
    streams = rng.spawn(2) if pressure else (None, None)
    chip = AnalogChip.build(ideal, mapping.levels, engine="ideal", seed=0)
    await start_clock(dut, spec)
    attach_arrays(dut, spec, chip, stalls=streams[0])
    driver = await open_driver(dut, spec, pauses=streams[1])
    await driver.load(mapping.table)
    await driver.clear_counters()
    expected = run_integers(spec, mapping, inputs)
    for index, sample in enumerate(inputs):
        await driver.write_inputs(0, sample.tolist())
        await driver.run()
        results = await driver.results(0, mapping.table.outputs)
        assert results == expected.layers[-1][index].tolist()
        assert await driver.argmax() == int(np.argmax(expected.layers[-1][index]))
    assert (await driver.counters()).clipped == expected.clipped


def _without_spread(tile: Any) -> Any:
    return tile.model_copy(update={"cell": tile.cell.model_copy(update={"spread": 0.0})})


def _without_converter_errors(spec: ChipSpec) -> ChipSpec:
    none = {"offset": 0.0, "gain_error": 0.0, "noise": 0.0}
    return spec.model_copy(
        update={
            "dac": spec.dac.model_copy(update={**none, "inl": 0.0}),
            "adc": spec.adc.model_copy(update={**none, "inl": 0.0}),
            "tia": spec.tia.model_copy(update={**none, "gain_spread": 0.0, "offset_spread": 0.0}),
        }
    )


@cocotb.test()
async def network_is_exact_on_ideal_arrays(dut: Any) -> None:
    """A network gives the results of the integer model, bit for bit."""
    await _check_exact(dut, pressure=False)


@cocotb.test()
async def network_is_exact_under_back_pressure(dut: Any) -> None:
    """The same with random silence on the line and random stalls of the converters."""
    await _check_exact(dut, pressure=True)


@cocotb.test()
async def every_writable_register_keeps_what_is_written(dut: Any) -> None:
    """Registers that can be written give back what was written, and no other changes."""
    spec, rng = _job()
    await start_clock(dut, spec)
    driver = await open_driver(dut, spec)
    written = {}
    for register in register_table(spec).registers:
        if register.access == "rw":
            mask = sum(((1 << f.width) - 1) << f.low for f in register.fields)
            written[register.offset] = int(rng.integers(0, 1 << 32)) & mask
            await driver.write(register.offset, [written[register.offset]])
    for offset, word in written.items():
        assert await driver.read(offset, 1) == [word]


@cocotb.test()
async def frame_with_wrong_checksum_changes_nothing(dut: Any) -> None:
    """A damaged frame is counted and has no effect; the next frame is taken."""
    spec, _ = _job()
    table = register_table(spec)
    scratch = table.register("SCRATCH").offset
    errors = table.register("CRC_ERRORS").offset
    await start_clock(dut, spec)
    transport = UartTransport(dut.rx, dut.tx, spec.baud)
    driver = Driver(transport, spec)
    await driver.connect()
    await driver.write(scratch, [0x12345678])
    before = (await driver.read(errors, 1))[0]
    request = Request(
        sequence=77, command=Command.WRITE, address=scratch, count=1, words=(0xFFFFFFFF,)
    )
    frame = bytearray(encode_request(request))
    # A payload byte, so that only the checksum can tell.
    frame[-5] ^= 0x04
    await transport.write(bytes(frame))
    assert await driver.read(scratch, 1) == [0x12345678]
    assert (await driver.read(errors, 1))[0] == before + 1
    await driver.write(scratch, [0xCAFE])
    assert await driver.read(scratch, 1) == [0xCAFE]


@cocotb.test()
async def unmapped_address_is_refused(dut: Any) -> None:
    """Reading where nothing is, and writing what is read only, are errors."""
    spec, _ = _job()
    await start_clock(dut, spec)
    driver = await open_driver(dut, spec)
    for access in (driver.read(0x00FFFC, 1), driver.write(0x000000, [1])):
        assert "must be allowed, not refused" in await _refusal(access)


@cocotb.test()
async def silent_array_ends_the_run_with_an_error(dut: Any) -> None:
    """An array that never answers ends the run in the time that TIMEOUT sets."""
    spec, rng = _job()
    mapping, _ = _random_mapping(spec, rng)
    await start_clock(dut, spec)
    driver = await open_driver(dut, spec)
    await driver.load(mapping.table)
    await driver.write(register_table(spec).register("TIMEOUT").offset, [200])
    assert ErrorCode.ARRAY_TIMEOUT.name in await _refusal(driver.run())
