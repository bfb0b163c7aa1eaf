"""What writing the arrays of a co-simulation came to, as files in its folder."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.spec import ChipSpec
from ohmloom_analog.state import ChipState, load_state, save_state
from ohmloom_sim.written_cells import WrittenCells

__all__ = ["WriteRecord"]

_CELLS, _STATE = "written.npz", "reached.npz"


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class WriteRecord:
    """How the arrays were written, and what was reached."""

    cells: WrittenCells
    """What became of each cell."""
    reached: NDArray[np.float64]
    """What the whole cells conduct when all are written, (tiles, R, lines + 1) [S]."""
    state: ChipState
    """Of the arrays as they are read, at their age."""
    energy: float
    """What the pulses took from the drivers [J]."""
    cycles: int
    """Clock cycles from the first command to the last answer."""
    seconds: float
    """Real time that it took [s]."""

    def save(self, folder: Path) -> None:
        """Write it, beside its place first."""
        save_state(self.state, folder / _STATE)
        beside = folder / (_CELLS + ".part")
        with beside.open("wb") as file:
            np.savez(
                file,
                allow_pickle=False,
                reached=self.reached,
                energy=np.array(self.energy),
                cycles=np.array(self.cycles),
                seconds=np.array(self.seconds),
                **self.cells.arrays(),
            )
        beside.replace(folder / _CELLS)

    @classmethod
    def load(cls, folder: Path, spec: ChipSpec) -> "WriteRecord | None":
        """Read what `save` wrote; None where nothing was written."""
        if not (folder / _CELLS).is_file():
            return None
        with np.load(folder / _CELLS, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        return cls(
            cells=WrittenCells.of_arrays(arrays),
            reached=arrays["reached"],
            state=load_state(folder / _STATE, spec),
            energy=float(arrays["energy"]),
            cycles=int(arrays["cycles"]),
            seconds=float(arrays["seconds"]),
        )

    @staticmethod
    def remove(folder: Path) -> None:
        """Remove what an earlier job has written."""
        for name in (_CELLS, _STATE):
            (folder / name).unlink(missing_ok=True)
