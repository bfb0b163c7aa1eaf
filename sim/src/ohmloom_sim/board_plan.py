"""What the process of a virtual board is told, and what it tells, as files in a folder."""

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from ohmloom_hw.converters.profile import load_profile, write_profile
from ohmloom_hw.features import Features
from ohmloom_sim.job import Job

__all__ = ["BoardPlan", "Ready", "say_ready"]

_PLAN, _CONVERTERS, _READY = "board.json", "converters.toml", "ready.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class BoardPlan:
    """A board to bring to life."""

    job: Job
    """The chip, and what its arrays are made of; inputs are left out."""
    features: Features
    """What the chip is built with."""
    port: int
    """TCP port on loopback; 0 for any."""
    jumper: bool = False
    """Whether, behind converters, a jumper stands in the place of each array."""

    def save(self, folder: Path) -> None:
        """Write the plan; what an earlier board said is removed."""
        self.job.save(folder)
        (folder / _READY).unlink(missing_ok=True)
        features, profile = asdict(self.features), self.features.converters
        # A profile has a form of its own.
        del features["converters"]
        if profile is not None:
            write_profile(profile, folder / _CONVERTERS)
        plan = {"features": features, "port": self.port, "jumper": self.jumper}
        (folder / _PLAN).write_text(json.dumps(plan), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> "BoardPlan":
        """Read what `save` wrote."""
        plan = json.loads((folder / _PLAN).read_text(encoding="utf-8"))
        features = Features(**plan["features"])
        if features.behind == "converters":
            features = replace(features, converters=load_profile(folder / _CONVERTERS))
        return cls(
            job=Job.load(folder), features=features, port=plan["port"], jumper=plan["jumper"]
        )


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
