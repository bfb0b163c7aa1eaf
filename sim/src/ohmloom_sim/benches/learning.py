"""Bench of learning: a chip walks over its samples, and its pulses move devices."""

import os
from collections import Counter
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import cocotb
import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.spec import load_spec
from ohmloom_analog.tile import AnalogTile
from ohmloom_analog.write_verify import Direction, Operation
from ohmloom_sim.benches.setup import start_clock
from ohmloom_sim.bridge import ArrayBridge, ArrayPins
from ohmloom_sim.learning.chip_learner import ChipLearner
from ohmloom_sim.learning.chip_run import FEATURES, ChipRun, LearningJob
from ohmloom_sim.learning.device_pairs import DevicePairs
from ohmloom_sim.learning.tasks import letters_task
from ohmloom_sim.wishbone_driver import WishboneDriver

__all__ = ["learning"]


Integers = NDArray[np.int64]


class _Pulsed:
    """A tile that notes its pulses."""

    def __init__(self, tile: AnalogTile) -> None:
        self._tile = tile
        self.pulses: list[tuple[str, int, int]] = []

    def apply(self, codes: Integers) -> None:
        self._tile.apply(codes)

    def convert(self, lines: Integers) -> tuple[Integers, NDArray[np.bool_]]:
        return self._tile.convert(lines)

    def verify(self, row: int, line: int) -> tuple[int, bool]:
        return self._tile.verify(row, line)

    def pulse(
        self, op: Operation, row: int, line: int, *, drive: int, gate: int, width: float
    ) -> None:
        self.pulses.append((Direction(op).name, row, line))
        self._tile.pulse(op, row, line, drive=drive, gate=gate, width=width)


@cocotb.test()
async def learning(dut: Any) -> None:
    """Learn what the job says that is in the folder that OHMLOOM_JOB names."""
    folder = Path(os.environ["OHMLOOM_JOB"])
    job = LearningJob.load(folder, load_spec(folder / "chip.toml"))
    array = DevicePairs(job.spec, engine=job.engine, seed=job.seed)
    tile = _Pulsed(array.chip.tiles[0])
    await start_clock(dut, job.spec)
    pins = ArrayPins.of(dut, 0)
    ArrayBridge(pins, tile, spec=job.spec, clock=dut.clk, index=0).start()
    learner = ChipLearner(
        WishboneDriver(dut, job.spec, FEATURES), letters_task(), lambda: len(tile.pulses)
    )

    def tell(done: int) -> None:
        (folder / "progress").write_text(str(done), encoding="utf-8")

    run = await learner.learn(
        job.settings,
        epochs=job.epochs,
        rng=np.random.default_rng(job.seed),
        on_epoch=tell,
    )
    worn = Counter((row, line) for _, row, line in tile.pulses)
    ChipRun(
        run=replace(run, most_wear=max(worn.values(), default=0)),
        samples=tuple(asdict(sample) for sample in learner.seen),
        pulses=tuple(tile.pulses),
    ).save(folder)
