"""A look at a chip under cocotb: all that is watched, from its begin to its end."""

from typing import Any

import cocotb
from cocotb.task import Task
from cocotb.triggers import Timer

from ohmloom_analog.chip import AnalogChip
from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.features import DEFAULT_FEATURES
from ohmloom_hw.map_registers import has_maps
from ohmloom_hw.sequencer import Sequencer
from ohmloom_sim.port_pins import now_ps
from ohmloom_sim.waves.analog import probe_tiles
from ohmloom_sim.waves.digital import watch_signals
from ohmloom_sim.waves.file import WavesPlan
from ohmloom_sim.waves.recorder import Waves

__all__ = ["Look"]


class Look:
    """Watches a chip while it is asked to, and costs nothing before and after.

    Parameters
    ----------
    dut
        Emitted Verilog.
    spec
        What it was emitted from.
    plan
        When to look.
    """

    def __init__(self, dut: Any, spec: ChipSpec, plan: WavesPlan) -> None:
        self._dut, self._plan = dut, plan
        self._tasks: list[Task[None]] = []
        self._chip: AnalogChip | None = None
        self._writing = False
        sequencer = Sequencer(spec, maps=has_maps(spec, DEFAULT_FEATURES))
        sequencer.elaborate(None)
        self._states = sequencer.states
        self.waves = Waves()
        """What was seen so far."""

    def before_writing(self, chip: AnalogChip) -> None:
        """Begin if the writing of a chip's cells is to be seen, and end when its time is over."""
        if self._plan.writing > 0:
            self._begin(chip)
            self._writing = True
            cocotb.start_soon(self._end_later())

    def before_sample(self, index: int, chip: AnalogChip) -> None:
        """Begin with the first sample that is to be seen, and end after the last."""
        if index in (0, self._plan.samples):
            self.end()
        if index == 0 and self._plan.samples > 0:
            self._begin(chip)

    def end(self) -> None:
        """Watch no more."""
        if self._chip is None:
            return
        self.waves.end(now_ps())
        for task in self._tasks:
            task.cancel()
        for tile in self._chip.tiles:
            tile.observer = None
        self._chip, self._writing = None, False

    def _begin(self, chip: AnalogChip) -> None:
        self._chip = chip
        self.waves.begin(now_ps())
        self._tasks = [
            *watch_signals(self._dut, self.waves, states=self._states),
            *probe_tiles(self._dut, self.waves, chip),
        ]

    async def _end_later(self) -> None:
        await Timer(round(self._plan.writing * 1e12), "ps")
        # Writing may be over by then, and the samples be looked at.
        if self._writing:
            self.end()
