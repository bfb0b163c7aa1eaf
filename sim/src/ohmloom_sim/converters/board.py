"""A board: DACs, an array with its drivers and amplifiers, and ADCs."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.crossbar import Crossbar
from ohmloom_analog.engines import Engine
from ohmloom_analog.errors import BridgeError
from ohmloom_hw.converters.plan import ConverterPlan
from ohmloom_sim.converters.adc_bank import AdcBank
from ohmloom_sim.converters.dac_bank import DacBank
from ohmloom_sim.recording import Recorder

__all__ = ["ConverterBoard"]

_PS = 1e12


class ConverterBoard:
    """What stands behind the converter pins of one tile.

    Drivers and amplifiers are ideal but for the trim that `ConverterPlan.adc_input` speaks of. The
    array is solved when a conversion finds other voltages than the last one did.

    Parameters
    ----------
    plan
        The arithmetic of chip and board.
    crossbar
        The array, its reference line last.
    engine
        Solves it; it holds this array from now on.
    tile
        Which of the chip's tiles it is, for the range of its currents and for recordings.
    recorder
        Takes down every pass, in the codes of the array port that the pins stand for.
    jumper
        Whether, in the place of array, driver and amplifier, a wire leads from the DAC of row 0 to
        the ADC of line 0, and the other inputs are grounded.

    Raises
    ------
    BridgeError
        By the chips' methods: where the pins are driven against a datasheet, or a line is sampled
        before it has settled.
    """

    def __init__(
        self,
        plan: ConverterPlan,
        crossbar: Crossbar,
        engine: Engine,
        *,
        tile: int = 0,
        recorder: Recorder | None = None,
        jumper: bool = False,
    ) -> None:
        self._plan, self._engine = plan, engine
        self._settle_time = plan.dac.settle_time + plan.profile.line_settle
        self._full_scale = plan.spec.full_scale_current(tile)
        self._applied: NDArray[np.float64] = np.empty(0)
        self._currents: NDArray[np.float64] | None = None
        self._tile, self._recorder, self._jumper = tile, recorder, jumper
        self._levels = {plan.dac_code(n): n for n in range(1 << plan.spec.input.slice_bits)}
        self._last: tuple[int, bytes] = (0, b"")
        self._mux = 0
        self._mux_changed = 0
        self._places = np.array(
            [place for place, row in enumerate(plan.rows_of_outputs) if row is not None]
        )
        self._rows = np.array([row for row in plan.rows_of_outputs if row is not None])
        engine.load(crossbar)
        self.dacs = DacBank(plan.dac, plan.dac_chips, plan.dac_reference)
        """The chips at the word lines."""
        self.adcs = AdcBank(
            plan.adc,
            plan.adc_chips,
            plan.adc_reference,
            inputs=self._inputs,
            changed=lambda: self._mux_changed,
            sampled=self._record,
        )
        """The chips at the bit lines."""

    def set_mux(self, value: int, now: int) -> None:
        """Take the address of the analog switches at a time [ps]."""
        if value != self._mux:
            self._mux, self._mux_changed = value, now

    @property
    def word_voltages(self) -> NDArray[np.float64]:
        """Voltages of the word lines, (R,) [V]."""
        voltages = np.zeros(self._plan.spec.rows)
        voltages[self._rows] = self.dacs.voltages[self._places] * self._plan.driver_gain
        return voltages

    def _inputs(self, channel: int, now: int) -> Sequence[float]:
        plan, needed = self._plan, self._settle_time
        waited = (now - self.dacs.updated_ps) / _PS
        if self.dacs.updated_ps and waited < needed * (1 - 1e-9):
            msg = (
                f"board at {now} ps: word lines must settle for {needed * 1e6:g} us before a "
                f"sample, not {waited * 1e6:g} us"
            )
            raise BridgeError(msg)
        inputs = [0.0] * plan.adc_chips
        if self._jumper:
            for line, chip in self._served(channel):
                inputs[chip] = self._first_output if line == 0 else 0.0
            return inputs
        currents = self._solved()
        for line, chip in self._served(channel):
            inputs[chip] = plan.adc_input(currents[line] / self._full_scale)
        return inputs

    @property
    def _first_output(self) -> float:
        return float(self.dacs.voltages[self._plan.rows_of_outputs.index(0)])

    def _served(self, channel: int) -> list[tuple[int, int]]:
        """Return the lines that are converted now, each with its chip."""
        plan, spec = self._plan, self._plan.spec
        select = self._mux << plan.channel_bits | channel
        lines = range(select, spec.lines, spec.adc.columns_per_adc)
        return list(zip(lines, plan.chips_of_converters, strict=False))

    def _record(self, channel: int, now: int, raw: Sequence[int]) -> None:
        if self._recorder is None:
            return
        served = self._served(channel)
        codes = np.zeros(self._plan.spec.rows, dtype=np.int64)
        codes[self._rows] = self.dacs.codes[self._places]
        shown = codes.tobytes()
        if shown != self._last[1] or served[0][0] <= self._last[0]:
            # A code that no level stands for would be a fault of the front end.
            levels = [self._levels[code] for code in codes.tolist()]
            self._recorder.begin(self._tile, np.array(levels, dtype=np.int64), now)
        self._last = (served[0][0], shown)
        answers = [self._plan.code(raw[chip]) for _, chip in served]
        self._recorder.add(
            np.array([line for line, _ in served]),
            np.array([code for code, _ in answers]),
            np.array([clipped for _, clipped in answers]),
            now,
        )

    def _solved(self) -> NDArray[np.float64]:
        voltages = self.word_voltages
        currents = self._currents
        if currents is None or not np.array_equal(voltages, self._applied):
            every = self._engine.currents(voltages)
            currents = every[:-1] - every[-1]
            self._applied, self._currents = voltages, currents
        return currents
