"""Monte Carlo of one tile: many chips that differ by their seeds alone, each read and judged.

A sample is the chip of its seed, cell by cell and draw by draw, with one tile. Nothing of it
depends on the other samples, so any share of the seeds gives the same figures in any process.
Errors are those of `ohmloom_sim.metrics`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.chip import AnalogChip
from ohmloom_analog.crossbar import Crossbar
from ohmloom_analog.engines import make_engine
from ohmloom_analog.lifetime import AMBIENT
from ohmloom_analog.spec import ChipSpec
from ohmloom_sim.functional_chip import FunctionalChip
from ohmloom_sim.input_passes import input_passes
from ohmloom_sim.matrix_job import MatrixJob, prepare_matrix
from ohmloom_sim.metrics import conversion_errors
from ohmloom_sim.passes import passes_of_steps
from ohmloom_sim.recording import Recording
from ohmloom_sim.sum_errors import Spread, step_sums

__all__ = ["TileSamples", "prepare_reads", "sample_tiles", "tile_job"]

Floats = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class TileSamples:
    """Figures of tiles, one a seed."""

    seeds: IntArray
    """Of the samples, (n,)."""
    mvm_error: Floats
    """Error of the products, rms over vectors and columns, (n,) [LSB]."""
    mvm_error_max: Floats
    """The largest of these errors, (n,) [LSB]."""
    mvm_error_relative: Floats
    """The rms over that of the exact products, (n,)."""
    code_error: Floats
    """Error of single conversions, rms, (n,) [LSB]."""
    differing: Floats
    """Share of the codes that an ideal array would not have given, (n,)."""
    clipped: Floats
    """Share of the codes that are clipped, (n,)."""
    codes: NDArray[np.int32] | None = None
    """All codes, n x passes x lines, where they were asked for; -1 for lines not in use."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Figures:
    mvm_error: float
    mvm_error_max: float
    mvm_error_relative: float
    code_error: float
    differing: float
    clipped: float


def sample_tiles(
    spec: ChipSpec,
    seeds: Sequence[int],
    *,
    vectors: int,
    matrix_seed: int | None = 0,
    engine: str = "nodal",
    age: float = 0.0,
    temperature: float = AMBIENT,
    keep_codes: bool = False,
) -> TileSamples:
    """Read one fresh tile for each seed.

    Parameters
    ----------
    spec
        The chip; the first of its tiles is sampled, alone.
    seeds
        Of cells, amplifiers and noise, one a sample.
    vectors
        Products of each sample.
    matrix_seed
        Of matrix and vectors, see `tile_job`; None for each sample's own seed.
    engine
        Any that knows no time.
    age, temperature
        Time since programming [s], and of the chip since then [K].
    keep_codes
        Whether the samples hold their codes.

    Raises
    ------
    SpecError
        Where the chip has what `FunctionalChip` doesn't follow.
    ValueError
        Where there is no seed or no vector, or all products are 0.
    EngineError
        Where the engine is missing or fails.
    """
    if not len(seeds):
        msg = "seeds must be at least 1, not 0"
        raise ValueError(msg)
    shared = None if matrix_seed is None else tile_job(spec, vectors, matrix_seed)
    prepare_reads(spec, engine, vectors)
    figures, codes = [], []
    for seed in seeds:
        job = shared or tile_job(spec, vectors, seed)
        arrays = AnalogChip.build(
            job.spec,
            job.mapping.levels,
            engine=engine,
            seed=seed,
            age=age,
            temperature=temperature,
            read_only=True,
        )
        recording = FunctionalChip.of(arrays, job.mapping).run(job.inputs).recording
        figures.append(_figures(job, recording))
        if keep_codes:
            codes.append(recording.codes.astype(np.int32))
    columns = {
        f.name: np.array([getattr(one, f.name) for one in figures]) for f in fields(_Figures)
    }
    return TileSamples(
        seeds=np.array(seeds, dtype=np.int64), codes=np.array(codes) if codes else None, **columns
    )


def prepare_reads(spec: ChipSpec, engine: str, samples: int) -> None:
    """Load what an engine uses for many chips that each read so many samples at once.

    All are then solved in the same way, whatever the process has solved before.

    Raises
    ------
    EngineError
        Where the engine is missing.
    """
    prepare = getattr(make_engine(engine), "prepare", None)
    if prepare is not None:
        plan = input_passes(spec, signed=spec.input.signed, halves=spec.defence.reissue)
        array = Crossbar(np.ones((spec.rows, spec.lines + 1)))
        prepare(array, samples * len(plan), many=True)


def tile_job(spec: ChipSpec, vectors: int, seed: int) -> MatrixJob:
    """Return a matrix that fills one tile of a chip, and vectors for it.

    Both are integers drawn evenly from all that the chip can hold.

    Raises
    ------
    ValueError
        Where there is no vector.
    """
    if vectors < 1:
        msg = f"vectors must be at least 1, not {vectors}"
        raise ValueError(msg)
    alone = spec.model_copy(update={"tile": (spec.tile[0].model_copy(update={"count": 1}),)})
    rng = np.random.default_rng(seed)
    low, high = alone.weight_range
    weights = rng.integers(low, high, (alone.data_columns, alone.data_rows), endpoint=True)
    least = -alone.input.maximum if alone.input.signed else 0
    inputs = rng.integers(least, alone.input.maximum, (vectors, alone.data_rows), endpoint=True)
    return prepare_matrix(alone, weights, inputs)


def _figures(job: MatrixJob, recording: Recording) -> _Figures:
    spec, mapping = job.spec, job.mapping
    (step,) = passes_of_steps(spec, mapping.table, recording, len(job.inputs))
    (place,) = mapping.placements
    found, exact = step_sums(spec, mapping, place, recording, step)
    scale = Spread.of([exact]).rms
    if scale == 0:
        msg = "exact products must not all be 0"
        raise ValueError(msg)
    errors = Spread.of([(found - exact) / float(1 << spec.adc_shift)])
    codes = conversion_errors(spec, mapping, recording, step)
    return _Figures(
        mvm_error=errors.rms,
        mvm_error_max=errors.max,
        mvm_error_relative=Spread.of([found - exact]).rms / scale,
        code_error=Spread.of([codes]).rms,
        differing=float(np.count_nonzero(codes) / codes.size),
        clipped=float(recording.clipped.sum() / (recording.codes >= 0).sum()),
    )
