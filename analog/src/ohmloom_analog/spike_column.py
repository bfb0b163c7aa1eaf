"""One neuron with its column of weights as integers, and a row for each of them."""

from dataclasses import dataclass, field
from math import floor

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.neurons import COEFFICIENT_BITS, Neuron
from ohmloom_analog.spike_report import RoundingRow, StateRange
from ohmloom_analog.spike_rounding import Rounded, rounded_gain, rounded_leak, rounded_potential
from ohmloom_analog.spike_scales import StateNeed, fraction_bits
from ohmloom_analog.spike_values import ColumnValues

__all__ = ["SpikeColumn"]

_SMALLEST_GAIN = 0.5 / 2**31


@dataclass(kw_only=True, eq=False, slots=True)
class SpikeColumn:
    """A neuron that `neuron` rounds, filling in rows and ranges."""

    layer: str
    """Name of the neurons' node."""
    values: ColumnValues
    """What is to be rounded."""
    state_bits: int
    """Bits of a state with its sign."""
    rows: list[RoundingRow] = field(default_factory=list)
    """Filled by `neuron`."""
    ranges: list[StateRange] = field(default_factory=list)
    """Filled by `neuron`."""

    @property
    def codes(self) -> NDArray[np.int64]:
        """Integer weights."""
        values = self.values
        return (values.sign * np.rint(values.weights / values.lsb)).astype(np.int64)

    def neuron(self) -> Neuron:
        """Return the integers, and fill in the rows.

        Raises
        ------
        ValueError
            Where a value is out of what its integer can stand for.
        """
        values = self.values
        cuba = values.step.kind == "cuba_lif"
        gained = self._places("synapse", values.synapse_need()) if cuba else 0
        places = self._places("membrane", values.membrane_need(gained))
        gained = gained if cuba else places
        self._weight_row()
        gain = self._gain("gain", values.spike, gained)
        couple = abs(values.of("couple"))
        coupling = self._gain("couple", couple, places - gained) if cuba else None
        leak = self._leak("leak")
        synapse = self._leak("synapse_leak")
        v_leak = self._potential("v_leak", places) if leak else 0
        self._rest("rest", leak, Rounded(code=v_leak, shift=places, wanted=values.of("v_leak")))
        self._rest("synapse_rest", synapse, Rounded(code=0, shift=gained, wanted=0.0))
        bias = self._bias(places)
        threshold, v_reset = self._thresholds(places)
        return Neuron(
            kind=values.step.kind,
            threshold=threshold,
            v_leak=v_leak,
            v_reset=v_reset,
            reset=values.reset,
            leak=leak,
            synapse_leak=synapse,
            gain=gain.code,
            gain_shift=gain.shift,
            couple=coupling.code if coupling else 0,
            couple_shift=coupling.shift if coupling else 0,
            bias=bias,
            state_bits=self.state_bits,
            fraction_bits=min(max(places, 0), self.state_bits - 1),
        )

    def _places(self, state: str, need: StateNeed) -> int:
        # One step is left for the threshold, which is the step above NIR's.
        limit = (1 << (self.state_bits - 1)) - 2
        places = fraction_bits(need, limit)
        self.ranges.append(
            StateRange(
                layer=self.layer,
                neuron=self.values.place,
                state=state,
                fraction_bits=places,
                reach=need.reach,
                held=limit * 2.0**-places,
            )
        )
        return places

    def _row(self, parameter: str, rounded: Rounded, against: float | None = None) -> Rounded:
        self.rows.append(
            RoundingRow(
                layer=self.layer,
                neuron=self.values.place,
                parameter=parameter,
                wanted=rounded.wanted,
                code=rounded.code,
                shift=rounded.shift,
                value=rounded.value,
                against=abs(rounded.wanted) if against is None else against,
            )
        )
        return rounded

    def _weight_row(self) -> None:
        values, codes = self.values, self.codes
        rounded = values.sign * values.lsb * codes
        worst = int(np.abs(rounded - values.weights).argmax())
        self.rows.append(
            RoundingRow(
                layer=self.layer,
                neuron=values.place,
                parameter="weight",
                wanted=float(values.weights[worst]),
                code=int(codes[worst]),
                shift=0,
                value=float(rounded[worst]),
                against=values.peak or 1.0,
            )
        )

    def _gain(self, parameter: str, wanted: float, places: int) -> Rounded:
        steps = wanted * 2.0**places
        # A column that can't move its state by a step leaves it alone.
        tiny = steps < _SMALLEST_GAIN
        rounded = Rounded(code=0, shift=0, wanted=steps) if tiny else rounded_gain(steps)
        return self._row(parameter, rounded)

    def _leak(self, parameter: str) -> int:
        wanted = self.values.of(parameter)
        return self._row(parameter, rounded_leak(wanted)).code if wanted else 0

    def _potential(self, parameter: str, places: int) -> int:
        rounded = rounded_potential(self.values.of(parameter), places, self.state_bits)
        return self._row(parameter, rounded, self.values.swing).code

    def _bias(self, places: int) -> int:
        rounded = rounded_potential(self.values.bias, places, self.state_bits)
        # An error that is small beside what holds the threshold is one that is small.
        against = max(abs(self.values.bias), self.values.swing * self.values.of("leak"))
        return self._row("bias", rounded, against).code

    def _rest(self, parameter: str, leak: int, at: Rounded) -> None:
        """Tell where the state may stay beside what its leak draws to."""
        if leak:
            steps = ((1 << (COEFFICIENT_BITS - 1)) - 1) // leak
            spike = self.values.peak * abs(self.values.of("drive"))
            against = self.values.swing if parameter == "rest" else spike
            off = Rounded(code=at.code + steps, shift=at.shift, wanted=at.wanted)
            self._row(parameter, off, against or 1.0)

    def _thresholds(self, places: int) -> tuple[int, int]:
        """Return the integers of threshold and reset."""
        if self.values.step.kind == "li":
            return 1, 0
        level = self.values.of("threshold")
        if self.values.reset == "subtract":
            return self._potential("threshold", places), 0
        # NIR's neurons spike above the threshold, those of a chip at it.
        below = floor(level * 2.0**places)
        self._row("threshold", Rounded(code=below, shift=places, wanted=level), self.values.swing)
        v_reset = rounded_potential(self.values.of("v_reset"), places, self.state_bits)
        after = Rounded(code=min(v_reset.code, below), shift=places, wanted=v_reset.wanted)
        return below + 1, self._row("v_reset", after, self.values.swing).code
