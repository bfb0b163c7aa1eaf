"""What a job asks of a calibration, and what came of it, as files in its folder."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.spec import ChipSpec
from ohmloom_sim.host.calibration import CalibrationTask
from ohmloom_sim.host.calibration_file import Calibration, UsedTile
from ohmloom_sim.host.column_reads import ColumnReads

__all__ = ["CalibrationRecord", "load_calibration_task", "save_calibration_task"]

IntArray = NDArray[np.int64]

_TASK, _RECORD = "calibration.npz", "calibrated.json"


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class CalibrationRecord:
    """How a chip was calibrated, and what it gave before."""

    calibration: Calibration
    """What it was loaded with."""
    clipped: int
    """Conversions of the points that were out of range."""
    conversions: int
    """Conversions of the points."""
    winners: IntArray = field(repr=False)
    """Argmax that the chip found before, one a sample."""

    def save(self, folder: Path) -> None:
        """Write the record."""
        plain = {
            "calibration": self.calibration.to_plain(),
            "clipped": self.clipped,
            "conversions": self.conversions,
            "winners": self.winners.tolist(),
        }
        beside = folder / (_RECORD + ".part")
        beside.write_text(json.dumps(plain), encoding="utf-8")
        beside.replace(folder / _RECORD)

    @classmethod
    def load(cls, folder: Path) -> "CalibrationRecord | None":
        """Read what `save` wrote; None where there is none."""
        path = folder / _RECORD
        if not path.is_file():
            return None
        plain = json.loads(path.read_text(encoding="utf-8"))
        return cls(
            calibration=Calibration.of_plain(plain["calibration"]),
            clipped=plain["clipped"],
            conversions=plain["conversions"],
            winners=np.array(plain["winners"], dtype=np.int64),
        )


def save_calibration_task(folder: Path, task: CalibrationTask | None) -> None:
    """Write what is to be read; a task or record that is there from before is removed."""
    for name in (_TASK, _RECORD):
        (folder / name).unlink(missing_ok=True)
    if task is None:
        return
    arrays = {f"points_{k}": part for k, part in enumerate(task.points)}
    arrays |= {f"expected_{k}": part for k, part in enumerate(task.expected)}
    plan = {
        "tiles": [asdict(used) for used in task.columns.tiles],
        "signed": list(task.columns.signed),
        "reads": task.reads,
    }
    np.savez(folder / _TASK, allow_pickle=False, plan=np.array(json.dumps(plan)), **arrays)


def load_calibration_task(folder: Path, spec: ChipSpec) -> CalibrationTask | None:
    """Read what `save_calibration_task` wrote; None where nothing is to be read."""
    path = folder / _TASK
    if not path.is_file():
        return None
    with np.load(path, allow_pickle=False) as file:
        plan = json.loads(str(file["plan"]))
        count = len(plan["tiles"])
        return CalibrationTask(
            columns=ColumnReads(
                spec=spec,
                tiles=tuple(UsedTile(**used) for used in plan["tiles"]),
                signed=tuple(plan["signed"]),
            ),
            points=tuple(file[f"points_{k}"] for k in range(count)),
            expected=tuple(file[f"expected_{k}"] for k in range(count)),
            reads=plan["reads"],
        )
