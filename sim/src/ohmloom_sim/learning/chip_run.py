"""Letters learnt by a chip as emitted Verilog, beside devices that its pulses move."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ohmloom_analog.spec import ChipSpec, write_spec
from ohmloom_hw.emit import TOP, emit
from ohmloom_hw.features import Features
from ohmloom_hw.learning.rules import LearningRule, LearningSettings
from ohmloom_sim.cosim import Bench, pass_bench
from ohmloom_sim.learning.learner import Epoch, LearnedRun
from ohmloom_sim.simulators import find_simulator

__all__ = ["FEATURES", "ChipRun", "LearningJob", "simulate_learning"]

FEATURES = Features(bus="wishbone", writes=True)
"""What the chip is built with: a bus, over which samples go faster than over a serial line."""

_SPEC, _PLAN, _ANSWER, _PROGRESS = "chip.toml", "learning.json", "learnt.json", "progress"


@dataclass(frozen=True, kw_only=True, slots=True)
class LearningJob:
    """What a chip is to learn: the letters, from random levels."""

    spec: ChipSpec
    """The chip, with a section ``learning``."""
    settings: LearningSettings
    """The rule."""
    epochs: int
    """Walks over all samples at most, at least 1."""
    engine: str
    """What solves the arrays; with "transient" ngspice moves the cells."""
    seed: int
    """Of first levels, devices, noise, and the order of the samples."""

    def save(self, folder: Path) -> None:
        """Write the job."""
        write_spec(self.spec, folder / _SPEC)
        plan = {name: getattr(self, name) for name in ("epochs", "engine", "seed")}
        text = json.dumps(plan | {"settings": asdict(self.settings)})
        (folder / _PLAN).write_text(text, encoding="utf-8")
        (folder / _ANSWER).unlink(missing_ok=True)

    @classmethod
    def load(cls, folder: Path, spec: ChipSpec) -> "LearningJob":
        """Read what `save` wrote."""
        plan = json.loads((folder / _PLAN).read_text(encoding="utf-8"))
        given = plan.pop("settings")
        settings = LearningSettings(**given | {"rule": LearningRule(given["rule"])})
        return cls(spec=spec, settings=settings, **plan)


@dataclass(frozen=True, kw_only=True, slots=True)
class ChipRun:
    """What came of it."""

    run: LearnedRun
    """Epoch after epoch."""
    samples: tuple[dict[str, Any], ...]
    """Each sample that was learnt: inputs, sums, label, and pulses that had been given before."""
    pulses: tuple[tuple[str, int, int], ...]
    """Pulses on cells, in order: "SET" or "RESET", row and line."""

    def save(self, folder: Path) -> None:
        """Write it, beside and then in place."""
        plain = {"run": asdict(self.run), "samples": self.samples, "pulses": self.pulses}
        beside = folder / (_ANSWER + ".part")
        beside.write_text(json.dumps(plain), encoding="utf-8")
        beside.replace(folder / _ANSWER)

    @classmethod
    def load(cls, folder: Path) -> "ChipRun":
        """Read what `save` wrote."""
        plain = json.loads((folder / _ANSWER).read_text(encoding="utf-8"))
        run = plain["run"]
        run["rule"] = LearningRule(run["rule"])
        run["epochs"] = tuple(Epoch(**epoch) for epoch in run["epochs"])
        return cls(
            run=LearnedRun(**run),
            samples=tuple(plain["samples"]),
            pulses=tuple((way, row, line) for way, row, line in plain["pulses"]),
        )


def simulate_learning(
    job: LearningJob,
    *,
    sim: str,
    folder: Path,
    on_epoch: Callable[[int], None] | None = None,
) -> ChipRun:
    """Let the emitted Verilog of a chip learn.

    Parameters
    ----------
    sim
        'icarus' or 'verilator'.
    folder
        Where Verilog, build and answer go.
    on_epoch
        Called now and then with the number of epochs that are through.

    Raises
    ------
    ToolError
        Where the simulator is missing or breaks.
    HardwareError
        Where the chip or its bench fails.
    """
    simulator = find_simulator(sim)
    folder.mkdir(parents=True, exist_ok=True)
    files = emit(job.spec, folder / "chip", features=FEATURES)
    job.save(folder)
    progress = folder / _PROGRESS
    progress.write_text("0", encoding="utf-8")
    bench = Bench(
        sources=[files.verilog],
        top=TOP,
        module="ohmloom_sim.benches.learning",
        folder=folder,
        environment={"OHMLOOM_JOB": str(folder.resolve())},
    )

    def poll() -> None:
        done = progress.read_text(encoding="utf-8")
        if on_epoch is not None and done:
            on_epoch(int(done))

    pass_bench(bench, simulator, on_poll=poll)
    return ChipRun.load(folder)
