"""The arrays that a point reads: made with their levels, or written cell by cell."""

from dataclasses import dataclass

import numpy as np

from ohmloom_analog.array_writer import write_cell
from ohmloom_analog.chip import AnalogChip
from ohmloom_analog.level_program import level_programs, write_spec_of
from ohmloom_analog.write_verify import CellWriter, Limits
from ohmloom_sim.campaigns.point_jobs import PointJob
from ohmloom_sim.campaigns.points import Point
from ohmloom_sim.host.targets import targets_of
from ohmloom_sim.written_cells import ProgramFigures, WrittenCells, program_figures

__all__ = ["Arrays", "make_arrays"]


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class Arrays:
    """The arrays of a point, at their age."""

    chip: AnalogChip
    """The arrays."""
    written: ProgramFigures | None = None
    """What their writing came to; None where they were made with their levels."""
    cells: WrittenCells | None = None
    """The same, cell by cell."""


def make_arrays(job: PointJob, point: Point) -> Arrays:
    """Make the arrays of a point as the bench of a co-simulation does, without a simulator.

    Raises
    ------
    SpecError
        Where they are to be written and the chip doesn't say how.
    ValueError
        Where the model of an effect doesn't hold for the cells, their age or temperature.
    """
    spec, task, levels = job.spec, point.task, job.mapping.levels
    if task.program == "ideal":
        chip = AnalogChip.build(
            spec,
            levels,
            engine=task.engine,
            seed=point.seed,
            age=task.age,
            temperature=task.temperature,
            read_only=True,
        )
        return Arrays(chip=chip)
    chip = AnalogChip.build(spec, levels, engine=task.engine, seed=point.seed, program="fresh")
    cells = _write(job, chip)
    energy = sum(float(tile.writer.cells.energy.sum()) for tile in chip.tiles if tile.writable)
    aged = AnalogChip.from_state(
        spec, chip.state(), engine=task.engine, age=task.age, temperature=task.temperature
    )
    return Arrays(chip=aged, written=program_figures(spec, cells, energy=energy), cells=cells)


def _write(job: PointJob, chip: AnalogChip) -> WrittenCells:
    """Write the cells in use, row by row."""
    spec = job.spec
    wanted = targets_of(spec, job.mapping).with_reference()
    found = WrittenCells.wanted(spec, wanted)
    for tile in np.flatnonzero((wanted >= 0).any(axis=(1, 2))).tolist():
        programs = level_programs(spec, tile)
        limits = Limits.of(write_spec_of(spec, tile))
        for row, line in np.argwhere(wanted[tile] >= 0).tolist():
            target = int(found.target[tile, row, line])
            writer = CellWriter(programs[wanted[tile, row, line]], target, limits)
            outcome = write_cell(spec, tile, chip.tiles[tile], (row, line), writer)
            found.put((tile, row, line), outcome)
    return found
