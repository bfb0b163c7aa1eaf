"""A plain signed matrix times vectors, through mapping, Verilog and array."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ohmloom_analog.errors import MappingError, SpecError
from ohmloom_analog.mapping import Mapping, map_network
from ohmloom_analog.network import DenseLayer, Network
from ohmloom_analog.quantisation import quantise, quantise_inputs
from ohmloom_analog.spec import ChipSpec
from ohmloom_sim.job import Answer, Job

__all__ = [
    "Encoding",
    "MatrixJob",
    "MatrixResult",
    "fitting_spec",
    "judged",
    "multiply",
    "prepare_matrix",
]

Encoding = Literal["diff_pair", "offset_column"]
Floats = NDArray[np.float64]
IntArray = NDArray[np.int64]

_LARGEST_SIDE = 256
_MOST_LINES = 2048
_MOST_WEIGHT_BITS = 16
_MOST_INPUT_BITS = 12
_MOST_ADC_BITS = 16
_SCALED_BITS = 8
_CELL_BITS = 4


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class MatrixJob:
    """A product that is ready to be sent through a chip."""

    spec: ChipSpec
    """The chip."""
    mapping: Mapping
    """The matrix on it."""
    inputs: IntArray
    """The vectors as the chip takes them, vectors x inputs."""
    exact: bool
    """Whether matrix and vectors are taken as the integers that they are; else they are scaled."""
    product: Floats
    """The exact product of what was asked for, vectors x outputs."""


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class MatrixResult:
    """What came out, and how far off it is."""

    product: NDArray[Any]
    """Vectors x outputs, in the units of W x; integers if the job is exact."""
    error_max: float
    """Largest deviation from the exact product."""
    error_rms: float
    """Root of the mean square deviation."""
    error_relative: float
    """The same, over the root of the mean square of the exact product; 0 if that is 0."""

    def to_json(self) -> dict[str, Any]:
        """Return the error figures as plain data."""
        return {
            "max": self.error_max,
            "rms": self.error_rms,
            "relative": self.error_relative,
        }


def fitting_spec(weights: ArrayLike, inputs: ArrayLike, *, encoding: Encoding) -> ChipSpec:
    """Return an ideal chip that a matrix and its vectors fit.

    Its cells have no spread, its lines no resistance and its converters lose nothing. Integers
    are held as they are, up to 16 bits of weight and 12 of input where the accumulator takes
    them; all else is scaled to 8 bits.

    Parameters
    ----------
    weights
        Outputs x inputs.
    inputs
        Vectors x inputs.

    Raises
    ------
    MappingError
        Where the matrix is larger than 64 tiles of the largest size.
    """
    matrix, vectors = np.asarray(weights), np.asarray(inputs)
    name = f"matrix {matrix.shape[0]}x{matrix.shape[1]}"
    spec: ChipSpec | None = None
    if _whole(matrix) and _whole(vectors):
        weight_bits, input_bits = _weight_bits(matrix, encoding), _bits(vectors)
        if weight_bits <= _MOST_WEIGHT_BITS and input_bits <= _MOST_INPUT_BITS:
            spec = _spec(
                name, matrix, vectors, encoding, weight_bits=weight_bits, input_bits=input_bits
            )
    if spec is None:
        stored = _SCALED_BITS + (encoding == "diff_pair")
        spec = _spec(name, matrix, vectors, encoding, weight_bits=stored, input_bits=_SCALED_BITS)
    if spec is None:
        msg = f"matrix must fit 64 tiles of one chip, not be {matrix.shape[0]}x{matrix.shape[1]}"
        raise MappingError(msg)
    return spec


def prepare_matrix(spec: ChipSpec, weights: ArrayLike, inputs: ArrayLike) -> MatrixJob:
    """Map a matrix and its vectors on a chip.

    Integers that the chip can hold are taken as they are; else both are scaled so that the
    largest magnitude of each becomes the largest integer.

    Parameters
    ----------
    weights
        Outputs x inputs.
    inputs
        Vectors x inputs.

    Raises
    ------
    MappingError
        Where shapes don't fit each other or the chip, a number isn't finite, or inputs are
        negative on a chip whose inputs aren't signed.
    """
    matrix = _finite(weights, "matrix")
    vectors = _finite(inputs, "input")
    if vectors.shape[1] != matrix.shape[1]:
        msg = (
            f"input must have {matrix.shape[1]} numbers a vector, one a column of the matrix, "
            f"not {vectors.shape[1]}"
        )
        raise MappingError(msg)
    low, high = spec.weight_range
    exact = (
        _whole(matrix)
        and _whole(vectors)
        and bool((matrix >= low).all() and (matrix <= high).all())
        and bool((np.abs(vectors) <= spec.input.maximum).all())
    )
    network = Network(layers=(DenseLayer(weights=matrix, bias=np.zeros(len(matrix))),))
    held = quantise(spec, network, vectors, exact=exact)
    integers, _ = quantise_inputs(spec, vectors, held.input_lsb)
    return MatrixJob(
        spec=spec,
        mapping=map_network(spec, held),
        inputs=integers,
        exact=exact,
        product=vectors @ matrix.T,
    )


def multiply(
    job: MatrixJob,
    simulate: Callable[..., Answer],
    *,
    engine: str,
    sim: str | None,
    seed: int,
    folder: Path,
    on_progress: Callable[[int], None] | None = None,
) -> tuple[MatrixResult, Answer]:
    """Send the vectors through the chip.

    Parameters
    ----------
    simulate
        `ohmloom_sim.simulate.simulate`, or what stands in for it.
    engine, seed
        Of the array.
    sim, folder, on_progress
        As `simulate` takes them.
    """
    task = Job.of(job.spec, job.mapping, job.inputs, engine=engine, seed=seed)
    answer = simulate(task, sim=sim, folder=folder, on_progress=on_progress)
    return judged(job, answer.results), answer


def judged(job: MatrixJob, results: IntArray) -> MatrixResult:
    """Return what a chip's results say of the product, and how far off they are."""
    lsb = job.mapping.network.layers[-1].output_lsb
    product = results if job.exact else results * lsb
    error = product - job.product
    scale = float(np.sqrt((job.product**2).mean()))
    rms = float(np.sqrt((error**2).mean()))
    return MatrixResult(
        product=product,
        error_max=float(np.abs(error).max()),
        error_rms=rms,
        error_relative=rms / scale if scale else 0.0,
    )


def _spec(
    name: str,
    matrix: NDArray[Any],
    vectors: NDArray[Any],
    encoding: Encoding,
    *,
    weight_bits: int,
    input_bits: int,
) -> ChipSpec | None:
    stored = weight_bits - (encoding == "diff_pair")
    pieces = -(-stored // _CELL_BITS)
    cell_bits = -(-stored // pieces)
    lines = pieces * (2 if encoding == "diff_pair" else 1)
    rows, down = _divided(matrix.shape[1], _LARGEST_SIDE)
    columns, across = _divided(matrix.shape[0], min(_LARGEST_SIDE, _MOST_LINES // lines))
    data: dict[str, Any] = {
        "name": name,
        "encoding": encoding,
        "weight_bits": weight_bits,
        "activation": "none",
        "tile": [
            {
                "count": down * across,
                "rows": rows,
                "columns": columns,
                "cell": {"levels": 1 << cell_bits},
            }
        ],
    }
    # Few slices are fast; many take fewer bits of converters and accumulators.
    for slices in range(1, input_bits + 1):
        slice_bits = -(-input_bits // slices)
        most = rows * ((1 << slice_bits) - 1) * ((1 << cell_bits) - 1)
        if most.bit_length() > _MOST_ADC_BITS:
            continue
        data["adc"] = {"bits": most.bit_length()}
        data["input"] = {
            "bits": input_bits,
            "slice_bits": slice_bits,
            "signed": bool((vectors < 0).any()),
        }
        try:
            return ChipSpec.parse(data)
        except SpecError:
            continue
    return None


def _divided(size: int, most: int) -> tuple[int, int]:
    parts = -(-size // most)
    return -(-size // parts), parts


def _weight_bits(matrix: NDArray[Any], encoding: Encoding) -> int:
    if encoding == "diff_pair":
        return max(2, 1 + _bits(matrix))
    most = max(int(matrix.max()), -int(matrix.min()) - 1, 0)
    return max(2, 1 + most.bit_length())


def _bits(values: NDArray[Any]) -> int:
    return max(1, int(np.abs(values).max()).bit_length())


def _whole(values: NDArray[Any]) -> bool:
    return bool((np.isfinite(values) & (values == np.rint(values))).all())


def _finite(values: ArrayLike, name: str) -> Floats:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 2 or 0 in array.shape:
        msg = f"{name} must be a matrix with at least one row and one column, not {array.shape}"
        raise MappingError(msg)
    wrong = np.argwhere(~np.isfinite(array))
    if wrong.size:
        row, column = (int(k) for k in wrong[0])
        msg = f"{name}[{row}, {column}] must be finite, not {float(array[row, column])!r}"
        raise MappingError(msg)
    return array
