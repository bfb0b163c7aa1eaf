"""A chip without Verilog: the analog arrays, and plain integers for all that is digital.

It stands in for a simulator where a test is about what comes before or after the simulation.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from ohmloom_analog.array_writer import write_cell
from ohmloom_analog.chip import AnalogChip
from ohmloom_analog.level_program import level_programs
from ohmloom_analog.write_verify import CellWriter, Limits
from ohmloom_sim.job import Answer, Job
from ohmloom_sim.recording import Recorder
from ohmloom_sim.write_record import WriteRecord
from ohmloom_sim.written_cells import WrittenCells

CYCLES_A_PASS = 60
CONVERSION_CYCLES = 12


def begun(job: Job) -> tuple[AnalogChip, WriteRecord | None]:
    """Return the arrays as they are read, and how they were written if they were."""
    spec, chip = job.spec, job.analog_chip()
    if job.program != "write-verify":
        return chip, None
    levels = np.full((spec.tiles, spec.rows, spec.lines + 1), -1, dtype=np.int64)
    for step in job.table.steps:
        used = step.columns * spec.lines_per_column
        levels[step.tile, : step.rows, :used] = job.levels[step.tile][: step.rows, :used]
        levels[step.tile, : step.rows, -1] = 0
    cells = WrittenCells.wanted(spec, levels)
    for tile, row, line in np.argwhere(levels >= 0).tolist():
        program = level_programs(spec, tile)[levels[tile, row, line]]
        limits = Limits.of(spec.tile_specs[tile].write)
        writer = CellWriter(program, int(cells.target[tile, row, line]), limits)
        outcome = write_cell(spec, tile, chip.tiles[tile], (row, line), writer)
        cells.put((tile, row, line), outcome)
    reached = np.array([held.at_read(spec.dac.v_read) for held in chip.cells])
    energy = sum(float(tile.writer.cells.energy.sum()) for tile in chip.tiles)
    if job.age is not None or job.temperature is not None:
        chip = AnalogChip.from_state(
            spec, chip.state(), engine=job.engine, age=job.age, temperature=job.temperature
        )
    return chip, WriteRecord(
        cells=cells, reached=reached, state=chip.state(), energy=energy, cycles=1000, seconds=0.5
    )


def simulate(
    job: Job,
    *,
    sim: str | None,
    folder: Path,
    on_progress: Callable[[int], None] | None = None,
    on_writing: Callable[[int], None] | None = None,
) -> Answer:
    spec, table = job.spec, job.table
    chip, written = begun(job)
    pairs = 2 if spec.encoding == "diff_pair" else 1
    recorder, results, clipped, conversions, now = Recorder(lines=spec.lines), [], 0, 0, 0
    for number, sample in enumerate(job.inputs):
        buffer = np.zeros(spec.input_entries, dtype=np.int64)
        buffer[: len(sample)] = sample
        result = np.zeros(table.outputs, dtype=np.int64)
        total = np.zeros(0, dtype=np.int64)
        for step in table.steps:
            x = buffer[step.input_base : step.input_base + step.rows].copy()
            used = step.columns * spec.lines_per_column
            sums = np.zeros(step.columns, dtype=np.int64)
            for sign in (1, -1) if step.signed else (1,):
                for piece in range(spec.input.slices):
                    codes = np.zeros(spec.rows, dtype=np.int64)
                    part = np.maximum(sign * x, 0) // 2 ** (piece * spec.input.slice_bits)
                    codes[: step.rows] = part % 2**spec.input.slice_bits
                    chip.tiles[step.tile].apply(codes)
                    recorder.begin(step.tile, codes, now)
                    for select in range(min(spec.adc.columns_per_adc, used)):
                        lines = np.arange(select, spec.lines, spec.adc.columns_per_adc)
                        got, over = chip.tiles[step.tile].convert(lines)
                        now += CONVERSION_CYCLES * 83334
                        recorder.add(lines, got, over, now)
                        for line, code, flag in zip(lines, got, over, strict=True):
                            if line >= used:
                                continue
                            conversions += 1
                            clipped += int(flag)
                            place = line % spec.lines_per_column
                            weight = 2 ** (spec.cell_bits * (place // pairs) + spec.adc_shift)
                            weight *= 2 ** (piece * spec.input.slice_bits)
                            negative = pairs == 2 and place % 2 == 1
                            signed = -sign if negative else sign
                            sums[line // spec.lines_per_column] += signed * weight * int(code)
                    now += 20 * 83334
            sums -= spec.weight_offset * int(x.sum())
            total = sums if step.first else total + sums
            if not step.finish:
                continue
            bias = np.array(table.biases[step.bias_base : step.bias_base + step.columns])
            value = total + bias
            if step.result:
                result[step.output_base : step.output_base + step.columns] = value
                continue
            half = 2**step.scale.shift // 2
            value = (value * step.scale.multiplier + half) // 2**step.scale.shift
            low = 0 if step.relu else -spec.input.maximum
            buffer[step.output_base : step.output_base + step.columns] = np.clip(
                value, low, spec.input.maximum
            )
        results.append(result)
        if on_progress is not None:
            on_progress(number + 1)
    passes = len(recorder.recording().tile) // max(1, len(job.inputs))
    cycles = np.full(len(job.inputs), passes * CYCLES_A_PASS, dtype=np.int64)
    return Answer(
        results=np.array(results),
        winners=np.array([int(np.argmax(r)) for r in results]),
        buffer=np.zeros((len(job.inputs), 0), dtype=np.int64),
        cycles=cycles,
        adc_busy=cycles // 2,
        clipped=clipped,
        conversions=conversions,
        seconds=0.5,
        recording=recorder.recording(),
        settling=chip.settling,
        written=written,
    )
