"""One neuron with its column of weights in values with units, and what its states are for."""

from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.neurons import ResetMode
from ohmloom_analog.nir_neurons import NeuronStep
from ohmloom_analog.spike_scales import StateNeed

__all__ = ["ColumnValues"]

_MEMBRANE_SHARES = (5, 2)
_SYNAPSE_SHARES = (6, 4)


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class ColumnValues:
    """A neuron, its weights, and what follows from them."""

    step: NeuronStep
    """What the neurons of its layer do in a tick."""
    place: int
    """Which of them it is."""
    weights: NDArray[np.float64]
    """Its column, with those of its layer's own spikes at the end."""
    bias: float
    """What is added to the membrane in every tick."""
    top: int
    """Greatest magnitude of an integer weight."""
    reset: ResetMode
    """Whether a spike sets the membrane or subtracts the threshold."""

    def of(self, name: str) -> float:
        """Return a value of the neuron's step by its name."""
        return float(getattr(self.step, name)[self.place])

    @property
    def peak(self) -> float:
        """Magnitude of the largest weight."""
        return float(np.abs(self.weights).max())

    @property
    def lsb(self) -> float:
        """Weight that an integer of 1 stands for."""
        return self.peak / self.top if self.peak else 1.0

    @property
    def sign(self) -> int:
        """Sign that integer weights take over, since gains have none."""
        return -1 if self.of("drive") * self.of("couple") < 0 else 1

    @property
    def spike(self) -> float:
        """What a spike through an integer weight of 1 adds to what the weights drive."""
        return self.lsb * abs(self.of("drive"))

    @property
    def swing(self) -> float:
        """Way from rest to the threshold, or of a readout as far as it goes."""
        if self.step.kind == "li":
            return self.reach
        level = self.of("threshold")
        rest = self.of("v_leak") if self.of("leak") else self.of("v_reset")
        return abs(level - rest) or abs(level) or 1.0

    @property
    def reach(self) -> float:
        """Greatest magnitude that inputs can drive the membrane to, `inf` without an end."""
        leak, (low, high) = self.of("leak"), self._lasting
        ends = [
            self.of("v_leak") + current / leak if leak else current and current * inf
            for current in (low, high)
        ]
        if self.step.kind != "li" and self.reset == "to_reset":
            # Whatever gets above the threshold does so in one tick.
            ends[1] = min(ends[1], self.of("threshold") + max(high, 0.0))
        return max(abs(end) for end in ends)

    def membrane_need(self, synapse: int) -> StateNeed:
        """Return what the membrane is for, behind a synapse of so many fraction bits."""
        cuba, couple = self.step.kind == "cuba_lif", abs(self.of("couple"))
        one = max(map(abs, self._sums)) * couple + abs(self.bias)
        potentials = (abs(self.of(name)) for name in ("threshold", "v_leak", "v_reset"))
        return StateNeed(
            reach=self.reach,
            # A readout's range never gives way, since nothing but the range is read of it.
            burst=self.reach if self.step.kind == "li" else one,
            potentials=max(*potentials, abs(self.bias)),
            swing=self.swing,
            leak=self.of("leak"),
            gain=couple * 2.0**-synapse if cuba else self.spike,
            shares=_MEMBRANE_SHARES,
        )

    def synapse_need(self) -> StateNeed:
        """Return what the synapse of a current-based neuron is for."""
        one = max(map(abs, self._sums))
        return StateNeed(
            reach=one / self.of("synapse_leak"),
            burst=one,
            potentials=0.0,
            swing=self.peak * abs(self.of("drive")),
            leak=self.of("synapse_leak"),
            gain=self.spike,
            shares=_SYNAPSE_SHARES,
        )

    @property
    def _sums(self) -> tuple[float, float]:
        """Least and greatest that one tick adds to what the weights drive."""
        ends = [
            self.of("drive") * float(part.sum())
            for part in (self.weights[self.weights > 0], self.weights[self.weights < 0])
        ]
        return min(ends), max(ends)

    @property
    def _lasting(self) -> tuple[float, float]:
        """Least and greatest current of a membrane whose inputs have gone on for long."""
        slow = self.of("synapse_leak") or 1.0
        ends = [end * self.of("couple") / slow + self.bias for end in self._sums]
        return min(ends), max(ends)
