"""What went over the array ports: the stimulus and the answers, to be measured or replayed."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

__all__ = ["Recorder", "Recording"]

IntArray = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Recording:
    """Passes, in order: each is one setting of a tile's word lines and the conversions at it."""

    tile: IntArray
    """Tile of each pass."""
    inputs: IntArray
    """DAC codes of each pass, passes x rows."""
    codes: IntArray
    """ADC codes of each pass, passes x lines; -1 where a line wasn't converted."""
    clipped: IntArray
    """Conversions of each pass that were clipped."""
    start_ps: IntArray
    """Time at which the first conversion of each pass started [ps]."""
    end_ps: IntArray
    """Time at which the last conversion of each pass was done [ps]."""
    halved: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=np.bool_))
    """Whether a pass stands for two, of the halves of its slice; codes are then put together."""

    def __post_init__(self) -> None:
        """Fill in that no pass does."""
        if not self.halved.size:
            object.__setattr__(self, "halved", np.zeros(len(self.tile), dtype=np.bool_))

    def save(self, path: Path) -> None:
        """Write as `.npz`."""
        beside = path.with_name(path.name + ".part")
        arrays = {name: getattr(self, name) for name in self.__dataclass_fields__}
        with beside.open("wb") as file:
            np.savez_compressed(file, allow_pickle=False, **arrays)
        beside.replace(path)

    def chosen(self, passes: IntArray) -> "Recording":
        """Return some of the passes, by their numbers."""
        names = self.__dataclass_fields__
        return Recording(**{name: getattr(self, name)[passes] for name in names})

    @classmethod
    def load(cls, path: Path) -> "Recording":
        """Read what `save` wrote."""
        with np.load(path, allow_pickle=False) as file:
            return cls(**{name: file[name] for name in cls.__dataclass_fields__})


@dataclass(kw_only=True, slots=True)
class _Pass:
    tile: int
    inputs: IntArray
    codes: IntArray
    clipped: int
    start_ps: int
    end_ps: int


@dataclass(kw_only=True, slots=True)
class Recorder:
    """Collects passes from the bridges of all tiles of a chip."""

    lines: int
    """Converted lines of a tile."""
    _passes: list[_Pass] = field(default_factory=list)

    def begin(self, tile: int, inputs: IntArray, time_ps: int) -> None:
        """Note that a tile's word lines have changed before a conversion."""
        codes = np.full(self.lines, -1, dtype=np.int64)
        self._passes.append(
            _Pass(
                tile=tile,
                inputs=inputs.copy(),
                codes=codes,
                clipped=0,
                start_ps=time_ps,
                end_ps=time_ps,
            )
        )

    def add(
        self, lines: IntArray, codes: IntArray, clipped: NDArray[np.bool_], time_ps: int
    ) -> None:
        """Note a conversion at the pass that was begun last."""
        current = self._passes[-1]
        current.codes[lines] = codes
        current.clipped += int(clipped.sum())
        current.end_ps = time_ps

    @property
    def passes(self) -> int:
        """Number of passes so far."""
        return len(self._passes)

    def forget(self) -> None:
        """Drop the passes so far."""
        self._passes.clear()

    def recording(self) -> Recording:
        """Return what was collected so far."""
        passes = self._passes
        rows = len(passes[0].inputs) if passes else 0
        return Recording(
            tile=np.array([p.tile for p in passes], dtype=np.int64),
            inputs=np.array([p.inputs for p in passes], dtype=np.int64).reshape(-1, rows),
            codes=np.array([p.codes for p in passes], dtype=np.int64).reshape(-1, self.lines),
            clipped=np.array([p.clipped for p in passes], dtype=np.int64),
            start_ps=np.array([p.start_ps for p in passes], dtype=np.int64),
            end_ps=np.array([p.end_ps for p in passes], dtype=np.int64),
        )
