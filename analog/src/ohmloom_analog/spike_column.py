"""One neuron with its column of weights: the integers, and a row for each of them."""

from dataclasses import dataclass, field
from math import floor, inf

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.neurons import COEFFICIENT_BITS, Neuron, ResetMode
from ohmloom_analog.nir_neurons import NeuronStep
from ohmloom_analog.spike_report import RoundingRow, StateRange
from ohmloom_analog.spike_rounding import Rounded, rounded_gain, rounded_leak, rounded_potential
from ohmloom_analog.spike_scales import StateNeed, fraction_bits

__all__ = ["SpikeColumn"]

_SMALLEST_GAIN = 0.5 / 2**31
_MEMBRANE_SHARES = (5, 2)
_SYNAPSE_SHARES = (6, 4)


@dataclass(kw_only=True, eq=False, slots=True)
class SpikeColumn:
    """A neuron in values with units, which `neuron` turns into integers.

    Parameters
    ----------
    layer
        Name of the neurons' node.
    place
        Which of them it is.
    step
        What they do in a tick.
    weights
        The neuron's column, with those of its layer's own spikes at the end.
    bias
        What is added to the membrane in every tick.
    top
        Greatest magnitude of an integer weight.
    state_bits
        Bits of a state with its sign.
    reset
        Whether a spike sets the membrane or subtracts the threshold.
    """

    layer: str
    place: int
    step: NeuronStep
    weights: NDArray[np.float64]
    bias: float
    top: int
    state_bits: int
    reset: ResetMode
    rows: list[RoundingRow] = field(default_factory=list)
    """Filled by `neuron`."""
    ranges: list[StateRange] = field(default_factory=list)
    """Filled by `neuron`."""

    def _of(self, name: str) -> float:
        return float(getattr(self.step, name)[self.place])

    @property
    def _limit(self) -> int:
        # One step is left for the threshold, which is the step above NIR's.
        return (1 << (self.state_bits - 1)) - 2

    @property
    def _peak(self) -> float:
        return float(np.abs(self.weights).max())

    @property
    def _lsb(self) -> float:
        """Weight that an integer of 1 stands for."""
        return self._peak / self.top if self._peak else 1.0

    @property
    def _spike(self) -> float:
        """What a spike through an integer weight of 1 adds."""
        return self._lsb * abs(self._of("drive"))

    @property
    def codes(self) -> NDArray[np.int64]:
        """Integer weights; gains have no sign, so that of a drive is in the weights."""
        sign = -1 if self._of("drive") * self._of("couple") < 0 else 1
        return (sign * np.rint(self.weights / self._lsb)).astype(np.int64)

    def neuron(self) -> Neuron:
        """Return the integers, and fill in the rows.

        Raises
        ------
        ValueError
            Where a value is out of what its integer can stand for.
        """
        cuba = self.step.kind == "cuba_lif"
        gained = self._synapse_places() if cuba else 0
        places = self._membrane_places(gained)
        gained = gained if cuba else places
        self._weight_row()
        gain = self._gain("gain", self._spike, gained)
        coupling = self._gain("couple", abs(self._of("couple")), places - gained) if cuba else None
        leak = self._leak("leak")
        synapse = self._leak("synapse_leak")
        v_leak = self._potential("v_leak", places) if leak else 0
        self._rest("rest", leak, Rounded(code=v_leak, shift=places, wanted=self._of("v_leak")))
        self._rest("synapse_rest", synapse, Rounded(code=0, shift=gained, wanted=0.0))
        bias = self._row("bias", rounded_potential(self.bias, places, self.state_bits), self._still)
        threshold, v_reset = self._thresholds(places)
        return Neuron(
            kind=self.step.kind,
            threshold=threshold,
            v_leak=v_leak,
            v_reset=v_reset,
            reset=self.reset,
            leak=leak,
            synapse_leak=synapse,
            gain=gain.code,
            gain_shift=gain.shift,
            couple=coupling.code if coupling else 0,
            couple_shift=coupling.shift if coupling else 0,
            bias=bias.code,
            state_bits=self.state_bits,
            fraction_bits=min(max(places, 0), self.state_bits - 1),
        )

    @property
    def _sums(self) -> tuple[float, float]:
        """Least and greatest that one tick adds to what the weights drive."""
        ends = [
            self._of("drive") * float(part.sum())
            for part in (self.weights[self.weights > 0], self.weights[self.weights < 0])
        ]
        return min(ends), max(ends)

    @property
    def _currents(self) -> tuple[float, float]:
        """Least and greatest current of a membrane whose inputs have gone on for long."""
        slow = self._of("synapse_leak") or 1.0
        ends = [end * self._of("couple") / slow + self.bias for end in self._sums]
        return min(ends), max(ends)

    @property
    def _swing(self) -> float:
        """Way from rest to the threshold, or of a readout as far as it goes."""
        if self.step.kind == "li":
            return self._reach
        rest = "v_leak" if self._of("leak") else "v_reset"
        return abs(self._of("threshold") - self._of(rest)) or abs(self._of("threshold")) or 1.0

    @property
    def _still(self) -> float:
        """What a bias' error is compared with: itself, or the current that holds the threshold."""
        return max(abs(self.bias), self._swing * self._of("leak"))

    @property
    def _reach(self) -> float:
        leak, (low, high) = self._of("leak"), self._currents
        ends = [
            self._of("v_leak") + current / leak if leak else current and current * inf
            for current in (low, high)
        ]
        if self.step.kind != "li" and self.reset == "to_reset":
            # Whatever gets above the threshold does so in one tick.
            ends[1] = min(ends[1], self._of("threshold") + max(high, 0.0))
        return max(abs(end) for end in ends)

    def _membrane_places(self, synapse: int) -> int:
        potentials = [abs(self._of(name)) for name in ("threshold", "v_leak", "v_reset")]
        one = max(map(abs, self._sums)) * abs(self._of("couple")) + abs(self.bias)
        free, cuba = self.step.kind == "li", self.step.kind == "cuba_lif"
        need = StateNeed(
            reach=self._reach,
            # A readout has nothing but its range that its steps could follow.
            burst=self._reach if free else one,
            potentials=max(*potentials, abs(self.bias)),
            swing=self._swing,
            leak=self._of("leak"),
            gain=abs(self._of("couple")) * 2.0**-synapse if cuba else self._spike,
            shares=_MEMBRANE_SHARES,
        )
        return self._placed("membrane", need)

    def _synapse_places(self) -> int:
        one = max(map(abs, self._sums))
        need = StateNeed(
            reach=one / self._of("synapse_leak"),
            burst=one,
            potentials=0.0,
            swing=self._peak * abs(self._of("drive")),
            leak=self._of("synapse_leak"),
            gain=self._spike,
            shares=_SYNAPSE_SHARES,
        )
        return self._placed("synapse", need)

    def _placed(self, state: str, need: StateNeed) -> int:
        places = fraction_bits(need, self._limit)
        self.ranges.append(
            StateRange(
                layer=self.layer,
                neuron=self.place,
                state=state,
                fraction_bits=places,
                reach=need.reach,
                held=self._limit * 2.0**-places,
            )
        )
        return places

    def _row(self, parameter: str, rounded: Rounded, against: float | None = None) -> Rounded:
        self.rows.append(
            RoundingRow(
                layer=self.layer,
                neuron=self.place,
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
        sign = -1 if self._of("drive") * self._of("couple") < 0 else 1
        codes = sign * self.codes
        worst = int(np.abs(codes * self._lsb - self.weights).argmax())
        self.rows.append(
            RoundingRow(
                layer=self.layer,
                neuron=self.place,
                parameter="weight",
                wanted=float(self.weights[worst]),
                code=int(self.codes[worst]),
                shift=0,
                value=float(codes[worst]) * self._lsb,
                against=self._peak or 1.0,
            )
        )

    def _gain(self, parameter: str, wanted: float, places: int) -> Rounded:
        steps = wanted * 2.0**places
        # A column that can't move its state by a step leaves it alone.
        tiny = steps < _SMALLEST_GAIN
        rounded = Rounded(code=0, shift=0, wanted=steps) if tiny else rounded_gain(steps)
        return self._row(parameter, rounded)

    def _leak(self, parameter: str) -> int:
        wanted = self._of(parameter)
        return self._row(parameter, rounded_leak(wanted)).code if wanted else 0

    def _potential(self, parameter: str, places: int) -> int:
        rounded = rounded_potential(self._of(parameter), places, self.state_bits)
        return self._row(parameter, rounded, self._swing).code

    def _rest(self, parameter: str, leak: int, at: Rounded) -> None:
        """Tell where the state may stay beside what its leak draws to."""
        if leak:
            steps = ((1 << (COEFFICIENT_BITS - 1)) - 1) // leak
            spike = self._peak * abs(self._of("drive"))
            against = self._swing if parameter == "rest" else spike
            off = Rounded(code=at.code + steps, shift=at.shift, wanted=at.wanted)
            self._row(parameter, off, against or 1.0)

    def _thresholds(self, places: int) -> tuple[int, int]:
        """Return the integers of threshold and reset."""
        if self.step.kind == "li":
            return 1, 0
        level = self._of("threshold")
        if self.reset == "subtract":
            return self._potential("threshold", places), 0
        # NIR's neurons spike above the threshold, those of a chip at it.
        below = floor(level * 2.0**places)
        self._row("threshold", Rounded(code=below, shift=places, wanted=level), self._swing)
        v_reset = rounded_potential(self._of("v_reset"), places, self.state_bits)
        after = Rounded(code=min(v_reset.code, below), shift=places, wanted=v_reset.wanted)
        return below + 1, self._row("v_reset", after, self._swing).code
