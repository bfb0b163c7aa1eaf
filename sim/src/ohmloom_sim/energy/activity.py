"""What a chip did in a run, as far as energy and time depend on it: counted, not assumed."""

from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np

from ohmloom_analog.mapping import Mapping
from ohmloom_analog.spec import ChipSpec
from ohmloom_analog.table import Step
from ohmloom_hw.repeated_reads import repeats
from ohmloom_sim.job import Answer
from ohmloom_sim.passes import step_passes

__all__ = ["Activity"]

_WORD_BYTES = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Activity:
    """Counts and times of a run, all samples together."""

    samples: int
    """Inferences."""
    mvms: int
    """Products of a tile with a vector: one a step and sample."""
    macs: int
    """Multiplications of the network's layers: one a weight and sample."""
    passes: int
    """Reads of a tile with one slice of the inputs."""
    conversions: int
    """Conversions of the ADCs: those that the chip counted, times the reads that make one."""
    row_seconds: float
    """Time that drivers hold a word line, summed over all lines of the tile that is read [s]."""
    line_seconds: float
    """Time that amplifiers hold a bit line, summed likewise, the reference line included [s]."""
    settle_seconds: float
    """Time in which word lines settle [s]."""
    conversion_seconds: float
    """Time from the first conversion of a pass to its last code [s]."""
    run_seconds: float
    """Time from start to done, by the chip's own count of cycles [s]."""
    additions: int
    """Of at most 32 bits, see `counted_operations`."""
    multiplications: int
    """Of at most 32 bits, likewise."""
    buffer_bytes: int
    """Bytes to and from buffers, likewise."""

    @classmethod
    def of(cls, spec: ChipSpec, mapping: Mapping, answer: Answer) -> Self:
        """Count what a run did.

        Passes that were read again because their sums were in doubt are in `conversions` and
        `run_seconds`, and aren't in the recording, from which the other times are.
        """
        recording, samples = answer.recording, len(answer.winners)
        settle = spec.settle_cycles / spec.clock
        converting = (recording.end_ps - recording.start_ps) * 1e-12
        passes = float(np.sum(converting)) + settle * len(converting)
        steps = mapping.table.steps
        per_sample = [counted_operations(spec, step) for step in steps]
        additions, multiplications, moved = (
            samples * sum(column) for column in zip(*per_sample, strict=True)
        )
        # A code is added to its column's sum, which is read and written.
        sums = 2 * answer.conversions * -(-spec.accumulator_bits // 8)
        # The chip counts an average or a vote of several conversions as one.
        conversions = answer.conversions * repeats(spec)
        return cls(
            samples=samples,
            mvms=samples * len(steps),
            macs=samples * sum(len(p.inputs) * len(p.outputs) for p in mapping.placements),
            passes=len(converting),
            conversions=conversions,
            row_seconds=spec.rows * passes,
            line_seconds=(spec.lines + 1) * passes,
            settle_seconds=settle * len(converting),
            conversion_seconds=float(np.sum(converting)),
            run_seconds=float(answer.cycles.sum()) / spec.clock,
            additions=additions + conversions,
            multiplications=multiplications,
            buffer_bytes=moved + sums,
        )

    def to_json(self) -> dict[str, Any]:
        """Return the activity as plain data."""
        return asdict(self)


def counted_operations(spec: ChipSpec, step: Step) -> tuple[int, int, int]:
    """Return additions, multiplications and bytes moved in a step, but for those of its codes.

    A column's sum is corrected by a gain and an offset, and added to its total; a step that
    finishes also adds the bias and, unless it is the last layer's, scales and rounds. With an
    offset encoding the inputs are summed once. Each pass takes the inputs from their buffer;
    totals of 4 bytes are written, and read again.
    """
    entry = spec.entry_bits // 8
    passes = sum(1 for _ in step_passes(spec, step))
    scaled = step.finish and not step.result
    additions = 2 * step.columns + (step.columns if step.finish else 0)
    additions += step.columns if scaled else 0
    additions += step.rows if spec.encoding == "offset_column" else 0
    multiplications = step.columns * (2 if scaled else 1)
    moved = passes * step.rows * entry + 2 * step.columns * _WORD_BYTES
    moved += step.columns * entry if scaled else 0
    return additions, multiplications, moved
