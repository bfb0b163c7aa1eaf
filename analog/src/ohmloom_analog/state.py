"""The state of a chip's arrays as data: saved, restored, and handed from engine to engine.

Nothing in it depends on the engine. What a cell conducts is written down beside what it was asked
for and beside the state of its device, so that an array can be read, aged or written further.
"""

import enum
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ohmloom_analog.errors import StateError
from ohmloom_analog.spec import ChipSpec

__all__ = [
    "CellFlag",
    "ChipState",
    "TileState",
    "load_state",
    "save_state",
    "state_arrays",
    "state_of_arrays",
]

_FORMAT = 1
# What numpy and zipfile are known to raise on files that were cut or overwritten.
_DAMAGE = (
    ValueError,
    TypeError,
    AttributeError,
    OSError,
    EOFError,
    MemoryError,
    NotImplementedError,
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
)


class CellFlag(enum.IntFlag):
    """What is wrong with a cell, one bit each."""

    STUCK_HRS = 1
    """It stays at its lowest conductance."""
    STUCK_LRS = 2
    """It stays at its highest conductance."""
    BROKEN = 4
    """It has lost its line."""
    NO_WINDOW = 8
    """Its highest and lowest conductance can't be told apart."""
    FAILED = 16
    """It was written and didn't come to what it should hold."""


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class TileState:
    """The cells of one array, the reference line last; arrays are copied and can't be written to.

    Raises
    ------
    StateError
        Where shapes differ, or a number is outside what it can be.
    """

    levels: NDArray[np.int64]
    """Level that each cell should have, (R, lines + 1)."""
    conductance: NDArray[np.float64]
    """What each cell conducts at a read, without the noise of the read, (R, lines + 1) [S]."""
    device: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    """State of the devices, one (R, lines + 1) array a quantity, in its own unit; may be empty."""
    pulses: NDArray[np.int64] | None = None
    """Programming pulses that each cell has seen, (R, lines + 1); None for none."""
    flags: NDArray[np.uint8] | None = None
    """Bits of `CellFlag`, (R, lines + 1); None for none."""
    age: float = 0.0
    """Time since programming [s]."""
    temperature: float = 300.0
    """Ambient temperature [K]."""
    touched: Mapping[str, int] = field(default_factory=dict)
    """Cells that each effect has touched; one that is off isn't listed."""

    def __post_init__(self) -> None:
        """Copy and check."""
        conductance = _array("conductance", self.conductance, np.float64)
        shape = conductance.shape
        if len(shape) != 2 or 0 in shape:
            msg = f"conductance must be a matrix of rows x lines, not of the shape {shape}"
            raise StateError(msg)
        none = np.zeros(shape, dtype=np.int64)
        arrays: dict[str, Any] = {
            "levels": _array("levels", self.levels, np.int64),
            "pulses": _array("pulses", none if self.pulses is None else self.pulses, np.int64),
            "flags": _array("flags", none if self.flags is None else self.flags, np.uint8),
            "conductance": conductance,
        }
        _check_not_negative("conductance", conductance)
        device = {
            str(name): _array(f"device[{name}]", values, np.float64)
            for name, values in self.device.items()
        }
        for name, array in (*arrays.items(), *((f"device[{n}]", a) for n, a in device.items())):
            if array.shape != shape:
                msg = f"{name} must have the shape of conductance, {shape}, not {array.shape}"
                raise StateError(msg)
            array.setflags(write=False)
        for name, array in arrays.items():
            object.__setattr__(self, name, array)
        object.__setattr__(self, "device", MappingProxyType(device))
        object.__setattr__(self, "age", _number("age", self.age, "s", strict=False))
        kelvin = _number("temperature", self.temperature, "K", strict=True)
        object.__setattr__(self, "temperature", kelvin)
        for name, count in self.touched.items():
            if not 0 <= count <= conductance.size:
                msg = f"touched[{name}] must be from 0 to {conductance.size} cells, not {count!r}"
                raise StateError(msg)
        touched = {str(name): int(count) for name, count in self.touched.items()}
        object.__setattr__(self, "touched", MappingProxyType(touched))

    def flagged(self, flag: CellFlag) -> NDArray[np.bool_]:
        """Return which cells carry a flag, (R, lines + 1)."""
        assert self.flags is not None
        found: NDArray[np.bool_] = (self.flags & np.uint8(flag)) != 0
        return found


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class ChipState:
    """All arrays of a chip."""

    spec_hash: str
    """`ChipSpec.hash` of the chip it belongs to."""
    seed: int
    """Of all randomness of the chip; the seeds of its effects follow from it by their names."""
    tiles: tuple[TileState, ...]
    """One an array port, in their order."""

    def check(self, spec: ChipSpec) -> None:
        """Refuse a chip that the state doesn't belong to.

        Raises
        ------
        StateError
            Where hash, number of tiles, or shape differ.
        """
        if self.spec_hash != spec.hash:
            msg = (
                f"state must be of the chip with the hash {spec.hash[:16]}, "
                f"not of {self.spec_hash[:16]}"
            )
            raise StateError(msg)
        if len(self.tiles) != spec.tiles:
            msg = f"state must have {spec.tiles} tiles, not {len(self.tiles)}"
            raise StateError(msg)
        shape = (spec.rows, spec.lines + 1)
        for index, tile in enumerate(self.tiles):
            if tile.conductance.shape != shape:
                found = tile.conductance.shape
                msg = f"conductance of tile {index} must have the shape {shape}, not {found}"
                raise StateError(msg)


def state_arrays(state: ChipState) -> dict[str, NDArray[Any]]:
    """Return a state as plain arrays, for an `.npz` file."""
    arrays: dict[str, Any] = {
        "format": np.array(_FORMAT),
        "spec_hash": np.array(state.spec_hash),
        "seed": np.array(state.seed, dtype=np.uint64),
        "tiles": np.array(len(state.tiles)),
    }
    for index, tile in enumerate(state.tiles):
        for name in ("levels", "conductance", "pulses", "flags", "age", "temperature"):
            arrays[f"tile_{index}.{name}"] = np.asarray(getattr(tile, name))
        for name, values in tile.device.items():
            arrays[f"tile_{index}.device.{name}"] = values
        arrays[f"tile_{index}.touched"] = np.array(list(tile.touched), dtype=np.str_)
        counts = list(tile.touched.values())
        arrays[f"tile_{index}.touched_cells"] = np.array(counts, dtype=np.int64)
    return arrays


def save_state(state: ChipState, path: Path) -> None:
    """Write a state as `.npz`, beside the file first and then in its place.

    Raises
    ------
    StateError
        Where the file can't be written.
    """
    arrays: dict[str, Any] = state_arrays(state)
    beside = path.with_name(path.name + ".part")
    try:
        with beside.open("wb") as file:
            np.savez_compressed(file, allow_pickle=False, **arrays)
        beside.replace(path)
    except OSError as error:
        msg = f"state '{path}' can't be written: {error.strerror or error}"
        raise StateError(msg) from None
    finally:
        beside.unlink(missing_ok=True)


def state_of_arrays(arrays: Mapping[str, NDArray[Any]]) -> ChipState:
    """Return the state that `state_arrays` gave as arrays.

    Raises
    ------
    StateError
        Where they are of another format, or what they hold can't be.
    KeyError
        Where one is missing.
    """
    if int(arrays["format"]) != _FORMAT:
        msg = f"its format must be {_FORMAT}, not {int(arrays['format'])}"
        raise StateError(msg)
    return ChipState(
        spec_hash=str(arrays["spec_hash"]),
        seed=int(arrays["seed"]),
        tiles=tuple(_tile(arrays, index) for index in range(int(arrays["tiles"]))),
    )


def load_state(path: Path, spec: ChipSpec | None = None) -> ChipState:
    """Read a state, and check that it belongs to a chip.

    Parameters
    ----------
    path
        An `.npz` file that `save_state` wrote.
    spec
        The chip; None to take any.

    Raises
    ------
    StateError
        Where the file is missing, damaged, of another format or of another chip.
    """
    if not path.is_file():
        msg = f"state must be an existing .npz file, not '{path}'"
        raise StateError(msg)
    try:
        # Given a path, numpy leaves a damaged file open.
        with path.open("rb") as source, np.load(source, allow_pickle=False) as file:
            state = state_of_arrays({name: file[name] for name in file.files})
    except KeyError as error:
        msg = f"state '{path}' must hold the array {error.args[0]}"
        raise StateError(msg) from None
    except _DAMAGE as error:
        msg = f"state '{path}' is damaged: {' '.join(str(error).split()) or type(error).__name__}"
        raise StateError(msg) from None
    if spec is not None:
        state.check(spec)
    return state


def _tile(arrays: Mapping[str, NDArray[Any]], index: int) -> TileState:
    prefix = f"tile_{index}."
    device = f"{prefix}device."
    return TileState(
        levels=arrays[prefix + "levels"],
        conductance=arrays[prefix + "conductance"],
        device={n.removeprefix(device): a for n, a in arrays.items() if n.startswith(device)},
        pulses=arrays[prefix + "pulses"],
        flags=arrays[prefix + "flags"],
        age=float(arrays[prefix + "age"]),
        temperature=float(arrays[prefix + "temperature"]),
        touched=dict(
            zip(
                arrays[prefix + "touched"].tolist(),
                arrays[prefix + "touched_cells"].tolist(),
                strict=True,
            )
        ),
    )


def _array(name: str, given: ArrayLike, kind: type[np.generic]) -> NDArray[Any]:
    array = np.asarray(given)
    whole = issubclass(kind, np.integer)
    if array.dtype.kind not in ("biu" if whole else "biuf"):
        msg = f"{name} must be {'integers' if whole else 'real numbers'}, not {array.dtype}"
        raise StateError(msg)
    wrong = np.argwhere(~np.isfinite(array))
    if wrong.size:
        msg = f"{_cell(name, wrong[0])} must be finite, not {float(array[tuple(wrong[0])])!r}"
        raise StateError(msg)
    if issubclass(kind, np.integer):
        _check_not_negative(name, array)
        top = int(np.iinfo(kind).max)
        wrong = np.argwhere(array > top)
        if wrong.size:
            value = int(array[tuple(wrong[0])])
            msg = f"{_cell(name, wrong[0])} must be at most {top}, not {value}"
            raise StateError(msg)
    copied: NDArray[Any] = np.array(array, dtype=kind)
    return copied


def _check_not_negative(name: str, array: NDArray[Any]) -> None:
    wrong = np.argwhere(array < 0)
    if wrong.size:
        value = array[tuple(wrong[0])].item()
        msg = f"{_cell(name, wrong[0])} must be at least 0, not {value!r}"
        raise StateError(msg)


def _cell(name: str, place: NDArray[np.intp]) -> str:
    return f"{name}[{', '.join(str(k) for k in place)}]"


def _number(name: str, value: float, unit: str, *, strict: bool) -> float:
    number = float(value)
    if not (number > 0 or (number == 0 and not strict)) or number == np.inf:
        bound = "above" if strict else "at least"
        msg = f"{name} must be finite and {bound} 0 {unit}, not {number!r}"
        raise StateError(msg)
    return number
