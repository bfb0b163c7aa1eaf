"""The calibration of a chip as a file: corrections, bounds, and a read to tell drift by."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

from ohmloom_analog.calibration_fit import HIGHEST_GAIN
from ohmloom_analog.errors import OhmloomError
from ohmloom_analog.spec import ChipSpec
from ohmloom_sim.files import write_json

__all__ = ["Calibration", "UsedTile"]

_FORMAT = "ohmloom calibration 1"

Numbers = tuple[tuple[float, ...], ...]
Wholes = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class UsedTile:
    """A tile that was calibrated."""

    tile: int
    """Its number."""
    rows: int
    """Rows that are driven."""
    columns: int
    """Logical columns that are read, those with known cells included."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Calibration:
    """What a chip was found to need."""

    spec_hash: str
    """Of the chip's description."""
    points: int
    """Inputs at which each tile was read."""
    reads: int
    """Reads of each that were averaged."""
    tiles: tuple[UsedTile, ...]
    """The tiles that were calibrated."""
    offsets: Wholes
    """Subtracted from the sums, tiles x columns [sum LSB]."""
    gains: Numbers
    """What they are then multiplied by, tiles x columns."""
    bounds: Wholes
    """How far a column may be off that isn't faulty, tiles x columns [sum LSB]."""
    confidence: float
    """That a bound is five standard deviations at least."""
    left: float
    """Largest error of a point after the correction [sum LSB]."""
    reference: Numbers
    """Calibrated sums of each used tile with the same input on all rows, used tiles x columns."""

    def __post_init__(self) -> None:
        """Check that the numbers are some.

        Raises
        ------
        ValueError
            Where one isn't finite, a gain is out of range, or shapes don't fit.
        """
        for name in ("offsets", "gains", "bounds"):
            values = np.array(getattr(self, name), dtype=np.float64)
            if values.ndim != 2 or values.shape != np.shape(self.offsets):
                msg = f"{name} must be tiles x columns, not {values.shape}"
                raise ValueError(msg)
            if not np.isfinite(values).all():
                msg = f"{name} must be finite, not {values[~np.isfinite(values)][0]}"
                raise ValueError(msg)
        gains = np.array(self.gains)
        if ((gains < 0) | (gains >= HIGHEST_GAIN)).any():
            wrong = gains[(gains < 0) | (gains >= HIGHEST_GAIN)][0]
            msg = f"gains must be in [0, {HIGHEST_GAIN:g}), not {wrong:g}"
            raise ValueError(msg)
        widths = [used.columns for used in self.tiles]
        if [len(row) for row in self.reference] != widths:
            msg = f"reference must have {widths} sums, not {[len(r) for r in self.reference]}"
            raise ValueError(msg)
        if not all(np.isfinite(row).all() for row in self.reference):
            msg = "reference must be finite, not hold other numbers"
            raise ValueError(msg)

    def save(self, path: Path) -> None:
        """Write as JSON.

        Raises
        ------
        OhmloomError
            Where the file can't be written.
        """
        write_json(path, {"format": _FORMAT, **asdict(self)})

    @classmethod
    def load(cls, path: Path, spec: ChipSpec) -> Self:
        """Read what `save` wrote.

        Raises
        ------
        OhmloomError
            Where the file is missing, is another one, or of another chip.
        """
        try:
            data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            msg = f"calibration must be a file, not '{path}': {error.strerror or error}"
            raise OhmloomError(msg) from None
        except ValueError as error:
            msg = f"calibration '{path}' must be JSON: {error}"
            raise OhmloomError(msg) from None
        if not isinstance(data, dict) or data.pop("format", None) != _FORMAT:
            msg = f"calibration '{path}' must be a file of `ohmloom host calibrate`, not another"
            raise OhmloomError(msg)
        if data.get("spec_hash") != spec.hash:
            msg = (
                f"calibration '{path}' must be of chip '{spec.name}' with hash {spec.hash[:16]}, "
                f"not {str(data.get('spec_hash'))[:16]}"
            )
            raise OhmloomError(msg)
        try:
            found = cls.of_plain(data)
            if np.shape(found.offsets) != (spec.tiles, spec.columns):
                shape = (spec.tiles, spec.columns)
                msg = f"offsets must have shape {shape}, not {np.shape(found.offsets)}"
                raise ValueError(msg)
        except (KeyError, TypeError, ValueError) as error:
            msg = f"calibration '{path}' must be whole: {error}"
            raise OhmloomError(msg) from None
        return found

    @classmethod
    def of_plain(cls, data: dict[str, Any]) -> Self:
        """Make one of plain data, as JSON holds it."""
        lists = {
            name: tuple(tuple(row) for row in data[name])
            for name in ("offsets", "gains", "bounds", "reference")
        }
        used = tuple(UsedTile(**tile) for tile in data["tiles"])
        return cls(**{**data, **lists, "tiles": used})

    def to_plain(self) -> dict[str, Any]:
        """Return it as plain data."""
        return asdict(self)
