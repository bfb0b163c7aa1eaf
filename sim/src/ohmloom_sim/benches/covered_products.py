"""Bench over the bus of a chip: products of all shapes, and codes of all sizes."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import cocotb
import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.codes import line_roles
from ohmloom_analog.integer import run_integers
from ohmloom_analog.spec import ChipSpec
from ohmloom_analog.table import LayerTable, Step
from ohmloom_hw.repeated_reads import repeats
from ohmloom_sim.benches.covered import CoveredBus, Stage, covered
from ohmloom_sim.benches.drawn_networks import draw_network, ideal_arrays
from ohmloom_sim.bridge import ArrayBridge
from ohmloom_sim.faulty_memory import read_ecc_counters
from ohmloom_sim.passes import step_passes

IntArray = NDArray[np.int64]


def _all_sizes(spec: ChipSpec) -> Iterator[list[int]]:
    """Give layer sizes that use one, some and all rows and columns, and as many tiles as fit."""
    rows, columns = spec.data_rows, spec.data_columns
    for inputs in sorted({1, (rows + 1) // 2, rows}):
        for outputs in sorted({1, (columns + 1) // 2, columns}):
            yield [inputs, outputs]
    if spec.tiles > 1:
        yield [rows + 1, columns]
        yield [rows, min(rows, columns), columns]
    if spec.tiles > 3:
        yield [rows + 2, min(rows, columns), min(rows, columns), columns]


async def _check_network(
    stage: Stage, bus: CoveredBus, bridges: list[ArrayBridge], sizes: list[int]
) -> None:
    """Run the largest sample and a drawn one; only that where each conversion is many reads."""
    drawn = draw_network(stage.spec, sizes, stage.rng, samples=3)
    samples = [2] if len(sizes) == 2 and repeats(stage.spec) > 1 else [1, 2]
    table, layers = drawn.mapping.table, drawn.expected.layers
    for bridge, tile in zip(bridges, ideal_arrays(stage.spec, drawn.mapping).tiles, strict=True):
        bridge.put(stage.sampled(tile))
    await bus.load(table)
    await bus.clear_counters()
    for index in samples:
        sample = drawn.inputs[index]
        await bus.write_inputs(0, sample.tolist())
        await bus.run()
        assert await bus.results(0, table.outputs) == layers[-1][index].tolist()
        assert await bus.argmax() == int(np.argmax(layers[-1][index]))
        hidden = np.concatenate([layer[index] for layer in layers[:-1]] or [np.zeros(0, int)])
        found = await bus.read_inputs(len(sample), len(hidden))
        assert found == hidden.tolist()
    part = run_integers(stage.spec, drawn.mapping, drawn.inputs[samples])
    assert (await bus.counters()).clipped == part.clipped


@cocotb.test()
async def networks_of_all_shapes_are_exact(dut: Any) -> None:
    """One row or all, one column or all, one layer or several: all as the integer model says."""
    async with covered(dut, "networks_of_all_shapes_are_exact") as stage:
        bus = await stage.bus()
        bridges: list[ArrayBridge] = []
        for sizes in _all_sizes(stage.spec):
            if not bridges:
                first = draw_network(stage.spec, sizes, np.random.default_rng(0))
                bridges = stage.attach(ideal_arrays(stage.spec, first.mapping).tiles)
            await _check_network(stage, bus, bridges, sizes)


@cocotb.test()
async def tile_that_is_read_twice_in_a_run_gives_the_same(dut: Any) -> None:
    """Two steps of one tile leave the same sums in two places."""
    async with covered(dut, "tile_that_is_read_twice_in_a_run_gives_the_same") as stage:
        spec = stage.spec
        columns = max(1, min(spec.data_columns, spec.result_entries // 2))
        drawn = draw_network(spec, [spec.data_rows, columns], stage.rng, samples=3, biased=False)
        (step,) = drawn.mapping.table.steps
        again = replace(step, output_base=columns)
        table = replace(drawn.mapping.table, steps=(step, again))
        bus = await stage.bus()
        stage.attach(ideal_arrays(spec, drawn.mapping).tiles)
        await bus.load(table)
        # The first is of zeros, so that there are results of 0, too.
        for index in (0, 2):
            await bus.write_inputs(0, drawn.inputs[index].tolist())
            await bus.run()
            expected = drawn.expected.layers[-1][index].tolist()
            assert await bus.results(0, 2 * columns) == 2 * expected


class _AnyCodes:
    """An array that gives any codes at all, in and out of range, the same ones in each pass."""

    def __init__(self, spec: ChipSpec, rng: np.random.Generator) -> None:
        self._spec, self._rng = spec, rng
        self.codes: list[IntArray] = []
        self.clipped: list[NDArray[np.bool_]] = []

    def apply(self, codes: IntArray) -> None:
        top, lines = self._spec.code_maximum, self._spec.lines
        drawn = self._rng.integers(0, top, lines, endpoint=True)
        drawn[self._rng.random(lines) < 0.1] = 0
        drawn[self._rng.random(lines) < 0.1] = top
        ends = (drawn == 0) | (drawn == top)
        self.codes.append(drawn)
        self.clipped.append(ends & (self._rng.random(lines) < 0.5))

    def convert(self, lines: IntArray) -> tuple[IntArray, NDArray[np.bool_]]:
        return self.codes[-1][lines], self.clipped[-1][lines]


def _expected_sums(spec: ChipSpec, step: Step, sample: IntArray, codes: list[IntArray]) -> Any:
    """Return what codes add up to, one a column, pass by pass and line by line."""
    sums = [-spec.weight_offset * int(sample.sum())] * spec.columns
    for (shift, sign), given in zip(step_passes(spec, step), codes, strict=True):
        for role, code in zip(line_roles(spec), given.tolist(), strict=True):
            sums[role.column] += sign * (-1 if role.negative else 1) * (code << role.shift + shift)
    return sums[: step.columns]


@cocotb.test()
async def codes_of_all_sizes_add_up(dut: Any) -> None:
    """Any code of any line has its weight in the sums, and is counted where out of range."""
    async with covered(dut, "codes_of_all_sizes_add_up") as stage:
        spec = stage.spec
        bus = await stage.bus()
        arrays = [_AnyCodes(spec, rng) for rng in stage.rng.spawn(spec.tiles)]
        stage.attach(arrays)
        for tile in sorted({0, spec.tiles - 1}):
            array = arrays[tile]
            step = Step.of_sums(
                tile, rows=spec.rows, columns=spec.columns, signed=spec.input.signed
            )
            await bus.load(
                LayerTable(
                    steps=(step,),
                    biases=(0,) * spec.columns,
                    inputs=spec.rows,
                    outputs=spec.columns,
                )
            )
            low = -spec.input.maximum * spec.input.signed
            for _ in range(2):
                sample = stage.rng.integers(low, spec.input.maximum, spec.rows, endpoint=True)
                array.codes.clear()
                array.clipped.clear()
                await bus.clear_counters()
                await bus.write_inputs(0, sample.tolist())
                await bus.run()
                await _check_sums(stage, bus, step, sample, array)


async def _check_sums(
    stage: Stage, bus: CoveredBus, step: Step, sample: IntArray, array: _AnyCodes
) -> None:
    """Check sums and counters; of a chip that must not add such codes up, that it tells."""
    defence = stage.spec.defence
    if defence.an != "none" or defence.reissue:
        counted = await read_ecc_counters(bus, stage.spec)
        assert counted["CHECK_DOUBTFUL" if defence.an != "none" else "REISSUED"] > 0
        return
    found = await bus.results(0, stage.spec.columns)
    assert found == _expected_sums(stage.spec, step, sample, array.codes)
    assert (await bus.counters()).clipped == int(np.sum(array.clipped))
