"""Columns of a chip read as they are: known inputs, one step a tile, no correction, no check.

All tiles are read in one run, so that a point costs no more than an inference. What the chip held
before is put back.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.spec import ChipSpec
from ohmloom_analog.table import LayerTable, Step
from ohmloom_hw.check_shape import LIMIT_BITS
from ohmloom_hw.driver import Driver
from ohmloom_hw.step_words import STEP_WORDS
from ohmloom_sim.host.calibration_file import UsedTile

__all__ = ["ColumnReads", "kept_tables", "reference_input"]

IntArray = NDArray[np.int64]
Floats = NDArray[np.float64]


def reference_input(spec: ChipSpec) -> int:
    """Return the input of all rows in a read to tell drift by: half of what each slice can be.

    The whole could take a converter out of its range.
    """
    half = 1 << (spec.input.slice_bits - 1)
    word = sum(half << (spec.input.slice_bits * piece) for piece in range(spec.input.slices))
    return min(word, spec.input.maximum)


@dataclass(frozen=True, kw_only=True, slots=True)
class ColumnReads:
    """Reads of some tiles of a chip."""

    spec: ChipSpec
    """The chip."""
    tiles: tuple[UsedTile, ...]
    """What is read."""
    signed: tuple[bool, ...]
    """Whether inputs may be negative, one a tile."""

    @property
    def table(self) -> LayerTable:
        """What the chip runs: sums go to the result buffer, tile after tile."""
        steps, first, output = [], 0, 0
        for used, signed in zip(self.tiles, self.signed, strict=True):
            steps.append(
                Step.of_sums(
                    used.tile,
                    rows=used.rows,
                    columns=used.columns,
                    input_base=first,
                    output_base=output,
                    signed=signed,
                )
            )
            first, output = first + used.rows, output + used.columns
        return LayerTable(
            steps=tuple(steps), biases=(0,) * self.spec.columns, inputs=first, outputs=output
        )

    async def sums(self, driver: Driver, inputs: Sequence[IntArray], reads: int) -> list[Floats]:
        """Return the sums of each tile's columns at one input a tile, the mean of some reads.

        The table must be loaded.

        Raises
        ------
        HardwareError
            Where a run fails.
        """
        table = self.table
        await driver.write_inputs(0, np.concatenate(inputs).tolist())
        total = np.zeros(table.outputs)
        for _ in range(reads):
            await driver.run()
            total += await driver.results(0, table.outputs)
        places = [step.output_base for step in table.steps[1:]]
        return np.split(total / reads, places)

    async def reference_sums(self, driver: Driver, reads: int) -> list[Floats]:
        """Return the sums with `reference_input` on all rows; the table must be loaded."""
        level = reference_input(self.spec)
        rows = [np.full(used.rows, level, dtype=np.int64) for used in self.tiles]
        return await self.sums(driver, rows, reads)


@asynccontextmanager
async def kept_tables(driver: Driver, spec: ChipSpec) -> AsyncIterator[None]:
    """Let a chip run other steps, without checks, and put back what it held."""
    steps = await driver.read_register("STEPS")
    sizes = {"STEP": steps * len(STEP_WORDS), "BIAS": spec.columns}
    checks = spec.defence.checksums
    if checks:
        sizes["CHECK_LIMIT"] = driver.table.window("CHECK_LIMIT").words
    base = {name: driver.table.window(name).base for name in sizes}
    held = {name: await driver.read(base[name], size) for name, size in sizes.items() if size}
    residues = spec.defence.residue > 0 and await driver.read_register("RESIDUE_ON")
    if residues:
        await driver.write_register("RESIDUE_ON", 0)
    if checks:
        # Above such limits nothing can be.
        await driver.write(base["CHECK_LIMIT"], [(1 << LIMIT_BITS) - 1] * sizes["CHECK_LIMIT"])
    try:
        yield
    finally:
        for name, words in held.items():
            await driver.write(base[name], words)
        await driver.write_register("STEPS", steps)
        if residues:
            await driver.write_register("RESIDUE_ON", 1)
