"""What every array engine offers, and the checks that they share."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ohmloom_analog.crossbar import Crossbar
from ohmloom_analog.errors import EngineError

__all__ = [
    "Engine",
    "NodeVoltages",
    "TimedEngine",
    "checked_currents",
    "checked_voltages",
    "loaded",
]

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class NodeVoltages:
    """The voltages at the two terminals of each cell."""

    word: Floats
    """On the word line, (R, L) [V]."""
    bit: Floats
    """On the bit line, (R, L) [V]."""


class Engine(Protocol):
    """Something that solves a crossbar; it holds one at a time."""

    name: str
    """As in `ENGINE_NAMES`."""

    def load(self, crossbar: Crossbar) -> None:
        """Take a crossbar, in place of the one before."""

    def currents(self, voltages: ArrayLike) -> Floats:
        """Return the current of each bit line into its virtual ground.

        Parameters
        ----------
        voltages
            Of the drivers, (R,) or one vector a row (n, R) [V].

        Returns
        -------
        Floats
            (L,) or (n, L) [A].

        Raises
        ------
        ValueError
            Where a voltage isn't finite or the shape doesn't fit.
        EngineError
            Where no crossbar is loaded, or the engine fails or gives no number.
        """
        ...

    def node_voltages(self, voltages: ArrayLike) -> NodeVoltages:
        """Return the voltages at all cells, for one vector (R,) of driver voltages [V]."""
        ...


@runtime_checkable
class TimedEngine(Protocol):
    """An engine that samples currents before they have quite settled."""

    @property
    def settling_error(self) -> Floats:
        """By how much the currents read last weren't settled, in their shape [A]."""
        ...


def loaded(crossbar: Crossbar | None, name: str) -> Crossbar:
    """Return the crossbar of an engine, or refuse where there is none yet."""
    if crossbar is None:
        msg = f"{name}: a crossbar must be loaded before it is solved"
        raise EngineError(msg)
    return crossbar


def checked_voltages(voltages: ArrayLike, rows: int, *, single: bool = False) -> Floats:
    """Return driver voltages as floats, refused by name where they don't fit."""
    array = np.asarray(voltages)
    if array.dtype.kind not in "biuf":
        msg = f"voltages must be real numbers, not {array.dtype}"
        raise ValueError(msg)
    array = array.astype(np.float64)
    if array.ndim not in ((1,) if single else (1, 2)) or array.shape[-1] != rows:
        shapes = f"({rows},)" if single else f"({rows},) or (n, {rows})"
        msg = f"voltages must have the shape {shapes}, not {array.shape}"
        raise ValueError(msg)
    wrong = np.argwhere(~np.isfinite(array))
    if wrong.size:
        place = ", ".join(str(k) for k in wrong[0])
        msg = f"voltages[{place}] must be finite, not {float(array[tuple(wrong[0])])!r}"
        raise ValueError(msg)
    return array


def checked_currents(currents: Floats, name: str) -> Floats:
    """Return currents, or refuse where one is no number."""
    wrong = np.argwhere(~np.isfinite(currents))
    if wrong.size:
        line, value = int(wrong[0][-1]), float(currents[tuple(wrong[0])])
        msg = f"{name}: the current of line {line} must be a finite number, not {value!r}"
        raise EngineError(msg)
    return currents
