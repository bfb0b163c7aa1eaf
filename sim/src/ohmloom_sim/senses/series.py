"""Time series in the text files that the package aeon carries.

The files are read where they lie, and aeon isn't imported: it would take seconds, and bring along
versions of other packages that Ohmloom isn't tested with. After a line ``@data`` each line is a
sample: values of a channel with commas between them, channels with colons, and the class last.
"""

import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.errors import MappingError, ToolError

__all__ = ["Part", "SeriesSet", "load_series", "read_series"]

Floats = NDArray[np.float64]
Part: TypeAlias = Literal["TRAIN", "TEST"]


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class SeriesSet:
    """Labelled time series, which may differ in length."""

    series: tuple[Floats, ...]
    """One a sample, channels x points."""
    labels: tuple[str, ...]
    """Their classes, as the file names them."""

    @property
    def channels(self) -> int:
        """Number of channels."""
        return int(self.series[0].shape[0])


def load_series(task: str, dataset: str, part: Part) -> SeriesSet:
    """Read one part of a data set that aeon carries.

    Parameters
    ----------
    task
        What needs it, for the refusal.
    dataset
        Its name in the archive of time series.

    Raises
    ------
    ToolError
        Where aeon isn't installed, or doesn't carry the data set.
    MappingError
        Where the file isn't one of time series.
    """
    found = importlib.util.find_spec("aeon")
    folders = [] if found is None else list(found.submodule_search_locations or [])
    if not folders:
        msg = f"task '{task}' needs the extra 'senses': pip install 'ohmloom[senses]'"
        raise ToolError(msg)
    path = Path(folders[0]) / "datasets" / "data" / dataset / f"{dataset}_{part}.ts"
    if not path.is_file():
        msg = f"aeon must carry the data set {dataset} for task '{task}', as 1.4 does; no '{path}'"
        raise ToolError(msg)
    return read_series(path)


def read_series(path: Path) -> SeriesSet:
    """Read a file of time series.

    Raises
    ------
    MappingError
        Where a line isn't a sample, a value isn't a finite number, or channels differ in number or
        length within a sample.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    start = next((n for n, line in enumerate(lines) if line.strip().lower() == "@data"), len(lines))
    samples = [
        _sample(path, number, line)
        for number, line in enumerate(lines[start + 1 :], start + 2)
        if line.strip()
    ]
    if not samples:
        msg = f"'{path}' must hold samples after a line @data, not none"
        raise MappingError(msg)
    series = tuple(held for held, _ in samples)
    channels = {len(held) for held in series}
    if len(channels) != 1:
        msg = f"samples of '{path}' must have the same channels, not {sorted(channels)}"
        raise MappingError(msg)
    return SeriesSet(series=series, labels=tuple(label for _, label in samples))


def _sample(path: Path, number: int, line: str) -> tuple[Floats, str]:
    *channels, label = line.strip().split(":")
    try:
        held = np.array([[float(v) for v in text.split(",")] for text in channels])
    except ValueError:
        # Channels of several lengths don't make an array either.
        held = np.zeros((0, 0))
    if held.size == 0 or not np.isfinite(held).all():
        msg = (
            f"line {number} of '{path}' must be channels of finite numbers, as many in each, "
            "and a class"
        )
        raise MappingError(msg)
    return held, label.strip()
