"""What the cells of a chip are to become."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ohmloom_analog.errors import MappingError
from ohmloom_analog.mapping import Mapping, map_network
from ohmloom_analog.network import DenseLayer, Network
from ohmloom_analog.quantisation import quantise
from ohmloom_analog.spec import ChipSpec
from ohmloom_analog.table import LayerTable

__all__ = ["TargetList", "matrix_mapping", "side_by_side", "targets_in_use", "targets_of"]

IntArray = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class TargetList:
    """Levels that are wanted."""

    levels: IntArray
    """By tile, row and bit line, (tiles, R, lines); -1 where a cell is to stay as it is."""
    spared: NDArray[np.bool_] | None = None
    """Cells of reference lines that are to stay as they are, (tiles, R); None for none."""

    @property
    def tiles(self) -> tuple[int, ...]:
        """Tiles that have any."""
        return tuple(np.flatnonzero((self.levels >= 0).any(axis=(1, 2))).tolist())

    @property
    def hash(self) -> str:
        """SHA-256 of shape and levels, as 64 hexadecimal digits."""
        text = f"{self.levels.shape}".encode()
        return hashlib.sha256(text + self.with_reference().astype("<i8").tobytes()).hexdigest()

    def with_reference(self) -> IntArray:
        """Return the levels with the reference line last, (tiles, R, lines + 1).

        It is written where anything on its row is, at level 0.
        """
        reference = np.where((self.levels >= 0).any(axis=2), 0, -1)
        if self.spared is not None:
            reference = np.where(self.spared, -1, reference)
        return np.concatenate([self.levels, reference[..., np.newaxis]], axis=2)


def matrix_mapping(spec: ChipSpec, weights: ArrayLike) -> Mapping:
    """Place a matrix on a chip, as `ohmloom mvm` does it.

    Integers that the chip can hold are taken as they are; all else is scaled so that the largest
    magnitude becomes the largest integer.

    Parameters
    ----------
    weights
        Outputs x inputs.

    Raises
    ------
    MappingError
        Where a number isn't finite, or the matrix doesn't fit the chip.
    """
    matrix = np.asarray(weights, dtype=np.float64)
    if matrix.ndim != 2 or 0 in matrix.shape:
        msg = f"matrix must have at least one row and one column, not the shape {matrix.shape}"
        raise MappingError(msg)
    wrong = np.argwhere(~np.isfinite(matrix))
    if wrong.size:
        row, column = (int(k) for k in wrong[0])
        msg = f"matrix[{row}, {column}] must be finite, not {float(matrix[row, column])!r}"
        raise MappingError(msg)
    low, high = spec.weight_range
    exact = bool(((matrix == np.rint(matrix)) & (matrix >= low) & (matrix <= high)).all())
    network = Network(layers=(DenseLayer(weights=matrix, bias=np.zeros(len(matrix))),))
    samples = np.ones((1, matrix.shape[1]))
    return map_network(spec, quantise(spec, network, samples, exact=exact))


def targets_of(spec: ChipSpec, mapping: Mapping) -> TargetList:
    """Return the cells that hold a mapped network; those that hold nothing stay as they are."""
    return targets_in_use(spec, mapping.table, mapping.levels)


def targets_in_use(
    spec: ChipSpec, table: LayerTable, levels: Sequence[NDArray[np.int64]]
) -> TargetList:
    """Return the cells that a step table uses, and those of columns with known cells beside them.

    The others stay as they are.

    Parameters
    ----------
    levels
        Levels of all cells, (R, lines) a tile.
    """
    wanted = np.full((spec.tiles, spec.rows, spec.lines), -1, dtype=np.int64)
    for step in table.steps:
        lines = step.columns * spec.lines_per_column
        wanted[step.tile, : step.rows, :lines] = levels[step.tile][: step.rows, :lines]
        first = spec.data_columns * spec.lines_per_column
        known = slice(first, first + spec.reference_columns * spec.lines_per_column)
        wanted[step.tile, : step.rows, known] = levels[step.tile][: step.rows, known]
    return TargetList(levels=wanted)


def side_by_side(spec: ChipSpec, matrices: Sequence[ArrayLike]) -> TargetList:
    """Return the cells that hold several matrices, each on tiles of its own.

    Raises
    ------
    MappingError
        Where they need more tiles than there are.
    """
    held: list[IntArray] = []
    for matrix in matrices:
        mapping = matrix_mapping(spec, matrix)
        held += list(targets_of(spec, mapping).levels[: len(mapping.placements)])
    if len(held) > spec.tiles:
        msg = f"matrices must fit the {spec.tiles} tiles of the chip, not need {len(held)}"
        raise MappingError(msg)
    levels = np.full((spec.tiles, spec.rows, spec.lines), -1, dtype=np.int64)
    levels[: len(held)] = held
    return TargetList(levels=levels)
