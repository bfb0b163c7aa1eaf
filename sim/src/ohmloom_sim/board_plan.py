"""What the process of a virtual board is told, and what it tells, as files in a folder."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from ohmloom_hw.features import Features
from ohmloom_sim.job import Job

__all__ = ["BoardPlan", "Ready", "say_ready"]

_PLAN, _READY = "board.json", "ready.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class BoardPlan:
    """A board to bring to life."""

    job: Job
    """The chip, and what its arrays are made of; inputs are left out."""
    features: Features
    """What the chip is built with."""
    port: int
    """TCP port on loopback; 0 for any."""

    def save(self, folder: Path) -> None:
        """Write the plan; what an earlier board said is removed."""
        self.job.save(folder)
        (folder / _READY).unlink(missing_ok=True)
        plan = {"features": asdict(self.features), "port": self.port}
        (folder / _PLAN).write_text(json.dumps(plan), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> "BoardPlan":
        """Read what `save` wrote."""
        plan = json.loads((folder / _PLAN).read_text(encoding="utf-8"))
        return cls(job=Job.load(folder), features=Features(**plan["features"]), port=plan["port"])


@dataclass(frozen=True, kw_only=True, slots=True)
class Ready:
    """Where a board that lives can be reached."""

    port: int
    """TCP port on loopback."""
    terminal: str
    """Path of its pseudo-terminal."""

    @classmethod
    def load(cls, folder: Path) -> "Ready | None":
        """Read it; None if the board isn't ready."""
        try:
            text = (folder / _READY).read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        return cls(**json.loads(text))


def say_ready(folder: Path, *, port: int, terminal: str) -> None:
    """Tell that the board lives, and where."""
    beside = folder / (_READY + ".part")
    beside.write_text(json.dumps({"port": port, "terminal": terminal}), encoding="utf-8")
    beside.replace(folder / _READY)
