"""Arrays and results as files: read with a clear refusal, never half written."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.errors import OhmloomError

__all__ = ["read_array", "replaced", "write_array", "write_json", "write_text", "writing"]

_FORMATS = (".npy", ".csv")


def read_array(path: Path, name: str) -> NDArray[Any]:
    """Read numbers from an `.npy` or `.csv` file.

    A CSV file has one row a line, separated by commas, without a header. One with a single line
    gives a matrix of one row.

    Parameters
    ----------
    name
        What the numbers are, for messages.

    Raises
    ------
    OhmloomError
        Where the file is missing, is of another kind, or holds anything but real numbers.
    """
    _check_format(path, name)
    if not path.is_file():
        msg = f"{name} must be an existing file, not '{path}'"
        raise OhmloomError(msg)
    try:
        array = _loaded(path)
    except (ValueError, EOFError, OSError) as error:
        msg = f"{name} '{path}' can't be read: {error}"
        raise OhmloomError(msg) from None
    if array.dtype.kind not in "biuf":
        msg = f"{name} '{path}' must hold real numbers, not {array.dtype}"
        raise OhmloomError(msg)
    if array.size == 0:
        msg = f"{name} '{path}' must hold at least one number, not the shape {array.shape}"
        raise OhmloomError(msg)
    return array


def write_array(path: Path, array: NDArray[Any]) -> None:
    """Write an array as `.npy` or `.csv`; a vector becomes one line of CSV.

    Raises
    ------
    OhmloomError
        Where the name ends otherwise, or the file can't be written.
    """
    _check_format(path, "output")
    with replaced(path) as beside:
        if path.suffix == ".npy":
            with beside.open("wb") as file:
                np.save(file, array, allow_pickle=False)
        else:
            style = "%d" if array.dtype.kind in "iu" else "%.17g"
            np.savetxt(beside, np.atleast_2d(array), fmt=style, delimiter=",")


def write_json(path: Path, data: Mapping[str, Any]) -> None:
    """Write plain data as JSON.

    Raises
    ------
    OhmloomError
        Where the file can't be written.
    """
    write_text(path, json.dumps(data, indent=2, allow_nan=False) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write a text in UTF-8.

    Raises
    ------
    OhmloomError
        Where the file can't be written.
    """
    with replaced(path) as beside:
        beside.write_text(text, encoding="utf-8")


@contextmanager
def replaced(path: Path) -> Iterator[Path]:
    """Give a place beside a file to write to, and move what is there onto the file at the end.

    Folders that are missing are made. Where anything is raised the file stays as it was.

    Raises
    ------
    OhmloomError
        Where the file can't be written.
    """
    beside = path.with_name(path.name + ".part")
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield beside
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn what the system has against writing to a path into a refusal that names it.

    Raises
    ------
    OhmloomError
        Where it can't be written.
    """
    try:
        yield
    except OSError as error:
        msg = f"'{path}' can't be written: {error.strerror or error}"
        raise OhmloomError(msg) from None


def _check_format(path: Path, name: str) -> None:
    if path.suffix not in _FORMATS:
        msg = f"{name} must be a file ending in {' or '.join(_FORMATS)}, not '{path}'"
        raise OhmloomError(msg)


def _loaded(path: Path) -> NDArray[Any]:
    if path.suffix == ".npy":
        return np.asarray(np.load(path, allow_pickle=False))
    lines = path.read_text(encoding="utf-8").splitlines()
    rows = [line.split(",") for line in lines if line.strip()]
    if not rows:
        return np.zeros((0, 0))
    width = len(rows[0])
    for number, row in enumerate(rows):
        if len(row) != width:
            msg = f"row {number} must have {width} numbers, not {len(row)}"
            raise ValueError(msg)
    values = np.array([[float(cell) for cell in row] for row in rows])
    whole = np.isfinite(values).all() and (values == np.rint(values)).all()
    exact = whole and (np.abs(values) < 2.0**53).all()
    return values.astype(np.int64) if exact else values
