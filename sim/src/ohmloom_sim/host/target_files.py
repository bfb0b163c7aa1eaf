"""Targets of cells as CSV: a list of cells, and the conductances that another program exports.

The *target list* has one cell a line, under the header ``tile,row,column,level,sign,slice``;
``tile`` and ``slice`` may be left out where they are 0.

The *conductance file* is that of ``fusion_export`` of the IBM Analog Hardware Acceleration Kit:
five lines with id, class, number of weights, height and width of each layer, a line with their
names, and a line a layer with conductances in µS, output by output. Its conductances are
magnitudes; the kit keeps the signs to itself, so they come from a matrix beside the file, or
stand in front of the conductances.
"""

import csv
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ohmloom_analog.codes import line_roles
from ohmloom_analog.errors import MappingError
from ohmloom_analog.spec import ChipSpec
from ohmloom_sim.files import replaced
from ohmloom_sim.host.targets import TargetList, side_by_side

__all__ = ["read_conductances", "read_target_list", "write_target_list"]

Floats = NDArray[np.float64]
Lines = list[tuple[int, list[str]]]

_HEADER = ("tile", "row", "column", "level", "sign", "slice")
_NEEDED = {"row", "column", "level", "sign"}
_LAYER_LINES = ("id", "class", "num_weights", "height", "width")


def write_target_list(spec: ChipSpec, targets: TargetList, path: Path) -> None:
    """Write a target list.

    Raises
    ------
    OhmloomError
        Where the file can't be written.
    """
    places = _places(spec)
    with replaced(path) as beside, beside.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(_HEADER)
        for tile, row, line in np.argwhere(targets.levels >= 0).tolist():
            column, sign, piece = places[line]
            level = int(targets.levels[tile, row, line])
            writer.writerow([tile, row, column, level, sign, piece])


def read_target_list(spec: ChipSpec, path: Path) -> TargetList:
    """Read a target list.

    Raises
    ------
    MappingError
        Where the file is missing, its header is another one, a line doesn't name a cell and a
        level of the chip, or two name the same cell.
    """
    lines = _lines(path, "target list")
    header = tuple(name.strip() for name in lines[0][1])
    if not _NEEDED <= set(header) <= set(_HEADER) or len(set(header)) != len(header):
        msg = (
            f"target list '{path}' must begin with the header {','.join(_HEADER)}, "
            f"not {','.join(header)}"
        )
        raise MappingError(msg)
    if len(lines) == 1:
        msg = f"target list '{path}' must name at least one cell, not none"
        raise MappingError(msg)
    line_of = {place: line for line, place in enumerate(_places(spec))}
    levels = np.full((spec.tiles, spec.rows, spec.lines), -1, dtype=np.int64)
    for number, cells in lines[1:]:
        where = f"line {number} of '{path}'"
        entry = dict.fromkeys(_HEADER, 0) | _entry(where, header, cells)
        _check_entry(spec, where, entry)
        place = (
            entry["tile"],
            entry["row"],
            line_of[entry["column"], entry["sign"], entry["slice"]],
        )
        if levels[place] >= 0:
            named = ", ".join(f"{name} {entry[name]}" for name in _HEADER if name != "level")
            msg = f"{where} must name another cell than those before, not again {named}"
            raise MappingError(msg)
        levels[place] = entry["level"]
    return TargetList(levels=levels)


def read_conductances(
    spec: ChipSpec, path: Path, *, signs: Sequence[ArrayLike] = ()
) -> tuple[TargetList, int]:
    """Read a conductance file, each layer a matrix on tiles of its own.

    A conductance is taken for the difference of a cell from level 0, since the cells that the
    kit thinks of go down to nothing.

    Parameters
    ----------
    signs
        Signs of the weights, one matrix of height x width a layer; none for those in the file.

    Returns
    -------
    The targets, and how many conductances were beyond the largest weight, which they became.

    Raises
    ------
    MappingError
        Where the file is missing, isn't one of these, or doesn't fit the chip.
    """
    lines = _lines(path, "conductance file")
    heads, names, data = _layers(path, lines)
    if signs and len(signs) != len(names):
        msg = f"signs must be given for the {len(names)} layers of '{path}', not for {len(signs)}"
        raise MappingError(msg)
    cell, (low, high) = spec.tile[0].cell, spec.weight_range
    matrices, clipped = [], 0
    for index, (name, (number, cells)) in enumerate(zip(names, data, strict=True)):
        count, height, width = (
            _whole(f"{what} of layer '{name}' in '{path}'", heads[what][index], 1)
            for what in _LAYER_LINES[2:]
        )
        if count != height * width or len(cells) != count:
            msg = (
                f"layer '{name}' of '{path}' must have height x width = {height * width} "
                f"conductances, not {len(cells)}, where num_weights is {count}"
            )
            raise MappingError(msg)
        siemens = [1e-6 * _finite(f"line {number} of '{path}'", text) for text in cells]
        matrix = np.reshape(siemens, (height, width))
        if signs:
            matrix = np.abs(matrix) * _signs(name, signs[index], matrix.shape)
        whole = np.rint(matrix / (cell.g_max - cell.g_min) * high)
        inside = np.clip(whole, max(low, -high), high)
        clipped += int((whole != inside).sum())
        matrices.append(inside)
    return side_by_side(spec, matrices), clipped


def _places(spec: ChipSpec) -> list[tuple[int, int, int]]:
    """Return column, sign and slice of each bit line of a tile."""
    return [
        (
            role.column,
            -1 if role.negative else 1,
            (role.shift - spec.adc_shift) // spec.cell_bits,
        )
        for role in line_roles(spec)
    ]


def _lines(path: Path, what: str) -> Lines:
    """Return the lines of a CSV file that aren't empty, each with its number, from 1."""
    if not path.is_file():
        msg = f"{what} must be an existing file, not '{path}'"
        raise MappingError(msg)
    try:
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.reader(file)
            lines = [(reader.line_num, cells) for cells in reader if any(map(str.strip, cells))]
    except (UnicodeDecodeError, csv.Error) as error:
        msg = f"{what} '{path}' must be a CSV file in UTF-8: {error}"
        raise MappingError(msg) from None
    if not lines:
        msg = f"{what} '{path}' must have lines, not be empty"
        raise MappingError(msg)
    return lines


def _entry(where: str, header: tuple[str, ...], cells: list[str]) -> dict[str, int]:
    if len(cells) != len(header):
        msg = f"{where} must have {len(header)} entries, one a name of the header, not {len(cells)}"
        raise MappingError(msg)
    return {
        name: _whole(f"{name} in {where}", text) for name, text in zip(header, cells, strict=True)
    }


def _check_entry(spec: ChipSpec, where: str, entry: dict[str, int]) -> None:
    bounds = {
        "tile": spec.tiles,
        "row": spec.rows,
        "column": spec.columns,
        "level": spec.tile[0].cell.levels,
        "slice": spec.weight_slices,
    }
    for name, count in bounds.items():
        if not 0 <= entry[name] < count:
            msg = f"{name} in {where} must be in [0, {count - 1}], not {entry[name]}"
            raise MappingError(msg)
    known = (1, -1) if spec.encoding == "diff_pair" else (1,)
    if entry["sign"] not in known:
        signs = " or ".join(map(str, known))
        msg = f"sign in {where} must be {signs}, not {entry['sign']}"
        raise MappingError(msg)


def _layers(path: Path, lines: Lines) -> tuple[dict[str, list[str]], list[str], Lines]:
    """Return what the file says of its layers, their names, and their lines of numbers."""
    first = len(_LAYER_LINES)
    if len(lines) <= first:
        msg = (
            f"conductance file '{path}' must have the lines {', '.join(_LAYER_LINES)}, then "
            f"names, then a line a layer, not {len(lines)} lines"
        )
        raise MappingError(msg)
    heads = {what: cells for what, (_, cells) in zip(_LAYER_LINES, lines, strict=False)}
    names, data = lines[first][1], lines[first + 1 :]
    for what, cells in heads.items():
        if len(cells) != len(names):
            msg = f"{what} in '{path}' must be given for {len(names)} layers, not {len(cells)}"
            raise MappingError(msg)
    if len(data) != len(names):
        msg = f"conductances in '{path}' must be given for {len(names)} layers, not {len(data)}"
        raise MappingError(msg)
    return heads, names, data


def _signs(name: str, signs: ArrayLike, shape: tuple[int, ...]) -> Floats:
    given = np.asarray(signs, dtype=np.float64)
    if given.shape != shape:
        msg = f"signs of layer '{name}' must have the shape {shape}, not {given.shape}"
        raise MappingError(msg)
    return np.sign(given)


def _whole(what: str, text: str, least: int | None = None) -> int:
    try:
        value = int(text)
    except ValueError:
        msg = f"{what} must be a whole number, not '{text}'"
        raise MappingError(msg) from None
    if least is not None and value < least:
        msg = f"{what} must be at least {least}, not {value}"
        raise MappingError(msg)
    return value


def _finite(where: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        msg = f"conductances in {where} must be finite numbers, not '{text}'"
        raise MappingError(msg)
    return value
