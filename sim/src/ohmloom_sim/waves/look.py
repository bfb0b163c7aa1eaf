"""A look at a chip under cocotb: all that is watched, from its begin to its end."""

from typing import Any

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
    """

    def __init__(self, dut: Any, spec: ChipSpec) -> None:
        self._dut = dut
        self._tasks: list[Task[None]] = []
        self._chip: AnalogChip | None = None
        sequencer = Sequencer(spec, maps=has_maps(spec, DEFAULT_FEATURES))
        sequencer.elaborate(None)
        self._states = sequencer.states
        self.waves = Waves()
        """What was seen so far."""

    def begin(self, chip: AnalogChip) -> None:
        """Watch the signals, and the arrays of a chip behind its array ports."""
        self._chip = chip
        self.waves.begin(now_ps())
        self._tasks = [
            *watch_signals(self._dut, self.waves, states=self._states),
            *probe_tiles(self._dut, self.waves, chip),
        ]

    def end(self) -> None:
        """Watch no more."""
        if self._chip is None:
            return
        self.waves.end(now_ps())
        for task in self._tasks:
            task.cancel()
        for tile in self._chip.tiles:
            tile.observer = None
        self._chip = None

    async def end_after(self, seconds: float) -> None:
        """Watch no more in some time [s]."""
        await Timer(round(seconds * 1e12), "ps")
        self.end()
